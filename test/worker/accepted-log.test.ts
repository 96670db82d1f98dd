import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { ACCEPTED_LOG_BYTES, AcceptedLog } from '../../src/worker/accepted-log.js';

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

/** The two ends of a log, as two threads have them. */
function openLog(): { worker: AcceptedLog; main: AcceptedLog } {
  const memory = new SharedArrayBuffer(ACCEPTED_LOG_BYTES);
  return { worker: new AcceptedLog(memory), main: new AcceptedLog(memory) };
}

test('what the worker adds is read by the main thread, in order, and equal requests are there twice', () => {
  const { worker, main } = openLog();
  const digests = ['a', 'b', 'a'].map(digestOf);
  expect(digests.map((digest) => worker.add(digest))).toEqual([true, true, true]);
  expect(main.digests()).toEqual(digests);
  expect(main.length).toBe(3);
});

test('a log that was cleared has the digests that are added afterwards', () => {
  const { worker, main } = openLog();
  worker.add(digestOf('a'));
  main.clear();
  expect(main.digests()).toEqual([]);
  worker.add(digestOf('b'));
  expect(main.digests()).toEqual([digestOf('b')]);
});

test('a digest that finds no room is refused, and the others stay', () => {
  const { worker, main } = openLog();
  const digests = Array.from({ length: 1024 }, (_, i) => digestOf(`request ${i}`));
  for (const digest of digests) expect(worker.add(digest)).toBe(true);
  expect(worker.add(digestOf('another'))).toBe(false);
  expect(main.digests()).toEqual(digests);
});
