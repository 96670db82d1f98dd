import { describe, expect, test } from 'vitest';
import { KEEP_ALIVE_MILLISECONDS } from '../../src/http/transport/transport.js';
import { type ScriptedAnswer, startIntake } from '../../src/intake/index.js';
import { expectGoodEnd, runFixture, SLOW_TIMERS_FLAGS } from '../support/child-process.js';
import { runEnding, startSilentIntake } from '../support/endings.js';

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

// They run at the same time, because they wait for processes.
describe.concurrent('a process', () => {
  test('that ends by itself while the intake never answers waits for some seconds, and counts what was lost', async () => {
    await using intake = await startSilentIntake();
    const ended = await runEnding(intake, 'naturally', { env: { REQUEST_SECONDS: '0.5' } });
    expect(ended).toMatchObject({ stdout: 'sent 0 dropped 2\n', exitCode: 0 });
  });

  test.each(['naturally', 'flushed', 'stopped', 'not awaited', 'stopped twice'])(
    'that ends %s has sent everything once, and waits neither for a timer nor for its connections',
    async (how) => {
      await using intake = await startIntake();
      const ended = await runEnding(intake, how, { flags: SLOW_TIMERS_FLAGS });
      expectGoodEnd(ended);
      expect(ended.stdout).toBe('sent 2 dropped 0\n');
      expect(ended.milliseconds).toBeLessThan(KEEP_ALIVE_MILLISECONDS);
      expect(intake.metric('held')).toHaveLength(1);
      expect(intake.distribution('values')).toHaveLength(1);
    },
  );

  test.each(['timer', 'worker'])(
    'that ends by itself sends what listeners of beforeExit record, although nothing else was left (%s)',
    async (FLUSH_MODE) => {
      await using intake = await startIntake();
      const ended = await runEnding(intake, 'flushed, with listeners of beforeExit', { env: { FLUSH_MODE } });
      expect(ended).toMatchObject({ stdout: 'sent 3 dropped 0\n', stderr: '', exitCode: 0 });
      expect(intake.metric('last')).toMatchObject([{ points: [[expect.any(Number), 2]] }]);
    },
  );

  test.each(['exit', 'exit amid a flush', 'exit while stopping'])(
    'that calls process.exit() without awaiting stop() (%s) counts and tells what was lost',
    async (how) => {
      await using intake = await startIntake();
      for (const FLUSH_MODE of ['timer', 'manual']) {
        const ended = await runEnding(intake, how, { env: { FLUSH_MODE } });
        expect(ended).toMatchObject({ stdout: 'sent 0 dropped 2\n', signal: null });
        expect(ended.stderr).toMatch(/^\(node:\d+\) \[ERR_THREADSTATS_EXIT\] ThreadStatsWarning: 2 rows may be lost, because/);
      }
    },
  );

  test('that disconnects from the primary process of a cluster counts and tells what was lost', async () => {
    await using intake = await startIntake();
    const env = { DD_URL: intake.url, DD_API_KEY: 'a-key', FLUSH_MODE: 'timer' };
    const ended = await runFixture('cluster', { env });
    expect(ended.stdout).toMatch(/^ERR_THREADSTATS_EXIT\n\{"sent":0,"pending":0,"dropped":\{"reporter":0,"closed":1,/);
  });

  test.each([
    ['naturally', 'sent 2 dropped 0', ''],
    ['exit', 'sent 0 dropped 2', '[ERR_THREADSTATS_EXIT] ThreadStatsWarning: 2 rows'],
  ])('whose client lives in a thread that ends by %s sends everything, or tells what was lost', async (HOW, stdout, stderr) => {
    await using intake = await startIntake();
    const ended = await runFixture('in-thread', { env: { DD_URL: intake.url, DD_API_KEY: 'a-key', HOW } });
    expect(ended.stdout).toContain(stdout);
    expect(ended.stderr).toContain(stderr);
    expect(ended.stderr === '').toBe(stderr === '');
  });

  test('whose exit has a later listener that records counts and tells that, too', async () => {
    await using intake = await startIntake();
    const ended = await runEnding(intake, 'exit with a late listener');
    expect(ended).toMatchObject({ stdout: 'sent 0 dropped 2\n', exitCode: 9 });
    expect(ended.stderr).toMatch(/\[ERR_THREADSTATS_SAMPLE_STOPPED\]/);
  });

  test('that crashes ends at once with its own message and exit code, and tells what was not sent yet', async () => {
    await using intake = await startIntake();
    const ended = await runEnding(intake, 'crash');
    expect(ended).toMatchObject({ stdout: 'sent 0 dropped 2\n', exitCode: 1 });
    expect(ended.stderr).toContain('the application crashed');
    expect(ended.stderr).toContain('[ERR_THREADSTATS_EXIT] ThreadStatsWarning: 2 rows may be lost');
    expect(intake.requests).toEqual([]);
  });

  test('that handles its crash with stop(), and exits once that has resolved, loses nothing', async () => {
    await using intake = await startIntake();
    const ended = await runEnding(intake, 'crash with a handler');
    expect(ended).toMatchObject({ stdout: 'sent 2 dropped 0\n', stderr: '', exitCode: 4 });
    expect(intake.metric('held')).toHaveLength(1);
  });

  test('whose intake never answers ends when the timeout of stop() is over, and counts what was lost', async () => {
    await using intake = await startSilentIntake();
    const ended = await runEnding(intake, 'stopped soon', { flags: SLOW_TIMERS_FLAGS });
    expect(ended).toMatchObject({ stdout: 'sent 0 dropped 2\n', exitCode: 0 });
    expect(ended.stderr).toMatch(/ThreadStatsWarning/);
  });

  test('that handles a signal with stop() loses nothing', async () => {
    await using intake = await startIntake();
    const ended = await runEnding(intake, 'signal', { signal: 'SIGTERM' });
    expect(ended).toMatchObject({ stdout: 'ready\nsent 2 dropped 0\n', stderr: '', exitCode: 5 });
    expect(intake.metric('held')).toHaveLength(1);
  });

  test('whose intake never answers ends when the stop() of its own signal handler is over', async () => {
    await using intake = await startSilentIntake();
    const env = { STOP_TIMEOUT: '300' };
    const ended = await runEnding(intake, 'signal', { env, flags: SLOW_TIMERS_FLAGS, signal: 'SIGTERM' });
    expect(ended).toMatchObject({ stdout: 'ready\nsent 0 dropped 2\n', exitCode: 5 });
  });

  test.each(FAULTS)('has no unhandled rejection when the intake answers %o', async (answer) => {
    await using intake = await startIntake();
    intake.answer(answer, { times: Number.POSITIVE_INFINITY });
    expectGoodEnd(await runFixture('rejections', { env: { DD_URL: intake.url, DD_API_KEY: 'a-key' } }));
  });
});
