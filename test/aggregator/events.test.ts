import { describe, expect, test } from 'vitest';
import type { EventOptions } from '../../src/index.js';
import { dropsOf, START, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';
import { HOSTILE } from '../support/odd-values.js';

// Events do not pass the engine, so one engine is enough.
const [engine] = engineNames;

test('an event is reported with the options that it has, and no others', async () => {
  const { stats, reporter } = startClient(engine);
  stats.event('deployed', 'version 2', {
    alertType: 'success',
    aggregationKey: 'deploys',
    sourceTypeName: 'my apps',
    dateHappened: new Date(1_700_000_000_900),
    priority: 'low',
    tags: { env: 'prod' },
    hostname: 'web-1',
  });
  stats.event('plain', '');
  stats.event('undefined', '', { alertType: undefined, tags: [], hostname: undefined });
  stats.event('null', '', null as never);
  expect(await stats.flush(0)).toEqual({ metrics: 0, distributions: 0, events: 4, pending: 0 });
  expect(reporter.events).toEqual([
    {
      title: 'deployed',
      text: 'version 2',
      alert_type: 'success',
      aggregation_key: 'deploys',
      source_type_name: 'my apps',
      date_happened: 1_700_000_000,
      priority: 'low',
      tags: ['env:prod'],
      host: 'web-1',
    },
    { title: 'plain', text: '' },
    { title: 'undefined', text: '' },
    { title: 'null', text: '' },
  ]);
});

test("constant tags come after the event's own", async () => {
  const { stats, reporter } = startClient(engine, { constantTags: ['team:core'] });
  const tags = ['Own:Tag'];
  stats.event('a', '', { tags });
  tags.push('late');
  stats
    .child({ tags: ['child:yes'] })
    .child({ tags: { grandchild: true } })
    .event('b', '', { tags: ['own'] });
  await stats.flush();
  expect(reporter.events.map(({ tags }) => tags)).toEqual([
    ['Own:Tag', 'team:core'],
    ['own', 'grandchild:true', 'child:yes', 'team:core'],
  ]);
});

test('an event without a hostname has the host of its client or child', async () => {
  const { stats, reporter } = startClient(engine, { host: 'web-1' });
  stats.event('of the client', '');
  stats.child({ host: 'web-2' }).event('of the child', '');
  stats.event('of its own', '', { hostname: 'db-1' });
  await stats.flush();
  expect(reporter.events.map(({ host }) => host)).toEqual(['web-1', 'web-2', 'db-1']);
});

test('events go once, in order, with the next flush, whatever its timestamp', async () => {
  const { stats, reporter } = startClient(engine);
  stats.event('a', '');
  stats.event('b', '');
  expect(await stats.flush(Number.NEGATIVE_INFINITY)).toMatchObject({ events: 2 });
  expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ events: 0 });
  expect(reporter.events.map(({ title }) => title)).toEqual(['a', 'b']);
});

test.each<[what: string, title: unknown, text: unknown, options: unknown]>([
  ...[undefined, '', 7].map((title): [string, unknown, unknown, unknown] => ['title', title, 'text', {}]),
  ...[undefined, null].map((text): [string, unknown, unknown, unknown] => ['text', 'title', text, {}]),
  ...[['x:y'], 'x:y', 7, HOSTILE].map((options): [string, unknown, unknown, unknown] => ['options', 'title', 'text', options]),
  ...Object.entries({
    alertType: [1, 'fatal', '', 'Info', ['info']],
    priority: ['high', true],
    aggregationKey: [{}],
    sourceTypeName: [[]],
    hostname: [1],
    dateHappened: ['1700000000', Number.NaN, Number.POSITIVE_INFINITY, -Number.MAX_VALUE, new Date(Number.NaN)],
    tags: ['x:y', ['x:y', 1]],
  }).flatMap(([option, bad]) =>
    bad.map((value): [string, unknown, unknown, unknown] => [option, 'title', 'text', { [option]: value }]),
  ),
])('an event with a bad %s is dropped, counted and reported once', async (what, title, text, options) => {
  const { stats, reporter, errors } = startClient(engine);
  for (let i = 0; i < 3; i++) stats.event(title as string, text as string, options as EventOptions);
  stats.event('good', '');
  expect(await stats.flush()).toMatchObject({ events: 1 });
  expect(reporter.events).toEqual([{ title: 'good', text: '' }]);
  expect(dropsOf(stats)).toEqual({ badEvent: 3 });
  expect(stats.telemetry.samples).toBe(0);
  expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_SAMPLE_BAD_EVENT', message: expect.stringMatching(`\\b${what}\\b`) }]);
});

test('a strict client throws for a bad event', () => {
  const { stats, errors } = startClient(engine, { strict: true });
  expect(() => stats.event('', '')).toThrow(TypeError);
  expect(() => stats.event('', '')).toThrow(/title/);
  expect(errors).toEqual([]);
});

test('beyond 10,000 events the newest are dropped, until a flush makes room', async () => {
  const { stats, reporter, errors } = startClient(engine);
  for (let i = 0; i < 10_003; i++) stats.event(`event ${i}`, '');
  expect(dropsOf(stats)).toEqual({ eventLimit: 3 });
  expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_SAMPLE_EVENT_LIMIT' }]);
  await stats.flush();
  stats.event('late', '');
  await stats.flush();
  expect(reporter.events).toHaveLength(10_001);
  expect(reporter.events.at(-2)?.title).toBe('event 9999');
});

describe.each([
  ['18 hours and a second old', -18 * 3600 - 1, /^An event is 64801 seconds old: .* It is sent anyway\. Reported once$/],
  ['2 hours and a second ahead', 2 * 3600 + 1, /^An event is 7201 seconds ahead: .* It is sent anyway\. Reported once$/],
])('an event that is %s', (_, seconds, message) => {
  test('is sent, and reported once', async () => {
    const { stats, reporter, errors } = startClient(engine);
    for (let i = 0; i < 2; i++) stats.event('title', 'text', { dateHappened: START + seconds });
    await stats.flush();
    expect(reporter.events).toHaveLength(2);
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_EVENT_DATE', message: expect.stringMatching(message) }]);
  });
});

test('an event of the last 18 hours or the next 2 is not reported', () => {
  const { stats, errors } = startClient(engine);
  for (const seconds of [-18 * 3600, 0, 2 * 3600]) stats.event('title', 'text', { dateHappened: START + seconds });
  expect(errors).toEqual([]);
});
