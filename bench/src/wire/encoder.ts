import type { Slice } from '../../../build/internals.js';

/** Encodes flushes of the same contexts, one after the other, so that it can reuse encoded strings and memory. */
export interface Encoder {
  /**
   * Passes on the bodies of the requests, before compression. A body is valid during the call only, because the next one uses its
   * memory. With new memory for each body, most of the time would be that of the system, and differ from run to run.
   */
  encode(slices: Iterable<Slice>, onBody: (body: Uint8Array) => void): void;
}
