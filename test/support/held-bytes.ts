import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'vitest';

setFlagsFromString('--expose-gc');
const gc: () => void = runInNewContext('gc');

/** Returns the bytes of the heap that the work leaves behind while its result is held. */
export async function heldBytes(work: () => unknown): Promise<number> {
  const heapBytes = async (): Promise<number> => {
    // The target of a WeakRef that was read is held until the turn ends.
    await new Promise((resolve) => setImmediate(resolve));
    gc();
    return process.memoryUsage().heapUsed;
  };
  const before = await heapBytes();
  const result = work();
  const bytes = (await heapBytes()) - before;
  expect(result).toBeDefined();
  return bytes;
}

/** Returns a text of 100 kB, in one piece. */
export function body(index: number): string {
  return Buffer.alloc(100_000, `${index} Body: lower, `).toString('latin1');
}
