import { Buffer } from 'node:buffer';
import { WORD_BYTES } from './utf8-piece.js';

/** Most bytes that are kept for the next flush. */
const MAX_BYTES = 2 ** 24;

/**
 * The memory of bodies, which is reused in the next flush. Allocating new memory each time would take as long as filling it,
 * because of page faults and garbage collections. Memory that a flush does not use is released at the next one.
 */
export class BufferPool {
  #free: DataView[] = [];
  /** Memory given back during this flush. It is not reused before the next one, because a connection may still read it. */
  #resting: DataView[] = [];
  #bytes = 0;

  /** Must be called at the beginning of each flush, when no connection reads the memory that was given back. */
  beginFlush(): void {
    for (const { byteLength } of this.#free) this.#bytes -= byteLength;
    this.#free = this.#resting;
    this.#resting = [];
  }

  /** Returns memory for a body of at least this many bytes, plus a word. Its content is undefined. */
  take(bodyBytes: number): DataView {
    const needed = bodyBytes + WORD_BYTES;
    const index = this.#free.findLastIndex((view) => view.byteLength >= needed);
    if (index < 0) return new DataView(Buffer.allocUnsafeSlow(needed).buffer);
    const [view] = this.#free.splice(index, 1);
    this.#bytes -= view.byteLength;
    return view;
  }

  giveBack(view: DataView): void {
    if (this.#bytes + view.byteLength > MAX_BYTES) return;
    this.#bytes += view.byteLength;
    this.#resting.push(view);
  }
}
