import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TextTable } from '../../src/contexts/text-table.js';

/** Texts on both sides of every bound: the bytes that a record holds, Latin-1, and the length that is left to a Map. */
const text = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.string({ unit: 'binary', maxLength: 24 }),
  fc.constantFrom(
    'x'.repeat(20),
    'x'.repeat(21),
    'ÿ'.repeat(20),
    'Ā'.repeat(3),
    '\ud800',
    'y'.repeat(128),
    'y'.repeat(129),
    'z'.repeat(5000),
  ),
);

describe('a text table', () => {
  test('behaves as a Map of texts to integers', () => {
    const command = fc.record({ text, isRemoved: fc.boolean() });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 300 }), (commands) => {
        const table = new TextTable(8);
        const model = new Map<string, number>();
        for (const [index, { text: key, isRemoved }] of commands.entries()) {
          if (model.has(key) && isRemoved) {
            model.delete(key);
            table.remove(key);
          } else if (!model.has(key)) {
            model.set(key, index + 1);
            table.add(key, index + 1);
          }
          expect(table.size).toBe(model.size);
        }
        for (const { text: key } of commands) expect(table.get(key)).toBe(model.get(key) ?? 0);
      }),
      { seed: 1 },
    );
  });

  test('finds every one of many texts, before and after it has grown, and none that it lacks', () => {
    const table = new TextTable(10_000);
    for (let i = 1; i <= 30_000; i++) table.add(`user:${i}`, i);
    for (let i = 1; i <= 30_000; i++) expect(table.get(`user:${i}`)).toBe(i);
    for (let i = 30_001; i <= 40_000; i++) expect(table.get(`user:${i}`)).toBe(0);
    for (let i = 1; i <= 30_000; i += 2) table.remove(`user:${i}`);
    for (let i = 1; i <= 30_000; i++) expect(table.get(`user:${i}`)).toBe(i % 2 === 0 ? i : 0);
    expect(table.size).toBe(15_000);
  });

  test('tells texts apart that differ in one character only, at any place', () => {
    const table = new TextTable(1);
    const texts = new Set<string>();
    for (let length = 1; length < 140; length += 3) {
      for (let at = 0; at < length; at++) texts.add(`${'a'.repeat(at)}b${'a'.repeat(length - at - 1)}`);
    }
    let value = 0;
    for (const each of texts) table.add(each, ++value);
    value = 0;
    for (const each of texts) expect(table.get(each)).toBe(++value);
    expect(table.get('a'.repeat(20))).toBe(0);
  });
});
