// The ways in which a Lambda handler takes its arguments and gives its outcome.

import type { Close } from './invocations.js';

// biome-ignore lint/suspicious/noExplicitAny: the one constraint that every function type meets, and keeps its own type under
type AnyFunction = (this: any, ...args: any[]) => any;

/** What wrappers share. */
export interface Shared {
  /** Opens a wrapper. */
  open(context: object | undefined): Close;
  /** Ends what keeps the event loop busy: a runtime that was not given a promise answers when the loop is empty. */
  freeEventLoop(): void;
}

/**
 * A handler that opens a wrapper, and closes it before its outcome is handed over: when the promise that it returned is
 * settled, or else when its callback is called. One that returns no promise and has fewer than three parameters is
 * done when it returns or throws, and its flush is only begun.
 */
export function wrapHandler<Handler extends AnyFunction>(handler: Handler, share: () => Shared): Handler {
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    const shared = share();
    const close = shared.open(args.slice(1, 3).find(isContext));
    const end = (): Promise<void> => close().then(() => shared.freeEventLoop());
    const callback = args[2];
    // The third argument of a streaming handler is its context.
    const takesCallback = typeof callback === 'function' && handler.length >= 3;
    if (typeof callback === 'function') args[2] = closeBefore(callback as AnyFunction, end);
    let result: unknown;
    try {
      result = Reflect.apply(handler, this, args);
      if (isThenable(result)) return closeAfter(result, close);
    } catch (error) {
      void end();
      throw error;
    }
    if (!takesCallback) void end();
    return result;
  };
  const { name, length } = handler;
  // The runtime tells by its constructor that a handler is async, and by marks that it streams.
  Object.setPrototypeOf(wrapper, Object.getPrototypeOf(handler));
  return Object.defineProperties(Object.assign(wrapper, handler), {
    name: { value: name, configurable: true },
    length: { value: length, configurable: true },
  });
}

/** Of the calls of a callback the first decides, as in the runtime; here the others do nothing. */
function closeBefore(callback: AnyFunction, end: () => Promise<void>): AnyFunction {
  let isCalled = false;
  return (...outcome) => {
    if (isCalled) return;
    isCalled = true;
    void end().then(() => callback(...outcome));
  };
}

async function closeAfter(result: PromiseLike<unknown>, close: Close): Promise<unknown> {
  try {
    return await result;
  } finally {
    await close();
  }
}

function isContext(value: unknown): value is object {
  return typeof (value as { getRemainingTimeInMillis?: unknown } | null | undefined)?.getRemainingTimeInMillis === 'function';
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
