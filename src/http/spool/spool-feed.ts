import type { Timer, TimeSource } from '../time-source.js';
import type { Spool, SpoolClaim } from './spool.js';

/** Pause between two payloads. It bounds the rate, and a process with nothing else to do ends during a pause. */
const PAUSE_MILLISECONDS = 50;

/** Interval of attempts while the spool is empty: other processes may have left payloads, or died while they sent some. */
const LOOK_MILLISECONDS = 60_000;

export interface SpoolFeedOptions {
  readonly spool: Spool;
  readonly time: TimeSource;
  /** Whether a payload may be sent now. If not, the feed stops until it is woken. */
  readonly isFree: () => boolean;
  /** Sends a payload once, and ends its claim. Never rejects. */
  readonly send: (claim: SpoolClaim) => Promise<void>;
}

/** Takes payloads out of the spool, one after the other, as long as the intake accepts payloads. */
export class SpoolFeed {
  readonly #options: SpoolFeedOptions;
  #timer: Timer | undefined;
  #isBusy = false;
  #isClosed = false;

  constructor(options: SpoolFeedOptions) {
    this.#options = options;
  }

  /** Starts the feed, because the intake has accepted a payload. */
  wake(): void {
    if (this.#timer === undefined && !this.#isBusy) this.#wait(PAUSE_MILLISECONDS);
  }

  /** Lets the next `wake` look into the spool at once, because a payload was put into it. */
  refresh(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  /** Takes nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.refresh();
  }

  #wait(milliseconds: number): void {
    if (this.#isClosed) return;
    this.#timer = this.#options.time.after(milliseconds, () => {
      this.#timer = undefined;
      void this.#sendNext();
    });
    this.#timer.unref();
  }

  async #sendNext(): Promise<void> {
    const { spool, isFree, send } = this.#options;
    if (!isFree()) return;
    this.#isBusy = true;
    const claim = await spool.takeOldest();
    if (claim !== undefined) await send(claim);
    this.#isBusy = false;
    this.#wait(claim === undefined ? LOOK_MILLISECONDS : PAUSE_MILLISECONDS);
  }
}
