import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Intake, startIntake } from '../../../src/intake/index.js';
import { type Ended, runFixture, SLOW_TIMERS_FLAGS } from '../../support/child-process.js';
import { TemporaryDirectory } from '../../support/temporary-directory.js';

const KEY = '0123456789abcdef0123456789abcdef';

/** Rows that wait in a spool, counted by the names of its files. */
function rowsIn(directory: string): number {
  if (!existsSync(directory)) return 0;
  const files = readdirSync(directory).filter((file) => file.endsWith('.ready'));
  return files.reduce((rows, file) => rows + Number(file.split('-')[2]), 0);
}

/** Runs a process with a spool; returns the rows that it counted at its end, and the codes of its errors. */
async function run(
  { url }: Intake,
  HOW: string,
  SPOOL: string,
  NAME: string,
  flags?: readonly string[],
): Promise<{ rows: unknown; codes: string[] } & Ended> {
  const env = { DD_URL: url, DD_API_KEY: KEY, HOW, SPOOL, NAME, ROWS: `${rowsIn(SPOOL)}` };
  const ended = await runFixture('spool', { env, flags });
  const lines = ended.stdout.trimEnd().split('\n');
  const rows = ended.exitCode === 0 ? JSON.parse(lines.pop()!) : undefined;
  return { ...ended, rows, codes: lines };
}

// They run at the same time, because they wait for processes.
describe.concurrent('with a spool', () => {
  test.each(['naturally', 'stopped'])(
    'rows that a process that ended (%s) could not send, the next process sends',
    async (how) => {
      await using intake = await startIntake();
      intake.answer({ statusCode: 503 }, { times: Number.POSITIVE_INFINITY });
      using temporary = new TemporaryDirectory();
      const directory = join(temporary.path, 'spool');
      const first = await run(intake, how, directory, 'first');
      expect(first).toMatchObject({ stderr: '', rows: { sent: 0, pending: 0, spooled: 2, takenOver: 0, dropped: 0 } });
      expect(first.codes).toEqual(['ERR_THREADSTATS_INTAKE_UNAVAILABLE']);
      const files = readdirSync(directory);
      expect(files).toHaveLength(2);
      for (const file of files) expect(file + readFileSync(join(directory, file), 'latin1')).not.toContain(KEY);

      intake.clear();
      const next = await run(intake, 'waiting for the spool', directory, 'next');
      expect(next).toMatchObject({ stderr: '', codes: [], rows: { sent: 4, pending: 0, spooled: 0, takenOver: 2, dropped: 0 } });
      for (const name of ['first', 'next']) {
        expect(intake.stored().metric(name)).toMatchObject([{ points: [[expect.any(Number), 1]] }]);
        expect(intake.stored().values(`${name}.values`)).toHaveLength(1);
      }
      expect(readdirSync(directory)).toEqual([]);
    },
  );

  test('rows in the spool survive a process that is killed', async () => {
    await using intake = await startIntake();
    intake.answer({ statusCode: 503 }, { times: Number.POSITIVE_INFINITY });
    using temporary = new TemporaryDirectory();
    const directory = join(temporary.path, 'spool');
    const first = await run(intake, 'killed', directory, 'first');
    expect(first.exitCode).toBeNull();
    const rows = rowsIn(directory);
    expect(rows).toBeGreaterThanOrEqual(7);
    intake.clear();
    const next = await run(intake, 'waiting for the spool', directory, 'next');
    expect(next).toMatchObject({ stderr: '', codes: [], rows: { pending: 0, spooled: 0, dropped: 0 } });
    const arrived = intake.metric('first').length + intake.distribution('first.values').length;
    expect(arrived).toBe(rows);
    expect(next.rows).toMatchObject({ sent: rows + 2, takenOver: rows });
  });

  test('a process that has nothing else to do does not stay alive to send what others left', async () => {
    await using intake = await startIntake();
    intake.answer({ statusCode: 503 }, { times: Number.POSITIVE_INFINITY });
    using temporary = new TemporaryDirectory();
    const directory = join(temporary.path, 'spool');
    await run(intake, 'stopped', directory, 'first');
    intake.clear();
    const next = await run(intake, 'naturally', directory, 'next', SLOW_TIMERS_FLAGS);
    expect(next).toMatchObject({ stderr: '', codes: [], rows: { pending: 0, spooled: 0, dropped: 0 } });
    expect(intake.metric('next')).toHaveLength(1);
  });
});
