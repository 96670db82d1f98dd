import { BlockPool } from '../contexts/block-pool.js';
import type { ContextStrings } from '../flush/row-context.js';
import { KIND_BITS, KIND_MASK, KIND_NAMES } from '../model/kinds.js';
import type { ContextDelta } from './context-delta.js';

/**
 * A copy of those of the sender's contexts that had a cell in a slice. It never holds more contexts than the sender held at one
 * time.
 */
export class ContextMirror implements ContextStrings {
  /** By kind and id of the name. */
  readonly #names: string[][] = KIND_NAMES.map(() => []);
  readonly #tags: string[] = [];
  readonly #lists = new BlockPool();
  /** By context id: the id of its metric, its host, and the position and length of its list of tags. */
  #metricIds = new Int32Array(1024);
  readonly #hosts: string[] = [''];
  #tagLists = new Int32Array(1024);
  #tagCounts = new Int32Array(1024);
  readonly names = { json: (metricId: number): string => this.#names[metricId & KIND_MASK][metricId >> KIND_BITS] };
  readonly tags = { json: (tagId: number): string => this.#tags[tagId] };

  add({ records, hosts, names, tagIds, tags }: ContextDelta): void {
    for (const [metricId, json] of names) this.#names[metricId & KIND_MASK][metricId >> KIND_BITS] = json;
    for (let i = 0; i < tags.length; i++) this.#tags[tagIds[i]] = tags[i];
    for (let at = 0; at < records.length; ) {
      const contextId = records[at];
      const count = records[at + 3];
      while (contextId >= this.#metricIds.length) this.#grow();
      // Without holes, because they make an array slow.
      while (contextId >= this.#hosts.length) this.#hosts.push('');
      this.#lists.free(this.#tagLists[contextId], this.#tagCounts[contextId]);
      this.#metricIds[contextId] = records[at + 1];
      this.#hosts[contextId] = hosts[records[at + 2]];
      this.#tagCounts[contextId] = count;
      at += 4;
      this.#tagLists[contextId] = this.#lists.add(records.subarray(at, at + count), count);
      at += count;
    }
  }

  metricId(contextId: number): number {
    return this.#metricIds[contextId];
  }

  hostJson(contextId: number): string {
    return this.#hosts[contextId];
  }

  tagCount(contextId: number): number {
    return this.#tagCounts[contextId];
  }

  tagId(contextId: number, index: number): number {
    return this.#lists.words[this.#tagLists[contextId] + index];
  }

  #grow(): void {
    const longer = (column: Int32Array): Int32Array<ArrayBuffer> => {
      const copy = new Int32Array(column.length * 2);
      copy.set(column);
      return copy;
    };
    this.#metricIds = longer(this.#metricIds);
    this.#tagLists = longer(this.#tagLists);
    this.#tagCounts = longer(this.#tagCounts);
  }
}
