// The forwarder and its spool, with a sender that the tests script.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IntakeError } from '../../../src/diagnostics/errors.js';
import type { RowCounts } from '../../../src/diagnostics/row-counts.js';
import { Delivery } from '../../../src/http/delivery/delivery.js';
import { Forwarder } from '../../../src/http/delivery/forwarder.js';
import type { StoredPayload } from '../../../src/http/payload.js';
import { soakRuns } from '../../engine/support/variants.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { FakeTime } from '../support/fake-time.js';
import { BEGIN_SECONDS, CLAIM_MILLISECONDS, INTAKE } from '../support/spool.js';

const STATUSES = { down: undefined, forbidden: 403, failing: 500, refusing: 400, tooLarge: 413, missing: 404 } as const;
type Mood = keyof typeof STATUSES | 'accepting';

interface SetupOptions {
  directory?: string;
  time?: FakeTime;
  maxQueueBytes?: number;
  maxBytes?: number;
}

function fakeTime(): FakeTime {
  return Object.assign(new FakeTime(), { epochOffsetSeconds: BEGIN_SECONDS });
}

/** A forwarder with a spool, and an intake that answers as the test says. */
function setup({
  directory = temporaryDirectory(),
  time = fakeTime(),
  maxQueueBytes = 1000,
  maxBytes = 2 ** 26,
}: SetupOptions = {}) {
  const accepted: string[] = [];
  const errors: (Error & { code?: string })[] = [];
  const state = {
    mood: 'accepting' as Mood,
    requests: 0,
    /** Moods of the next requests, which precede `mood`. */
    next: [] as Mood[],
  };
  const sender = {
    async send({ body }: StoredPayload): Promise<void> {
      state.requests++;
      const mood = state.next.shift() ?? state.mood;
      if (mood === 'accepting') {
        const { series } = JSON.parse(gunzipSync(body).toString()) as { series: { metric: string }[] };
        accepted.push(...series.map(({ metric }) => metric));
        return;
      }
      const statusCode = STATUSES[mood];
      const retryable = !(statusCode === 400 || statusCode === 413);
      throw new IntakeError('ERR_TEST', `it is ${mood}`, { statusCode, retryable });
    },
    abortRequests(): void {},
    async close(): Promise<void> {},
  };
  const spool = { directory, maxBytes, intake: INTAKE, claimMilliseconds: CLAIM_MILLISECONDS };
  const forwarder = new Forwarder(sender, { maxQueueBytes, spool, time });
  forwarder.onError = (error) => errors.push(error);
  let rowsAdded = 0;
  return {
    directory,
    time,
    accepted,
    errors,
    state,
    forwarder,
    /** Adds a payload with a row of each name. Resolves when it was sent, kept or dropped, to the failure if any. */
    async add(...names: string[]): Promise<Error | undefined> {
      rowsAdded += names.length;
      const delivery = new Delivery();
      // Random, so that compression does not shrink it.
      const rows = names.map((metric) => JSON.stringify({ metric, noise: noise(300) }));
      forwarder.add({ path: '/api/v2/series', compression: 'gzip', body: `{"series":[${rows}]}`, rows: names.length }, delivery);
      return delivery.end().then(
        () => undefined,
        (error) => error,
      );
    },
    /** Lets time pass until the condition is met. */
    async until(condition: () => boolean, stepMilliseconds = 50): Promise<void> {
      for (let step = 0; !condition(); step++) {
        if (step === 20_000)
          throw new Error(`The condition never became true: ${JSON.stringify({ ...forwarder.counts, ...state })}`);
        // Files and compression take real time.
        await new Promise((resolve) => setTimeout(resolve, 1));
        await time.pass(stepMilliseconds);
      }
    },
    expectConservation(): void {
      const { sent, pending, dropped, spooled, takenOver } = forwarder.counts;
      expect(rowsAdded + takenOver).toBe(sent + pending + spooled + sum(dropped));
    },
  };
}

function noise(characters: number): string {
  let text = '';
  while (text.length < characters) text += Math.random().toString(36).slice(2);
  return text;
}

function sum(dropped: RowCounts['dropped']): number {
  return Object.values(dropped).reduce((a, b) => a + b, 0);
}

function names(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `row ${from + index}`);
}

test('abandoned payloads are left in the spool, and the same process can take them over', async () => {
  const it = setup();
  it.state.mood = 'down';
  for (const name of names(0, 10)) await it.add(name);
  await it.forwarder.abandonPending();
  expect(it.forwarder.counts).toMatchObject({ sent: 0, pending: 0, spooled: 10, takenOver: 0 });
  it.expectConservation();
  expect(readdirSync(it.directory)).toHaveLength(10);
  it.state.mood = 'accepting';
  await it.add('later');
  await it.until(() => it.forwarder.counts.sent === 11);
  expect(it.forwarder.counts).toMatchObject({ pending: 0, spooled: 10, takenOver: 10 });
  it.expectConservation();
  await it.forwarder.close();
  expect(readdirSync(it.directory)).toEqual([]);
});

test('payloads that do not fit the queue wait in the spool, and are sent after the outage', async () => {
  const it = setup();
  it.state.mood = 'down';
  for (const name of names(0, 40)) {
    await it.add(name);
    it.expectConservation();
  }
  expect(it.forwarder.counts).toMatchObject({ sent: 0, pending: 40, spooled: 0, takenOver: 0 });
  await it.until(() => readdirSync(it.directory).length > 30);
  expect(it.forwarder.queueBytes).toBeLessThanOrEqual(1000);
  it.state.mood = 'accepting';
  await it.until(() => it.forwarder.counts.sent === 40);
  expect([...it.accepted].sort()).toEqual(names(0, 40).sort());
  expect(it.forwarder.counts).toMatchObject({ pending: 0, spooled: 0, takenOver: 0 });
  it.expectConservation();
  await it.forwarder.close();
  expect(readdirSync(it.directory)).toEqual([]);
  expect(it.forwarder).toMatchObject({ queueBytes: 0, spoolBytes: 0 });
});

test('payloads from the spool are sent oldest first', async () => {
  const it = setup();
  it.state.mood = 'down';
  for (const name of names(0, 20)) {
    await it.add(name);
    await it.time.pass(10);
  }
  await it.until(() => readdirSync(it.directory).length > 10);
  const spooled = readdirSync(it.directory).length;
  it.state.mood = 'accepting';
  await it.until(() => it.forwarder.counts.sent === 20);
  const old = it.accepted.filter((name) => Number(name.slice(4)) < spooled);
  expect(old).toEqual(names(0, spooled));
});

test('payloads left at the end are sent by the next process, once the intake has accepted a payload of its own', async () => {
  const before = setup();
  before.state.mood = 'forbidden';
  for (const name of names(0, 5)) {
    await before.add(name);
    await before.time.pass(10);
  }
  await before.forwarder.close();
  before.expectConservation();
  expect(before.forwarder.counts).toMatchObject({ sent: 0, pending: 0, spooled: 5 });
  expect(sum(before.forwarder.counts.dropped)).toBe(0);
  expect(readdirSync(before.directory)).toHaveLength(5);

  const next = setup({ directory: before.directory, time: before.time });
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  await next.time.pass(120_000);
  expect(next.state.requests).toBe(0);
  await next.add('new');
  await next.until(() => next.forwarder.counts.sent === 6);
  expect(next.accepted).toEqual(['new', ...names(0, 5)]);
  expect(next.forwarder.counts).toMatchObject({ pending: 0, spooled: 0, takenOver: 5 });
  next.expectConservation();
  await next.forwarder.close();
  expect(readdirSync(before.directory)).toEqual([]);
});

test('payloads that are not compressed yet at the end wait for the next process, too', async () => {
  const before = setup();
  before.state.mood = 'down';
  const added = names(0, 12).map((name) => before.add(name));
  const closed = before.forwarder.close();
  const failures = await Promise.all(added);
  await closed;
  before.expectConservation();
  expect(before.forwarder.counts).toMatchObject({ spooled: 12, pending: 0 });
  for (const failure of failures) expect(failure).toMatchObject({ name: 'DeliveryError', rowsPending: 1, rowsDropped: 0 });
  const next = setup({ directory: before.directory, time: before.time });
  await next.add('new');
  await next.until(() => next.forwarder.counts.sent === 13);
});

test('payloads that another process leaves later are found within minutes', async () => {
  const it = setup();
  await it.add('first');
  const other = setup({ directory: it.directory, time: it.time });
  other.state.mood = 'down';
  await other.add('left');
  await other.forwarder.close();
  await it.until(() => it.accepted.length === 2, 1000);
  expect(it.accepted).toEqual(['first', 'left']);
});

test('nothing is lost when the intake fails again while the spool is sent', async () => {
  const it = setup();
  it.state.mood = 'down';
  for (const name of names(0, 80)) await it.add(name);
  await it.until(() => readdirSync(it.directory).length > 70);
  for (const mood of ['failing', 'forbidden', 'missing', 'down'] as const) {
    const { sent } = it.forwarder.counts;
    it.state.mood = 'accepting';
    await it.until(() => it.forwarder.counts.sent > sent + 3, 1000);
    it.state.mood = mood;
    const { requests } = it.state;
    await it.until(() => it.state.requests > requests, 1000);
    it.expectConservation();
  }
  it.state.mood = 'accepting';
  await it.until(() => it.forwarder.counts.sent === 80);
  expect([...it.accepted].sort()).toEqual(names(0, 80).sort());
  expect(sum(it.forwarder.counts.dropped)).toBe(0);
});

test('a payload from the spool is halved if it is too large, and dropped if it is refused', async () => {
  const it = setup({ maxQueueBytes: 0 });
  it.state.mood = 'down';
  await it.add(...names(0, 4));
  // Pushes the other payload out of the queue.
  await it.add('young');
  await it.until(() => readdirSync(it.directory).length === 1);
  // The first request is for the young payload, the second for the one from the spool, the others for its halves.
  it.state.next = ['accepting', 'tooLarge'];
  it.state.mood = 'accepting';
  await it.until(() => it.forwarder.counts.sent === 5);
  expect([...it.accepted].sort()).toEqual([...names(0, 4), 'young']);
  it.expectConservation();
  await it.until(() => readdirSync(it.directory).length === 0);

  it.state.mood = 'down';
  await it.add('bad');
  await it.add('young');
  await it.until(() => readdirSync(it.directory).length === 1);
  it.state.next = ['accepting'];
  it.state.mood = 'refusing';
  await it.until(() => it.forwarder.counts.dropped.refused === 1);
  it.expectConservation();
  await it.until(() => readdirSync(it.directory).length === 0);
});

test('damaged files are counted, and reported once', async () => {
  const before = setup();
  before.state.mood = 'down';
  for (const name of names(0, 3)) await before.add(name);
  await before.forwarder.close();
  for (const name of readdirSync(before.directory)) {
    const text = readFileSync(join(before.directory, name));
    text[100] ^= 1;
    writeFileSync(join(before.directory, name), text);
  }
  const next = setup({ directory: before.directory, time: before.time });
  next.state.mood = 'accepting';
  await next.add('new');
  await next.until(() => next.forwarder.counts.dropped.spoolCorrupt === 3);
  next.expectConservation();
  expect(next.errors.map(({ code }) => code)).toEqual(['ERR_THREADSTATS_SPOOL_CORRUPT']);
  expect(next.errors[0].message).toMatch(/^1 of 1 rows were not delivered: .*threadstats1-.*\.corrupt/);
});

test('payloads in the spool are dropped when they are too old for the intake', async () => {
  const it = setup({ maxQueueBytes: 0 });
  it.state.mood = 'down';
  await it.add('old');
  await it.add('young');
  await it.until(() => readdirSync(it.directory).length === 1);
  await it.time.pass(3000 * 1000 + 1);
  await it.add('new');
  await it.until(() => it.forwarder.counts.dropped.tooOld === 1);
  it.expectConservation();
});

test('a full spool drops its oldest payloads, and counts them', async () => {
  const it = setup({ maxQueueBytes: 0, maxBytes: 3 * 4096 });
  it.state.mood = 'down';
  for (const name of names(0, 10)) {
    await it.add(name);
    await it.time.pass(10);
  }
  await it.until(() => it.forwarder.counts.dropped.spoolFull >= 6);
  it.expectConservation();
  expect(it.errors.map(({ code }) => code)).toContain('ERR_THREADSTATS_SPOOL_FULL');
  expect(it.forwarder.spoolBytes).toBeLessThanOrEqual(3 * 4096);
});

test('with a directory that cannot be used, the client works as if it had none', async () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  const it = setup({ directory: file });
  it.state.mood = 'down';
  for (const name of names(0, 20)) await it.add(name);
  await it.until(() => it.forwarder.counts.dropped.queueFull > 10);
  it.expectConservation();
  const codes = it.errors.map(({ code }) => code);
  expect(codes.filter((code) => code === 'ERR_THREADSTATS_SPOOL')).toHaveLength(1);
  it.state.mood = 'accepting';
  await it.until(() => it.forwarder.counts.pending === 0);
  expect(it.forwarder.counts.sent).toBeGreaterThan(0);
  await it.forwarder.close();
  it.expectConservation();
});

const steps = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('add' as const), rows: fc.integer({ min: 1, max: 5 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('pass' as const), milliseconds: fc.constantFrom(20, 60, 1000, 70_000, 700_000) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('mood' as const),
      mood: fc.constantFrom(...(Object.keys(STATUSES) as Mood[]), 'accepting' as const, 'accepting' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('close' as const, 'crash' as const) }) },
);

test('rows are conserved, whatever the intake does and however processes end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 50 }), async (script) => {
      const options = { directory: temporaryDirectory(), time: fakeTime(), maxBytes: 8 * 4096 };
      let it = setup(options);
      let names = 0;
      const accepted: string[] = [];
      const added = new Set<string>();
      const crashed = new Set<string>();
      const end = (): void => {
        accepted.push(...it.accepted);
      };
      for (const step of script) {
        if (step.do === 'add') {
          const rows = Array.from({ length: step.rows }, () => `row ${names++}`);
          for (const row of rows) added.add(row);
          void it.add(...rows);
        } else if (step.do === 'pass') await it.time.pass(step.milliseconds);
        else if (step.do === 'mood') it.state.mood = step.mood;
        else if (step.do === 'settle') for (let turn = 0; turn < 30; turn++) await new Promise(setImmediate);
        else {
          if (step.do === 'close') {
            await it.forwarder.close();
            it.expectConservation();
            expect(it.forwarder.counts.pending).toBe(0);
          } else {
            // The crashed process may still finish its tasks, but reaches no intake.
            for (const row of added) crashed.add(row);
            it.state.mood = 'down';
          }
          end();
          it = setup(options);
        }
        await new Promise(setImmediate);
        it.expectConservation();
      }
      await it.forwarder.close();
      it.expectConservation();
      end();
      for (const row of accepted) expect(added).toContain(row);
      // A process that dies may have sent a payload without removing its file.
      const once = accepted.filter((row) => !crashed.has(row));
      expect(new Set(once).size).toBe(once.length);
    }),
    { numRuns: soakRuns(30, 600) },
  );
});
