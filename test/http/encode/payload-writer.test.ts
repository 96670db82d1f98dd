import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BufferPool } from '../../../src/http/encode/buffer-pool.js';
import { PayloadWriter } from '../../../src/http/encode/payload-writer.js';
import { pieceOf } from '../../../src/http/encode/utf8-piece.js';
import type { Payload } from '../../../src/http/payload.js';

/** Longer than texts that are encoded one unit at a time, and than the first buffer. */
const ROW_UNITS = 20_000;
/** Bytes of `{"series":[` and `]}`. */
const FRAME_BYTES = 13;

function write(rows: readonly object[], maxBodyBytes: number): Payload[] {
  const payloads: Payload[] = [];
  const limits = { path: '/api/v2/series', compression: 'gzip', maxBodyBytes } as const;
  const writer = new PayloadWriter(limits, new BufferPool(), (payload) => payloads.push(payload));
  for (const row of rows) writer.add(`${JSON.stringify(row)},`);
  writer.finish();
  return payloads;
}

/** Returns the rows of a body, which must be UTF-8 and JSON. */
function read({ body }: Payload): object[] {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body as Uint8Array);
  const parsed = JSON.parse(text);
  expect(Object.keys(parsed)).toEqual(['series']);
  return parsed.series;
}

/** Makes a row whose JSON has so many bytes, comma included, by repeating a text. */
function rowOf(bytes: number, text = 'x'): object {
  const room = bytes - Buffer.byteLength('{"metric":""},');
  const count = Math.floor(room / Buffer.byteLength(text));
  return { metric: text.repeat(count) + 'x'.repeat(room - count * Buffer.byteLength(text)) };
}

/** Cuts rows into bodies by the rule: as many rows as fit, and at least one. */
function cutByRule(rows: readonly object[], maxBodyBytes: number): object[][] {
  const bodies: object[][] = [];
  let bodyBytes = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const rowBytes = Buffer.byteLength(`${JSON.stringify(row)},`);
    // The last row has no comma.
    if (bodyBytes + rowBytes - 1 > maxBodyBytes) {
      bodies.push([]);
      bodyBytes = FRAME_BYTES;
    }
    bodies.at(-1)!.push(row);
    bodyBytes += rowBytes;
  }
  return bodies;
}

test('a few rows make one payload', () => {
  const [payload, ...others] = write([{ metric: 'a' }, { metric: 'ü' }], 1000);
  expect(others).toEqual([]);
  expect(payload).toMatchObject({ path: '/api/v2/series', compression: 'gzip', rows: 2 });
  expect(String(payload.body)).toBe('{"series":[{"metric":"a"},{"metric":"ü"}]}');
});

describe.each(['x', 'é', '€', '😀'])('with rows of %s', (text) => {
  const bytesByText: Record<string, number> = { x: 1, é: 2, '€': 3, '😀': 2 };
  const rows = Array.from({ length: 4 }, () => rowOf(ROW_UNITS * bytesByText[text] + 100, text));
  const wholeBytes = FRAME_BYTES - 1 + rows.reduce<number>((sum, row) => sum + Buffer.byteLength(JSON.stringify(row)) + 1, 0);

  test('a body has at most as many bytes as the limit', () => {
    expect(write(rows, wholeBytes).map(({ body, rows }) => [body.length, rows])).toEqual([[wholeBytes, 4]]);
    const cut = write(rows, wholeBytes - 1);
    expect(cut.map((payload) => payload.rows)).toEqual([3, 1]);
    expect(cut.flatMap(read)).toEqual(rows);
  });

  test('no character is cut, whatever the limit', () => {
    for (let maxBodyBytes = wholeBytes - 20; maxBodyBytes < wholeBytes + 20; maxBodyBytes++) {
      expect(write(rows, maxBodyBytes).flatMap(read)).toEqual(rows);
    }
  });
});

test('a body of many megabytes is complete', () => {
  const rows = Array.from({ length: 30_000 }, (_, i) => ({ metric: `größe.${i}`, tags: ['ein:anderer', '😀'.repeat(i % 50)] }));
  const [payload, ...others] = write(rows, 62_914_560);
  expect(others).toEqual([]);
  expect(payload.rows).toBe(30_000);
  expect(read(payload)).toEqual(rows);
});

test('no row is lost, the order is kept, and bodies are as full as possible', () => {
  const text = fc
    .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }), fc.nat(5000))
    .map(([part, times]) => part.repeat(times).slice(0, 20_000));
  fc.assert(
    fc.property(fc.array(fc.record({ metric: text }), { maxLength: 40 }), fc.integer({ min: 1, max: 120_000 }), (rows, max) => {
      const payloads = write(rows, max);
      const series = payloads.map(read);
      expect(series).toEqual(cutByRule(rows, max));
      expect(series.flat()).toEqual(rows);
      expect(payloads.map((payload) => payload.rows)).toEqual(series.map(({ length }) => length));
      for (const [i, { body }] of payloads.entries()) {
        if (body.length > max) expect(series[i].length).toBe(1);
      }
    }),
    { numRuns: 40 },
  );
});

test('a row of many numbers that is longer than a body moves the body a few times only', () => {
  class CountingPool extends BufferPool {
    taken = 0;
    override take(bodyBytes: number): DataView {
      this.taken++;
      return super.take(bodyBytes);
    }
  }
  const pool = new CountingPool();
  const bodies: string[] = [];
  const limits = { path: '/api/v1/distribution_points', compression: 'none', maxBodyBytes: 100_000 } as const;
  const writer = new PayloadWriter(limits, pool, ({ body }) => bodies.push(String(body)));
  const values = Array.from({ length: 60_000 }, (_, i) => i + 1 / 3);
  writer.text('{"points":[');
  for (const value of values) {
    writer.number(value);
    writer.text(',');
  }
  writer.takeBack(1);
  writer.text(']},');
  writer.endRow();
  writer.finish();
  expect(bodies.map((body) => JSON.parse(body).series)).toEqual([[{ points: values }]]);
  expect(pool.taken).toBeLessThan(20);
});

/** Sizes around that of a buffer, where the closing brackets might not fit. */
test.each([16_384, 32_768])('bodies of about %i bytes are complete', (bufferBytes) => {
  for (let bodyBytes = bufferBytes - 8; bodyBytes <= bufferBytes + 8; bodyBytes++) {
    const bodies: string[] = [];
    const limits = { path: '/api/v2/series', compression: 'none', maxBodyBytes: bodyBytes } as const;
    const writer = new PayloadWriter(limits, new BufferPool(), ({ body }) => bodies.push(String(body)));
    const row = JSON.stringify(rowOf(bodyBytes - FRAME_BYTES + 1));
    for (let i = 0; i < 3; i++) {
      writer.piece(pieceOf(`${row},`));
      writer.endRow();
    }
    writer.finish();
    expect(bodies).toEqual(Array(3).fill(`{"series":[${row}]}`));
  }
});
