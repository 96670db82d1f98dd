import type { MetricsAggregator } from '../aggregator/metrics-aggregator.js';
import type { Slice, Snapshot } from '../engine/engine.js';
import { DISTRIBUTION, KIND_MASK } from '../model/kinds.js';
import type { OwnRowContext } from './row-builder.js';
import type { RowSeries } from './row-series.js';
import type { SliceSink } from './slice-sink.js';

/** What the rows of all flushes have in common. */
export interface SnapshotReaderSettings {
  readonly metrics: MetricsAggregator;
  readonly seriesByKind: readonly (readonly RowSeries[])[];
  readonly constantTags: readonly string[];
  readonly device: string | null;
}

/** Kept samples that one slice works through: well under a millisecond's worth. */
const SAMPLES_PER_SLICE = 8192;
/** Of a raw slice, whose contexts may all be new to a worker: then it takes that long too. */
const SAMPLES_PER_RAW_SLICE = 2048;

/** A snapshot on its way into a report, a slice at a time. What is recorded meanwhile is not in it, but for intervals that `lateness` keeps. */
export class SnapshotReader {
  readonly #settings: SnapshotReaderSettings;
  readonly #snapshot: Snapshot;
  readonly #context: OwnRowContext;
  readonly #flushIndex: number;
  #report: SliceSink | undefined;
  #slice: Slice | undefined;
  #rows = 0;

  /** Takes the snapshot of the intervals that ended at or before the moment (`Infinity`: all). */
  constructor(settings: SnapshotReaderSettings, timestampSeconds: number) {
    const { metrics, seriesByKind, constantTags, device } = settings;
    const snapshot = metrics.takeSnapshot(timestampSeconds);
    const { contexts, flushIndex } = metrics.resolver;
    this.#settings = settings;
    this.#snapshot = snapshot;
    this.#flushIndex = flushIndex;
    const intervalSeconds = metrics.rollUpIntervalSeconds;
    this.#context = { contexts, seriesByKind, constantTags, device, intervalSeconds };
  }

  /** Whether there is nothing to read. */
  get isEmpty(): boolean {
    return this.#snapshot.isEmpty;
  }

  /** Decides where the slices go. */
  open(openReport: (context: OwnRowContext) => SliceSink): void {
    this.#report = openReport(this.#context);
  }

  /** Undefined before it is {@link open}ed. */
  get report(): SliceSink | undefined {
    return this.#report;
  }

  /** Hands the next slice over; false at the end. It must have been {@link open}ed. */
  next(): boolean {
    const report = this.#report!;
    const slice = this.#read();
    this.#slice = slice;
    if (slice === undefined) return false;
    report.add(slice);
    this.#rows = report.metrics.rows + report.distributions.rows;
    this.#context.contexts.markUsed(slice.codes, slice.length, this.#flushIndex);
    return true;
  }

  /** Reads a snapshot that failed to its end, for only then does the engine have its memory back; gives its rows that had not left already, which are lost. */
  discard(): number {
    let rows = this.#rows - (this.#report?.rowsGone ?? 0);
    for (let lost = this.#slice ?? this.#read(); lost !== undefined; lost = this.#read()) {
      for (let i = 0; i < lost.length; i++) {
        const kind = lost.codes[i] & KIND_MASK;
        rows += kind === DISTRIBUTION ? 1 : this.#settings.seriesByKind[kind].length;
      }
    }
    return rows;
  }

  #read(): Slice | undefined {
    return this.#report?.isRaw ? this.#snapshot.readRaw(SAMPLES_PER_RAW_SLICE) : this.#snapshot.read(SAMPLES_PER_SLICE);
  }
}
