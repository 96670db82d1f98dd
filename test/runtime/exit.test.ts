import { expect, onTestFinished, test, vi } from 'vitest';
import { type ExitHandler, onExit } from '../../src/runtime/exit.js';

function listeners(): Record<string, number> {
  return Object.fromEntries(['exit', 'newListener'].map((event) => [event, process.listenerCount(event)]));
}

test('clients leave no listeners behind, and all share the same', async () => {
  const before = listeners();
  const handler = (): ExitHandler => ({ handOver: () => undefined, wait() {}, end() {} });
  const cancels = [onExit(handler()), onExit(handler())];
  const own = (): void => {};
  process.on('exit', own);
  await null;
  expect(listeners()).toEqual({ exit: before.exit + 3, newListener: before.newListener + 1 });
  process.off('exit', own);
  for (const cancel of [...cancels, ...cancels]) cancel();
  expect(listeners()).toEqual(before);
});

test('a listener of the application that always moves to the end does not occupy the process', async () => {
  const before = listeners();
  const cancel = onExit({ handOver: () => undefined, wait() {}, end() {} });
  const own = (): void => {};
  const moveToEnd = (event: string | symbol, listener: unknown): void => {
    if (event === 'exit' && listener !== own) queueMicrotask(() => process.off('exit', own).on('exit', own));
  };
  process.on('newListener', moveToEnd).on('exit', own);
  // This turn would never end.
  await new Promise(setImmediate);
  cancel();
  process.off('newListener', moveToEnd).off('exit', own);
  expect(listeners()).toEqual(before);
});

test.each([
  ['error', false, 0, 1],
  ['unhandledrejection', false, 0, 1],
  ['error', true, 0, 0],
  ['error', false, 1, 0],
])(
  'on Deno, the event %s (handled: %s, listeners of the process: %d) ends the clients %d times',
  (type, defaultPrevented, count, times) => {
    const target = new Map<string, (event: object) => void>();
    vi.stubGlobal('Deno', {});
    vi.stubGlobal('addEventListener', (name: string, listener: () => void) => target.set(name, listener));
    vi.stubGlobal('removeEventListener', (name: string) => target.delete(name));
    onTestFinished(() => void vi.unstubAllGlobals());
    const listenerCount = vi.spyOn(process, 'listenerCount').mockReturnValue(count);
    onTestFinished(() => listenerCount.mockRestore());
    const end = vi.fn();
    const cancel = onExit({ handOver: () => undefined, wait() {}, end });
    target.get(type)!({ type, defaultPrevented });
    expect(end).toHaveBeenCalledTimes(times);
    cancel();
    expect(target.size).toBe(0);
  },
);
