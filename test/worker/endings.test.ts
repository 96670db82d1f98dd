import { describe, expect, test } from 'vitest';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { type Ended, expectGoodEnd, runFixture } from '../support/child-process.js';

const engines = typeof WebAssembly === 'undefined' ? ['js'] : ['wasm', 'js'];

interface EndingOptions {
  env?: Record<string, string>;
  flags?: string[];
  signal?: NodeJS.Signals;
}

/** Runs a child that flushes in a worker and ends in that way. */
function runEnding({ url }: Pick<Intake, 'url'>, how: string, { env, flags, signal }: EndingOptions = {}): Promise<Ended> {
  return runFixture('endings', {
    env: { DD_URL: url, DD_API_KEY: 'a-key', HOW: how, FLUSH_MODE: 'worker', ...env },
    flags,
    onLine: (line, kill) => {
      if (line === 'ready' && signal) kill(signal);
    },
  });
}

const ENDINGS: [how: string, Partial<Ended>][] = [
  ['naturally', { exitCode: 0, stderr: '' }],
  ['flushed', { exitCode: 0, stderr: '' }],
  ['stopped', { exitCode: 0, stderr: '' }],
  ['not awaited', { exitCode: 0, stderr: '' }],
  ['exit', { exitCode: 3, stderr: '' }],
  ['exit while stopping', { exitCode: 6, stderr: '' }],
  ['exit amid a flush', { exitCode: 7, stderr: '' }],
  ['exit of another exit', { exitCode: 8, stderr: '' }],
  ['crash', { exitCode: 1, stderr: expect.stringContaining('the application crashed') }],
  ['rejection', { exitCode: 1, stderr: expect.stringContaining('the application rejected') }],
  ['crash with a handler', { exitCode: 4, stderr: '' }],
];

describe.each(engines)('on the %s engine', (engine) => {
  test.each(ENDINGS)('a process that ends by %s has sent everything, once', async (how, expected) => {
    await using intake = await startIntake({ apiKey: 'a-key' });
    const ended = await runEnding(intake, how, { env: { THREADSTATS_ENGINE: engine } });
    expect(ended).toMatchObject({ stdout: 'sent 2 dropped 0\n', ...expected });
    expect(intake.metric('held')).toMatchObject([{ points: [[expect.any(Number), 1]] }]);
    expect(intake.distribution('values')).toMatchObject([{ points: [[expect.any(Number), [1]]] }]);
  });
});

test('a process that is told to end by a signal that it handles has sent everything', async () => {
  await using intake = await startIntake();
  const ended = await runEnding(intake, 'signal', { signal: 'SIGTERM' });
  expect(ended).toMatchObject({ stdout: 'ready\nsent 2 dropped 0\n', stderr: '', exitCode: 5 });
});

test('a process with much to send when it exits has sent it all', async () => {
  await using intake = await startIntake();
  const ended = await runFixture('worker-exit', { env: { DD_URL: intake.url, DD_API_KEY: 'a-key' } });
  expect(ended).toMatchObject({ stderr: '', exitCode: 0 });
  const counts = new Map(intake.metrics.map(({ metric, tags, points }) => [`${metric} ${tags}`, points[0][1]]));
  expect(counts.size).toBe(20_000);
  expect(new Set(counts.values())).toEqual(new Set([1]));
  expect(intake.metrics).toHaveLength(20_000);
});

describe('while the intake never answers', () => {
  test('exit() waits for no longer than exitTimeout, and what was lost is reported', async () => {
    await using intake = await startIntake();
    intake.answer({ fault: 'hang' }, { times: Number.POSITIVE_INFINITY });
    const ended = await runEnding(intake, 'exit', { env: { EXIT_TIMEOUT: '500' } });
    expect(ended).toMatchObject({ stdout: expect.stringMatching(/^ERR_THREADSTATS.*\nsent 0 dropped 2\n$/s), exitCode: 3 });
    expect(ended.milliseconds).toBeLessThan(5000);
  });

  test('what exit() lost is told without an onError, too', async () => {
    await using intake = await startIntake();
    intake.answer({ fault: 'hang' }, { times: Number.POSITIVE_INFINITY });
    const ended = await runEnding(intake, 'exit', { env: { EXIT_TIMEOUT: '500', DEFAULT_ON_ERROR: 'yes' } });
    expect(ended).toMatchObject({ stdout: 'sent 0 dropped 2\n', exitCode: 3 });
    expect(ended.stderr).toMatch(/\[ERR_THREADSTATS_\w+\] ThreadStatsWarning: .*rows/);
  });

  test('a process that ends by itself waits for its request, and no longer', async () => {
    await using intake = await startIntake();
    intake.answer({ fault: 'hang' }, { times: Number.POSITIVE_INFINITY });
    const ended = await runEnding(intake, 'naturally', { env: { REQUEST_SECONDS: '0.5' } });
    expect(ended).toMatchObject({ stdout: 'sent 0 dropped 2\n', exitCode: 0 });
    expect(ended.milliseconds).toBeLessThan(8000);
  });
});

test('neither an idle worker nor its connections keep a process alive, nor does its exit wait', async () => {
  await using intake = await startIntake();
  const begin = performance.now();
  const ended = await runEnding(intake, 'idle');
  expectGoodEnd(ended);
  expect(ended.stdout).toBe('sent 2 dropped 0\n');
  expect(performance.now() - begin).toBeLessThan(4000);
});

test('a function that has the API key at once is asked before the exit waits', async () => {
  await using intake = await startIntake({ apiKey: 'a-key' });
  const ended = await runEnding(intake, 'exit', { env: { KEY_BY_FUNCTION: 'yes' } });
  expect(ended).toMatchObject({ stdout: 'sent 2 dropped 0\n', stderr: '', exitCode: 3 });
});

test("the worker loads nothing of the application's", async () => {
  await using intake = await startIntake();
  const own = typeof WebAssembly === 'undefined' ? ['--jitless'] : [];
  const ended = await runEnding(intake, 'exit', { flags: [...own, '--import', 'data:text/javascript,console.log("loaded")'] });
  expect(ended).toMatchObject({ stdout: 'loaded\nsent 2 dropped 0\n', stderr: '', exitCode: 3 });
});

const isKnown = (flag: string): boolean => process.allowedNodeEnvironmentFlags.has(flag);
const permission = isKnown('--permission') ? '--permission' : '--experimental-permission';

test.skipIf(typeof WebAssembly === 'undefined')(
  'where no worker is permitted the timer does it, and a warning says why',
  async () => {
    await using intake = await startIntake();
    const flags = [permission, '--allow-fs-read=*', '--disable-warning=ExperimentalWarning'];
    const ended = await runEnding(intake, 'stopped', { flags: flags.concat(['--allow-net'].filter(isKnown)) });
    expect(ended).toMatchObject({ stdout: 'sent 2 dropped 0\n', exitCode: 0 });
    expect(ended.stderr).toMatch(/\[ERR_THREADSTATS_NO_WORKER\] ThreadStatsWarning: Flushes now run on the main thread/);
  },
);
