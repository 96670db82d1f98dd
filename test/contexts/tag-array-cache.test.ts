// Arrays of tags that come again, and those that are not what they were when they were read before.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Resolver } from '../../src/contexts/resolver.js';
import type { Scope } from '../../src/contexts/scope.js';
import { COUNTER, KIND_BITS } from '../../src/model/kinds.js';

const seed = 20_261_122;
const normalize = (text: string) => text.trim().toLowerCase();
const isTagCut = (tag: string) => tag.startsWith('cut:');
const CONSTANT_TAG = 'env:prod';

function makeResolver(): { resolver: Resolver; root: Scope; child: Scope } {
  const resolver = new Resolver({
    maxContexts: 1000,
    normalizeName: normalize,
    normalizeTag: normalize,
    onTwoKinds: () => {},
    isTagCut,
  });
  resolver.setConstantTags([CONSTANT_TAG]);
  return { resolver, root: resolver.createScope('', [], undefined), child: resolver.createScope('', ['own'], undefined) };
}

function tagsOf({ contexts }: Resolver, code: number): string[] {
  return contexts.tagIds(code >> KIND_BITS).map((id) => contexts.tags.strings[id]);
}

/** What the sample's row shows, decided as the aggregator does it when nothing was recorded for the context in its interval. */
function shown(resolver: Resolver, code: number): string[] {
  const { otherOrder } = resolver;
  if (!otherOrder || resolver.adoptOrder(code, code >> KIND_BITS)) return tagsOf(resolver, code);
  return resolver.shownTagIds.map((id) => resolver.contexts.tags.strings[id]);
}

/** An array that tells before each reading of an element (by its index) or of the length what is read, and how often it was. */
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

/** Lets the resolver remember arrays of tags of a name, which it does from their second time on. */
function warm({ resolver, root }: ReturnType<typeof makeResolver>, ...arrays: string[][]): number[] {
  let codes: number[] = [];
  for (let i = 0; i < 3; i++) codes = arrays.map((tags) => resolver.resolveTags(root, COUNTER, 'a', tags));
  return codes;
}

describe('an array that records when it is read', () => {
  // Each element is read to be looked for, to be interned, to choose its place and to be remembered.
  const READINGS = [1, 2, 3, 4, 5];

  describe.each(READINGS)('for the time no. %i', (when) => {
    test.each([0, 1, 'length'] as const)('(%j) leads to its own context, and shows its own tags', (where) => {
      // The spellings make the last reading necessary.
      for (const inner of [['c', 'd'], ['d', 'c'], ['b', 'a'], ['C', 'D', 'c'], [CONSTANT_TAG, 'c'], ['e'], []]) {
        for (const outer of [
          ['a', 'b'],
          ['b', 'a'],
          ['A', 'b'],
          ['a', CONSTANT_TAG],
          ['a', 'cut:b'],
        ]) {
          for (const known of [true, false]) {
            const made = makeResolver();
            const { resolver, root } = made;
            if (known) warm(made, ['A', 'B'], ['a', 'b'], ['c', 'd'], ['a']);
            const own = outer.map(normalize).filter((tag) => !isTagCut(tag) && tag !== CONSTANT_TAG);
            for (let again = 0; again < 3; again++) {
              const tags = readingArray(outer, (key, reading) => {
                if (key !== where || reading !== when) return;
                shown(resolver, resolver.resolveTags(root, COUNTER, 'a', inner));
              });
              const code = resolver.resolveTags(root, COUNTER, 'a', tags);
              const { otherOrder } = resolver;
              expect(tagsOf(resolver, code).toSorted()).toEqual(own.toSorted());
              const shownTags = shown(resolver, code);
              if (otherOrder) expect(shownTags.filter((tag) => tag !== CONSTANT_TAG)).toEqual(own);
              expect(tagsOf(resolver, code).toSorted()).toEqual(own.toSorted());
              const [first, second] = [outer, inner].map((each) =>
                tagsOf(resolver, resolver.resolveTags(root, COUNTER, 'a', each)).toSorted(),
              );
              expect(first).toEqual(own.toSorted());
              expect(second).toEqual([...new Set(inner.map(normalize))].filter((tag) => tag !== CONSTANT_TAG).toSorted());
            }
          }
        }
      }
    });
  });

  describe.each(READINGS)('for the time no. %i', (when) => {
    // Of one place: the lengths and the last three characters agree. Of some tags there is another spelling.
    test.each([
      [
        ['p:end', 'q:end'],
        ['r:end', 's:end'],
      ],
      [
        ['p:end', 'q:end'],
        ['p:end', 's:end'],
      ],
      [
        ['P:end', 'q:end'],
        ['p:end', 's:end'],
      ],
      [
        ['p:end', 'Q:end'],
        ['r:end', 'q:end'],
      ],
      [
        ['p:end', 'q:end'],
        ['q:end', 'p:end'],
      ],
    ])('(%j, by %j) is remembered as no other', (outer, inner) => {
      for (const where of [0, 1]) {
        for (const throws of [false, true]) {
          const { resolver, root } = makeResolver();
          const resolve = (tags: readonly string[]) => resolver.resolve(root, COUNTER, 'a', tags, undefined);
          const codes = [outer, inner].map(resolve);
          const tags = readingArray(outer, (key, reading) => {
            if (key !== where || reading !== when) return;
            for (let i = 0; i < 3; i++) shown(resolver, resolver.resolveTags(root, COUNTER, 'a', inner));
            if (throws) throw new Error('thrown by a getter');
          });
          try {
            expect(resolver.resolveTags(root, COUNTER, 'a', tags)).toBe(codes[0]);
          } catch (error) {
            expect(error).toHaveProperty('message', 'thrown by a getter');
          }
          for (const each of [inner, outer, inner]) {
            const code = resolver.resolveTags(root, COUNTER, 'a', each);
            expect(code).toBe(codes[each === outer ? 0 : 1]);
            expect(shown(resolver, code)).toEqual(each.map(normalize));
          }
        }
      }
    });
  });
});

describe('an array that changes between readings', () => {
  test.each([
    [['x', 'cut:1'], ['cut:1', 'cut:2'], []],
    [
      ['x', 'cut:1'],
      ['x', 'y'],
      ['x', 'y'],
    ],
    [['x', 'cut:1'], ['x', 'x'], ['x']],
    [['cut:1', 'x'], ['cut:1', 'cut:2'], []],
    [
      ['x', 'y'],
      ['y', 'x'],
      ['x', 'y'],
    ],
    [
      ['X', 'y'],
      ['y', 'X'],
      ['x', 'y'],
    ],
  ])('(%j, then %j) is remembered as neither, if at all', (before, after, own) => {
    for (let change = 1; change <= 6; change++) {
      const made = makeResolver();
      const { resolver, root } = made;
      warm(made, ['cut:1', 'cut:2', 'X', 'Y'], ['cut:1x', 'cut:22'], ['x', 'y']);
      // The context is there, but its tags are not remembered yet.
      resolver.resolve(root, COUNTER, 'a', before, undefined);
      for (let again = 0; again < 3; again++) {
        const tags = readingArray(before, (key, reading) => (key !== 'length' && reading >= change ? after[key] : undefined));
        resolver.resolveTags(root, COUNTER, 'a', tags);
        const found = tagsOf(resolver, resolver.resolveTags(root, COUNTER, 'a', after));
        expect(found.toSorted()).toEqual(own);
        const others = tagsOf(resolver, resolver.resolveTags(root, COUNTER, 'a', before));
        expect(others.toSorted()).toEqual(before.map(normalize).filter((tag) => !isTagCut(tag)).toSorted()); // biome-ignore format: one line
      }
    }
  });

  test('is not read to the end of a length that no sample has', () => {
    const { resolver, root } = makeResolver();
    expect(resolver.resolveTags(root, COUNTER, 'a', ['x'])).not.toBe(0);
    for (const length of [1025, 2 ** 32 - 1, 2 ** 52, Number.POSITIVE_INFINITY, -1]) {
      let readings = 0;
      const tags = readingArray(['x'], (key) => {
        readings++;
        return key === 'length' ? length : 'x';
      });
      resolver.resolveTags(root, COUNTER, 'a', tags);
      expect(readings).toBeLessThan(5000);
    }
    expect(resolver.resolveTags(root, COUNTER, 'a', new Array(1e9))).toBe(0);
    expect(resolver.refusal).toBe('badTags');
  });
});

describe('tags that share a place', () => {
  test.each([1, 2, 3, 32, 33, 100])('%i at a time, and lead to their own contexts', (count) => {
    const made = makeResolver();
    const rest = Array.from({ length: count - 1 }, (_, i) => `tag:${i}`);
    const arrays = Array.from({ length: 20 }, (_, i) => [`k:${'x'.repeat(i * 13)}${String.fromCharCode(97 + i)}end`, ...rest]);
    const codes = warm(made, ...arrays);
    expect(new Set(codes).size).toBe(arrays.length);
    for (const [i, tags] of arrays.entries()) expect(tagsOf(made.resolver, codes[i])).toEqual(tags);
    expect(warm(made, ...arrays.toReversed()).toReversed()).toEqual(codes);
  });
});

/** What becomes of the tags of one array, worked out afresh. */
function ownTags(tags: readonly string[], scopeTags: readonly string[]): string[] {
  const normal = [...tags, ...scopeTags].map(normalize);
  return [...new Set(normal)].filter((tag) => tag !== '' && tag !== CONSTANT_TAG && !isTagCut(tag));
}

const tag = fc.constantFrom('a:end', 'b:end', 'c:end', 'A:end', 'a:end ', 'd', 'own', '', ' ', CONSTANT_TAG, 'cut:x', 'cut:y', 'long'.repeat(60)); // biome-ignore format: one line
const act = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      isChild: fc.boolean(),
      name: fc.constantFrom('a', 'b'),
      array: fc.nat(5),
      /** What the array's readings record, by their number. */
      inner: fc.dictionary(fc.constantFrom('1', '2', '3', '5', '6', '8', '11'), fc.nat(5), { maxKeys: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ change: fc.nat(5), tags: fc.array(tag, { maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ recycle: fc.nat(30) }) },
);

test('whatever arrays come, change and record, and whatever is recycled: a sample finds the context of its tags', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(tag, { maxLength: 4 }), { minLength: 6, maxLength: 6 }),
      fc.array(act, { maxLength: 120, size: 'max' }),
      (arrays, acts) => {
        const { resolver, root, child } = makeResolver();
        const expectFound = (code: number, name: string, tags: readonly string[], scope: Scope) => {
          expect(resolver.contexts.name(code >> KIND_BITS).text).toBe(name);
          const own = ownTags(tags, scope.tags);
          const { otherOrder } = resolver;
          const found = tagsOf(resolver, code);
          expect(found.toSorted()).toEqual(own.toSorted());
          const hasConstantTag = tags.map(normalize).includes(CONSTANT_TAG);
          expect(otherOrder).toBe(hasConstantTag || own.join() !== found.join());
          const rowTags = shown(resolver, code);
          expect(rowTags.filter((each) => each !== CONSTANT_TAG)).toEqual(own);
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
            const tags =
              Object.keys(each.inner).length === 0
                ? own
                : readingArray(own, () => {
                    const inner = arrays[each.inner[++readings]];
                    if (inner === undefined) return;
                    expectFound(resolver.resolveTags(scope, COUNTER, each.name, inner), each.name, inner, scope);
                  });
            expectFound(resolver.resolveTags(scope, COUNTER, each.name, tags), each.name, own, scope);
          }
        }
        const { contexts } = resolver;
        for (let id = 1; id < contexts.idEnd; id++) if (contexts.isLive(id)) resolver.recycle(id);
        expect([contexts.size, contexts.tags.size]).toEqual([0, 2]);
      },
    ),
    { seed, numRuns: 300 },
  );
});
