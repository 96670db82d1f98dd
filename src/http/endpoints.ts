import type { Compression } from './compress.js';

/** Everything that depends on the endpoint, except how a row is encoded. */
export interface Endpoint {
  /** Follows the path of the base URL. */
  readonly path: string;
  /** Largest body as sent, that is, after compression. */
  readonly maxSentBytes: number;
  /** Largest body before compression. */
  readonly maxBodyBytes: number;
  /** The default compression. */
  readonly compression: Compression;
}

const UNLIMITED = { maxSentBytes: Number.POSITIVE_INFINITY, maxBodyBytes: Number.POSITIVE_INFINITY } as const;

/**
 * The endpoints by name. The limits of series come from datadog-api-client-typescript; those of distributions are undocumented,
 * and come from the Datadog Agent. Compression is gzip where the API documents it.
 */
export const ENDPOINTS = {
  v2: {
    path: '/api/v2/series',
    maxSentBytes: 512_000,
    maxBodyBytes: 5_242_880,
    compression: 'gzip',
  },
  v1: {
    path: '/api/v1/series',
    maxSentBytes: 3_200_000,
    maxBodyBytes: 62_914_560,
    compression: 'deflate',
  },
  distributions: {
    path: '/api/v1/distribution_points',
    maxSentBytes: 2_621_440,
    maxBodyBytes: 4_194_304,
    compression: 'deflate',
  },
  /** Takes one event in a request. Its texts were cut to the limits when it was recorded. */
  events: {
    path: '/api/v1/events',
    ...UNLIMITED,
    compression: 'none',
  },
} as const satisfies Record<string, Endpoint>;

const BY_PATH: ReadonlyMap<string, Endpoint> = new Map(Object.values(ENDPOINTS).map((endpoint) => [endpoint.path, endpoint]));

/**
 * Compression is assumed to shrink a body to half at least: rows with ten UUIDs as tags shrink to 1/2.3, most rows to 1/10 or
 * 1/20.
 */
const MIN_COMPRESSION_RATIO = 2;

/** A body is sent while the next one is encoded, and retried as a whole. Larger bodies make both worse. */
const MAX_TARGET_BYTES = 2 ** 20;

/** Returns the size, before compression, up to which bodies for an endpoint are filled. */
export function bodyTargetBytes({ maxSentBytes, maxBodyBytes }: Endpoint, compression: Compression): number {
  const sentAtMost = compression === 'none' ? maxSentBytes : maxSentBytes * MIN_COMPRESSION_RATIO;
  return Math.min(MAX_TARGET_BYTES, maxBodyBytes, sentAtMost);
}

/** True for the path of an endpoint. A file of the spool may name anything. */
export function isEndpointPath(path: unknown): path is string {
  return BY_PATH.has(path as string);
}

/** Returns the endpoint at a path. */
export function endpointAt(path: string): Endpoint {
  return BY_PATH.get(path) ?? { path, ...UNLIMITED, compression: 'none' };
}
