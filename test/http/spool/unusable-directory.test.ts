import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ThreadStats } from '../../../src/index.js';
import { startIntake } from '../../../src/intake/index.js';
import '../../support/client.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

/** Directories that cannot be used, each with what breaks it after the start of the client. */
const DIRECTORIES: [string, (temporary: string) => { directory: string; breakIt?: () => void }][] = [
  ['a directory that cannot be created, in one that exists', () => ({ directory: '/proc/threadstats/spool' })],
  ['a directory in which no file can be created', () => ({ directory: '/proc/self' })],
  ['a file', () => ({ directory: '/dev/null' })],
  [
    'a directory in whose place there is a file by now',
    (temporary) => {
      const directory = join(temporary, 'spool');
      mkdirSync(directory);
      const breakIt = (): void => {
        rmSync(directory, { recursive: true });
        writeFileSync(directory, '');
      };
      return { directory, breakIt };
    },
  ],
];

describe.each(['timer', 'worker'] as const)('in the flush mode %s', (flushMode) => {
  test.each(DIRECTORIES)('rows that cannot be spooled in %s are counted as dropped, and told', async (_, make) => {
    await using intake = await startIntake();
    intake.answer({ statusCode: 503 }, { times: Number.POSITIVE_INFINITY });
    const { directory, breakIt } = make(temporaryDirectory());
    const errors: (Error & { code?: string })[] = [];
    const stats = new ThreadStats({
      url: intake.url,
      apiKey: 'a-key',
      spoolDirectory: directory,
      onError: (error) => errors.push(error),
    }).start({ flushMode, flushInterval: 3600 });
    onTestFinished(() => void stats.stop({ timeout: 0 }));
    stats.increment('a');
    stats.distribution('b', 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    breakIt?.();
    expect(await stats.stop({ timeout: 4000 })).toMatchObject({ pending: 0 });
    expect(stats.telemetry.rows).toMatchObject({ sent: 0, pending: 0, spooled: 0, dropped: { closed: 2 } });
    const codes = errors.map(({ code }) => code);
    expect(codes).toContain('ERR_THREADSTATS_SPOOL');
    expect(codes).toContain('ERR_THREADSTATS_REPORTER_CLOSED');
  });

  test('rows are spooled in a directory with thousands of other files', async () => {
    await using intake = await startIntake();
    intake.answer({ statusCode: 503 }, { times: Number.POSITIVE_INFINITY });
    const spoolDirectory = temporaryDirectory();
    for (let i = 0; i < 5000; i++) writeFileSync(join(spoolDirectory, `foreign-${i}`), '');
    const stats = new ThreadStats({ url: intake.url, apiKey: 'a-key', spoolDirectory, onError: () => {} });
    stats.start({ flushMode, flushInterval: 3600 });
    stats.increment('a');
    await stats.flush(Number.POSITIVE_INFINITY);
    await stats.stop({ timeout: 4000 });
    expect(stats.telemetry.rows).toMatchObject({ sent: 0, pending: 0, spooled: 1 });
  });
});
