import type { ContextStore } from '../contexts/context-store.js';
import type { Metric } from '../contexts/scope.js';
import { KIND_BITS } from '../model/kinds.js';
import { type ContextDelta, ContextDeltaBuilder } from './context-delta.js';

/**
 * Remembers which contexts the worker knows. Contexts come with the first slice that has a cell of theirs, and anew when
 * their id was given to another context; a name or tag comes with the first
 * context that has it.
 */
export class ContextSender {
  readonly #contexts: ContextStore;
  /** By context id; 0 for what the worker does not know. */
  #known = new Uint8Array(1024);
  #names: (Metric | undefined)[] = [];
  #tags: (string | undefined)[] = [];

  constructor(contexts: ContextStore) {
    this.#contexts = contexts;
    contexts.onRemove = (contextId) => {
      if (contextId < this.#known.length) this.#known[contextId] = 0;
    };
  }

  /** Forgets everything: the worker is another one. */
  reset(): void {
    this.#known.fill(0);
    this.#names = [];
    this.#tags = [];
  }

  /** What the worker needs to make rows of these cells. */
  newContexts(codes: Int32Array, length: number): ContextDelta | undefined {
    const contexts = this.#contexts;
    const news = new ContextDeltaBuilder();
    if (contexts.idEnd > this.#known.length) this.#grow();
    for (let i = 0; i < length; i++) {
      const contextId = codes[i] >> KIND_BITS;
      if (this.#known[contextId] !== 0) continue;
      this.#known[contextId] = 1;
      const name = contexts.metric(contextId);
      if (this.#names[name.id] !== name) {
        this.#names[name.id] = name;
        news.names.push([name.id, name.kind, name.json]);
      }
      const tagCount = contexts.tagCount(contextId);
      news.packed.push(contextId, name.id, news.hostIndex(contexts.hostJson(contextId)), tagCount);
      for (let tag = 0; tag < tagCount; tag++) {
        const tagId = contexts.tagId(contextId, tag);
        news.packed.push(tagId);
        this.#addTag(tagId, news);
      }
    }
    return news.isEmpty ? undefined : news.message();
  }

  #addTag(tagId: number, news: ContextDeltaBuilder): void {
    const tag = this.#contexts.tags.strings[tagId];
    if (this.#tags[tagId] === tag) return;
    this.#tags[tagId] = tag;
    news.tagIds.push(tagId);
    news.tags.push(this.#contexts.tags.json(tagId));
  }

  #grow(): void {
    const larger = new Uint8Array(Math.max(this.#contexts.idEnd, this.#known.length * 2));
    larger.set(this.#known);
    this.#known = larger;
  }
}
