import type { BillableSeries } from '../contexts/cardinality.js';
import type { RowCounts } from '../diagnostics/row-counts.js';
import type { DropReason } from '../diagnostics/sample-drops.js';

/** What a client has done since it was made: a snapshot. Children share their client's. 0 stands for what a reporter does not tell. */
export interface Telemetry {
  /** Recorded or dropped: `applied` plus all of `dropped` that are no events. */
  readonly samples: number;
  /** Samples that were rolled up; of these the next three: */
  readonly applied: number;
  /** Those that went to their metric's overflow context because of `maxContexts`. */
  readonly folded: number;
  /** Those whose `timestamp` was over an hour old: the intake refuses such points, unless the account allows them. */
  readonly oldSamples: number;
  /** Those whose `timestamp` was over ten minutes ahead, likewise. */
  readonly futureSamples: number;
  /** Samples and events that were not recorded, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Combinations of kind, name, tags and host that live now, overflow contexts excepted. */
  readonly contexts: number;
  readonly billableSeries: BillableSeries;
  /** That the engine holds now. */
  readonly engineBytes: number;
  /** Those included that found nothing to report. */
  readonly flushes: number;
  /** From the beginnings to the ends of flushes; most of it is waiting for the intake. */
  readonly flushMilliseconds: number;
  readonly rows: RowCounts;
  /** Requests that the intake accepted. */
  readonly payloads: number;
  /** Of their bodies, as sent. */
  readonly bytesSent: number;
  /** Requests sent once more after a failure. */
  readonly retries: number;
  /** Of bodies, as sent, that wait for another try or are under way. */
  readonly queueBytes: number;
  /** Of the files in `spoolDirectory`, those of other processes included, when it was last looked at. */
  readonly spoolBytes: number;
}
