import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Timed, timed } from '../../src/client/timed.js';
import { thrower } from '../support/client.js';
import { ODD_VALUES, RECORDING_VALUES } from '../support/odd-values.js';

let recorded: number[];
let decorate: Timed;

beforeEach(() => {
  vi.useFakeTimers();
  recorded = [];
  decorate = timed((seconds) => recorded.push(seconds));
});
afterEach(() => vi.useRealTimers());

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

describe('a wrapped function', () => {
  it('keeps the types of a generic function', () => {
    const first: string = decorate(<T>(items: T[]): T => items[0]!)(['a', 'b']);
    expect(first).toBe('a');
  });

  it('may be wrapped by Array.map, which also passes an index', () => {
    const [wrapped] = [() => 1].map(decorate as (wrapped: () => number) => () => number);
    expect(wrapped!()).toBe(1);
    expect(recorded).toEqual([0]);
  });

  it('is recorded once for each call, even if calls overlap', async () => {
    const wrapped = decorate(async (milliseconds: number) => {
      await sleep(milliseconds);
      return milliseconds;
    });
    const results = Promise.all([wrapped(30), wrapped(10)]);
    await vi.advanceTimersByTimeAsync(100);
    expect(await results).toEqual([30, 10]);
    expect(recorded).toEqual([0.01, 0.03]);
  });

  it.each([undefined, null, 1, 'name', {}])('is a TypeError for %s', (value) => {
    expect(() => decorate(value as never)).toThrow(TypeError);
  });
});

describe('a function that returns a promise', () => {
  it('keeps the properties of the promise', async () => {
    const promise = Object.assign(Promise.resolve(1), { child: { pid: 7 } });
    const result = decorate(() => promise)();
    expect(result.child).toBe(promise.child);
    expect(await result).toBe(1);

    vi.useRealTimers();
    const { stdout } = await decorate(promisify(exec))('echo out');
    expect(stdout.trim()).toBe('out');
  });

  it('leaves an unhandled rejection unhandled', async () => {
    vi.useRealTimers();
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    try {
      const unhandled = new Promise((resolve) => process.once('unhandledRejection', resolve));
      const error = new Error('rejected');
      decorate(() => Promise.reject(error))();
      expect(await unhandled).toBe(error);
    } finally {
      for (const listener of listeners) process.on('unhandledRejection', listener);
    }
  });

  it('returns the same object if the promise is an instance of a subclass', async () => {
    class Cancelable<T> extends Promise<T> {
      cancel() {}
    }
    const promise = new Cancelable<string>((resolve) => setTimeout(resolve, 20, 'done'));
    const result = decorate(() => promise)();
    expect(result).toBe(promise);
    const all = Promise.all([result, result.then((value) => value)]);
    await vi.advanceTimersByTimeAsync(20);
    expect(await all).toEqual(['done', 'done']);
    expect(recorded).toEqual([0.02]);
  });
});

describe('a function that returns another thenable', () => {
  /** Runs each time its `then` is called, like the query builders of database clients. */
  class Query {
    runs = 0;
    readonly #outcome: { value: unknown } | { error: unknown };
    constructor(outcome: { value: unknown } | { error: unknown }) {
      this.#outcome = outcome;
    }
    async #run() {
      this.runs++;
      await sleep(20);
      if ('error' in this.#outcome) throw this.#outcome.error;
      return this.#outcome.value;
    }
    // biome-ignore lint/suspicious/noThenProperty: this tests a thenable
    then(...callbacks: Parameters<Promise<unknown>['then']>) {
      return this.#run().then(...callbacks);
    }
  }

  it('returns the same object, and does not call its `then`', async () => {
    const query = new Query({ value: 'row' });
    const result = decorate(() => query)();
    expect(result).toBe(query);
    expect(Object.keys(result)).toEqual(['runs']);
    await vi.advanceTimersByTimeAsync(100);
    expect(query.runs).toBe(0);
    expect(recorded).toEqual([]);
  });

  it('is recorded once, when the thenable is fulfilled', async () => {
    const query = new Query({ value: 'row' });
    const result = (async () => await decorate(() => query)())();
    await vi.advanceTimersByTimeAsync(100);
    expect(await result).toBe('row');
    expect(query.runs).toBe(1);
    expect(recorded).toEqual([0.02]);

    expect(Object.hasOwn(query, 'then')).toBe(false);
    const again = query.then((value) => value);
    await vi.advanceTimersByTimeAsync(100);
    expect(await again).toBe('row');
    expect(query.runs).toBe(2);
    expect(recorded).toEqual([0.02]);
  });

  it('is recorded when the thenable is rejected, with the same error', async () => {
    const error = new Error('rejected');
    const query = new Query({ error });
    const result = Promise.resolve(decorate(() => query)()).catch((reason: unknown) => reason);
    await vi.advanceTimersByTimeAsync(100);
    expect(await result).toBe(error);
    expect(query.runs).toBe(1);
    expect(recorded).toEqual([0.02]);
  });

  it('passes the outcome on if `then` gets no callback for it', async () => {
    const fulfilled = decorate(() => new Query({ value: 'row' }))().then(undefined, () => 'not called');
    const rejected = decorate(() => new Query({ error: 'reason' }))()
      .then(() => 'not called')
      .catch((reason: unknown) => reason);
    await vi.advanceTimersByTimeAsync(100);
    expect(await Promise.all([fulfilled, rejected])).toEqual(['row', 'reason']);
    expect(recorded).toEqual([0.02, 0.02]);
  });

  it('restores an own property `then`', async () => {
    const then = (onFulfilled: (value: number) => void) => onFulfilled(1);
    const thenable = { then };
    const result = decorate(() => thenable)();
    expect(Object.keys(result)).toEqual(['then']);
    expect(await result).toBe(1);
    expect(Object.getOwnPropertyDescriptor(thenable, 'then')).toEqual({
      value: then,
      configurable: true,
      enumerable: true,
      writable: true,
    });
    expect(recorded).toEqual([0]);
  });

  it('is recorded at once if the thenable cannot be changed', async () => {
    // biome-ignore lint/suspicious/noThenProperty: this tests a thenable
    const frozen = Object.freeze({ then: (onFulfilled: (value: number) => void) => onFulfilled(1) });
    expect(await decorate(() => frozen)()).toBe(1);
    const strict = new Proxy({}, { get: (_target, key) => expect.fail(`read ${String(key)}`) });
    expect(decorate(() => strict)()).toBe(strict);
    expect(recorded).toEqual([0, 0]);
  });

  it('gets one listener, even if it returns the same thenable again and again', async () => {
    const query = new Query({ value: 'row' });
    const wrapped = decorate(() => query);
    for (let call = 0; call < 100_000; call++) wrapped();
    expect(recorded).toHaveLength(99_999);
    const result = query.then((value) => value);
    await vi.advanceTimersByTimeAsync(20);
    expect(await result).toBe('row');
    expect(recorded).toHaveLength(100_000);
  });
});

describe('any result of a function', () => {
  const odd = [...Object.entries(ODD_VALUES), ...Object.entries(RECORDING_VALUES)] as [string, (record: () => void) => unknown][];

  it('is returned or thrown as it is; a native promise is returned as another promise', async () => {
    for (const [name, make] of odd) {
      const value = make(() => {});
      const wrapped = decorate(() => value);
      // The second call sees a value that is known already.
      for (let call = 1; call <= 2; call++) {
        const result = wrapped();
        if (name === 'promise') expect(await result).toBe(1);
        else expect(Object.is(result, value), name).toBe(true);
      }
      const thrown = decorate(() => {
        throw value;
      });
      let caught: unknown = 'nothing';
      try {
        thrown();
      } catch (error) {
        caught = error;
      }
      expect(Object.is(caught, value), name).toBe(true);
    }
    expect(recorded).toHaveLength(3 * odd.length);
  });

  it('keeps its own `then`, even a native promise', async () => {
    const promise = Promise.resolve('own');
    const then = vi.fn((onFulfilled: (value: string) => void) => onFulfilled('other'));
    Object.defineProperty(promise, 'then', { value: then, configurable: true });
    const result = decorate(() => promise)();
    expect(result).toBe(promise);
    expect(then).not.toHaveBeenCalled();
    const awaited: string[] = [];
    result.then((value) => awaited.push(value));
    expect(awaited).toEqual(['other']);
    expect(recorded).toHaveLength(1);
  });

  it('may be a promise with a getter that throws', async () => {
    for (const key of ['child', 'constructor']) {
      const get = thrower('hostile');
      const promise = Object.defineProperty(Promise.resolve(1), key, { get, enumerable: true, configurable: true });
      const result = decorate(() => promise)();
      expect(() => Reflect.get(result, key)).toThrow('hostile');
      if (key === 'child') expect(await result).toBe(1);
    }
    expect(recorded).toHaveLength(1);
  });
});

describe('a decorator', () => {
  const context = (kind: string) => ({ kind, name: 'area' }) as unknown as ClassMethodDecoratorContext;

  it.each(['class', 'getter', 'setter', 'field', 'accessor'])('throws for a %s under the protocol of ECMAScript', (kind) => {
    expect(() => decorate(() => 1, context(kind))).toThrow(`Only functions and methods can be timed, and \`area\` is a ${kind}`);
  });

  it('decorates a method under the protocol of TypeScript, and keeps the rest of its descriptor', () => {
    const descriptor = { value: (side: number) => side ** 2, enumerable: false, configurable: true, writable: true };
    const decorated = decorate({}, 'area', descriptor);
    expect(decorated.value!(3)).toBe(9);
    expect(decorated).toEqual({ ...descriptor, value: decorated.value });
    expect(recorded).toHaveLength(1);
  });

  it.each([undefined, { get: () => 1 }])('throws for the descriptor %o under the protocol of TypeScript', (descriptor) => {
    expect(() => decorate({}, 'area', descriptor as never)).toThrow(
      'Only functions and methods can be timed, and `area` is not a method',
    );
  });
});

it.each([
  ['a generator function', function* named() {}],
  ['an asynchronous generator function', async function* named() {}],
])('%s is refused when it is wrapped', (_, generator) => {
  expect(() => timed(() => {})(generator)).toThrow(
    new TypeError('Only functions and methods can be timed, and `named` is a generator'),
  );
});
