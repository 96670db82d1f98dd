import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContextStore, codeOf } from '../../src/contexts/context-store.js';
import { MetricNames } from '../../src/contexts/metric-names.js';
import { createScope } from '../../src/contexts/scope.js';
import { COUNTER, DISTRIBUTION, GAUGE, type Kind } from '../../src/model/kinds.js';

const seed = 20_250_604;
const identity = (text: string) => text;

/** Contexts beside the names that they refer to. */
function makeContexts(capacity: number) {
  const contexts = new ContextStore(capacity, identity);
  const names = new MetricNames(identity, () => {});
  const scope = createScope('', [], undefined);
  return {
    contexts,
    name: (text: string, kind: Kind = GAUGE) => (scope.names[kind].get(text) ?? names.use(scope, kind, text)!).name,
    tags: (...texts: string[]) => Int32Array.from(texts, (text) => contexts.tags.intern(text)),
    host: (text: string) => contexts.hosts.intern(text),
  };
}

describe('contexts', () => {
  test('are found by name, host and tags, in any order of the tags', () => {
    const { contexts, name, tags, host } = makeContexts(10);
    const id = contexts.add(name('a'), host('h'), tags('x', 'y', 'z', 'w'), 4, 0);
    expect(contexts.find(name('a'), host('h'), tags('w', 'z', 'y', 'x'), 4)).toBe(id);
    expect(contexts.find(name('b'), host('h'), tags('x', 'y', 'z', 'w'), 4)).toBe(0);
    expect(contexts.find(name('a', COUNTER), host('h'), tags('x', 'y', 'z', 'w'), 4)).toBe(0);
    expect(contexts.find(name('a'), 0, tags('x', 'y', 'z', 'w'), 4)).toBe(0);
    expect(contexts.find(name('a'), host('h'), tags('x', 'y', 'z', 'v'), 4)).toBe(0);
    expect(contexts.find(name('a'), host('h'), tags('x', 'y', 'z'), 3)).toBe(0);
  });

  test('show what they were made of', () => {
    const { contexts, name, tags, host } = makeContexts(10);
    const id = contexts.add(name('a', DISTRIBUTION), host('h'), tags('y', 'x'), 2, 7);
    const plain = contexts.add(name('b'), 0, tags(), 0, 8);
    expect([contexts.name(id).text, contexts.name(id).kind, contexts.host(id)]).toEqual(['a', DISTRIBUTION, 'h']);
    expect(contexts.tagIds(id).map((tag) => contexts.tags.strings[tag])).toEqual(['y', 'x']);
    expect([contexts.host(plain), contexts.tagIds(plain)]).toEqual([null, []]);
    expect([contexts.lastUsed(id), contexts.lastUsed(plain)]).toEqual([7, 8]);
    expect([contexts.size, contexts.isLive(id), contexts.isLive(plain)]).toEqual([2, true, true]);
  });

  test.each([0, 1, 2, 3, 4, 5, 20])('keep the order of %d tags, until another is set', (count) => {
    const { contexts, name, tags } = makeContexts(10);
    const texts = Array.from({ length: count }, (_, i) => `tag${i}`);
    const id = contexts.add(name('a'), 0, tags(...texts), count, 0);
    const other = contexts.add(name('b'), 0, tags(...texts), count, 0);
    const reversed = tags(...texts.toReversed());
    const find = (tagIds: Int32Array) => ({ id: contexts.find(name('a'), 0, tagIds, count), inOrder: contexts.isFoundInOrder });
    expect(find(tags(...texts))).toEqual({ id, inOrder: true });
    expect(find(reversed)).toEqual({ id, inOrder: count < 2 });
    contexts.setOrder(id, reversed);
    expect(find(reversed)).toEqual({ id, inOrder: true });
    expect(find(tags(...texts))).toEqual({ id, inOrder: count < 2 });
    expect(contexts.tagIds(id)).toEqual([...reversed]);
    expect(contexts.tagIds(other)).toEqual([...tags(...texts)]);
  });

  test('remember the flush that last reported them', () => {
    const { contexts, name, tags } = makeContexts(10);
    const ids = ['a', 'b', 'c'].map((text) => contexts.add(name(text), 0, tags(), 0, 1));
    contexts.markUsed(Int32Array.of(codeOf(ids[0], GAUGE), codeOf(ids[2], GAUGE), codeOf(ids[1], GAUGE)), 2, 5);
    expect(ids.map((id) => contexts.lastUsed(id))).toEqual([5, 1, 5]);
  });

  test('give every string back when they are removed, and their ids serve again', () => {
    const { contexts, name, tags, host } = makeContexts(100);
    const add = (i: number) => contexts.add(name(`n${i}`), host(`h${i % 3}`), tags('all', `t${i % 7}`, `u${i}`, 'v', 'w'), 5, 0);
    const ids = Array.from({ length: 100 }, (_, i) => add(i));
    expect([contexts.size, contexts.isFull, contexts.tags.size, contexts.hosts.size]).toEqual([100, true, 110, 3]);
    for (const id of ids) contexts.remove(id);
    expect([contexts.size, contexts.isFull, contexts.tags.size, contexts.hosts.size]).toEqual([0, false, 0, 0]);
    expect(ids.some((id) => contexts.isLive(id))).toBe(false);
    const again = Array.from({ length: 100 }, (_, i) => add(i));
    expect([...again].sort((a, b) => a - b)).toEqual(ids);
    expect(contexts.idEnd).toBe(101);
  });

  test('count the contexts of each name', () => {
    const { contexts, name, tags } = makeContexts(10);
    const a = name('a');
    const ids = ['x', 'y', 'z'].map((tag) => contexts.add(a, 0, tags(tag), 1, 0));
    expect(a.contexts).toBe(3);
    contexts.remove(ids[1]);
    expect(a.contexts).toBe(2);
    expect(contexts.name(ids[0])).toBe(a);
  });

  test('are at most as many as the table was made for, and found in a table as full as it gets', () => {
    for (const capacity of [1, 2, 3, 8, 1000, 1023, 1024, 1025, 3000]) {
      const { contexts, name, tags } = makeContexts(capacity);
      const a = name('a');
      const ids = Array.from({ length: capacity }, (_, i) => contexts.add(a, 0, tags(`t${i}`), 1, 0));
      expect([contexts.size, contexts.isFull, contexts.idEnd]).toEqual([capacity, true, capacity + 1]);
      expect(ids).toEqual(Array.from({ length: capacity }, (_, i) => i + 1));
      expect(ids.every((id, i) => contexts.find(a, 0, tags(`t${i}`), 1) === id)).toBe(true);
    }
  });

  test('behave as a map while they come and go in a table where most places collide', () => {
    const names = ['a', 'b', 'c'];
    const key = fc.tuple(fc.constantFrom(...names), fc.nat(2), fc.subarray(['p', 'q', 'r', 's', 't']), fc.boolean());
    const operations = fc.array(fc.tuple(fc.boolean(), key), { maxLength: 300, size: 'max' });
    fc.assert(
      fc.property(operations, fc.integer({ min: 1, max: 12 }), (list, capacity) => {
        const { contexts, name, tags, host } = makeContexts(capacity);
        const model = new Map<string, number>();
        for (const tag of ['p', 'q', 'r', 's', 't']) contexts.tags.retain(contexts.tags.intern(tag));
        for (const each of names) name(each);
        const hosts = [0, host('h1'), host('h2')];
        for (const hostId of hosts.slice(1)) contexts.hosts.retain(hostId);
        const find = (text: string, hostIndex: number, tagTexts: string[]) =>
          contexts.find(name(text), hosts[hostIndex], tags(...tagTexts), tagTexts.length);
        for (const [isRemoval, [text, hostIndex, tagTexts, isReversed]] of list) {
          const modelKey = [text, hostIndex, ...tagTexts].join();
          const ordered = isReversed ? tagTexts.toReversed() : tagTexts;
          const known = model.get(modelKey) ?? 0;
          expect(find(text, hostIndex, ordered)).toBe(known);
          if (isRemoval && known !== 0) {
            contexts.remove(known);
            model.delete(modelKey);
          } else if (!isRemoval && known === 0 && !contexts.isFull) {
            model.set(modelKey, contexts.add(name(text), hosts[hostIndex], tags(...ordered), ordered.length, 0));
          }
          expect(contexts.size).toBe(model.size);
        }
        for (const [modelKey, id] of model) {
          const [text, hostIndex, ...tagTexts] = modelKey.split(',');
          expect(find(text, Number(hostIndex), tagTexts)).toBe(id);
        }
        expect(new Set(model.values()).size).toBe(model.size);
        expect(contexts.idEnd).toBeLessThanOrEqual(capacity + 1);
      }),
      { seed, numRuns: 80 },
    );
  });
});
