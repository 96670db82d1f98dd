import type { IntakeError } from '../../diagnostics/errors.js';
import type { Payload, StoredPayload } from '../payload.js';
import type { SpoolClaim } from '../spool/spool.js';
import type { TimeSource } from '../time-source.js';
import { MAX_CONNECTIONS } from '../transport/transport.js';
import { Backoff } from './backoff.js';
import type { Delivery } from './delivery.js';

/** A payload that is ready to be sent. */
export interface QueuedPayload extends StoredPayload, Pick<Payload, 'release' | 'flushNumber'> {
  /** Age rank among all payloads: the oldest has the lowest. Both halves of a payload keep its rank. */
  readonly sequence: number;
  /** True for a half of a payload that the intake refused. */
  readonly isHalf: boolean;
  /** Receives the outcome. Undefined once it has been told that the payload waits for a retry. */
  delivery: Delivery | undefined;
  /** Set while the spool counts the payload's rows. */
  claim?: SpoolClaim;
  /** Requests made with this payload. */
  attempts: number;
  /** Failed attempts since the outage began. */
  failures: number;
  /** True once the payload was retried at once because its endpoint had recovered. */
  retriedAfterRecovery?: boolean;
  /** Responses with status 404 so far. */
  notFounds: number;
  /** When the payload may be sent, on the monotonic clock. */
  dueMilliseconds: number;
}

/** A payload that is yet to be compressed. */
export type RawPayload = Omit<QueuedPayload, 'body'> & Pick<Payload, 'body'>;

type Untried = 'isHalf' | 'attempts' | 'failures' | 'notFounds' | 'dueMilliseconds';

/** Returns the payload with the state of one that is yet to be sent. */
export function untriedPayload<Source extends Omit<RawPayload, Untried>>(source: Source): Source & Pick<RawPayload, Untried> {
  return { ...source, isHalf: false, attempts: 0, failures: 0, notFounds: 0, dueMilliseconds: 0 };
}

/** The payloads for one endpoint. Each endpoint has a queue, so that a failing endpoint does not hold up the others. */
export interface EndpointQueue {
  readonly path: string;
  /** Oldest first. */
  readonly waiting: QueuedPayload[];
  readonly backoff: Backoff;
  /** Requests in flight. */
  inFlight: number;
  /** Responses 413 to small bodies since a body was last accepted. */
  smallRefused: number;
  /** Waiting payloads that have a delivery. */
  awaitedCount: number;
  /** Waiting payloads that have a flush number. */
  numberedCount: number;
  /** Payloads in flight that have a flush number, which is the same for all of them. */
  readonly numberedInFlight: Set<QueuedPayload>;
}

/** Holds the compressed payloads that are not accepted yet, by endpoint, and decides which may be sent when. */
export class RetryQueue {
  /** Backoff from the whole server. */
  readonly server: Backoff;
  readonly #time: TimeSource;
  readonly #endpointQueues = new Map<string, EndpointQueue>();
  /** Compressed bytes, those in flight included. */
  bytes = 0;
  /** Requests in flight, to all endpoints. */
  inFlight = 0;
  maxInFlight = MAX_CONNECTIONS;

  constructor(time: TimeSource) {
    this.#time = time;
    this.server = new Backoff(time);
  }

  /** Number of payloads that are not in flight. */
  get waiting(): number {
    let waiting = 0;
    for (const queue of this.#endpointQueues.values()) waiting += queue.waiting.length;
    return waiting;
  }

  queueOf({ path }: StoredPayload): EndpointQueue {
    let queue = this.#endpointQueues.get(path);
    if (queue === undefined) {
      queue = {
        path,
        waiting: [],
        backoff: new Backoff(this.#time),
        inFlight: 0,
        smallRefused: 0,
        awaitedCount: 0,
        numberedCount: 0,
        numberedInFlight: new Set(),
      };
      this.#endpointQueues.set(path, queue);
    }
    return queue;
  }

  /** Inserts a payload by age: usually as the last one, or as the first one after a failure. */
  insert(payload: QueuedPayload): void {
    const queue = this.queueOf(payload);
    const { waiting } = queue;
    const { sequence } = payload;
    if (payload.delivery !== undefined) queue.awaitedCount++;
    if (payload.flushNumber !== undefined) queue.numberedCount++;
    let index = waiting.length;
    if (index > 0 && waiting[0].sequence > sequence) index = 0;
    else while (index > 0 && waiting[index - 1].sequence > sequence) index--;
    waiting.splice(index, 0, payload);
  }

  #take(queue: EndpointQueue, index: number): QueuedPayload {
    // Thousands of events may wait, and shift() does not move the rest.
    const payload = index === 0 ? queue.waiting.shift()! : queue.waiting.splice(index, 1)[0];
    if (payload.delivery !== undefined) queue.awaitedCount--;
    if (payload.flushNumber !== undefined) queue.numberedCount--;
    return payload;
  }

  /** Takes the oldest waiting payload of all endpoints. */
  takeOldest(): QueuedPayload | undefined {
    let oldest: EndpointQueue | undefined;
    for (const queue of this.#endpointQueues.values()) {
      if (queue.waiting.length === 0) continue;
      if (oldest === undefined || queue.waiting[0].sequence < oldest.waiting[0].sequence) oldest = queue;
    }
    return oldest && this.#take(oldest, 0);
  }

  /** Takes all waiting payloads that were created before a moment. */
  takeOlderThan(epochSeconds: number): QueuedPayload[] {
    const taken: QueuedPayload[] = [];
    for (const queue of this.#endpointQueues.values()) {
      // Payloads are in order of creation, unless somebody set the clock.
      while (queue.waiting.length > 0 && queue.waiting[0].createdSeconds < epochSeconds) taken.push(this.#take(queue, 0));
    }
    return taken;
  }

  /** Takes the oldest payload that may be sent now. A failing endpoint, or a failing server, gets one request at a time. */
  takeNext(): QueuedPayload | undefined {
    const now = this.#time.monotonicMilliseconds();
    if (this.server.isFailing && (this.inFlight > 0 || now < this.server.dueMilliseconds)) return undefined;
    let next: { queue: EndpointQueue; index: number } | undefined;
    for (const queue of this.#endpointQueues.values()) {
      const { backoff, waiting, inFlight } = queue;
      if (backoff.isFailing && (inFlight > 0 || now < backoff.dueMilliseconds)) continue;
      const index = waiting.findIndex((payload) => this.#dueOf(payload, backoff) <= now);
      if (index < 0 || index >= sendableCount(queue)) continue;
      if (next === undefined || waiting[index].sequence < next.queue.waiting[next.index].sequence) next = { queue, index };
    }
    return next && this.#take(next.queue, next.index);
  }

  /** When a payload is due. One that others may have to wait for has no delay of its own while its endpoint works. */
  #dueOf({ flushNumber, dueMilliseconds }: QueuedPayload, backoff: Backoff): number {
    const holdsUpOthers = flushNumber !== undefined && !backoff.isFailing && !this.server.isFailing;
    return holdsUpOthers ? Number.NEGATIVE_INFINITY : dueMilliseconds;
  }

  /** True while the server fails, or an endpoint fails for which payloads wait. */
  get isFailing(): boolean {
    if (this.server.isFailing) return true;
    for (const { backoff, waiting } of this.#endpointQueues.values()) if (backoff.isFailing && waiting.length > 0) return true;
    return false;
  }

  /** Returns the failure for which an endpoint's payloads wait; undefined if neither the endpoint nor the server fails. */
  failureOf({ backoff }: EndpointQueue): IntakeError | undefined {
    if (this.server.isFailing) return this.server.failure;
    return backoff.isFailing ? backoff.failure : undefined;
  }

  /** When the next payload becomes due. Payloads that must wait until a request in flight has ended are left out. */
  get dueMilliseconds(): number {
    let due = Number.POSITIVE_INFINITY;
    if (this.inFlight >= this.maxInFlight || (this.server.isFailing && this.inFlight > 0)) return due;
    for (const queue of this.#endpointQueues.values()) {
      const { backoff, waiting, inFlight } = queue;
      if (backoff.isFailing && inFlight > 0) continue;
      const endpointDue = Math.max(this.server.dueMilliseconds, backoff.dueMilliseconds);
      const count = sendableCount(queue);
      for (let i = 0; i < count; i++) {
        const dueMilliseconds = this.#dueOf(waiting[i], backoff);
        due = Math.min(due, Math.max(endpointDue, dueMilliseconds));
        if (dueMilliseconds <= endpointDue) break;
      }
    }
    return due;
  }

  /**
   * Makes everything due soon, because little time is left.
   *
   * @param lastTryMilliseconds When the last attempt is due, on the monotonic clock.
   * @param retriesRefused See {@link Backoff.hasten}.
   */
  hasten(lastTryMilliseconds: number, retriesRefused: boolean): void {
    const now = this.#time.monotonicMilliseconds();
    this.server.hasten(lastTryMilliseconds, retriesRefused);
    for (const { backoff, waiting } of this.#endpointQueues.values()) {
      backoff.hasten(lastTryMilliseconds, retriesRefused);
      for (const payload of waiting) {
        payload.failures = 0;
        payload.dueMilliseconds = now;
      }
    }
  }

  /** Makes the oldest payload of each endpoint due now, unless the server asked for a longer delay. */
  retryNow(): void {
    this.server.retryNow();
    for (const { backoff, waiting } of this.#endpointQueues.values()) {
      backoff.retryNow();
      if (waiting.length > 0) waiting[0].dueMilliseconds = this.#time.monotonicMilliseconds();
    }
  }

  /** Tells the deliveries of payloads for failing endpoints that their rows wait for a retry. */
  notifyWaiting(): void {
    for (const queue of this.#endpointQueues.values()) {
      const failure = queue.awaitedCount > 0 && this.failureOf(queue);
      if (!failure) continue;
      // Starts with the youngest, because most of the older ones were notified before.
      for (let i = queue.waiting.length - 1; queue.awaitedCount > 0; i--) {
        const payload = queue.waiting[i];
        if (payload.delivery === undefined) continue;
        queue.awaitedCount--;
        payload.delivery.kept(payload.rows, failure);
        payload.delivery = undefined;
      }
    }
  }
}

/**
 * Returns how many of the waiting payloads, from the oldest on, need not wait for another one: none comes after a payload of
 * another flush whose points it may replace. If it came first, the server would keep the older points.
 */
function sendableCount({ waiting, numberedCount, numberedInFlight }: EndpointQueue): number {
  if (numberedCount === 0 && numberedInFlight.size === 0) return waiting.length;
  const [inFlight] = numberedInFlight;
  let flushNumber = inFlight?.flushNumber;
  for (let i = 0; i < waiting.length; i++) {
    if (flushNumber !== undefined && waiting[i].flushNumber !== flushNumber) return i;
    flushNumber = waiting[i].flushNumber;
  }
  return waiting.length;
}
