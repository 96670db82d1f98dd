import { types } from 'node:util';
import { Timer } from './timer.js';

// biome-ignore lint/suspicious/noExplicitAny: the one constraint that every function type meets, and keeps its own type under
type AnyFunction = (this: any, ...args: any[]) => any;

/**
 * A wrapper of functions, and a decorator of methods by either protocol. What it wraps keeps its `this`, arguments, `name`, `length`,
 * results and errors. Throws a TypeError for what is no function or method.
 *
 * Each call is recorded once: when it returns or throws, or, if it returns a promise or another thenable, when that is settled,
 * either way. A generator is timed until it returns its iterator. A native promise comes back as another one with the same outcome
 * and properties, so that Node.js notices a rejection nobody handles. Another thenable comes back as it is, and is recorded only
 * if somebody calls its `then`: of a query builder, that runs the query.
 */
export interface Timed {
  /** Wraps a function; the result has its type. */
  <F extends AnyFunction>(wrapped: F): F;
  /** Decorates a method as ECMAScript does. */
  <F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext): F;
  /** Decorates a method as TypeScript does under `experimentalDecorators`. */
  <F extends AnyFunction>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): TypedPropertyDescriptor<F>;
}

/**
 * @param record Gets the elapsed seconds of each call. It must not throw: there is nobody to throw to when a promise settles.
 * @internal
 */
export function timed(record: (seconds: number) => void): Timed {
  return ((subject: unknown, keyOrContext?: unknown, descriptor?: PropertyDescriptor): unknown => {
    if (typeof keyOrContext === 'string' || typeof keyOrContext === 'symbol') {
      if (typeof descriptor?.value !== 'function') throw notTimeable(`\`${String(keyOrContext).slice(0, 100)}\` is no method`);
      return { ...descriptor, value: wrap(descriptor.value, record) };
    }
    if (isDecoratorContext(keyOrContext) && keyOrContext.kind !== 'method') {
      throw notTimeable(`\`${String(keyOrContext.name)}\` is a ${keyOrContext.kind}`);
    }
    if (typeof subject !== 'function') throw notTimeable(`this is of type ${subject === null ? 'null' : typeof subject}`);
    return wrap(subject as AnyFunction, record);
  }) as Timed;
}

function notTimeable(why: string): TypeError {
  return new TypeError(`Only functions and methods can be timed, and ${why}`);
}

function isDecoratorContext(value: unknown): value is DecoratorContext {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

function wrap(wrapped: AnyFunction, record: (seconds: number) => void): AnyFunction {
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

/** Whether it is a native promise of which no method is overridden; any other is a thenable like others. */
function isPlainPromise(value: unknown): value is Promise<unknown> {
  if (!types.isPromise(value) || Object.getPrototypeOf(value) !== Promise.prototype) return false;
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
  // Such as the `child` on what a promisified `child_process.exec` returns. Symbols are left out: async_hooks keeps a promise's
  // own ids under some.
  // By their descriptors, because a getter may throw.
  for (const key of Object.keys(promise)) Object.defineProperty(settled, key, Object.getOwnPropertyDescriptor(promise, key)!);
  return settled;
}

// Thenables whose `then` was not called yet. One that is returned again meanwhile gets no second listener: an object that is
// returned often and never awaited would collect them without end.
const listenedTo = new WeakSet<object>();

/**
 * Listens to the first call of `then`, by a property that hides the thenable's own until that call.
 * Returns false when the value is no thenable, or one that cannot be listened to (a frozen object).
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
    // A proxy may refuse what is asked of it here; the result is then as good as no thenable.
    return false;
  }
}

/** The callback, or when there is none what a promise does without it, with the timer stopped first. */
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
