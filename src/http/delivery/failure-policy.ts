import { IntakeError } from '../../diagnostics/errors.js';
import type { TimeSource } from '../time-source.js';
import { MAX_CONNECTIONS } from '../transport/transport.js';
import { backoffMilliseconds } from './backoff.js';
import type { EndpointQueue, QueuedPayload, RetryQueue } from './retry-queue.js';

/** A payload that gets this many responses 404 is dropped. */
const MAX_NOT_FOUND = 4;

/** After this many failed attempts of the oldest payload at a failing endpoint, younger payloads are tried in between. */
const MAX_FIRST_ATTEMPTS = 4;

/** A refused body that is larger than this before compression is halved once, because its size may be the reason. */
const LARGE_BODY_BYTES = 65_536;

/** After this many responses 413 to small bodies in a row, small bodies are no longer halved: their size is not the reason. */
const MAX_SMALL_REFUSED = 8;

/** Statuses that concern every request, not this payload or its endpoint. */
const SERVER_STATUSES = new Set([401, 403, 407, 429, 503]);

/** The decision about a payload whose request failed. */
export type Verdict =
  /** The payload is sent again later: see `backOff`. */
  | { readonly action: 'retry'; readonly failure: IntakeError }
  | { readonly action: 'drop'; readonly reason: 'reporter' | 'refused' | 'tooLarge' }
  /** Halved if `mayBeTooLarge` says so, and otherwise dropped for the reason. */
  | { readonly action: 'halve'; readonly reason: 'refused' | 'tooLarge' };

/** The failures in a row when a request began. */
export interface KnownFailures {
  readonly server: number;
  readonly endpoint: number;
}

/**
 * Decides what a failure means for the payload, for its endpoint and for the server. A failing endpoint or server gets one
 * request at a time, at growing intervals; after recovery each accepted payload allows one more request in flight.
 */
export class FailurePolicy {
  readonly #queue: RetryQueue;
  readonly #time: TimeSource;

  constructor(queue: RetryQueue, time: TimeSource) {
    this.#queue = queue;
    this.#time = time;
  }

  /** Is called before each request: see `backOff`. */
  knownFailures({ backoff }: EndpointQueue): KnownFailures {
    return { server: this.#queue.server.failures, endpoint: backoff.failures };
  }

  /** Notes that the intake accepted a payload. Returns true if this ended an outage. */
  accept(endpointQueue: EndpointQueue): boolean {
    endpointQueue.smallRefused = 0;
    this.#queue.maxInFlight = Math.min(this.#queue.maxInFlight + 1, MAX_CONNECTIONS);
    return this.recover(endpointQueue);
  }

  /** Notes that the server and the endpoint work, even if they refuse this payload. Returns true if this ended an outage. */
  recover({ backoff, waiting }: EndpointQueue): boolean {
    const { server } = this.#queue;
    const wasFailing = server.isFailing || backoff.isFailing;
    server.succeed();
    if (backoff.isFailing) {
      for (const payload of waiting) {
        if (payload.retriedAfterRecovery) continue;
        payload.retriedAfterRecovery = payload.failures > 0;
        payload.dueMilliseconds = 0;
      }
    }
    backoff.succeed();
    return wasFailing && !this.#queue.isFailing;
  }

  /** Decides what happens to a payload. */
  judge(payload: QueuedPayload, failure: Error): Verdict {
    if (!(failure instanceof IntakeError)) return { action: 'drop', reason: 'reporter' };
    const { statusCode, retryable } = failure;
    if (statusCode === 404 && ++payload.notFounds >= MAX_NOT_FOUND) return { action: 'drop', reason: 'refused' };
    if (retryable) return { action: 'retry', failure };
    const reason = statusCode === 413 ? 'tooLarge' : 'refused';
    const isWorthHalving = statusCode === 413 || (statusCode === 400 && !payload.isHalf);
    return { action: isWorthHalving && payload.rows > 1 ? 'halve' : 'drop', reason };
  }

  /** True if a body of this size, before compression, may have been refused for its size. */
  mayBeTooLarge(endpointQueue: EndpointQueue, bodyBytes: number, reason: 'refused' | 'tooLarge'): boolean {
    return bodyBytes > LARGE_BODY_BYTES || (reason === 'tooLarge' && ++endpointQueue.smallRefused <= MAX_SMALL_REFUSED);
  }

  /**
   * Backs off from the server or the endpoint, and decides when the payload is due again. Requests that were in flight
   * together and fail count as one failure: this one is not counted if another has failed since it began (see `known`).
   *
   * @param lastTryMilliseconds When the last attempt is due, on the monotonic clock; undefined unless little time is left.
   * @returns The failure with which the outage began.
   */
  backOff(
    endpointQueue: EndpointQueue,
    payload: QueuedPayload,
    failure: IntakeError,
    known: KnownFailures,
    lastTryMilliseconds?: number,
  ): IntakeError {
    const { statusCode } = failure;
    const isServer = statusCode === undefined || statusCode < 400 || SERVER_STATUSES.has(statusCode);
    if (isServer) this.#queue.maxInFlight = 1;
    else this.#queue.server.succeed();
    const backoff = isServer ? this.#queue.server : endpointQueue.backoff;
    if (backoff.failures === (isServer ? known.server : known.endpoint)) backoff.fail(failure, lastTryMilliseconds);
    payload.failures++;
    // A payload that fails while others are accepted must neither be retried after each of them, nor hold them up.
    const isExceptional = payload.failures > backoff.failures || (!isServer && payload.failures > MAX_FIRST_ATTEMPTS);
    const ownDelay = isExceptional ? backoffMilliseconds(payload.failures, this.#time) : 0;
    const now = this.#time.monotonicMilliseconds();
    const isHurried = lastTryMilliseconds !== undefined && now < lastTryMilliseconds;
    const ownDueMilliseconds = Math.max(backoff.dueMilliseconds, now) + ownDelay;
    payload.dueMilliseconds = isHurried
      ? Math.max(backoff.dueMilliseconds, Math.min(ownDueMilliseconds, lastTryMilliseconds))
      : ownDueMilliseconds;
    return backoff.failure ?? failure;
  }
}

/** True for a response by which a working intake refuses this payload. */
export function isRefusal(failure: Error): boolean {
  return failure instanceof IntakeError && !failure.retryable;
}

/** True when a request got no response, for example because it was aborted. */
export function isUnanswered(failure: Error): boolean {
  return failure instanceof IntakeError && failure.retryable && failure.statusCode === undefined;
}
