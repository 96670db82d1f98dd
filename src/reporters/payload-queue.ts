import { Backoff } from './backoff.js';
import type { Delivery } from './delivery.js';
import type { StoredPayload } from './payload.js';
import type { SpoolClaim } from './spool.js';
import type { Time } from './time.js';

/** A payload on its way. */
export interface QueuedPayload extends StoredPayload {
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
  isFreed?: boolean;
  /** Answers 404 among them, ever. */
  notFounds: number;
  /** On the monotonic clock. */
  dueMilliseconds: number;
}

/** The payloads for one endpoint. One that fails does not hold up the others. */
export interface Lane {
  readonly path: string;
  /** Oldest first. */
  readonly waiting: QueuedPayload[];
  readonly backoff: Backoff;
  underWay: number;
  /** Answers 413 to bodies that were not large, since one was accepted. */
  smallRefused: number;
  /** Waiting payloads that have a delivery. */
  heard: number;
}

/** Payloads that were not accepted yet, by endpoint. */
export class PayloadQueue {
  readonly #time: Time;
  readonly #lanes = new Map<string, Lane>();
  /** Of the bodies as sent, those under way included. */
  bytes = 0;

  constructor(time: Time) {
    this.#time = time;
  }

  get lanes(): Iterable<Lane> {
    return this.#lanes.values();
  }

  /** Payloads that are not under way. */
  get waiting(): number {
    let waiting = 0;
    for (const lane of this.#lanes.values()) waiting += lane.waiting.length;
    return waiting;
  }

  laneOf({ path }: StoredPayload): Lane {
    let lane = this.#lanes.get(path);
    if (lane === undefined) {
      lane = { path, waiting: [], backoff: new Backoff(this.#time), underWay: 0, smallRefused: 0, heard: 0 };
      this.#lanes.set(path, lane);
    }
    return lane;
  }

  /** Puts a payload in its place: mostly the last, or the first after a failure. */
  insert(payload: QueuedPayload): void {
    const lane = this.laneOf(payload);
    const { waiting } = lane;
    const { sequence } = payload;
    if (payload.delivery !== undefined) lane.heard++;
    let index = waiting.length;
    if (index > 0 && waiting[0].sequence > sequence) index = 0;
    else while (index > 0 && waiting[index - 1].sequence > sequence) index--;
    waiting.splice(index, 0, payload);
  }

  take(lane: Lane, index: number): QueuedPayload {
    const [payload] = lane.waiting.splice(index, 1);
    if (payload.delivery !== undefined) lane.heard--;
    return payload;
  }

  /** Takes the oldest payload that waits for any endpoint. */
  takeOldest(): QueuedPayload | undefined {
    let oldest: Lane | undefined;
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
}
