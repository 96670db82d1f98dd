// The server of sink.ts. It has a process of its own, so that it takes no time from the process that is measured. It accepts
// every request, and reports over the process channel what has arrived.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { unzipSync } from 'node:zlib';
import type { SinkAnswer, SinkQuestion } from './sink.js';

let bodies: { chunks: Buffer[]; isCompressed: boolean }[] = [];
let bytes = 0;
let lastByteNanoseconds = 0n;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    // All processes of a machine share this clock.
    lastByteNanoseconds = process.hrtime.bigint();
  });
  request.on('end', () => {
    bodies.push({ chunks, isCompressed: request.headers['content-encoding'] !== undefined });
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"errors":[]}');
  });
});

function answer({ isCounted }: SinkQuestion): void {
  const values = isCounted ? bodies.reduce((sum, body) => sum + valuesIn(body), 0) : 0;
  process.send!({
    lastByteNanoseconds: String(lastByteNanoseconds),
    bytes,
    requests: bodies.length,
    values,
  } satisfies SinkAnswer);
  bodies = [];
  bytes = 0;
}

function valuesIn({ chunks, isCompressed }: { chunks: Buffer[]; isCompressed: boolean }): number {
  const body = Buffer.concat(chunks);
  const text = (isCompressed ? unzipSync(body) : body).toString();
  try {
    const { series } = JSON.parse(text) as { series: { points: unknown[] }[] };
    return series.reduce((sum, { points }) => sum + points.reduce((own: number, point) => own + valuesOf(point), 0), 0);
  } catch {
    // The error of JSON.parse is not used, because it may contain megabytes of text.
    console.error(`a body of ${text.length} characters is not JSON with series: ${text.slice(0, 100)}`);
    return 0;
  }
}

/** Returns the number of values of a point: an array of timestamp and value or values, or an object. */
function valuesOf(point: unknown): number {
  const value: unknown = Array.isArray(point) ? point[1] : 0;
  return Array.isArray(value) ? value.length : 1;
}

server.listen(0, '127.0.0.1', () => {
  process.on('message', answer);
  process.on('disconnect', () => process.exit());
  process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
