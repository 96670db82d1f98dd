import type { PayloadSender } from '../payload.js';
// From encoded rows to the intake: compress, send, and keep what must be tried again.

import { channels, type Publisher } from '../../diagnostics/channels.js';
import { IntakeError } from '../../diagnostics/errors.js';
import { type RowCounter, type RowCounts, type RowDropReason, rowDropError } from '../../diagnostics/row-counts.js';
import { type Compressor, defaultCompressor } from '../compress.js';
import { limitsOf } from '../endpoints.js';
import type { Payload, StoredPayload } from '../payload.js';
import { Spool, type SpoolClaim, type SpoolSettings } from '../spool/spool.js';
import { SpoolFeed } from '../spool/spool-feed.js';
import { systemTime, type Timer, type TimeSource } from '../time-source.js';
import { MAX_CONNECTIONS } from '../transport/transport.js';
import { backoffMilliseconds } from './backoff.js';
import { type Delivery, deliveryError } from './delivery.js';
import { type EndpointQueue, type QueuedPayload, type RawPayload, RetryQueue } from './retry-queue.js';
import { RowAccounting } from './row-accounting.js';
import { halve } from './split-payload.js';

export interface ForwarderSettings {
  readonly maxQueueBytes: number;
  /** Where goes what the queue does not hold, or holds at the end; undefined for nowhere. */
  readonly spool?: SpoolSettings;
  readonly time?: TimeSource;
  readonly publisher?: Publisher;
  readonly compressor?: Compressor;
}

/** The intake refuses points that are an hour old, and an interval may have been minutes long. */
const MAX_AGE_SECONDS = 50 * 60;

/** While so much waits to be written to the spool, what does not fit the queue is dropped: the disk does not keep up. */
const MAX_UNWRITTEN_BYTES = 2 ** 22;

/** The application wants the other threads of the pool. */
const MAX_PREPARING = 2;

/** Requests with the same payload that are answered with 404. */
const MAX_NOT_FOUND = 4;

/** Tries of the oldest payload that an endpoint fails by itself, before younger ones are tried in between. */
const MAX_FIRST_TRIES = 4;

/** A body that is refused is halved, once, when it is larger than this before compression: what is wrong may be its size. */
const LARGE_BODY_BYTES = 65_536;

/** Answers 413 to bodies that are not large, none accepted in between, after which they are not halved: they are not about the size. */
const MAX_SMALL_REFUSED = 8;

/** Statuses that say something about every request, not about this payload or its endpoint. */
const STATUSES_OF_ALL = new Set([401, 403, 407, 429, 503]);

type Outcome = 'accepted' | 'retry' | 'spooled' | 'dropped' | 'split';

/**
 * Sends payloads, oldest first, and keeps those that failed for another try: until they are accepted, 50 minutes old,
 * or pushed out by younger ones. While the server or an endpoint fails it gets one request at a time, ever more rarely;
 * when it is back, one more at once for each that is accepted. With a spool those pushed out go there, and come back, one at a
 * time, when the intake accepts payloads. Every row that is added is sent, pending or dropped at
 * any time, in `counts`.
 */
export class Forwarder {
  /** Requests that were not the first for their payload. */
  retries = 0;
  readonly #account: RowAccounting;
  readonly #publisher: Publisher;
  readonly #compressor: Compressor;
  readonly #sender: PayloadSender;
  readonly #time: TimeSource;
  readonly #maxQueueBytes: number;
  readonly #raw: RawPayload[] = [];
  readonly #queue: RetryQueue;
  readonly #spool: Spool | undefined;
  readonly #feed: SpoolFeed | undefined;
  /** Requests, compressing and halving. */
  readonly #tasks = new Set<Promise<void>>();
  #preparing = 0;
  #sequence = 0;
  /** Of those out of the spool, which are older than all others. */
  #spooledSequence = Number.MIN_SAFE_INTEGER;
  #timer: Timer | undefined;
  #drainTimer: Timer | undefined;
  #drainEndMilliseconds = Number.NEGATIVE_INFINITY;
  #onDrained: (() => void)[] = [];
  #isClosed = false;

  constructor(sender: PayloadSender, settings: ForwarderSettings) {
    const { maxQueueBytes, spool, time = systemTime, publisher = channels, compressor = defaultCompressor } = settings;
    this.#publisher = publisher;
    this.#compressor = compressor;
    this.#account = new RowAccounting(publisher);
    this.#sender = sender;
    this.#time = time;
    this.#maxQueueBytes = maxQueueBytes;
    this.#queue = new RetryQueue(time);
    if (spool === undefined) return;
    this.#spool = new Spool({
      ...spool,
      maxAgeSeconds: MAX_AGE_SECONDS,
      now: () => time.epochSeconds() * 1000,
      onDrop: (reason, rows, cause) => this.#account.drop(reason, rows, cause),
      onError: (error) => this.#account.report(error),
    });
    this.#feed = new SpoolFeed({
      spool: this.#spool,
      time,
      isFree: () => !this.#isDraining && !this.#queue.isFailing && this.#queue.underWay < this.#queue.maxUnderWay,
      send: (claim) => this.#sendSpooled(claim),
    });
  }

  /** Without those that the spool accounts for. */
  get rows(): RowCounter {
    return this.#account.rows;
  }

  /** Gets what nobody waits for: the beginning of an outage, and the first row dropped for each reason until it is over. */
  set onError(onError: (error: Error) => void) {
    this.#account.onError = onError;
  }

  /** What became of all rows that were added or taken over from other processes. */
  get counts(): RowCounts {
    const { rowsPending: pending, rowsLeft: spooled, rowsTakenOver: takenOver } = this.#spool ?? {};
    return this.rows.plus({ pending, spooled, takenOver });
  }

  /** What the files of the spool take, as far as it is known. */
  get spoolBytes(): number {
    return this.#spool?.bytes ?? 0;
  }

  /** Bytes of the bodies that wait or are under way, as sent. */
  get queueBytes(): number {
    return this.#queue.bytes;
  }

  /** Takes a payload. The delivery hears when it was tried, or found an endpoint failing. */
  add(payload: Payload, delivery: Delivery): void {
    this.rows.pending += payload.rows;
    this.#addRaw({
      ...payload,
      delivery,
      sequence: this.#sequence++,
      createdSeconds: this.#time.epochSeconds(),
      isHalf: false,
      tries: 0,
    });
    this.#pump();
  }

  /**
   * For so long all is tried again soon, deliveries hear of their rows only when they are sent or dropped, and tries that are
   * due keep the process alive. Resolves when nothing is left that can be tried in this time, or it is over.
   */
  drain(milliseconds: number): Promise<void> {
    const now = this.#time.monotonicMilliseconds();
    if (!this.#isDraining) {
      this.#queue.server.hasten();
      for (const { backoff, waiting } of this.#queue.lanes) {
        backoff.hasten();
        for (const payload of waiting) {
          payload.failures = 0;
          payload.dueMilliseconds = now;
        }
      }
    }
    this.#drainEndMilliseconds = now + milliseconds;
    this.#drainTimer?.clear();
    this.#drainTimer = this.#time.after(milliseconds, () => this.#endDrain());
    this.#drainTimer.unref();
    const drained = new Promise<void>((resolve) => this.#onDrained.push(resolve));
    this.#pump();
    return drained;
  }

  /** Ends all requests, and leaves what is left to the spool or gives it up. Nothing is sent from here on. */
  async close(): Promise<void> {
    this.#feed?.close();
    await this.#giveUp(() => this.#sender.close());
    await this.#spool?.close();
    this.#endDrain();
  }

  /** As `close`, but what is added afterwards is sent as ever. */
  async giveUp(): Promise<void> {
    if (this.#isClosed) return;
    await this.#giveUp(() => this.#sender.interrupt());
    await this.#spool?.leave();
    this.#endDrain();
    this.#isClosed = false;
    this.#pump();
  }

  async #giveUp(breakRequests: () => void | Promise<void>): Promise<void> {
    this.#isClosed = true;
    this.#timer?.clear();
    for (const raw of this.#raw.splice(0)) {
      if (this.#spool === undefined) this.#drop(raw, 'closed');
      // Pushed out once it is compressed.
      else this.#run(this.#prepare(raw));
    }
    for (let payload = this.#queue.takeOldest(); payload !== undefined; payload = this.#queue.takeOldest()) {
      this.#pushOut(payload, 'closed');
    }
    await breakRequests();
    // Each counts what it was busy with.
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  get #isDraining(): boolean {
    return !this.#isClosed && this.#time.monotonicMilliseconds() < this.#drainEndMilliseconds;
  }

  #addRaw(...raw: RawPayload[]): void {
    if (!this.#isClosed) this.#raw.push(...raw);
    else if (this.#spool === undefined) for (const payload of raw) this.#drop(payload, 'closed');
    else for (const payload of raw) this.#run(this.#prepare(payload));
  }

  /** Begins all that can be begun, and waits for the rest. */
  #pump(): void {
    if (this.#isClosed) return;
    const tooOldSeconds = this.#time.epochSeconds() - MAX_AGE_SECONDS;
    for (const payload of this.#queue.takeOlderThan(tooOldSeconds)) this.#drop(this.#takeOff(payload), 'tooOld');
    while (this.#raw.length > 0 && this.#preparing < MAX_PREPARING && this.#hasRoom) {
      this.#preparing++;
      this.#run(this.#prepare(this.#raw.shift()!).finally(() => this.#preparing--));
    }
    while (this.#queue.underWay < this.#queue.maxUnderWay) {
      const payload = this.#queue.takeNext();
      if (payload === undefined) break;
      this.#run(this.#try(payload));
    }
    this.#settleWaiting();
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
   * Whether one more body may be compressed. While all goes well a flush that is larger than the queue waits here; while
   * something fails the queue makes room by itself.
   */
  get #hasRoom(): boolean {
    return this.#queue.bytes === 0 || this.#queue.bytes < this.#maxQueueBytes || this.#queue.isFailing;
  }

  /** Compresses a body and queues it, in halves if it is too large all the same. */
  async #prepare(raw: RawPayload): Promise<void> {
    try {
      const { path, compression, rows, createdSeconds, sequence, isHalf, delivery, tries, reuse } = raw;
      const { maxBodyBytes, maxSentBytes } = limitsOf(path);
      const bytes = typeof raw.body === 'string' ? Buffer.from(raw.body) : raw.body;
      const compressed = bytes.length > maxBodyBytes ? undefined : await this.#compressor.compress(bytes, compression);
      if (compressed === undefined || compressed.length > maxSentBytes) {
        this.#split(raw, bytes, 'tooLarge');
        return;
      }
      // A copy, of those that lie in much larger buffers, as small ones do.
      const body = compressed.length * 2 > compressed.buffer.byteLength ? compressed : new Uint8Array(compressed);
      const stored = { path, compression, body, rows, createdSeconds };
      const isOfRaw = body.buffer === bytes.buffer;
      if (!isOfRaw) reuse?.();
      const left = { failures: 0, notFounds: 0, dueMilliseconds: 0, reuse: isOfRaw ? reuse : undefined };
      const queued = { ...stored, sequence, isHalf, delivery, tries, ...left };
      this.#queue.bytes += body.length;
      if (this.#isClosed) this.#pushOut(queued, 'closed');
      else this.#keep(queued);
    } catch (error) {
      this.#drop(raw, 'reporter', error as Error);
    }
  }

  /** Cuts a body in two, to be compressed again; gives the rows up for that reason if they cannot be cut. */
  #split(payload: QueuedPayload | RawPayload, bytes: Uint8Array, reason: RowDropReason, failure?: Error): Outcome {
    this.#account.adopt(payload);
    const { path, compression, createdSeconds, sequence, delivery, tries } = payload;
    const halves = halve({ body: bytes, rows: payload.rows });
    if (halves === undefined) {
      this.#drop(payload, reason, failure);
      return 'dropped';
    }
    const isHalf = payload.isHalf || reason === 'refused';
    const [first, second] = halves.map((half) => ({
      path,
      compression,
      createdSeconds,
      sequence,
      delivery,
      tries,
      isHalf,
      ...half,
    }));
    this.#addRaw(first, second);
    return 'split';
  }

  /** Puts a payload into its place in the queue, out of which the oldest go while something fails and it is too large. */
  #keep(payload: QueuedPayload): void {
    this.#queue.insert(payload);
    if (this.#queue.isFailing) {
      // One stays, however large: without a try nobody finds out that the server is back.
      while (this.#queue.bytes > this.#maxQueueBytes && this.#queue.waiting > 1) {
        const oldest = this.#queue.takeOldest()!;
        this.#pushOut(oldest, 'queueFull', this.#queue.failureOf(this.#queue.laneOf(oldest)));
      }
    }
  }

  /** Tells the deliveries of payloads that wait for a failing endpoint. */
  #settleWaiting(): void {
    if (this.#isDraining) return;
    for (const lane of this.#queue.lanes) {
      const failure = lane.awaitedCount > 0 && this.#queue.failureOf(lane);
      if (!failure) continue;
      // The youngest have deliveries; those before them mostly have none any more.
      for (let i = lane.waiting.length - 1; lane.awaitedCount > 0; i--) {
        const payload = lane.waiting[i];
        if (payload.delivery === undefined) continue;
        lane.awaitedCount--;
        payload.delivery.kept(payload.rows, failure);
        payload.delivery = undefined;
      }
    }
  }

  /** Sets the timer for the next try, and ends the draining if that comes too late. */
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
    // Whoever still waits for rows has waited long enough.
    const end = this.#drainEndMilliseconds;
    this.#drainEndMilliseconds = Number.NEGATIVE_INFINITY;
    this.#settleWaiting();
    this.#drainEndMilliseconds = end;
  }

  /** One request. */
  async #try(payload: QueuedPayload): Promise<void> {
    const lane = this.#queue.laneOf(payload);
    const seen = { server: this.#queue.server.failures, lane: lane.backoff.failures };
    this.#queue.underWay++;
    lane.underWay++;
    payload.tries++;
    if (payload.tries > 1) this.retries++;
    const beginMilliseconds = this.#time.monotonicMilliseconds();
    let failure: Error | undefined;
    try {
      await this.#sender.send(payload);
    } catch (error) {
      failure = error as Error;
    }
    this.#queue.underWay--;
    lane.underWay--;
    const milliseconds = this.#time.monotonicMilliseconds() - beginMilliseconds;
    const outcome = failure === undefined ? this.#accept(lane, payload) : await this.#judge(lane, payload, failure, seen);
    this.#publish(payload, outcome, payload.tries, milliseconds, failure);
  }

  #accept(lane: EndpointQueue, payload: QueuedPayload): Outcome {
    this.#isBack(lane);
    lane.smallRefused = 0;
    this.#queue.maxUnderWay = Math.min(this.#queue.maxUnderWay + 1, MAX_CONNECTIONS);
    this.#takeOff(payload);
    this.#account.sent(payload);
    payload.reuse?.();
    this.#feed?.wake();
    return 'accepted';
  }

  /** The server answers, and the endpoint has nothing against it as such. */
  #isBack({ backoff, waiting }: EndpointQueue): void {
    const wasFailing = this.#queue.server.isFailing || backoff.isFailing;
    this.#queue.server.succeed();
    if (backoff.isFailing) {
      for (const payload of waiting) {
        if (payload.retriedAfterRecovery) continue;
        payload.retriedAfterRecovery = payload.failures > 0;
        payload.dueMilliseconds = 0;
      }
    }
    backoff.succeed();
    if (wasFailing && !this.#queue.isFailing) this.#account.endOutage();
  }

  /** What a failure means for the payload and for those that wait. */
  async #judge(
    lane: EndpointQueue,
    payload: QueuedPayload,
    failure: Error,
    seen: { server: number; lane: number },
  ): Promise<Outcome> {
    if (this.#isClosed)
      return this.#pushOut(payload, 'closed', isUnanswered(failure) ? rowDropError('closed', failure) : failure);
    if (!(failure instanceof IntakeError)) return this.#drop(this.#takeOff(payload), 'reporter', failure);
    const { statusCode, retryable } = failure;
    if (statusCode === 404 && ++payload.notFounds >= MAX_NOT_FOUND) {
      return this.#drop(this.#takeOff(payload), 'refused', failure);
    }
    if (retryable) {
      this.#backOff(lane, payload, failure, seen);
      return 'retry';
    }
    this.#isBack(lane);
    this.#takeOff(payload);
    const reason = statusCode === 413 ? 'tooLarge' : 'refused';
    const isWorthHalving = statusCode === 413 || (statusCode === 400 && !payload.isHalf);
    if (!isWorthHalving || payload.rows === 1) return this.#drop(payload, reason, failure);
    try {
      const bytes = await this.#compressor.decompress(payload.body, payload.compression);
      const isLarge = bytes.length > LARGE_BODY_BYTES;
      if (isLarge || (statusCode === 413 && ++lane.smallRefused <= MAX_SMALL_REFUSED))
        return this.#split(payload, bytes, reason, failure);
    } catch {
      // It is given up for what the intake said.
    }
    return this.#drop(payload, reason, failure);
  }

  #backOff(lane: EndpointQueue, payload: QueuedPayload, failure: IntakeError, seen: { server: number; lane: number }): void {
    const { statusCode } = failure;
    const isOfAll = statusCode === undefined || statusCode < 400 || STATUSES_OF_ALL.has(statusCode);
    const wasFailing = this.#queue.server.isFailing || lane.backoff.isFailing;
    if (!isOfAll) this.#queue.server.succeed();
    const backoff = isOfAll ? this.#queue.server : lane.backoff;
    // Requests that were under way when it began to fail say nothing new.
    if (backoff.failures === (isOfAll ? seen.server : seen.lane)) backoff.fail(failure);
    if (isOfAll) this.#queue.maxUnderWay = 1;
    payload.failures++;
    // One that fails while others are accepted must not be tried after each of them, nor be the only one to be tried.
    const isOdd = payload.failures > backoff.failures || (!isOfAll && payload.failures > MAX_FIRST_TRIES);
    const own = isOdd ? backoffMilliseconds(payload.failures, this.#time) : 0;
    payload.dueMilliseconds = Math.max(backoff.dueMilliseconds, this.#time.monotonicMilliseconds()) + own;
    const known = backoff.failure ?? failure;
    if (payload.delivery === undefined && !wasFailing) {
      this.#account.report(deliveryError({ sent: 0, pending: this.counts.pending, dropped: 0 }, known));
    } else if (!this.#isDraining) {
      payload.delivery?.kept(payload.rows, known);
      payload.delivery = undefined;
    }
    // One out of the spool stays in memory: it may be the one to try whether the server is back.
    this.#account.adopt(payload);
    this.#keep(payload);
  }

  /** Gives rows up. */
  #drop(payload: QueuedPayload | RawPayload, reason: RowDropReason, failure?: Error): Outcome {
    this.#account.giveUp(payload, reason, failure);
    return 'dropped';
  }

  /** Takes a payload's bytes off the queue. */
  #takeOff(payload: QueuedPayload): QueuedPayload {
    this.#queue.bytes -= payload.body.length;
    return payload;
  }

  /** All payloads that are given up though they could still be sent pass through here. */
  #pushOut(payload: QueuedPayload, reason: 'queueFull' | 'closed', failure?: Error): Outcome {
    const isUnderWay = reason === 'closed' && failure !== undefined;
    const isSpooled = this.#spill(payload, reason, failure);
    if (!isUnderWay) this.#publish(payload, isSpooled ? 'spooled' : 'dropped', payload.tries, 0);
    this.#takeOff(payload);
    return isSpooled ? 'spooled' : this.#drop(payload, reason, failure);
  }

  /** Hands a payload, with its rows, over to the spool; false when there is none, or it does not keep up. */
  #spill(payload: QueuedPayload, reason: 'queueFull' | 'closed', failure?: Error): boolean {
    const { path, compression, body, rows, createdSeconds, delivery, claim } = payload;
    if (claim !== undefined) {
      void claim.giveBack();
      return true;
    }
    if (this.#spool === undefined) return false;
    if (reason === 'queueFull' && this.#spool.unwrittenBytes > MAX_UNWRITTEN_BYTES) return false;
    this.rows.pending -= rows;
    void this.#spool.put({ path, compression, body, rows, createdSeconds }, reason);
    this.#feed?.refresh();
    delivery?.kept(rows, failure ?? rowDropError(reason));
    return true;
  }

  /** Sends a payload out of the spool. */
  async #sendSpooled(claim: SpoolClaim): Promise<void> {
    const { payload } = claim;
    this.#queue.bytes += payload.body.length;
    const sequence = this.#spooledSequence++;
    const unsent = { sequence, isHalf: false, delivery: undefined, tries: 0, failures: 0, notFounds: 0, dueMilliseconds: 0 };
    const queued = { ...payload, ...unsent, claim };
    if (this.#isClosed) {
      this.#pushOut(queued, 'closed');
      return;
    }
    const task = this.#try(queued);
    this.#run(task);
    await task;
  }

  #publish(payload: StoredPayload, outcome: Outcome, attempt: number, milliseconds: number, failure?: Error): void {
    const { path, body, rows } = payload;
    const { statusCode, code } = (failure ?? {}) as Partial<IntakeError>;
    const bytes = body.length;
    this.#publisher.publishPayload({ path, bytes, rows, statusCode, errorCode: code, outcome, attempt, milliseconds });
  }
}

/** Whether a request was broken off, or got no answer for another reason. */
function isUnanswered(failure: Error): boolean {
  return failure instanceof IntakeError && failure.retryable && failure.statusCode === undefined;
}
