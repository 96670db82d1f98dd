import type { FlushResult } from './flush-result.js';

/**
 * What is published to the channels of `node:diagnostics_channel`, by the channel's name: from all clients of the process, only
 * while somebody subscribes, and never with the API key. A subscriber may record; what it makes the client drop at once is
 * counted but not published. What it throws does not reach the client: Node.js raises it as an uncaught exception, as for every
 * channel.
 */
export interface ChannelMessages {
  /** A flush has ended: what it handed over, and how long it took, the wait for the intake included. */
  'threadstats:flush': FlushResult & { milliseconds: number };
  /** A request has ended, or a payload was given up without one. */
  'threadstats:payload': {
    /** Endpoint, such as `/api/v2/series`. */
    path: string;
    /** Of the body, as sent. */
    bytes: number;
    rows: number;
    /** HTTP status of a refusal; undefined when it was accepted, or there was no answer. */
    statusCode: number | undefined;
    /** Code of the {@link IntakeError}; undefined when it was accepted. */
    errorCode: string | undefined;
    /** `retry`: kept for another try; `spooled`: written to `spoolDirectory`; `split`: halved, to be sent as two. */
    outcome: 'accepted' | 'retry' | 'spooled' | 'dropped' | 'split';
    /** 1 for the first request with this payload, 0 when there was none. */
    attempt: number;
    /** From the request to the end of its answer. */
    milliseconds: number;
  };
  /** Something was lost: the reasons are the keys of `telemetry.dropped` and `telemetry.rows.dropped`. */
  'threadstats:drop': { what: 'sample' | 'event' | 'row'; reason: string; count: number };
  /** What `onError` was called with, by the default one too, and without leaving out what was seen before. */
  'threadstats:error': { error: Error };
}
