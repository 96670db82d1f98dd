import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BufferPool } from '../../../src/http/encode/buffer-pool.js';
import { PayloadWriter } from '../../../src/http/encode/payload-writer.js';
import { TagCache } from '../../../src/http/encode/tag-cache.js';

/** Returns the elements that the cache writes for tags by id. */
function elements(pieces: TagCache, tags: readonly (readonly [id: number, json: string])[]): unknown[] {
  let body = '';
  const limits = { path: '/', compression: 'none', maxBodyBytes: 2 ** 30 } as const;
  const writer = new PayloadWriter(limits, new BufferPool(), (payload) => {
    body = String(payload.body);
  });
  pieces.beginFlush();
  for (const [id, json] of tags) {
    pieces.write(id, json, writer);
    writer.endRow();
  }
  writer.finish();
  return body === '' ? [] : JSON.parse(body).series;
}

const texts = (tags: readonly (readonly [number, string])[]): string[] => tags.map(([, json]) => JSON.parse(`"${json}"`));

test('each tag is written as given, even if its id stood for another tag in an earlier flush', () => {
  const json = fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }).map((text) => JSON.stringify(text).slice(1, -1));
  const id = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 250, max: 2 ** 19 }));
  const flush = fc.array(fc.tuple(id, json), { maxLength: 40 });
  fc.assert(
    fc.property(fc.array(flush, { maxLength: 5 }), (flushes) => {
      const pieces = new TagCache();
      for (const tags of flushes) expect(elements(pieces, tags)).toEqual(texts(tags));
    }),
  );
});

test('tags that do not fit the cache are written, and are cached in the next flush', () => {
  const pieces = new TagCache();
  const tags = Array.from({ length: 12_000 }, (_, i) => [i + 1, `${i}:${'x'.repeat(400)}`] as const);
  for (let flush = 0; flush < 3; flush++) expect(elements(pieces, tags)).toEqual(texts(tags));
  const others = tags.toReversed().map(([id], i) => [id, `${i}:ü`] as const);
  for (let flush = 0; flush < 2; flush++) expect(elements(pieces, others)).toEqual(texts(others));
});
