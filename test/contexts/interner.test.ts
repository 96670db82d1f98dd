import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CUT, Interner } from '../../src/contexts/interner.js';

const seed = 20_250_602;
const lowerCase = (text: string) => text.trim().toLowerCase();

describe('an interner', () => {
  test('normalises a spelling once', () => {
    let calls = 0;
    const interner = new Interner((text) => {
      calls++;
      return text.toLowerCase();
    });
    for (let i = 0; i < 10; i++) interner.intern('A');
    expect(calls).toBe(1);
  });

  test('cuts new strings only', () => {
    let calls = 0;
    const interner = new Interner((text) => {
      calls++;
      return lowerCase(text);
    });
    const constant = interner.intern('user:root');
    interner.isCut = (text) => text.startsWith('user:');
    for (const text of ['user:root', 'User:Root']) expect(interner.intern(text)).toBe(constant);
    for (const text of ['user:1', 'User:1 ', 'user:1']) expect(interner.intern(text)).toBe(CUT);
    for (const text of ['user:1', 'User:1 ']) expect(interner.find(text)).toBe(CUT);
    expect(interner.find('user:2')).toBe(0);
    // A cut string is cut whether it is known or not.
    expect(interner.internKnown('user:3')).toBe(CUT);
    expect(interner.internKnown('other')).toBeUndefined();
    expect(interner.intern('other')).toBe(2);
    expect(interner.size).toBe(2);
    calls = 0;
    for (let i = 0; i < 10; i++) interner.intern('User:1 ');
    expect(calls).toBe(0);
  });

  test('remembers a bounded number of cut spellings, and those that come often', () => {
    const interner = new Interner(lowerCase);
    interner.isCut = (text) => text.startsWith('user:');
    for (let i = 0; i < 100_000; i++) expect(interner.intern(`user:${i}`)).toBe(CUT);
    expect(interner.intern(`user:${'x'.repeat(1000)}`)).toBe(CUT);
    expect(interner.spellings).toBe(1024);
    for (let i = 0; i < 16; i++) interner.intern('user:often');
    expect(interner.find('user:often')).toBe(CUT);
    expect(interner.spellings).toBe(1024);
    expect(interner.find('user:0')).toBe(0);
  });

  test('remembers few spellings of a string, and still finds it by all of them', () => {
    const interner = new Interner(lowerCase);
    const id = interner.intern('a');
    interner.retain(id);
    for (let i = 1; i <= 1000; i++) expect(interner.intern(`${' '.repeat(i)}a`)).toBe(id);
    expect(interner.spellings).toBeLessThan(20);
    interner.release(id);
    expect(interner.spellings).toBe(0);
  });

  test('returns the JSON of a string without the quotes', () => {
    const interner = new Interner((text) => text);
    const texts = ['plain', 'a "quoted" one', 'back\\slash', 'line\nfeed', '\ud800', 'é中', '\u2028'];
    for (const text of texts) expect(JSON.parse(`"${interner.json(interner.intern(text))}"`)).toBe(text);
    expect(interner.json(0)).toBe('');
    // The id of a string with escapes is given to a string without.
    const id = interner.intern('"');
    interner.retain(id);
    interner.release(id);
    expect(interner.intern('x')).toBe(id);
    expect(interner.json(id)).toBe('x');
  });

  test('behaves as a map that counts uses', () => {
    const spelling = fc.constantFrom('a', 'A', ' a', 'b', 'B ', 'c', 'C', 'd', '', ' ');
    const operation = fc.tuple(fc.constantFrom('retain', 'release', 'intern'), spelling);
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200, size: 'max' }), (operations) => {
        const interner = new Interner(lowerCase);
        const ids = new Map<string, number>();
        const uses = new Map<string, number>();
        for (const [name, text] of operations) {
          const normal = lowerCase(text);
          const id = interner.intern(text);
          if (normal === '') {
            expect(id).toBe(0);
            continue;
          }
          expect(interner.strings[id]).toBe(normal);
          expect(ids.get(normal) ?? id).toBe(id);
          ids.set(normal, id);
          const count = uses.get(normal) ?? 0;
          if (name === 'retain') {
            interner.retain(id);
            uses.set(normal, count + 1);
          } else if (name === 'release' && count > 0) {
            interner.release(id);
            uses.set(normal, count - 1);
            if (count === 1) ids.delete(normal);
          }
          expect(interner.size).toBe(ids.size);
          expect(new Set(ids.values()).size).toBe(ids.size);
        }
      }),
      { seed, numRuns: 80 },
    );
  });
});
