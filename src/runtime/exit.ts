// The very end of a process, whether it ends by itself, by `process.exit()` or by an uncaught exception. Node.js then emits
// 'exit' and runs no further turn of the event loop, so only synchronous work is possible: a client hands its unsent data to
// its worker, if it has one, blocks until the worker has sent them, and tells what is lost. before-exit.ts is for asynchronous
// work.

import { nowMilliseconds, queueMicrotask } from './real-timers.js';

/** A client that acts at the exit of the process. */
export interface ExitHandler {
  /** Hands over what is unsent. Returns how many milliseconds to wait for it, or undefined if there is nothing to wait for. */
  handOver(): number | undefined;
  /** Blocks this thread until the data is sent, at most until `endMilliseconds` on the clock of `nowMilliseconds`. */
  wait(endMilliseconds: number): void;
  /**
   * Counts and tells what was not sent. Nothing can be sent afterwards.
   *
   * @param isLast False if other listeners of the exit follow, which may record. A client that can still send then goes on.
   */
  end(isLast: boolean): void;
}

const handlers = new Set<ExitHandler>();

/** True once the process exits: no further turn of the event loop will come. */
export let isExiting = false;

let beginMilliseconds: number | undefined;
/** True while {@link finishLast} is registered. */
let hasLast = false;

function finishAll(): void {
  finish(!hasLast);
}

/**
 * Runs after the listeners that were registered after {@link finishAll}. It does not take its place, because one of them may call
 * `process.exit()`, after which Node.js runs no other.
 */
function finishLast(): void {
  finish(true);
}

function finish(isLast: boolean): void {
  isExiting = true;
  beginMilliseconds ??= nowMilliseconds();
  const all = [...handlers];
  // All clients hand over before the first one waits, so that their workers send at the same time.
  const waits = all.map((handler) => [handler, handler.handOver()] as const);
  for (const [handler, milliseconds] of waits) if (milliseconds !== undefined) handler.wait(beginMilliseconds + milliseconds);
  for (const handler of all) handler.end(isLast);
}

/** Marks the listeners of all copies of this package. If two of them moved behind each other, that would never end. */
const OWN = Symbol.for('threadstats.exit');
Object.assign(finishAll, { [OWN]: true });
Object.assign(finishLast, { [OWN]: true });

/** Most moves of {@link finishLast}, because a listener of the application may move behind it each time. */
const MAX_MOVES = 1000;
let moves = 0;

/** Keeps {@link finishLast} behind all other listeners. A new one is added after this call. */
function onNewListener(event: string | symbol, listener: object): void {
  if (event !== 'exit' || OWN in listener || moves === MAX_MOVES) return;
  moves++;
  queueMicrotask(() => {
    if (handlers.size === 0) return;
    process.off('exit', finishLast).on('exit', finishLast);
    hasLast = true;
  });
}

/**
 * Deno does not emit 'exit' after an uncaught error. It dispatches an event instead, and ends at once unless a listener has
 * prevented the default, or the process listens for uncaught errors.
 */
function finishAllUnlessHandled({ type, defaultPrevented }: { type: string; defaultPrevented: boolean }): void {
  const isHandled = process.listenerCount(type === 'error' ? 'uncaughtException' : 'unhandledRejection') > 0;
  if (!defaultPrevented && !isHandled) finish(true);
}

const DENO_EVENTS = ['error', 'unhandledrejection'] as const;

interface EventTargetOfDeno {
  readonly Deno?: unknown;
  addEventListener(type: string, listener: typeof finishAllUnlessHandled): void;
  removeEventListener(type: string, listener: typeof finishAllUnlessHandled): void;
}

function listen(isListening: boolean): void {
  if (isListening) process.on('exit', finishAll).on('newListener', onNewListener);
  else process.off('exit', finishAll).off('exit', finishLast).off('newListener', onNewListener);
  hasLast = false;
  const target = globalThis as unknown as EventTargetOfDeno;
  if (target.Deno === undefined) return;
  for (const event of DENO_EVENTS) {
    if (isListening) target.addEventListener(event, finishAllUnlessHandled);
    else target.removeEventListener(event, finishAllUnlessHandled);
  }
}

/** Calls the handler when the process exits. Returns a function that cancels this. */
export function onExit(handler: ExitHandler): () => void {
  // All clients share one listener, because Node.js warns about many.
  if (handlers.size === 0) listen(true);
  handlers.add(handler);
  return () => {
    if (handlers.delete(handler) && handlers.size === 0) listen(false);
  };
}
