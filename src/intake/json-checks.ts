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

export function requireNonEmptyString(object: JsonObject, key: string, prefix: string): string {
  const value = object[key];
  return typeof value === 'string' && value !== '' ? value : refuse(`${prefix}${key}`, 'a non-empty string', value);
}

/** Returns null when the string is absent. */
export function optionalString(object: JsonObject, key: string, prefix: string): string | null {
  const value = object[key] ?? null;
  return value === null || typeof value === 'string' ? value : refuse(`${prefix}${key}`, 'a string or null', value);
}

/** Returns an empty array when the strings are absent. */
export function optionalStrings(object: JsonObject, key: string, prefix: string): string[] {
  const value = object[key];
  if (value === undefined) return [];
  if (!Array.isArray(value)) return refuse(`${prefix}${key}`, 'an array of strings', value);
  const wrong = value.findIndex((item) => typeof item !== 'string');
  return wrong === -1 ? value : refuse(`${prefix}${key}[${wrong}]`, 'a string', value[wrong]);
}

/** Accepts a whole number of seconds. Returns 0 when it is null or absent. */
export function optionalSeconds(object: JsonObject, key: string, prefix: string): number {
  const value = object[key] ?? 0;
  return Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : refuse(`${prefix}${key}`, 'an integer of at least 0', value);
}

/** Refuses texts of more than `maxCharacters` code points. */
export function checkLength(text: string, maxCharacters: number, path: string): void {
  // A code point is one or two UTF-16 units, so very long texts need not be counted.
  const characters = text.length > 2 * maxCharacters ? text.length : [...text].length;
  if (characters > maxCharacters) throw new HttpError(400, `${path} must be at most ${maxCharacters} characters long`);
}
