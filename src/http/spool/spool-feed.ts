import type { Timer, TimeSource } from '../time-source.js';
import type { Spool, SpoolClaim } from './spool.js';

/** Between one payload and the next. It bounds the rate, and a process that has nothing else to do ends here. */
const PAUSE_MILLISECONDS = 50;

/** How often the spool is looked into when it had nothing: other processes may have left or lost something. */
const LOOK_MILLISECONDS = 60_000;

export interface SpoolFeedOptions {
  readonly spool: Spool;
  readonly time: TimeSource;
  /** Whether a payload may be sent now. If not, the feed rests until it is woken. */
  readonly isFree: () => boolean;
  /** Sends a payload once, and settles its claim. Never rejects. */
  readonly send: (claim: SpoolClaim) => Promise<void>;
}

/** Takes payloads out of the spool, one after the other, as long as the intake accepts them. */
export class SpoolFeed {
  readonly #options: SpoolFeedOptions;
  #timer: Timer | undefined;
  #isBusy = false;
  #isClosed = false;

  constructor(options: SpoolFeedOptions) {
    this.#options = options;
  }

  /** The intake has accepted something. */
  wake(): void {
    if (this.#timer === undefined && !this.#isBusy) this.#wait(PAUSE_MILLISECONDS);
  }

  /** Something was put into the spool, so it is worth looking into as soon as the feed is woken. */
  refresh(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

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
