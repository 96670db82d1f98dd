import fc from 'fast-check';
import { expect, test } from 'vitest';
import { halveSeries } from '../../src/http/series-body.js';

const encode = (rows: readonly unknown[]): Buffer => Buffer.from(JSON.stringify({ series: rows }));
const decode = (body: Uint8Array): unknown[] => JSON.parse(Buffer.from(body).toString()).series;

test('two halves have all rows of the body, in order, whatever is in them', () => {
  const row = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(fc.array(row, { minLength: 2, maxLength: 9 }), (rows) => {
      const [first, second] = halveSeries({ body: encode(rows), rows: rows.length })!;
      const same = JSON.parse(JSON.stringify(rows));
      expect(first.rows).toBe(Math.floor(rows.length / 2));
      expect(second.rows).toBe(Math.ceil(rows.length / 2));
      expect(decode(first.body)).toEqual(same.slice(0, first.rows));
      expect(decode(second.body)).toEqual(same.slice(first.rows));
    }),
  );
});

test.each([
  ['with one row', { body: encode([{ a: 1 }]), rows: 1 }],
  ['that is an event', { body: Buffer.from('{"title":"{\\"series\\":[1,2]}"}'), rows: 2 }],
  ['that is empty', { body: Buffer.from(''), rows: 2 }],
  ['with fewer rows than stated', { body: encode([{ a: 1 }, { a: 2 }]), rows: 9 }],
  ['that ends inside a string', { body: encode([{ a: 'text without an end' }]).subarray(0, 30), rows: 2 }],
])('a body %s is not halved', (_, body) => {
  expect(halveSeries(body)).toBeUndefined();
});
