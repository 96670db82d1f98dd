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
 * - Clients that run at the same time cannot both report a series. The later one is told.
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
  /** The series that were compared, and, by context id, 1 for theirs. Both stay empty while this client is alone. */
  readonly series = new Set<string>();
  #compared = new Uint8Array(0);

  constructor(settings: DestinationSettings, onError: (error: Error) => void) {
    this.#settings = settings;
    this.#onError = onError;
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
  stamp(slice: Slice, { contexts, intervalSeconds }: OwnRowContext): void {
    if (!hasMetrics(slice)) return;
    slice.startSeconds = this.#secondOf(slice.startSeconds, intervalSeconds);
    if (this.#destination.clients.size > 1 && !this.#hasEnded) this.#compare(slice, contexts);
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

  /**
   * Compares the series of a slice that were not compared before with those of the other clients. A context whose id was another
   * one's before counts as compared.
   */
  #compare({ codes, length }: Slice, contexts: ContextStore): void {
    if (contexts.idEnd > this.#compared.length) {
      const larger = new Uint8Array(contexts.idEnd * 2);
      larger.set(this.#compared);
      this.#compared = larger;
    }
    let left = Math.min(MAX_SERIES_OF_SLICE, MAX_SERIES - this.series.size);
    for (let i = 0; i < length && left > 0; i++) {
      const kind = codes[i] & KIND_MASK;
      const contextId = codes[i] >> KIND_BITS;
      if (kind === DISTRIBUTION || this.#compared[contextId] !== 0) continue;
      this.#compared[contextId] = 1;
      left--;
      const tags = contexts.tagIds(contextId).map((id) => contexts.tags.strings[id]);
      // A histogram has other names than a gauge or a counter.
      const form = kind === HISTOGRAM || kind === TIMING ? 'many' : 'one';
      const name = contexts.metric(contextId).text;
      const key = JSON.stringify([form, name, contexts.host(contextId), ...tags.sort()]);
      this.series.add(key);
      let isLater = false;
      for (const client of this.#destination.clients) {
        if (client === this) isLater = true;
        else if (client.series.has(key)) (isLater ? client : this).tellOfSeries(name, tags);
      }
    }
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
