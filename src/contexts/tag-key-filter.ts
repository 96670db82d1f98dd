// Which tags of samples count, by their keys.

import { normalizeTag } from '../model/normalize.js';
import * as check from '../options/checks.js';

/** Most keys of a list. */
const MAX_KEYS = 1000;

/** What precedes the first colon of a tag; all of a tag that has none. */
export function keyOf(tag: string): string {
  const colon = tag.indexOf(':');
  return colon < 0 ? tag : tag.slice(0, colon);
}

/**
 * Whether a tag, normal if `normalize`, is left out by the options `allowTagKeys` and `denyTagKeys`; undefined when none is.
 *
 * @throws TypeError | RangeError that names the option.
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
  if (text.includes(':')) throw check.rangeError(option, text, 'what precedes the colon of a tag');
  // With a value, for what ends a key may not end a tag.
  const normal = normalize ? keyOf(normalizeTag(`${text}:x`)) : text;
  if (normal === '') throw check.rangeError(option, text, 'a tag key, which has a letter');
  return normal;
}
