import vm from 'node:vm';

/** An object whose every operation throws. */
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

/** An array whose element changes after its first reading. */
export function changing(first: unknown, then: unknown): string[] {
  let reads = 0;
  return Object.defineProperty(['x'], 0, { get: () => (reads++ === 0 ? first : then), enumerable: true });
}

function withLength(length: unknown): unknown {
  return new Proxy(['x'], { get: (target, key) => (key === 'length' ? length : Reflect.get(target, key)) });
}

function throwing(key: string): object {
  return Object.defineProperty({}, key, { get: refuse, enumerable: true });
}

/** Makes a value in another realm, which `instanceof` does not recognise. */
function foreign(source: string): unknown {
  return vm.runInNewContext(`(${source})`);
}

const FOREIGN_ARRAY = foreign("['foreign']");
const FOREIGN_OBJECT = foreign("{ tags: { foreign: 1 }, timestamp: new Date(0), host: 'foreign' }");
const FOREIGN_ERROR = foreign("new Error('foreign')");

const LONG = 'x'.repeat(100_000);

/** Values that no method expects, and some that are only unusual. Each is made anew, so that none keeps state between calls. */
export const ODD_VALUES: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  'not a number': () => Number.NaN,
  infinite: () => Number.POSITIVE_INFINITY,
  'negatively infinite': () => Number.NEGATIVE_INFINITY,
  '0': () => 0,
  '-0': () => -0,
  '-1': () => -1,
  fraction: () => 0.5,
  'beyond 32 bits': () => 2 ** 32,
  'the largest safe integer': () => Number.MAX_SAFE_INTEGER,
  'milliseconds since 1970': () => 1_700_000_000_000,
  'the least number': () => -Number.MAX_VALUE,
  'the largest number': () => Number.MAX_VALUE,
  'the smallest number': () => 5e-324,
  bigint: () => 10n,
  'large bigint': () => -(2n ** 80n),
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
  'a tag of 201 characters': () => `t:${'y'.repeat(199)}`,
  'colons only': () => ':::',
  'bidirectional controls': () => 'a\u202eb\ufeff',
  'a piece of JSON': () => '"],"x":"',
  'a URL with credentials': () => 'https://user:password@127.0.0.1/?a=b#c',
  'a data URL': () => 'data:text/plain,x',
  hasOwnProperty: () => 'hasOwnProperty',
  __proto__: () => '__proto__',
  constructor: () => 'constructor',
  'String object': () => new String('text'),
  'Number object': () => new Number(1),
  'bigint object': () => Object(1n),
  'symbol object': () => Object(Symbol('odd')),
  'empty array': () => [],
  'array of odd things': () => [null, undefined, 1, {}, [], Symbol('odd')],
  'sparse array': () => new Array(3),
  'sparse array of the largest length': () => new Array(2 ** 32 - 1),
  'frozen array': () => Object.freeze(['frozen']),
  'array of __proto__ and constructor': () => ['__proto__', 'constructor', 'toString:', 'hasOwnProperty'],
  'array of another realm': () => FOREIGN_ARRAY,
  'array whose iterator throws': () => Object.assign(['x'], { [Symbol.iterator]: refuse, map: refuse, entries: refuse }),
  'array without a prototype': () => Object.setPrototypeOf(['x'], null),
  'array of an object that converts': () => [{ toString: () => 'text', length: 4 }],
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
  'array with a length below 0': () => withLength(-1),
  'array with a length of NaN': () => withLength(Number.NaN),
  'array with a huge length': () => withLength(2 ** 53),
  'array with a bigint for a length': () => withLength(1n),
  'array with a length that grows': () => {
    let length = 0;
    return withLength({ valueOf: () => (length += 700) });
  },
  'typed array': () => new Float64Array([1, 2]),
  'bigint array': () => new BigInt64Array(2),
  'shared buffer': () => new SharedArrayBuffer(8),
  'data view': () => new DataView(new ArrayBuffer(8)),
  'arguments object': () =>
    (function () {
      // biome-ignore lint/complexity/noArguments: it is what is wanted
      return arguments;
    })(),
  'empty object': () => ({}),
  'object without a prototype': () => Object.create(null),
  'object with odd values': () => ({ tags: Symbol('odd'), timestamp: 1n, host: {}, sampleRate: [] }),
  'frozen object': () => Object.freeze({ tags: Object.freeze(['frozen']) }),
  'object of another realm': () => FOREIGN_OBJECT,
  'object with odd numbers': () => ({ tags: { a: -0, b: Number.NaN, c: 1e-7, d: true }, sampleRate: Number.NaN }),
  'object with a key of 100 kB': () => ({ tags: { [LONG]: LONG } }),
  'object with 2000 tags': () => ({ tags: Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`k${i}`, i])) }),
  'object with tags that change': () => ({ tags: changing('odd:1', 7) }),
  'object whose values change': () => {
    let reads = 0;
    return {
      get tags() {
        return reads++ === 0 ? ['odd'] : 7;
      },
      get host() {
        return reads++ === 0 ? 'odd' : {};
      },
    };
  },
  'object with a then': () => throwing('then'),
  'object with a then that never settles': () => Object.defineProperty({}, 'then', { value: () => {} }),
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
  'last Date': () => new Date(8.64e15),
  'first Date': () => new Date(-8.64e15),
  RegExp: () => /x/g,
  Error: () => new Error('odd'),
  'Error of another realm': () => FOREIGN_ERROR,
  'Error that throws': () =>
    Object.defineProperties(new Error('odd'), {
      stack: { get: refuse },
      message: { get: refuse },
      name: { get: refuse },
    }),
  'Error that causes itself': () => {
    const error = new Error('odd');
    error.cause = error;
    return error;
  },
  WeakMap: () => new WeakMap(),
  URL: () => new URL('http://127.0.0.1/'),
  promise: () => Promise.resolve(1),
  function: () => () => 1,
  class: () => class {},
  generator: () => (function* () {})(),
  'a function that throws': () => refuse,
  'bound function': () => refuse.bind(null),
  globalThis: () => globalThis,
  'hostile proxy': () => HOSTILE,
  'hostile proxy of an array': () => new Proxy([], { get: refuse, getPrototypeOf: refuse, ownKeys: refuse }),
  'revoked proxy': () => revoked({}),
  'revoked proxy of an array': () => revoked([]),
  'revoked proxy of a function': () => revoked(() => {}),
};

/** Values that record while they are read or converted. */
export const RECORDING_VALUES: Record<string, (record: () => void) => unknown> = {
  'array with a getter': (record) =>
    Object.defineProperty(['x', 'y'], 1, { get: () => recordAnd(record, 'z'), enumerable: true }),
  'array with a getter of no string': (record) => Object.defineProperty(['new', 'y'], 1, { get: () => recordAnd(record, 7) }),
  'array with a getter that throws': (record) =>
    Object.defineProperty(['newer', 'y'], 1, { get: () => recordAnd(record, refuse) }),
  'proxy of an array': (record) => recordingProxy(['x', 'y'], record),
  'proxy of an object': (record) => recordingProxy({ tags: ['x'], timestamp: 5, host: 'h' }, record),
  'object with getters': (record) => ({
    get tags() {
      return recordAnd(record, ['x']);
    },
    get timestamp() {
      return recordAnd(record, 5);
    },
    get host() {
      return recordAnd(record, 'h');
    },
    get sampleRate() {
      return recordAnd(record, 1);
    },
  }),
  'object with tags that are getters': (record) => ({
    tags: {
      get a() {
        return recordAnd(record, 1);
      },
    },
  }),
  'object with a Date that records': (record) => ({
    timestamp: Object.assign(new Date(0), { getTime: () => recordAnd(record, 0) }),
  }),
  'object that converts': (record) => ({
    valueOf: () => recordAnd(record, 1),
    toString: () => recordAnd(record, 'text'),
    toJSON: () => recordAnd(record, 'text'),
    [Symbol.toPrimitive]: () => recordAnd(record, 1),
  }),
  function: (record) => () => record(),
};

function recordAnd(record: () => void, value: unknown): unknown {
  record();
  return value === refuse ? refuse() : value;
}

function recordingProxy(target: object, record: () => void): unknown {
  const traps = Object.getOwnPropertyNames(Reflect).map((trap) => [
    trap,
    (...args: unknown[]) =>
      recordAnd(record, (Reflect as unknown as Record<string, (...args: unknown[]) => unknown>)[trap](...args)),
  ]);
  return new Proxy(target, Object.fromEntries(traps));
}
