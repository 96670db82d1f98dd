import type { ContextStore } from '../contexts/context-store.js';
import { KIND_BITS, KIND_MASK, KIND_NAMES } from '../model/kinds.js';
import type { ContextDelta } from './context-delta.js';

/**
 * Remembers which contexts the receiver knows. A context is sent with the first slice that has a cell of it. If an id is given to
 * another context, that one is sent, too. A name or tag is sent with the first context that has it.
 */
export class ContextSender {
  readonly #contexts: ContextStore;
  /** By context id: 1 if the receiver knows the context, otherwise 0. */
  #known = new Uint8Array(1024);
  /** By kind and id of the name. */
  #names: string[][] = KIND_NAMES.map(() => []);
  #tags: (string | undefined)[] = [];

  constructor(contexts: ContextStore) {
    this.#contexts = contexts;
    contexts.removalListeners.add(this.#forget);
  }

  readonly #forget = (contextId: number): void => {
    if (contextId < this.#known.length) this.#known[contextId] = 0;
  };

  /** Ends the sender, because there is no receiver any more. */
  close(): void {
    this.#contexts.removalListeners.delete(this.#forget);
  }

  /** Forgets everything, because there is a new receiver. */
  reset(): void {
    this.#known.fill(0);
    this.#names = KIND_NAMES.map(() => []);
    this.#tags = [];
  }

  /** Returns the contexts that the receiver needs for these cells, or undefined if it knows all of them. */
  contextDelta(codes: Int32Array, length: number): ContextDelta | undefined {
    const contexts = this.#contexts;
    if (contexts.idEnd > this.#known.length) this.#grow();
    const first = this.#firstUnknown(codes, length);
    if (first === length) return undefined;
    const records: number[] = [];
    const hosts: string[] = [];
    const names: [number, string][] = [];
    const tagIds: number[] = [];
    const tags: string[] = [];
    for (let i = first; i < length; i++) {
      const contextId = codes[i] >> KIND_BITS;
      if (this.#known[contextId] !== 0) continue;
      this.#known[contextId] = 1;
      const metricId = contexts.metricId(contextId);
      const name = contexts.names.json(metricId);
      const known = this.#names[metricId & KIND_MASK];
      if (known[metricId >> KIND_BITS] !== name) {
        known[metricId >> KIND_BITS] = name;
        names.push([metricId, name]);
      }
      // Most clients have one host or none, so that only the last one is compared.
      const host = contexts.hostJson(contextId);
      if (hosts.at(-1) !== host) hosts.push(host);
      const tagCount = contexts.tagCount(contextId);
      records.push(contextId, metricId, hosts.length - 1, tagCount);
      for (let index = 0; index < tagCount; index++) {
        const tagId = contexts.tagId(contextId, index);
        records.push(tagId);
        const tag = contexts.tags.strings[tagId];
        if (this.#tags[tagId] === tag) continue;
        this.#tags[tagId] = tag;
        tagIds.push(tagId);
        tags.push(contexts.tags.json(tagId));
      }
    }
    return { records: Int32Array.from(records), hosts, names, tagIds, tags };
  }

  /** Returns the index of the first cell whose context the receiver does not know, or `length`. */
  #firstUnknown(codes: Int32Array, length: number): number {
    const known = this.#known;
    for (let i = 0; i < length; i++) if (known[codes[i] >> KIND_BITS] === 0) return i;
    return length;
  }

  #grow(): void {
    const larger = new Uint8Array(Math.max(this.#contexts.idEnd, this.#known.length * 2));
    larger.set(this.#known);
    this.#known = larger;
  }
}
