// Normalises names and tags as the server does. Two spellings of one series would overwrite each other's points there, so a
// client normalises them before it looks up the context.
//
// Sources: Datadog's rules for metric names and tags ("Defining tags", "What best practices are recommended for naming metrics
// and tags?"). Where the rules leave a choice, the Agent's `pkg/trace/traceutil/normalize` decides, because its documentation
// says that the back end requires this form.

import { lazyPattern } from './text.js';

/** Longest metric name that the server accepts, with namespace and suffix. */
export const MAX_NAME_CHARACTERS = 200;

/** Longest tag that the server accepts, in Unicode code points. */
export const MAX_TAG_CHARACTERS = 200;

const NORMAL_NAME = /^(?!.*(?:__|\._|_\.|_$))[A-Za-z][A-Za-z0-9_.]*$/;

// Tags with upper-case letters take the slow path, because most of these letters must be lower-cased.
const NORMAL_TAG = /^[a-z:](?:_?[a-z0-9:./-])*$/;
// The same for all scripts.
const normalTag = lazyPattern('^[\\p{Ll}\\p{Lt}\\p{Lm}\\p{Lo}:](?:_?[\\p{Ll}\\p{Lt}\\p{Lm}\\p{Lo}\\p{Nd}:./-])*$', 'u');

const BEYOND_ASCII = /[^\0-\x7f]/;
const letter = lazyPattern('^\\p{L}$', 'u');
const letterOrDigit = lazyPattern('^[\\p{L}\\p{Nd}]$', 'u');
const upperCaseLetter = lazyPattern('^\\p{Lu}$', 'u');

const UNDERSCORE = 0x5f;
const PERIOD = 0x2e;
const SLASH = 0x2f;
const HYPHEN = 0x2d;
const COLON = 0x3a;

/**
 * Normalises a metric name.
 *
 * Everything before the first ASCII letter is removed. After it, ASCII letters, digits and `.` stay, and their case does not
 * change; every run of other characters becomes one `_`, and an underscore beside a `.` or at the end is removed. The result is
 * cut to `maxCharacters`. A name without an ASCII letter becomes the empty string, because the server would drop it.
 *
 * The function never throws, is idempotent, and takes time linear in the name's length.
 *
 * @param maxCharacters Pass less than {@link MAX_NAME_CHARACTERS} to leave room for a suffix.
 */
export function normalizeName(name: string, maxCharacters = MAX_NAME_CHARACTERS): string {
  if (name.length <= maxCharacters && NORMAL_NAME.test(name)) return name;

  let normal = '';
  let last = 0;
  for (let index = 0; index < name.length && normal.length < maxCharacters; index++) {
    const code = name.charCodeAt(index);
    if (normal === '' && !isAsciiLetter(code)) continue;
    if (isAsciiLetter(code) || isAsciiDigit(code)) {
      normal += name[index];
      last = code;
    } else if (code === PERIOD) {
      normal = last === UNDERSCORE ? `${normal.slice(0, -1)}.` : `${normal}.`;
      last = PERIOD;
    } else if (last !== UNDERSCORE && last !== PERIOD) {
      normal += '_';
      last = UNDERSCORE;
    }
  }
  return last === UNDERSCORE ? normal.slice(0, -1) : normal;
}

/**
 * Normalises a tag.
 *
 * Everything before the first letter (of any script) or colon is removed. After it, letters, decimal digits and `: . / -` stay,
 * and letters are lower-cased; every run of other characters, underscores included, becomes one `_`. The result is cut to
 * {@link MAX_TAG_CHARACTERS} code points, and the underscores and colons at its end are removed. If nothing is left (`''`,
 * `'42'`, `'!?'`), the result is the empty string, and the caller must leave the tag out.
 *
 * As in the Agent, a letter stays as it is if its lower case is not a single code point of the same UTF-8 length (U+0130, the
 * Kelvin sign). Combining marks are not letters, so decomposed and composed text differ, as on the server.
 *
 * The function never throws (lone surrogates become `_`), is idempotent, and takes time linear in the tag's length.
 */
export function normalizeTag(tag: string): string {
  if (tag.length <= MAX_TAG_CHARACTERS && isNormalTag(tag) && tag.charCodeAt(tag.length - 1) !== COLON) return tag;

  let normal = '';
  let characters = 0;
  let lastIsUnderscore = false;
  for (const character of tag) {
    if (characters === MAX_TAG_CHARACTERS) break;
    if (characters === 0 && !isTagStart(character)) continue;
    const isBad = !isTagCharacter(character);
    if (isBad && lastIsUnderscore) continue;
    normal += isBad ? '_' : lowerCase(character);
    lastIsUnderscore = isBad;
    characters++;
  }

  let end = normal.length;
  while (end > 0 && (normal.charCodeAt(end - 1) === UNDERSCORE || normal.charCodeAt(end - 1) === COLON)) end--;
  return normal.slice(0, end);
}

/** Whether nothing in the tag must change, unless it is too long or ends with a colon. */
function isNormalTag(tag: string): boolean {
  return NORMAL_TAG.test(tag) || (BEYOND_ASCII.test(tag) && normalTag().test(tag));
}

function isTagStart(character: string): boolean {
  const code = character.charCodeAt(0);
  return code < 0x80 ? isAsciiLetter(code) || code === COLON : letter().test(character);
}

function isTagCharacter(character: string): boolean {
  const code = character.charCodeAt(0);
  if (code >= 0x80) return letterOrDigit().test(character);
  return isAsciiLetter(code) || isAsciiDigit(code) || code === COLON || code === PERIOD || code === SLASH || code === HYPHEN;
}

/**
 * Lower-cases one code point by itself, as the server does. The lower case of a whole string depends on context (the Greek
 * final sigma).
 */
function lowerCase(character: string): string {
  if (character.charCodeAt(0) < 0x80) return character.toLowerCase();
  if (!upperCaseLetter().test(character)) return character;
  const lower = character.toLowerCase();
  const isOneCodePoint = lower.length === (lower.codePointAt(0)! > 0xffff ? 2 : 1);
  return isOneCodePoint && utf8Bytes(lower) === utf8Bytes(character) ? lower : character;
}

function utf8Bytes(character: string): number {
  const codePoint = character.codePointAt(0)!;
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
}

function isAsciiLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function isAsciiDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
