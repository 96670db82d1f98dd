import { expect, test } from 'vitest';
import type { ContextStore } from '../../src/contexts/context-store.js';
import type { ContextStrings } from '../../src/flush/row-context.js';
import { COUNTER, KIND_BITS } from '../../src/model/kinds.js';
import { ContextMirror } from '../../src/raw-snapshot/context-mirror.js';
import { ContextSender } from '../../src/raw-snapshot/context-sender.js';

interface Metric {
  readonly id: number;
  readonly text: string;
}

interface Context {
  readonly name: Metric;
  readonly host: string;
  readonly tagIds: readonly number[];
}

/** Contexts whose ids, and whose ids of names and tags, the test decides. */
class FakeContexts {
  readonly #contexts = new Map<number, Context>();
  readonly #strings: string[] = [];
  readonly removalListeners = new Set<(contextId: number) => void>();
  idEnd = 1;
  readonly #names = new Map<number, string>();
  readonly names = { json: (metricId: number) => JSON.stringify(this.#names.get(metricId)).slice(1, -1) };
  readonly tags = { strings: this.#strings, json: (tagId: number) => JSON.stringify(this.#strings[tagId]).slice(1, -1) };

  set(contextId: number, context: Context): void {
    if (this.#contexts.has(contextId)) for (const listener of this.removalListeners) listener(contextId);
    this.#contexts.set(contextId, context);
    this.#names.set(context.name.id, context.name.text);
    this.idEnd = Math.max(this.idEnd, contextId + 1);
  }

  setTag(tagId: number, tag: string): void {
    this.#strings[tagId] = tag;
  }

  metricId = (contextId: number): number => this.#contexts.get(contextId)!.name.id;
  hostJson = (contextId: number): string => this.#contexts.get(contextId)!.host;
  tagCount = (contextId: number): number => this.#contexts.get(contextId)!.tagIds.length;
  tagId = (contextId: number, index: number): number => this.#contexts.get(contextId)!.tagIds[index];
}

function metric(nameId: number, text: string): Metric {
  return { id: (nameId << KIND_BITS) | COUNTER, text };
}

/** A sender with its receiver, and a function that has a slice with cells of these contexts sent. */
function connect() {
  const contexts = new FakeContexts();
  const sender = new ContextSender(contexts as unknown as ContextStore);
  const mirror = new ContextMirror();
  const send = (...contextIds: number[]) => {
    const codes = Int32Array.from(contextIds, (contextId) => (contextId << KIND_BITS) | COUNTER);
    const delta = sender.contextDelta(codes, codes.length);
    if (delta !== undefined) mirror.add(structuredClone(delta));
    return delta;
  };
  return { contexts, sender, mirror, send };
}

function shown(strings: ContextStrings, contextId: number): object {
  const tags = Array.from({ length: strings.tagCount(contextId) }, (_, i) => strings.tags.json(strings.tagId(contextId, i)));
  return { name: strings.names.json(strings.metricId(contextId)), host: strings.hostJson(contextId), tags };
}

test('the mirror shows names, hosts and tags as the sender does', () => {
  const { contexts, mirror, send } = connect();
  contexts.setTag(1, 'quote:"\\');
  contexts.setTag(2, 'größe:ß');
  contexts.set(1, { name: metric(1, 'a "name"'), host: 'host', tagIds: [2, 1] });
  contexts.set(2, { name: metric(2, 'b'), host: '', tagIds: [] });
  contexts.set(3, { name: metric(1, 'a "name"'), host: 'other', tagIds: [1] });
  send(1, 2, 3);
  for (const contextId of [1, 2, 3]) expect(shown(mirror, contextId)).toEqual(shown(contexts, contextId));
});

test('a context that the receiver knows is not sent again', () => {
  const { contexts, send } = connect();
  contexts.set(1, { name: metric(1, 'a'), host: '', tagIds: [] });
  send(1);
  expect(send(1)).toBeUndefined();
});

test('a name or tag that the receiver knows is not sent again', () => {
  const { contexts, send } = connect();
  contexts.setTag(1, 'tag');
  const name = metric(1, 'a');
  contexts.set(1, { name, host: '', tagIds: [1] });
  contexts.set(2, { name, host: 'host', tagIds: [1] });
  send(1);
  expect(send(2)).toMatchObject({ names: [], tags: [] });
});

test('ids that were given to other contexts, names and tags are sent again', () => {
  const { contexts, mirror, send } = connect();
  contexts.setTag(1, 'before');
  contexts.set(1, { name: metric(1, 'before'), host: 'before', tagIds: [1, 1, 1, 1] });
  send(1);
  contexts.setTag(1, 'after');
  contexts.set(1, { name: metric(1, 'after'), host: 'after', tagIds: [1] });
  send(1);
  expect(shown(mirror, 1)).toEqual({ name: 'after', host: 'after', tags: ['after'] });
});

test('a new receiver is sent everything again', () => {
  const { contexts, sender, send } = connect();
  contexts.setTag(1, 'tag');
  contexts.set(1, { name: metric(1, 'a'), host: '', tagIds: [1] });
  send(1);
  sender.reset();
  expect(send(1)).toMatchObject({ tags: ['tag'], names: [[(1 << KIND_BITS) | COUNTER, 'a']] });
});

test('contexts may have any id', () => {
  const { contexts, mirror, send } = connect();
  for (const contextId of [1, 1023, 1024, 100_000]) {
    contexts.set(contextId, { name: metric(1, 'a'), host: `host-${contextId}`, tagIds: [] });
    send(contextId);
    expect(shown(mirror, contextId)).toEqual({ name: 'a', host: `host-${contextId}`, tags: [] });
  }
});
