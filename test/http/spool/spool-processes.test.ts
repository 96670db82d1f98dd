import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { isPureJs } from '../../support/pure-js.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { BEGIN_SECONDS, CLAIM_MILLISECONDS, INTAKE, openSpool, storedPayload, takeAll } from '../support/spool.js';

// Child processes run the built code, on a Node.js with the same flags as this one.
const BUILT = new URL('../../../build/internals.js', import.meta.url);

/** A process of its own that runs code with a `spool`, a `put(text, rows)`, and a `say(line)`. */
class Child {
  readonly lines: string[] = [];
  readonly process: ChildProcess;
  readonly ended: Promise<unknown>;
  #onLine = (): void => {};

  constructor(directory: string, code: string, user?: number) {
    if (!existsSync(BUILT)) throw new Error('This test runs built code: run `npm run build` first');
    const script = `
      import { Spool } from ${JSON.stringify(BUILT.href)};
      const say = (line) => console.log(line);
      const spool = new Spool({
        directory: ${JSON.stringify(directory)}, maxBytes: 2 ** 26, maxAgeSeconds: 3000, intake: ${JSON.stringify(INTAKE)},
        claimMilliseconds: ${CLAIM_MILLISECONDS}, now: () => ${BEGIN_SECONDS * 1000},
        onDrop: (reason, rows) => say('dropped ' + reason + ' ' + rows), onError: (error) => say(error.code + ' ' + error.cause?.code),
      });
      const put = (text, rows = 1) => spool.put({
        path: '/api/v2/series', compression: 'none', body: Buffer.from(text), rows, createdSeconds: ${BEGIN_SECONDS},
      }, 'closed');
      ${code}`;
    const flags = isPureJs() ? ['--jitless'] : [];
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    this.process = spawn(process.execPath, [...flags, '--input-type=module', '--eval', script], { stdio: [...stdio], uid: user });
    onTestFinished(() => void this.process.kill('SIGKILL'));
    this.ended = once(this.process, 'close');
    createInterface(this.process.stdout!).on('line', (line) => {
      this.lines.push(line);
      this.#onLine();
    });
  }

  /** Waits until the process has printed so many lines. */
  async saysLines(count: number): Promise<void> {
    while (this.lines.length < count) {
      await new Promise<void>((resolve) => {
        this.#onLine = resolve;
      });
    }
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }
}

const TAKE_ALL = `
  for (let claim; (claim = await spool.takeOldest()); ) {
    say(Buffer.from(claim.payload.body).toString());
    await claim.done();
  }
  say('rows ' + spool.rowsTakenOver);`;

test('each payload is taken by exactly one of several processes', async () => {
  const directory = temporaryDirectory();
  const before = openSpool(directory);
  const texts = Array.from({ length: 150 }, (_, index) => `payload ${index}`);
  for (const text of texts) await before.spool.put(storedPayload(text), 'queueFull');
  await before.spool.close();
  const children = Array.from({ length: 3 }, () => new Child(directory, TAKE_ALL));
  await Promise.all(children.map(({ ended }) => ended));
  const lines = children.flatMap((child) => child.lines);
  expect(lines.filter((line) => line.startsWith('payload')).sort()).toEqual(texts.sort());
  const rows = lines.filter((line) => line.startsWith('rows')).map((line) => Number(line.slice(5)));
  expect(rows.reduce((a, b) => a + b)).toBe(150);
  expect(lines).toHaveLength(153);
  expect(readdirSync(directory)).toEqual([]);
});

test('a payload whose process was killed is taken over when its claim expires', async () => {
  const directory = temporaryDirectory();
  const child = new Child(directory, `await put('a', 2); await spool.takeOldest(); say('taken'); setInterval(() => {}, 1000);`);
  await child.saysLines(1);
  await child.kill();
  let milliseconds = BEGIN_SECONDS * 1000;
  const next = openSpool(directory, { now: () => milliseconds });
  expect(await takeAll(next)).toEqual([]);
  milliseconds += CLAIM_MILLISECONDS;
  expect(await takeAll(next)).toEqual(['a']);
  expect(next).toMatchObject({ dropped: {}, errors: [], spool: { rowsTakenOver: 2 } });
});

test('a process that is killed while it writes leaves no broken payload', async () => {
  const directory = temporaryDirectory();
  const large = 200_000;
  let said = 0;
  for (let round = 0; round < 4; round++) {
    const code = `for (let index = 0; ; index++) await put('${round} ' + index + 'x'.repeat(${large})).then(() => say(index));`;
    const child = new Child(directory, code);
    await child.saysLines(3 + round);
    await child.kill();
    said += child.lines.length;
  }
  const next = openSpool(directory, { now: () => BEGIN_SECONDS * 1000 + CLAIM_MILLISECONDS });
  const taken = await takeAll(next);
  // Payloads that a process announced are there; one that it had no time to announce may be.
  expect(taken.length).toBeGreaterThanOrEqual(said);
  expect(new Set(taken).size).toBe(taken.length);
  for (const text of taken) expect(text).toMatch(/^\d \d+x+$/);
  expect(next).toMatchObject({ dropped: {}, errors: [] });
  expect(readdirSync(directory)).toEqual([]);
});

// Only the superuser may run processes as somebody else.
test.runIf(process.getuid?.() === 0)('a directory without permission is reported once, and rows are dropped', async () => {
  const directory = temporaryDirectory();
  const put = `await put('a'); await put('b', 2); say(String(await spool.takeOldest()));`;
  const other = new Child(directory, put, 65_534);
  await other.ended;
  expect(other.lines).toEqual(['ERR_THREADSTATS_SPOOL EACCES', 'dropped closed 1', 'dropped closed 2', 'undefined']);
  // Now the process may list and read the directory, but not write to it.
  await openSpool(directory).spool.put(storedPayload('mine'), 'queueFull');
  chmodSync(directory, 0o755);
  const reader = new Child(directory, put, 65_534);
  await reader.ended;
  expect(reader.lines).toEqual(['ERR_THREADSTATS_SPOOL EACCES', 'dropped closed 1', 'dropped closed 2', 'undefined']);
  // Now the process may rename the file, but not read it.
  chmodSync(directory, 0o777);
  const renamer = new Child(directory, TAKE_ALL, 65_534);
  await renamer.ended;
  expect(renamer.lines).toEqual(['ERR_THREADSTATS_SPOOL EACCES', 'rows 0']);
  expect(await takeAll(openSpool(directory))).toEqual(['mine']);
});
