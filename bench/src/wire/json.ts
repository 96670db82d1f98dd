import {
  BufferPool,
  bodyTargetBytes,
  ENDPOINTS,
  PayloadWriter,
  type RowContext,
  RowHeadCache,
  SERIES_V1,
  SERIES_V2,
  SliceEncoder,
  TagCache,
} from '../../../build/internals.js';
import type { Encoder } from './encoder.js';

/** The encoder of this project, with the memory and the caches that it keeps between flushes. */
export function createJsonEncoder(version: 'v1' | 'v2', context: RowContext): Encoder {
  const { path, compression } = ENDPOINTS[version];
  const limits = { path, compression, maxBodyBytes: bodyTargetBytes(ENDPOINTS[version], compression) };
  const format = version === 'v1' ? SERIES_V1 : SERIES_V2;
  const pool = new BufferPool();
  const heads = new RowHeadCache(format);
  const tags = new TagCache();
  return {
    encode(slices, onBody) {
      tags.beginFlush();
      const writer = new PayloadWriter(limits, pool, ({ body, release }) => {
        onBody(body as Uint8Array);
        release?.();
        // Otherwise the memory would be reused in the next flush only.
        pool.beginFlush();
      });
      const sink = { writer, end: async () => {} };
      const encoder = new SliceEncoder(context, { format, heads, tags, metrics: sink, distributions: sink });
      for (const slice of slices) encoder.add(slice);
      writer.finish();
    },
  };
}
