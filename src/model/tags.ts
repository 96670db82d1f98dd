/**
 * Tags of a sample, an event or a client: strings, or a plain object. `{ route: '/home', status: 200 }` means
 * `['route:/home', 'status:200']`; undefined and null values are left out.
 */
export type Tags = readonly string[] | Readonly<Record<string, string | number | boolean | null | undefined>> | PlainObject;

/** Objects whose type is an interface: interfaces have no index signature. Iterable and callable objects are excluded. */
type PlainObject = object & { readonly [Symbol.iterator]?: never; readonly call?: never };

/**
 * Describes the accepted tags, for error messages.
 * @internal
 */
export const ACCEPTED_TAGS = 'an array of strings, or a plain object of strings, numbers and booleans';

/**
 * Returns the strings that `tags` stands for in a new array, those of a plain object in the order of its keys, or undefined if they
 * are malformed. Each tag is read once, because an array of getters or a proxy may return another one the next time. Never throws.
 *
 * Malformed tags are all that {@link Tags} does not allow: an array with an element that is not a string, a value that is not
 * a string, number or boolean, an empty key, any object that is not plain (a Map, a Set, an instance of a class), and tags that
 * cannot be read.
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

const objectPrototype = Object.prototype;

/**
 * The length of the prototype chain decides, so that plain objects of other realms (vm contexts, test runners) are accepted.
 * @internal
 */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  // V8 is slow to tell the prototype of Object.prototype.
  return prototype === objectPrototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}
