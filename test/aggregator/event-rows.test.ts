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

  it("is cut to the intake's limits", () => {
    const options = { aggregationKey: 'k'.repeat(101) };
    expect(toEventRow('a'.repeat(101), 'b'.repeat(4001), options, [])).toEqual({
      title: 'a'.repeat(100),
      text: 'b'.repeat(4000),
      aggregation_key: 'k'.repeat(100),
    });
    expect(toEventRow('a'.repeat(100), 'b'.repeat(4000), {}, [])).toEqual({ title: 'a'.repeat(100), text: 'b'.repeat(4000) });
  });

  it('is cut between code points', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'é', '\u{1f363}', '\ud800'), minLength: 1, maxLength: 220 }),
        (title) => {
          const row = toEventRow(title, 'text', {}, []);
          expect(row).toMatchObject({ title: [...title].slice(0, 100).join('') });
        },
      ),
    );
  });
});
