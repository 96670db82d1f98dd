import { rowDropError } from '../../diagnostics/row-counts.js';
import { Spool, type SpoolClaim, type SpoolSettings } from '../spool/spool.js';
import type { Timer, TimeSource } from '../time-source.js';
import { type QueuedPayload, untriedPayload } from './retry-queue.js';
import type { RowAccounting } from './row-accounting.js';

/** While more than this is yet to be written, the disk is too slow, and payloads that do not fit the queue are dropped. */
const MAX_UNWRITTEN_BYTES = 2 ** 22;

/** Pause between two payloads. It bounds the rate, and a process with nothing else to do ends during a pause. */
const PAUSE_MILLISECONDS = 50;

/** Interval of attempts while the spool is empty: other processes may have left payloads, or died while they sent some. */
const LOOK_MILLISECONDS = 60_000;

export interface SpoolHandoffOptions {
  readonly settings: SpoolSettings;
  readonly maxAgeSeconds: number;
  readonly accounting: RowAccounting;
  readonly time: TimeSource;
  /** Whether a payload from the spool may be sent now. If not, none is taken until `wake` is called. */
  readonly isFree: () => boolean;
  /** Sends a payload once, and ends its claim. Never rejects. */
  readonly send: (payload: QueuedPayload) => Promise<void>;
}

/** Hands payloads to the spool, and takes them back, one at a time, while the intake accepts payloads. */
export class SpoolHandoff {
  readonly #options: SpoolHandoffOptions;
  readonly #spool: Spool;
  #timer: Timer | undefined;
  #isSending = false;
  #isStopped = false;
  /** Age rank of the next payload from the spool: payloads from the spool are older than all others. */
  #nextSequence = Number.MIN_SAFE_INTEGER;

  constructor(options: SpoolHandoffOptions) {
    const { settings, maxAgeSeconds, accounting, time } = options;
    this.#options = options;
    this.#spool = new Spool({
      ...settings,
      maxAgeSeconds,
      now: () => time.epochSeconds() * 1000,
      onDrop: (reason, rows, cause) => accounting.drop(reason, rows, cause),
      onError: (error) => accounting.report(error),
    });
  }

  /** Rows that the spool counts. */
  get counts(): { pending: number; spooled: number; takenOver: number } {
    const { rowsPending, rowsLeft, rowsTakenOver } = this.#spool;
    return { pending: rowsPending, spooled: rowsLeft, takenOver: rowsTakenOver };
  }

  /** Bytes of the files, as far as known. */
  get bytes(): number {
    return this.#spool.bytes;
  }

  /** Stores a payload, or gives its claim back if it came from the spool. Returns false when the spool cannot keep up. */
  put(payload: QueuedPayload, reason: 'queueFull' | 'closed', failure?: Error): boolean {
    const { path, compression, body, rows, createdSeconds, delivery, claim } = payload;
    if (claim !== undefined) {
      void claim.giveBack();
      return true;
    }
    if (reason === 'queueFull' && this.#spool.unwrittenBytes > MAX_UNWRITTEN_BYTES) return false;
    this.#options.accounting.leaveToSpool(payload);
    void this.#spool.put({ path, compression, body, rows, createdSeconds }, reason);
    // The next `wake` takes it after a pause, instead of waiting for the next look.
    this.#clearTimer();
    delivery?.kept(rows, failure ?? rowDropError(reason));
    return true;
  }

  /** Starts taking payloads from the spool, because the intake has accepted one. */
  wake(): void {
    if (this.#timer === undefined && !this.#isSending) this.#wait(PAUSE_MILLISECONDS);
  }

  /** Takes no more payloads from the spool. */
  stopTaking(): void {
    this.#isStopped = true;
    this.#clearTimer();
  }

  #wait(milliseconds: number): void {
    if (this.#isStopped) return;
    this.#timer = this.#options.time.after(milliseconds, () => {
      this.#timer = undefined;
      void this.#sendNext();
    });
    this.#timer.unref();
  }

  #clearTimer(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  async #sendNext(): Promise<void> {
    const { isFree, send } = this.#options;
    if (!isFree()) return;
    this.#isSending = true;
    const claim = await this.#spool.takeOldest();
    if (claim !== undefined) await send(this.#payloadOf(claim));
    this.#isSending = false;
    this.#wait(claim === undefined ? LOOK_MILLISECONDS : PAUSE_MILLISECONDS);
  }

  /** Leaves all files to whoever takes them next, this process included. */
  leave(): Promise<void> {
    return this.#spool.leave();
  }

  /** Leaves all files to other processes. */
  close(): Promise<void> {
    return this.#spool.close();
  }

  #payloadOf(claim: SpoolClaim): QueuedPayload {
    return untriedPayload({ ...claim.payload, claim, sequence: this.#nextSequence++, delivery: undefined });
  }
}
