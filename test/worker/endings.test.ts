import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { KEEP_ALIVE_MILLISECONDS } from '../../src/http/transport/transport.js';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { type Ended, expectGoodEnd, OWN_FLAGS, runFixture, SLOW_TIMERS_FLAGS } from '../support/child-process.js';
import { type EndingOptions, runEnding as runAnyEnding, startSilentIntake } from '../support/endings.js';
import { engineNames } from '../support/engines.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { unusedUrl } from '../support/unused-url.js';

/** So that no request ends by itself. */
const PATIENT_REQUESTS = { REQUEST_SECONDS: '3600' };

/** Runs a process that flushes in a worker and ends in that way. */
function runEnding(intake: Pick<Intake, 'url'>, how: string, { env, ...options }: EndingOptions = {}): Promise<Ended> {
  return runAnyEnding(intake, how, { env: { FLUSH_MODE: 'worker', ...env }, ...options });
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

describe.concurrent.each(engineNames)('on the %s engine', (engine) => {
  test.each(ENDINGS)('a process that ends by %s has sent everything, once', async (how, expected) => {
    await using intake = await startIntake({ apiKey: 'a-key' });
    const ended = await runEnding(intake, how, { env: { THREADSTATS_ENGINE: engine } });
    expect(ended).toMatchObject({ stdout: 'sent 2 dropped 0\n', ...expected });
    expect(intake.metric('held')).toMatchObject([{ points: [[expect.any(Number), 1]] }]);
    expect(intake.distribution('values')).toMatchObject([{ points: [[expect.any(Number), [1]]] }]);
  });
});

// They run at the same time, because they wait for processes.
describe.concurrent('a worker', () => {
  describe('while the intake never answers', () => {
    test('a process that ends by itself waits for its request, and no longer', async () => {
      await using intake = await startSilentIntake();
      const ended = await runEnding(intake, 'naturally', { env: { REQUEST_SECONDS: '0.5' } });
      expect(ended).toMatchObject({ stdout: 'sent 0 dropped 2\n', exitCode: 0 });
    });

    test('process.exit() waits no longer than exitTimeout, and onError receives what was lost', async () => {
      await using intake = await startSilentIntake();
      const ended = await runEnding(intake, 'exit', { env: { ...PATIENT_REQUESTS, EXIT_TIMEOUT: '500' } });
      expect(ended.exitCode).toBe(3);
      expect(ended.stdout).toBe('ERR_THREADSTATS_EXIT_TIMEOUT\nsent 0 dropped 2\n');
    });

    test('a warning tells what process.exit() lost if there is no onError', async () => {
      await using intake = await startSilentIntake();
      const env = { ...PATIENT_REQUESTS, EXIT_TIMEOUT: '500', DEFAULT_ON_ERROR: 'yes' };
      const ended = await runEnding(intake, 'exit', { env });
      expect(ended.exitCode).toBe(3);
      expect(ended.stderr).toMatch(
        /^\(node:\d+\) \[ERR_THREADSTATS_EXIT_TIMEOUT\] ThreadStatsWarning: 2 rows may be lost: the worker/,
      );
      expect(ended.stderr.match(/ThreadStatsWarning/g)).toHaveLength(1);
    });
  });

  test('process.exit() while the intake refuses connections tells once what was lost, and why', async () => {
    const url = (await unusedUrl()).origin;
    const ended = await runEnding({ url }, 'exit', { env: { EXIT_TIMEOUT: '4000', DEFAULT_ON_ERROR: 'yes' } });
    expect(ended).toMatchObject({ stdout: 'sent 0 dropped 2\n', exitCode: 3 });
    expect(ended.stderr).toMatch(/2 rows may be lost: .* within `exitTimeout` of the exit of the process \(POST .*ECONNREFUSED/);
    expect(ended.stderr.match(/ThreadStatsWarning/g)).toHaveLength(1);
  });

  test.each([
    ['was terminated', 'terminated'],
    ['ended when it started', 'at once'],
    ['ends when it has everything', 'while closing'],
  ])('process.exit() replaces a worker that %s in the same turn, and everything arrives', async (_, HOW) => {
    await using intake = await startIntake();
    const ended = await runFixture('worker-ended', { env: { DD_URL: intake.url, DD_API_KEY: 'a-key', HOW } });
    expect(ended.stdout).toMatch(/"pending":0,"closed":0\}\n$/);
    expect(new Set(intake.metric('held').map(({ tags }) => tags[0])).size).toBe(10);
  });

  test('a flush in progress at the exit is handed over once, although a later listener follows', async () => {
    await using intake = await startIntake();
    const ended = await runEnding(intake, 'exit amid a flush with a late listener');
    expect(ended).toMatchObject({ stderr: '', stdout: 'sent 3 dropped 0\n', exitCode: 9 });
    expect(intake.metric('held')).toHaveLength(1);
    expect(intake.events).toMatchObject([{ title: 'early' }]);
  });

  test('what a later listener of the exit records is sent, too', async () => {
    await using intake = await startIntake();
    const ended = await runEnding(intake, 'exit with a late listener');
    expect(ended).toMatchObject({ stderr: '', exitCode: 9 });
    expect(intake.metric('held')).toHaveLength(1);
    expect(intake.metric('late')).toHaveLength(1);
    expect(intake.events).toMatchObject([{ title: 'late' }]);
  });

  test('what a listener of the exit records that was registered in its turn is counted and told', async () => {
    await using intake = await startIntake();
    const ended = await runEnding(intake, 'exit with a listener of the same turn');
    expect(ended).toMatchObject({ stdout: 'sent 2 dropped 0\n[1,1]\n', exitCode: 9 });
    expect(ended.stderr).toMatch(
      /\[ERR_THREADSTATS_SAMPLE_STOPPED\] ThreadStatsWarning: Dropped a counter sample of 'late': the client was stopped/,
    );
    expect(ended.stderr).toMatch(/\[ERR_THREADSTATS_SAMPLE_EVENT_STOPPED\]/);
  });

  test.each(['naturally', 'exit', 'crash'])(
    'of a client in a thread sends everything when the thread ends by %s',
    async (HOW) => {
      await using intake = await startIntake();
      const env = { DD_URL: intake.url, DD_API_KEY: 'a-key', HOW, FLUSH_MODE: 'worker' };
      const ended = await runFixture('in-thread', { env });
      expect(ended).toMatchObject({ stdout: expect.stringMatching(/^sent 2 dropped 0\n(.*\n)?thread \d\n$/), stderr: '' });
      expect(intake.metric('held')).toHaveLength(1);
    },
  );

  test('sends everything when a worker process of a cluster disconnects', async () => {
    await using intake = await startIntake();
    const env = { DD_URL: intake.url, DD_API_KEY: 'a-key', FLUSH_MODE: 'worker' };
    const ended = await runFixture('cluster', { env });
    expect(ended).toMatchObject({ stdout: expect.stringMatching(/^\{"sent":1,"pending":0,.*\}\nworker 0\n$/), stderr: '' });
    expect(intake.metric('held')).toHaveLength(1);
  });

  test.each(['20', '0'])('what no worker can send within an exitTimeout of %s ms is counted and told', async (EXIT_TIMEOUT) => {
    await using intake = await startIntake();
    const env = { DD_URL: intake.url, DD_API_KEY: 'a-key', HOW: 'always', EXIT_TIMEOUT };
    const ended = await runFixture('worker-ended', { env });
    expect(ended.stdout).toMatch(/^(ERR_\w+\n)*ERR_THREADSTATS_EXIT_TIMEOUT\n\{"sent":0,"pending":0,"closed":10\}\n$/);
  });

  test('process.exit() with an exitTimeout of 0 counts and tells what is lost', async () => {
    await using intake = await startIntake();
    const ended = await runEnding(intake, 'exit', { env: { EXIT_TIMEOUT: '0' } });
    expect(ended).toMatchObject({ stdout: 'ERR_THREADSTATS_EXIT_TIMEOUT\nsent 0 dropped 2\n', exitCode: 3 });
  });

  test('a process that handles a signal with stop() has sent everything', async () => {
    await using intake = await startIntake();
    const ended = await runEnding(intake, 'signal', { signal: 'SIGTERM' });
    expect(ended).toMatchObject({ stdout: 'ready\nsent 2 dropped 0\n', stderr: '', exitCode: 5 });
  });

  test('a process that exits during a flush of many rows has sent all of them', async () => {
    await using intake = await startIntake();
    const ended = await runFixture('worker-exit', { env: { DD_URL: intake.url, DD_API_KEY: 'a-key' } });
    expect(ended).toMatchObject({ stderr: '', exitCode: 0 });
    const counts = new Map(intake.metrics.map(({ metric, tags, points }) => [`${metric} ${tags}`, points[0][1]]));
    expect(counts.size).toBe(20_000);
    expect(new Set(counts.values())).toEqual(new Set([1]));
    expect(intake.metrics).toHaveLength(20_000);
  });

  test('neither an idle worker nor its connections keep a process alive, and its exit does not wait', async () => {
    await using intake = await startIntake();
    const ended = await runEnding(intake, 'idle', { flags: SLOW_TIMERS_FLAGS });
    expectGoodEnd(ended);
    expect(ended.stdout).toBe('sent 2 dropped 0\n');
    expect(ended.milliseconds).toBeLessThan(KEEP_ALIVE_MILLISECONDS);
  });

  test('an exit waits for the last flush if a function provides the API key', async () => {
    await using intake = await startIntake({ apiKey: 'a-key' });
    const ended = await runEnding(intake, 'exit', { env: { KEY_BY_FUNCTION: 'yes' } });
    expect(ended).toMatchObject({ stdout: 'sent 2 dropped 0\n', stderr: '', exitCode: 3 });
  });

  test('the worker does not load the modules that the application preloads', async () => {
    await using intake = await startIntake();
    const flags = [...OWN_FLAGS, '--import', 'data:text/javascript,console.log("loaded")'];
    const ended = await runEnding(intake, 'exit', { flags });
    expect(ended).toMatchObject({ stdout: 'loaded\nsent 2 dropped 0\n', stderr: '', exitCode: 3 });
  });
});

const isKnown = (flag: string): boolean => process.allowedNodeEnvironmentFlags.has(flag);
const permission = isKnown('--permission') ? '--permission' : '--experimental-permission';

test.skipIf(typeof WebAssembly === 'undefined')(
  'where no worker is permitted, the main thread sends everything, and a warning says why',
  async () => {
    await using intake = await startIntake();
    const flags = [permission, '--allow-fs-read=*', '--disable-warning=ExperimentalWarning'];
    const ended = await runEnding(intake, 'stopped', { flags: flags.concat(['--allow-net'].filter(isKnown)) });
    expect(ended).toMatchObject({ stdout: 'sent 2 dropped 0\n', exitCode: 0 });
    expect(ended.stderr).toMatch(/\[ERR_THREADSTATS_NO_WORKER\] ThreadStatsWarning: Flushes now run on the main thread/);
  },
);

test.skipIf(typeof WebAssembly === 'undefined')(
  'the worker may do no more than the process, which is forbidden to write',
  async () => {
    await using intake = await startIntake();
    const spool = temporaryDirectory();
    intake.answer({ statusCode: 503 }, { times: Number.POSITIVE_INFINITY });
    const flags = [permission, '--allow-fs-read=*', '--allow-worker', '--disable-warning=ExperimentalWarning', '--no-warnings'];
    const env = { FLUSH_MODE: 'worker', SPOOL: spool, EXIT_TIMEOUT: '5000', STOP_TIMEOUT: '3000' };
    const ended = await runEnding(intake, 'stopped soon', { env, flags: flags.concat(['--allow-net'].filter(isKnown)) });
    expect(ended.stdout).toMatch(/ERR_THREADSTATS_SPOOL\n(.*\n)*sent 0 dropped 2\n$/);
    expect(readdirSync(spool)).toEqual([]);
  },
);
