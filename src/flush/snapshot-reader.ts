import type { MetricsAggregator } from '../aggregator/metrics-aggregator.js';
import type { Slice, Snapshot } from '../engine/engine.js';
import type { OwnRowContext } from './row-builder.js';
import { countRows, type RowSeries } from './row-series.js';
import type { SliceSink } from './slice-sink.js';
import type { Writer } from './writer.js';

/** Settings that all flushes of a client share. */
export interface SnapshotReaderSettings {
  readonly metrics: MetricsAggregator;
  readonly seriesByKind: readonly (readonly RowSeries[])[];
  readonly constantTags: readonly string[];
  readonly device: string | null;
}

/** The most samples that one slice processes, which takes a tenth of a millisecond, or a few before the code is compiled. */
const SAMPLES_PER_SLICE = 1024;

/**
 * Reads a snapshot into a sink, one slice at a time. Samples recorded in the meantime are not part of it, except those in
 * intervals that stay open.
 */
export class SnapshotReader {
  readonly #snapshot: Snapshot;
  readonly #writer: Writer;
  readonly #context: OwnRowContext;
  readonly #flushIndex: number;
  #sink: SliceSink | undefined;
  #lastSlice: Slice | undefined;
  /** The rows that the sink held before the last slice, because adding a slice can fail halfway. */
  #rowsBefore = 0;

  /** Takes a snapshot of the intervals that ended at or before `timestampSeconds`; `Infinity` takes all intervals. */
  constructor(settings: SnapshotReaderSettings, writer: Writer, timestampSeconds: number) {
    const { metrics, seriesByKind, constantTags, device } = settings;
    this.#snapshot = metrics.takeSnapshot(timestampSeconds);
    this.#writer = writer;
    const { contexts, flushIndex } = metrics.resolver;
    this.#flushIndex = flushIndex;
    const intervalSeconds = metrics.rollUpIntervalSeconds;
    const mayBeReplaced = this.#snapshot.keepsIntervals;
    this.#context = { contexts, seriesByKind, constantTags, device, intervalSeconds, mayBeReplaced };
  }

  /** True if the snapshot holds nothing. */
  get isEmpty(): boolean {
    return this.#snapshot.isEmpty;
  }

  /** Undefined until {@link open} has been called. */
  get sink(): SliceSink | undefined {
    return this.#sink;
  }

  /** Opens the sink that takes the slices. */
  open(openSink: (context: OwnRowContext) => SliceSink): SliceSink {
    this.#sink = openSink(this.#context);
    return this.#sink;
  }

  /** Adds the next slice to the sink, which must be open. Returns false at the end. */
  next(): boolean {
    const sink = this.#sink!;
    this.#rowsBefore = rowsIn(sink);
    this.#lastSlice = undefined;
    const slice = this.#read();
    if (slice === undefined) return false;
    this.#lastSlice = slice;
    this.#writer.stamp(slice, this.#context);
    sink.add(slice);
    this.#context.contexts.markUsed(slice.codes, slice.length, this.#flushIndex);
    return true;
  }

  /**
   * Discards the snapshot after a failure. Returns the number of rows that are lost: those that the sink has not passed on, and
   * those of all slices that it has not taken. Reads the snapshot to its end, because only then does the engine reuse its memory.
   */
  discard(): number {
    let rows = this.#rowsBefore - (this.#sink?.rowsGone ?? 0);
    for (let lost = this.#lastSlice ?? this.#read(); lost !== undefined; lost = this.#read()) {
      const { metrics, distributions } = countRows(lost, this.#context.seriesByKind);
      rows += metrics + distributions;
    }
    return rows;
  }

  #read(): Slice | undefined {
    const { isRaw = false, maxSamples = SAMPLES_PER_SLICE } = this.#sink ?? {};
    return isRaw ? this.#snapshot.readRaw(maxSamples) : this.#snapshot.read(maxSamples);
  }
}

function rowsIn({ metrics, distributions }: SliceSink): number {
  return metrics.rows + distributions.rows;
}
