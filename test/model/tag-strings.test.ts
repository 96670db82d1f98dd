import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { ChildOptions, EventOptions, SampleOptions } from '../../src/index.js';
import { type Tags, tagStrings } from '../../src/model/tags.js';
import { environmentTags } from '../../src/options/environment.js';

describe('tagStrings', () => {
  it('returns an array of strings as it is', () => {
    const tags: Tags = Object.freeze(['route:/home', 'solo', '']);
    expect(tagStrings(tags)).toBe(tags);
    expect(tagStrings([])).toEqual([]);
  });

  it('spells a record in the order of its keys', () => {
    const tags: Tags = { route: '/home', status: 200, cached: false, empty: '' };
    expect(tagStrings(tags)).toEqual(['route:/home', 'status:200', 'cached:false', 'empty:']);
    expect(tagStrings({})).toEqual([]);
  });

  it('takes objects whose type is an interface, and no other types than it can spell', () => {
    interface Labels {
      route: string;
      status?: number;
    }
    const labels: Labels = { route: '/home' };
    const accepted: Tags[] = [labels, Object.freeze(labels), ['a'], ['a'] as const, { a: 1 }, {}];
    for (const tags of accepted) expect(tagStrings(tags)).toBeDefined();
    const refused: Tags[] = [
      // @ts-expect-error: a number
      [1],
      // @ts-expect-error: a string
      'a:b',
      // @ts-expect-error: a Map
      new Map([['a', 'b']]),
      // @ts-expect-error: a function
      () => 'a:b',
      // @ts-expect-error: a value that is an object
      { a: {} },
      // @ts-expect-error: a value that is an array
      { a: ['b'] },
    ];
    for (const tags of refused) expect(tagStrings(tags)).toBeUndefined();
    const sample: SampleOptions = { tags: labels };
    const event: EventOptions = { tags: labels };
    const child: ChildOptions = { tags: labels };
    expect([sample, event, child].map(({ tags }) => tagStrings(tags))).toEqual(Array(3).fill(['route:/home']));
  });

  it('leaves undefined and null values out', () => {
    expect(tagStrings({ a: undefined, b: null, c: 0 })).toEqual(['c:0']);
  });

  it('takes plain objects without a prototype, and those of another realm', () => {
    expect(tagStrings(Object.assign(Object.create(null), { a: 1 }))).toEqual(['a:1']);
    expect(tagStrings(runInNewContext('({ a: 1 })'))).toEqual(['a:1']);
    expect(tagStrings(runInNewContext('["a:1"]'))).toEqual(['a:1']);
  });

  it.each([
    ['a string', 'env:prod'],
    ['a number', 1],
    ['null', null],
    ['undefined', undefined],
    ['a function', () => ['a']],
    ['an array with a number', ['a', 1]],
    ['an array with an array', [['a', 'b']]],
    ['an array with undefined', ['a', undefined]],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    ['a sparse array', ['a', , 'b']],
    ['a Map', new Map([['a', 'b']])],
    ['a Set', new Set(['a'])],
    ['a Date', new Date(0)],
    ['an instance of a class', new (class Route {})()],
    ['an object value', { a: {} }],
    ['an array value', { a: ['b'] }],
    ['a bigint value', { a: 1n }],
    ['a symbol value', { a: Symbol('b') }],
    ['a function value', { a: () => 1 }],
    ['an empty key', { '': 'a' }],
  ])('finds %s malformed', (_what, tags) => {
    expect(tagStrings(tags)).toBeUndefined();
  });

  it('does not read inherited keys', () => {
    const prototype = Object.create(null, { inherited: { value: 'x', enumerable: true } });
    expect(tagStrings(Object.assign(Object.create(prototype), { own: 1 }))).toEqual(['own:1']);
  });
});

describe('environmentTags', () => {
  it('is empty in an empty environment', () => {
    expect(environmentTags({})).toEqual([]);
    expect(environmentTags({ DATADOG_TAGS: '', DD_TAGS: '', DD_ENV: '', DD_SERVICE: '', DD_VERSION: '' })).toEqual([]);
  });

  it('splits at commas, trims, and skips what is empty', () => {
    expect(environmentTags({ DATADOG_TAGS: 'a:1,,b:2' })).toEqual(['a:1', 'b:2']);
    expect(environmentTags({ DATADOG_TAGS: ' a:1 ,\tb: 2\n, ' })).toEqual(['a:1', 'b: 2']);
  });

  it('reads DD_TAGS when DATADOG_TAGS is unset or empty', () => {
    expect(environmentTags({ DATADOG_TAGS: 'a', DD_TAGS: 'b' })).toEqual(['a']);
    expect(environmentTags({ DD_TAGS: 'b' })).toEqual(['b']);
    expect(environmentTags({ DATADOG_TAGS: '', DD_TAGS: 'b' })).toEqual(['b']);
  });

  it('appends env, service and version in this order', () => {
    expect(environmentTags({ DD_VERSION: '9.9', DD_SERVICE: 'checkout', DD_ENV: 'staging', DATADOG_TAGS: 'solo' })).toEqual([
      'solo',
      'env:staging',
      'service:checkout',
      'version:9.9',
    ]);
  });
});
