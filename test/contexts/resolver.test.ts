import { describe, expect, test } from 'vitest';
import { BAD_NAME, BAD_TAGS, CONTEXT_LIMIT, refusalOf } from '../../src/contexts/codes.js';
import type { Resolver } from '../../src/contexts/resolver.js';
import { MAX_TAGS } from '../../src/contexts/sample-ids.js';
import type { Scope } from '../../src/contexts/scope.js';
import { COUNTER, GAUGE, KIND_BITS, SET } from '../../src/model/kinds.js';
import { makeResolverWithScope, tagCount, tagsOf } from './support/resolver.js';

/** Numbers of the strings that a resolver and a scope keep. */
function keptBy(resolver: Resolver, scope: Scope) {
  return { tags: tagCount(resolver), hosts: resolver.contexts.hosts.size, spellings: scope.spellings[GAUGE].size };
}

const NOTHING = { tags: 0, hosts: 0, spellings: 0 };

/** An array of one tag that calls `onRead` whenever it is read. */
function recordingArray(tag: string, onRead: () => void): string[] {
  return Object.defineProperty([''], 0, {
    get: () => {
      onRead();
      return tag;
    },
  });
}

describe('a resolver', () => {
  test('reports a name that is used as two kinds', () => {
    const reported: unknown[] = [];
    const { resolver, scope } = makeResolverWithScope({ onTwoKinds: (...args) => reported.push(args) });
    resolver.resolvePlain(scope, GAUGE, 'a');
    resolver.resolveTags(scope, GAUGE, 'a', ['x']);
    expect(reported).toEqual([]);
    resolver.resolvePlain(scope, COUNTER, 'A');
    expect(reported).toEqual([['a', COUNTER, GAUGE]]);
  });

  describe('refuses', () => {
    const bad = (value: unknown) => value as string;

    test('by a negative code that names the reason', () => {
      expect([BAD_NAME, BAD_TAGS, CONTEXT_LIMIT].map(refusalOf)).toEqual(['badName', 'badTags', 'contextLimit']);
    });

    test.each([[''], ['  '], [bad(undefined)], [bad(5)]])('the name %j, without keeping anything', (name) => {
      const { resolver, scope } = makeResolverWithScope();
      expect(resolver.resolvePlain(scope, GAUGE, name)).toBe(BAD_NAME);
      expect(resolver.resolveTags(scope, GAUGE, name, ['new'])).toBe(BAD_NAME);
      expect(resolver.resolve(scope, GAUGE, name, ['new'], 'host')).toBe(BAD_NAME);
      expect(keptBy(resolver, scope)).toEqual(NOTHING);
    });

    test.each([
      ['a number', ['a', bad(1)]],
      ['null', [bad(null)]],
      ['an object', ['b', 'c', bad({})]],
      ['one tag too many', Array.from({ length: MAX_TAGS + 1 }, (_, i) => `t${i}`)],
    ])('an array of tags with %s, without keeping anything', (_, tags) => {
      const { resolver, scope } = makeResolverWithScope();
      expect(resolver.resolveTags(scope, GAUGE, 'n', tags)).toBe(BAD_TAGS);
      expect(resolver.resolve(scope, GAUGE, 'n', tags, 'host')).toBe(BAD_TAGS);
      expect(keptBy(resolver, scope)).toEqual(NOTHING);
    });

    test.each([false, true])('tags that record while they are read, the name being known: %s', (isKnown) => {
      const { resolver, scope } = makeResolverWithScope();
      if (isKnown) resolver.resolveTags(scope, GAUGE, 'name', ['other']);
      const inner: number[] = [];
      const tags = recordingArray('new', () => inner.push(resolver.resolveTags(scope, GAUGE, 'inner', ['new', 'newer'])));
      expect(resolver.resolveTags(scope, GAUGE, 'name', tags)).toBe(BAD_TAGS);
      expect(tagsOf(resolver, inner[0])).toEqual(['new', 'newer']);
      resolver.recycle(inner[0] >> KIND_BITS);
      expect(tagCount(resolver)).toBe(isKnown ? 1 : 0);
    });

    test.each<[what: string, resolve: (resolver: Resolver, scope: Scope) => number]>([
      ['name', (resolver, scope) => resolver.resolvePlain(scope, GAUGE, 'c')],
      ['kind', (resolver, scope) => resolver.resolvePlain(scope, SET, 'a')],
      ['known name without tags', (resolver, scope) => resolver.resolvePlain(scope, GAUGE, 'b')],
      ['smaller set of tags', (resolver, scope) => resolver.resolveTags(scope, GAUGE, 'a', ['x'])],
      ['tag', (resolver, scope) => resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y', 'z'])],
      ['host', (resolver, scope) => resolver.resolve(scope, GAUGE, 'b', ['x'], 'other host')],
    ])('a new %s at the limit of contexts, without keeping anything', (_, resolve) => {
      const { resolver, scope } = makeResolverWithScope({ maxContexts: 3 });
      resolver.resolvePlain(scope, GAUGE, 'a');
      resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y']);
      resolver.resolve(scope, GAUGE, 'b', ['x'], 'h');
      expect(resolve(resolver, scope)).toBe(CONTEXT_LIMIT);
      expect(keptBy(resolver, scope)).toMatchObject({ tags: 2, hosts: 1 });
    });
  });

  test('makes no context beyond the limit for samples that are recorded while tags are read', () => {
    const { resolver, scope } = makeResolverWithScope({ maxContexts: 3 });
    const resolveNested = (depth: number): void => {
      if (depth === 6) return;
      resolver.resolveTags(
        scope,
        GAUGE,
        'name',
        recordingArray(`tag:${depth}`, () => resolveNested(depth + 1)),
      );
      resolver.resolveTags(scope, GAUGE, 'name', [`tag:${depth}`]);
    };
    resolveNested(0);
    expect(resolver.contexts.size).toBe(3);
    expect(tagCount(resolver)).toBe(3);
  });
});
