import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_NAME_CHARACTERS, MAX_TAG_CHARACTERS, normalizeName, normalizeTag } from '../../src/model/normalize.js';

// Any UTF-16, with lone surrogates, and text that is close to real names and tags.
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 }).map((codes) => String.fromCharCode(...codes)),
  fc.string({ unit: fc.constantFrom(...'aZ9_.:/- éÉ\u{1f363}\ud800\u{10400}İßΣ'), maxLength: 300 }),
);

describe('normalizeName', () => {
  it.each([
    'page.views',
    'db.query.hi0',
    'queue.depth.de1',
    'h',
    'my.app.cache.in0.95percentile',
    'CamelCase_2',
    'a..b',
    'a.',
    'a'.repeat(MAX_NAME_CHARACTERS),
  ])('does not change %s', (name) => {
    expect(normalizeName(name)).toBe(name);
  });

  it.each([
    ['page views', 'page_views'],
    ['page-views/total', 'page_views_total'],
    ['été.count', 't.count'],
    ['1st.try', 'st.try'],
    ['_private', 'private'],
    ['.dotted', 'dotted'],
    ['a__b', 'a_b'],
    ['a!?b', 'a_b'],
    ['a\u{1f363}b', 'a_b'],
    ['a_.b', 'a.b'],
    ['a._b', 'a.b'],
    ['a_._b', 'a.b'],
    ['a_._.b', 'a..b'],
    ['a_', 'a'],
    ['a.b__', 'a.b'],
    ['a\nb', 'a_b'],
    ['naïve', 'na_ve'],
    ['', ''],
    ['123', ''],
    ['...', ''],
    ['日本', ''],
  ])('normalises %j to %j', (name, normal) => {
    expect(normalizeName(name)).toBe(normal);
  });

  it('cuts a name at the limit, and leaves no underscore at its end', () => {
    expect(normalizeName('a'.repeat(MAX_NAME_CHARACTERS + 1))).toBe('a'.repeat(MAX_NAME_CHARACTERS));
    expect(normalizeName(`${'a'.repeat(MAX_NAME_CHARACTERS - 1)}_b`)).toBe('a'.repeat(MAX_NAME_CHARACTERS - 1));
    expect(normalizeName(`${'1'.repeat(500)}a`)).toBe('a');
  });

  it('normalises a name with a million bad characters', () => {
    expect(normalizeName(`a${'\u{1f363}'.repeat(500_000)}`)).toBe('a');
  });

  it('turns any text into a name that the server accepts, and does not change that name again', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const normal = normalizeName(text);
        expect(normal).toMatch(/^(?:[A-Za-z][A-Za-z0-9_.]*)?$/);
        expect(normal).not.toMatch(/__|\._|_\.|_$/);
        expect(normal.length).toBeLessThanOrEqual(MAX_NAME_CHARACTERS);
        expect(normalizeName(normal)).toBe(normal);
      }),
    );
  });
});

describe('normalizeTag', () => {
  it.each([
    'env:prod',
    'région:é',
    'k:v:w',
    'solo',
    'route:/api/v1/users',
    'version:1.2',
    'a:1',
    ':colon-first',
    'a::b',
    'a._b',
    'ключ:значение',
    '国:日本',
    'n:٣',
    'x'.repeat(MAX_TAG_CHARACTERS),
    `k:${'é'.repeat(MAX_TAG_CHARACTERS - 2)}`,
  ])('does not change %s', (tag) => {
    expect(normalizeTag(tag)).toBe(tag);
  });

  it.each([
    ['Env:Prod', 'env:prod'],
    ['RÉGION:É', 'région:é'],
    ['a b:c  d', 'a_b:c_d'],
    ['a__b', 'a_b'],
    ['a:b,c|d#e', 'a:b_c_d_e'],
    ['a:\u{1f363}\u{1f363}x', 'a:_x'],
    ['1st:x', 'st:x'],
    ['_-./7key:v', 'key:v'],
    ['k:v_', 'k:v'],
    ['k:v!!', 'k:v'],
    ['k:', 'k'],
    ['k:_:_', 'k'],
    ['a\nb\0c', 'a_b_c'],
    ['e\u0301', 'e'],
    ['a\ud800b', 'a_b'],
    // Each code point is lower-cased by itself: the lower case of the whole string would end in a final sigma.
    ['k:ΑΣ', 'k:ασ'],
    ['k:\u{10400}', 'k:\u{10428}'],
    // A letter stays if its lower case has another UTF-8 length, or two code points.
    ['k:İ', 'k:İ'],
    ['k:\u212a', 'k:\u212a'],
    ['', ''],
    ['42', ''],
    ['!?', ''],
    [':', ''],
    ['::_', ''],
  ])('normalises %j to %j', (tag, normal) => {
    expect(normalizeTag(tag)).toBe(normal);
  });

  it('cuts a tag at the limit, counted in code points, without splitting a surrogate pair', () => {
    const letter = '\u{10428}';
    expect(normalizeTag(letter.repeat(MAX_TAG_CHARACTERS + 5))).toBe(letter.repeat(MAX_TAG_CHARACTERS));
    expect(normalizeTag(`${'x'.repeat(MAX_TAG_CHARACTERS - 1)}: y`)).toBe('x'.repeat(MAX_TAG_CHARACTERS - 1));
  });

  it('normalises a tag with a million bad characters', () => {
    expect(normalizeTag(`a${'\u{1f363}'.repeat(500_000)}`)).toBe('a');
  });

  it('turns any text into a tag that the server accepts, and does not change that tag again', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const normal = normalizeTag(text);
        expect(normal).toMatch(/^(?:[\p{L}:][\p{L}\p{Nd}_:./-]*)?$/u);
        expect(normal).not.toMatch(/__|[_:]$/);
        expect([...normal].length).toBeLessThanOrEqual(MAX_TAG_CHARACTERS);
        expect(normalizeTag(normal)).toBe(normal);
      }),
    );
  });

  it('gives tags the same form if they differ only in case, or in the kind and number of bad characters', () => {
    const part = fc.string({ unit: fc.constantFrom(...'abzéж7./-'), minLength: 1, maxLength: 20 }).map((text) => `k${text}`);
    fc.assert(
      fc.property(part, part, fc.constantFrom(' ', '__', ' _', '\t', '#!'), (key, value, bad) => {
        expect(normalizeTag(`${key}${bad}${value}:${value}`.toUpperCase())).toBe(normalizeTag(`${key}_${value}:${value}`));
      }),
    );
  });
});
