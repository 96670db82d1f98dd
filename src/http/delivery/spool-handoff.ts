import { rowDropError } from '../../diagnostics/row-counts.js';
import { Spool, type SpoolClaim, type SpoolSettings } from '../spool/spool.js';
import { SpoolFeed } from '../spool/spool-feed.js';
import type { TimeSource } from '../time-source.js';
import type { QueuedPayload } from './retry-queue.js';
import type { RowAccounting } from './row-accounting.js';

/** While more than this is yet to be written, the disk is too slow, and payloads that do not fit the queue are dropped. */
const MAX_UNWRITTEN_BYTES = 2 ** 22;

export interface SpoolHandoffOptions {
  readonly settings: SpoolSettings;
  readonly maxAgeSeconds: number;
  readonly accounting: RowAccounting;
  readonly time: TimeSource;
  /** Whether a payload from the spool may be sent now. */
  readonly isFree: () => boolean;
  /** Sends a payload once, and ends its claim. Never rejects. */
  readonly send: (payload: QueuedPayload) => Promise<void>;
}

/** Hands payloads to the spool, and takes them back, one at a time, while the intake accepts payloads. */
export class SpoolHandoff {
  readonly #spool: Spool;
  readonly #feed: SpoolFeed;
  readonly #accounting: RowAccounting;
  /** Age rank of the next payload from the spool: payloads from the spool are older than all others. */
  #nextSequence = Number.MIN_SAFE_INTEGER;

  constructor({ settings, maxAgeSeconds, accounting, time, isFree, send }: SpoolHandoffOptions) {
    this.#accounting = accounting;
    this.#spool = new Spool({
      ...settings,
      maxAgeSeconds,
      now: () => time.epochSeconds() * 1000,
      onDrop: (reason, rows, cause) => accounting.drop(reason, rows, cause),
      onError: (error) => accounting.report(error),
    });
    this.#feed = new SpoolFeed({ spool: this.#spool, time, isFree, send: (claim) => send(this.#payloadOf(claim)) });
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
    this.#accounting.leaveToSpool(payload);
    void this.#spool.put({ path, compression, body, rows, createdSeconds }, reason);
    this.#feed.refresh();
    delivery?.kept(rows, failure ?? rowDropError(reason));
    return true;
  }

  /** Starts taking payloads from the spool, because the intake has accepted one. */
  wake(): void {
    this.#feed.wake();
  }

  /** Takes no more payloads from the spool. */
  stopFeed(): void {
    this.#feed.close();
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
    return {
      ...claim.payload,
      claim,
      sequence: this.#nextSequence++,
      isHalf: false,
      delivery: undefined,
      attempts: 0,
      failures: 0,
      notFounds: 0,
      dueMilliseconds: 0,
    };
  }
}
