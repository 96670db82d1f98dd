import { describe, expect, test } from 'vitest';
import { type Intake, type ScriptedAnswer, startIntake } from '../../src/intake/index.js';
import { type Ended, expectGoodEnd, runFixture } from '../support/child-process.js';

interface EndingOptions {
  env?: Record<string, string>;
  signal?: NodeJS.Signals;
}

/** Runs a child that ends in that way. */
function runEnding({ url }: Pick<Intake, 'url'>, how: string, { env = {}, signal }: EndingOptions = {}): Promise<Ended> {
  return runFixture('endings', {
    env: { DD_URL: url, DD_API_KEY: 'a-key', HOW: how, ...env },
    onLine: (line, kill) => {
      if (line === 'ready' && signal) kill(signal);
    },
  });
}

describe.each(['naturally', 'flushed', 'stopped', 'not awaited', 'stopped twice'])('a process that ends %s', (how) => {
  test('has sent everything, once, and waits for nothing after the last answer', async () => {
    await using intake = await startIntake();
    const answered = intake
      .waitFor(({ metrics, distributions }) => metrics.length > 0 && distributions.length > 0, { timeoutMilliseconds: 10_000 })
      .then(() => performance.now());
    const [ended, answeredMilliseconds] = await Promise.all([runEnding(intake, how), answered]);
    const milliseconds = performance.now() - answeredMilliseconds;
    expectGoodEnd(ended);
    expect(ended.stdout).toBe('sent 2 dropped 0\n');
    expect(intake.metric('held')).toHaveLength(1);
    expect(intake.distribution('values')).toHaveLength(1);
    // Connections are kept open for longer than that.
    expect(milliseconds).toBeLessThan(2000);
  });
});

test('process.exit does not wait: what is held is lost, and stop() was the way', async () => {
  await using intake = await startIntake();
  expect(await runEnding(intake, 'exit')).toMatchObject({ stdout: 'sent 0 dropped 0\n', stderr: '', exitCode: 3 });
  expect(intake.requests).toEqual([]);
});

test("a crash is the application's: its message, its exit code, no delay, and what is held is lost", async () => {
  await using intake = await startIntake();
  const ended = await runEnding(intake, 'crash');
  expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('the application crashed') });
  expect(intake.requests).toEqual([]);
});

test('a crash that the application handles with stop() loses nothing', async () => {
  await using intake = await startIntake();
  const ended = await runEnding(intake, 'crash with a handler');
  expect(ended).toMatchObject({ stdout: 'sent 2 dropped 0\n', stderr: '', exitCode: 4 });
  expect(intake.metric('held')).toHaveLength(1);
});

describe('while the intake never answers', () => {
  async function silentIntake(): Promise<Intake> {
    const intake = await startIntake();
    intake.answer({ fault: 'hang' }, { times: Number.POSITIVE_INFINITY });
    return intake;
  }

  test('stop() ends a process within its timeout, and counts what was lost', async () => {
    await using intake = await silentIntake();
    const ended = await runEnding(intake, 'stopped soon');
    expect(ended).toMatchObject({ stdout: 'sent 0 dropped 2\n', exitCode: 0 });
    expect(ended.stderr).toMatch(/ThreadStatsWarning/);
    expect(ended.milliseconds).toBeLessThan(4000);
  });

  test('so does SIGTERM with a handler that calls stop()', async () => {
    await using intake = await silentIntake();
    const ended = await runEnding(intake, 'signal', { signal: 'SIGTERM' });
    expect(ended).toMatchObject({ stdout: 'ready\nsent 0 dropped 2\n', exitCode: 5 });
    expect(ended.milliseconds).toBeLessThan(5000);
  });

  test('a process that ends by itself tries again for 5 seconds, and no longer', async () => {
    await using intake = await silentIntake();
    const ended = await runEnding(intake, 'naturally', { env: { REQUEST_SECONDS: '0.5' } });
    expect(ended).toMatchObject({ stdout: 'sent 0 dropped 2\n', exitCode: 0 });
    expect(ended.milliseconds).toBeLessThan(8000);
  });
});

const FAULTS: ScriptedAnswer[] = [
  { statusCode: 202 },
  { statusCode: 403 },
  { statusCode: 413 },
  { statusCode: 429, headers: { 'Retry-After': '1' } },
  { statusCode: 503, body: '<html>', delivery: 'endless' },
  { statusCode: 202, delivery: 'half' },
  { statusCode: 202, delivery: 'slow' },
  { fault: 'hang' },
  { fault: 'reset' },
  { fault: 'reset-mid-body' },
  { raw: 'no HTTP\r\n\r\n' },
  { raw: '' },
];

test.each(FAULTS)('no rejection is unhandled when the intake answers %o', async (answer) => {
  await using intake = await startIntake();
  intake.answer(answer, { times: Number.POSITIVE_INFINITY });
  const ended = await runFixture('rejections', { env: { DD_URL: intake.url, DD_API_KEY: 'a-key' } });
  expectGoodEnd(ended);
});
