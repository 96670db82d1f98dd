import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BlockPool } from '../../src/contexts/block-pool.js';
import { StringTable } from '../../src/contexts/string-table.js';

const seed = 20_250_606;

/** Texts around the lengths and characters at which the table stores them in another way. */
const EDGES = [
  '',
  '\0',
  '\0\0',
  'a',
  'é',
  '\u00ff',
  '\u0100',
  '\ud800',
  '中',
  ...[19, 20, 21, 127, 128, 129].flatMap((length) => [
    'x'.repeat(length),
    `${'x'.repeat(length - 1)}y`,
    `${'x'.repeat(length - 1)}中`,
  ]),
];

describe('a string table', () => {
  afterEach(() => vi.restoreAllMocks());

  test('keeps texts apart whatever their lengths and characters', () => {
    const table = new StringTable();
    for (const [i, text] of EDGES.entries()) table.add(text, i + 1);
    expect(table.size).toBe(EDGES.length);
    expect(EDGES.map((text) => table.get(text))).toEqual(EDGES.map((_, i) => i + 1));
    // The low byte of a character is not the character.
    for (const text of ['\u0161', `${'x'.repeat(19)}\u0178`, '\u0100\0', '\u2d00']) expect(table.get(text)).toBe(0);
    for (const text of EDGES) table.remove(text);
    expect(table.size).toBe(0);
    for (const text of EDGES) expect(table.get(text)).toBe(0);
  });

  test('finds all texts while it grows', () => {
    const table = new StringTable();
    const count = 5000;
    const textAt = (i: number) =>
      i % 3 === 0 ? `tag:${i}` : i % 3 === 1 ? `a tag of more than twenty characters:${i}` : `中:${i}`;
    for (let i = 0; i < count; i++) {
      table.add(textAt(i), i + 1);
      if (table.get(textAt(i >> 1)) !== (i >> 1) + 1) throw new Error(`text ${i >> 1} is lost after ${i}`);
    }
    expect(table.size).toBe(count);
    for (let i = 0; i < count; i += 2) table.remove(textAt(i));
    const found = Array.from({ length: count }, (_, i) => table.get(textAt(i)));
    expect(found).toEqual(Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 0 : i + 1)));
    // New texts take the place of removed ones.
    for (let i = 0; i < count; i += 2) table.add(textAt(i + count), i);
    expect(table.size).toBe(count);
    for (let i = 1; i < count; i += 2) expect(table.get(textAt(i))).toBe(i + 1);
  });

  test('loses no memory to removed texts of other lengths', () => {
    const table = new StringTable();
    const allocate = vi.spyOn(BlockPool.prototype, 'allocate');
    for (let length = 10; length < 100; length++) {
      const texts = Array.from({ length: 1000 }, (_, i) => `${i}`.padStart(length));
      for (const text of texts) table.add(text, length);
      for (const text of texts) table.remove(text);
    }
    const pools = new Set(allocate.mock.contexts as BlockPool[]);
    // A record of 99 characters takes 28 words.
    expect(Math.max(...[...pools].map(({ words }) => words.length))).toBeLessThan(2 * 1000 * 28);
  });

  test('behaves as a Map', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 5 });
    const text = fc.oneof(short, fc.constantFrom(...EDGES), fc.string({ unit: 'binary', maxLength: 25 }));
    const operation = fc.tuple(fc.constantFrom('add', 'remove', 'get'), text);
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 400, size: 'max' }), (operations) => {
        const table = new StringTable();
        const model = new Map<string, number>();
        operations.forEach(([name, each], i) => {
          expect(table.get(each)).toBe(model.get(each) ?? 0);
          if (name === 'add' && !model.has(each)) {
            table.add(each, i + 1);
            model.set(each, i + 1);
          } else if (name === 'remove' && model.delete(each)) {
            table.remove(each);
          }
          expect(table.size).toBe(model.size);
        });
        for (const [each, value] of model) expect(table.get(each)).toBe(value);
      }),
      { seed, numRuns: 40 },
    );
  });
});
