import type { FlushResult } from '../model/flush-result.js';

/**
 * Messages that are published to channels of `node:diagnostics_channel`, by the name of the channel. All clients of the process
 * publish to the same channels, and only while somebody subscribes; no message contains the API key. A subscriber may record.
 * Drops that it causes directly are counted but not published. An error that it throws is an uncaught exception, as with every
 * channel.
 */
export interface ChannelMessages {
  /** A flush has ended. The time includes waiting for the intake. */
  'threadstats:flush': FlushResult & { milliseconds: number };
  /** A request has ended, or a payload was dropped without a request. */
  'threadstats:payload': {
    /** The endpoint, such as `/api/v2/series`. */
    path: string;
    /** Size of the body as sent. */
    bytes: number;
    rows: number;
    /** The status code if the intake refused the payload. */
    statusCode: number | undefined;
    /** The code of the {@link IntakeError}. */
    errorCode: string | undefined;
    /** `retry`: kept for a retry; `split`: halved, to be sent as two payloads. */
    outcome: 'accepted' | 'retry' | 'spooled' | 'dropped' | 'split';
    /** 1 for the first request with this payload, 0 if there was no request. */
    attempt: number;
    /** From the start of the request to the end of the response. */
    milliseconds: number;
  };
  /** Samples, events or rows were dropped. The reasons are the keys of `telemetry.dropped` and `telemetry.rows.dropped`. */
  'threadstats:drop': { what: 'sample' | 'event' | 'row'; reason: string; count: number };
  /** An error was passed to `onError`. The default `onError` does not show all of them; here every error is published. */
  'threadstats:error': { error: Error };
}
