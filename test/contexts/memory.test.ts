import { describe, expect, test } from 'vitest';
import { BAD_NAME } from '../../src/contexts/codes.js';
import { createScope } from '../../src/contexts/scope.js';
import { GAUGE, KIND_BITS } from '../../src/model/kinds.js';
import { ownCopy } from '../../src/model/text.js';
import { body, heldBytes } from '../support/held-bytes.js';
import { makeResolver as makeTestResolver, tagCount, tagsOf } from './support/resolver.js';

const makeResolver = () => makeTestResolver({ maxContexts: 10_000 });

test.each(['', 'a', '42', '__proto__', 'constructor', 'x'.repeat(1000), '\ud800', 'né ✓ 😀'])(
  'an own copy of %j is the same text',
  (text) => {
    expect(ownCopy(text)).toBe(text);
  },
);

describe('a resolver', () => {
  const BODIES = 200;

  test.each<[what: string, begin: number, end: number]>([
    ['short', 0, 19],
    ['long', 0, 60],
    ['very long', 0, 190],
  ])('does not hold the long text from which %s tags and names were cut', async (_, begin, end) => {
    const bytes = await heldBytes(() => {
      const resolver = makeResolver();
      const scope = createScope('', [], undefined);
      for (let i = 0; i < BODIES; i++) {
        const piece = body(i).slice(begin, end);
        const lower = body(i).toLowerCase().slice(begin, end);
        for (let again = 0; again < 3; again++) {
          expect(resolver.resolveTags(scope, GAUGE, 'fixed', [lower])).toBeGreaterThan(0);
          expect(resolver.resolveTags(scope, GAUGE, 'fixed', [piece, piece])).toBeGreaterThan(0);
          expect(resolver.resolveTags(scope, GAUGE, piece, [piece])).toBeGreaterThan(0);
          expect(resolver.resolvePlain(scope, GAUGE, lower)).toBeGreaterThan(0);
          expect(resolver.resolve(scope, GAUGE, lower, [], piece)).toBeGreaterThan(0);
        }
      }
      return resolver;
    });
    expect(bytes).toBeLessThan((BODIES * 100_000) / 4);
  });

  test('holds little of a sample with a thousand tags', async () => {
    const resolver = makeResolver();
    const scope = createScope('', [], undefined);
    const tags = Array.from({ length: 1024 }, (_, i) => `tag:${i}`);
    for (let i = 0; i < 30; i++) resolver.resolveTags(scope, GAUGE, `name${i}`, ['a']);
    const bytes = await heldBytes(() => {
      for (let i = 0; i < 30; i++) for (let again = 0; again < 2; again++) resolver.resolveTags(scope, GAUGE, `name${i}`, tags);
      return resolver;
    });
    // The contexts' own lists of tags are outside the heap, and a frequent tag is remembered once, not for each name.
    expect(bytes).toBeLessThan(30 * 5000 + 100_000);
  });
});

describe('a scope that is gone', () => {
  test('is held by nothing, and neither are its tags and host when their contexts are recycled', async () => {
    const resolver = makeResolver();
    const root = createScope('', [], undefined);
    resolver.resolvePlain(root, GAUGE, 'requests');
    const bytes = await heldBytes(() => {
      for (let i = 0; i < 5000; i++) {
        const child = createScope('', [`request:${i}`, 'x'.repeat(500) + i], `host ${i}`);
        const code = resolver.resolvePlain(child, GAUGE, 'requests');
        expect(code).toBeGreaterThan(0);
        expect(resolver.resolvePlain(child, GAUGE, 'requests')).toBe(code);
        resolver.recycle(code >> KIND_BITS);
      }
      return resolver;
    });
    const { hosts, size } = resolver.contexts;
    expect({ tags: tagCount(resolver), hosts: hosts.size, contexts: size }).toEqual({ tags: 0, hosts: 0, contexts: 1 });
    expect(bytes).toBeLessThan(2_000_000);
  });

  test('makes room for the spellings of a scope that lives', async () => {
    const resolver = makeResolver();
    for (let i = 0; i < 64; i++) resolver.resolvePlain(createScope('', [], undefined), GAUGE, 'requests');
    await heldBytes(() => true);
    const scope = createScope('', [], undefined);
    for (let i = 0; i < 64; i++) resolver.resolvePlain(scope, GAUGE, 'requests');
    expect(scope.spellings[GAUGE].has('requests')).toBe(true);
  });
});

test('a scope keeps no spelling of a metric whose contexts were recycled, even if no other name comes', () => {
  const resolver = makeResolver();
  const scopes = Array.from({ length: 100 }, () => createScope('', [], undefined));
  for (let i = 0; i < 1000; i++) {
    for (const scope of scopes) resolver.resolveTags(scope, GAUGE, `Name ${i}`, ['x']);
    resolver.recycle(resolver.resolvePlain(scopes[0], GAUGE, `name ${i}`) >> KIND_BITS);
    resolver.recycle(resolver.resolveTags(scopes[0], GAUGE, `name ${i}`, ['x']) >> KIND_BITS);
  }
  expect(scopes.map(({ spellings }) => spellings[GAUGE].size)).toEqual(scopes.map(() => 0));
});

test('a scope finds its tags and host again after their ids were given to others', () => {
  const resolver = makeResolver();
  const { contexts } = resolver;
  const [first, second] = ['first', 'second'].map((tag) => createScope('', [tag], `host of ${tag}`));
  for (let i = 0; i < 3; i++) {
    for (const scope of [first, second]) {
      const code = resolver.resolveTags(scope, GAUGE, 'a', ['x']);
      expect(tagsOf(resolver, code)).toEqual(['x', scope.tags[0]]);
      expect(contexts.host(code >> KIND_BITS)).toBe(scope.host);
      resolver.recycle(code >> KIND_BITS);
    }
  }
  // A refused sample leaves nothing behind, and the scope looks its ids up again.
  expect(resolver.resolvePlain(first, GAUGE, '')).toBe(BAD_NAME);
  expect(tagCount(resolver)).toBe(0);
  expect(contexts.hosts.size).toBe(0);
  const other = resolver.resolve(second, GAUGE, 'a', ['other'], 'other host') >> KIND_BITS;
  const code = resolver.resolvePlain(first, GAUGE, 'a');
  expect(tagsOf(resolver, code)).toEqual(['first']);
  expect(contexts.host(code >> KIND_BITS)).toBe('host of first');
  expect(contexts.host(other)).toBe('other host');
});
