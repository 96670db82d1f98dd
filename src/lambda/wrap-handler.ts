// Wraps handlers, which can take their arguments and return their outcome in several ways.

import type { Close } from './invocations.js';

// biome-ignore lint/suspicious/noExplicitAny: every function type meets this constraint, and keeps its own type
type AnyFunction = (this: any, ...args: any[]) => any;

/** The state that all wrappers share. */
export interface Shared {
  /** Opens a wrapper. */
  open(context: object | undefined): Close;
  /** Ends the requests that keep the event loop busy: without a promise, the Lambda runtime answers when the loop is empty. */
  freeEventLoop(): void;
}

/**
 * Returns a handler that opens a wrapper, and closes it before the outcome is handed over: when the promise that the handler
 * returned settles, or otherwise when its callback is called. A handler that returns no promise and has fewer than three
 * parameters has ended when it returns or throws; its flush starts but is not awaited.
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
    } catch (error) {
      void end();
      throw error;
    }
    if (isThenable(result)) return closeAfter(result, close);
    if (!takesCallback) void end();
    return result;
  };
  const { name, length } = handler;
  // The Lambda runtime looks at a handler's constructor to see whether it is async, and at marks to see whether it streams.
  Object.setPrototypeOf(wrapper, Object.getPrototypeOf(handler));
  return Object.defineProperties(Object.assign(wrapper, handler), {
    name: { value: name, configurable: true },
    length: { value: length, configurable: true },
  });
}

/** Returns a callback that closes the wrapper first. As in the Lambda runtime, only the first call counts. */
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
  return hasMethod(value, 'getRemainingTimeInMillis');
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return hasMethod(value, 'then');
}

/** The value is the handler's or the runtime's, and a getter or proxy of it that throws must not affect the handler. */
function hasMethod(value: unknown, name: string): boolean {
  try {
    return typeof (value as Record<string, unknown> | null | undefined)?.[name] === 'function';
  } catch {
    return false;
  }
}
