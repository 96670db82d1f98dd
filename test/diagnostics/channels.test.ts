import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { publishDrop } from '../../src/diagnostics/channels.js';
import { type ChannelMessages, HttpReporter } from '../../src/index.js';
import { startIntake } from '../../src/intake/index.js';
import { runFixture } from '../support/child-process.js';
import { dropsOf, startClient, thrower } from '../support/client.js';
import { engineNames } from '../support/engines.js';

/** Subscribes to a channel until the test ends. Returns the array that receives the messages. */
function watch<Name extends keyof ChannelMessages>(
  name: Name,
  onMessage: (message: ChannelMessages[Name]) => void = () => {},
): ChannelMessages[Name][] {
  const messages: ChannelMessages[Name][] = [];
  const subscriber = (message: unknown): void => {
    messages.push(message as ChannelMessages[Name]);
    onMessage(message as ChannelMessages[Name]);
  };
  subscribe(name, subscriber);
  onTestFinished(() => {
    unsubscribe(name, subscriber);
  });
  return messages;
}

const PAYLOAD: ChannelMessages['threadstats:payload'] = {
  path: '/api/v2/series',
  bytes: 100,
  rows: 7,
  statusCode: 503,
  errorCode: 'ERR_THREADSTATS_INTAKE_UNAVAILABLE',
  outcome: 'retry',
  attempt: 1,
  milliseconds: 3.5,
};

describe.each(engineNames)('on the %s engine', (engine) => {
  test('each flush is published with its result, even if it had nothing to report', async () => {
    const flushes = watch('threadstats:flush');
    const { stats } = startClient(engine);
    stats.gauge('a', 1);
    stats.distribution('b', 1);
    stats.event('title', 'text');
    const result = await stats.flush(Number.POSITIVE_INFINITY);
    await stats.flush();
    const nothing = { metrics: 0, distributions: 0, events: 0, pending: 0 };
    expect(flushes).toEqual([
      { ...result, milliseconds: expect.any(Number) },
      { ...nothing, milliseconds: expect.any(Number) },
    ]);
    expect(flushes[0].milliseconds + flushes[1].milliseconds).toBe(stats.telemetry.flushMilliseconds);
  });

  test('every drop is published with its reason, and the error once for each reason', async () => {
    const drops = watch('threadstats:drop');
    const errors = watch('threadstats:error');
    const rig = startClient(engine);
    for (let i = 0; i < 3; i++) rig.stats.gauge('', 1);
    rig.stats.event('', '');
    await Promise.resolve();
    const badName = { what: 'sample', reason: 'badName', count: 1 };
    expect(drops).toEqual([badName, badName, badName, { what: 'event', reason: 'badEvent', count: 1 }]);
    expect(errors).toEqual(rig.errors.map((error) => ({ error })));
    expect(errors).toHaveLength(2);
  });

  test('drops of the reason memoryLimit are published in groups, and not during a flush', async () => {
    const { stats } = startClient(engine, { maxMemoryBytes: 4 * 2 ** 20 });
    const drops = watch('threadstats:drop', () => stats.increment('dropped'));
    // Whole buffers are recorded, so that the samples of the subscriber fill none: their drops are counted, but not published.
    for (let i = 0; i < 977 * 1024; i++) stats.distribution('d', i);
    await stats.flush(Number.POSITIVE_INFINITY);
    const { memoryLimit } = dropsOf(stats);
    expect(memoryLimit).toBeGreaterThan(1000);
    expect(drops.length).toBeLessThan(memoryLimit / 100);
    expect(drops.reduce((sum, { count }) => sum + count, 0)).toBe(memoryLimit);
  });

  test('a subscriber may record, and the drops that it causes are counted', async () => {
    const { stats } = startClient(engine);
    const drops = watch('threadstats:drop', () => {
      stats.increment('dropped');
      stats.gauge('', 1);
    });
    stats.gauge('', 1);
    stats.gauge('', 1);
    await Promise.resolve();
    expect(drops).toHaveLength(2);
    expect(stats.telemetry).toMatchObject({ applied: 2, dropped: { badName: 4 } });
  });
});

test('an error is published even if onError throws', () => {
  const errors = watch('threadstats:error');
  const { stats } = startClient('js', { onError: thrower('from onError') });
  stats.gauge('', 1);
  expect(errors).toHaveLength(1);
});

test('each request of a payload is published, and so are dropped rows', async () => {
  await using intake = await startIntake();
  const payloads = watch('threadstats:payload');
  const drops = watch('threadstats:drop');
  const reporter = new HttpReporter({ apiKey: 'key', url: intake.url });
  const { stats } = startClient('js', { reporter });
  intake.answer({ statusCode: 503 });
  stats.gauge('a', 1);
  await stats.flush(Number.POSITIVE_INFINITY);
  await stats.stop();
  intake.answer({ statusCode: 400 });
  const other = startClient('js', { reporter: new HttpReporter({ apiKey: 'key', url: intake.url }) });
  other.stats.gauge('b', 1);
  await other.stats.flush(Number.POSITIVE_INFINITY);
  const same = { path: '/api/v2/series', bytes: expect.any(Number), rows: 1, milliseconds: expect.any(Number) };
  expect(payloads).toEqual([
    { ...same, outcome: 'retry', statusCode: 503, errorCode: expect.stringMatching(/^ERR_THREADSTATS_INTAKE_/), attempt: 1 },
    { ...same, outcome: 'accepted', statusCode: undefined, errorCode: undefined, attempt: 2 },
    { ...same, outcome: 'dropped', statusCode: 400, errorCode: 'ERR_THREADSTATS_INTAKE_BAD_REQUEST', attempt: 1 },
  ]);
  expect(drops).toEqual([{ what: 'row', reason: 'refused', count: 1 }]);
});

test('no message contains the API key, even if the intake repeats it', async () => {
  await using intake = await startIntake();
  const messages = [
    watch('threadstats:flush'),
    watch('threadstats:payload'),
    watch('threadstats:drop'),
    watch('threadstats:error'),
  ];
  const apiKey = '0123456789abcdef0123456789abcdef';
  intake.answer({ statusCode: 400, body: `the key ${apiKey} is bad` });
  const { stats } = startClient('js', { reporter: new HttpReporter({ apiKey, url: intake.url }) });
  stats.gauge('a', 1);
  await stats.flush(Number.POSITIVE_INFINITY);
  for (const channelMessages of messages) expect(channelMessages).not.toEqual([]);
  const options = { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null, maxArrayLength: null };
  expect(inspect(messages, options)).not.toContain(apiKey);
});

test('nothing is published to a channel without subscribers', () => {
  const publish = vi.spyOn(channel('threadstats:drop'), 'publish');
  publishDrop('row', 'any', 1, false);
  expect(publish).not.toHaveBeenCalled();
});

test('without node:diagnostics_channel nothing is published, and nothing fails', async () => {
  const errors = watch('threadstats:error');
  vi.resetModules();
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
  onTestFinished(() => {
    vi.restoreAllMocks();
    vi.resetModules();
  });
  const channels = await import('../../src/diagnostics/channels.js');
  channels.publishFlush({ metrics: 1, distributions: 0, events: 0, pending: 0, milliseconds: 1 });
  channels.publishPayload(PAYLOAD);
  channels.publishDrop('sample', 'badName', 1, true);
  channels.publishError(new Error('any'));
  expect(errors).toEqual([]);
});

test('an error of a subscriber is an uncaught exception of the process, and the client goes on', async () => {
  await using intake = await startIntake();
  const ended = await runFixture('watched', { env: { DD_URL: intake.url, DD_API_KEY: 'a-key', THROW: 'yes' } });
  expect(ended).toMatchObject({ stderr: '', exitCode: 0 });
  expect(ended.stdout).toMatch(/^uncaught from a subscriber$/m);
  expect(ended.stdout).toMatch(/^flush 1$/m);
  expect(intake.metric('good')).toHaveLength(1);
});

test('NODE_DEBUG=threadstats prints a line for each payload, flush and error, and for the first drop of each reason', async () => {
  await using intake = await startIntake();
  const ended = await runFixture('watched', {
    env: { DD_URL: intake.url, DD_API_KEY: '0123456789abcdef0123456789abcdef', NODE_DEBUG: 'threadstats' },
  });
  expect(ended).toMatchObject({ exitCode: 0 });
  const lines = ended.stderr.match(/^THREADSTATS \d+: .*$/gm)?.map((line) => line.replace(/^THREADSTATS \d+: /, ''));
  expect(lines).toEqual([
    'drop: 1 sample, badName; further ones are counted only',
    expect.stringMatching(/^error: ERR_THREADSTATS_SAMPLE_BAD_NAME: Dropped a gauge sample of ''/),
    expect.stringMatching(/^payload: \/api\/v2\/series, 1 rows, \d+ bytes, try 1: accepted, \d+ ms$/),
    expect.stringMatching(/^flush: 1 metrics, 0 distributions, 0 events, 0 pending, \d+ ms$/),
  ]);
  expect(ended.stderr).not.toContain('0123456789abcdef');
});
