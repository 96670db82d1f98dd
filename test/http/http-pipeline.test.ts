import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Publisher } from '../../src/diagnostics/channels.js';
import { HttpPipeline, type HttpPipelineParts } from '../../src/http/http-pipeline.js';
import { resolveHttpOptions } from '../../src/http/options.js';
import type { TransportRequest } from '../../src/http/transport/transport.js';
import { deferred } from '../support/client.js';
import { settle } from './support/fake-time.js';
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

test.each([
  ['of an interval that runs, which a later flush may replace, are sent one flush after the other', 0, 1],
  ['of an interval that has ended are sent at once', -20, 2],
])('row objects %s', async (_, offsetSeconds, requestsAtOnce) => {
  const startSeconds = Math.floor(Date.now() / 1000) + offsetSeconds;
  const answer = deferred();
  let requests = 0;
  const send = async () => {
    requests++;
    await answer.promise;
    return { statusCode: 202, headers: {}, text: '' };
  };
  const openTransport = () => ({ send, close: async () => {} });
  // It compresses at once, so that a second request would be made in the turns that are waited for.
  const compressor = { compress: async (body: Uint8Array) => body, decompress: async (body: Uint8Array) => body };
  const { pipeline } = openPipeline([202], { openTransport, compressor });
  const flush = (value: number) => pipeline.flushMetrics([metric({ points: [[startSeconds, value]], interval: 10 })]);
  const flushes = [flush(1), flush(2)];
  await vi.waitFor(() => expect(requests).toBe(requestsAtOnce));
  await settle();
  expect(requests).toBe(requestsAtOnce);
  answer.resolve();
  await Promise.all(flushes);
  expect(requests).toBe(2);
});

describe('thousands of events', () => {
  const EVENTS = 5000;
  const events = Array.from({ length: EVENTS }, (_, i) => ({ title: `event ${i}`, text: '' }));

  test('count as pending from the beginning, although they are handed over a few at a time', async () => {
    const { pipeline } = openPipeline([202]);
    const flushed = pipeline.flushEvents(events);
    for (let turn = 0; turn < 5; turn++) {
      const { sent, pending } = pipeline.telemetry.rows;
      expect(sent + pending).toBe(EVENTS);
      await settle();
    }
    await flushed;
    expect(pipeline.telemetry.rows).toMatchObject({ sent: EVENTS, pending: 0 });
  });

  test.each([
    ['abandons what is left', (pipeline: HttpPipeline) => pipeline.abandonPending()],
    ['is closed', (pipeline: HttpPipeline) => pipeline.close()],
  ])('are dropped and counted when the pipeline %s before all are handed over', async (_, end) => {
    const openTransport = () => ({ send: () => new Promise<never>(() => {}), close: async () => {} });
    const { pipeline } = openPipeline([202], { openTransport });
    pipeline.flushEvents(events).catch(() => {});
    void end(pipeline);
    await settle();
    expect(pipeline.telemetry.rows.dropped.closed).toBeGreaterThanOrEqual(EVENTS - 4);
    expect(pipeline.telemetry.rows.pending).toBeLessThanOrEqual(4);
  });

  test('of which one cannot be encoded are sent up to that one, and the others are not pending', async () => {
    const { pipeline } = openPipeline([202]);
    const bad = { title: 'bad', text: 1n as unknown as string };
    await expect(pipeline.flushEvents([events[0], bad, events[1]])).rejects.toThrow(TypeError);
    await vi.waitFor(() => expect(pipeline.telemetry.rows).toMatchObject({ sent: 1, pending: 0 }));
  });
});

test('a pipeline needs an API key', () => {
  expect(() => new HttpPipeline(resolveHttpOptions({}, {}))).toThrow('No Datadog API key');
});
