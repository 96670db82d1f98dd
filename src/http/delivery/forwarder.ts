// delivery/: everything between an encoded payload and its acceptance. Payloads are compressed, queued, sent oldest first,
// retried with backoff, halved when they are too large, and handed to the spool or dropped when they cannot be kept. The front
// door is `Forwarder`; `Delivery` reports the outcome of one flush. May import the endpoints and the payload types of http/, the
// spool, and constants of the transport; must not import encode/.

import type { ChannelMessages } from '../../diagnostics/channel-messages.js';
import { channels, type Publisher } from '../../diagnostics/channels.js';
import type { IntakeError } from '../../diagnostics/errors.js';
import { RowCounter, type RowCounts, type RowDropReason, rowDropError } from '../../diagnostics/row-counts.js';
import { type Compressor, defaultCompressor } from '../compress.js';
import type { NonFiniteRows } from '../non-finite-rows.js';
import type { Payload, PayloadSender, StoredPayload } from '../payload.js';
import type { SpoolSettings } from '../spool/spool.js';
import { systemTime, type Timer, type TimeSource } from '../time-source.js';
import { needsPerson } from './backoff.js';
import { compressPayload, halvePayload } from './compress-payload.js';
import { type Delivery, deliveryError } from './delivery.js';
import { FailurePolicy, isRefusal, isUnanswered, type KnownFailures } from './failure-policy.js';
import { type EndpointQueue, type QueuedPayload, type RawPayload, RetryQueue, untriedPayload } from './retry-queue.js';
import { RowAccounting } from './row-accounting.js';
import { SpoolHandoff } from './spool-handoff.js';

export interface ForwarderSettings {
  readonly maxQueueBytes: number;
  /** Stores payloads that do not fit the queue, or are left at the end. Undefined: they are dropped. */
  readonly spool?: SpoolSettings;
  readonly compressor?: Compressor;
  readonly publisher?: Publisher;
  readonly time?: TimeSource;
}

/** The intake refuses points that are an hour old, and a point may be minutes older than its payload. */
const MAX_AGE_SECONDS = 50 * 60;

/** Bodies that are compressed at the same time. The application needs the other threads of the pool. */
const MAX_COMPRESSING = 2;

/** While draining, the last attempt is made this long before the end, or halfway if less than twice this time is left. */
const LAST_TRY_MILLISECONDS = 500;

type Outcome = ChannelMessages['threadstats:payload']['outcome'];

/**
 * Sends payloads, oldest first. Payloads that failed are kept until they are accepted, are 50 minutes old, or have to make room
 * for younger ones. With a spool, they move there to make room, and come back one at a time while the intake accepts payloads.
 * Payloads whose points a later flush may replace keep their order. `FailurePolicy` decides what a failure means. Each row is
 * accounted for at any time: see `row-accounting.ts`.
 */
export class Forwarder {
  /** Requests for payloads that were sent before. */
  retries = 0;
  readonly #accounting: RowAccounting;
  readonly #sender: PayloadSender;
  readonly #compressor: Compressor;
  readonly #publisher: Publisher;
  readonly #time: TimeSource;
  readonly #maxQueueBytes: number;
  /** Payloads that are yet to be compressed, oldest first. */
  readonly #raw: RawPayload[] = [];
  readonly #queue: RetryQueue;
  readonly #policy: FailurePolicy;
  readonly #spool: SpoolHandoff | undefined;
  /** Requests, and bodies that are compressed or halved. */
  readonly #tasks = new Set<Promise<void>>();
  #compressing = 0;
  #nextSequence = 0;
  #timer: Timer | undefined;
  #drainTimer: Timer | undefined;
  #drainEndMilliseconds = Number.NEGATIVE_INFINITY;
  #lastTryMilliseconds = Number.NEGATIVE_INFINITY;
  #retriesRefused = true;
  #onDrained: (() => void)[] = [];
  #isClosed = false;

  constructor(sender: PayloadSender, settings: ForwarderSettings) {
    const { maxQueueBytes, spool, compressor = defaultCompressor, publisher = channels, time = systemTime } = settings;
    this.#sender = sender;
    this.#compressor = compressor;
    this.#publisher = publisher;
    this.#accounting = new RowAccounting(new RowCounter(publisher));
    this.#time = time;
    this.#maxQueueBytes = maxQueueBytes;
    this.#queue = new RetryQueue(time);
    this.#policy = new FailurePolicy(this.#queue, time);
    if (spool === undefined) return;
    this.#spool = new SpoolHandoff({
      settings: spool,
      maxAgeSeconds: MAX_AGE_SECONDS,
      accounting: this.#accounting,
      time,
      isFree: () => !this.#isDraining && !this.#queue.isFailing && this.#queue.inFlight < this.#queue.maxInFlight,
      send: (payload) => this.#sendSpooled(payload),
    });
  }

  /** Counts of all rows that were added, or taken over from other processes. */
  get counts(): RowCounts {
    return this.#accounting.rows.plus(this.#spool?.counts);
  }

  /** Receives failures that no flush waits for: the first failure of an outage, and its first drop for each reason. */
  set onError(onError: (error: Error) => void) {
    this.#accounting.onError = onError;
  }

  /** Bytes of the spool's files, as far as known. */
  get spoolBytes(): number {
    return this.#spool?.bytes ?? 0;
  }

  /** Compressed bytes of the payloads that wait or are in flight. */
  get queueBytes(): number {
    return this.#queue.bytes;
  }

  /** Takes a payload. The delivery is told the outcome of the first attempt, or that the payload waits for a failing endpoint. */
  add(payload: Payload, delivery: Delivery): void {
    delivery.expect(payload.rows);
    const sequence = this.#nextSequence++;
    const raw = untriedPayload({ ...payload, delivery, sequence, createdSeconds: this.#time.epochSeconds() });
    this.#accounting.add(raw);
    this.#addRaw(raw);
    this.#pump();
  }

  /** Drops rows that could not be encoded. */
  dropRefused({ refused, cause }: NonFiniteRows, delivery: Delivery): void {
    if (refused === 0) return;
    delivery.expect(refused);
    this.#accounting.drop('nonFinite', refused, cause, delivery);
  }

  /**
   * Retries everything soon, for a limited time. During this time deliveries are told only about rows that are sent or dropped,
   * and due retries keep the process alive. A last attempt is made shortly before the end, even if backoff would be longer.
   * Resolves at the end of the time, or as soon as no payload is left that may be retried within it.
   *
   * @param retriesRefused False: refused keys and redirects are not retried, because nobody will repair them in this time.
   */
  drain(milliseconds: number, retriesRefused = true): Promise<void> {
    const wasDraining = this.#isDraining;
    this.#retriesRefused = retriesRefused;
    this.#drainEndMilliseconds = this.#time.monotonicMilliseconds() + milliseconds;
    this.#lastTryMilliseconds = this.#drainEndMilliseconds - Math.min(LAST_TRY_MILLISECONDS, milliseconds / 2);
    // Without any time, this only ends an earlier draining.
    if (!wasDraining && milliseconds > 0) this.#queue.hasten(this.#lastTryMilliseconds, retriesRefused);
    this.#drainTimer?.clear();
    this.#drainTimer = this.#time.after(milliseconds, () => this.#endDrain());
    this.#drainTimer.unref();
    const drained = new Promise<void>((resolve) => this.#onDrained.push(resolve));
    this.#pump();
    return drained;
  }

  /**
   * Retries the oldest waiting payload at once, unless the server asked for a longer delay. Resolves when the requests have ended
   * that are in flight then: to true if nothing fails any more.
   */
  async retryNow(): Promise<boolean> {
    this.#queue.retryNow();
    this.#pump();
    await Promise.all(this.#tasks);
    return !this.#queue.isFailing;
  }

  /** Ends all requests, and leaves everything unsent to the spool or drops it. Nothing is sent afterwards. */
  async close(): Promise<void> {
    this.#spool?.stopTaking();
    await this.#abandon(() => this.#sender.close());
    await this.#spool?.close();
    this.#endDrain();
  }

  /** Does the same as `close`, but payloads that are added afterwards are sent as usual. */
  async abandonPending(): Promise<void> {
    if (this.#isClosed) return;
    await this.#abandon(() => this.#sender.abortRequests());
    await this.#spool?.leave();
    this.#endDrain();
    this.#isClosed = false;
    this.#pump();
  }

  async #abandon(endRequests: () => void | Promise<void>): Promise<void> {
    this.#isClosed = true;
    this.#timer?.clear();
    this.#addRaw(...this.#raw.splice(0));
    for (let payload = this.#queue.takeOldest(); payload !== undefined; payload = this.#queue.takeOldest()) {
      this.#pushOut(payload, 'closed');
    }
    await endRequests();
    // Each task accounts for its own payload.
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  get #isDraining(): boolean {
    return !this.#isClosed && this.#time.monotonicMilliseconds() < this.#drainEndMilliseconds;
  }

  #addRaw(...raw: RawPayload[]): void {
    if (!this.#isClosed) this.#raw.push(...raw);
    else if (this.#spool === undefined) for (const payload of raw) this.#drop(payload, 'closed');
    // Goes to the spool once it is compressed.
    else for (const payload of raw) this.#run(this.#prepare(payload));
  }

  /** Starts all compressions and requests that may start now, and sets the timer for the rest. */
  #pump(): void {
    if (this.#isClosed) return;
    const oldestSeconds = this.#time.epochSeconds() - MAX_AGE_SECONDS;
    for (const payload of this.#queue.takeOlderThan(oldestSeconds)) {
      this.#queue.bytes -= payload.body.length;
      this.#drop(payload, 'tooOld');
    }
    while (this.#raw.length > 0 && this.#compressing < MAX_COMPRESSING && this.#hasRoom) {
      this.#compressing++;
      this.#run(this.#prepare(this.#raw.shift()!).finally(() => this.#compressing--));
    }
    while (this.#queue.inFlight < this.#queue.maxInFlight) {
      const payload = this.#queue.takeNext();
      if (payload === undefined) break;
      this.#run(this.#send(payload));
    }
    if (!this.#isDraining) this.#queue.notifyWaiting();
    this.#wait();
  }

  #run(task: Promise<void>): void {
    const end = (): void => {
      this.#tasks.delete(done);
      this.#pump();
    };
    const done = task.then(end, end);
    this.#tasks.add(done);
  }

  /**
   * True if another body may be compressed. Normally, a flush that is larger than the queue waits here. During an outage it does
   * not wait, because the queue pushes its oldest payloads out.
   */
  get #hasRoom(): boolean {
    return this.#queue.bytes === 0 || this.#queue.bytes < this.#maxQueueBytes || this.#queue.isFailing;
  }

  /** Sets the timer for the next retry, and ends draining if that comes too late. */
  #wait(): void {
    this.#timer?.clear();
    this.#timer = undefined;
    const isBusy = this.#tasks.size > 0 || this.#raw.length > 0;
    const dueMilliseconds = this.#queue.dueMilliseconds;
    if (!isBusy && dueMilliseconds > this.#drainEndMilliseconds) this.#endDrain();
    if (dueMilliseconds === Number.POSITIVE_INFINITY) return;
    const delay = Math.max(1, Math.ceil(dueMilliseconds - this.#time.monotonicMilliseconds()));
    this.#timer = this.#time.after(delay, () => this.#pump());
    if (!this.#isDraining || dueMilliseconds > this.#drainEndMilliseconds) this.#timer.unref();
  }

  #endDrain(): void {
    this.#drainTimer?.clear();
    for (const resolve of this.#onDrained.splice(0)) resolve();
    this.#queue.notifyWaiting();
  }

  /** Compresses a payload and queues it, in halves if it is too large. */
  async #prepare(raw: RawPayload): Promise<void> {
    try {
      const queued = await compressPayload(raw, this.#compressor);
      if (queued === undefined) {
        this.#halve(raw, raw.body, 'tooLarge');
        return;
      }
      this.#queue.bytes += queued.body.length;
      if (this.#isClosed) this.#pushOut(queued, 'closed');
      else this.#keep(queued);
    } catch (error) {
      this.#drop(raw, 'reporter', error as Error);
    }
  }

  /** Replaces a payload by two halves, which are to be compressed; drops it for the reason if it cannot be cut. */
  #halve(payload: RawPayload, body: string | Uint8Array, reason: 'tooLarge' | 'refused', failure?: Error): Outcome {
    this.#accounting.takeOverFromSpool(payload);
    const halves = halvePayload(payload, body, reason === 'refused');
    if (halves === undefined) return this.#drop(payload, reason, failure);
    this.#addRaw(...halves);
    return 'split';
  }

  /** Puts a payload into the queue. During an outage the oldest payloads have to leave a queue that is too large. */
  #keep(payload: QueuedPayload): void {
    this.#queue.insert(payload);
    if (!this.#queue.isFailing) return;
    // One payload stays, however large it is, because only an attempt shows that the server has recovered.
    while (this.#queue.bytes > this.#maxQueueBytes && this.#queue.waiting > 1) {
      const oldest = this.#queue.takeOldest()!;
      this.#pushOut(oldest, 'queueFull', this.#queue.failureOf(this.#queue.queueOf(oldest)));
    }
  }

  /** Makes one attempt to send a payload. */
  async #send(payload: QueuedPayload): Promise<void> {
    const endpointQueue = this.#queue.queueOf(payload);
    const known = this.#policy.knownFailures(endpointQueue);
    this.#queue.inFlight++;
    endpointQueue.inFlight++;
    if (payload.flushNumber !== undefined) endpointQueue.numberedInFlight.add(payload);
    payload.attempts++;
    if (payload.attempts > 1) this.retries++;
    const beginMilliseconds = this.#time.monotonicMilliseconds();
    let failure: Error | undefined;
    try {
      await this.#sender.send(payload);
    } catch (error) {
      failure = error as Error;
    }
    this.#queue.inFlight--;
    endpointQueue.inFlight--;
    endpointQueue.numberedInFlight.delete(payload);
    const milliseconds = this.#time.monotonicMilliseconds() - beginMilliseconds;
    const outcome =
      failure === undefined ? this.#accept(endpointQueue, payload) : await this.#fail(endpointQueue, payload, failure, known);
    this.#publish(payload, outcome, payload.attempts, milliseconds, failure);
  }

  /** Makes one attempt to send a payload from the spool. */
  async #sendSpooled(payload: QueuedPayload): Promise<void> {
    this.#queue.bytes += payload.body.length;
    if (this.#isClosed) {
      this.#pushOut(payload, 'closed');
      return;
    }
    const attempt = this.#send(payload);
    this.#run(attempt);
    await attempt;
  }

  #accept(endpointQueue: EndpointQueue, payload: QueuedPayload): Outcome {
    if (this.#policy.accept(endpointQueue)) this.#accounting.endOutage();
    this.#queue.bytes -= payload.body.length;
    this.#accounting.sent(payload);
    payload.release?.();
    this.#spool?.wake();
    return 'accepted';
  }

  async #fail(endpointQueue: EndpointQueue, payload: QueuedPayload, failure: Error, known: KnownFailures): Promise<Outcome> {
    if (this.#isClosed) {
      return this.#pushOut(payload, 'closed', isUnanswered(failure) ? rowDropError('closed', failure) : failure);
    }
    if (isRefusal(failure) && this.#policy.recover(endpointQueue)) this.#accounting.endOutage();
    const verdict = this.#policy.judge(payload, failure);
    if (verdict.action === 'retry') return this.#retry(endpointQueue, payload, verdict.failure, known);
    this.#queue.bytes -= payload.body.length;
    if (verdict.action === 'halve') {
      // A body that cannot be decompressed is dropped for the reason that the intake gave.
      const body = await this.#compressor.decompress(payload.body, payload.compression).catch(() => undefined);
      if (body !== undefined && this.#policy.mayBeTooLarge(endpointQueue, body.length, verdict.reason)) {
        return this.#halve(payload, body, verdict.reason, failure);
      }
    }
    return this.#drop(payload, verdict.reason, failure);
  }

  #retry(endpointQueue: EndpointQueue, payload: QueuedPayload, failure: IntakeError, known: KnownFailures): Outcome {
    const wasFailing = this.#queue.server.isFailing || endpointQueue.backoff.isFailing;
    const isHurried = this.#isDraining && (this.#retriesRefused || !needsPerson(failure));
    const lastTryMilliseconds = isHurried ? this.#lastTryMilliseconds : undefined;
    const cause = this.#policy.backOff(endpointQueue, payload, failure, known, lastTryMilliseconds);
    if (payload.delivery === undefined && !wasFailing) {
      this.#accounting.report(deliveryError({ sent: 0, pending: this.counts.pending, dropped: 0 }, cause));
    } else if (!this.#isDraining) {
      payload.delivery?.kept(payload.rows, cause);
      payload.delivery = undefined;
    }
    // A payload from the spool stays in memory, because only a retry shows that the server has recovered.
    this.#accounting.takeOverFromSpool(payload);
    this.#keep(payload);
    return 'retry';
  }

  /** Removes a payload that could still be sent: moves it to the spool if possible, and otherwise drops it. */
  #pushOut(payload: QueuedPayload, reason: 'queueFull' | 'closed', failure?: Error): Outcome {
    const isInFlight = reason === 'closed' && failure !== undefined;
    const isSpooled = this.#spool?.put(payload, reason, failure) ?? false;
    // A request in flight publishes its own end.
    if (!isInFlight) this.#publish(payload, isSpooled ? 'spooled' : 'dropped', payload.attempts, 0);
    this.#queue.bytes -= payload.body.length;
    return isSpooled ? 'spooled' : this.#drop(payload, reason, failure);
  }

  #drop(payload: RawPayload, reason: RowDropReason, failure?: Error): Outcome {
    this.#accounting.dropPayload(payload, reason, failure);
    return 'dropped';
  }

  #publish(payload: StoredPayload, outcome: Outcome, attempt: number, milliseconds: number, failure?: Error): void {
    const { path, body, rows } = payload;
    const { statusCode, code } = (failure ?? {}) as Partial<IntakeError>;
    this.#publisher.publishPayload({
      path,
      bytes: body.length,
      rows,
      statusCode,
      errorCode: code,
      outcome,
      attempt,
      milliseconds,
    });
  }
}
