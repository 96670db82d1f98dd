import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { type SliceReporter, sliceReporter } from '../../src/flush/slice-reporter.js';
import { DeliveryError, type EventRow, HttpReporter, MemoryReporter, type MetricRow, type Reporter } from '../../src/index.js';
import { startIntake } from '../../src/intake/index.js';
import { serve } from '../http/support/server.js';
import { deferred, rowsOf, startClient, thrower, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';
import { HOSTILE } from '../support/odd-values.js';

const FAILURES: [string, () => void | Promise<void>, object][] = [
  ['throws', thrower('lost'), { message: 'lost' }],
  ['rejects', () => Promise.reject(new RangeError('lost')), { name: 'RangeError', message: 'lost' }],
  ['rejects later', () => new Promise((_, reject) => setImmediate(reject, new Error('lost'))), { message: 'lost' }],
  ['rejects with nothing', () => Promise.reject(), { code: 'ERR_THREADSTATS_REPORTER', message: 'The reporter threw undefined' }],
  ['rejects with a text', () => Promise.reject('lost'), { message: "The reporter threw 'lost'" }],
  [
    'rejects with an object that cannot be printed',
    () => Promise.reject(Object.create(null)),
    { message: 'The reporter threw an object' },
  ],
  [
    'rejects with a proxy whose every operation throws',
    () => Promise.reject(HOSTILE),
    { message: 'The reporter threw a function' },
  ],
  ...['name', 'message', 'stack', 'code', 'cause'].map((key): [string, () => Promise<void>, object] => [
    `rejects with an error whose ${key} throws`,
    () => Promise.reject(Object.defineProperty(new Error('lost'), key, { get: thrower('hostile') })),
    { message: 'The reporter threw an object' },
  ]),
  ...['rowsSent', 'rowsPending', 'rowsDropped'].map((key): [string, () => Promise<void>, object] => [
    `rejects with a DeliveryError whose ${key} throws`,
    () => Promise.reject(Object.defineProperty(new DeliveryError('lost', 0, 2, new Error()), key, { get: thrower('hostile') })),
    { message: 'The reporter threw an object' },
  ]),
  [
    'rejects with an error whose name cannot be converted',
    () => Promise.reject(Object.assign(new Error('lost'), { name: Object.create(null) })),
    { message: 'The reporter threw an object' },
  ],
  ['rejects with a symbol', () => Promise.reject(Symbol('lost')), { message: 'The reporter threw a symbol' }],
  [
    'returns a thenable that rejects',
    // biome-ignore lint/suspicious/noThenProperty: promises of other libraries are thenables
    () => ({ then: (_: unknown, reject: (error: Error) => void) => reject(new Error('lost')) }) as never,
    { message: 'lost' },
  ],
];

describe.each(engineNames)('on the %s engine', (engine) => {
  function startWith(methods: Partial<Reporter>) {
    const memory = new MemoryReporter();
    const rig = startClient(engine, { reporter: Object.assign(memory, methods) });
    const record = (): void => {
      rig.stats.gauge('g', 1);
      rig.stats.gauge('h', 2);
      rig.stats.distribution('d', 3);
      rig.stats.event('e', '');
    };
    return { ...rig, memory, record };
  }

  test.each(FAILURES)('a reporter that %s loses the rows of that call, and no others', async (_, fail, error) => {
    const { stats, memory, record, errors } = startWith({ flushMetrics: fail });
    record();
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual({ metrics: 0, distributions: 1, events: 1, pending: 0 });
    expect(memory.distributions).toHaveLength(1);
    expect(memory.events).toHaveLength(1);
    expect(rowsOf(stats)).toEqual({ sent: 2, pending: 0, dropped: { reporter: 2 } });
    expect(errors).toMatchObject([error]);
    record();
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(errors).toHaveLength(2);
    expect(rowsOf(stats)).toEqual({ sent: 4, pending: 0, dropped: { reporter: 4 } });
    expect(stats.telemetry).toMatchObject({ flushes: 2, samples: 6, applied: 6 });
  });

  test('all three methods may fail in the same flush', async () => {
    const fail = () => Promise.reject(new Error('lost'));
    const { stats, record, errors } = startWith({ flushMetrics: fail, flushDistributions: fail, flushEvents: fail });
    record();
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual({ metrics: 0, distributions: 0, events: 0, pending: 0 });
    expect(errors).toHaveLength(3);
    expect(rowsOf(stats)).toEqual({ sent: 0, pending: 0, dropped: { reporter: 4 } });
  });

  test.each([
    [1, 1],
    [0, 0],
    [2, 2],
    [7, 2],
    [-1, 0],
    [Number.NaN, 0],
    [1.5, 1],
    [undefined as never, 0],
  ])('after a DeliveryError that says that %s of 2 rows were sent, %s count as sent', async (said, counted) => {
    const { stats, record, errors } = startWith({
      flushMetrics: () => Promise.reject(new DeliveryError('partly', said, 2 - said, new Error('cause'))),
    });
    record();
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: counted });
    expect(stats.telemetry.rows).toMatchObject({ sent: 2 + counted, pending: 0, dropped: { reporter: 2 - counted } });
    expect(errors).toMatchObject([{ message: 'partly', cause: { message: 'cause' } }]);
  });

  test('a method without rows is not called', async () => {
    const calls: string[] = [];
    const { stats } = startWith({
      flushMetrics: () => void calls.push('metrics'),
      flushDistributions: () => void calls.push('distributions'),
      flushEvents: () => void calls.push('events'),
    });
    await stats.flush(Number.POSITIVE_INFINITY);
    stats.distribution('d', 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    stats.event('e', '');
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(calls).toEqual(['distributions', 'events']);
  });

  test("a reporter's telemetry is included in the client's", async () => {
    const { stats } = startWith({ telemetry: { payloads: 3, bytesSent: 400, retries: 2 } } as Partial<Reporter>);
    expect(stats.telemetry).toMatchObject({ payloads: 3, bytesSent: 400, retries: 2 });
    const { stats: other } = startWith({ telemetry: { payloads: 1 } } as Partial<Reporter>);
    expect(other.telemetry).toMatchObject({ payloads: 1, bytesSent: 0, retries: 0 });
  });

  test('the three methods are called in order, without waiting for each other', async () => {
    const answer = deferred();
    const calls: string[] = [];
    const { stats, record } = startWith({
      flushMetrics: () => {
        calls.push('metrics');
        return answer.promise;
      },
      flushDistributions: () => {
        calls.push('distributions');
        return answer.promise;
      },
      flushEvents: () => {
        calls.push('events');
        answer.resolve();
      },
    });
    record();
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual({ metrics: 2, distributions: 1, events: 1, pending: 0 });
    expect(calls).toEqual(['metrics', 'distributions', 'events']);
  });

  test('the default reporter sends all three sorts at once, so that a server that does not answer costs one timeout', async () => {
    const waiting: ServerResponse[] = [];
    const { url } = await serve((_request, response) => {
      waiting.push(response);
      if (waiting.length === 3) for (const each of waiting) each.writeHead(202).end();
    });
    const { stats, errors } = startClient(engine, { reporter: undefined, url: url.href, apiKey: 'key' });
    stats.gauge('g', 1);
    stats.distribution('d', 1);
    stats.event('e', '');
    expect(await stats.stop()).toEqual({ metrics: 1, distributions: 1, events: 1, pending: 0 });
    expect(errors).toEqual([]);
  });

  describe('when a snapshot cannot be read', () => {
    const broken = (addsUntilFailure: number) => {
      let adds = 0;
      const pendingRows = { rows: 0, send: () => expect.fail('It was sent') };
      return () => ({
        metrics: pendingRows,
        distributions: { ...pendingRows },
        add({ length }: { length: number }) {
          if (adds++ === addsUntilFailure) throw new Error('no sink');
          pendingRows.rows += length;
        },
      });
    };
    const failures: [string, () => unknown][] = [
      ['the sink cannot be opened', thrower('no sink')],
      ['the first slice cannot be added', broken(0)],
      ['a later slice cannot be added', broken(1)],
    ];

    test.each(failures)('because %s, its rows count as dropped, and the next flush works', async (_, open) => {
      const slices = { openSink: open } as Partial<SliceReporter>;
      const { stats, memory, errors, clock } = startWith({ [sliceReporter]: slices } as Partial<Reporter>);
      const CONTEXTS = 20_000;
      for (let i = 0; i < CONTEXTS; i++) stats.gauge('g', i, [`i:${i}`]);
      stats.event('e', '');
      expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual({ metrics: 0, distributions: 0, events: 1, pending: 0 });
      expect(errors).toMatchObject([{ message: 'no sink' }]);
      expect(stats.telemetry.flushes).toBe(1);
      expect(rowsOf(stats)).toEqual({ sent: 1, pending: 0, dropped: { reporter: CONTEXTS } });
      const { engineBytes } = stats.telemetry;
      Reflect.deleteProperty(memory, sliceReporter);
      clock.seconds += 10;
      expect(await stats.flush()).toMatchObject({ metrics: 0 });
      for (let i = 0; i < CONTEXTS; i++) stats.gauge('g', i, [`i:${i}`]);
      expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: CONTEXTS });
      expect(stats.telemetry.engineBytes).toBe(engineBytes);
    });
  });

  test('a reporter may record samples while it is called', async () => {
    const { stats, memory } = startWith({
      flushEvents: (events: EventRow[]) => stats.increment('events.sent', events.length * 10),
    });
    stats.event('e', '');
    await stats.flush(Number.POSITIVE_INFINITY);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(memory)).toEqual({ 'events.sent': [1] });
  });

  test('methods are called on the reporter itself, so that it may have private fields', async () => {
    class Counting implements Reporter {
      #rows = 0;
      flushMetrics(rows: MetricRow[]): void {
        this.#rows += rows.length;
      }
      flushDistributions(): void {}
      flushEvents(): void {}
      get rows(): number {
        return this.#rows;
      }
    }
    const reporter = new Counting();
    const { stats } = startClient(engine, { reporter });
    stats.gauge('g', 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.rows).toBe(1);
  });

  test('a subclass of HttpReporter may change rows before they are sent', async () => {
    class Renaming extends HttpReporter {
      override flushMetrics(rows: MetricRow[]): Promise<void> {
        return super.flushMetrics(rows.map((row) => ({ ...row, metric: `renamed.${row.metric}` })));
      }
    }
    await using intake = await startIntake();
    const { stats } = startClient(engine, { reporter: new Renaming({ url: intake.url, apiKey: 'key' }) });
    stats.gauge('g', 1, ['a:b']);
    stats.distribution('d', 1);
    expect(await stats.stop()).toMatchObject({ metrics: 1, distributions: 1 });
    expect(intake.metrics).toMatchObject([{ metric: 'renamed.g', tags: ['a:b'] }]);
    expect(intake.distributions).toMatchObject([{ metric: 'd' }]);
  });

  test('the default reporter sends all three sorts, and counts the rows of a partial failure', async () => {
    await using intake = await startIntake();
    const { stats, errors } = startClient(engine, { reporter: undefined, url: intake.url, apiKey: 'key' });
    stats.increment('c', 10, ['a:b']);
    stats.distribution('d', 1);
    stats.event('e', 'text');
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual({ metrics: 1, distributions: 1, events: 1, pending: 0 });
    expect(intake.metrics).toMatchObject([{ metric: 'c', type: 'rate', points: [[expect.anything(), 1]], tags: ['a:b'] }]);
    expect(intake.distributions).toHaveLength(1);
    expect(intake.events).toMatchObject([{ title: 'e' }]);
    expect(stats.telemetry.payloads).toBe(3);
    expect(rowsOf(stats)).toEqual({ sent: 3, pending: 0, dropped: {} });
    expect(stats.telemetry.bytesSent).toBe(intake.requests.reduce((bytes, { bodyBytes }) => bytes + bodyBytes, 0));

    intake.answer({ statusCode: 400 }, { path: '/api/v1/events' });
    for (const title of ['one', 'two', 'three']) stats.event(title, 'text');
    stats.gauge('g', 1);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 1, events: 2 });
    expect(rowsOf(stats)).toEqual({ sent: 6, pending: 0, dropped: { refused: 1 } });
    expect(errors).toMatchObject([{ name: 'DeliveryError', rowsSent: 2, rowsDropped: 1 }]);
  });
});
