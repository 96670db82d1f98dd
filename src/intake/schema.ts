import { Refusal } from './refusal.js';

// Checks take the place of a value in the body as (holder, key, where of the holder), so that the place's text is only
// built when a check fails.

export type JsonObject = { readonly [key: string]: unknown };

const SHOWN_CHARACTERS = 40;

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}...` : value);
}

/** Refuses the request with a 400 that says what is wrong and where, such as `series[3].points[0].value must be ...`. */
export function refuse(where: string, expected: string, value: unknown): never {
  const found = value === undefined ? 'but it is missing' : `not ${describe(value)}`;
  throw new Refusal(400, `${where} must be ${expected}, ${found}`);
}

export function toObject(value: unknown, where: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  return refuse(where, 'an object', value);
}

export function requireArray(holder: JsonObject, key: string, where: string): readonly unknown[] {
  const value = holder[key];
  return Array.isArray(value) ? value : refuse(`${where}${key}`, 'an array', value);
}

export function requireText(holder: JsonObject, key: string, where: string): string {
  const value = holder[key];
  return typeof value === 'string' && value !== '' ? value : refuse(`${where}${key}`, 'a non-empty string', value);
}

/** A string that may be null or absent, both of which come out as null. */
export function optionalString(holder: JsonObject, key: string, where: string): string | null {
  const value = holder[key] ?? null;
  return value === null || typeof value === 'string' ? value : refuse(`${where}${key}`, 'a string or null', value);
}

/** Strings that may be absent, which comes out as an empty array. */
export function optionalStrings(holder: JsonObject, key: string, where: string): string[] {
  const value = holder[key];
  if (value === undefined) return [];
  if (!Array.isArray(value)) return refuse(`${where}${key}`, 'an array of strings', value);
  const wrong = value.findIndex((item) => typeof item !== 'string');
  return wrong === -1 ? value : refuse(`${where}${key}[${wrong}]`, 'a string', value[wrong]);
}

/** A length in whole seconds that may be null or absent, both of which come out as 0. */
export function optionalSeconds(holder: JsonObject, key: string, where: string): number {
  const value = holder[key] ?? 0;
  return Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : refuse(`${where}${key}`, 'an integer of at least 0', value);
}

/** A string of at most `maxCharacters` code points. */
export function checkLength(text: string, maxCharacters: number, where: string): void {
  // A code point is one or two UTF-16 units, so that very long texts need no counting.
  const characters = text.length > 2 * maxCharacters ? text.length : [...text].length;
  if (characters > maxCharacters) throw new Refusal(400, `${where} must be at most ${maxCharacters} characters long`);
}
