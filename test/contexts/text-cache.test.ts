import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TextCache } from '../../src/contexts/text-cache.js';

const seed = 20_261_201;

describe('a cache of texts', () => {
  test('finds what was added last, and nothing wrong, whatever displaces what', () => {
    // Many of these agree in their length and in the characters that are hashed.
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 4 }),
      fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 4 }).map((middle) => `x${middle}y:end`),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    const key = fc.constantFrom('', 'a', 'b', 'ab', 'key');
    const operation = fc.tuple(fc.constantFrom('add', 'get', 'remove', 'remove pairs'), key, text);
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200, size: 'max' }), (operations) => {
        const cache = new TextCache(2);
        const added = new Map<string, number>();
        const find = (key: string, text: string) => (key === '' ? cache.get(text) : cache.getPair(key, text));
        for (const [index, [name, key, text]] of operations.entries()) {
          const entry = JSON.stringify([key, text]);
          if (name === 'add' && text !== '' && find(key, text) === 0) {
            cache.add(key, text, index + 1);
            added.set(entry, index + 1);
            expect(find(key, text)).toBe(index + 1);
          } else if (name === 'remove' && key === '') {
            cache.remove(text);
            added.delete(entry);
          } else if (name === 'remove pairs' && index % 8 === 0) {
            cache.removePairs();
            for (const other of added.keys()) if (!other.startsWith('["",')) added.delete(other);
          }
          expect([0, added.get(entry) ?? 0]).toContain(find(key, text));
        }
      }),
      { seed, numRuns: 200 },
    );
  });

  test('tells a text from the pair of a key and the same text', () => {
    const cache = new TextCache(4);
    cache.add('', '200', 1);
    cache.add('status', '200', 2);
    cache.add('s', '200', 3);
    expect([cache.get('200'), cache.getPair('status', '200'), cache.getPair('s', '200'), cache.getPair('t', '200')]).toEqual([
      1, 2, 3, 0,
    ]);
    cache.remove('200');
    expect([cache.get('200'), cache.getPair('status', '200')]).toEqual([0, 2]);
  });

  test('takes texts while there is room, and then one in eight', () => {
    const cache = new TextCache(1);
    const add = (count: number, prefix: string) => {
      let added = 0;
      for (let i = 0; i < count; i++) {
        const text = `${prefix}${i}`;
        if (!cache.wants('', text)) continue;
        cache.add('', text, i + 1);
        expect(cache.get(text)).toBe(i + 1);
        added++;
      }
      return added;
    };
    // Each of the two sets has two places.
    expect(add(100, 'first')).toBeGreaterThanOrEqual(4);
    expect(add(800, 'later')).toBe(100);
  });

  test.each([
    ['at the end', (i: number) => `customer:${i}`],
    ['in the middle', (i: number) => `url:/v1/users/${1000 + i}/list`],
    ['near the beginning', (i: number) => `host:web-${10 + i}.production.eu-west-1.example.com`],
  ])('holds most of fifty texts that differ only %s', (_, textAt) => {
    const cache = new TextCache(11);
    // Texts that have the same hash as others are looked up often before more characters are hashed.
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 50; i++) if (cache.get(textAt(i)) === 0 && cache.wants('', textAt(i))) cache.add('', textAt(i), i + 1);
    }
    let held = 0;
    for (let i = 0; i < 50; i++) if (cache.get(textAt(i)) === i + 1) held++;
    expect(held).toBeGreaterThan(45);
  });
});
