import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { sendJson } from './send-request.js';

let intake: Intake;
beforeAll(async () => {
  intake = await startIntake();
});
beforeEach(() => intake.clear());
afterAll(() => intake.close());

const sendV1 = (...series: object[]) => sendJson(intake, '/api/v1/series', { series });
const sendV2 = (...series: object[]) => sendJson(intake, '/api/v2/series', { series });
const sendDistributions = (...series: object[]) => sendJson(intake, '/api/v1/distribution_points', { series });

const rowV1 = (...points: [number, number][]) => ({ metric: 'm', type: 'count', points });
const rowV2 = (...points: [number, number][]) => ({
  metric: 'm',
  type: 1,
  points: points.map(([timestamp, value]) => ({ timestamp, value })),
});

describe('stored metrics', () => {
  it('have the last point of each second, sorted by time', async () => {
    await sendV2(rowV2([110, 1], [100, 2]), rowV2([110, 3]));
    await sendV2(rowV2([105, 4]));
    expect(intake.stored().metrics).toEqual([
      {
        metric: 'm',
        type: 'count',
        host: null,
        tags: [],
        interval: 0,
        points: [
          [100, 2],
          [105, 4],
          [110, 3],
        ],
        total: 9,
      },
    ]);
  });

  it('have one point for fractions of a second', async () => {
    await sendV1(rowV1([100.9, 1], [100.1, 2], [101, 3]));
    expect(intake.stored().metric('m')[0].points).toEqual([
      [100, 2],
      [101, 3],
    ]);
  });

  it('of v1 and v2 with the same name, host and tags are one series', async () => {
    await sendV1({ ...rowV1([100, 1]), host: 'web-1', device: 'sda', tags: ['a:b', 'c'] });
    await sendV2({ ...rowV2([100, 2]), resources: [{ type: 'host', name: 'web-1' }], tags: ['c', 'device:sda', 'a:b'] });
    expect(intake.stored().metrics).toMatchObject([{ host: 'web-1', tags: ['a:b', 'c', 'device:sda'], points: [[100, 2]] }]);
  });

  it.each([
    ['host', { host: 'web-2' }],
    ['device', { device: 'sdb' }],
    ['case of the device', { device: 'SDA' }],
    ['tags', { tags: ['a:c'] }],
    ['name', { metric: 'n' }],
    ['case of the name', { metric: 'M' }],
  ])('of another %s are another series', async (_, change) => {
    const row = { ...rowV1([100, 1]), host: 'web-1', device: 'sda', tags: ['a:b'] };
    await sendV1(row, { ...row, ...change });
    expect(intake.stored().metrics).toHaveLength(2);
  });

  it.each([
    ['in the order of tags', { tags: ['c', 'a:b'] }],
    ['in a tag that is repeated', { tags: ['a:b', 'c', 'c'] }],
    ['in the spelling of tags', { tags: ['A:B', '42c'] }],
    ['in characters of the name that are replaced', { metric: '1m-_' }],
    ['in a tag of which nothing is left', { tags: ['c', '!?', 'a:b'] }],
    ['in the type', { type: 'gauge' }],
    ['in an empty host', { host: '' }],
    ['in characters of the host that are left out', { host: '\n' }],
  ])('that differ only %s are one series', async (_, change) => {
    const row = { ...rowV1([100, 1]), tags: ['a:b', 'c'] };
    await sendV1(row, { ...row, ...change });
    expect(intake.stored().metrics).toMatchObject([{ metric: 'm', host: null, tags: ['a:b', 'c'], points: [[100, 1]] }]);
  });

  it('leave out names without a letter', async () => {
    await sendV1({ ...rowV1([100, 1]), metric: '42' });
    expect(intake.stored().metrics).toEqual([]);
  });

  it('have the type and the interval that came last', async () => {
    await sendV1({ ...rowV1([100, 1]), interval: 10 }, { ...rowV1([110, 1]), type: 'gauge', interval: 20 });
    expect(intake.stored().metrics).toMatchObject([{ type: 'gauge', interval: 20 }]);
  });

  it('are found by name and tags in any spelling', async () => {
    await sendV2({ ...rowV2([100, 1]), tags: ['shop:tartu', 'env:prod'] }, { ...rowV2([100, 1]), tags: ['shop:narva'] });
    expect(intake.stored().metric('m', ['Shop:Tartu'])).toMatchObject([{ tags: ['env:prod', 'shop:tartu'] }]);
    expect(intake.stored().metric('m', ['shop:tartu', 'shop:narva'])).toEqual([]);
    expect(intake.stored().metric('m')).toHaveLength(2);
  });

  it('of unanswered and refused requests are not kept', async () => {
    intake.answer({ statusCode: 503 });
    await sendV2(rowV2([100, 1]));
    await sendV2({ ...rowV2([100, 1]), type: 9 });
    expect(intake.stored().metrics).toEqual([]);
  });

  it('do not change when more arrive, or when the intake forgets them', async () => {
    await sendV2(rowV2([100, 1]));
    const before = intake.stored();
    await sendV2(rowV2([100, 2]));
    intake.clear();
    expect(before.total('m')).toBe(1);
    expect(intake.stored().total('m')).toBe(0);
  });
});

describe('a search', () => {
  it.each([
    ['m', { shop: 'tartu' }, "tags must be an array of strings such as ['shop:tartu'], not an object"],
    ['m', 'shop:tartu', "tags must be an array of strings such as ['shop:tartu'], not 'shop:tartu'"],
    ['m', [7], 'tags must be an array of strings, but one is 7'],
    [undefined, [], 'name must be a string, not undefined'],
  ])('refuses the name %j with the tags %j', (name, tags, message) => {
    const stored = intake.stored();
    for (const [owner, methods] of [
      [intake, ['metric', 'distribution']],
      [stored, ['metric', 'distribution', 'total', 'values']],
    ] as const) {
      for (const method of methods) {
        const search = (owner as unknown as Record<string, (...search: unknown[]) => unknown>)[method].bind(owner);
        expect(() => search(name, tags), method).toThrow(new TypeError(message));
      }
    }
  });
});

describe('total', () => {
  it('is the sum of counts, and of rates times their interval', async () => {
    await sendV2(
      rowV2([100, 5]),
      { ...rowV2([110, 0.7]), type: 2, interval: 10 },
      { ...rowV2([120, 0.25]), type: 2, interval: 4 },
    );
    expect(intake.stored().total('m')).toBe(13);
  });

  it('adds up all series with the tags', async () => {
    await sendV2({ ...rowV2([100, 1]), tags: ['a', 'b'] }, { ...rowV2([100, 2]), tags: ['a'] }, rowV2([100, 4]));
    expect(intake.stored().total('m')).toBe(7);
    expect(intake.stored().total('m', ['a'])).toBe(3);
    expect(intake.stored().total('m', ['c'])).toBe(0);
    expect(intake.stored().total('never.sent')).toBe(0);
  });

  it('counts a point that was sent again once', async () => {
    await sendV2({ ...rowV2([100, 0.5]), type: 2, interval: 10 });
    await sendV1({ ...rowV1([100, 7]), interval: 10 });
    expect(intake.stored().total('m')).toBe(7);
  });

  it.each([
    ['a gauge', { type: 3, interval: 10 }],
    ['of no type', { type: 0, interval: 10 }],
    ['a rate without an interval', { type: 2 }],
  ])('throws when a point is %s', async (_, change) => {
    await sendV2(rowV2([100, 1]), { ...rowV2([110, 1]), ...change });
    expect(intake.stored().metric('m')).toMatchObject([{ total: null }]);
    expect(() => intake.stored().total('m')).toThrow(
      new TypeError('m has points that are neither counts nor rates with an interval'),
    );
  });
});

describe('stored distributions', () => {
  it('have all values of each second', async () => {
    const row = (...points: [number, number[]][]) => ({ metric: 'd', points, tags: ['a', 'b'], host: 'h' });
    await sendDistributions(row([110, [1]], [100, [3, 2]]));
    await sendDistributions({ ...row([100, [2]], [110.5, [4]]), tags: ['b', 'A'] });
    expect(intake.stored().distributions).toEqual([
      {
        metric: 'd',
        host: 'h',
        tags: ['a', 'b'],
        points: [
          [100, [3, 2, 2]],
          [110, [1, 4]],
        ],
      },
    ]);
    expect(intake.stored().values('d', ['a'])).toEqual([3, 2, 2, 1, 4]);
    expect(intake.stored().values('d', ['c'])).toEqual([]);
  });

  it('may have more values than a call may have arguments', async () => {
    const values = Array.from({ length: 200_000 }, (_, i) => i % 10);
    await sendDistributions({ metric: 'd', points: [[100, values]] });
    await sendDistributions({ metric: 'd', points: [[100, values]] });
    expect(intake.stored().values('d')).toHaveLength(400_000);
  });

  it('are apart from metrics of the same name', async () => {
    await sendDistributions({ metric: 'm', points: [[100, [1]]] });
    await sendV2(rowV2([100, 1]));
    expect(intake.stored().metric('m')).toHaveLength(1);
    expect(intake.stored().distribution('m')).toHaveLength(1);
  });
});
