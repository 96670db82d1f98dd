import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { type Ended, type RunOptions, runFixture, SLOW_TIMERS_FLAGS } from '../support/child-process.js';

/** Runs a process with a client that handles signals, and sends it the signals as soon as it is ready. */
function signalled(
  { url }: Pick<Intake, 'url'>,
  env: Record<string, string> = {},
  signals: NodeJS.Signals[] = ['SIGTERM'],
  options: RunOptions = {},
): Promise<Ended> {
  return runFixture('signals', {
    env: { DD_URL: url, DD_API_KEY: 'a-key', ...env },
    onLine: (line, kill) => {
      if (line.startsWith('ready')) for (const signal of signals) kill(signal);
    },
    ...options,
  });
}

// They run at the same time, because they wait for processes.
describe.concurrent('a client that handles signals:', () => {
  test('an intake that never answers holds the process no longer than the timeout of stop()', async () => {
    await using intake = await startIntake();
    intake.answer({ fault: 'hang' }, { times: Number.POSITIVE_INFINITY });
    // Five seconds are for the flush, and one is for closing. The timers of requests, of ten seconds, never fire.
    const ended = await signalled(intake, { SLOW_FROM: '8000' }, ['SIGTERM'], { flags: SLOW_TIMERS_FLAGS });
    expect(ended.signal).toBe('SIGTERM');
    expect(ended.stderr).toMatch(/ThreadStatsWarning/);
    expect(intake.metric('held')).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('at %s everything is flushed, and the process ends by it', async (signal) => {
    await using intake = await startIntake();
    expect(await signalled(intake, {}, [signal])).toMatchObject({ stderr: '', exitCode: null, signal });
    expect(intake.metric('held')).toMatchObject([{ points: [[expect.any(Number), 1]] }]);
  });

  test.each(['manual', 'worker'])('in the flush mode %s, everything is flushed at SIGTERM', async (FLUSH_MODE) => {
    await using intake = await startIntake();
    expect(await signalled(intake, { FLUSH_MODE })).toMatchObject({ stderr: '', signal: 'SIGTERM' });
    expect(intake.metric('held')).toHaveLength(1);
  });

  test.each<[string, NodeJS.Signals]>([
    ['true', 'SIGHUP'],
    ['false', 'SIGTERM'],
  ])('with handleSignals %s, %s ends the process at once, without a flush', async (SIGNALS, signal) => {
    await using intake = await startIntake();
    expect(await signalled(intake, { SIGNALS }, [signal])).toMatchObject({ signal });
    expect(intake.requests).toEqual([]);
  });

  test('what an application records while the signal stops the client is no fault of its', async () => {
    await using intake = await startIntake();
    const ended = await signalled(intake, { CASE: 'under load' });
    expect(ended).toMatchObject({ stderr: '', signal: 'SIGTERM', stdout: expect.stringContaining('recorded after the stop') });
  });

  test('any signal can be asked for', async () => {
    await using intake = await startIntake();
    expect(await signalled(intake, { SIGNALS: '["SIGHUP"]' }, ['SIGHUP'])).toMatchObject({ signal: 'SIGHUP' });
    expect(intake.metric('held')).toHaveLength(1);
  });

  test('the process ends only when all of its clients have stopped', async () => {
    await using intake = await startIntake();
    const ended = await signalled(intake, { CASE: 'two clients' });
    // Node.js warns about too many listeners, too.
    expect(ended).toMatchObject({ stderr: '', signal: 'SIGTERM' });
    expect(new Set(intake.metric('held').map(({ tags }) => tags[0])).size).toBe(12);
  });

  test('further signals during the flush neither stop it nor repeat it', async () => {
    await using intake = await startIntake();
    const ended = await signalled(intake, {}, ['SIGINT', 'SIGTERM', 'SIGINT', 'SIGTERM']);
    expect(ended).toMatchObject({ stderr: '', exitCode: null });
    expect(['SIGINT', 'SIGTERM']).toContain(ended.signal);
    expect(intake.metric('held')).toHaveLength(1);
  });

  test.each(['own once before', 'own after'])('an application with a listener of its own (%s) decides the end', async (CASE) => {
    await using intake = await startIntake();
    const ended = await signalled(intake, { CASE });
    expect(ended).toMatchObject({ stderr: '', exitCode: 7, signal: null });
    expect(ended.stdout).toMatch(/^own SIGTERM$/m);
    expect(intake.metric('held')).toHaveLength(1);
  });

  test('a stopped client listens no more', async () => {
    await using intake = await startIntake();
    const ended = await signalled(intake, { CASE: 'stopped' });
    expect(ended).toMatchObject({ signal: 'SIGTERM', stdout: expect.stringMatching(/^0\nready/) });
  });

  test('the process ends only when a stop() that is under way is over', async () => {
    await using intake = await startIntake();
    expect(await signalled(intake, { CASE: 'stopping' })).toMatchObject({ stderr: '', signal: 'SIGTERM' });
    expect(intake.metric('held')).toHaveLength(1);
  });
});

test('a disabled client does not listen', async () => {
  const { ThreadStats } = await import('../../src/index.js');
  const before = process.listenerCount('SIGTERM');
  new ThreadStats().start({ disabled: true, handleSignals: true });
  expect(process.listenerCount('SIGTERM')).toBe(before);
});

// A process with the id 1, as in a container: the kernel shields it from signals that it does not listen for.
const namespaces = ['--pid', '--fork', '--kill-child', '--mount-proc'];
const canUnshare = spawnSync('unshare', [...namespaces, 'true']).status === 0;

test.runIf(canUnshare)('the first process of a container ends with the exit code of the signal', async () => {
  await using intake = await startIntake();
  const fixture = fileURLToPath(new URL('../support/fixtures/signals.mjs', import.meta.url));
  const env = { DD_URL: intake.url, DD_API_KEY: 'a-key', CASE: 'exit listener' };
  const unshare = spawn('unshare', [...namespaces, process.execPath, fixture], { env });
  let stdout = '';
  unshare.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    // unshare ignores signals, so the child gets it.
    const child = readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, 'utf8');
    if (text.startsWith('ready')) process.kill(Number(child), 'SIGTERM');
  });
  const [exitCode] = await once(unshare, 'close');
  expect({ stdout, exitCode }).toEqual({ stdout: 'ready 1\nexit 143\n', exitCode: 143 });
  expect(intake.metric('held')).toHaveLength(1);
});
