import { intervalStart } from '../aggregator/intervals.js';
import type { ContextStore } from '../contexts/context-store.js';
import { ThreadStatsError } from '../diagnostics/errors.js';
import type { Slice } from '../engine/engine.js';
import { DISTRIBUTION, HISTOGRAM, KIND_BITS, KIND_MASK, TIMING } from '../model/kinds.js';
import { showValue } from '../model/text.js';
import { queueMicrotask } from '../runtime/real-timers.js';
import {
  type Destination,
  type DestinationClient,
  type DestinationSettings,
  joinDestination,
  leaveDestination,
} from './destination.js';
import type { OwnRowContext } from './row-builder.js';

/** Most seconds that are remembered: almost three hours of intervals of 10 seconds. */
const MAX_SECONDS = 1024;

/** Most series of a client that are compared with those of other clients. */
const MAX_SERIES = 10_000;

/** Most series of one slice that are compared. The others are compared at the next flush. */
const MAX_SERIES_OF_SLICE = 256;

const CURES =
  'share one client (or its children), give each client a constant tag or a host of its own, or record distributions, whose values add up';

/**
 * A client, as one of the clients of this process that report to one destination. The server keeps the last point of a series and
 * second, so the points of two clients must not meet:
 *
 * - A client that ends leaves the rest of its last interval to the client after it. That one stamps its points of the interval
 *   with the first second of it that no client before had. Both have the length of the interval, so their rates add up to the total.
 * - Clients that run at the same time cannot both report a series. The later one is told. A client reports the series of the
 *   contexts that it has: one that it no longer records is forgotten when its context is recycled.
 *
 * This does not concern distributions, whose values add up.
 */
export class Writer implements DestinationClient {
  readonly #settings: DestinationSettings;
  readonly #onError: (error: Error) => void;
  readonly #destination: Destination;
  #hasEnded = false;
  /** Seconds at which this client had points, the oldest entry first. */
  readonly seconds = new Set<number>();
  /** The second of each interval that does not have its points at its start. */
  readonly #moved = new Map<number, number>();
  // These three stay empty while this client is alone.
  /** The series that were compared, each with the number of its contexts: a gauge and a counter of one name are one series. */
  readonly series = new Map<string, number>();
  /** The series of each context that was compared. */
  readonly #seriesByContext = new Map<number, string>();
  /** By context id: 1 for the keys of `#seriesByContext`, which is faster to read. */
  #compared = new Uint8Array(0);
  readonly #contexts: ContextStore;

  /** @param contexts The contexts of all slices. */
  constructor(settings: DestinationSettings, contexts: ContextStore, onError: (error: Error) => void) {
    this.#settings = settings;
    this.#contexts = contexts;
    this.#onError = onError;
    contexts.removalListeners.add((contextId) => this.#forget(contextId));
    this.#destination = joinDestination(settings, this);
  }

  /** Ends the client's part in the destination. Its last flush may follow. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const second of this.seconds) addSecond(this.#destination.endedSeconds, second);
    leaveDestination(this.#settings, this);
  }

  /** Gives a slice the second of this client's points. Must be called with each slice, before its rows are made. */
  stamp(slice: Slice, { intervalSeconds }: OwnRowContext): void {
    if (!hasMetrics(slice)) return;
    slice.startSeconds = this.#secondOf(slice.startSeconds, intervalSeconds);
    if (this.#destination.clients.size > 1 && !this.#hasEnded) this.#compare(slice);
  }

  /** Returns the second of the points of an interval. */
  #secondOf(startSeconds: number, lengthSeconds: number): number {
    const moved = this.#moved.get(startSeconds);
    if (moved !== undefined) return moved;
    if (this.seconds.has(startSeconds)) return startSeconds;
    let second = startSeconds;
    while (this.#isTaken(second) && second < startSeconds + lengthSeconds) second++;
    if (second === startSeconds + lengthSeconds) {
      second--;
      this.#tell(
        `More clients, one after the other, have reported the interval of ${lengthSeconds} seconds at ${startSeconds} than it has seconds, so points replace each other at the server: ${CURES}`,
      );
    }
    if (second !== startSeconds) this.#moved.set(startSeconds, second);
    const forgotten = addSecond(this.seconds, second);
    if (forgotten !== undefined) this.#moved.delete(intervalStart(forgotten, lengthSeconds));
    if (this.#hasEnded) addSecond(this.#destination.endedSeconds, second);
    return second;
  }

  /** Whether another client had points at a second. Of the clients that run, only those matter that go on after this one. */
  #isTaken(second: number): boolean {
    const { endedSeconds, clients } = this.#destination;
    if (endedSeconds.has(second)) return true;
    if (this.#hasEnded) for (const client of clients) if (client.seconds.has(second)) return true;
    return false;
  }

  /** Compares the series of a slice that were not compared before with those of the other clients. */
  #compare({ codes, length }: Slice): void {
    const contexts = this.#contexts;
    if (contexts.idEnd > this.#compared.length) {
      const larger = new Uint8Array(contexts.idEnd * 2);
      larger.set(this.#compared);
      this.#compared = larger;
    }
    let left = Math.min(MAX_SERIES_OF_SLICE, MAX_SERIES - this.#seriesByContext.size);
    for (let i = 0; i < length && left > 0; i++) {
      const kind = codes[i] & KIND_MASK;
      const contextId = codes[i] >> KIND_BITS;
      if (kind === DISTRIBUTION || this.#compared[contextId] !== 0) continue;
      this.#compared[contextId] = 1;
      left--;
      const tags = contexts.tagIds(contextId).map((id) => contexts.tags.strings[id]);
      // A histogram has other names than a gauge or a counter.
      const form = kind === HISTOGRAM || kind === TIMING ? 'many' : 'one';
      const name = contexts.names.text(contexts.metricId(contextId));
      const key = JSON.stringify([form, name, contexts.host(contextId), ...tags.sort()]);
      this.#seriesByContext.set(contextId, key);
      this.series.set(key, (this.series.get(key) ?? 0) + 1);
      let isLater = false;
      for (const client of this.#destination.clients) {
        if (client === this) isLater = true;
        else if (client.series.has(key)) (isLater ? client : this).tellOfSeries(name, tags);
      }
    }
  }

  /** Forgets the series of a context that is about to be recycled, because its id is given to another one. */
  #forget(contextId: number): void {
    const key = this.#seriesByContext.get(contextId);
    if (key === undefined) return;
    this.#seriesByContext.delete(contextId);
    this.#compared[contextId] = 0;
    const contextCount = this.series.get(key)! - 1;
    if (contextCount === 0) this.series.delete(key);
    else this.series.set(key, contextCount);
  }

  /** See {@link DestinationClient.tellOfSeries}. */
  tellOfSeries(name: string, tags: readonly string[]): void {
    const all = [...tags, ...this.#settings.constantTags];
    const tagged = all.length === 0 ? 'without tags' : `with the tags ${showValue(all.join())}`;
    this.#tell(
      `Two clients of this process report ${showValue(name)} ${tagged} at the same time, and their points replace each other at the server: ${CURES}`,
    );
  }

  #tell(message: string): void {
    if (this.#destination.isTold) return;
    this.#destination.isTold = true;
    const error = new ThreadStatsError('ERR_THREADSTATS_TWO_WRITERS', `${message}. Reported once`);
    // In a microtask, because the snapshot is being read, and the callback may record or flush.
    queueMicrotask(() => this.#onError(error));
  }
}

/** Adds a second to a limited set. Returns the one that had to make room. */
function addSecond(seconds: Set<number>, second: number): number | undefined {
  seconds.add(second);
  if (seconds.size <= MAX_SECONDS) return undefined;
  const [oldest] = seconds;
  seconds.delete(oldest);
  return oldest;
}

/** Whether a slice has a cell of another kind than distribution. */
function hasMetrics({ codes, length }: Slice): boolean {
  for (let i = 0; i < length; i++) if ((codes[i] & KIND_MASK) !== DISTRIBUTION) return true;
  return false;
}
