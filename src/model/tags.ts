/**
 * Tags of a sample, an event or a client: strings, or a plain object, in which `{ route: '/home', status: 200 }` means
 * `['route:/home', 'status:200']` and an undefined or null value is left out.
 */
export type Tags = readonly string[] | Readonly<Record<string, string | number | boolean | null | undefined>> | PlainObject;

/** Objects whose type is an interface, which has no index signature. Nothing that can be iterated or called. */
type PlainObject = object & { readonly [Symbol.iterator]?: never; readonly call?: never };

/**
 * What an error says is accepted for tags.
 * @internal
 */
export const ACCEPTED_TAGS = 'an array of strings, or a plain object of strings, numbers and booleans';

/**
 * The strings that `tags` stands for, or undefined when they are malformed. Never throws and words no message, so that the
 * recording path pays for neither.
 *
 * Malformed is what {@link Tags} does not allow: an array with an element that is no string, a value that is neither
 * string, number nor boolean, an empty key, and any object that is not plain (a Map, a Set, an instance of a class).
 *
 * An array of strings is returned as the same array, and not copied; otherwise the result is a new array, in the order of the
 * object's keys.
 * @internal
 */
export function tagStrings(tags: unknown): readonly string[] | undefined {
  if (!Array.isArray(tags)) return isPlainObject(tags) ? stringsOfRecord(tags) : undefined;
  // An index loop, because `every` skips the holes of a sparse array.
  for (let index = 0; index < tags.length; index++) {
    if (typeof tags[index] !== 'string') return undefined;
  }
  return tags;
}

/**
 * As {@link tagStrings}, but always a new array, every tag of which was read once: an array of getters, or a proxy, may
 * give others the next time. What cannot be read is malformed.
 * @internal
 */
export function ownTagStrings(tags: unknown): string[] | undefined {
  try {
    if (!Array.isArray(tags)) return isPlainObject(tags) ? stringsOfRecord(tags) : undefined;
    const strings: string[] = [];
    for (let index = 0; index < tags.length; index++) {
      const tag: unknown = tags[index];
      if (typeof tag !== 'string') return undefined;
      strings.push(tag);
    }
    return strings;
  } catch {
    return undefined;
  }
}

function stringsOfRecord(record: Record<string, unknown>): string[] | undefined {
  const strings: string[] = [];
  for (const key of Object.keys(record)) {
    const value = record[key];
    if (value === undefined || value === null) continue;
    if (key === '' || (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')) return undefined;
    strings.push(`${key}:${value}`);
  }
  return strings;
}

// Decided by the length of the prototype chain, so that objects of other realms (vm contexts, test runners) are plain too.
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
