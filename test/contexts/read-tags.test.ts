// How tags are read: arrays that come again, that come in another order, and that change or record while they are read.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BAD_TAGS } from '../../src/contexts/codes.js';
import type { Resolver } from '../../src/contexts/resolver.js';
import { createScope, type Scope } from '../../src/contexts/scope.js';
import { COUNTER, KIND_BITS } from '../../src/model/kinds.js';
import { ownTagStrings } from '../../src/model/tags.js';
import { makeResolver as makeTestResolver, nameOf, normalize, tagsOf } from './support/resolver.js';

const seed = 20_261_122;
const isTagCut = (tag: string) => tag.startsWith('cut:');
const CONSTANT_TAG = 'env:prod';

function makeResolver(): { resolver: Resolver; root: Scope; child: Scope } {
  const resolver = makeTestResolver({ isTagCut, constantTags: [CONSTANT_TAG] });
  return { resolver, root: createScope('', [], undefined), child: createScope('', ['own'], undefined) };
}

/**
 * Returns an array that calls `onRead` before each reading of an element (with its index) or of the length, with the number of
 * the reading. What that returns, if anything, is read instead.
 */
function readingArray(
  tags: readonly string[],
  onRead: (key: number | 'length', reading: number) => unknown = () => {},
): readonly string[] {
  const readings = new Map<string | symbol, number>();
  return new Proxy(tags, {
    get(target, key) {
      const reading = (readings.get(key) ?? 0) + 1;
      readings.set(key, reading);
      return onRead(key === 'length' ? key : Number(key), reading) ?? Reflect.get(target, key);
    },
  });
}

/** Has the resolver remember arrays of tags of a name, which it does at their second sight. Returns their codes. */
function warm({ resolver, root }: ReturnType<typeof makeResolver>, ...arrays: string[][]): number[] {
  let codes: number[] = [];
  for (let i = 0; i < 3; i++) codes = arrays.map((tags) => resolver.resolveTags(root, COUNTER, 'a', tags));
  return codes;
}

/** The own tags of a sample's context, worked out anew. */
function ownTags(tags: readonly string[], scopeTags: readonly string[] = []): string[] {
  const normal = [...tags, ...scopeTags].map(normalize);
  return [...new Set(normal)].filter((tag) => tag !== '' && tag !== CONSTANT_TAG && !isTagCut(tag)).sort();
}

/** The tags that a sample's context shows, sorted. */
function foundTags(resolver: Resolver, scope: Scope, tags: readonly string[]): string[] {
  return tagsOf(resolver, resolver.resolveTags(scope, COUNTER, 'a', tags)).sort();
}

describe('an array in another order', () => {
  test.each([[['a', 'b']], [['a', 'b', 'c']], [['a', 'B', 'c', 'd', 'e']], [['a', 'cut:1', 'b']]])(
    'than %j leads to the same context, cached or not',
    (tags) => {
      const made = makeResolver();
      const [code] = warm(made, tags);
      const reversed = tags.toReversed();
      expect(warm(made, reversed)).toEqual([code]);
      // Now both are cached.
      expect(warm(made, tags, reversed)).toEqual([code, code]);
      expect(tagsOf(made.resolver, code)).toEqual(ownTags(tags));
    },
  );
});

describe('an array that records when it is read', () => {
  // Each element is read to compare it with the last array, to look the tag up, and to remember its spelling.
  const READINGS = [1, 2, 3, 4, 5];
  const OUTER = ['a b', 'b a', 'A b', `a ${CONSTANT_TAG}`, 'a cut:b'].map((text) => text.split(' '));
  const INNER = [['c', 'd'], ['d', 'c'], ['b', 'a'], ['C', 'D', 'c'], [CONSTANT_TAG, 'c'], ['e'], []];

  describe.each(READINGS)('at its reading no. %i', (when) => {
    test.each([0, 1, 'length'] as const)('of %j, is dropped or leads to its own context, and changes no other', (where) => {
      for (const inner of INNER) {
        for (const outer of OUTER) {
          for (const isWarm of [true, false]) {
            const made = makeResolver();
            const { resolver, root } = made;
            if (isWarm) warm(made, ['A', 'B'], ['a', 'b'], ['c', 'd'], ['a']);
            for (let again = 0; again < 3; again++) {
              const innerTags: string[][] = [];
              const tags = readingArray(outer, (key, reading) => {
                if (key === where && reading === when) innerTags.push(foundTags(resolver, root, inner));
              });
              const code = resolver.resolveTags(root, COUNTER, 'a', tags);
              if (code !== BAD_TAGS) expect(tagsOf(resolver, code).sort()).toEqual(ownTags(outer));
              for (const found of innerTags) expect(found).toEqual(ownTags(inner));
              expect(foundTags(resolver, root, outer)).toEqual(ownTags(outer));
              expect(foundTags(resolver, root, inner)).toEqual(ownTags(inner));
            }
          }
        }
      }
    });

    // The lengths and the last characters of these tags agree. Some tags have another spelling.
    test.each([
      ['p:end q:end', 'r:end s:end'],
      ['p:end q:end', 'p:end s:end'],
      ['P:end q:end', 'p:end s:end'],
      ['p:end Q:end', 'r:end q:end'],
      ['p:end q:end', 'q:end p:end'],
    ])('with the tags %s, is never cached as %s, which are recorded then', (...texts) => {
      const [outer, inner] = texts.map((text) => text.split(' '));
      for (const where of [0, 1]) {
        for (const isThrown of [false, true]) {
          const { resolver, root } = makeResolver();
          const [outerCode, innerCode] = [outer, inner].map((tags) => resolver.resolve(root, COUNTER, 'a', tags, undefined));
          const tags = readingArray(outer, (key, reading) => {
            if (key !== where || reading !== when) return;
            for (let i = 0; i < 3; i++) resolver.resolveTags(root, COUNTER, 'a', inner);
            if (isThrown) throw new Error('thrown by a getter');
          });
          try {
            expect([outerCode, BAD_TAGS]).toContain(resolver.resolveTags(root, COUNTER, 'a', tags));
          } catch (error) {
            expect(error).toHaveProperty('message', 'thrown by a getter');
          }
          for (let again = 0; again < 3; again++) {
            expect(resolver.resolveTags(root, COUNTER, 'a', inner)).toBe(innerCode);
            expect(resolver.resolveTags(root, COUNTER, 'a', outer)).toBe(outerCode);
          }
        }
      }
    });
  });

  test('keeps no id of a tag that it brought first', () => {
    for (const when of READINGS) {
      const { resolver, root } = makeResolver();
      resolver.resolveTags(root, COUNTER, 'a', ['a']);
      const tags = readingArray(['new', 'newer'], (key, reading) => {
        // The inner sample is malformed, so that its tag, which is the same, is forgotten again.
        if (key === 1 && reading === when) resolver.resolveTags(root, COUNTER, ' ', ['new']);
      });
      const code = resolver.resolveTags(root, COUNTER, 'a', tags);
      if (code > 0) resolver.recycle(code >> KIND_BITS);
      // The constant tag, the tag of overflow contexts, and 'a'.
      expect(resolver.contexts.tags.size).toBe(3);
    }
  });
});

describe('an array that changes between readings', () => {
  test.each([
    ['x cut:1', 'cut:1 cut:2'],
    ['x cut:1', 'x y'],
    ['x cut:1', 'x x'],
    ['cut:1 x', 'cut:1 cut:2'],
    ['x y', 'y x'],
    ['X y', 'y X'],
  ])('from %s to %s is cached as neither of them wrongly', (...texts) => {
    const [before, after] = texts.map((text) => text.split(' '));
    for (let change = 1; change <= 6; change++) {
      const made = makeResolver();
      const { resolver, root } = made;
      warm(made, ['cut:1', 'cut:2', 'X', 'Y'], ['cut:1x', 'cut:22'], ['x', 'y']);
      // The context is made, but its tags are not cached yet.
      resolver.resolve(root, COUNTER, 'a', before, undefined);
      for (let again = 0; again < 3; again++) {
        const tags = readingArray(before, (key, reading) => (key !== 'length' && reading >= change ? after[key] : undefined));
        resolver.resolveTags(root, COUNTER, 'a', tags);
        expect(foundTags(resolver, root, after)).toEqual(ownTags(after));
        expect(foundTags(resolver, root, before)).toEqual(ownTags(before));
      }
    }
  });

  test.each([1025, 2 ** 32 - 1, 2 ** 52, Number.POSITIVE_INFINITY, -1])('to a length of %d is not read to its end', (length) => {
    const { resolver, root } = makeResolver();
    resolver.resolveTags(root, COUNTER, 'a', ['x']);
    let readings = 0;
    const tags = readingArray(['x'], (key) => {
      readings++;
      return key === 'length' ? length : 'x';
    });
    resolver.resolveTags(root, COUNTER, 'a', tags);
    expect(readings).toBeLessThan(5000);
  });

  test('is refused when it is longer than any sample may be', () => {
    const { resolver, root } = makeResolver();
    expect(resolver.resolveTags(root, COUNTER, 'a', new Array(1e9))).toBe(BAD_TAGS);
  });
});

describe('arrays of tags with the same last characters', () => {
  test.each([1, 2, 3, 32, 33, 100])('lead to their own contexts, with %i tags each', (count) => {
    const made = makeResolver();
    const rest = Array.from({ length: count - 1 }, (_, i) => `tag:${i}`);
    const arrays = Array.from({ length: 20 }, (_, i) => [`k:${'x'.repeat(i * 13)}${String.fromCharCode(97 + i)}end`, ...rest]);
    const codes = warm(made, ...arrays);
    expect(new Set(codes).size).toBe(arrays.length);
    for (const [i, tags] of arrays.entries()) expect(tagsOf(made.resolver, codes[i])).toEqual(tags);
    expect(warm(made, ...arrays.toReversed()).toReversed()).toEqual(codes);
  });
});

describe('the properties of a plain object', () => {
  const keys = ['a', 'b', 'status', 'cut', 'env', 'a:b', '__proto__'];
  const value = fc.oneof(
    fc.constantFrom<unknown>(
      'end',
      'b:end',
      'A',
      ' ',
      '',
      200,
      404,
      -0,
      1.5,
      true,
      false,
      null,
      undefined,
      'prod',
      'long'.repeat(60),
    ),
    fc.string({ maxLength: 5 }),
  );
  const record = fc
    .uniqueArray(fc.tuple(fc.constantFrom(...keys), value), { selector: ([key]) => key, maxLength: 5 })
    .map((entries) => Object.fromEntries(entries));

  test('lead to the same context as the array of their strings, however often and in which order they come', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 40, size: 'max' }),
        fc.array(fc.nat(200), { maxLength: 10 }),
        (records, recycled) => {
          const { resolver, root, child } = makeResolver();
          for (const [index, each] of records.entries()) {
            const strings = ownTagStrings(each)!;
            for (const scope of [root, child]) {
              const code = resolver.resolveRecord(scope, COUNTER, 'a', each);
              expect(tagsOf(resolver, code).sort()).toEqual(ownTags(strings, scope.tags));
              expect(resolver.resolveTags(scope, COUNTER, 'a', strings)).toBe(code);
              expect(resolver.resolveRecord(scope, COUNTER, 'a', each)).toBe(code);
            }
            const contextId = recycled.includes(index) ? 1 + (index % resolver.contexts.idEnd) : 0;
            if (contextId !== 0 && resolver.contexts.isLive(contextId)) resolver.recycle(contextId);
          }
        },
      ),
      { seed, numRuns: 300 },
    );
  });

  test('are its own ones only', () => {
    const { resolver, root } = makeResolver();
    const prototype = Object.create(null, { inherited: { value: 'x', enumerable: true } });
    const code = resolver.resolveRecord(root, COUNTER, 'a', Object.assign(Object.create(prototype), { own: 1 }));
    expect(tagsOf(resolver, code)).toEqual(['own:1']);
  });

  test('are refused if one of them is no tag, if there are too many, or if reading them records', () => {
    const { resolver, root } = makeResolver();
    const refuse = (tags: Record<string, unknown>) => expect(resolver.resolveRecord(root, COUNTER, 'a', tags)).toBe(BAD_TAGS);
    for (const bad of [{}, [], 1n, Symbol('a'), () => {}]) refuse({ good: 1, bad });
    refuse({ '': 'a' });
    refuse(Object.fromEntries(Array.from({ length: 1025 }, (_, i) => [`k${i}`, i])));
    refuse({
      good: 1,
      get recording() {
        return `${resolver.resolveTags(root, COUNTER, 'a', ['inner'])}`;
      },
    });
    const code = resolver.resolveTags(root, COUNTER, 'a', ['inner']);
    expect(tagsOf(resolver, code)).toEqual(['inner']);
    // What was refused has left no tag behind: there are the constant tag, the one of overflow contexts, and 'inner'.
    expect(resolver.contexts.tags.size).toBe(3);
  });
});

const tag = fc.constantFrom(
  ...['a:end', 'b:end', 'c:end', 'A:end', 'a:end ', 'd', 'own', '', ' ', CONSTANT_TAG, 'cut:x', 'cut:y', 'long'.repeat(60)],
);
const act = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      isChild: fc.boolean(),
      name: fc.constantFrom('a', 'b'),
      array: fc.nat(5),
      /** The arrays that readings of this array record, by the number of the reading. */
      inner: fc.dictionary(fc.constantFrom('1', '2', '3', '5', '6', '8', '11'), fc.nat(5), { maxKeys: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ change: fc.nat(5), tags: fc.array(tag, { maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ recycle: fc.nat(30) }) },
);

test('a sample finds the context of its tags or is dropped, whatever arrays come, change and record, and is recycled', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(tag, { maxLength: 4 }), { minLength: 6, maxLength: 6 }),
      fc.array(act, { maxLength: 120, size: 'max' }),
      (arrays, acts) => {
        const { resolver, root, child } = makeResolver();
        const expectFound = (code: number, name: string, tags: readonly string[], scope: Scope) => {
          expect(nameOf(resolver, code)).toBe(name);
          expect(tagsOf(resolver, code).sort()).toEqual(ownTags(tags, scope.tags));
        };
        for (const each of acts) {
          if ('change' in each) arrays[each.change].splice(0, 4, ...each.tags);
          else if ('recycle' in each) {
            const contextId = 1 + (each.recycle % resolver.contexts.idEnd);
            if (resolver.contexts.isLive(contextId)) resolver.recycle(contextId);
          } else {
            const scope = each.isChild ? child : root;
            const own = arrays[each.array];
            let readings = 0;
            let innerCount = 0;
            const isPlain = Object.keys(each.inner).length === 0;
            const recording = readingArray(own, () => {
              const inner = arrays[each.inner[++readings]];
              if (inner === undefined) return;
              innerCount++;
              expectFound(resolver.resolveTags(scope, COUNTER, each.name, inner), each.name, inner, scope);
            });
            const code = resolver.resolveTags(scope, COUNTER, each.name, isPlain ? own : recording);
            if (innerCount === 0 || code !== BAD_TAGS) expectFound(code, each.name, own, scope);
          }
        }
        const { contexts } = resolver;
        for (let id = 1; id < contexts.idEnd; id++) if (contexts.isLive(id)) resolver.recycle(id);
        expect(contexts.size).toBe(0);
        // The constant tag and the tag of overflow contexts.
        expect(contexts.tags.size).toBe(2);
      },
    ),
    { seed, numRuns: 300 },
  );
});
