import { Agent, request } from 'node:http';
import * as zlib from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { API_KEY, SERIES_V2, send } from './send-request.js';

const LIMITS: [path: string, maxBodyBytes: number, maxDecompressedBytes: number, body: object][] = [
  ['/api/v2/series', 512_000, 5_242_880, SERIES_V2],
  ['/api/v1/series', 3_200_000, 62_914_560, { series: [] }],
  ['/api/v1/distribution_points', 2_621_440, 4_194_304, { series: [] }],
  ['/api/v1/events', 2_621_440, 4_194_304, { title: 'a', text: 'b' }],
];

/** Returns the JSON of a value, padded with spaces to a length. */
function padded(body: object, bytes: number): Buffer {
  const text = JSON.stringify(body);
  return Buffer.concat([Buffer.from(text), Buffer.alloc(bytes - text.length, ' ')]);
}

let intake: Intake;
beforeAll(async () => {
  intake = await startIntake();
});
beforeEach(() => intake.clear());
afterAll(() => intake.close());

function sendEncoded(path: string, encoding: string, body: Uint8Array) {
  return send(intake, path, { headers: { 'Content-Encoding': encoding }, body });
}

describe('a body', () => {
  const plain = Buffer.from(JSON.stringify(SERIES_V2));

  it.each([
    ['identity', 'identity', plain],
    ['gzip', 'gzip', zlib.gzipSync(plain)],
    ['GZip', 'gzip', zlib.gzipSync(plain)],
    ['deflate', 'deflate', zlib.deflateSync(plain)],
  ])('may be encoded as %s', async (header, encoding, body) => {
    expect(await sendEncoded('/api/v2/series', header, body)).toMatchObject({ statusCode: 202 });
    expect(intake.metric('m')).toHaveLength(1);
    expect(intake.requests).toMatchObject([{ encoding, bodyBytes: body.length, decompressedBytes: plain.length }]);
  });

  it('needs no Content-Encoding', async () => {
    expect(await send(intake, '/api/v2/series', { body: plain })).toMatchObject({ statusCode: 202 });
    expect(intake.requests[0].encoding).toBe('identity');
  });

  const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Uint8Array) => Buffer };
  describe.each(['zstd', 'zstd1'])('as %s', (encoding) => {
    it.runIf(zstdCompressSync)('is accepted where node:zlib supports it', async () => {
      const body = zstdCompressSync?.(plain) ?? plain;
      expect(await sendEncoded('/api/v2/series', encoding, body)).toMatchObject({ statusCode: 202 });
      expect(intake.requests).toMatchObject([{ encoding, bodyBytes: body.length, decompressedBytes: plain.length }]);
    });
    it.skipIf(zstdCompressSync)('is refused where node:zlib does not support it, and the answer says what does', async () => {
      const answer = await sendEncoded('/api/v2/series', encoding, plain);
      expect(answer.statusCode).toBe(400);
      const needed = `a body with Content-Encoding ${encoding} can be decompressed only with Node.js 22.15, 23.8 or later`;
      expect(JSON.parse(answer.text)).toEqual({ errors: [`${needed}, and this is ${process.version}`] });
    });
  });

  it.each([
    [
      'an unknown encoding',
      'br',
      zlib.brotliCompressSync(plain),
      /Content-Encoding must be one of identity, gzip, deflate.* not "br"/,
    ],
    ['two encodings', 'gzip, gzip', zlib.gzipSync(zlib.gzipSync(plain)), /Content-Encoding must be one of/],
    ['plain text declared as gzip', 'gzip', plain, /the body is not gzip: /],
    ['a raw deflate stream', 'deflate', zlib.deflateRawSync(plain), /the body is not deflate: /],
    ['a truncated gzip stream', 'gzip', zlib.gzipSync(plain).subarray(0, -9), /the body is not gzip: /],
    ['a body that is not JSON', 'gzip', zlib.gzipSync(plain.subarray(1)), /the body is not JSON: /],
    ['an empty body', 'identity', Buffer.alloc(0), /the body is not JSON: /],
    ['a body that is not UTF-8', 'identity', Buffer.from([0x22, 0xff, 0x22]), /the body is not UTF-8/],
    ['a byte order mark', 'identity', Buffer.from('\ufeff{}'), /the body is not JSON: /],
  ])('is refused with a 400: %s', async (_, encoding, body, message) => {
    const answer = await sendEncoded('/api/v2/series', encoding, body);
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.text)).toEqual({ errors: [expect.stringMatching(message)] });
    expect(intake.metrics).toEqual([]);
  });
});

describe.each(LIMITS)('the size limits of %s', (path, maxBodyBytes, maxDecompressedBytes, body) => {
  it(`are ${maxBodyBytes} bytes as sent`, async () => {
    expect(await send(intake, path, { body: padded(body, maxBodyBytes) })).toMatchObject({ statusCode: 202 });
    expect(await send(intake, path, { body: padded(body, maxBodyBytes + 1) })).toMatchObject({ statusCode: 413 });
    expect(intake.requests).toMatchObject([
      { bodyBytes: maxBodyBytes, decompressedBytes: maxBodyBytes, statusCode: 202 },
      {
        bodyBytes: maxBodyBytes + 1,
        decompressedBytes: 0,
        statusCode: 413,
        rowsKept: 0,
        refusal: `the body must be at most ${maxBodyBytes} bytes as sent`,
      },
    ]);
  });

  it(`are ${maxDecompressedBytes} bytes once decompressed`, async () => {
    const fitting = zlib.gzipSync(padded(body, maxDecompressedBytes), { level: 1 });
    expect(await sendEncoded(path, 'gzip', fitting)).toMatchObject({ statusCode: 202 });
    const tooLarge = zlib.deflateSync(padded(body, maxDecompressedBytes + 1), { level: 1 });
    expect(await sendEncoded(path, 'deflate', tooLarge)).toMatchObject({ statusCode: 413 });
    expect(intake.requests).toMatchObject([
      { decompressedBytes: maxDecompressedBytes, statusCode: 202 },
      {
        decompressedBytes: 0,
        statusCode: 413,
        rowsKept: 0,
        refusal: `the body must be at most ${maxDecompressedBytes} bytes once decompressed`,
      },
    ]);
  });
});

it('lists a request that its client aborted as not answered', async () => {
  const sending = request(`${intake.url}/api/v2/series`, {
    method: 'POST',
    headers: { 'DD-API-KEY': API_KEY, 'Content-Length': 100 },
  });
  sending.on('error', () => {});
  await new Promise((resolve) => sending.write('{"series":[', resolve));
  sending.destroy();
  const listed = await intake.waitFor(({ requests }) => requests[0]);
  expect(listed).toMatchObject({ statusCode: null, refusal: null, rowsKept: 0, decompressedBytes: 0 });
});

it('serves several requests over one connection, even after a refused one', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const body = padded(SERIES_V2, 600_000);
  expect(await send(intake, '/api/v2/series', { body, agent })).toMatchObject({ statusCode: 413 });
  expect(await send(intake, '/api/v2/series', { body: JSON.stringify(SERIES_V2), agent })).toMatchObject({ statusCode: 202 });
  agent.destroy();
});
