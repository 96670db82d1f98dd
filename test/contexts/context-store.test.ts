import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContextStore } from '../../src/contexts/context-store.js';
import { MetricNames } from '../../src/contexts/metric-names.js';
import { createScope } from '../../src/contexts/scope.js';
import { GAUGE, type Kind } from '../../src/model/kinds.js';

const seed = 20_250_604;
const identity = (text: string) => text;

/** A store, and functions that intern what its contexts are made of. */
function makeContexts(capacity: number) {
  const names = new MetricNames(identity, () => {});
  const contexts = new ContextStore(capacity, names, identity);
  const scope = createScope('', [], undefined);
  return {
    contexts,
    metric: (text: string, kind: Kind = GAUGE) => names.intern(scope, kind, text),
    tags: (...texts: string[]) => Int32Array.from(texts, (text) => contexts.tags.intern(text)),
    host: (text: string) => contexts.hosts.intern(text),
  };
}

describe('contexts', () => {
  test.each([0, 1, 2, 3, 4, 5, 20])('with %d tags are found in any order of these, and keep their own', (count) => {
    const { contexts, metric, tags } = makeContexts(10);
    const texts = Array.from({ length: count }, (_, i) => `tag${i}`);
    const id = contexts.add(metric('a'), 0, tags(...texts), count, 0);
    expect(contexts.find(metric('a'), 0, tags(...texts), count)).toBe(id);
    expect(contexts.find(metric('a'), 0, tags(...texts.toReversed()), count)).toBe(id);
    expect(contexts.tagIds(id)).toEqual([...tags(...texts)]);
  });

  test('release every string when they are removed, and their ids are given to others', () => {
    const { contexts, metric, tags, host } = makeContexts(100);
    const add = (i: number) =>
      contexts.add(metric(`n${i}`), host(`h${i % 3}`), tags('all', `t${i % 7}`, `u${i}`, 'v', 'w'), 5, 0);
    const sizes = () => ({
      contexts: contexts.size,
      isFull: contexts.isFull,
      tags: contexts.tags.size,
      hosts: contexts.hosts.size,
    });
    const ids = Array.from({ length: 100 }, (_, i) => add(i));
    expect(sizes()).toEqual({ contexts: 100, isFull: true, tags: 110, hosts: 3 });
    for (const id of ids) contexts.remove(id);
    expect(sizes()).toEqual({ contexts: 0, isFull: false, tags: 0, hosts: 0 });
    expect(contexts.removedCount).toBe(100);
    expect(ids.some((id) => contexts.isLive(id))).toBe(false);
    const again = Array.from({ length: 100 }, (_, i) => add(i));
    expect([...again].sort((a, b) => a - b)).toEqual(ids);
    expect(contexts.idEnd).toBe(101);
  });

  test('are at most as many as the store was made for, and are found when it is full', () => {
    for (const capacity of [1, 2, 3, 8, 1000, 1023, 1024, 1025, 3000]) {
      const { contexts, metric, tags } = makeContexts(capacity);
      const a = metric('a');
      const ids = Array.from({ length: capacity }, (_, i) => contexts.add(a, 0, tags(`t${i}`), 1, 0));
      expect(contexts).toMatchObject({ size: capacity, isFull: true, idEnd: capacity + 1 });
      expect(ids).toEqual(Array.from({ length: capacity }, (_, i) => i + 1));
      expect(ids.every((id, i) => contexts.find(a, 0, tags(`t${i}`), 1) === id)).toBe(true);
    }
  });

  test('behave as a map while they come and go in a table in which most slots collide', () => {
    const names = ['a', 'b', 'c'];
    const key = fc.tuple(fc.constantFrom(...names), fc.nat(2), fc.subarray(['p', 'q', 'r', 's', 't']), fc.boolean());
    const operations = fc.array(fc.tuple(fc.boolean(), key), { maxLength: 300, size: 'max' });
    fc.assert(
      fc.property(operations, fc.integer({ min: 1, max: 12 }), (list, capacity) => {
        const { contexts, metric, tags, host } = makeContexts(capacity);
        const model = new Map<string, number>();
        for (const tag of ['p', 'q', 'r', 's', 't']) contexts.tags.retain(contexts.tags.intern(tag));
        for (const each of names) metric(each);
        const hosts = [0, host('h1'), host('h2')];
        for (const hostId of hosts.slice(1)) contexts.hosts.retain(hostId);
        const find = (text: string, hostIndex: number, tagTexts: string[]) =>
          contexts.find(metric(text), hosts[hostIndex], tags(...tagTexts), tagTexts.length);
        for (const [isRemoval, [text, hostIndex, tagTexts, isReversed]] of list) {
          const modelKey = [text, hostIndex, ...tagTexts].join();
          const ordered = isReversed ? tagTexts.toReversed() : tagTexts;
          const known = model.get(modelKey) ?? 0;
          expect(find(text, hostIndex, ordered)).toBe(known);
          if (isRemoval && known !== 0) {
            contexts.remove(known);
            model.delete(modelKey);
          } else if (!isRemoval && known === 0 && !contexts.isFull) {
            model.set(modelKey, contexts.add(metric(text), hosts[hostIndex], tags(...ordered), ordered.length, 0));
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
