import { describe, expect, test } from 'vitest';
import { MAX_TAGS, Resolver, type ResolverSettings } from '../../src/contexts/resolver.js';
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

/** The tags that a context shows. */
function tagsOf({ contexts }: Resolver, code: number): string[] {
  return contexts.tagIds(code >> KIND_BITS).map((id) => contexts.tags.strings[id]);
}

/** The tags that a row of the sample resolved last is to show, but for the constant ones. */
function shownTags(resolver: Resolver): string[] {
  return resolver.shownTagIds.map((id) => resolver.contexts.tags.strings[id]);
}

describe('a resolver', () => {
  test('gives a sample the code of its context: id and kind', () => {
    const resolver = makeResolver();
    const scope = resolver.createScope('', [], undefined);
    const code = resolver.resolve(scope, SET, 'users', ['a', 'b'], 'host-1');
    const { contexts } = resolver;
    expect([code >> KIND_BITS, code & KIND_MASK]).toEqual([1, SET]);
    expect([contexts.name(1).text, contexts.host(1), tagsOf(resolver, code)]).toEqual(['users', 'host-1', ['a', 'b']]);
    expect(resolver.resolve(scope, SET, 'users', ['b', 'a'], 'host-1')).toBe(code);
  });

  test('keeps contexts apart by kind, name, tags and host', () => {
    const resolver = makeResolver();
    const scope = resolver.createScope('', [], undefined);
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

  test('shows no tags of a sample that is recorded while the tags of another are read to be remembered', () => {
    const resolver = makeResolver();
    resolver.setConstantTags(['team:core']);
    const scope = resolver.createScope('', [], undefined);
    resolver.resolveTags(scope, GAUGE, 'name', ['TAG:A']);
    let reads = 0;
    const tags = Object.defineProperty([''], 0, {
      get: () => {
        // Not at the first reading, which decides on the context.
        if (++reads > 1) resolver.resolveTags(scope, GAUGE, 'other', ['tag:b', 'team:core']);
        return 'TAG:A';
      },
    });
    const code = resolver.resolveTags(scope, GAUGE, 'name', tags);
    expect([reads > 1, tagsOf(resolver, code), resolver.otherOrder]).toEqual([true, ['tag:a'], false]);
  });

  test('makes no context beyond the limit for samples recorded while the tags of others are read', () => {
    const resolver = makeResolver({ maxContexts: 3 });
    const scope = resolver.createScope('', [], undefined);
    const resolveAmidst = (depth: number): number => {
      const tags = Object.defineProperty([''], 0, {
        get: () => {
          Object.defineProperty(tags, 0, { value: `tag:${depth}` });
          if (depth < 10) resolveAmidst(depth + 1);
          return `tag:${depth}`;
        },
        configurable: true,
      });
      return resolver.resolveTags(scope, GAUGE, 'name', tags);
    };
    expect([resolveAmidst(0), resolver.refusal]).toEqual([0, 'contextLimit']);
    expect([resolver.contexts.size, resolver.contexts.tags.size]).toEqual([3, 3]);
  });

  test('takes spellings that normalise to the same for the same, by all of its ways', () => {
    const resolver = makeResolver();
    const scope = resolver.createScope('', [], undefined);
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
    expect([resolver.contexts.size, resolver.contexts.tags.size]).toEqual([2, 2]);
  });

  test('leaves out tags of which nothing is left, and repeated ones', () => {
    const resolver = makeResolver();
    const scope = resolver.createScope('', [], undefined);
    const code = resolver.resolveTags(scope, GAUGE, 'a', ['x', '  ', 'X', '', 'y', 'x']);
    expect(tagsOf(resolver, code)).toEqual(['x', 'y']);
    expect(resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y'])).toBe(code);
  });

  test('copies the tags: the caller may change its array', () => {
    const resolver = makeResolver();
    const scope = resolver.createScope('', [], undefined);
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

  test('says when the tags are not in the order that the context shows, and adopts an order', () => {
    const resolver = makeResolver();
    const scope = resolver.createScope('', [], undefined);
    const code = resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y', 'z']);
    expect(resolver.otherOrder).toBe(false);
    expect(resolver.resolveTags(scope, GAUGE, 'a', ['z', 'y', 'x'])).toBe(code);
    expect([resolver.otherOrder, shownTags(resolver)]).toEqual([true, ['z', 'y', 'x']]);
    expect(resolver.adoptOrder(code, code >> KIND_BITS)).toBe(true);
    expect(tagsOf(resolver, code)).toEqual(['z', 'y', 'x']);
    resolver.resolveTags(scope, GAUGE, 'a', ['z', 'y', 'x']);
    expect(resolver.otherOrder).toBe(false);
    // The order that came first is the other one now, although it was remembered.
    resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y', 'z']);
    expect(resolver.otherOrder).toBe(true);
  });

  describe('with constant tags', () => {
    test('gives them normalised, each once', () => {
      expect(makeResolver().setConstantTags(['Env:Prod', 'b', ' env:prod', '', 'b '])).toEqual(['env:prod', 'b']);
    });

    test('takes a sample that names one for the same context, and shows its tags as they came', () => {
      const resolver = makeResolver();
      resolver.setConstantTags(['env:prod', 'team:core']);
      const scope = resolver.createScope('', [], undefined);
      const code = resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y']);
      expect(resolver.otherOrder).toBe(false);
      expect(resolver.resolveTags(scope, GAUGE, 'a', ['x', 'ENV:prod', 'y'])).toBe(code);
      expect([resolver.otherOrder, shownTags(resolver)]).toEqual([true, ['x', 'env:prod', 'y']]);
      expect(resolver.adoptOrder(code, code >> KIND_BITS)).toBe(false);
      expect(tagsOf(resolver, code)).toEqual(['x', 'y']);
      resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y']);
      expect([resolver.otherOrder, shownTags(resolver)]).toEqual([false, ['x', 'y']]);
    });

    test('shows each tag once, and the scope\u2019s own too', () => {
      const resolver = makeResolver();
      resolver.setConstantTags(['env:prod']);
      const scope = resolver.createScope('', ['child', 'env:prod', 'Child'], undefined);
      const code = resolver.resolveTags(scope, GAUGE, 'a', ['x', 'env:prod', 'x', 'env:prod', 'y']);
      expect(tagsOf(resolver, code)).toEqual(['x', 'y', 'child']);
      expect(shownTags(resolver)).toEqual(['x', 'env:prod', 'y', 'child']);
      expect(resolver.resolveTags(scope, GAUGE, 'a', ['y', 'x', 'child'])).toBe(code);
    });
  });

  describe('with scopes', () => {
    test('prefixes names, appends tags and gives the host where the sample has none', () => {
      const resolver = makeResolver();
      const scope = resolver.createScope('shop', ['child:1'], 'box');
      const code = resolver.resolveTags(scope, GAUGE, 'views', ['x']);
      const { contexts } = resolver;
      expect([contexts.name(1).text, contexts.host(1), tagsOf(resolver, code)]).toEqual(['shop.views', 'box', ['x', 'child:1']]);
      const other = resolver.resolve(scope, GAUGE, 'views', ['x'], 'other');
      expect(contexts.host(other >> KIND_BITS)).toBe('other');
    });

    test('leads to the same context what leads to the same series', () => {
      const resolver = makeResolver();
      const root = resolver.createScope('', [], undefined);
      const child = resolver.createScope('shop', ['b'], 'h');
      const code = resolver.resolveTags(child, GAUGE, 'views', ['a']);
      expect(resolver.resolve(root, GAUGE, 'shop.views', ['a', 'b'], 'h')).toBe(code);
      expect(resolver.resolveTags(child, GAUGE, 'views', ['a', 'b'])).toBe(code);
    });

    test('keeps what names lead to apart', () => {
      const resolver = makeResolver();
      const a = resolver.createScope('a', [], undefined);
      const b = resolver.createScope('b', [], undefined);
      const code = resolver.resolvePlain(a, GAUGE, 'x');
      expect(resolver.resolvePlain(b, GAUGE, 'x')).not.toBe(code);
      expect(resolver.resolvePlain(a, GAUGE, 'x')).toBe(code);
    });

    test('tells of a name that is used as two kinds', () => {
      const told: unknown[] = [];
      const resolver = makeResolver({ onTwoKinds: (...what) => told.push(what) });
      const scope = resolver.createScope('', [], undefined);
      resolver.resolvePlain(scope, GAUGE, 'a');
      resolver.resolveTags(scope, GAUGE, 'a', ['x']);
      expect(told).toEqual([]);
      resolver.resolvePlain(scope, COUNTER, 'A');
      expect(told).toEqual([['a', COUNTER, GAUGE]]);
    });
  });

  describe('refuses', () => {
    const bad = (value: unknown) => value as string;

    test.each([
      ['', 'badName'],
      ['  ', 'badName'],
      [bad(undefined), 'badName'],
      [bad(5), 'badName'],
    ])('the name %j', (name, refusal) => {
      const resolver = makeResolver();
      const scope = resolver.createScope('', [], undefined);
      expect([resolver.resolvePlain(scope, GAUGE, name), resolver.refusal]).toEqual([0, refusal]);
      expect([resolver.resolveTags(scope, GAUGE, name, ['new']), resolver.refusal]).toEqual([0, refusal]);
      expect([resolver.resolve(scope, GAUGE, name, ['new'], 'host'), resolver.refusal]).toEqual([0, refusal]);
      expect([resolver.contexts.tags.size, resolver.contexts.hosts.size, scope.names[GAUGE].size]).toEqual([0, 0, 0]);
    });

    test('tags that are no strings, and too many, without keeping any', () => {
      const resolver = makeResolver();
      const scope = resolver.createScope('', [], undefined);
      for (const tags of [
        ['a', bad(1)],
        [bad(null)],
        ['b', 'c', bad({})],
        Array.from({ length: MAX_TAGS + 1 }, (_, i) => `t${i}`),
      ]) {
        expect([resolver.resolveTags(scope, GAUGE, 'n', tags), resolver.refusal]).toEqual([0, 'badTags']);
        expect([resolver.resolve(scope, GAUGE, 'n', tags, 'host'), resolver.refusal]).toEqual([0, 'badTags']);
      }
      expect([resolver.contexts.tags.size, resolver.contexts.hosts.size, scope.names[GAUGE].size]).toEqual([0, 0, 0]);
      const most = Array.from({ length: MAX_TAGS }, (_, i) => `t${i}`);
      expect(resolver.resolveTags(scope, GAUGE, 'n', most)).not.toBe(0);
    });

    test('a name of which nothing is left as such at the limit too', () => {
      const resolver = makeResolver({ maxContexts: 1 });
      const scope = resolver.createScope('', [], undefined);
      resolver.resolvePlain(scope, GAUGE, 'a');
      expect([resolver.resolvePlain(scope, GAUGE, '  '), resolver.refusal]).toEqual([0, 'badName']);
      expect([resolver.resolveTags(scope, GAUGE, bad(7), ['new']), resolver.refusal]).toEqual([0, 'badName']);
      expect([resolver.resolveTags(scope, GAUGE, 'a', ['new']), resolver.refusal]).toEqual([0, 'contextLimit']);
    });

    test('a context beyond the limit, and nothing that has one', () => {
      const resolver = makeResolver({ maxContexts: 3 });
      const scope = resolver.createScope('', [], undefined);
      const codes = [
        resolver.resolvePlain(scope, GAUGE, 'a'),
        resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y']),
        resolver.resolve(scope, GAUGE, 'b', ['x'], 'h'),
      ];
      const refused = () => [
        resolver.resolvePlain(scope, GAUGE, 'c'),
        resolver.resolvePlain(scope, SET, 'a'),
        resolver.resolvePlain(scope, GAUGE, 'b'),
        resolver.resolveTags(scope, GAUGE, 'a', ['x']),
        resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y', 'z']),
        resolver.resolve(scope, GAUGE, 'b', ['x'], 'other host'),
      ];
      expect(refused()).toEqual([0, 0, 0, 0, 0, 0]);
      expect(resolver.refusal).toBe('contextLimit');
      // New spellings of what is known are no new contexts.
      expect(resolver.resolvePlain(scope, GAUGE, 'A')).toBe(codes[0]);
      expect(resolver.resolveTags(scope, GAUGE, ' a', ['Y', '', ' x'])).toBe(codes[1]);
      expect(resolver.resolve(scope, GAUGE, 'b', ['X'], 'h')).toBe(codes[2]);
      expect([resolver.contexts.tags.size, resolver.contexts.hosts.size]).toEqual([2, 1]);
    });
  });
});
