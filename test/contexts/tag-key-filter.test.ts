import { describe, expect, test } from 'vitest';
import { keyOf, resolveTagKeys } from '../../src/contexts/tag-key-filter.js';

test.each([
  ['user:1', 'user'],
  ['a:b:c', 'a'],
  ['beta', 'beta'],
  [':x', ''],
  ['', ''],
])('the key of %j is %j', (tag, key) => {
  expect(keyOf(tag)).toBe(key);
});

describe('the tags that are cut', () => {
  const all = ['user:1', 'user', 'users:1', 'route:/home', 'beta'];
  test.each<[string, unknown, unknown, string[]]>([
    ['tags with denied keys', undefined, ['user', 'beta'], ['user:1', 'user', 'beta']],
    ['all but tags with allowed keys', ['user', 'route'], undefined, ['users:1', 'beta']],
    ['tags with denied keys, even if they are allowed', ['user', 'route'], ['user'], ['user:1', 'user', 'users:1', 'beta']],
    ['all, when none is allowed', [], undefined, all],
    ['none, when none is denied', undefined, [], []],
  ])('are %s', (_, allow, deny, cut) => {
    expect(all.filter(resolveTagKeys(allow, deny, true)!)).toEqual(cut);
  });

  test('are decided by normalised keys', () => {
    const isCut = resolveTagKeys(undefined, ['User ID', ' Größe', 'a!'], true)!;
    expect(['user_id:1', 'größe:1', 'a_:1', 'a:1'].filter(isCut)).toEqual(['user_id:1', 'größe:1', 'a_:1']);
  });

  test('are decided by keys as they are given when tags are not normalised', () => {
    const isCut = resolveTagKeys(undefined, ['User ID'], false)!;
    expect(['User ID:1', 'user_id:1'].filter(isCut)).toEqual(['User ID:1']);
  });

  test('are none without either option', () => {
    expect(resolveTagKeys(undefined, undefined, true)).toBeUndefined();
  });
});

test.each<[unknown, unknown, string]>([
  ['user', undefined, "The option `allowTagKeys` is 'user'; accepted is an array of at most 1000 tag keys"],
  [undefined, new Set(), 'The option `denyTagKeys` is an object; accepted is an array of at most 1000 tag keys'],
  [undefined, null, 'The option `denyTagKeys` is null; accepted is an array of at most 1000 tag keys'],
  [undefined, ['user', 7], 'The option `denyTagKeys[1]` is 7; accepted is a string'],
  [['user:1'], undefined, "The option `allowTagKeys[0]` is 'user:1'; accepted is the part of a tag before its colon"],
  [undefined, ['42'], "The option `denyTagKeys[0]` is '42'; accepted is a tag key with at least one letter"],
  [undefined, [''], "The option `denyTagKeys[0]` is ''; accepted is a tag key with at least one letter"],
  [Array(1001).fill('a'), undefined, 'The option `allowTagKeys.length` is 1001; accepted is at most 1000'],
])('%j and %j are refused', (allow, deny, message) => {
  expect(() => resolveTagKeys(allow, deny, true)).toThrow(message);
});
