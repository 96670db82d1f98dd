// Decides which tags of samples are cut, by their keys.

import { normalizeTag } from '../model/normalize.js';
import * as check from '../options/checks.js';

/** Most keys that a list may have. */
const MAX_KEYS = 1000;

/** Returns the key of a tag: the part before the first colon, or the whole tag if it has none. */
export function keyOf(tag: string): string {
  const colon = tag.indexOf(':');
  return colon < 0 ? tag : tag.slice(0, colon);
}

/**
 * Returns a function that tells whether the options `allowTagKeys` and `denyTagKeys` cut a tag; undefined if neither is given.
 *
 * @param normalize Whether tags are normalised. The keys of the options are normalised in the same way.
 * @throws TypeError | RangeError that names the bad option, its value and what is accepted.
 */
export function resolveTagKeys(allow: unknown, deny: unknown, normalize: boolean): ((tag: string) => boolean) | undefined {
  if (allow === undefined && deny === undefined) return undefined;
  const allowed = allow === undefined ? undefined : keysOf('allowTagKeys', allow, normalize);
  const denied = keysOf('denyTagKeys', deny === undefined ? [] : deny, normalize);
  return (tag) => {
    const key = keyOf(tag);
    return denied.has(key) || allowed?.has(key) === false;
  };
}

function keysOf(option: string, keys: unknown, normalize: boolean): Set<string> {
  const accepted = `an array of at most ${MAX_KEYS} tag keys`;
  const own = check.ownArray(keys, MAX_KEYS);
  if (own === undefined) throw check.typeError(option, keys, accepted);
  if (own.length > MAX_KEYS) throw check.rangeError(`${option}.length`, own.length, `at most ${MAX_KEYS}`);
  return new Set(own.map((key, index) => resolveKey(`${option}[${index}]`, key, normalize)));
}

function resolveKey(option: string, key: unknown, normalize: boolean): string {
  const text = check.checkString(option, key);
  if (text.includes(':')) throw check.rangeError(option, text, 'the part of a tag before its colon');
  // The key is normalised with a value, because it may end with characters that a tag must not end with.
  const normal = normalize ? keyOf(normalizeTag(`${text}:x`)) : text;
  if (normal === '') throw check.rangeError(option, text, 'a tag key with at least one letter');
  return normal;
}
