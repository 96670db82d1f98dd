import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toEventRow } from '../../src/aggregator/event-aggregator.js';

describe('an event', () => {
  it('has the constant tags after its own, and shares no array with the caller', () => {
    const tags = ['x:y'];
    const constantTags = ['team:core'];
    expect(toEventRow('t', 't', {}, constantTags)).toMatchObject({ tags: ['team:core'] });
    expect(toEventRow('t', 't', { tags }, [])).toMatchObject({ tags: ['x:y'] });
    expect(toEventRow('t', 't', { tags: { route: '/', status: 200, none: null } }, constantTags)).toMatchObject({
      tags: ['route:/', 'status:200', 'team:core'],
    });
    const row = toEventRow('t', 't', { tags }, constantTags);
    if (typeof row === 'string') throw new Error(row);
    row.tags?.push('later');
    expect(tags).toEqual(['x:y']);
    expect(constantTags).toEqual(['team:core']);
  });

  it('has its time in whole seconds, rounded down, also if it is a Date', () => {
    expect(toEventRow('t', 't', { dateHappened: new Date(1_700_000_013_999) }, [])).toMatchObject({ date_happened: 1700000013 });
    expect(toEventRow('t', 't', { dateHappened: 1.9 }, [])).toMatchObject({ date_happened: 1 });
    expect(toEventRow('t', 't', { dateHappened: -0.5 }, [])).toMatchObject({ date_happened: -1 });
    expect(toEventRow('t', 't', { dateHappened: 0 }, [])).toMatchObject({ date_happened: 0 });
  });

  it('keeps a title of 4000 characters', () => {
    expect(toEventRow('a'.repeat(4000), 'text', {}, [])).toEqual({ title: 'a'.repeat(4000), text: 'text' });
  });

  it('has its strings cut to the limits', () => {
    const options = { aggregationKey: 'k'.repeat(101), sourceTypeName: 's'.repeat(4001) };
    expect(toEventRow('a'.repeat(4001), 'b'.repeat(4001), options, [])).toEqual({
      title: 'a'.repeat(4000),
      text: 'b'.repeat(4000),
      aggregation_key: 'k'.repeat(100),
      source_type_name: 's'.repeat(4000),
    });
  });

  it('may have an empty text', () => {
    expect(toEventRow('title', '', {}, [])).toEqual({ title: 'title', text: '' });
  });

  it.each([
    [{ alert_type: 'error' }, "An event has no option 'alert_type'; write `alertType`"],
    [{ date_happened: 1 }, "An event has no option 'date_happened'; write `dateHappened`"],
    [{ host: 'web-1' }, "An event has no option 'host'; write `hostname`"],
    [
      { route: '/' },
      "An event has no option 'route'; its options are alertType, aggregationKey, sourceTypeName, dateHappened, priority, tags, hostname",
    ],
  ])('with the option of %j is refused', (options, reason) => {
    expect(toEventRow('title', 'text', options, [])).toBe(reason);
  });

  it.each([1_700_000_000_000, -1e11, Number.NaN, Number.POSITIVE_INFINITY, new Date(Number.NaN)])(
    'that happened at %s is refused',
    (dateHappened) => {
      expect(toEventRow('title', 'text', { dateHappened }, [])).toBe(
        'The option `dateHappened` of an event must be POSIX seconds (not milliseconds) below 1e11, or a valid Date',
      );
    },
  );

  it.each(['h'.repeat(254), 'a\0b'])('with the host %j is refused', (hostname) => {
    expect(toEventRow('title', 'text', { hostname }, [])).toBe(
      'The option `hostname` of an event must be a string of at most 253 characters without NUL',
    );
  });

  it('has its host as the server keeps it', () => {
    expect(toEventRow('title', 'text', { hostname: 'a<b>\n' }, [])).toMatchObject({ host: 'a-b-' });
  });

  it('is cut between code points', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'é', '\u{1f363}', '\ud800'), minLength: 1, maxLength: 220 }),
        (aggregationKey) => {
          const row = toEventRow('title', 'text', { aggregationKey }, []);
          expect(row).toMatchObject({ aggregation_key: [...aggregationKey].slice(0, 100).join('') });
        },
      ),
    );
  });
});
