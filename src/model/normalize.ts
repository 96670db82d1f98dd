/**
 * The server's spelling of names and tags. Two spellings that the server folds into one series would overwrite each
 * other there, so a client folds them before it interns them.
 *
 * Sources: Datadog's rules for metric names and tags ("Defining tags", "What best practices are recommended for naming
 * metrics and tags?"), and where they leave a choice the Agent's `pkg/trace/traceutil/normalize`, which is documented
 * as what its back end requires.
 */

/** Longest metric name that the server takes, namespace and suffix included. */
export const MAX_NAME_CHARACTERS = 200;

/** Longest tag that the server takes, in Unicode code points. */
export const MAX_TAG_CHARACTERS = 200;

const NORMAL_NAME = /^(?!.*(?:__|\._|_\.|_$))[A-Za-z][A-Za-z0-9_.]*$/;

// Upper-case letters are left to the slow path: most of them have to be folded.
const NORMAL_TAG = /^[\p{Ll}\p{Lt}\p{Lm}\p{Lo}:](?:_?[\p{Ll}\p{Lt}\p{Lm}\p{Lo}\p{Nd}:./-])*$/u;

const TAG_START = /^[\p{L}:]$/u;
const TAG_CHARACTER = /^[\p{L}\p{Nd}:./-]$/u;
const UPPER_CASE = /^\p{Lu}$/u;

const UNDERSCORE = 0x5f;
const PERIOD = 0x2e;
const COLON = 0x3a;

/**
 * A metric name as the server spells it.
 *
 * Everything before the first ASCII letter is stripped. From there on ASCII letters, digits and `.` stay, case included;
 * every run of anything else becomes one `_`, and an underscore beside a `.` or at the end is left out. The result is cut
 * to `maxCharacters`, which leaves room for a suffix. A name without an ASCII letter gives the empty string: the server would drop it.
 *
 * Total (never throws), idempotent, and linear in the name's length.
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
 * A tag as the server spells it.
 *
 * Everything before the first letter (of any script) or colon is stripped. From there on letters, decimal digits and
 * `: . / -` stay, letters lower-cased; every run of anything else, underscores included, becomes one `_`. The result is cut to
 * {@link MAX_TAG_CHARACTERS} code points, and loses the underscores and colons at its end. A tag in which nothing is left
 * (`''`, `'42'`, `'!?'`) gives the empty string; a caller leaves it out.
 *
 * A letter whose lower case is no single code point of the same UTF-8 length stays as it is (`İ`, the Kelvin sign), as in
 * the Agent. Combining marks are no letters, so decomposed text differs from composed text here as it does on the server.
 *
 * Total (never throws, lone surrogates become `_`), idempotent, and linear in the tag's length.
 */
export function normalizeTag(tag: string): string {
  if (tag.length <= MAX_TAG_CHARACTERS && NORMAL_TAG.test(tag) && tag.charCodeAt(tag.length - 1) !== COLON) return tag;

  let normal = '';
  let characters = 0;
  let lastIsUnderscore = false;
  for (const character of tag) {
    if (characters === MAX_TAG_CHARACTERS) break;
    if (characters === 0 && !TAG_START.test(character)) continue;
    const isBad = !TAG_CHARACTER.test(character);
    if (isBad && lastIsUnderscore) continue;
    normal += isBad ? '_' : lowerCase(character);
    lastIsUnderscore = isBad;
    characters++;
  }

  let end = normal.length;
  while (end > 0 && (normal.charCodeAt(end - 1) === UNDERSCORE || normal.charCodeAt(end - 1) === COLON)) end--;
  return normal.slice(0, end);
}

/**
 * Maps one code point by itself: the lower case of a whole string depends on context (the Greek final sigma), the server's does
 * not.
 */
function lowerCase(character: string): string {
  if (!UPPER_CASE.test(character)) return character;
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
