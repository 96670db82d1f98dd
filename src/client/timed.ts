import { showValue } from '../model/text.js';
import { builtin } from '../runtime/builtin.js';
import { Timer } from './timer.js';

// biome-ignore lint/suspicious/noExplicitAny: every function type meets this constraint, and keeps its own type
type AnyFunction = (this: any, ...args: any[]) => any;

/**
 * Wraps functions and decorates methods, under either decorator protocol. The wrapped function keeps its `this`, arguments,
 * `name`, `length`, results and errors.
 *
 * Each call is recorded once: when it returns or throws or, if it returns a promise or another thenable, when that is fulfilled
 * or rejected. A generator function is refused, because its call only returns an iterator, and does none of its work.
 *
 * A native promise is replaced by another promise with the same outcome and properties, so that Node.js still reports unhandled
 * rejections. Any other thenable is returned as it is, and its call is recorded only if its `then` is called, because only that
 * call makes a query builder run its query.
 *
 * @throws TypeError for anything but a function or method, and for a generator.
 */
export interface Timed {
  /** Wraps a function. The result has the same type. */
  <F extends AnyFunction>(wrapped: F): F;
  /** Decorates a method under the protocol of ECMAScript. */
  <F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext): F;
  /** Decorates a method under the protocol of TypeScript's `experimentalDecorators`. */
  <F extends AnyFunction>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): TypedPropertyDescriptor<F>;
}

/**
 * @param record Receives the elapsed seconds of each call. It must not throw, because nobody could catch the error when a
 *   promise settles.
 * @internal
 */
export function timed(record: (seconds: number) => void): Timed {
  return ((subject: unknown, keyOrContext?: unknown, descriptor?: PropertyDescriptor): unknown => {
    if (typeof keyOrContext === 'string' || typeof keyOrContext === 'symbol') {
      if (typeof descriptor?.value !== 'function') throw notTimeable(`${codeSpan(keyOrContext)} is not a method`);
      return { ...descriptor, value: wrap(descriptor.value, record) };
    }
    if (isDecoratorContext(keyOrContext) && keyOrContext.kind !== 'method') {
      throw notTimeable(`${codeSpan(keyOrContext.name)} is a ${keyOrContext.kind}`);
    }
    if (typeof subject !== 'function')
      throw notTimeable(`this is ${showValue(subject)}; timed('name') returns the wrapper: timed('name')(fn)`);
    return wrap(subject as AnyFunction, record);
  }) as Timed;
}

function codeSpan(name: unknown): string {
  return `\`${showValue(String(name)).slice(1, -1)}\``;
}

function notTimeable(why: string): TypeError {
  return new TypeError(`Only functions and methods can be timed, and ${why}`);
}

function isDecoratorContext(value: unknown): value is DecoratorContext {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

function wrap(wrapped: AnyFunction, record: (seconds: number) => void): AnyFunction {
  if (builtin('node:util').types.isGeneratorFunction(wrapped)) throw notTimeable(`${codeSpan(wrapped.name)} is a generator`);
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    const timer = new Timer(record);
    let result: unknown;
    try {
      result = Reflect.apply(wrapped, this, args);
    } catch (error) {
      timer.stop();
      throw error;
    }
    if (isPlainPromise(result)) return stopAfterPromise(result, timer);
    if (stopAfterThen(result, timer)) return result;
    timer.stop();
    return result;
  };
  const { name, length } = wrapped;
  return Object.defineProperties(wrapper, {
    name: { value: name, configurable: true },
    length: { value: length, configurable: true },
  });
}

/** True for a native promise with the original methods. Any other promise is handled like other thenables. */
function isPlainPromise(value: unknown): value is Promise<unknown> {
  if (!builtin('node:util').types.isPromise(value) || Object.getPrototypeOf(value) !== Promise.prototype) return false;
  return !Object.hasOwn(value, 'then') && !Object.hasOwn(value, 'constructor');
}

function stopAfterPromise(promise: Promise<unknown>, timer: Timer): Promise<unknown> {
  const settled = promise.then(
    (value) => {
      timer.stop();
      return value;
    },
    (error) => {
      timer.stop();
      throw error;
    },
  );
  // Own properties are copied, for example `child` of the promise that a promisified `child_process.exec` returns. They are
  // copied by descriptor, because a getter may throw. Symbols are left out, because async_hooks keeps the ids of a promise under
  // symbols.
  for (const key of Object.keys(promise)) Object.defineProperty(settled, key, Object.getOwnPropertyDescriptor(promise, key)!);
  return settled;
}

// Thenables whose `then` has a listener that has not been called yet. They get no second one, because an object that is returned
// often and never awaited would collect listeners without end.
const listenedTo = new WeakSet<object>();

/**
 * Listens for the first call of `then`, by a property that hides the thenable's own `then` until that call.
 *
 * @returns False if the value is not a thenable, has a listener already, or cannot be listened to (a frozen object).
 */
function stopAfterThen(value: unknown, timer: Timer): boolean {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  try {
    const then: unknown = Reflect.get(value, 'then');
    if (typeof then !== 'function' || listenedTo.has(value)) return false;
    const own = Object.getOwnPropertyDescriptor(value, 'then');
    const listen = function (this: unknown, onFulfilled?: unknown, onRejected?: unknown, ...rest: unknown[]): unknown {
      listenedTo.delete(value);
      if (own === undefined) Reflect.deleteProperty(value, 'then');
      else Reflect.defineProperty(value, 'then', own);
      return Reflect.apply(then, this, [stopBefore(onFulfilled, timer, fulfil), stopBefore(onRejected, timer, reject), ...rest]);
    };
    const listener = { value: listen, configurable: true, writable: true, enumerable: own?.enumerable };
    if (!Reflect.defineProperty(value, 'then', listener)) return false;
    listenedTo.add(value);
    return true;
  } catch {
    // A proxy may refuse these operations. Its call is then recorded like one that returns no thenable.
    return false;
  }
}

/** Returns a function that stops the timer and then calls the callback, or does what a promise does without a callback. */
function stopBefore(callback: unknown, timer: Timer, otherwise: (outcome: unknown) => unknown): AnyFunction {
  return function (...outcome) {
    timer.stop();
    return Reflect.apply(typeof callback === 'function' ? callback : otherwise, this, outcome);
  };
}

function fulfil(value: unknown): unknown {
  return value;
}

function reject(error: unknown): never {
  throw error;
}
