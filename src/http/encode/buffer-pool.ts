import { Buffer } from 'node:buffer';
import { MemoryPool } from '../../runtime/memory-pool.js';
import { WORD_BYTES } from './utf8-piece.js';

/** The memory of bodies. A connection may read it until the next flush. */
export class BufferPool extends MemoryPool<DataView> {
  constructor() {
    super((bytes) => new DataView(Buffer.allocUnsafeSlow(bytes).buffer));
  }

  /** Returns memory for a body of at least this many bytes, plus a word. Its content is undefined. */
  override take(bodyBytes: number): DataView {
    return super.take(bodyBytes + WORD_BYTES);
  }
}
