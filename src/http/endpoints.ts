import type { Compression } from './compress.js';

/** What the intake says of an endpoint that takes series. */
interface Endpoint {
  readonly path: string;
  /** Largest body as sent. */
  readonly maxSentBytes: number;
  /** Largest body once decompressed. */
  readonly maxBodyBytes: number;
  /** What is sent when nothing else was asked for: gzip where it is documented. */
  readonly compression: Compression;
}

/** By name. Sources: the limits of datadog-api-client-typescript for series, of the Agent for distributions, where none are documented. */
export const ENDPOINTS = {
  v2: { path: '/api/v2/series', maxSentBytes: 512_000, maxBodyBytes: 5_242_880, compression: 'gzip' },
  v1: { path: '/api/v1/series', maxSentBytes: 3_200_000, maxBodyBytes: 62_914_560, compression: 'deflate' },
  distributions: {
    path: '/api/v1/distribution_points',
    maxSentBytes: 2_621_440,
    maxBodyBytes: 4_194_304,
    compression: 'deflate',
  },
} as const satisfies Record<string, Endpoint>;

/** A compressed body is taken to shrink at least so far: rows with ten UUIDs for tags shrink to 1/2.3, and most to 1/10 or 1/20. */
const LEAST_RATIO = 2;

/** A body is sent while the next is encoded, and tried again as a whole: more than this at a time makes both worse. */
const MAX_TARGET_BYTES = 2 ** 20;

/** The size up to which a body is filled, in bytes before compression. */
export function bodyTargetBytes({ maxSentBytes, maxBodyBytes }: Endpoint, compression: Compression): number {
  return Math.min(MAX_TARGET_BYTES, maxBodyBytes, compression === 'none' ? maxSentBytes : maxSentBytes * LEAST_RATIO);
}

/** The limits of the endpoint at a path; events have none that one of them could reach. */
export function limitsOf(path: string): { maxSentBytes: number; maxBodyBytes: number } {
  const endpoint = Object.values(ENDPOINTS).find((endpoint) => endpoint.path === path);
  return endpoint ?? { maxSentBytes: Number.POSITIVE_INFINITY, maxBodyBytes: Number.POSITIVE_INFINITY };
}
