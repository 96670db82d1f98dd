import { describe, expect, test } from 'vitest';
import { BAD_NAME, BAD_TAGS, CONTEXT_LIMIT, refusalOf } from '../../src/contexts/codes.js';
import { Resolver, type ResolverSettings } from '../../src/contexts/resolver.js';
import { MAX_TAGS } from '../../src/contexts/sample-ids.js';
import { createScope, type Scope } from '../../src/contexts/scope.js';
import { COUNTER, GAUGE, KIND_BITS, KIND_MASK, type Kind, SET } from '../../src/model/kinds.js';

function makeResolver(settings: Partial<ResolverSettings> = {}): Resolver {
  return new Resolver({
    maxContexts: 100,
    normalizeName: (name) => name.trim().toLowerCase(),
    normalizeTag: (tag) => tag.trim().toLowerCase(),
    onTwoKinds: () => {},
    ...settings,
  });
}

/** Number of tags that are kept for contexts. The tag of overflow contexts is always kept. */
function tagCount({ contexts }: Resolver): number {
  return contexts.tags.size - 1;
}

/** The tags that the context of a code shows. */
function tagsOf({ contexts }: Resolver, code: number): string[] {
  return contexts.tagIds(code >> KIND_BITS).map((id) => contexts.tags.strings[id]);
}

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
  test('returns the code of the context, which holds its id and kind', () => {
    const resolver = makeResolver();
    const scope = createScope('', [], undefined);
    const code = resolver.resolve(scope, SET, 'users', ['a', 'b'], 'host-1');
    const { contexts } = resolver;
    expect(code >> KIND_BITS).toBe(1);
    expect(code & KIND_MASK).toBe(SET);
    expect(contexts.metric(1).text).toBe('users');
    expect(contexts.host(1)).toBe('host-1');
    expect(tagsOf(resolver, code)).toEqual(['a', 'b']);
  });

  test('finds the same context for the same tags in another order', () => {
    const resolver = makeResolver();
    const scope = createScope('', [], undefined);
    const code = resolver.resolve(scope, GAUGE, 'a', ['x', 'y', 'z'], undefined);
    expect(resolver.resolve(scope, GAUGE, 'a', ['z', 'x', 'y'], undefined)).toBe(code);
    expect(resolver.resolveTags(scope, GAUGE, 'a', ['y', 'x', 'z'])).toBe(code);
    expect(tagsOf(resolver, code)).toEqual(['x', 'y', 'z']);
  });

  test('keeps contexts apart by kind, name, tags and host', () => {
    const resolver = makeResolver();
    const scope = createScope('', [], undefined);
    const codes = new Set<number>();
    for (const kind of [COUNTER, GAUGE] as Kind[]) {
      for (const name of ['a', 'b']) {
        for (const tags of [[], ['x'], ['y'], ['x', 'y']]) {
          for (const host of [undefined, 'h', 'i']) codes.add(resolver.resolve(scope, kind, name, tags, host));
        }
      }
    }
    expect(codes.size).toBe(48);
    expect(resolver.contexts.size).toBe(48);
  });

  test('finds the same context for every spelling that normalises to the same, whichever method is called', () => {
    const resolver = makeResolver();
    const scope = createScope('', [], undefined);
    const plain = resolver.resolvePlain(scope, GAUGE, 'name');
    const tagged = resolver.resolveTags(scope, GAUGE, 'name', ['tag:a', 'tag:b']);
    for (const name of ['NAME', ' name', 'Name ', 'name']) {
      expect(resolver.resolvePlain(scope, GAUGE, name)).toBe(plain);
      expect(resolver.resolve(scope, GAUGE, name, [], undefined)).toBe(plain);
      for (const tags of [
        ['TAG:A', 'tag:b '],
        [' tag:b', 'tag:A'],
        ['tag:a', 'Tag:a', 'tag:b', 'tag:b'],
      ]) {
        expect(resolver.resolveTags(scope, GAUGE, name, tags)).toBe(tagged);
        expect(resolver.resolve(scope, GAUGE, name, tags, undefined)).toBe(tagged);
      }
    }
    expect(resolver.contexts.size).toBe(2);
    expect(tagCount(resolver)).toBe(2);
  });

  test('leaves out repeated tags, and tags of which nothing is left once they are normalised', () => {
    const resolver = makeResolver();
    const scope = createScope('', [], undefined);
    const code = resolver.resolveTags(scope, GAUGE, 'a', ['x', '  ', 'X', '', 'y', 'x']);
    expect(tagsOf(resolver, code)).toEqual(['x', 'y']);
    expect(resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y'])).toBe(code);
  });

  test('copies the tags, so that the caller may change its array', () => {
    const resolver = makeResolver();
    const scope = createScope('', [], undefined);
    const tags = ['x', 'y'];
    const code = resolver.resolveTags(scope, GAUGE, 'a', tags);
    tags[1] = 'z';
    const other = resolver.resolveTags(scope, GAUGE, 'a', tags);
    expect(other).not.toBe(code);
    tags.pop();
    expect(tagsOf(resolver, resolver.resolveTags(scope, GAUGE, 'a', tags))).toEqual(['x']);
    expect(tagsOf(resolver, resolver.resolveTags(scope, GAUGE, 'a', []))).toEqual([]);
    expect(resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y'])).toBe(code);
    expect(resolver.resolveTags(scope, GAUGE, 'a', ['x', 'z'])).toBe(other);
  });

  describe('with constant tags', () => {
    test('returns them normalised, each once', () => {
      const { constantTags } = makeResolver({ constantTags: ['Env:Prod', 'b', ' env:prod', '', 'b '] });
      expect(constantTags).toEqual(['env:prod', 'b']);
    });

    test('finds the same context for a sample that names one of them', () => {
      const resolver = makeResolver({ constantTags: ['env:prod', 'team:core'] });
      const scope = createScope('', [], undefined);
      const code = resolver.resolveTags(scope, GAUGE, 'a', ['x', 'ENV:prod', 'y']);
      expect(resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y'])).toBe(code);
      expect(tagsOf(resolver, code)).toEqual(['x', 'y']);
    });

    test('gives a context each tag once, those of the scope included, and no constant tag', () => {
      const resolver = makeResolver({ constantTags: ['env:prod'] });
      const scope = createScope('', ['child', 'env:prod', 'Child'], undefined);
      const code = resolver.resolveTags(scope, GAUGE, 'a', ['x', 'env:prod', 'x', 'env:prod', 'y']);
      expect(tagsOf(resolver, code)).toEqual(['x', 'y', 'child']);
      expect(resolver.resolveTags(scope, GAUGE, 'a', ['y', 'x', 'child'])).toBe(code);
    });
  });

  describe('with scopes', () => {
    test('prefixes names, adds tags, and uses the host of the scope for a sample without one', () => {
      const resolver = makeResolver();
      const scope = createScope('shop', ['child:1'], 'box');
      const code = resolver.resolveTags(scope, GAUGE, 'views', ['x']);
      const { contexts } = resolver;
      expect(contexts.metric(1).text).toBe('shop.views');
      expect(contexts.host(1)).toBe('box');
      expect(tagsOf(resolver, code)).toEqual(['x', 'child:1']);
      const other = resolver.resolve(scope, GAUGE, 'views', ['x'], 'other');
      expect(contexts.host(other >> KIND_BITS)).toBe('other');
    });

    test('finds the same context for samples of two scopes that belong to the same series', () => {
      const resolver = makeResolver();
      const root = createScope('', [], undefined);
      const child = createScope('shop', ['b'], 'h');
      const code = resolver.resolveTags(child, GAUGE, 'views', ['a']);
      expect(resolver.resolve(root, GAUGE, 'shop.views', ['a', 'b'], 'h')).toBe(code);
      expect(resolver.resolveTags(child, GAUGE, 'views', ['a', 'b'])).toBe(code);
    });

    test('keeps the names of two scopes apart', () => {
      const resolver = makeResolver();
      const a = createScope('a', [], undefined);
      const b = createScope('b', [], undefined);
      const code = resolver.resolvePlain(a, GAUGE, 'x');
      expect(resolver.resolvePlain(b, GAUGE, 'x')).not.toBe(code);
      expect(resolver.resolvePlain(a, GAUGE, 'x')).toBe(code);
    });

    test('reports a name that is used as two kinds', () => {
      const reported: unknown[] = [];
      const resolver = makeResolver({ onTwoKinds: (...args) => reported.push(args) });
      const scope = createScope('', [], undefined);
      resolver.resolvePlain(scope, GAUGE, 'a');
      resolver.resolveTags(scope, GAUGE, 'a', ['x']);
      expect(reported).toEqual([]);
      resolver.resolvePlain(scope, COUNTER, 'A');
      expect(reported).toEqual([['a', COUNTER, GAUGE]]);
    });
  });

  describe('refuses', () => {
    const bad = (value: unknown) => value as string;

    test('by a negative code that names the reason', () => {
      expect([BAD_NAME, BAD_TAGS, CONTEXT_LIMIT].map(refusalOf)).toEqual(['badName', 'badTags', 'contextLimit']);
    });

    test.each([[''], ['  '], [bad(undefined)], [bad(5)]])('the name %j, without keeping anything', (name) => {
      const resolver = makeResolver();
      const scope = createScope('', [], undefined);
      expect(resolver.resolvePlain(scope, GAUGE, name)).toBe(BAD_NAME);
      expect(resolver.resolveTags(scope, GAUGE, name, ['new'])).toBe(BAD_NAME);
      expect(resolver.resolve(scope, GAUGE, name, ['new'], 'host')).toBe(BAD_NAME);
      expect([tagCount(resolver), resolver.contexts.hosts.size, scope.spellings[GAUGE].size]).toEqual([0, 0, 0]);
    });

    test.each([
      ['a number', ['a', bad(1)]],
      ['null', [bad(null)]],
      ['an object', ['b', 'c', bad({})]],
      ['one tag too many', Array.from({ length: MAX_TAGS + 1 }, (_, i) => `t${i}`)],
    ])('an array of tags with %s, without keeping anything', (_, tags) => {
      const resolver = makeResolver();
      const scope = createScope('', [], undefined);
      expect(resolver.resolveTags(scope, GAUGE, 'n', tags)).toBe(BAD_TAGS);
      expect(resolver.resolve(scope, GAUGE, 'n', tags, 'host')).toBe(BAD_TAGS);
      expect([tagCount(resolver), resolver.contexts.hosts.size, scope.spellings[GAUGE].size]).toEqual([0, 0, 0]);
    });

    test('no array of as many tags as are allowed', () => {
      const resolver = makeResolver();
      const scope = createScope('', [], undefined);
      const tags = Array.from({ length: MAX_TAGS }, (_, i) => `t${i}`);
      expect(resolver.resolveTags(scope, GAUGE, 'n', tags)).toBeGreaterThan(0);
    });

    test.each([false, true])('tags that record while they are read, the name being known: %s', (isKnown) => {
      const resolver = makeResolver();
      const scope = createScope('', [], undefined);
      if (isKnown) resolver.resolveTags(scope, GAUGE, 'name', ['other']);
      const inner: number[] = [];
      const tags = recordingArray('new', () => inner.push(resolver.resolveTags(scope, GAUGE, 'inner', ['new', 'newer'])));
      expect(resolver.resolveTags(scope, GAUGE, 'name', tags)).toBe(BAD_TAGS);
      expect(tagsOf(resolver, inner[0])).toEqual(['new', 'newer']);
      resolver.recycle(inner[0] >> KIND_BITS);
      expect(tagCount(resolver)).toBe(isKnown ? 1 : 0);
    });

    test('a malformed name as such at the limit of contexts too', () => {
      const resolver = makeResolver({ maxContexts: 1 });
      const scope = createScope('', [], undefined);
      resolver.resolvePlain(scope, GAUGE, 'a');
      expect(resolver.resolvePlain(scope, GAUGE, '  ')).toBe(BAD_NAME);
      expect(resolver.resolveTags(scope, GAUGE, bad(7), ['new'])).toBe(BAD_NAME);
      expect(resolver.resolveTags(scope, GAUGE, 'a', ['new'])).toBe(CONTEXT_LIMIT);
    });

    test.each<[what: string, resolve: (resolver: Resolver, scope: Scope) => number]>([
      ['name', (resolver, scope) => resolver.resolvePlain(scope, GAUGE, 'c')],
      ['kind', (resolver, scope) => resolver.resolvePlain(scope, SET, 'a')],
      ['known name without tags', (resolver, scope) => resolver.resolvePlain(scope, GAUGE, 'b')],
      ['smaller set of tags', (resolver, scope) => resolver.resolveTags(scope, GAUGE, 'a', ['x'])],
      ['tag', (resolver, scope) => resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y', 'z'])],
      ['host', (resolver, scope) => resolver.resolve(scope, GAUGE, 'b', ['x'], 'other host')],
    ])('a new %s at the limit of contexts, without keeping anything', (_, resolve) => {
      const resolver = makeResolver({ maxContexts: 3 });
      const scope = createScope('', [], undefined);
      resolver.resolvePlain(scope, GAUGE, 'a');
      resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y']);
      resolver.resolve(scope, GAUGE, 'b', ['x'], 'h');
      expect(resolve(resolver, scope)).toBe(CONTEXT_LIMIT);
      expect([tagCount(resolver), resolver.contexts.hosts.size]).toEqual([2, 1]);
    });

    test('no new spelling of a context that lives', () => {
      const resolver = makeResolver({ maxContexts: 3 });
      const scope = createScope('', [], undefined);
      const plain = resolver.resolvePlain(scope, GAUGE, 'a');
      const tagged = resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y']);
      const hosted = resolver.resolve(scope, GAUGE, 'b', ['x'], 'h');
      expect(resolver.resolvePlain(scope, GAUGE, 'A')).toBe(plain);
      expect(resolver.resolveTags(scope, GAUGE, ' a', ['Y', '', ' x'])).toBe(tagged);
      expect(resolver.resolve(scope, GAUGE, 'b', ['X'], 'h')).toBe(hosted);
    });
  });

  test('makes no context beyond the limit for samples that are recorded while tags are read', () => {
    const resolver = makeResolver({ maxContexts: 3 });
    const scope = createScope('', [], undefined);
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

describe('the code of an overflow context', () => {
  test('is told from others, so that nobody keeps it', () => {
    const resolver = makeResolver({ maxContexts: 1 });
    const scope = createScope('', [], undefined);
    const own = resolver.resolvePlain(scope, COUNTER, 'a');
    const folded = resolver.resolveTags(scope, COUNTER, 'a', ['x']);
    expect(resolver.isOverflow(own)).toBe(false);
    expect(resolver.isOverflow(folded)).toBe(true);
    expect(resolver.folded).toBe(1);
    resolver.recycle(own >> KIND_BITS);
    expect(tagsOf(resolver, resolver.resolveTags(scope, COUNTER, 'a', ['x']))).toEqual(['x']);
  });

  test('is not kept as the short cut of a name', () => {
    const resolver = makeResolver({ maxContexts: 1 });
    const scope = createScope('', [], undefined);
    const other = resolver.resolvePlain(scope, COUNTER, 'other');
    const folded = resolver.resolvePlain(scope, COUNTER, 'a');
    expect(resolver.resolvePlain(scope, COUNTER, 'a')).toBe(folded);
    resolver.recycle(other >> KIND_BITS);
    expect(resolver.resolvePlain(scope, COUNTER, 'a')).not.toBe(folded);
  });
});
