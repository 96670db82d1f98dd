import type { Slice, Snapshot } from './engine.js';

/** An interval of a snapshot. */
export interface TakenInterval<Handle> {
  readonly startSeconds: number;
  /** The engine's own reference to the interval. */
  readonly handle: Handle;
  /** Whether it stays open for late samples. */
  readonly isKept: boolean;
}

/** The open intervals of an engine, by their starts. */
export class OpenIntervals<Handle> {
  /** Intervals that have something to report. */
  readonly #changed = new Map<number, Handle>();
  /** Intervals that were reported and kept, and have not changed since. */
  readonly #unchanged = new Map<number, Handle>();

  /** Whether no interval has anything to report. */
  get isEmpty(): boolean {
    return this.#changed.size === 0;
  }

  /** Returns the interval with this start, which the caller is about to change, or undefined if none is open. */
  getForUpdate(startSeconds: number): Handle | undefined {
    const changed = this.#changed.get(startSeconds);
    if (changed !== undefined || this.#unchanged.size === 0) return changed;
    const handle = this.#unchanged.get(startSeconds);
    if (handle !== undefined) {
      this.#unchanged.delete(startSeconds);
      this.#changed.set(startSeconds, handle);
    }
    return handle;
  }

  add(startSeconds: number, handle: Handle): void {
    this.#changed.set(startSeconds, handle);
  }

  /**
   * Takes the intervals that start before `beforeSeconds`. The array ends with the oldest one, because its end is cheap to
   * remove. Intervals that start at `keepFromSeconds` or later stay open, and are in the array only if they have changed since
   * they were reported.
   */
  take(beforeSeconds: number, keepFromSeconds: number): TakenInterval<Handle>[] {
    const taken: TakenInterval<Handle>[] = [];
    for (const [startSeconds, handle] of this.#unchanged) {
      if (!(startSeconds < beforeSeconds && startSeconds < keepFromSeconds)) continue;
      taken.push({ startSeconds, handle, isKept: false });
      this.#unchanged.delete(startSeconds);
    }
    const firstChanged = taken.length;
    for (const [startSeconds, handle] of this.#changed) {
      if (!(startSeconds < beforeSeconds)) continue;
      const isKept = !(startSeconds < keepFromSeconds);
      taken.push({ startSeconds, handle, isKept });
      if (isKept) this.#unchanged.set(startSeconds, handle);
    }
    // After a backfill there are thousands, and to delete each would take three times as long.
    if (taken.length - firstChanged === this.#changed.size) this.#changed.clear();
    else for (const { startSeconds } of taken.slice(firstChanged)) this.#changed.delete(startSeconds);
    return taken.sort((a, b) => b.startSeconds - a.startSeconds);
  }
}

/**
 * Makes a snapshot of intervals that were taken.
 *
 * @param readSlice Reads the next slice of an interval; returns undefined when nothing is left to read.
 */
export function snapshotOf<Handle>(
  taken: TakenInterval<Handle>[],
  readSlice: (interval: TakenInterval<Handle>, maxSamples: number, isRaw: boolean) => Slice | undefined,
): Snapshot {
  const read = (maxSamples: number, isRaw: boolean): Slice | undefined => {
    for (let oldest = taken.at(-1); oldest !== undefined; oldest = taken.at(-1)) {
      const slice = readSlice(oldest, maxSamples, isRaw);
      if (slice !== undefined) return slice;
      taken.pop();
    }
    return undefined;
  };
  return {
    isEmpty: taken.length === 0,
    keepsIntervals: taken.some(({ isKept }) => isKept),
    read: (maxSamples) => read(maxSamples, false),
    readRaw: (maxSamples) => read(maxSamples, true),
  };
}
