import { expect, test } from 'vitest';
import type { SpoolClaim } from '../../../src/http/spool/spool.js';
import { SpoolFeed } from '../../../src/http/spool/spool-feed.js';
import type { Timer } from '../../../src/http/time-source.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { openSpool, storedPayload } from '../support/spool.js';

/** Opens a feed from a spool with such payloads. Its timer fires when the test says so. */
async function openFeed(texts: string[]) {
  const { spool } = openSpool(temporaryDirectory());
  for (const text of texts) await spool.put(storedPayload(text), 'queueFull');
  const sent: string[] = [];
  const state = { isFree: true, accepts: true };
  let timer: { milliseconds: number; callback: () => void; isHeld: boolean } | undefined;
  let onRest = (): void => {};
  const feed = new SpoolFeed({
    spool,
    isFree: () => state.isFree,
    send: async (claim: SpoolClaim) => {
      sent.push(Buffer.from(claim.payload.body).toString());
      if (state.accepts) return claim.done();
      state.isFree = false;
      return claim.giveBack();
    },
    time: {
      monotonicMilliseconds: () => 0,
      epochSeconds: () => 0,
      random: () => 0,
      after: (milliseconds, callback): Timer => {
        const it = { milliseconds, callback, isHeld: true };
        timer = it;
        onRest();
        return {
          unref: () => {
            it.isHeld = false;
          },
          clear: () => {
            if (timer === it) timer = undefined;
          },
        };
      },
    },
  });
  return {
    spool,
    feed,
    sent,
    state,
    /** Milliseconds that the feed waits; undefined while it is stopped until it is woken. */
    get waits(): number | undefined {
      expect(timer?.isHeld).not.toBe(true);
      return timer?.milliseconds;
    },
    /** Lets this time pass. Resolves when the feed waits again. */
    async pass(): Promise<void> {
      const { callback } = timer!;
      timer = undefined;
      const rested = new Promise<void>((resolve) => {
        onRest = resolve;
      });
      callback();
      if (state.isFree) await rested;
    },
  };
}

test('no payload is taken before the intake has accepted one', async () => {
  const it = await openFeed(['a']);
  expect(it.waits).toBeUndefined();
});

test('payloads are sent one after the other with pauses, and an empty spool is checked once a minute', async () => {
  const it = await openFeed(['a', 'b']);
  it.feed.wake();
  it.feed.wake();
  expect(it.waits).toBe(50);
  await it.pass();
  expect(it.sent).toHaveLength(1);
  expect(it.waits).toBe(50);
  await it.pass();
  expect(it.sent).toHaveLength(2);
  expect(it.waits).toBe(50);
  await it.pass();
  expect(it.sent).toHaveLength(2);
  expect(it.waits).toBe(60_000);
  it.feed.wake();
  expect(it.waits).toBe(60_000);
  await it.spool.put(storedPayload('c'), 'queueFull');
  await it.pass();
  expect(it.sent.at(-1)).toBe('c');
  expect(it.waits).toBe(50);
});

test('a payload that is put in is taken as soon as the intake accepts another one', async () => {
  const it = await openFeed([]);
  it.feed.wake();
  await it.pass();
  expect(it.waits).toBe(60_000);
  await it.spool.put(storedPayload('a'), 'queueFull');
  it.feed.refresh();
  expect(it.waits).toBeUndefined();
  it.feed.wake();
  expect(it.waits).toBe(50);
  await it.pass();
  expect(it.sent).toEqual(['a']);
});

test('a failure stops the feed until it is woken', async () => {
  const it = await openFeed(['a', 'b']);
  it.state.accepts = false;
  it.feed.wake();
  await it.pass();
  await it.pass();
  expect(it.sent).toHaveLength(1);
  expect(it.waits).toBeUndefined();
  Object.assign(it.state, { accepts: true, isFree: true });
  it.feed.wake();
  await it.pass();
  expect(it.sent[1]).toBe(it.sent[0]);
});

test('a closed feed takes no payload', async () => {
  const it = await openFeed(['a']);
  it.feed.wake();
  it.feed.close();
  expect(it.waits).toBeUndefined();
  it.feed.wake();
  expect(it.waits).toBeUndefined();
});
