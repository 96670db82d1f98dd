import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StoredPayload } from '../../../src/http/payload.js';
import {
  decodeFile,
  encodeFile,
  fileOf,
  formatName,
  hashIntake,
  parseName,
  type SpoolEntry,
} from '../../../src/http/spool/spool-file.js';
import { INTAKE, storedPayload } from '../support/spool.js';

const payloads: fc.Arbitrary<StoredPayload> = fc.record({
  path: fc.constantFrom('/api/v2/series', '/api/v1/distribution_points', '/api/v1/events'),
  compression: fc.constantFrom('gzip', 'deflate', 'none'),
  body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  rows: fc.integer({ min: 1, max: 100_000 }),
  createdSeconds: fc.double({ min: 0, max: 4e9, noNaN: true }),
});

function encoded(payload: StoredPayload): { file: Buffer; entry: SpoolEntry } {
  const file = fileOf(payload, INTAKE);
  return { entry: file.entry, file: Buffer.concat(encodeFile(file)) };
}

test('a payload is read as it was written', () => {
  fc.assert(
    fc.property(payloads, (payload) => {
      const { entry, file } = encoded(payload);
      expect(decodeFile(file, entry, INTAKE)).toEqual(payload);
      expect(parseName(formatName(entry))).toEqual(entry);
    }),
  );
});

test('a change of any byte is noticed, and so is a change of the size', () => {
  fc.assert(
    fc.property(payloads, fc.nat(), fc.integer({ min: 1, max: 255 }), (payload, at, change) => {
      const { entry, file } = encoded(payload);
      const index = at % file.length;
      const changed = Buffer.from(file);
      changed[index] ^= change;
      expect(decodeFile(changed, entry, INTAKE)).toBeUndefined();
      expect(decodeFile(file.subarray(0, index), entry, INTAKE)).toBeUndefined();
      expect(decodeFile(Buffer.concat([file, changed.subarray(index)]), entry, INTAKE)).toBeUndefined();
    }),
  );
});

test('a file that contradicts its name is noticed', () => {
  const { entry, file } = encoded(storedPayload('text', 3));
  expect(decodeFile(file, { ...entry, rows: 4 }, INTAKE)).toBeUndefined();
  expect(decodeFile(file, entry, 'https://api.datadoghq.eu')).toBeUndefined();
});

test.each([
  ['a path that would lead to another host', { path: '.example.com/api/v2/series' }],
  ['a path that is no endpoint of ours', { path: '/api/v1/validate' }],
  ['a path that only begins with that of an endpoint', { path: '/api/v2/series?api_key=stolen' }],
  ['a path that is not a string', { path: 1 }],
  ['an unknown compression', { compression: 'gzip\r\nX: y' }],
  ['a time that is not a number', { createdSeconds: 'now' }],
])('a file with a correct checksum but %s is refused', (_, change) => {
  const { entry, file } = encoded({ ...storedPayload('text'), ...change } as StoredPayload);
  expect(decodeFile(file, entry, INTAKE)).toBeUndefined();
});

test('a file whose second line is not a JSON object is refused, even with a correct checksum', () => {
  const { entry } = encoded(storedPayload('text'));
  for (const head of ['', '{', 'null', '1', '[]']) {
    const rest = `${head}\n`;
    const file = Buffer.from(`${createHash('sha256').update(rest).digest('hex')}\n${rest}`);
    expect(decodeFile(file, { ...entry, bytes: file.length }, INTAKE)).toBeUndefined();
  }
});

test('names sort by age', () => {
  const names = [1, 9.5, 1e3, 1e6, 1e9, 3e9].map((seconds) => encoded(storedPayload('', 1, seconds)).entry.id);
  expect(names).toEqual([...names].sort());
});

test('names can be read even if the clock is far out of range', () => {
  for (const createdSeconds of [-1, -1e300, 1e300]) {
    const { entry } = encoded(storedPayload('', 1, createdSeconds));
    expect(parseName(formatName(entry))).toMatchObject({ id: entry.id });
  }
});

test('names of all states are read as they were written, and other names are refused', () => {
  const { entry } = encoded(storedPayload('text'));
  const states = [
    { ...entry, state: 'ready' },
    { ...entry, state: 'corrupt' },
    { ...entry, state: 'claimed', untilMilliseconds: 1_763_836_563_000 },
    { ...entry, state: 'writing', untilMilliseconds: 1_763_836_563_000 },
  ] as const;
  for (const state of states) expect(parseName(formatName(state))).toEqual(state);
  for (const name of [
    '',
    entry.id,
    `${entry.id}.`,
    `${entry.id}.claimed`,
    `${entry.id}.writing`,
    `${entry.id}.01763836563000.ready`,
    `${entry.id}.01763836563000.corrupt`,
    `${entry.id}.ready~`,
    `x${entry.id}.ready`,
    `${entry.id}.ready`.replace('threadstats1', 'threadstats2'),
    `${entry.id}.ready`.toUpperCase(),
    `${entry.id}.ready\n`,
  ]) {
    expect(parseName(name)).toBeUndefined();
  }
});

test('intakes are distinguished by their whole base URL', () => {
  const hashes = [INTAKE, `${INTAKE}/`, `${INTAKE}/path`, 'http://api.datadoghq.com', 'https://api.datadoghq.eu'].map(hashIntake);
  expect(new Set(hashes).size).toBe(hashes.length);
});
