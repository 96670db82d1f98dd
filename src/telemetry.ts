import type { DropReason } from './drops.js';
import type { RowCounts } from './row-drops.js';

/** The custom metrics that the live contexts are on the bill: an estimate, which no retention or indexing of the account changes. */
export interface BillableSeries {
  /** A counter, gauge or set is one for each context, a distribution five, a histogram or timing one for each aggregate and percentile. */
  readonly total: number;
  /** The 20 metrics with most of them, most first. */
  readonly metrics: readonly {
    readonly metric: string;
    readonly kind: string;
    readonly contexts: number;
    readonly series: number;
  }[];
}

/** What a client has done since it was made: a snapshot, which does not change any more. Children share their client's. */
export interface Telemetry {
  /** Samples that were recorded or dropped: `applied` plus all of `dropped` that are not events. */
  readonly samples: number;
  /** Samples that were rolled up. */
  readonly applied: number;
  /** Of these, samples that found no context of their own because of `maxContexts`, and went to their metric's overflow context. */
  readonly folded: number;
  /** Of these, samples whose `timestamp` was over an hour old: the intake refuses such points, unless the account allows them. */
  readonly oldSamples: number;
  /** Of these, samples whose `timestamp` was over ten minutes ahead: as above. */
  readonly futureSamples: number;
  /** Samples and events that were not, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Combinations of kind, name, tags and host that live now; those tagged `overflow:true` by the client are not counted. */
  readonly contexts: number;
  readonly billableSeries: BillableSeries;
  /** Bytes that the engine holds from its runtime now. */
  readonly engineBytes: number;
  /** Flushes done, those included that found nothing to report. */
  readonly flushes: number;
  /** Milliseconds between the beginnings and ends of all flushes; most of it is waiting for the intake. */
  readonly flushMilliseconds: number;
  /** Rows (metrics, distributions and events) by what became of them. */
  readonly rows: RowCounts;
  /** Requests that the intake accepted; 0 with a reporter that does not tell. */
  readonly payloads: number;
  /** Bytes of their bodies, as sent; 0 with a reporter that does not tell. */
  readonly bytesSent: number;
  /** Requests sent once more after a failure; 0 with a reporter that does not tell. */
  readonly retries: number;
  /** Bytes of bodies, as sent, that wait for another try or are under way; 0 with a reporter that does not tell. */
  readonly queueBytes: number;
  /** Bytes that the files in `spoolDirectory` take, those of other processes included, when it was last looked at. */
  readonly spoolBytes: number;
}
