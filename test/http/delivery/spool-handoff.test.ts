import { expect, test } from 'vitest';
import { RowCounter } from '../../../src/diagnostics/row-counts.js';
import { untriedPayload } from '../../../src/http/delivery/retry-queue.js';
import { RowAccounting } from '../../../src/http/delivery/row-accounting.js';
import { SpoolHandoff } from '../../../src/http/delivery/spool-handoff.js';
import type { Timer } from '../../../src/http/time-source.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { BEGIN_SECONDS, CLAIM_MILLISECONDS, INTAKE, MAX_AGE_SECONDS, openSpool, storedPayload } from '../support/spool.js';

/** Opens a hand-off to a spool that holds payloads with these texts. Its timer fires when the test says so. */
async function openHandoff(texts: string[]) {
  const directory = temporaryDirectory();
  const { spool } = openSpool(directory);
  for (const text of texts) await spool.put(storedPayload(text), 'queueFull');
  const sent: string[] = [];
  const state = { isFree: true, accepts: true };
  let timer: { milliseconds: number; callback: () => void; isHeld: boolean } | undefined;
  let onRest = (): void => {};
  const handoff = new SpoolHandoff({
    settings: { directory, maxBytes: 2 ** 26, intake: INTAKE, claimMilliseconds: CLAIM_MILLISECONDS },
    maxAgeSeconds: MAX_AGE_SECONDS,
    accounting: new RowAccounting(new RowCounter()),
    isFree: () => state.isFree,
    send: async ({ body, claim }) => {
      sent.push(Buffer.from(body).toString());
      if (state.accepts) return claim!.done();
      state.isFree = false;
      return claim!.giveBack();
    },
    time: {
      monotonicMilliseconds: () => 0,
      epochSeconds: () => BEGIN_SECONDS,
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
    handoff,
    sent,
    state,
    /** Milliseconds that the hand-off waits; undefined until it is woken. */
    get waits(): number | undefined {
      expect(timer?.isHeld).not.toBe(true);
      return timer?.milliseconds;
    },
    /** Lets this time pass. Resolves when the hand-off waits again. */
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
  const it = await openHandoff(['a']);
  expect(it.waits).toBeUndefined();
});

test('payloads are sent one after the other with pauses, and an empty spool is checked once a minute', async () => {
  const it = await openHandoff(['a', 'b']);
  it.handoff.wake();
  it.handoff.wake();
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
  it.handoff.wake();
  expect(it.waits).toBe(60_000);
  await it.spool.put(storedPayload('c'), 'queueFull');
  await it.pass();
  expect(it.sent.at(-1)).toBe('c');
  expect(it.waits).toBe(50);
});

test('a payload that is put in is taken as soon as the intake accepts another one', async () => {
  const it = await openHandoff([]);
  it.handoff.wake();
  await it.pass();
  expect(it.waits).toBe(60_000);
  it.handoff.put(untriedPayload({ ...storedPayload('a'), sequence: 0, delivery: undefined }), 'queueFull');
  expect(it.waits).toBeUndefined();
  it.handoff.wake();
  expect(it.waits).toBe(50);
  await it.pass();
  expect(it.sent).toEqual(['a']);
});

test('after a failure no payload is taken until the intake accepts one', async () => {
  const it = await openHandoff(['a', 'b']);
  it.state.accepts = false;
  it.handoff.wake();
  await it.pass();
  await it.pass();
  expect(it.sent).toHaveLength(1);
  expect(it.waits).toBeUndefined();
  Object.assign(it.state, { accepts: true, isFree: true });
  it.handoff.wake();
  await it.pass();
  expect(it.sent[1]).toBe(it.sent[0]);
});

test('a stopped hand-off takes no payload', async () => {
  const it = await openHandoff(['a']);
  it.handoff.wake();
  it.handoff.stopTaking();
  expect(it.waits).toBeUndefined();
  it.handoff.wake();
  expect(it.waits).toBeUndefined();
});
