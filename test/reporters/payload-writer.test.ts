import { expect, test } from 'vitest';
import { PayloadWriter } from '../../src/reporters/payload-writer.js';

test('rows that are cut into several payloads are whole in each, in their order', () => {
  const writer = new PayloadWriter({ path: '/api/v2/series', compression: 'none', maxBodyBytes: 20_000 });
  const rows = Array.from({ length: 2000 }, (_, index) => ({ metric: `räume.${index}` }));
  for (const row of rows) writer.add(`${JSON.stringify(row)},`);
  const payloads = writer.finish();

  const read = payloads.map(({ body }) => JSON.parse(Buffer.from(body).toString()).series as unknown[]);
  expect(payloads.length).toBeGreaterThan(2);
  expect(read.flat()).toEqual(rows);
  expect(payloads.map((payload) => payload.rows)).toEqual(read.map((series) => series.length));
  for (const { body } of payloads) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(20_000);
});
