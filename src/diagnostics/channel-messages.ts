import type { FlushResult } from '../model/flush-result.js';

/**
 * What is published to the channels of `node:diagnostics_channel`, by the channel's name, from all clients of the process while
 * somebody subscribes, and never with the API key. A subscriber may record; what it makes the client drop at once is counted but
 * not published. What it throws is an uncaught exception, as for every channel.
 */
export interface ChannelMessages {
  /** A flush has ended; the time includes the wait for the intake. */
  'threadstats:flush': FlushResult & { milliseconds: number };
  /** A request has ended, or a payload was given up without one. */
  'threadstats:payload': {
    /** Endpoint, such as `/api/v2/series`. */
    path: string;
    /** Of the body, as sent. */
    bytes: number;
    rows: number;
    /** Of a refusal. */
    statusCode: number | undefined;
    /** Of the {@link IntakeError}. */
    errorCode: string | undefined;
    /** `retry`: kept for another try; `split`: halved, to be sent as two. */
    outcome: 'accepted' | 'retry' | 'spooled' | 'dropped' | 'split';
    /** 1 for the first request with this payload, 0 when there was none. */
    attempt: number;
    /** From the request to the end of its answer. */
    milliseconds: number;
  };
  /** The reasons are the keys of `telemetry.dropped` and `telemetry.rows.dropped`. */
  'threadstats:drop': { what: 'sample' | 'event' | 'row'; reason: string; count: number };
  /** What `onError` gets, and what the default one has seen before. */
  'threadstats:error': { error: Error };
}
