/** Returns the text as JSON, without the quotes. Lone surrogates are escaped, so the result is always valid UTF-16. */
export function jsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Most characters of a string that a message shows. */
const MAX_SHOWN_CHARACTERS = 64;

/**
 * Returns a short text on one line for any value, as an error message or a warning shows it.
 *
 * Strings are quoted, escaped and cut after 64 characters. For objects, arrays and functions only the type is shown, because
 * their contents may be long, or may hold an API key. The caller's code (getters, `toString`, proxies) never runs, and
 * nothing is thrown.
 */
export function showValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value.length > MAX_SHOWN_CHARACTERS ? `${value.slice(0, MAX_SHOWN_CHARACTERS)}\u2026` : value);
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      return value === null ? 'null' : isArray(value) ? 'an array' : isDate(value) ? 'a Date' : 'an object';
    default:
      return `a ${typeof value}`;
  }
}

/** Text of which every character is shown as it is. */
const PRINTABLE_ASCII = /^[ -~]*$/;

/**
 * Characters that JSON leaves as they are, but that end a line, do something to a terminal, or change how the text around them is
 * shown: the controls from U+007F, the line and paragraph separators, and format characters (of direction, of width zero).
 */
const disguising = lazyPattern('[\\u007f-\\u009f\\u2028\\u2029\\p{Cf}]', 'gu');

/**
 * Makes a pattern with classes of Unicode when it is first needed. V8 looks their characters up when it reads a literal, even one in
 * a function that is never called, which takes a process up to 0.5 ms for each.
 */
export function lazyPattern(source: string, flags: string): () => RegExp {
  let pattern: RegExp | undefined;
  return () => {
    pattern ??= new RegExp(source, flags);
    return pattern;
  };
}

function quoted(text: string): string {
  const shown = jsonText(text).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${PRINTABLE_ASCII.test(shown) ? shown : shown.replace(disguising(), escaped)}'`;
}

function escaped(character: string): string {
  let text = '';
  for (let i = 0; i < character.length; i++) text += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return text;
}

const { getTime } = Date.prototype;

/** True also for a Date of another realm. */
function isDate(value: object): boolean {
  try {
    getTime.call(value as Date);
    return true;
  } catch {
    return false;
  }
}

function isArray(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    // The value is a revoked proxy.
    return false;
  }
}

/**
 * Returns a copy of a text that is kept for long. Without a copy, a slice of a longer text, such as a request's body, would keep
 * all of that text in memory. The copy is made as the key of an object, so that V8 internalises it: it is then the same string as
 * an equal literal in the application's code, and comparing the two only compares addresses.
 */
export function ownCopy(text: string): string {
  // The prototype is null, because `__proto__` is a text like any other.
  const [copy] = Object.keys({ __proto__: null, [text]: 0 });
  return copy;
}
