import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { jsonText, showValue } from '../../src/model/text.js';
import { ODD_VALUES, RECORDING_VALUES } from '../support/odd-values.js';

describe('showValue', () => {
  it.each([
    ['a text', "'a text'"],
    ['', "''"],
    [`it's "so"`, `'it\\'s "so"'`],
    ['back\\slash', "'back\\\\slash'"],
    ['two\nlines', "'two\\nlines'"],
    ['\ud800', "'\\ud800'"],
    ['a\u2028b\u2029c', "'a\\u2028b\\u2029c'"],
    ['\x1b[31m\x7f\x85\x9b', "'\\u001b[31m\\u007f\\u0085\\u009b'"],
    ['a\u202eb\u2066\u200f\ufeff', "'a\\u202eb\\u2066\\u200f\\ufeff'"],
    ['\u{e0041}', "'\\udb40\\udc41'"],
    ['Größe 寿司 🍣', "'Größe 寿司 🍣'"],
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    [true, 'true'],
    [undefined, 'undefined'],
    [null, 'null'],
    [10n, 'a bigint'],
    [Symbol('secret'), 'a symbol'],
    [() => 'secret', 'a function'],
    [class Secret {}, 'a function'],
    [['secret'], 'an array'],
    [{ secret: 1 }, 'an object'],
    [new Error('secret'), 'an object'],
    [new Date(0), 'a Date'],
    [runInNewContext('new Date(0)'), 'a Date'],
    [Object.create(Date.prototype), 'an object'],
    [new String('secret'), 'an object'],
  ])('shows %o as %s', (value, shown) => {
    expect(showValue(value)).toBe(shown);
  });

  it('cuts a string after 64 characters', () => {
    expect(showValue('x'.repeat(64))).toBe(`'${'x'.repeat(64)}'`);
    expect(showValue('x'.repeat(65))).toBe(`'${'x'.repeat(64)}…'`);
  });

  it('neither throws nor runs code of the caller, whatever the value', () => {
    for (const [name, make] of [...Object.entries(ODD_VALUES), ...Object.entries(RECORDING_VALUES)]) {
      const value = (make as (record: () => void) => unknown)(() => expect.fail(`${name} ran`));
      expect(showValue(value).length, name).toBeLessThan(400);
    }
  });
});

describe('jsonText', () => {
  it('returns what stands between the quotes of the JSON', () => {
    expect(jsonText('a "b"\n')).toBe('a \\"b\\"\\n');
  });

  it('escapes a lone surrogate', () => {
    expect(jsonText('\ud800')).toBe('\\ud800');
  });
});
