import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { ChildOptions, EventOptions, SampleOptions } from '../../src/index.js';
import { ownTagStrings, type Tags } from '../../src/model/tags.js';

describe('ownTagStrings', () => {
  it('copies an array of strings', () => {
    const tags: Tags = Object.freeze(['route:/home', 'solo', '']);
    expect(ownTagStrings(tags)).toEqual(tags);
    expect(ownTagStrings(tags)).not.toBe(tags);
    expect(ownTagStrings([])).toEqual([]);
  });

  it('turns a plain object into tags, in the order of its keys', () => {
    const tags: Tags = { route: '/home', status: 200, cached: false, empty: '' };
    expect(ownTagStrings(tags)).toEqual(['route:/home', 'status:200', 'cached:false', 'empty:']);
    expect(ownTagStrings({})).toEqual([]);
  });

  it('accepts objects whose type is an interface, and the type Tags allows nothing that is refused', () => {
    interface Labels {
      route: string;
      status?: number;
    }
    const labels: Labels = { route: '/home' };
    const accepted: Tags[] = [labels, Object.freeze(labels), ['a'], ['a'] as const, { a: 1 }, {}];
    for (const tags of accepted) expect(ownTagStrings(tags)).toBeDefined();
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
    for (const tags of refused) expect(ownTagStrings(tags)).toBeUndefined();
    const sample: SampleOptions = { tags: labels };
    const event: EventOptions = { tags: labels };
    const child: ChildOptions = { tags: labels };
    for (const { tags } of [sample, event, child]) expect(ownTagStrings(tags)).toEqual(['route:/home']);
  });

  it('leaves out undefined and null values', () => {
    expect(ownTagStrings({ a: undefined, b: null, c: 0 })).toEqual(['c:0']);
  });

  it('accepts plain objects without a prototype, and those of another realm', () => {
    expect(ownTagStrings(Object.assign(Object.create(null), { a: 1 }))).toEqual(['a:1']);
    expect(ownTagStrings(runInNewContext('({ a: 1 })'))).toEqual(['a:1']);
    expect(ownTagStrings(runInNewContext('["a:1"]'))).toEqual(['a:1']);
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
    // biome-ignore lint/suspicious/noSparseArray: this tests a hole
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
  ])('returns undefined for %s', (_what, tags) => {
    expect(ownTagStrings(tags)).toBeUndefined();
  });

  it('does not read inherited keys', () => {
    const prototype = Object.create(null, { inherited: { value: 'x', enumerable: true } });
    expect(ownTagStrings(Object.assign(Object.create(prototype), { own: 1 }))).toEqual(['own:1']);
  });
});
