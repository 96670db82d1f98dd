import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventAggregator, type EventOptions, toEventRow } from '../../src/aggregator/event-aggregator.js';

describe('toEventRow', () => {
  it('leaves out every key that is unset', () => {
    expect(toEventRow('title', 'text ✓', {}, [])).toEqual({ title: 'title', text: 'text ✓' });
    expect(Object.keys(toEventRow('title', 'text', { alertType: undefined, tags: [] }, [], undefined))).toEqual([
      'title',
      'text',
    ]);
    expect(Object.keys(toEventRow('title', 'text', null, [], null))).toEqual(['title', 'text']);
    expect(Object.keys(toEventRow('title', 'text', undefined, []))).toEqual(['title', 'text']);
  });

  it('names every key as the intake does', () => {
    const options: EventOptions = {
      alertType: 'warning',
      aggregationKey: 'deploys',
      sourceTypeName: 'my apps',
      dateHappened: 1700000013,
      priority: 'low',
      tags: ['zone:b', 'région:é'],
      hostname: 'web-9',
    };
    expect(toEventRow('title', '', options, ['service:checkout'], 'web-1')).toEqual({
      title: 'title',
      text: '',
      alert_type: 'warning',
      aggregation_key: 'deploys',
      source_type_name: 'my apps',
      date_happened: 1700000013,
      priority: 'low',
      tags: ['zone:b', 'région:é', 'service:checkout'],
      host: 'web-9',
    });
  });

  it('appends the constant tags, and copies both', () => {
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
    expect([tags, constantTags]).toEqual([['x:y'], ['team:core']]);
  });

  it("has the client's host when the event has no hostname", () => {
    expect(toEventRow('t', 't', {}, [], 'web-1')).toMatchObject({ host: 'web-1' });
  });

  it('accepts a Date, and rounds seconds down', () => {
    expect(toEventRow('t', 't', { dateHappened: new Date(1_700_000_013_999) }, [])).toMatchObject({ date_happened: 1700000013 });
    expect(toEventRow('t', 't', { dateHappened: 1.9 }, [])).toMatchObject({ date_happened: 1 });
    expect(toEventRow('t', 't', { dateHappened: -0.5 }, [])).toMatchObject({ date_happened: -1 });
    expect(toEventRow('t', 't', { dateHappened: 0 }, [])).toMatchObject({ date_happened: 0 });
  });

  it("cuts to the intake's limits", () => {
    const options = { aggregationKey: 'k'.repeat(101) };
    expect(toEventRow('a'.repeat(101), 'b'.repeat(4001), options, [])).toEqual({
      title: 'a'.repeat(100),
      text: 'b'.repeat(4000),
      aggregation_key: 'k'.repeat(100),
    });
    expect(toEventRow('a'.repeat(100), 'b'.repeat(4000), {}, [])).toEqual({ title: 'a'.repeat(100), text: 'b'.repeat(4000) });
  });

  it('counts code points when it cuts', () => {
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

  it.each([
    ['title', undefined, 'text', {}],
    ['title', '', 'text', {}],
    ['title', 7, 'text', {}],
    ['text', 'title', undefined, {}],
    ['text', 'title', null, {}],
    ['options', 'title', 'text', ['x:y']],
    ['options', 'title', 'text', 'x:y'],
    ['options', 'title', 'text', 7],
    ['alertType', 'title', 'text', { alertType: 1 }],
    ['alertType', 'title', 'text', { alertType: 'fatal' }],
    ['alertType', 'title', 'text', { alertType: '' }],
    ['alertType', 'title', 'text', { alertType: 'Info' }],
    ['alertType', 'title', 'text', { alertType: ['info'] }],
    ['priority', 'title', 'text', { priority: 'high' }],
    ['aggregationKey', 'title', 'text', { aggregationKey: {} }],
    ['sourceTypeName', 'title', 'text', { sourceTypeName: [] }],
    ['priority', 'title', 'text', { priority: true }],
    ['hostname', 'title', 'text', { hostname: 1 }],
    ['dateHappened', 'title', 'text', { dateHappened: '1700000000' }],
    ['dateHappened', 'title', 'text', { dateHappened: Number.NaN }],
    ['dateHappened', 'title', 'text', { dateHappened: Number.POSITIVE_INFINITY }],
    ['dateHappened', 'title', 'text', { dateHappened: new Date(Number.NaN) }],
    ['tags', 'title', 'text', { tags: 'x:y' }],
    ['tags', 'title', 'text', { tags: ['x:y', 1] }],
  ])('says that the %s is malformed', (what, title, text, options) => {
    expect(toEventRow(title, text, options, [])).toMatch(new RegExp(`\\b${what}\\b`));
  });
});

describe('EventAggregator', () => {
  const row = (title: string) => ({ title, text: '' });

  it('returns rows once, in order', () => {
    const events = new EventAggregator();
    expect(events.take()).toEqual([]);
    expect(events.add(row('a'))).toBe(true);
    expect(events.add(row('b'))).toBe(true);
    expect(events.size).toBe(2);
    expect(events.take()).toEqual([row('a'), row('b')]);
    expect(events.size).toBe(0);
    expect(events.take()).toEqual([]);
  });

  it('refuses events when it is full, and accepts them again after a flush', () => {
    const events = new EventAggregator();
    const rows = Array.from({ length: 10_000 }, (_, i) => row(`${i}`));
    expect(rows.every((each) => events.add(each))).toBe(true);
    expect(events.add(row('c'))).toBe(false);
    expect(events.take()).toEqual(rows);
    expect(events.add(row('d'))).toBe(true);
  });
});
