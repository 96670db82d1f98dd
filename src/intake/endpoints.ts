import { parseEvent } from './parse-event.js';
import { parseDistributions, parseSeriesV1, parseSeriesV2 } from './parse-series.js';
import type { ReceivedRows } from './received-rows.js';

/** The rules for one path. */
export interface Endpoint {
  method: 'GET' | 'POST';
  /** The largest body as sent. */
  maxBodyBytes: number;
  maxDecompressedBytes: number;
  /** Returns the rows of a decoded body; throws an `HttpError` when it is invalid. Absent where a request has no body. */
  parse?: (body: unknown) => ReceivedRows;
  acceptedStatusCode: number;
  acceptedBody: string;
}

const OK = { acceptedStatusCode: 202, acceptedBody: '{"status":"ok"}' };
/** Datadog documents no limits for distributions and events. These are the limits that its Agent keeps. */
const AGENT_LIMITS = { maxBodyBytes: 2_621_440, maxDecompressedBytes: 4_194_304 };

const ENDPOINTS = new Map<string, Endpoint>([
  [
    '/api/v2/series',
    {
      method: 'POST',
      maxBodyBytes: 512_000,
      maxDecompressedBytes: 5_242_880,
      parse: parseSeriesV2,
      acceptedStatusCode: 202,
      acceptedBody: '{"errors":[]}',
    },
  ],
  ['/api/v1/series', { method: 'POST', maxBodyBytes: 3_200_000, maxDecompressedBytes: 62_914_560, parse: parseSeriesV1, ...OK }],
  ['/api/v1/distribution_points', { method: 'POST', ...AGENT_LIMITS, parse: parseDistributions, ...OK }],
  ['/api/v1/events', { method: 'POST', ...AGENT_LIMITS, parse: parseEvent, ...OK }],
  [
    '/api/v1/validate',
    { method: 'GET', maxBodyBytes: 0, maxDecompressedBytes: 0, acceptedStatusCode: 200, acceptedBody: '{"valid":true}' },
  ],
]);

export function findEndpoint(pathname: string): Endpoint | undefined {
  return ENDPOINTS.get(pathname);
}
