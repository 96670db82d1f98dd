// The messages between the main thread and the worker thread, over one message port.

import type { ChannelMessages } from '../diagnostics/channel-messages.js';
import type { ReporterTelemetry } from '../flush/reporter.js';
import type { RowSeries } from '../flush/row-series.js';
import type { RowSort } from '../flush/slice-sink.js';
import type { EventRow } from '../model/rows.js';
import type { ContextDelta } from '../raw-snapshot/context-delta.js';
import type { FramedSlice } from '../raw-snapshot/raw-slice.js';
import type { ErrorMessage } from './error-message.js';
import type { SettingsMessage } from './settings-message.js';

/** The first message. It carries the API key, so that the key is not in `workerData`. */
export interface OpenMessage {
  readonly type: 'open';
  readonly settings: SettingsMessage;
  /** Ascending, each from 0 to 1. */
  readonly percentiles: readonly number[];
  /** Requests that the intake accepted from earlier workers and whose rows are sent again: see AcceptedRequests. */
  readonly accepted: readonly string[];
  /** See {@link AcceptedLog}. */
  readonly acceptedLog: SharedArrayBuffer;
  /** See closed-flag.ts. */
  readonly closedFlag: SharedArrayBuffer;
}

/** Opens the sink of one flush: see RowContext. */
export interface OpenSinkMessage {
  readonly type: 'openSink';
  readonly sinkId: number;
  readonly seriesByKind: readonly (readonly RowSeries[])[];
  readonly constantTags: readonly string[];
  readonly device: string | null;
  readonly intervalSeconds: number;
  readonly mayBeReplaced?: boolean;
  /** The sorts of rows to send. An earlier worker has answered for the rows of the other sort. */
  readonly sorts: readonly RowSort[];
}

/** Adds raw slices to a sink. */
export interface SlicesMessage {
  readonly type: 'slices';
  readonly sinkId: number;
  readonly slices: readonly PostedSlice[];
}

export interface PostedSlice extends FramedSlice {
  readonly contextDelta: ContextDelta | undefined;
}

/** A call of the method of SliceReporter or SliceSink that `type` names. It gets one {@link ReplyMessage} with its `callId`. */
export type CallMessage =
  | { readonly type: 'send'; readonly callId: number; readonly sinkId: number; readonly sort: RowSort }
  | { readonly type: 'flushEvents'; readonly callId: number; readonly events: EventRow[] }
  | {
      readonly type: 'drain';
      readonly callId: number;
      readonly timeoutMilliseconds: number;
      readonly retriesRefused: boolean | undefined;
    }
  | { readonly type: 'abandonPending'; readonly callId: number };

export type ToWorker =
  | OpenMessage
  | OpenSinkMessage
  | SlicesMessage
  | CallMessage
  /** Says whether somebody observes the payloads. At first, nobody does. */
  | { readonly type: 'observe'; readonly isObserved: boolean }
  /** No more calls will name the sink. */
  | { readonly type: 'forgetSink'; readonly sinkId: number }
  /** Answers the oldest open `askApiKey`, or the next one. Without a key, `errorName` names the error. */
  | { readonly type: 'apiKey'; readonly key: string | undefined; readonly errorName: string }
  /** The last message. The worker drains for this time, closes, and sets the flag. */
  | { readonly type: 'close'; readonly timeoutMilliseconds: number };

/** The result of a call. */
export interface ReplyMessage {
  readonly type: 'reply';
  readonly callId: number;
  /** The error that the call threw; undefined if it succeeded. */
  readonly error: ErrorMessage | undefined;
  readonly telemetry: ReporterTelemetry;
}

export type FromWorker =
  /** The worker runs. */
  | { readonly type: 'ready' }
  | ReplyMessage
  /** The intake has accepted a request, and the log was full; `digest` identifies the request. */
  | { readonly type: 'accepted'; readonly digest: string }
  /** The worker needs the API key. */
  | { readonly type: 'askApiKey' }
  /** A failure that belongs to no call. */
  | { readonly type: 'backgroundError'; readonly error: ErrorMessage; readonly telemetry: ReporterTelemetry }
  /** The parameters of Publisher.publishPayload. */
  | {
      readonly type: 'publishPayload';
      readonly message: ChannelMessages['threadstats:payload'];
      readonly telemetry: ReporterTelemetry;
    }
  /** The parameters of Publisher.publishDrop. */
  | {
      readonly type: 'publishDrop';
      readonly message: ChannelMessages['threadstats:drop'];
      readonly isFirst: boolean;
      readonly telemetry: ReporterTelemetry;
    }
  | { readonly type: 'closed'; readonly error: ErrorMessage | undefined; readonly telemetry: ReporterTelemetry };
