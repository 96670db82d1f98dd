// Records samples into an engine, as the metrics aggregator does, and reads snapshots.

import type { Snapshot } from '../../../src/engine/engine.js';
import { KIND_BITS, KIND_MASK, type Kind, SET } from '../../../src/model/kinds.js';
import type { TestEngine } from './variants.js';

/** A sample. The value of a sample of a set is its member. */
export interface Sample {
  readonly startSeconds: number;
  readonly code: number;
  readonly value: number | string;
}

/** What an engine reports for one cell. A distribution that several slices share is joined. */
export interface CellReport {
  readonly startSeconds: number;
  readonly code: number;
  readonly values: Float64Array;
}

/** Work to do while a snapshot is read: one item after each slice, and all that remain at the end. */
export type Between = readonly (() => void)[];

export function codeOf(contextId: number, kind: Kind): number {
  return (contextId << KIND_BITS) | kind;
}

export function kindOf(code: number): Kind {
  return (code & KIND_MASK) as Kind;
}

const ALL_SAMPLES = 2 ** 31 - 1;

/** Records samples into an engine and counts them. */
export class Recorder {
  readonly engine: TestEngine;
  readonly #isRaw: boolean;
  offered = 0;
  dropped = 0;

  /** @param isRaw Whether flushes read raw slices. */
  constructor(engine: TestEngine, isRaw = false) {
    this.engine = engine;
    this.#isRaw = isRaw;
  }

  record({ startSeconds, code, value }: Sample): void {
    const { samples } = this.engine;
    if (samples.intervalStartSeconds !== startSeconds) {
      this.apply();
      samples.intervalStartSeconds = startSeconds;
    }
    this.offered++;
    if (kindOf(code) !== SET) {
      if (samples.append(code, value as number)) this.apply();
    } else if (typeof value === 'number') {
      if (!samples.hasRoomFor(4)) this.apply();
      if (samples.appendNumber(code, value)) this.apply();
    } else {
      if (!samples.hasRoomFor(value.length)) this.apply();
      if (samples.appendText(code, value)) this.apply();
    }
  }

  /** Records one sample and applies it at once. Returns whether it reached its cell. */
  recordNow(sample: Sample): boolean {
    const { dropped } = this;
    this.record(sample);
    this.apply();
    return this.dropped === dropped;
  }

  apply(): void {
    this.dropped += this.engine.applySamples();
  }

  /** Takes the intervals that start before the moment and reads them to their end. */
  flush(beforeSeconds = Number.POSITIVE_INFINITY, maxSamples = ALL_SAMPLES, between: Between = []): CellReport[] {
    this.apply();
    const snapshot = this.engine.takeSnapshot(beforeSeconds);
    return readSnapshot(this.#isRaw ? { ...snapshot, read: snapshot.readRaw } : snapshot, maxSamples, between);
  }
}

/** Reads a snapshot to its end. */
export function readSnapshot(snapshot: Snapshot, maxSamples = ALL_SAMPLES, between: Between = []): CellReport[] {
  const reports: CellReport[] = [];
  const work = [...between];
  let open: Float64Array | undefined;
  for (let slice = snapshot.read(maxSamples); slice !== undefined; slice = snapshot.read(maxSamples)) {
    let begin = 0;
    for (let i = 0; i < slice.length; i++) {
      const values = slice.values.slice(begin, slice.ends[i]);
      begin = slice.ends[i];
      const report = { startSeconds: slice.startSeconds, code: slice.codes[i], values: open ? joined(open, values) : values };
      if (open === undefined) reports.push(report);
      else reports[reports.length - 1] = report;
      open = slice.continues && i === slice.length - 1 ? report.values : undefined;
    }
    work.shift()?.();
  }
  if (open !== undefined) throw new Error('the last slice says that its last cell goes on');
  for (const left of work) left();
  return reports;
}

function joined(first: Float64Array, second: Float64Array): Float64Array {
  const whole = new Float64Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
