import type { DistributionRow, EventRow, MetricRow } from '../model/rows.js';

/**
 * A metric that the intake accepted. It has one shape for both versions of the series API, so rows sent over v1, over v2 and to a
 * `MemoryReporter` can be compared:
 *
 * - `type`: when absent, `'gauge'` for v1 and `'unspecified'` for v2.
 * - `host` and `device`: taken from the resources of v2 as well; null when absent.
 * - `tags`: an empty array when absent. When the row has no device, the last tag `device:...` becomes `device` and is removed.
 * - `interval`: in seconds; 0 when absent.
 * - `points`: without those that have no timestamp or no value, which Datadog accepts.
 */
export interface ReceivedMetric extends Omit<MetricRow, 'type'> {
  type: MetricRow['type'] | 'unspecified';
}

/** A distribution that the intake accepted. Absent fields have the same values as those of a {@link ReceivedMetric}. */
export type ReceivedDistribution = DistributionRow;

/** An event that the intake accepted, exactly as it was sent, which may include fields that this type does not name. */
export type ReceivedEvent = EventRow;

/** Headers by name in lower case. The value of one that was sent several times is an array, or joined by commas. */
export interface RequestHeaders {
  [name: string]: string | string[] | undefined;
  'content-encoding'?: string;
  'content-length'?: string;
  'content-type'?: string;
  'dd-api-key'?: string;
  'user-agent'?: string;
}

/** A request that the intake received, whether or not it was accepted or answered. */
export interface IntakeRequest {
  method: string;
  /** Path and query as sent, except that keys in the query are `[redacted]`. */
  path: string;
  /**
   * Where the request had an API key: `'query'` when there was one in the query, else `'header'` when `DD-API-KEY` had one, else
   * null. Datadog accepts both. A key in a query ends up in the logs of proxies, so this client never sends one there.
   */
  apiKeyIn: 'header' | 'query' | null;
  /** Header names are in lower case. The value of `dd-api-key` is `[redacted]`. */
  headers: RequestHeaders;
  /** The Content-Encoding in lower case; `identity` when the request had none. */
  encoding: string;
  /** Size of the body as sent, or of the part that had arrived when the connection broke. */
  bodyBytes: number;
  /** Size of the decompressed body; 0 when the request was refused before its body was decompressed. */
  decompressedBytes: number;
  /** Status code of the answer; null when the request was not answered. */
  statusCode: number | null;
  /** The reason why the request is invalid; null when it is valid or was not validated. */
  refusal: string | null;
  /** Number of rows that were kept; 0 unless the request was answered with a 2xx. */
  rowsKept: number;
  /** Arrival of the headers, in POSIX milliseconds. */
  arrivedAtMilliseconds: number;
}

/**
 * The rows of one request.
 * @internal
 */
export interface ReceivedRows {
  metrics?: ReceivedMetric[];
  distributions?: ReceivedDistribution[];
  events?: ReceivedEvent[];
}
