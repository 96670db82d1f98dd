import * as fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ThreadStatsError } from '../../../src/diagnostics/errors.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { BEGIN_SECONDS, CLAIM_MILLISECONDS, MAX_AGE_SECONDS, openSpool, storedPayload, takeAll } from '../support/spool.js';

const BLOCK_BYTES = 4096;

/** Replaces functions of node:fs/promises until the test ends. */
function replace(functions: Partial<Record<keyof typeof promises, unknown>>): () => void {
  const originals = { ...promises };
  const restore = (): void => {
    Object.assign(promises, originals);
    syncBuiltinESMExports();
  };
  onTestFinished(restore);
  Object.assign(promises, functions);
  syncBuiltinESMExports();
  return restore;
}

function failWith(code: string): () => Promise<never> {
  return () => Promise.reject(Object.assign(new Error(`${code}: made to fail`), { code }));
}

test('payloads are taken oldest first, and their files are removed', async () => {
  const directory = temporaryDirectory();
  const it = openSpool(directory);
  const payload = storedPayload('second', 7);
  await it.spool.put(payload, 'queueFull');
  await it.spool.put(storedPayload('third', 1, BEGIN_SECONDS + 1), 'queueFull');
  await it.spool.put(storedPayload('first', 1, BEGIN_SECONDS - 1), 'queueFull');
  expect(it.spool.rowsPending).toBe(9);
  const first = await it.spool.takeOldest();
  const second = await it.spool.takeOldest();
  expect(first?.payload.rows).toBe(1);
  expect(second?.payload).toEqual(payload);
  await first?.done();
  await second?.done();
  expect(it.spool.rowsPending).toBe(1);
  expect(await takeAll(it)).toEqual(['third']);
  expect(await it.spool.takeOldest()).toBeUndefined();
  expect(fs.readdirSync(directory)).toEqual([]);
  expect(it.spool).toMatchObject({ rowsPending: 0, rowsTakenOver: 0, rowsLeft: 0, bytes: 0 });
  expect(it).toMatchObject({ dropped: {}, errors: [] });
});

test('only the owner can read the directory and its files', async () => {
  const directory = join(temporaryDirectory(), 'made', 'deep');
  const { spool } = openSpool(directory);
  await spool.put(storedPayload('text'), 'queueFull');
  const [name] = fs.readdirSync(directory);
  expect(fs.statSync(directory).mode & 0o777).toBe(0o700);
  expect(fs.statSync(join(directory, name)).mode & 0o777).toBe(0o600);
});

test('the next spool takes over the payloads that a closed spool left', async () => {
  const directory = temporaryDirectory();
  const before = openSpool(directory);
  await before.spool.put(storedPayload('a', 3), 'queueFull');
  await before.spool.put(storedPayload('b', 4, BEGIN_SECONDS + 1), 'queueFull');
  await before.spool.close();
  expect(before.spool).toMatchObject({ rowsPending: 0, rowsLeft: 7 });
  const next = openSpool(directory);
  expect(await takeAll(next)).toEqual(['a', 'b']);
  expect(next.spool).toMatchObject({ rowsPending: 0, rowsTakenOver: 7, rowsLeft: 0 });
});

test('no payload is put in or taken after close', async () => {
  const it = openSpool(temporaryDirectory());
  await it.spool.put(storedPayload('a'), 'queueFull');
  await it.spool.close();
  await it.spool.close();
  await it.spool.put(storedPayload('b'), 'queueFull');
  expect(await it.spool.takeOldest()).toBeUndefined();
  expect(it).toMatchObject({ dropped: { queueFull: 1 }, spool: { rowsPending: 0, rowsLeft: 1 } });
});

test('closing gives claims back', async () => {
  const directory = temporaryDirectory();
  const before = openSpool(directory);
  await before.spool.put(storedPayload('a'), 'queueFull');
  const claim = await before.spool.takeOldest();
  await before.spool.close();
  await claim?.done();
  expect(before.spool.rowsLeft).toBe(1);
  expect(await takeAll(openSpool(directory))).toEqual(['a']);
});

test('a claimed payload is not taken by others until it is given back', async () => {
  const directory = temporaryDirectory();
  const one = openSpool(directory);
  const other = openSpool(directory);
  await one.spool.put(storedPayload('a', 2), 'queueFull');
  const claim = await one.spool.takeOldest();
  expect(await other.spool.takeOldest()).toBeUndefined();
  await claim?.giveBack();
  await claim?.giveBack();
  await claim?.done();
  expect(one.spool.rowsPending).toBe(2);
  expect(await takeAll(other)).toEqual(['a']);
  expect(other.spool.rowsTakenOver).toBe(2);
  // The first spool notices this at its next listing.
  expect(await takeAll(one)).toEqual([]);
  expect(one.spool).toMatchObject({ rowsPending: 0, rowsLeft: 2 });
});

test('a payload that was taken over and given back can be taken again, and is counted once', async () => {
  const directory = temporaryDirectory();
  const before = openSpool(directory);
  await before.spool.put(storedPayload('a', 2), 'queueFull');
  await before.spool.close();
  const next = openSpool(directory);
  await (await next.spool.takeOldest())?.giveBack();
  expect(next.spool).toMatchObject({ rowsPending: 2, rowsTakenOver: 2 });
  expect(await takeAll(next)).toEqual(['a']);
  expect(next.spool).toMatchObject({ rowsPending: 0, rowsTakenOver: 2, rowsLeft: 0 });
});

test('a payload is taken over when its claim expires, and the first owner can no longer affect it', async () => {
  const directory = temporaryDirectory();
  const hung = openSpool(directory);
  await hung.spool.put(storedPayload('a', 2), 'queueFull');
  const hungClaims = [await hung.spool.takeOldest()];
  let milliseconds = BEGIN_SECONDS * 1000 + CLAIM_MILLISECONDS - 1;
  const next = openSpool(directory, { now: () => milliseconds });
  expect(await next.spool.takeOldest()).toBeUndefined();
  milliseconds += 1;
  const claim = await next.spool.takeOldest();
  expect(Buffer.from(claim!.payload.body).toString()).toBe('a');
  await hungClaims[0]?.giveBack();
  expect(await hung.spool.takeOldest()).toBeUndefined();
  await claim?.done();
  expect(await hung.spool.takeOldest()).toBeUndefined();
  expect(hung.spool).toMatchObject({ rowsPending: 0, rowsLeft: 2 });
  expect(fs.readdirSync(directory)).toEqual([]);
  expect(hung.errors).toEqual([]);
  expect(next.errors).toEqual([]);
});

test('a process does not take over its own expired claim', async () => {
  let milliseconds = BEGIN_SECONDS * 1000;
  const it = openSpool(temporaryDirectory(), { now: () => milliseconds });
  await it.spool.put(storedPayload('a', 2), 'queueFull');
  const claim = await it.spool.takeOldest();
  milliseconds += CLAIM_MILLISECONDS * 2;
  expect(await it.spool.takeOldest()).toBeUndefined();
  milliseconds += MAX_AGE_SECONDS * 1000;
  expect(await it.spool.takeOldest()).toBeUndefined();
  expect(it.spool.rowsPending).toBe(2);
  await claim?.done();
  expect(it).toMatchObject({ dropped: {}, spool: { rowsPending: 0, rowsLeft: 0 } });
});

test('a claim made while the clock was far ahead expires', async () => {
  const directory = temporaryDirectory();
  const ahead = openSpool(directory, { now: () => BEGIN_SECONDS * 1000 + 1e10, maxAgeSeconds: 1e9 });
  await ahead.spool.put(storedPayload('a'), 'queueFull');
  await ahead.spool.takeOldest();
  expect(await takeAll(openSpool(directory))).toEqual(['a']);
});

test('files for another intake are not taken', async () => {
  const directory = temporaryDirectory();
  const eu = openSpool(directory, { intake: 'https://api.datadoghq.eu' });
  await eu.spool.put(storedPayload('eu'), 'queueFull');
  await eu.spool.close();
  expect(await takeAll(openSpool(directory))).toEqual([]);
  const path = openSpool(directory, { intake: 'https://api.datadoghq.eu/path' });
  expect(await takeAll(path)).toEqual([]);
  expect(await takeAll(openSpool(directory, { intake: 'https://api.datadoghq.eu' }))).toEqual(['eu']);
});

test('a file that is too old is dropped by any process that lists it, whichever intake it is for', async () => {
  const directory = temporaryDirectory();
  const before = openSpool(directory, { intake: 'https://api.datadoghq.eu' });
  await before.spool.put(storedPayload('old', 2), 'queueFull');
  await before.spool.put(storedPayload('young', 3, BEGIN_SECONDS + 1), 'queueFull');
  const now = (): number => (BEGIN_SECONDS + MAX_AGE_SECONDS) * 1000 + 1;
  const next = openSpool(directory, { now });
  expect(await takeAll(next)).toEqual([]);
  expect(next).toMatchObject({ dropped: { tooOld: 2 }, spool: { rowsTakenOver: 2, rowsPending: 0 } });
  expect(fs.readdirSync(directory)).toHaveLength(1);
});

test('a process drops its own files that are too old', async () => {
  let milliseconds = BEGIN_SECONDS * 1000;
  const it = openSpool(temporaryDirectory(), { now: () => milliseconds });
  await it.spool.put(storedPayload('old', 2), 'queueFull');
  milliseconds += MAX_AGE_SECONDS * 1000 + 1;
  expect(await takeAll(it)).toEqual([]);
  expect(it).toMatchObject({ dropped: { tooOld: 2 }, spool: { rowsTakenOver: 0, rowsPending: 0, rowsLeft: 0 } });
});

test('a full directory loses its oldest file, whichever process wrote it', async () => {
  const directory = temporaryDirectory();
  const maxBytes = 4 * BLOCK_BYTES;
  const other = openSpool(directory, { maxBytes, intake: 'https://api.datadoghq.eu' });
  await other.spool.put(storedPayload('eu', 100, BEGIN_SECONDS - 1), 'queueFull');
  const it = openSpool(directory, { maxBytes });
  for (let index = 0; index < 5; index++) await it.spool.put(storedPayload(`${index}`, 1, BEGIN_SECONDS + index), 'queueFull');
  expect(it.spool.bytes).toBe(maxBytes);
  expect(it).toMatchObject({ dropped: { spoolFull: 101 }, spool: { rowsPending: 4, rowsTakenOver: 100 } });
  expect(fs.readdirSync(directory)).toHaveLength(4);
  expect(await takeAll(it)).toEqual(['1', '2', '3', '4']);
});

test('a payload that is larger than the limit is dropped, and no other is removed for it', async () => {
  const it = openSpool(temporaryDirectory(), { maxBytes: 2 * BLOCK_BYTES });
  await it.spool.put(storedPayload('small'), 'queueFull');
  await it.spool.put(storedPayload('x'.repeat(2 * BLOCK_BYTES)), 'queueFull');
  expect(await takeAll(it)).toEqual(['small']);
  expect(it).toMatchObject({ dropped: { queueFull: 1 }, spool: { rowsPending: 0, rowsTakenOver: 0 } });
});

test('a claimed file is not removed to make room', async () => {
  const directory = temporaryDirectory();
  const it = openSpool(directory, { maxBytes: BLOCK_BYTES });
  await it.spool.put(storedPayload('a'), 'queueFull');
  const claim = await it.spool.takeOldest();
  const other = openSpool(directory, { maxBytes: BLOCK_BYTES });
  await it.spool.put(storedPayload('b'), 'queueFull');
  await other.spool.put(storedPayload('c'), 'queueFull');
  await claim?.done();
  await it.spool.put(storedPayload('b'), 'queueFull');
  expect(it.dropped).toEqual({ queueFull: 1 });
  expect(other.dropped).toEqual({ queueFull: 1 });
  expect(it.spool.rowsPending).toBe(1);
});

test('several processes keep the limit together', async () => {
  const directory = temporaryDirectory();
  let milliseconds = BEGIN_SECONDS * 1000;
  const options = { maxBytes: 8 * BLOCK_BYTES, now: () => milliseconds };
  const spools = [openSpool(directory, options), openSpool(directory, options), openSpool(directory, options)];
  for (let index = 0; index < 60; index++) {
    await spools[index % 3].spool.put(storedPayload(`${index}`, 1, milliseconds / 1000), 'queueFull');
    milliseconds += 4000;
  }
  expect(fs.readdirSync(directory).length).toBeLessThanOrEqual(11);
  milliseconds += 10_000;
  await Promise.all(spools.map(({ spool }) => spool.takeOldest().then((claim) => claim?.giveBack())));
  await spools[0].spool.put(storedPayload('last'), 'queueFull');
  expect(fs.readdirSync(directory).length).toBeLessThanOrEqual(8);
  // Each row is counted by one of them.
  for (const { spool } of spools) await spool.takeOldest().then((claim) => claim?.giveBack());
  let rows = 0;
  for (const { spool, dropped } of spools)
    rows += spool.rowsPending + spool.rowsLeft - spool.rowsTakenOver + (dropped.spoolFull ?? 0);
  expect(rows).toBe(61);
});

test('a damaged file is renamed, and its rows are counted as dropped', async () => {
  const directory = temporaryDirectory();
  const before = openSpool(directory);
  for (let index = 0; index < 3; index++)
    await before.spool.put(storedPayload(`${index}`, 5, BEGIN_SECONDS + index), 'queueFull');
  const names = fs.readdirSync(directory).sort();
  const text = fs.readFileSync(join(directory, names[0]));
  text[text.length - 1] ^= 1;
  fs.writeFileSync(join(directory, names[0]), text);
  fs.truncateSync(join(directory, names[1]), 20);
  await before.spool.close();
  const next = openSpool(directory);
  expect(await takeAll(next)).toEqual(['2']);
  expect(next).toMatchObject({ dropped: { spoolCorrupt: 10 }, spool: { rowsTakenOver: 15, rowsPending: 0 } });
  expect(fs.readdirSync(directory).sort()).toEqual(names.slice(0, 2).map((name) => name.replace('.ready', '.corrupt')));
  expect(next.errors).toEqual([expect.any(ThreadStatsError), expect.any(ThreadStatsError)]);
  expect(next.errors[0]).toMatchObject({ code: 'ERR_THREADSTATS_SPOOL_CORRUPT' });
  expect(next.errors[0].message).toContain('.corrupt');
  expect(await takeAll(openSpool(directory))).toEqual([]);
});

test('ten damaged files are kept, and none when there is no room', async () => {
  const directory = temporaryDirectory();
  const maxBytes = 16 * BLOCK_BYTES;
  const it = openSpool(directory, { maxBytes });
  for (let index = 0; index < 12; index++) await it.spool.put(storedPayload(`${index}`, 1, BEGIN_SECONDS + index), 'queueFull');
  for (const name of fs.readdirSync(directory)) fs.truncateSync(join(directory, name), 0);
  expect(await takeAll(it)).toEqual([]);
  expect(it).toMatchObject({ dropped: { spoolCorrupt: 12 }, spool: { rowsPending: 0 } });
  expect(await takeAll(it)).toEqual([]);
  expect(fs.readdirSync(directory)).toHaveLength(10);
  for (let index = 0; index < 17; index++) await it.spool.put(storedPayload(`${index}`, 1, BEGIN_SECONDS + index), 'queueFull');
  expect(fs.readdirSync(directory).filter((name) => name.endsWith('.corrupt'))).toEqual([]);
  expect(it.dropped).toEqual({ spoolCorrupt: 12, spoolFull: 1 });
});

test('a half-written file is never read, and is removed when its writer must have died', async () => {
  const directory = temporaryDirectory();
  let restore = (): void => {};
  await new Promise<void>((resolve) => {
    restore = replace({ rename: () => new Promise(() => resolve()) });
    openSpool(directory).spool.put(storedPayload('a'), 'queueFull');
  });
  restore();
  expect(await takeAll(openSpool(directory))).toEqual([]);
  expect(fs.readdirSync(directory)).toHaveLength(1);
  const later = openSpool(directory, { now: () => BEGIN_SECONDS * 1000 + 60_000 });
  expect(await takeAll(later)).toEqual([]);
  expect(fs.readdirSync(directory)).toEqual([]);
  expect(later.dropped).toEqual({});
});

test('files that are not the spool’s are left alone', async () => {
  const directory = temporaryDirectory();
  const it = openSpool(directory, { maxBytes: BLOCK_BYTES });
  await it.spool.put(storedPayload('a'), 'queueFull');
  const [name] = fs.readdirSync(directory);
  await takeAll(it);
  const target = join(directory, 'target');
  const names = [2, 3, 4].map((digit) =>
    name.replace(/^threadstats1-\d/, `threadstats1-${digit - 2}`).replace(/.\.ready/, `${digit}.ready`),
  );
  fs.writeFileSync(target, 'precious');
  fs.writeFileSync(join(directory, 'threadstats1-notes.ready'), 'x'.repeat(10_000));
  fs.symlinkSync(target, join(directory, names[0]));
  fs.symlinkSync('/dev/zero', join(directory, names[1]));
  fs.mkdirSync(join(directory, names[2]));
  const before = fs.readdirSync(directory);
  expect(await takeAll(it)).toEqual([]);
  await it.spool.put(storedPayload('b'), 'queueFull');
  await it.spool.put(storedPayload('c'), 'queueFull');
  expect(await takeAll(it)).toEqual(['c']);
  expect(fs.readdirSync(directory)).toEqual(before);
  expect(fs.readFileSync(target, 'utf8')).toBe('precious');
  expect(it).toMatchObject({ dropped: { spoolFull: 1 }, errors: [] });
});

test('the directory may be a symbolic link', async () => {
  const directory = temporaryDirectory();
  fs.mkdirSync(join(directory, 'real'));
  fs.symlinkSync('real', join(directory, 'link'));
  const it = openSpool(join(directory, 'link'));
  await it.spool.put(storedPayload('a'), 'queueFull');
  expect(await takeAll(it)).toEqual(['a']);
});

test('a path that cannot be a directory is reported once, and rows are dropped', async () => {
  const directory = temporaryDirectory();
  fs.writeFileSync(join(directory, 'file'), '');
  for (const path of [join(directory, 'file'), join(directory, 'file', 'below'), '/dev/null/below', `${directory}/\0`]) {
    const it = openSpool(path);
    await it.spool.put(storedPayload('a'), 'queueFull');
    await it.spool.put(storedPayload('b'), 'queueFull');
    expect(await it.spool.takeOldest()).toBeUndefined();
    await it.spool.close();
    expect(it.errors).toHaveLength(1);
    expect(it.errors[0]).toMatchObject({ code: 'ERR_THREADSTATS_SPOOL', cause: expect.any(Error) });
    expect(it).toMatchObject({ dropped: { queueFull: 2 }, spool: { rowsPending: 0, rowsLeft: 0, unwrittenBytes: 0 } });
  }
});

test('a directory that disappears is created again', async () => {
  const directory = join(temporaryDirectory(), 'spool');
  let milliseconds = BEGIN_SECONDS * 1000;
  const it = openSpool(directory, { now: () => milliseconds });
  await it.spool.put(storedPayload('a', 2), 'queueFull');
  fs.rmSync(directory, { recursive: true });
  await it.spool.put(storedPayload('b'), 'queueFull');
  milliseconds += 10_000;
  await it.spool.put(storedPayload('c'), 'queueFull');
  expect(await takeAll(it)).toEqual(['c']);
  expect(it.spool).toMatchObject({ rowsPending: 0, rowsLeft: 2 });
  expect(it.errors).toHaveLength(1);
});

test.each(['ENOSPC', 'EROFS', 'EACCES', 'EDQUOT', 'EMFILE', 'EIO'])(
  'a disk that fails with %s is reported once, leaves no files behind, and is used again when it works',
  async (code) => {
    const directory = temporaryDirectory();
    const it = openSpool(directory);
    const restore = replace({
      writeFile: async (path: string, parts: Uint8Array[], options: fs.WriteFileOptions) => {
        fs.writeFileSync(path, parts[0], options);
        await failWith(code)();
      },
    });
    await it.spool.put(storedPayload('a'), 'queueFull');
    await it.spool.put(storedPayload('b'), 'queueFull');
    expect(fs.readdirSync(directory)).toEqual([]);
    expect(it.errors).toHaveLength(1);
    expect(it.errors[0].message).toContain(code);
    restore();
    await it.spool.put(storedPayload('c'), 'queueFull');
    expect(await takeAll(it)).toEqual(['c']);
    expect(it).toMatchObject({ dropped: { queueFull: 2 }, errors: { length: 1 } });
  },
);

test.each(['mkdir', 'opendir', 'rename', 'open', 'unlink'] as const)(
  'rows are still accounted for when %s fails',
  async (name) => {
    const directory = temporaryDirectory();
    let milliseconds = BEGIN_SECONDS * 1000;
    const it = openSpool(directory, { now: () => milliseconds });
    await it.spool.put(storedPayload('a', 2), 'queueFull');
    const restore = replace({ [name]: failWith('EACCES') });
    milliseconds += 20_000;
    await it.spool.put(storedPayload('b', 3), 'queueFull');
    const isPut = it.dropped.queueFull === undefined;
    const claim = await it.spool.takeOldest();
    await claim?.giveBack();
    const rows = isPut ? 5 : 2;
    expect(it).toMatchObject({ dropped: isPut ? {} : { queueFull: 3 }, spool: { rowsPending: rows } });
    restore();
    milliseconds += 2 * CLAIM_MILLISECONDS;
    expect(await takeAll(it)).toEqual(isPut ? ['a', 'b'] : ['a']);
    expect(it.spool).toMatchObject({ rowsPending: 0, rowsLeft: 0, rowsTakenOver: 0 });
    // A directory that exists need not be created.
    expect(it.errors.length).toBe(name === 'unlink' || name === 'mkdir' ? 0 : 1);
  },
);

test('a file that cannot be read does not hold up the next one', async () => {
  const directory = temporaryDirectory();
  const it = openSpool(directory);
  await it.spool.put(storedPayload('a', 2), 'queueFull');
  await it.spool.put(storedPayload('b', 3, BEGIN_SECONDS + 1), 'queueFull');
  const { open } = promises;
  let failures = 0;
  replace({ open: (path: string, flags: number) => (failures++ === 0 ? failWith('EACCES')() : open(path, flags)) });
  expect(await takeAll(it)).toEqual(['b', 'a']);
  expect(it).toMatchObject({ errors: { length: 1 }, dropped: {}, spool: { rowsPending: 0 } });
});

test('a file that cannot be removed is not counted as removed', async () => {
  const it = openSpool(temporaryDirectory(), { maxBytes: BLOCK_BYTES });
  await it.spool.put(storedPayload('a', 2), 'queueFull');
  const restore = replace({ unlink: failWith('EPERM') });
  await it.spool.put(storedPayload('b'), 'queueFull');
  expect(it).toMatchObject({ dropped: { queueFull: 1 }, spool: { rowsPending: 2 }, errors: { length: 1 } });
  restore();
  await it.spool.put(storedPayload('b'), 'queueFull');
  expect(it).toMatchObject({ dropped: { queueFull: 1, spoolFull: 2 }, spool: { rowsPending: 1 } });
});

test('new files are found although the clock was set back', async () => {
  const directory = temporaryDirectory();
  let milliseconds = BEGIN_SECONDS * 1000;
  const it = openSpool(directory, { now: () => milliseconds });
  expect(await it.spool.takeOldest()).toBeUndefined();
  milliseconds -= 3_600_000;
  await openSpool(directory).spool.put(storedPayload('a'), 'queueFull');
  expect(await takeAll(it)).toEqual(['a']);
});

test('large and empty payloads are read as they were written', async () => {
  const it = openSpool(temporaryDirectory());
  const body = Buffer.alloc(3_200_000, 'abc');
  await it.spool.put({ ...storedPayload(''), body }, 'queueFull');
  await it.spool.put(storedPayload('', 1, BEGIN_SECONDS + 1), 'queueFull');
  const claim = await it.spool.takeOldest();
  expect(body.equals(claim!.payload.body)).toBe(true);
  await claim!.done();
  expect(await takeAll(it)).toEqual(['']);
});

test('rows are counted as soon as a payload is handed over', async () => {
  const it = openSpool(temporaryDirectory());
  const put = it.spool.put(storedPayload('a', 2), 'queueFull');
  const closed = it.spool.close();
  const late = it.spool.put(storedPayload('b', 3), 'closed');
  expect(it.spool).toMatchObject({ rowsPending: 5, rowsLeft: 0 });
  expect(it.spool.unwrittenBytes).toBeGreaterThan(0);
  await put;
  await closed;
  expect(it.spool.rowsLeft).toBeGreaterThanOrEqual(2);
  await late;
  expect(it).toMatchObject({ dropped: { closed: 3 }, spool: { rowsPending: 0, rowsLeft: 2, unwrittenBytes: 0 } });
});

test('the rows of a claim are no longer counted as soon as it is done', async () => {
  const it = openSpool(temporaryDirectory());
  await it.spool.put(storedPayload('a', 2), 'queueFull');
  const claim = await it.spool.takeOldest();
  expect(it.spool.rowsPending).toBe(2);
  const done = claim?.done();
  expect(it.spool.rowsPending).toBe(0);
  await done;
});

test('a payload that is taken while the spool closes is left to other processes, and counted once', async () => {
  const directory = temporaryDirectory();
  const it = openSpool(directory);
  await it.spool.put(storedPayload('a', 2), 'queueFull');
  const taking = it.spool.takeOldest();
  const closing = it.spool.close();
  const claim = await taking;
  await closing;
  await claim?.done();
  expect(it.spool).toMatchObject({ rowsPending: 0, rowsLeft: 2 });
  expect(await takeAll(openSpool(directory))).toEqual(['a']);
});
