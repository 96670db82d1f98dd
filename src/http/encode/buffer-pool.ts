import { Buffer } from 'node:buffer';
import { WORD_BYTES } from './utf8-piece.js';

/** Most bytes that are kept between flushes. */
const MAX_BYTES = 2 ** 24;

/**
 * The memory of bodies, which serves again in the next flush: to allocate as much anew each time takes as long as to fill it, in page faults
 * and garbage collections. What a flush has not needed is let go at the next.
 */
export class BufferPool {
  #free: DataView[] = [];
  /** What came back in this flush. It rests until the next, for a connection may still read it. */
  #resting: DataView[] = [];
  #bytes = 0;

  /** To be called at the beginning of each flush, when no connection reads what came back. */
  beginFlush(): void {
    for (const { byteLength } of this.#free) this.#bytes -= byteLength;
    this.#free = this.#resting;
    this.#resting = [];
  }

  /** Room for a body of so many bytes or more, and a word; what is in there is undefined. */
  take(bodyBytes: number): DataView {
    const needed = bodyBytes + WORD_BYTES;
    const index = this.#free.findLastIndex((view) => view.byteLength >= needed);
    if (index < 0) return new DataView(Buffer.allocUnsafeSlow(needed).buffer);
    const [view] = this.#free.splice(index, 1);
    this.#bytes -= view.byteLength;
    return view;
  }

  /** Takes back what nobody reads any more. */
  giveBack(view: DataView): void {
    if (this.#bytes + view.byteLength > MAX_BYTES) return;
    this.#bytes += view.byteLength;
    this.#resting.push(view);
  }
}
