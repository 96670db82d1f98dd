import { showValue } from '../model/text.js';
import { HttpError } from './http-error.js';

// Checks of the values in a body. `path` is where a value is, such as `series[3].points`. A check that reads a property takes
// (object, key, prefix) instead, where `prefix` is what the message shows before the key, so that the path is only built when
// the check fails.

export type JsonObject = { readonly [key: string]: unknown };

/** Throws the 400 for a bad value, such as `series[3].points[0].value must be a finite number, not '1'`. */
export function refuse(path: string, expected: string, value: unknown): never {
  const found = value === undefined ? 'but it is missing' : `not ${showValue(value)}`;
  throw new HttpError(400, `${path} must be ${expected}, ${found}`);
}

export function requireObject(value: unknown, path: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  return refuse(path, 'an object', value);
}

export function requireArray(object: JsonObject, key: string, prefix: string): readonly unknown[] {
  const value = object[key];
  return Array.isArray(value) ? value : refuse(`${prefix}${key}`, 'an array', value);
}

export function requireString(object: JsonObject, key: string, prefix: string): string {
  const value = object[key];
  return typeof value === 'string' ? value : refuse(`${prefix}${key}`, 'a string', value);
}

export function requireNonEmptyString(object: JsonObject, key: string, prefix: string): string {
  const value = object[key];
  return typeof value === 'string' && value !== '' ? value : refuse(`${prefix}${key}`, 'a non-empty string', value);
}

/** Returns null when the object is absent. */
export function optionalObject(object: JsonObject, key: string, prefix: string): JsonObject | null {
  return object[key] === undefined ? null : requireObject(object[key], `${prefix}${key}`);
}

/** Returns null when the string is absent. */
export function optionalString(object: JsonObject, key: string, prefix: string): string | null {
  return object[key] === undefined ? null : requireString(object, key, prefix);
}

/** Returns an empty array when the strings are absent. */
export function optionalStrings(object: JsonObject, key: string, prefix: string): string[] {
  const value = object[key];
  if (value === undefined) return [];
  if (!Array.isArray(value)) return refuse(`${prefix}${key}`, 'an array of strings', value);
  const wrong = value.findIndex((item) => typeof item !== 'string');
  return wrong === -1 ? value : refuse(`${prefix}${key}[${wrong}]`, 'a string', value[wrong]);
}

/** True for an integer of 64 bits, which is what the specification calls `int64`. */
function isInt64(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= -(2 ** 63) && (value as number) < 2 ** 63;
}

/** Returns null when the integer is absent. `expected` completes the message. */
export function optionalInteger(object: JsonObject, key: string, prefix: string, expected = 'an integer'): number | null {
  const value = object[key];
  return value === undefined ? null : isInt64(value) ? value : refuse(`${prefix}${key}`, expected, value);
}

/** Accepts a whole number of seconds. Returns 0 when it is absent. */
export function optionalSeconds(object: JsonObject, key: string, prefix: string): number {
  const value = object[key];
  if (value === undefined) return 0;
  return isInt64(value) && value >= 0 ? value : refuse(`${prefix}${key}`, 'an integer of at least 0', value);
}

/**
 * Returns the object without those of the given fields that are null, as v1 takes them for absent. What a `null` is in another
 * field is left to the check of that field.
 */
export function withoutNulls(object: JsonObject, optionalKeys: readonly string[]): JsonObject {
  if (!optionalKeys.some((key) => object[key] === null)) return object;
  return Object.fromEntries(Object.entries(object).filter(([key, value]) => value !== null || !optionalKeys.includes(key)));
}

/** Refuses texts of more than `maxCharacters` code points. */
export function checkLength(text: string, maxCharacters: number, path: string): void {
  // A code point is one or two UTF-16 units, so very long texts need not be counted.
  const characters = text.length > 2 * maxCharacters ? text.length : [...text].length;
  if (characters > maxCharacters) throw new HttpError(400, `${path} must be at most ${maxCharacters} characters long`);
}
