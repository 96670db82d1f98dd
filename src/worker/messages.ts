import type { Part } from '../flush/slice-sink.js';
import type { ContextDelta } from '../raw-snapshot/context-delta.js';
// What the application's thread and the worker tell each other, over one message port.

import type { ReporterTelemetry } from '../flush/reporter.js';
import type { RowSeries } from '../flush/row-series.js';
import type { EventRow } from '../model/rows.js';
import type { SharedSlice } from '../raw-snapshot/raw-slice.js';
import type { ErrorMessage } from './error-message.js';
import type { SettingsMessage } from './settings-message.js';

/** What a report's rows have in common; see RowContext. */
export interface ReportMessage {
  readonly type: 'report';
  readonly report: number;
  readonly seriesByKind: readonly (readonly RowSeries[])[];
  readonly constantTags: readonly string[];
  readonly device: string | null;
  readonly intervalSeconds: number;
  /** The rows that are wanted: those of the others were answered for by a worker before. */
  readonly parts: readonly Part[];
}

/** A raw slice. */
export interface SliceMessage extends SharedSlice {
  readonly type: 'slice';
  readonly report: number;
  readonly newContexts: ContextDelta | undefined;
}

/** A request that is answered by one {@link AnswerMessage} with the same `call`. */
export type CallMessage =
  | { readonly type: 'send'; readonly call: number; readonly report: number; readonly part: Part }
  | { readonly type: 'events'; readonly call: number; readonly events: EventRow[] }
  /** See HttpReporter.drain. */
  | { readonly type: 'drain'; readonly call: number; readonly milliseconds: number }
  /** See giveUp. */
  | { readonly type: 'giveUp'; readonly call: number };

export type ToWorker =
  | OpenMessage
  | ReportMessage
  | SliceMessage
  | CallMessage
  /** The report is done with. */
  | { readonly type: 'forget'; readonly report: number }
  /** Answers the oldest question for the API key, or the next one. */
  | { readonly type: 'apiKey'; readonly key: string | undefined; readonly errorName: string }
  /** Nothing comes any more: the worker has so long to send what it has, closes its reporter, and raises the flag. */
  | { readonly type: 'close'; readonly milliseconds: number };

/** The first message. It holds the API key, which is why nothing of it is in `workerData`. */
export interface OpenMessage {
  readonly type: 'open';
  readonly http: SettingsMessage;
  /** Ascending, each from 0 to 1. */
  readonly percentiles: readonly number[];
  /** Requests that the intake accepted from a worker before, whose rows are sent again; see RememberingTransport. */
  readonly accepted: readonly string[];
  /** One Int32: not 0 once the worker has closed its reporter. */
  readonly flag: SharedArrayBuffer;
}

export interface AnswerMessage {
  readonly type: 'answer';
  readonly call: number;
  /** What was thrown, if anything. */
  readonly error: ErrorMessage | undefined;
  readonly telemetry: ReporterTelemetry;
}

export type FromWorker =
  | { readonly type: 'ready' }
  | AnswerMessage
  /** The intake has accepted a request; `digest` tells its body from all others. */
  | { readonly type: 'accepted'; readonly digest: string }
  | { readonly type: 'apiKey' }
  /** A failure that no call waits for. */
  | { readonly type: 'later'; readonly error: ErrorMessage; readonly telemetry: ReporterTelemetry }
  /** What is to be published to a channel; see ChannelMessages. */
  | {
      readonly type: 'published';
      readonly name: 'threadstats:payload' | 'threadstats:drop';
      readonly message: object;
      readonly telemetry: ReporterTelemetry;
    }
  | { readonly type: 'closed'; readonly error: ErrorMessage | undefined; readonly telemetry: ReporterTelemetry };
