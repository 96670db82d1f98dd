/** Contexts that the worker does not know, or not any more as they are. */
export interface ContextDelta {
  /** For each context its id, the id of its name, the index of its host, its number of tags, and the ids of these. */
  readonly packed: Int32Array;
  /** What stands between the quotes of each host's JSON. */
  readonly hosts: readonly string[];
  /** Names and tags that are new, by their ids, likewise. */
  readonly names: readonly (readonly [id: number, kind: number, json: string])[];
  readonly tagIds: readonly number[];
  readonly tags: readonly string[];
}

/** A {@link ContextDelta} in the making. */
export class ContextDeltaBuilder {
  readonly packed: number[] = [];
  readonly hosts: string[] = [];
  readonly names: [number, number, string][] = [];
  readonly tagIds: number[] = [];
  readonly tags: string[] = [];

  get isEmpty(): boolean {
    return this.packed.length === 0 && this.tags.length === 0;
  }

  hostIndex(json: string): number {
    // Mostly there is one, or none.
    if (this.hosts.at(-1) !== json) this.hosts.push(json);
    return this.hosts.length - 1;
  }

  message(): ContextDelta {
    const { packed, hosts, names, tagIds, tags } = this;
    return { packed: Int32Array.from(packed), hosts, names, tagIds, tags };
  }
}
