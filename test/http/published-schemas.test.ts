// Holds the bodies of the client's requests to the schemas that Datadog publishes. They are captured at a server that knows nothing
// of the intake, so a mistake that client and intake have in common is found.

import { gunzipSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventOptions, ThreadStats } from '../../src/index.js';
import { isAcceptedHost } from '../../src/model/hosts.js';
import { startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';
import { ODD_VALUES } from '../support/odd-values.js';
import { ENDPOINT_PATHS, type EndpointPath, violationsOf } from '../support/published-schemas.js';
import { readBody, serve } from './support/server.js';

const DECODERS: Record<string, (body: Buffer) => Buffer> = { gzip: gunzipSync, deflate: inflateSync, none: (body) => body };

/** The encodings that Datadog documents for each endpoint. */
const ENCODINGS: Record<EndpointPath, string[]> = {
  '/api/v1/series': ['none', 'deflate', 'gzip'],
  '/api/v2/series': ['none', 'deflate', 'gzip', 'zstd1'],
  '/api/v1/distribution_points': ['none', 'deflate'],
  '/api/v1/events': ['none'],
};

interface Captured {
  path: EndpointPath;
  encoding: string;
  body: Record<string, unknown>;
}

async function capture(): Promise<{ url: URL; captured: Captured[] }> {
  const captured: Captured[] = [];
  const { url } = await serve(async (request, response) => {
    const encoding = request.headers['content-encoding'] ?? 'none';
    const text = DECODERS[encoding](await readBody(request)).toString();
    captured.push({ path: request.url as EndpointPath, encoding, body: JSON.parse(text) });
    response.writeHead(202).end('{"status":"ok"}');
  });
  return { url, captured };
}

function expectValid(captured: Captured[]): void {
  for (const { path, encoding, body } of captured) {
    expect(ENDPOINT_PATHS).toContain(path);
    expect(ENCODINGS[path]).toContain(encoding);
    expect({ path, body, violations: violationsOf(path, body) }).toMatchObject({ violations: [] });
  }
}

const rowsOf = (captured: Captured[]) =>
  captured.flatMap(({ body }) => ('series' in body ? (body.series as Record<string, unknown>[]) : [body]));

const KINDS = ['increment', 'decrement', 'gauge', 'set', 'histogram', 'timing', 'distribution'] as const;
const NUMBERS = [0, -0, 1, -1, 0.1, 1 / 3, 5e-324, 1e21, -1e-7, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MAX_SAFE_INTEGER];
const TEXTS = ['größe', '🍣:🍺', 'a\ud800', '"],"x":"', 'a\0b\nc|d,e', ':::', '', 'x'.repeat(300), '__proto__', '\u2028'];
const MODES = engineNames.flatMap((engine) =>
  (['v1', 'v2'] as const).flatMap((apiVersion) =>
    (['manual', 'worker'] as const).map((flushMode) => ({ engine, apiVersion, flushMode })),
  ),
);

describe.each(MODES)(
  'what the client sends over $apiVersion with the engine $engine in mode $flushMode',
  ({ engine, apiVersion, flushMode }) => {
    /** Lets a client record, flushes it, and returns what it sent. */
    async function send(record: (stats: ThreadStats) => void, options: object = {}): Promise<Captured[]> {
      const { url, captured } = await capture();
      const http = { reporter: undefined, url: url.origin, apiKey: 'key', apiVersion };
      const { stats } = startClient(engine, { ...http, ...options }, { flushMode });
      record(stats);
      // Each client is stopped here, because a property starts many.
      await stats.stop();
      expectValid(captured);
      return captured;
    }

    it.each(KINDS)('is valid for %s with every option', async (kind) => {
      const captured = await send(
        (stats) => {
          stats[kind]('all', 1, { tags: { a: 'b', ort: 'köln' }, host: 'größe', sampleRate: 1 });
          stats[kind]('bare', 2);
          stats[kind]('list', 3, ['a:b']);
        },
        { device: 'sda', host: 'web-1', constantTags: ['team:core'], namespace: 'shop', counterType: 'count' },
      );
      expect(rowsOf(captured).length).toBeGreaterThanOrEqual(3);
    });

    it.each(KINDS)('is valid for %s without host, device and tags', async (kind) => {
      const captured = await send((stats) => stats[kind]('bare', 1), { host: '' });
      expect(rowsOf(captured).length).toBeGreaterThanOrEqual(1);
    });

    it('is valid for odd numbers', async () => {
      await send((stats) => {
        for (const [i, number] of NUMBERS.entries()) for (const kind of KINDS) stats[kind](`${kind}.n${i}`, number);
      });
    });

    it('is valid for odd texts', async () => {
      const captured = await send((stats) => {
        for (const text of TEXTS) {
          const host = isAcceptedHost(text) ? text : 'a-host';
          for (const kind of KINDS) stats[kind](`${kind}.a${text}`, 1, { tags: [text, `a:${text}`], host });
          stats.event(`title ${text}`, text, { tags: [text], hostname: host, aggregationKey: text, sourceTypeName: text });
        }
      });
      expect(captured.filter(({ path }) => path === '/api/v1/events')).toHaveLength(TEXTS.length);
    });

    it('is valid for whatever else is passed', async () => {
      await send((stats) => {
        const loose = stats as unknown as Record<string, (...args: unknown[]) => void>;
        for (const odd of Object.values(ODD_VALUES)) {
          for (const kind of KINDS) {
            loose[kind]('odd.value', odd());
            loose[kind]('odd.tags', 1, odd());
            loose[kind](odd() as string, 1);
          }
          loose.event('title', odd());
          loose.event(odd(), 'text');
          loose.event('title', 'text', odd());
          for (const key of ['alertType', 'aggregationKey', 'sourceTypeName', 'dateHappened', 'priority', 'tags', 'hostname']) {
            loose.event('title', 'text', { [key]: odd() });
          }
        }
      });
    });

    it('is valid for events with all options and with none', async () => {
      const all: Required<EventOptions> = {
        alertType: 'user_update',
        aggregationKey: 'k'.repeat(200),
        sourceTypeName: 'node',
        dateHappened: new Date(),
        priority: 'low',
        tags: { env: 'prod' },
        hostname: 'web-1',
      };
      const captured = await send((stats) => {
        stats.event('t'.repeat(5000), '🍣'.repeat(5000), all);
        stats.event('t', 'x');
        stats.event('t', '');
      });
      expect(captured).toHaveLength(3);
      const keys = [
        'aggregation_key',
        'alert_type',
        'date_happened',
        'host',
        'priority',
        'source_type_name',
        'tags',
        'text',
        'title',
      ];
      expect(rowsOf(captured).map((row) => Object.keys(row).sort())).toContainEqual(keys);
    });

    it('is valid for random samples', async () => {
      const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 10 }), fc.constantFrom(...TEXTS));
      const sample = fc.record({
        kind: fc.constantFrom(...KINDS),
        name: text.map((end) => `m${end}`),
        value: fc.double({ noNaN: true, noDefaultInfinity: true }),
        tags: fc.array(text, { maxLength: 3 }),
        host: fc.option(text, { nil: undefined }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(sample, { maxLength: 20 }), async (samples) => {
          await send((stats) => {
            for (const { kind, name, value, tags, host } of samples) stats[kind](name, value, { tags, host });
          });
        }),
        // Each run starts a worker.
        { numRuns: flushMode === 'worker' ? 5 : 20 },
      );
    });
  },
);
