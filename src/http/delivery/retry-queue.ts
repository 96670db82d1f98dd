import type { IntakeError } from '../../diagnostics/errors.js';
import type { Payload, StoredPayload } from '../payload.js';
import type { SpoolClaim } from '../spool/spool.js';
import type { TimeSource } from '../time-source.js';
import { MAX_CONNECTIONS } from '../transport/transport.js';
import { Backoff } from './backoff.js';
import type { Delivery } from './delivery.js';

/** A payload on its way. */
export interface QueuedPayload extends StoredPayload, Pick<Payload, 'reuse'> {
  /** Place among all payloads: the oldest has the lowest. Both halves of one have its place. */
  readonly sequence: number;
  /** Whether it was halved because the intake refused it. */
  readonly isHalf: boolean;
  /** Who is to know what becomes of it; undefined once it was told that the payload waits. */
  delivery: Delivery | undefined;
  /** Where it comes from, if it is out of the spool; that one accounts for its rows. */
  claim?: SpoolClaim;
  /** Requests made with it. */
  tries: number;
  /** Failures of it since the backing off began. */
  failures: number;
  /** Whether it was tried at once when its endpoint was back. */
  retriedAfterRecovery?: boolean;
  /** Answers 404 among them, ever. */
  notFounds: number;
  /** On the monotonic clock. */
  dueMilliseconds: number;
}

/** A payload to be compressed. */
export type RawPayload = Payload & Pick<QueuedPayload, 'sequence' | 'isHalf' | 'delivery' | 'createdSeconds' | 'tries'>;

/** The payloads for one endpoint. One that fails does not hold up the others. */
export interface EndpointQueue {
  readonly path: string;
  /** Oldest first. */
  readonly waiting: QueuedPayload[];
  readonly backoff: Backoff;
  underWay: number;
  /** Answers 413 to bodies that were not large, since one was accepted. */
  smallRefused: number;
  /** Waiting payloads that have a delivery. */
  awaitedCount: number;
}

/** Payloads that were not accepted yet, by endpoint, and which of them may be tried when. */
export class RetryQueue {
  /** What all endpoints have in common. */
  readonly server: Backoff;
  readonly #time: TimeSource;
  readonly #lanes = new Map<string, EndpointQueue>();
  /** Of the bodies as sent, those under way included. */
  bytes = 0;
  /** Requests, for all endpoints. */
  underWay = 0;
  maxUnderWay = MAX_CONNECTIONS;

  constructor(time: TimeSource) {
    this.#time = time;
    this.server = new Backoff(time);
  }

  get lanes(): Iterable<EndpointQueue> {
    return this.#lanes.values();
  }

  /** Payloads that are not under way. */
  get waiting(): number {
    let waiting = 0;
    for (const lane of this.#lanes.values()) waiting += lane.waiting.length;
    return waiting;
  }

  laneOf({ path }: StoredPayload): EndpointQueue {
    let lane = this.#lanes.get(path);
    if (lane === undefined) {
      lane = { path, waiting: [], backoff: new Backoff(this.#time), underWay: 0, smallRefused: 0, awaitedCount: 0 };
      this.#lanes.set(path, lane);
    }
    return lane;
  }

  /** Puts a payload in its place: mostly the last, or the first after a failure. */
  insert(payload: QueuedPayload): void {
    const lane = this.laneOf(payload);
    const { waiting } = lane;
    const { sequence } = payload;
    if (payload.delivery !== undefined) lane.awaitedCount++;
    let index = waiting.length;
    if (index > 0 && waiting[0].sequence > sequence) index = 0;
    else while (index > 0 && waiting[index - 1].sequence > sequence) index--;
    waiting.splice(index, 0, payload);
  }

  take(lane: EndpointQueue, index: number): QueuedPayload {
    const [payload] = lane.waiting.splice(index, 1);
    if (payload.delivery !== undefined) lane.awaitedCount--;
    return payload;
  }

  /** Takes the oldest payload that waits for any endpoint. */
  takeOldest(): QueuedPayload | undefined {
    let oldest: EndpointQueue | undefined;
    for (const lane of this.#lanes.values()) {
      if (lane.waiting.length === 0) continue;
      if (oldest === undefined || lane.waiting[0].sequence < oldest.waiting[0].sequence) oldest = lane;
    }
    return oldest && this.take(oldest, 0);
  }

  /** Takes those that were made before. */
  takeOlderThan(epochSeconds: number): QueuedPayload[] {
    const taken: QueuedPayload[] = [];
    for (const lane of this.#lanes.values()) {
      // In order but for clocks that were set.
      while (lane.waiting.length > 0 && lane.waiting[0].createdSeconds < epochSeconds) taken.push(this.take(lane, 0));
    }
    return taken;
  }

  /** Whether the server fails, or an endpoint for which something waits. */
  get isFailing(): boolean {
    if (this.server.isFailing) return true;
    for (const { backoff, waiting } of this.lanes) if (backoff.isFailing && waiting.length > 0) return true;
    return false;
  }

  /** What makes a lane wait. */
  failureOf({ backoff }: EndpointQueue): IntakeError | undefined {
    if (this.server.isFailing) return this.server.failure;
    return backoff.isFailing ? backoff.failure : undefined;
  }

  /** The oldest payload whose time has come, and whose endpoint is fine, or due for a try and has none under way. */
  takeNext(): QueuedPayload | undefined {
    const now = this.#time.monotonicMilliseconds();
    if (this.server.isFailing && (this.underWay > 0 || now < this.server.dueMilliseconds)) return undefined;
    let next: { lane: EndpointQueue; index: number } | undefined;
    for (const lane of this.lanes) {
      const { backoff, waiting, underWay } = lane;
      if (backoff.isFailing && (underWay > 0 || now < backoff.dueMilliseconds)) continue;
      const index = waiting.findIndex(({ dueMilliseconds }) => dueMilliseconds <= now);
      if (index < 0) continue;
      if (next === undefined || waiting[index].sequence < next.lane.waiting[next.index].sequence) next = { lane, index };
    }
    return next && this.take(next.lane, next.index);
  }

  /** When a payload can be tried that cannot be now, and for which no request is waited for. */
  get dueMilliseconds(): number {
    let due = Number.POSITIVE_INFINITY;
    if (this.underWay >= this.maxUnderWay || (this.server.isFailing && this.underWay > 0)) return due;
    for (const { backoff, waiting, underWay } of this.lanes) {
      if (backoff.isFailing && underWay > 0) continue;
      const laneDue = Math.max(this.server.dueMilliseconds, backoff.dueMilliseconds);
      for (const { dueMilliseconds } of waiting) {
        due = Math.min(due, Math.max(laneDue, dueMilliseconds));
        if (dueMilliseconds <= laneDue) break;
      }
    }
    return due;
  }
}
