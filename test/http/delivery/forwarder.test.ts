import { describe, expect, onTestFinished, test } from 'vitest';
import type { DeliveryError } from '../../../src/diagnostics/errors.js';
import { rowsDropped } from '../../../src/diagnostics/row-counts.js';
import { Delivery } from '../../../src/http/delivery/delivery.js';
import { Forwarder } from '../../../src/http/delivery/forwarder.js';
import type { Payload } from '../../../src/http/payload.js';
import { FakeTime, settle } from '../support/fake-time.js';
import { type Answer, payloadOf, ScriptedSender } from '../support/scripted-sender.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The outcome of a flush. */
interface Outcome {
  sent: number;
  pending: number;
  dropped: number;
  code?: string;
}

function setUp(answer?: ScriptedSender['answer'], maxQueueBytes = 2 ** 24) {
  const time = new FakeTime();
  const sender = new ScriptedSender(answer);
  const forwarder = new Forwarder(sender, { maxQueueBytes, time });
  const errors: DeliveryError[] = [];
  forwarder.onError = (error) => errors.push(error as DeliveryError);
  let rowsOut = 0;
  onTestFinished(() => forwarder.close());

  const expectConserved = (): void => {
    const { sent, pending } = forwarder.counts;
    expect(sent + pending + rowsDropped(forwarder.counts)).toBe(rowsOut);
  };
  /** Adds payloads as one flush does, and returns its outcome. */
  const flush = async (...payloads: Payload[]): Promise<Outcome> => {
    const delivery = new Delivery();
    for (const payload of payloads) {
      rowsOut += payload.rows;
      forwarder.add(payload, delivery);
    }
    const rows = payloads.reduce((sum, { rows }) => sum + rows, 0);
    try {
      await delivery.end();
      return { sent: rows, pending: 0, dropped: 0 };
    } catch (error) {
      const { rowsSent, rowsPending, rowsDropped, code } = error as DeliveryError;
      expect(rowsSent + rowsPending + rowsDropped).toBe(rows);
      return { sent: rowsSent, pending: rowsPending, dropped: rowsDropped, code };
    } finally {
      expectConserved();
    }
  };
  return { time, sender, forwarder, errors, flush, expectConserved };
}

const names = (count: number, prefix = 'm'): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe('while the intake accepts everything', () => {
  test('each payload is sent once, with at most four requests in flight', async () => {
    const { sender, forwarder, flush, time } = setUp(async () => {
      await settle();
      return 202;
    });
    const payloads = names(20).map((name) => payloadOf([name]));
    expect(await flush(...payloads)).toEqual({ sent: 20, pending: 0, dropped: 0 });
    expect([...sender.accepted].sort()).toEqual(names(20).sort());
    expect(sender.mostUnderWay).toBe(4);
    expect(forwarder).toMatchObject({ queueBytes: 0, retries: 0 });
    expect(time.timers).toBe(0);
  });

  test('a flush that is larger than the queue loses no rows', async () => {
    const { sender, forwarder, flush } = setUp(async () => {
      await settle();
      return 202;
    }, 1000);
    expect(await flush(...names(50).map((name) => payloadOf([name], 400)))).toEqual({ sent: 50, pending: 0, dropped: 0 });
    expect(sender.accepted).toEqual(names(50));
    expect(rowsDropped(forwarder.counts)).toBe(0);
  });

  test('an uncompressed body is copied only if it fills less than half of its buffer', async () => {
    const bodies: Uint8Array[] = [];
    const { sender, flush } = setUp(({ body }) => {
      bodies.push(body);
      return 202;
    });
    const large = Buffer.alloc(9000, ' ');
    large.write('{"series":[]}');
    await flush({ ...payloadOf(['a']), body: large }, { ...payloadOf(['b']), body: large.subarray(0, 100) });
    expect(sender.accepted).toEqual([]);
    expect(bodies[0]).toBe(large);
    expect(bodies[1].buffer.byteLength).toBe(100);
  });

  test.each(['gzip', 'deflate'] as const)('a payload compressed with %s can be halved', async (compression) => {
    const { sender, flush } = setUp((_, { length }) => (length > 3 ? 413 : 202));
    expect(await flush({ ...payloadOf(names(10)), compression })).toEqual({ sent: 10, pending: 0, dropped: 0 });
    expect([...sender.accepted].sort()).toEqual(names(10));
  });
});

describe('while the intake fails', () => {
  const OUTAGES: Answer[] = [500, 502, 503, 504, 408, 429, 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'CERT_HAS_EXPIRED', 302, 103];

  test.each(OUTAGES.map((answer) => [answer]))(
    'with %s, rows are kept, one request is made at a time, and all rows arrive in order',
    async (answer) => {
      let isDown = true;
      const { time, sender, forwarder, errors, flush } = setUp(() => (isDown ? answer : 202));
      expect(await flush(payloadOf(['m0']))).toMatchObject({ sent: 0, pending: 1 });
      sender.mostUnderWay = 0;
      for (let i = 1; i < 60; i++) {
        await time.pass(10 * SECOND);
        expect(await flush(payloadOf([`m${i}`]))).toMatchObject({ sent: 0, pending: 1 });
      }
      expect(sender.mostUnderWay).toBe(1);
      // In ten minutes: at first more often, then at most a minute apart.
      expect(sender.requests.length).toBeLessThan(35);
      expect(sender.requests.length).toBeGreaterThan(5);
      expect(forwarder.counts).toMatchObject({ sent: 0, pending: 60 });
      isDown = false;
      await time.pass(2 * MINUTE);
      // An endpoint that fails by itself may have been tried with a younger payload.
      const [first] = sender.accepted;
      expect(sender.accepted).toEqual([first, ...names(60).filter((name) => name !== first)]);
      if (![408, 500, 502, 504].includes(answer as number)) expect(first).toBe('m0');
      expect(forwarder.counts).toMatchObject({ sent: 60, pending: 0 });
      expect(forwarder.queueBytes).toBe(0);
      expect(time.timers).toBe(0);
      // The first flush has reported the outage.
      expect(errors).toEqual([]);
      expect(await flush(payloadOf(['later']))).toMatchObject({ sent: 1 });
    },
  );

  test('retries are delayed by full jitter below 1, 2, 4, ... and 60 seconds', async () => {
    const { time, sender, flush } = setUp(() => 503);
    const moments: number[] = [];
    const { answer } = sender;
    sender.answer = (...request) => {
      moments.push(time.nowMilliseconds);
      return answer(...request);
    };
    time.chance = () => 0.999;
    await flush(payloadOf(['m']));
    await time.pass(10 * MINUTE);
    const gaps = moments.slice(1).map((moment, i) => Math.round((moment - moments[i]) / SECOND));
    expect(gaps.slice(0, 9)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    time.chance = () => 0;
    moments.length = 0;
    await time.pass(61 * SECOND);
    // There is always a pause.
    expect(moments.length).toBeLessThan(700);
  });

  test.each([
    [429, { 'retry-after': '30' }, 30],
    [429, { 'x-ratelimit-reset': '7' }, 7],
    [503, { 'retry-after': '120' }, 120],
    [429, { 'retry-after': '99999999999' }, 300],
    [429, { date: 'Thu, 01 Jan 2026 00:00:00 GMT', 'retry-after': 'Thu, 01 Jan 2126 00:00:00 GMT' }, 300],
    [403, {}, 45],
    [401, {}, 45],
  ])('a payload refused with %i and %j is retried after %i seconds', async (statusCode, headers, seconds) => {
    const { time, sender, flush } = setUp(() => ({ statusCode, headers: headers as Record<string, string> }));
    time.chance = () => 0;
    await flush(payloadOf(['m']));
    await time.pass(seconds * SECOND - 2);
    await flush(payloadOf(['n']));
    expect(sender.requests).toHaveLength(1);
    sender.answer = () => 202;
    await time.pass(2);
    expect(sender.accepted).toEqual(['m', 'n']);
  });

  test('a flush does not wait for the end of an outage', async () => {
    let fail: (answer: string) => void = () => {};
    const { flush } = setUp(() => new Promise<string>((resolve) => (fail = resolve)));
    const waiting = flush(...names(12).map((name) => payloadOf([name])));
    await settle();
    fail('ETIMEDOUT');
    await settle();
    // Three requests of the first flush are still in flight, so it has not ended.
    const later = await flush(payloadOf(['later']));
    expect(later).toMatchObject({ pending: 1, code: 'ERR_THREADSTATS_INTAKE_TIMEOUT' });
    void waiting;
  });

  test('requests that are in flight together and fail count as one failure', async () => {
    const { time, sender, flush } = setUp(async () => {
      await settle();
      return 'ECONNRESET';
    });
    time.chance = () => 0.999;
    expect(await flush(...names(4).map((name) => payloadOf([name])))).toMatchObject({ pending: 4 });
    expect(sender.requests).toHaveLength(4);
    await time.pass(SECOND);
    expect(sender.requests).toHaveLength(5);
  });

  test('an endpoint that fails does not delay other endpoints', async () => {
    const { time, sender, forwarder, flush } = setUp(({ path }) => (path.endsWith('series') ? 202 : 500));
    expect(await flush(payloadOf(['d'], 0, '/api/v1/distribution_points'))).toMatchObject({ pending: 1 });
    expect(await flush(payloadOf(['m']))).toMatchObject({ sent: 1 });
    await time.pass(MINUTE);
    expect(await flush(payloadOf(['n']))).toMatchObject({ sent: 1 });
    expect(sender.accepted).toEqual(['m', 'n']);
    expect(forwarder.counts.pending).toBe(1);
  });

  test('a payload that fails does not delay other payloads for long', async () => {
    const { time, sender, forwarder, flush } = setUp((_, [name]) => (name === 'poison' ? 500 : 202));
    await flush(payloadOf(['poison']));
    for (let i = 0; i < 60; i++) {
      await flush(payloadOf([`m${i}`]));
      await time.pass(10 * SECOND);
    }
    expect(sender.accepted.length).toBeGreaterThan(50);
    await time.pass(50 * MINUTE);
    await flush(payloadOf(['last']));
    expect(forwarder.counts.dropped.tooOld).toBe(1);
    expect(forwarder.counts).toMatchObject({ sent: 61, pending: 0 });
  });
});

describe('a refused payload', () => {
  test('is halved after 413 until a single row is dropped', async () => {
    const { sender, forwarder, flush } = setUp((_, all) => (all.includes('huge') ? 413 : 202));
    const all = [...names(9), 'huge', ...names(7, 'n')];
    expect(await flush(payloadOf(all))).toEqual({
      sent: 16,
      pending: 0,
      dropped: 1,
      code: 'ERR_THREADSTATS_INTAKE_TOO_LARGE',
    });
    expect([...sender.accepted].sort()).toEqual(all.filter((name) => name !== 'huge').sort());
    expect(forwarder.counts.dropped).toMatchObject({ tooLarge: 1, refused: 0 });
    expect(forwarder.queueBytes).toBe(0);
  });

  test('is dropped after a few requests if even small bodies get 413, and later payloads are halved again', async () => {
    const { sender, forwarder, flush } = setUp(() => 413);
    expect(await flush(payloadOf(names(1000), 400))).toMatchObject({ sent: 0, dropped: 1000 });
    // 400 kB are eight parts of less than 64 kB, all of which get the same response.
    expect(sender.requests.length).toBeLessThan(50);
    expect(forwarder.counts.dropped.tooLarge).toBe(1000);
    sender.answer = (_, { length }) => (length > 2 ? 413 : 202);
    await flush(payloadOf(['a']));
    expect(await flush(payloadOf(names(8)))).toMatchObject({ sent: 8 });
  });

  test('is not retried after 400, but halved once if it is large', async () => {
    const { sender, forwarder, flush } = setUp((_, all) => (all.includes('bad') ? 400 : 202));
    expect(await flush(payloadOf(['bad', 'good']))).toMatchObject({ dropped: 2, code: 'ERR_THREADSTATS_INTAKE_BAD_REQUEST' });
    expect(sender.requests).toHaveLength(1);
    expect(await flush(payloadOf(['bad', ...names(99)], 1000))).toMatchObject({ sent: 50, dropped: 50 });
    expect(sender.requests).toHaveLength(4);
    expect(forwarder.counts.dropped.refused).toBe(52);
  });

  test('is dropped after the fourth 404', async () => {
    const { time, sender, forwarder, errors, flush } = setUp(() => 404);
    expect(await flush(payloadOf(['m']))).toMatchObject({ pending: 1 });
    await time.pass(HOUR / 2);
    expect(sender.requests).toHaveLength(4);
    expect(forwarder.counts.dropped.refused).toBe(1);
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_INTAKE_NOT_FOUND', rowsDropped: 1 }]);
  });

  test('is not even sent if it exceeds the limits of its endpoint, and only a row that is too large is dropped', async () => {
    const { sender, flush } = setUp();
    const large = names(5).map((name) => name.padEnd(150_000, 'x'));
    expect(await flush(payloadOf(large))).toMatchObject({ sent: 5 });
    expect(Math.max(...sender.requests.map(({ bytes }) => bytes))).toBeLessThanOrEqual(512_000);
    expect(await flush(payloadOf(['a', 'b'.repeat(600_000), 'c']))).toMatchObject({ sent: 2, dropped: 1 });
    expect(sender.accepted.slice(-2).sort()).toEqual(['a', 'c']);
  });

  test('is not halved if it is an event', async () => {
    const { forwarder, flush } = setUp(() => 413);
    const body = JSON.stringify({ title: 'e', text: '{"series":[1,2]}' });
    expect(await flush({ path: '/api/v1/events', compression: 'none', body, rows: 1 })).toMatchObject({ dropped: 1 });
    expect(forwarder.counts.dropped.tooLarge).toBe(1);
  });

  test('is dropped and reported if the failure is not the intake’s', async () => {
    const { flush } = setUp(() => {
      throw new RangeError('broken');
    });
    expect(await flush(payloadOf(['m']))).toMatchObject({ dropped: 1, code: 'ERR_THREADSTATS_DELIVERY' });
  });
});

describe('the queue', () => {
  test('drops the oldest payloads when it is full, and reports this once in an outage', async () => {
    let isDown = true;
    const { time, sender, forwarder, errors, flush } = setUp(() => (isDown ? 503 : 202), 10_000);
    for (let i = 0; i < 30; i++) {
      await flush(payloadOf([`m${i}`], 900));
      expect(forwarder.queueBytes).toBeLessThanOrEqual(10_000);
      await time.pass(SECOND);
    }
    expect(forwarder.counts.dropped.queueFull).toBe(20);
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_QUEUE_FULL', message: expect.stringContaining('`maxQueueBytes`') }]);
    isDown = false;
    await time.pass(5 * MINUTE);
    expect(sender.accepted).toEqual(names(30).slice(20));
  });

  test('keeps the last payload even if it is too large, so that the end of the outage is noticed', async () => {
    let isDown = true;
    const { time, sender, forwarder, flush } = setUp(() => (isDown ? 503 : 202), 0);
    await flush(payloadOf(['a']));
    await flush(payloadOf(['b']));
    await flush(payloadOf(['c']));
    expect(forwarder.counts).toMatchObject({ sent: 0, pending: 1, dropped: { queueFull: 2 } });
    isDown = false;
    await time.pass(MINUTE);
    await flush(payloadOf(['d']));
    expect(sender.accepted).toEqual(['c', 'd']);
    expect(forwarder.counts).toMatchObject({ sent: 2, pending: 0 });
  });

  test('drops payloads that are 50 minutes old', async () => {
    const { time, forwarder, errors, flush } = setUp(() => 503);
    await flush(payloadOf(['old']));
    await time.pass(49 * MINUTE);
    await flush(payloadOf(['young']));
    expect(forwarder.counts.pending).toBe(2);
    await time.pass(2 * MINUTE);
    expect(forwarder.counts).toMatchObject({ pending: 1, dropped: { tooOld: 1 } });
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_TOO_OLD', rowsDropped: 1 }]);
  });

  test('survives the sleep of the machine: young payloads are sent, and old ones dropped without a request', async () => {
    const { time, sender, forwarder, flush } = setUp(() => 503);
    for (let i = 0; i < 20; i++) await flush(payloadOf([`m${i}`]));
    await time.pass(MINUTE);
    const before = sender.requests.length;
    sender.answer = () => 202;
    await time.suspend(20 * MINUTE);
    expect(sender.accepted).toEqual(names(20));
    expect(sender.requests.length - before).toBe(20);
    sender.answer = () => 503;
    await flush(payloadOf(['stale']));
    const requests = sender.requests.length;
    sender.answer = () => 202;
    await time.suspend(5 * HOUR);
    expect(sender.requests).toHaveLength(requests);
    expect(forwarder.counts).toMatchObject({ sent: 20, pending: 0, dropped: { tooOld: 1 } });
  });

  test('loses no young payload and sends none twice when the wall clock is set', async () => {
    const { time, sender, forwarder, flush } = setUp(() => 503);
    await flush(payloadOf(['a']));
    time.epochOffsetSeconds -= 10 * 365 * 86_400;
    await flush(payloadOf(['b']));
    time.epochOffsetSeconds += 600;
    sender.answer = () => 202;
    await time.pass(2 * MINUTE);
    expect(sender.accepted).toEqual(['a', 'b']);
    expect(forwarder.counts).toMatchObject({ sent: 2, pending: 0 });
  });

  test('keeps its size during a day without an intake', async () => {
    const maxQueueBytes = 200_000;
    const { time, sender, forwarder, errors, flush, expectConserved } = setUp(() => 'ECONNREFUSED', maxQueueBytes);
    sender.requests.push = () => 0;
    let requests = 0;
    sender.answer = () => {
      requests++;
      return 'ECONNREFUSED';
    };
    const heaps: number[] = [];
    let largest = 0;
    for (let i = 0; i < 8640; i++) {
      await flush(payloadOf([`m${i}`], 1000), payloadOf([`d${i}`], 200, '/api/v1/distribution_points'));
      await time.pass(10 * SECOND);
      largest = Math.max(largest, forwarder.queueBytes);
      if (i % 2880 === 2879) heaps.push(process.memoryUsage().arrayBuffers);
    }
    expectConserved();
    expect(largest).toBeLessThanOrEqual(maxQueueBytes);
    expect(largest).toBeGreaterThan(maxQueueBytes * 0.9);
    expect(forwarder.counts.pending).toBeLessThan(600);
    // The queue, and some garbage.
    expect(Math.max(...heaps)).toBeLessThan(64 * 2 ** 20);
    // Full jitter up to a minute is half a minute on average.
    expect(requests).toBeLessThan(3500);
    expect(errors).toHaveLength(1);
    expect(time.timers).toBe(1);
  });
});

describe('at the end', () => {
  test('draining retries soon, and flushes wait for their rows', async () => {
    const { time, sender, forwarder, flush } = setUp(() => 503);
    time.chance = () => 0.9;
    await flush(payloadOf(['before']));
    await time.pass(10 * MINUTE);
    expect(time.keepsAlive).toBe(false);
    const drained = forwarder.drain(5 * SECOND);
    expect(time.keepsAlive).toBe(true);
    const flushed = flush(payloadOf(['last']));
    await time.pass(2 * SECOND);
    sender.answer = () => 202;
    await time.pass(3 * SECOND);
    await drained;
    expect(await flushed).toEqual({ sent: 1, pending: 0, dropped: 0 });
    expect(sender.accepted).toEqual(['before', 'last']);
    expect(time.timers).toBe(0);
  });

  test('draining nothing takes no time', async () => {
    const { time, forwarder } = setUp();
    await forwarder.drain(5 * SECOND);
    expect(time.nowMilliseconds).toBe(0);
    expect(time.timers).toBe(0);
  });

  test.each([
    [503, 'makes a last attempt, and ends when the time is over', {}, 5 * SECOND],
    [403, 'makes a last attempt, and ends when the time is over', {}, 5 * SECOND],
    [429, 'does not wait when the server allows nothing within the time', { 'retry-after': '60' }, 0],
  ])('draining while the intake responds with %i %s', async (statusCode, _, headers, milliseconds) => {
    const { time, forwarder, flush } = setUp(() => ({ statusCode, headers: headers as Record<string, string> }));
    await flush(payloadOf(['m']));
    let end: number | undefined;
    const drained = forwarder.drain(5 * SECOND).then(() => {
      end = time.nowMilliseconds;
    });
    const flushed = flush(payloadOf(['n']));
    await time.pass(milliseconds);
    await drained;
    expect(end).toBeLessThanOrEqual(milliseconds);
    expect(await flushed).toMatchObject({ pending: 1 });
    expect(time.keepsAlive).toBe(false);
  });

  test.each([401, 403, 302, 503])(
    'draining tries again soon after a response %i, and sends what is accepted then',
    async (status) => {
      const { time, sender, forwarder, flush } = setUp(() => status);
      await flush(payloadOf(['before']));
      void forwarder.drain(10 * SECOND);
      await time.pass(4 * SECOND);
      expect(sender.requests.length).toBeGreaterThan(2);
      sender.answer = () => 202;
      await time.pass(6 * SECOND);
      expect(sender.accepted).toEqual(['before']);
    },
  );

  test.each([0.3, 1, 5, 10])(
    'the last attempt of draining for %d s comes within its time, however long backoff is',
    async (seconds) => {
      const { time, sender, forwarder, flush } = setUp(() => 503);
      time.chance = () => 0.999;
      await flush(payloadOf(['m']));
      await time.pass(10 * MINUTE);
      const before = sender.requests.length;
      const begin = time.nowMilliseconds;
      const drained = forwarder.drain(seconds * SECOND);
      let lastMilliseconds = 0;
      sender.answer = () => {
        lastMilliseconds = time.nowMilliseconds - begin;
        return 503;
      };
      await time.pass(seconds * SECOND);
      await drained;
      expect(sender.requests.length).toBeGreaterThan(before);
      expect(lastMilliseconds).toBe(seconds * SECOND - Math.min(500, (seconds * SECOND) / 2));
    },
  );

  test('a retry at once is one request for each endpoint, and keeps the backoff of an intake that still fails', async () => {
    const { time, sender, forwarder, flush } = setUp(() => 503);
    time.chance = () => 0.999;
    await flush(payloadOf(['a']), payloadOf(['b']));
    await time.pass(10 * MINUTE);
    const before = sender.requests.length;
    await forwarder.retryNow();
    expect(sender.requests).toHaveLength(before + 1);
    await time.pass(10 * SECOND);
    expect(sender.requests).toHaveLength(before + 1);
    sender.answer = () => 202;
    await forwarder.retryNow();
    await time.pass(0);
    expect(sender.accepted.sort()).toEqual(['a', 'b']);
  });

  test('a retry at once is not made before the server allows it', async () => {
    const { time, sender, forwarder, flush } = setUp(() => ({ statusCode: 429, headers: { 'retry-after': '60' } }));
    await flush(payloadOf(['a']));
    await forwarder.retryNow();
    expect(sender.requests).toHaveLength(1);
    sender.answer = () => 202;
    await time.pass(2 * MINUTE);
    expect(sender.accepted).toEqual(['a']);
  });

  test('closing drops everything unsent, and nothing is sent afterwards', async () => {
    const { time, sender, forwarder, errors, flush, expectConserved } = setUp(() => 503);
    await flush(payloadOf(['a']), payloadOf(['b']));
    sender.answer = () => new Promise(() => {});
    await time.pass(MINUTE);
    expect(sender.underWay).toBe(1);
    const flushed = flush(payloadOf(['c']), payloadOf(['d']));
    await forwarder.close();
    expect(await flushed).toMatchObject({ sent: 0 });
    expectConserved();
    expect(forwarder.counts).toMatchObject({ sent: 0, pending: 0, dropped: { closed: 4 } });
    expect(forwarder.queueBytes).toBe(0);
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_REPORTER_CLOSED' }]);
    const { length } = sender.requests;
    expect(await flush(payloadOf(['e']))).toMatchObject({ dropped: 1, code: 'ERR_THREADSTATS_REPORTER_CLOSED' });
    await time.pass(HOUR);
    expect(sender.requests).toHaveLength(length);
    expect(time.timers).toBe(0);
  });

  test('abandoning drops everything unsent, and payloads added afterwards are sent', async () => {
    const { time, sender, forwarder, errors, flush, expectConserved } = setUp(() => 503);
    await flush(payloadOf(['a']), payloadOf(['b']));
    sender.answer = () => new Promise(() => {});
    await time.pass(MINUTE);
    expect(sender.underWay).toBe(1);
    const flushed = flush(payloadOf(['c']));
    await forwarder.abandonPending();
    expect(await flushed).toMatchObject({ dropped: 1, pending: 0 });
    expectConserved();
    expect(forwarder.counts).toMatchObject({ sent: 0, pending: 0, dropped: { closed: 3 } });
    expect(forwarder.queueBytes).toBe(0);
    expect(sender.underWay).toBe(0);
    expect(time.keepsAlive).toBe(false);
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_REPORTER_CLOSED' }]);
    sender.answer = () => 202;
    void flush(payloadOf(['d']));
    await time.pass(MINUTE);
    expect(sender.accepted).toEqual(['d']);
    expectConserved();
    await forwarder.close();
    await forwarder.abandonPending();
    expect(await flush(payloadOf(['e']))).toMatchObject({ dropped: 1 });
  });

  test('an outage that begins when no flush waits is reported once', async () => {
    const { time, sender, errors, flush } = setUp(() => 503);
    await flush(...names(8).map((name) => payloadOf([name])));
    let left = 3;
    sender.answer = () => (left-- > 0 ? 202 : 'ECONNREFUSED');
    await time.pass(10 * MINUTE);
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_INTAKE_UNREACHABLE', rowsPending: 5, rowsDropped: 0 }]);
  });
});
