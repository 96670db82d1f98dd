/** Something that throws whatever is asked of it. */
export const HOSTILE = new Proxy(function hostile() {}, {
  get: refuse,
  set: refuse,
  has: refuse,
  apply: refuse,
  ownKeys: refuse,
  construct: refuse,
  getPrototypeOf: refuse,
  getOwnPropertyDescriptor: refuse,
  defineProperty: refuse,
  deleteProperty: refuse,
  isExtensible: refuse,
});

function refuse(): never {
  throw new Error('hostile');
}

function revoked<Target extends object>(target: Target): Target {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** An array that gives another element each time it is asked. */
export function changing(first: unknown, then: unknown): string[] {
  let reads = 0;
  return Object.defineProperty(['x'], 0, { get: () => (reads++ === 0 ? first : then), enumerable: true });
}

function throwing(key: string): object {
  return Object.defineProperty({}, key, { get: refuse, enumerable: true });
}

const LONG = 'x'.repeat(100_000);

/** Values that no method was made for, and some that are merely strange; each made anew, so that none remembers a call. */
export const ODD_VALUES: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  'not a number': () => Number.NaN,
  infinite: () => Number.POSITIVE_INFINITY,
  '-0': () => -0,
  'the largest number': () => Number.MAX_VALUE,
  'the smallest number': () => 5e-324,
  bigint: () => 10n,
  symbol: () => Symbol('odd'),
  'well-known symbol': () => Symbol.iterator,
  'empty string': () => '',
  'blank string': () => ' ',
  'numeric string': () => '1',
  'lone high surrogate': () => 'a\ud800',
  'lone low surrogate': () => '\udc00a',
  'NUL, newline, bar and comma': () => 'a\0b\nc|d,e',
  emoji: () => '🍣:🍺',
  'a string of 100 kB': () => LONG,
  __proto__: () => '__proto__',
  constructor: () => 'constructor',
  'String object': () => new String('text'),
  'Number object': () => new Number(1),
  'empty array': () => [],
  'array of odd things': () => [null, undefined, 1, {}, [], Symbol('odd')],
  'sparse array': () => new Array(3),
  'array of 2000 tags': () => Array.from({ length: 2000 }, (_, i) => `i:${i}`),
  'array of a string of 100 kB': () => [LONG],
  'array of lone surrogates': () => ['a\ud800', '\udc00'],
  'array that contains itself': () => {
    const array: unknown[] = [];
    array.push(array);
    return array;
  },
  'array that throws': () => Object.defineProperty(['x'], 0, { get: refuse }),
  'array that changes to no string': () => changing('odd:1', 7),
  'array that changes to another tag': () => changing('odd:1', 'good'),
  'array with a strange length': () =>
    new Proxy(['x'], { get: (target, key) => (key === 'length' ? -1 : Reflect.get(target, key)) }),
  'typed array': () => new Float64Array([1, 2]),
  'arguments object': () =>
    (function () {
      // biome-ignore lint/complexity/noArguments: it is what is wanted
      return arguments;
    })(),
  'empty object': () => ({}),
  'object without a prototype': () => Object.create(null),
  'object with odd values': () => ({ tags: Symbol('odd'), timestamp: 1n, host: {}, sampleRate: [] }),
  'object with hostile values': () => ({ tags: HOSTILE, timestamp: HOSTILE, host: HOSTILE }),
  'object with odd tags': () => ({ tags: { a: Symbol('odd') } }),
  'object with tags that throw': () => ({ tags: throwing('a') }),
  'object with a prototype of its own': () => ({ tags: JSON.parse('{"__proto__":{"x":1}}') }),
  'object with an inherited key': () => Object.create({ tags: ['inherited'] }),
  'object with a timestamp that is no time': () => ({ timestamp: new Date(Number.NaN) }),
  'object with a Date that throws': () => ({ timestamp: Object.assign(new Date(), { getTime: refuse }) }),
  'object with an infinite timestamp': () => ({ timestamp: Number.POSITIVE_INFINITY }),
  'object that throws for tags': () => throwing('tags'),
  'object that throws for host': () => throwing('host'),
  'object that throws for timestamp': () => throwing('timestamp'),
  'object that converts to a number': () => ({ valueOf: () => 1, toString: () => 'text' }),
  'object that throws when converted': () => ({ valueOf: refuse, toString: refuse, [Symbol.toPrimitive]: refuse }),
  Map: () => new Map([['tags', ['a']]]),
  Set: () => new Set(['a']),
  Date: () => new Date(0),
  'invalid Date': () => new Date(Number.NaN),
  RegExp: () => /x/g,
  Error: () => new Error('odd'),
  promise: () => Promise.resolve(1),
  function: () => () => 1,
  class: () => class {},
  generator: () => (function* () {})(),
  'hostile proxy': () => HOSTILE,
  'hostile proxy of an array': () => new Proxy([], { get: refuse, getPrototypeOf: refuse, ownKeys: refuse }),
  'revoked proxy': () => revoked({}),
  'revoked proxy of an array': () => revoked([]),
  'revoked proxy of a function': () => revoked(() => {}),
};
