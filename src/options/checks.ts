// This folder checks the options that users pass, and reads the tags that the environment sets. It may import `model/` and
// nothing else. Its front door is this file: each check returns the value with its type, or throws an error that names the
// option, its value and what is accepted. `percentiles.ts` and `aggregates.ts` are for options that more than one folder uses.

import { isOfBuiltInClass } from '../model/built-in-class.js';
import { ACCEPTED_HOST, isAcceptedHost } from '../model/hosts.js';
import { ownCopy, showValue } from '../model/text.js';

/**
 * Copies an array. Each element is read once, because getters and proxies may return another value the next time.
 *
 * @param maxLength Most elements that the caller accepts. The copy ends after one more, which shows that there are too many.
 * @returns Undefined for a value that is not an array or cannot be read.
 */
export function ownArray(value: unknown, maxLength: number): unknown[] | undefined {
  try {
    if (!Array.isArray(value)) return undefined;
    const own: unknown[] = [];
    for (let index = 0; index < value.length && index <= maxLength; index++) own.push(value[index]);
    return own;
  } catch {
    return undefined;
  }
}

/** Makes the error for a value whose type the option does not accept. */
export function typeError(option: string, value: unknown, accepted: string): TypeError {
  return new TypeError(message(option, value, accepted));
}

/** Makes the error for a value of the right type that the option does not accept. */
export function rangeError(option: string, value: unknown, accepted: string): RangeError {
  return new RangeError(message(option, value, accepted));
}

function message(option: string, value: unknown, accepted: string): string {
  return `The option \`${option}\` is ${showValue(value)}; accepted is ${accepted}`;
}

/** The names of all options by their owner, to say where an option belongs that was passed to another one. */
const namesByOwner = new Map<string, readonly string[]>();

/**
 * Returns the names of an interface's options. The type of the parameter requires every one of them, so an option that is added
 * to the interface cannot be forgotten here. Options whose key is a symbol are left out.
 *
 * @param owner The owner of the options, for messages.
 */
export function optionNames<Options>(owner: string, names: Record<Extract<keyof Options, string>, true>): string[] {
  const list = Object.keys(names);
  namesByOwner.set(owner, list);
  return list;
}

/**
 * Checks that the options are an object, and that each of them has one of these names. An instance of a class of the application
 * is accepted; a Map, a Date, a promise and the like are not, because none of their entries would be an option.
 *
 * @param owner The owner of the options, for the message.
 * @throws TypeError
 */
export function checkNames(owner: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    // A string in place of the options may be an API key, so its text is not shown.
    const shown = typeof options === 'string' ? 'a string' : showValue(options);
    throw new TypeError(`The options of ${owner} must be an object, not ${shown}`);
  }
  if (isOfBuiltInClass(options)) {
    throw new TypeError(`The options of ${owner} must be an object of options, not a Map, Date, promise or the like`);
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new TypeError(`${owner} has no option ${showValue(name)}${hintAt(name, names)}; its options are ${names.join(', ')}`);
    }
  }
}

/** Names that hot-shots, datadog-metrics and Datadog's configuration have for options, and what these are called here. */
const OTHER_NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['prefix', ['namespace']],
  ['globalTags', ['constantTags', 'tags']],
  ['defaultTags', ['constantTags', 'tags']],
  ['tags', ['constantTags']],
  ['errorHandler', ['onError']],
  ['flushIntervalSeconds', ['flushInterval']],
  ['agent', ['dispatcher']],
]);

/** Guesses which option was meant. Returns an empty text if there is no guess. */
function hintAt(name: string, names: readonly string[]): string {
  const others = OTHER_NAMES.get(name) ?? [];
  const isMeant = (known: string): boolean => isSimilar(name, known) || others.includes(known);
  const own = names.find(isMeant);
  if (own !== undefined) return ` (did you mean '${own}'?)`;
  for (const [owner, known] of namesByOwner) {
    const other = known.find(isMeant);
    if (other !== undefined) return ` (did you mean the option '${other}' of ${owner}?)`;
  }
  return '';
}

/** Whether a name differs from a known one by at most one character, apart from case, `_` and `-`. */
function isSimilar(name: string, known: string): boolean {
  if (name.length > 2 * known.length) return false;
  const [a, b] = [name, known].map((text) => text.replace(/[_-]/g, '').toLowerCase());
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - start - end <= 1;
}

/** Returns an own copy of the text, because options are kept for long. */
export function checkString(option: string, value: unknown): string {
  if (typeof value !== 'string') throw typeError(option, value, 'a string');
  return ownCopy(value);
}

/** Checks a host, and returns an own copy. The empty string, which means none, is accepted. */
export function checkHost(option: string, value: unknown): string {
  if (typeof value !== 'string') throw typeError(option, value, ACCEPTED_HOST);
  if (!isAcceptedHost(value)) throw rangeError(option, value, ACCEPTED_HOST);
  return ownCopy(value);
}

export function checkBoolean(option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw typeError(option, value, 'true or false');
  return value;
}

/** Checks that the value can be called. Its parameters and its result are not checked. */
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

/** @param acceptsZero Whether 0 is accepted. Default: false. */
export function checkSeconds(option: string, value: unknown, max: number, acceptsZero = false): number {
  const accepted = `a number of seconds ${acceptsZero ? 'from 0' : 'above 0 and up'} to ${max}`;
  if (typeof value !== 'number') throw typeError(option, value, accepted);
  if (!(value >= 0 && value <= max) || (value === 0 && !acceptsZero)) throw rangeError(option, value, accepted);
  return value;
}

export function checkChoice<Choice extends string>(option: string, value: unknown, choices: readonly Choice[]): Choice {
  if (typeof value !== 'string') throw typeError(option, value, oneOf(choices));
  if (!choices.includes(value as Choice)) throw rangeError(option, value, oneOf(choices));
  return value as Choice;
}

/** Lists the choices for a message. */
export function oneOf(choices: readonly string[]): string {
  return `one of ${choices.map(showValue).join(', ')}`;
}
