import { Buffer } from 'node:buffer';

/** Most digests. The worker posts those that find no room. */
const CAPACITY = 1024;
const DIGEST_BYTES = 32;
/** A word holds the number of digests, which follow at this byte. */
const DIGESTS_BEGIN = 8;

export const ACCEPTED_LOG_BYTES = DIGESTS_BEGIN + CAPACITY * DIGEST_BYTES;

/**
 * The digests of requests that the intake has accepted from the worker, in memory that both threads share. The main thread looks at
 * them only if the worker ends, and a message for each would take it longer than the request's rows.
 */
export class AcceptedLog {
  readonly #count: Int32Array;
  readonly #digests: Buffer;

  constructor(memory: SharedArrayBuffer) {
    this.#count = new Int32Array(memory, 0, 1);
    this.#digests = Buffer.from(memory, DIGESTS_BEGIN);
  }

  get length(): number {
    return Atomics.load(this.#count, 0);
  }

  /** Adds a digest in base64. Returns false if there is no room. */
  add(digest: string): boolean {
    for (;;) {
      const count = this.length;
      if (count === CAPACITY) return false;
      this.#digests.write(digest, count * DIGEST_BYTES, 'base64');
      // The main thread may have emptied the log meanwhile.
      if (Atomics.compareExchange(this.#count, 0, count, count + 1) === count) return true;
    }
  }

  digests(): string[] {
    return Array.from({ length: this.length }, (_, index) =>
      this.#digests.toString('base64', index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES),
    );
  }

  clear(): void {
    Atomics.store(this.#count, 0, 0);
  }
}
