import { inspect } from 'node:util';

/** Most characters of a value that an error shows. */
const MAX_SHOWN_CHARACTERS = 64;

/**
 * The value as an error may show it, on one line. Of objects, arrays and functions only the kind is shown: what is inside
 * may be long, or an API key.
 */
export function show(value: unknown): string {
  if (isArray(value)) return 'an array';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return 'an object';
  return inspect(value, { maxStringLength: MAX_SHOWN_CHARACTERS, breakLength: Number.POSITIVE_INFINITY });
}

function isArray(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    // A proxy that was revoked.
    return false;
  }
}

/**
 * A copy of an array, or of a little more than its first `maxLength` elements, each of which was read once: getters and
 * proxies may give others the next time. Undefined for anything else, and for what cannot be read.
 */
export function ownArray(value: unknown, maxLength: number): unknown[] | undefined {
  if (!isArray(value)) return undefined;
  try {
    const own: unknown[] = [];
    for (let index = 0; index < value.length && index <= maxLength; index++) own.push(value[index]);
    return own;
  } catch {
    return undefined;
  }
}

/** For a value of a type that the option does not take. */
export function typeError(option: string, value: unknown, accepted: string): TypeError {
  return new TypeError(message(option, value, accepted));
}

/** For a value of the right type that is out of range. */
export function rangeError(option: string, value: unknown, accepted: string): RangeError {
  return new RangeError(message(option, value, accepted));
}

function message(option: string, value: unknown, accepted: string): string {
  return `The option \`${option}\` is ${show(value)}; accepted is ${accepted}`;
}

/**
 * @param of What the options belong to, for the message.
 * @throws TypeError when `options` is no object, or has an option that is not among the names.
 */
export function checkNames(of: string, options: unknown, names: readonly string[]): void {
  // A string here may well be an API key, so its text is not shown.
  if (typeof options !== 'object' || options === null || isArray(options)) {
    throw new TypeError(
      `The options of ${of} must be an object, not ${typeof options === 'string' ? 'a string' : show(options)}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw new TypeError(`${of} has no option ${show(name)}; its options are ${names.join(', ')}`);
  }
}

export function checkString(option: string, value: unknown): string {
  if (typeof value !== 'string') throw typeError(option, value, 'a string');
  return value;
}

export function checkBoolean(option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw typeError(option, value, 'true or false');
  return value;
}

/** Checks that it can be called, and nothing more. */
export function checkFunction<F>(option: string, value: F): F {
  if (typeof value !== 'function') throw typeError(option, value, 'a function');
  return value;
}

export function checkInteger(option: string, value: unknown, min: number, max: number): number {
  const accepted = `an integer from ${min} to ${max}`;
  if (typeof value !== 'number') throw typeError(option, value, accepted);
  if (!Number.isInteger(value) || value < min || value > max) throw rangeError(option, value, accepted);
  return value;
}

export function checkChoice<Choice extends string>(option: string, value: unknown, choices: readonly Choice[]): Choice {
  const accepted = oneOf(choices);
  if (typeof value !== 'string') throw typeError(option, value, accepted);
  if (!choices.includes(value as Choice)) throw rangeError(option, value, accepted);
  return value as Choice;
}

/** What is accepted when these are the choices. */
export function oneOf(choices: readonly string[]): string {
  return `one of ${choices.map(show).join(', ')}`;
}
