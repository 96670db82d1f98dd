import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CUT, Interner } from '../../src/contexts/interner.js';

const seed = 20_250_602;
const lowerCase = (text: string) => text.trim().toLowerCase();

describe('an interner', () => {
  test('gives each string one id, from 1, and returns the string of an id', () => {
    const interner = new Interner((text) => text);
    expect(['a', 'b', 'a', 'c', 'b'].map((text) => interner.intern(text))).toEqual([1, 2, 1, 3, 2]);
    expect([1, 2, 3].map((id) => interner.strings[id])).toEqual(['a', 'b', 'c']);
    expect(interner.size).toBe(3);
  });

  test('gives the spellings of a string the same id, whichever comes first', () => {
    const interner = new Interner(lowerCase);
    expect(['Route:Home', 'route:home', ' route:home ', 'ROUTE:HOME'].map((text) => interner.intern(text))).toEqual([1, 1, 1, 1]);
    expect(interner.strings[1]).toBe('route:home');
    expect(interner.size).toBe(1);
  });

  test('returns 0 for a spelling of which nothing is left, and keeps nothing of it', () => {
    const interner = new Interner(lowerCase);
    expect([interner.intern(''), interner.intern('  '), interner.intern('  ')]).toEqual([0, 0, 0]);
    expect([interner.size, interner.spellings]).toEqual([0, 0]);
  });

  test('normalises a spelling once', () => {
    let calls = 0;
    const interner = new Interner((text) => {
      calls++;
      return text.toLowerCase();
    });
    for (let i = 0; i < 10; i++) interner.intern('A');
    expect(calls).toBe(1);
  });

  test('keeps a string while it has uses, and then forgets it and its spellings', () => {
    const interner = new Interner(lowerCase);
    const id = interner.intern('A');
    interner.intern('a ');
    interner.retain(id);
    interner.retain(id);
    interner.release(id);
    expect(interner.find('A')).toBe(id);
    interner.release(id);
    expect([interner.size, interner.spellings]).toEqual([0, 0]);
    expect(interner.intern('b')).toBe(id);
    expect(interner.strings[id]).toBe('b');
  });

  test('cuts new strings only', () => {
    let calls = 0;
    const interner = new Interner((text) => {
      calls++;
      return lowerCase(text);
    });
    const constant = interner.intern('user:root');
    interner.isCut = (text) => text.startsWith('user:');
    expect([interner.intern('user:root'), interner.intern('User:Root')]).toEqual([constant, constant]);
    expect(['user:1', 'User:1 ', 'user:1'].map((text) => interner.intern(text))).toEqual([CUT, CUT, CUT]);
    expect([interner.find('user:1'), interner.find('User:1 '), interner.find('user:2')]).toEqual([CUT, CUT, 0]);
    // A cut string is cut whether it is known or not.
    expect([interner.internKnown('user:3'), interner.internKnown('other')]).toEqual([CUT, undefined]);
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
    expect([interner.find('user:often'), interner.spellings]).toEqual([CUT, 1024]);
    expect(interner.find('user:0')).toBe(0);
  });

  test('discards a string without uses, but not one with uses', () => {
    const interner = new Interner(lowerCase);
    const used = interner.intern('used');
    interner.retain(used);
    const unused = interner.intern('unused');
    interner.discardUnused(used);
    interner.discardUnused(unused);
    expect(interner.find('used')).toBe(used);
    expect(interner.find('unused')).toBe(0);
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

  test('finds a known string by a new spelling, but adds no new string when told so', () => {
    const interner = new Interner(lowerCase);
    const id = interner.intern('a');
    expect(interner.internKnown('A')).toBe(id);
    expect(interner.internKnown('b')).toBeUndefined();
    expect(interner.internKnown('  ')).toBe(0);
    expect(interner.size).toBe(1);
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
    expect([interner.intern('x'), interner.json(id)]).toEqual([id, 'x']);
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

  test('does not grow while strings come and go', () => {
    const interner = new Interner(lowerCase);
    for (let round = 0; round < 100; round++) {
      const ids = Array.from({ length: 50 }, (_, i) => interner.intern(`Tag:${round}-${i}`));
      for (const id of ids) interner.retain(id);
      for (const id of ids) interner.release(id);
    }
    expect([interner.size, interner.spellings, interner.strings.length]).toEqual([0, 0, 51]);
  });
});
