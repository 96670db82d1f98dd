// biome-ignore-all lint/suspicious/noExplicitAny: the arguments of handlers may be anything

import { describe, expect, test, vi } from 'vitest';
import { wrapHandler } from '../../src/lambda/wrap-handler.js';
import { deferred, thrower } from '../support/client.js';
import { HOSTILE } from '../support/odd-values.js';

/** Wraps a handler and logs what happens. Closing the wrapper takes until `closed` is resolved. */
function rig<Handler extends (...args: any[]) => any>(handler: Handler) {
  const order: string[] = [];
  const closed = deferred();
  const open = vi.fn((_context: object | undefined) => {
    order.push('open');
    return () => {
      order.push('close');
      return closed.promise.then(() => {
        order.push('closed');
      });
    };
  });
  const freeEventLoop = vi.fn();
  const wrapped = wrapHandler(handler, () => ({ open, freeEventLoop }));
  return { wrapped, order, open, freeEventLoop, closed };
}

const CONTEXT = { awsRequestId: 'a', getRemainingTimeInMillis: () => 1000 };

/** Waits for a turn of the event loop. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a wrapped handler keeps this, arguments, name and length', async () => {
  const seen: unknown[] = [];
  const application = {
    async handleOrder(this: unknown, ...args: unknown[]) {
      seen.push(this, ...args);
    },
  };
  const { wrapped, open, closed } = rig(application.handleOrder);
  closed.resolve();
  const event = { order: 7 };
  await wrapped.call(application, event, CONTEXT);
  expect(seen).toEqual([application, event, CONTEXT]);
  expect(seen[0]).toBe(application);
  expect(seen[2]).toBe(CONTEXT);
  expect(open).toHaveBeenCalledExactlyOnceWith(CONTEXT);
  expect(wrapped.name).toBe('handleOrder');
  expect(wrapped.length).toBe(0);
  const { wrapped: named } = rig(function charge(_event: unknown, _context: unknown, _callback: unknown) {});
  expect(named.name).toBe('charge');
  expect(named.length).toBe(3);
});

describe('an async handler', () => {
  test('settles after the wrapper is closed', async () => {
    const value = { statusCode: 200 };
    const { wrapped, order, closed, freeEventLoop } = rig(async () => value);
    const outcome = wrapped();
    expect(outcome).toBeInstanceOf(Promise);
    const isSettled = vi.fn();
    outcome.then(isSettled);
    await settle();
    expect(order).toEqual(['open', 'close']);
    expect(isSettled).not.toHaveBeenCalled();
    closed.resolve();
    expect(await outcome).toBe(value);
    // With a promise, the Lambda runtime does not wait until the event loop is empty.
    expect(freeEventLoop).not.toHaveBeenCalled();
  });

  test.each([[new RangeError('no')], ['a text'], [undefined]])('may reject with %s', async (reason) => {
    const { wrapped, order, closed } = rig(async () => {
      throw reason;
    });
    closed.resolve();
    const outcome = await wrapped().then(
      () => 'none',
      (error: unknown) => [error],
    );
    expect(outcome).toEqual([reason]);
    expect(outcome[0]).toBe(reason);
    expect(order).toEqual(['open', 'close', 'closed']);
  });

  test('may return any thenable', async () => {
    const { wrapped, order, closed } = rig(() => ({
      // biome-ignore lint/suspicious/noThenProperty: this tests a thenable
      then: (onFulfilled: (value: number) => void) => onFulfilled(7),
    }));
    closed.resolve();
    expect(await wrapped()).toBe(7);
    expect(order).toEqual(['open', 'close', 'closed']);
  });
});

describe('a handler that takes a callback', () => {
  test.each([[[null, { statusCode: 200 }]], [[undefined, 'text', 'and more']], [[new Error('refused')]], [[]]])(
    'gets its callback called with the same arguments, after the wrapper is closed',
    async (outcome: unknown[]) => {
      const { wrapped, order, closed, freeEventLoop } = rig((_event, _context, callback) => {
        setImmediate(callback, ...outcome);
      });
      const callback = vi.fn();
      expect(wrapped({}, CONTEXT, callback)).toBeUndefined();
      await settle();
      await settle();
      expect(order).toEqual(['open', 'close']);
      expect(callback).not.toHaveBeenCalled();
      closed.resolve();
      await settle();
      expect(callback).toHaveBeenCalledExactlyOnceWith(...outcome);
      expect(freeEventLoop).toHaveBeenCalledOnce();
    },
  );

  test('may call it twice, and the first call counts', async () => {
    const { wrapped, order, closed } = rig((_event, _context, callback) => {
      callback(null, 1);
      callback(new Error('late'));
    });
    const callback = vi.fn();
    closed.resolve();
    wrapped({}, CONTEXT, callback);
    await settle();
    expect(callback).toHaveBeenCalledExactlyOnceWith(null, 1);
    expect(order).toEqual(['open', 'close', 'closed']);
  });

  test('may read it from its rest parameters', async () => {
    const { wrapped, order, closed } = rig((...args: any[]) => {
      setImmediate(args[2], null, 'done');
    });
    const callback = vi.fn();
    closed.resolve();
    wrapped({}, CONTEXT, callback);
    await settle();
    await settle();
    expect(callback).toHaveBeenCalledExactlyOnceWith(null, 'done');
    expect(order).toEqual(['open', 'close', 'closed', 'close', 'closed']);
  });

  test('may throw before it calls the callback', async () => {
    const error = new Error('at once');
    const { wrapped, order } = rig((_event, _context, _callback) => {
      throw error;
    });
    const callback = vi.fn();
    expect(() => wrapped({}, CONTEXT, callback)).toThrow(error);
    expect(order).toEqual(['open', 'close']);
    expect(callback).not.toHaveBeenCalled();
  });

  test('may be called without one, like a streaming handler', async () => {
    const stream = {};
    const { wrapped, order, open } = rig((_event, _stream, _context) => 7);
    expect(wrapped({}, stream, CONTEXT)).toBe(7);
    expect(open).toHaveBeenCalledExactlyOnceWith(CONTEXT);
    expect(order).toEqual(['open', 'close']);
  });
});

describe('a synchronous handler', () => {
  test.each([[7], [undefined], [null], [{ toString: null }]])('returns %o at once', (value) => {
    const { wrapped, order } = rig(() => value);
    expect(wrapped()).toBe(value);
    expect(order).toEqual(['open', 'close']);
  });
});

describe('a getter that throws does not reach the handler', () => {
  const hostile = (key: string): object => Object.defineProperty({}, key, { get: thrower('hostile') });

  test.each([
    ['of the context', hostile('getRemainingTimeInMillis')],
    ['of a context that is a proxy', HOSTILE],
  ])('%s', async (_, context) => {
    const { wrapped, order, closed } = rig(async (_event, _context) => 'done');
    closed.resolve();
    expect(await wrapped({}, context)).toBe('done');
    expect(order).toEqual(['open', 'close', 'closed']);
  });

  test('of the result, named then', () => {
    const result = hostile('then');
    const { wrapped, order } = rig(() => result);
    expect(wrapped()).toBe(result);
    expect(order).toEqual(['open', 'close']);
  });
});

test('a wrapped handler keeps its properties, such as the mark of a streaming handler', () => {
  const mark = Symbol.for('aws.lambda.runtime.handler.streaming');
  const handler = Object.assign(async () => {}, { [mark]: 'response', highWaterMark: 64 });
  expect({ ...rig(handler).wrapped }).toEqual({ [mark]: 'response', highWaterMark: 64 });
});

test.each([[async () => {}], [() => {}]])(
  'a wrapped handler is async for the Lambda runtime if the original is: %s',
  (handler) => {
    expect(rig(handler).wrapped.constructor.name).toBe(handler.constructor.name);
  },
);
