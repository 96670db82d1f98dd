// Whatever an intake does, every row that was handed over is sent, pending or dropped at any moment.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowsDropped } from '../../../src/diagnostics/row-counts.js';
import { Delivery } from '../../../src/http/delivery/delivery.js';
import { Forwarder } from '../../../src/http/delivery/forwarder.js';
import { HttpReporter } from '../../../src/http/http-reporter.js';
import { type ScriptedAnswer, startIntake } from '../../../src/intake/index.js';
import { repetitions, soakRuns } from '../../engine/support/variants.js';
import { PATIENT } from '../../support/patience.js';
import { unusedUrl } from '../../support/unused-url.js';
import { FakeTime, settle } from '../support/fake-time.js';
import { useQuickRetries } from '../support/quick-retries.js';
import { distribution, metric } from '../support/rows.js';
import { type Answer, payloadOf, ScriptedSender } from '../support/scripted-sender.js';
import { serveSecurely, type TestServer } from '../support/server.js';

const PATHS = ['/api/v2/series', '/api/v1/distribution_points'];

const answer = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Answer>(202) },
  fc.constantFrom<Answer>(200, 204, 302, 400, 401, 403, 404, 405, 408, 413, 429, 500, 503, 'ECONNRESET', 'ETIMEDOUT'),
  fc.nat(1e6).map((seconds): Answer => ({ statusCode: 429, headers: { 'retry-after': String(seconds) } })),
);

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      rows: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
      path: fc.constantFrom(...PATHS),
      rowBytes: fc.constantFrom(1, 1000, 20_000),
      compression: fc.constantFrom('none', 'gzip' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ passSeconds: fc.constantFrom(0, 1, 10, 300) }) },
  fc.record({ sleepSeconds: fc.constantFrom(60, 7200) }),
  fc.record({ clockSeconds: fc.constantFrom(-7200, 7200) }),
  fc.record({ drainSeconds: fc.constantFrom(0, 1, 5) }),
);

useQuickRetries();

test('every row is accounted for after each step of any script of flushes, answers, pauses and clock changes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.array(answer, { minLength: 1, maxLength: 30 }),
      fc.constantFrom(0, 20_000, 2 ** 24),
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 5 }),
      async (steps, answers, maxQueueBytes, chances) => {
        const time = new FakeTime();
        let draws = 0;
        time.chance = () => chances[draws++ % chances.length];
        let calls = 0;
        const sender = new ScriptedSender(() => answers[calls++ % answers.length]);
        const forwarder = new Forwarder(sender, { maxQueueBytes, time });
        let rowsOut = 0;
        let names = 0;
        const flushes: Promise<void>[] = [];
        const conserve = (): void => {
          const { sent, pending } = forwarder.counts;
          expect(sent + pending + rowsDropped(forwarder.counts)).toBe(rowsOut);
          expect(sent).toBe(sender.accepted.length);
          if (pending === 0) expect(forwarder.queueBytes).toBe(0);
        };
        for (const action of steps) {
          if ('rows' in action) {
            const delivery = new Delivery();
            let rows = 0;
            for (const count of action.rows) {
              rows += count;
              rowsOut += count;
              const payload = payloadOf(
                Array.from({ length: count }, () => `n${names++}`),
                action.rowBytes,
                action.path,
              );
              forwarder.add({ ...payload, compression: action.compression }, delivery);
            }
            const ended = delivery.end().catch(({ rowsSent, rowsPending, rowsDropped }) => {
              expect(rowsSent + rowsPending + rowsDropped).toBe(rows);
            });
            flushes.push(ended);
          } else if ('passSeconds' in action) await time.pass(action.passSeconds * 1000);
          else if ('sleepSeconds' in action) await time.suspend(action.sleepSeconds * 1000);
          else if ('clockSeconds' in action) time.epochOffsetSeconds += action.clockSeconds;
          else void forwarder.drain(action.drainSeconds * 1000);
          // Compressing takes its turns of the real event loop.
          do await settle();
          while (sender.underWay > 0);
          conserve();
        }
        await forwarder.close();
        await Promise.all(flushes);
        conserve();
        expect(forwarder.counts.pending).toBe(0);
        expect(forwarder.queueBytes).toBe(0);
        expect(time.timers).toBe(0);
        expect(new Set(sender.accepted).size).toBe(sender.accepted.length);
      },
    ),
    { numRuns: soakRuns(repetitions(100, 20), repetitions(1500, 200)) },
  );
});

const HOSTILE: [string, ScriptedAnswer][] = [
  ['a reset', { fault: 'reset' }],
  ['a reset amid the body', { fault: 'reset-mid-body' }],
  ['silence', { fault: 'hang' }],
  ['a half answer', { statusCode: 202, delivery: 'half', body: 'x'.repeat(100) }],
  ['half of a failure', { statusCode: 500, delivery: 'half', body: 'x'.repeat(100) }],
  ['a slow failure', { statusCode: 503, delivery: 'slow' }],
  ['an endless failure', { statusCode: 500, delivery: 'endless' }],
  ['an endless success', { statusCode: 202, delivery: 'endless' }],
  ['another type', { statusCode: 202, headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ['no body', { statusCode: 204, body: '' }],
  ['a redirect', { statusCode: 302, headers: { location: 'http://127.0.0.1:9/' } }],
  ['a limit', { statusCode: 429, headers: { 'retry-after': '0' } }],
  ['garbage', { raw: 'SSH-2.0-OpenSSH\r\n' }],
  ['nothing', { raw: '' }],
  ['an accepted request whose answer is lost', { raw: '', statusCode: 202 }],
  ['a hint before the answer', { raw: 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n', statusCode: 202 }], // biome-ignore format: one line
  ['a good answer on a connection that then closes', { raw: 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n', statusCode: 202 }], // biome-ignore format: one line
  ['a status of no meaning', { raw: 'HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n' }],
];

/** A reporter that is closed when its scope ends. */
function reporterTo(url: string): HttpReporter & AsyncDisposable {
  const reporter = new HttpReporter({ url, apiKey: 'key', timeout: 0.3 }, {});
  return Object.assign(reporter, { [Symbol.asyncDispose]: () => reporter.close() });
}

function expectConserved({ telemetry }: HttpReporter, rowsOut: number): void {
  const rows = telemetry.rows!;
  expect(rows.sent + rows.pending + rowsDropped(rows)).toBe(rowsOut);
}

describe.concurrent('over sockets', () => {
  test.each(HOSTILE)('no row is lost when two requests meet %s', async (_, answer) => {
    await using intake = await startIntake();
    await using reporter = reporterTo(intake.url);
    intake.answer(answer, { times: 2 });
    const flushed = reporter.flushMetrics([metric({ metric: 'a' }), metric({ metric: 'b' })]).catch(() => {});
    // Rows are counted once they are encoded, which may take several turns of the event loop.
    await intake.waitFor(({ requests }) => requests.length > 0, PATIENT);
    expectConserved(reporter, 2);
    await flushed;
    expectConserved(reporter, 2);
    await reporter.flushDistributions([distribution()]).catch(() => {});
    expectConserved(reporter, 3);
    await reporter.drain(40_000);
    expect(reporter.telemetry.rows).toMatchObject({ sent: 3, pending: 0 });
    expect(new Set(intake.metrics.map((row) => row.metric))).toEqual(new Set(['a', 'b']));
    expect(rowsDropped(reporter.telemetry.rows!)).toBe(0);
  });
});

describe('while no request can reach the intake', () => {
  test.each<[string, () => Promise<Partial<TestServer> & { url: URL }>, protocol?: string]>([
    ['a name that does not exist', async () => ({ url: new URL('http://intake.invalid') })],
    ['a port at which nobody listens', async () => ({ url: await unusedUrl() })],
    ['a certificate that is not trusted', () => serveSecurely((_, response) => response.writeHead(202).end())],
    ['HTTP where TLS is spoken', () => serveSecurely(() => {}), 'http'],
  ])('rows stay pending until close() drops them when there is %s', async (_, serverOf, protocol = 'https') => {
    const server = await serverOf();
    await using reporter = reporterTo(server.url.href.replace('https', protocol));
    const failure = await reporter.flushMetrics([metric()]).catch((error) => error);
    expect(failure).toMatchObject({ rowsSent: 0, rowsPending: 1, rowsDropped: 0 });
    expectConserved(reporter, 1);
    await reporter.flushEvents([{ title: 't', text: '' }]).catch(() => {});
    expectConserved(reporter, 2);
    await reporter.close();
    expect(reporter.telemetry.rows).toMatchObject({ sent: 0, pending: 0, dropped: { closed: 2 } });
  });
});
