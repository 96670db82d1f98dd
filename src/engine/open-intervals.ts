import type { Slice, Snapshot } from './engine.js';

/** An interval of a snapshot, known to its engine by a handle. */
export interface TakenInterval<Handle> {
  readonly startSeconds: number;
  readonly handle: Handle;
  /** Whether it stays open. */
  readonly isKept: boolean;
}

/** The open intervals of an engine, found by their starts. */
export class OpenIntervals<Handle> {
  /** Those with something to report. */
  readonly #changed = new Map<number, Handle>();
  /** Those that were reported and kept, and have not changed since. */
  readonly #unchanged = new Map<number, Handle>();

  /** Whether none has anything to report. */
  get isEmpty(): boolean {
    return this.#changed.size === 0;
  }

  get(startSeconds: number): Handle | undefined {
    return this.#changed.get(startSeconds) ?? this.#unchanged.get(startSeconds);
  }

  /** As {@link get}, for an interval that is about to change. */
  getToChange(startSeconds: number): Handle | undefined {
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
   * Takes the intervals that start before `beforeSeconds`, oldest last: that end of an array is cheap to take from. Those
   * that start at `keepFromSeconds` or later are kept, and are only in it when they have changed.
   */
  take(beforeSeconds: number, keepFromSeconds: number): TakenInterval<Handle>[] {
    const taken: TakenInterval<Handle>[] = [];
    for (const [startSeconds, handle] of this.#unchanged) {
      if (!(startSeconds < beforeSeconds && startSeconds < keepFromSeconds)) continue;
      taken.push({ startSeconds, handle, isKept: false });
      this.#unchanged.delete(startSeconds);
    }
    for (const [startSeconds, handle] of this.#changed) {
      if (!(startSeconds < beforeSeconds)) continue;
      const isKept = !(startSeconds < keepFromSeconds);
      taken.push({ startSeconds, handle, isKept });
      this.#changed.delete(startSeconds);
      if (isKept) this.#unchanged.set(startSeconds, handle);
    }
    return taken.sort((a, b) => b.startSeconds - a.startSeconds);
  }
}

/** @param readSlice Gives the next slice of an interval; undefined when it is used up. */
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
    read: (maxSamples) => read(maxSamples, false),
    readRaw: (maxSamples) => read(maxSamples, true),
  };
}
