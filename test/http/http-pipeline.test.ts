import { expect, onTestFinished, test, vi } from 'vitest';
import type { Publisher } from '../../src/diagnostics/channels.js';
import { HttpPipeline, type HttpPipelineParts } from '../../src/http/http-pipeline.js';
import { resolveHttpOptions } from '../../src/http/options.js';
import type { TransportRequest } from '../../src/http/transport/transport.js';
import { metric } from './support/rows.js';

/** A pipeline whose transport records requests, and answers them with these statuses, of which the last one stays. */
function openPipeline(statuses: number[], parts: HttpPipelineParts = {}) {
  const requests: TransportRequest[] = [];
  const send = async (request: TransportRequest) => {
    requests.push(request);
    return { statusCode: statuses.length > 1 ? statuses.shift()! : statuses[0], headers: {}, text: '' };
  };
  const openTransport = () => ({ send, close: async () => {} });
  const pipeline = new HttpPipeline(resolveHttpOptions({ apiKey: 'key' }, {}), { openTransport, ...parts });
  onTestFinished(() => pipeline.close());
  return { pipeline, requests };
}

function fakePublisher() {
  return { publishPayload: vi.fn(), publishDrop: vi.fn() } satisfies Publisher;
}

test('requests go through the given transport', async () => {
  const { pipeline, requests } = openPipeline([202]);
  await pipeline.flushMetrics([metric()]);
  expect(requests).toMatchObject([{ method: 'POST', path: '/api/v2/series' }]);
});

test('bodies are compressed by the given compressor', async () => {
  const compressor = { compress: async () => Buffer.from('compressed'), decompress: async () => Buffer.from('') };
  const { pipeline, requests } = openPipeline([202], { compressor });
  await pipeline.flushMetrics([metric()]);
  expect(Buffer.from(requests[0].body!).toString()).toBe('compressed');
});

test('each request of a payload is published by the given publisher, and so are those of its halves', async () => {
  const publisher = fakePublisher();
  const { pipeline } = openPipeline([413, 202], { publisher });
  await pipeline.flushMetrics([metric(), metric()]);
  const half = { outcome: 'accepted', rows: 1, statusCode: undefined, attempt: 2 };
  expect(publisher.publishPayload.mock.calls.flat()).toMatchObject([
    { outcome: 'split', rows: 2, statusCode: 413, attempt: 1 },
    half,
    half,
  ]);
});

test('dropped rows are published by the given publisher', async () => {
  const publisher = fakePublisher();
  const { pipeline } = openPipeline([400], { publisher });
  await pipeline.flushMetrics([metric()]).catch(() => {});
  expect(publisher.publishDrop.mock.calls).toEqual([['row', 'refused', 1, true]]);
});

test('a pipeline needs an API key', () => {
  expect(() => new HttpPipeline(resolveHttpOptions({}, {}))).toThrow('No Datadog API key');
});
