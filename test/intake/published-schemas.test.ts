// Holds the intake to the schemas that Datadog publishes, in both directions: random bodies that are valid, and bodies that were
// valid before something in them was replaced, removed or added.

import { Agent } from 'node:http';
import fc, { type Arbitrary } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { ENDPOINT_PATHS, type EndpointPath, violationsOf } from '../support/published-schemas.js';
import { send } from './send-request.js';

type Json = Record<string, unknown>;

let intake: Intake;
const agent = new Agent({ keepAlive: true });
beforeAll(async () => {
  intake = await startIntake();
});
afterAll(async () => {
  agent.destroy();
  await intake.close();
});

const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('', 'größe', '🍣'),
);
const name = fc.oneof({ weight: 50, arbitrary: text.map((start) => `${start}x`) }, { weight: 1, arbitrary: fc.constant('') });
const tags = fc.array(text, { maxLength: 3 });
const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const int64 = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(-(2 ** 63), 2 ** 62, 0));
const intervalSeconds = fc.oneof(fc.integer({ min: 0, max: 100 }), int64);
/** Makes the keys of a record absent at random, except the first ones. */
const fields = (required: Record<string, Arbitrary<unknown>>, optional: Record<string, Arbitrary<unknown>>): Arbitrary<Json> =>
  fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required) }) as Arbitrary<Json>;
const list = (item: Arbitrary<unknown>) => fc.array(item, { maxLength: 3 });
const series = (row: Arbitrary<unknown>) => fields({ series: list(row) }, {});

const NOW_SECONDS = Math.floor(Date.now() / 1000);
const VALID: Record<EndpointPath, Arbitrary<Json>> = {
  '/api/v1/series': series(
    fields(
      { metric: name, points: list(fc.tuple(fc.option(number), fc.option(number))) },
      {
        type: fc.constantFrom('', 'count', 'gauge', 'rate'),
        host: text,
        tags,
        interval: fc.option(intervalSeconds),
        device: text,
        other: fc.jsonValue(),
      },
    ),
  ),
  '/api/v2/series': series(
    fields(
      { metric: name, points: list(fields({}, { timestamp: int64, value: number })) },
      {
        type: fc.constantFrom(0, 1, 2, 3),
        resources: list(fields({}, { name: text, type: fc.oneof(fc.constantFrom('host', 'device'), text) })),
        tags,
        interval: intervalSeconds,
        unit: text,
        source_type_name: text,
        metadata: fields(
          {},
          {
            origin: fields(
              {},
              {
                product: fc.integer({ max: 1000 }),
                service: fc.integer({ max: 1000 }),
                metric_type: fc.integer({ max: 1000 }),
              },
            ),
          },
        ),
        other: fc.jsonValue(),
      },
    ),
  ),
  '/api/v1/distribution_points': series(
    fields(
      { metric: name, points: list(fc.tuple(number, list(number))) },
      { type: fc.constant('distribution'), host: text, tags, device: text, interval: intervalSeconds, other: fc.jsonValue() },
    ),
  ),
  '/api/v1/events': fields(
    { title: name, text: fc.oneof(text, fc.constantFrom('x'.repeat(4000), '🍣'.repeat(4000))) },
    {
      date_happened: fc.oneof(fc.integer({ min: NOW_SECONDS - 60_000, max: NOW_SECONDS + 7000 }), int64),
      priority: fc.constantFrom('normal', 'low', null),
      host: text,
      tags,
      alert_type: fc.constantFrom('error', 'warning', 'info', 'success', 'user_update', 'recommendation', 'snapshot'),
      aggregation_key: fc.oneof(text, fc.constant('🍣'.repeat(100))),
      source_type_name: text,
      device_name: text,
      related_event_id: int64,
      other: fc.jsonValue(),
    },
  ),
};

/** A valid body with every field. */
const COMPLETE: Record<EndpointPath, Json> = {
  '/api/v1/series': {
    series: [{ metric: 'm', points: [[1, 1]], type: 'count', host: 'h', device: 'd', tags: ['a:b'], interval: 10 }],
  },
  '/api/v2/series': {
    series: [
      {
        metric: 'm',
        points: [{ timestamp: 1, value: 1 }],
        type: 1,
        resources: [{ name: 'h', type: 'host' }],
        tags: ['a:b'],
        interval: 10,
        unit: 'byte',
        source_type_name: 'node',
        metadata: { origin: { product: 1, service: 1, metric_type: 1 } },
      },
    ],
  },
  '/api/v1/distribution_points': {
    series: [{ metric: 'm', points: [[1, [1]]], type: 'distribution', host: 'h', device: 'd', tags: ['a:b'], interval: 10 }],
  },
  '/api/v1/events': {
    title: 't',
    text: 't',
    date_happened: NOW_SECONDS,
    priority: 'low',
    host: 'h',
    tags: ['a:b'],
    alert_type: 'info',
    aggregation_key: 'k',
    source_type_name: 'node',
    device_name: 'd',
    related_event_id: 1,
  },
};

/** Values that are wrong in most places, or are right and close to what is wrong. */
const REPLACEMENTS: unknown[] = [
  ...[null, true, '', 'x', '1', [], {}, [null], ['x', 1], [1], [[1, 1]], [[1, [1]]], [{}], [{ timestamp: 1.5 }], [[1, 1, 1]]],
  ...[0, -1, 1.5, 1e300, 3, 4, 1000, 1001, -(2 ** 31), -(2 ** 31) - 1, 2 ** 62, 2 ** 63, -(2 ** 63)],
  ...[100, 101, 4000, 4001].flatMap((characters) => ['x'.repeat(characters), '🍣'.repeat(characters)]),
  ...['count', 'counter', 'distribution', 'normal', 'high', 'success', 'fatal'],
];
const replacement = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom(...REPLACEMENTS));

/** Where a value is in a body: the keys that lead to it. */
type Place = string[];

function placesIn(body: unknown): Place[] {
  if (typeof body !== 'object' || body === null) return [[]];
  return [[], ...Object.entries(body).flatMap(([key, value]) => placesIn(value).map((place) => [key, ...place]))];
}

/** Returns a copy of a body in which the value at a place is what `change` makes of it; undefined removes it. */
function changed(body: unknown, [key, ...rest]: Place, change: (value: unknown) => unknown): unknown {
  if (key === undefined) return change(body);
  const next = changed((body as Json)[key], rest, change);
  if (!Array.isArray(body)) return { ...(body as Json), [key]: next };
  return next === undefined ? body.toSpliced(Number(key), 1) : body.with(Number(key), next);
}

/** A change at a random place of a body. */
const change = fc.record({ index: fc.nat(), value: fc.option(replacement, { nil: undefined, freq: 5 }) });

function changeSomewhere(body: unknown, { index, value }: { index: number; value: unknown }): unknown {
  // The first place is the whole body.
  const places = placesIn(body).slice(1);
  return places.length === 0 ? body : changed(body, places[index % places.length], () => value);
}

const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const rowsOf = (body: unknown): Json[] =>
  (isRecord(body) && Array.isArray(body.series) ? body.series : [body]).filter((row) => isRecord(row));

const OPTIONAL_SERIES = ['type', 'host', 'device', 'tags', 'interval'];
const OPTIONAL_EVENT = ['date_happened', 'priority', 'host', 'tags', 'alert_type', 'aggregation_key', 'source_type_name'];
const NULLABLE: Record<EndpointPath, string[]> = {
  '/api/v1/series': OPTIONAL_SERIES,
  '/api/v2/series': [],
  '/api/v1/distribution_points': OPTIONAL_SERIES,
  '/api/v1/events': [...OPTIONAL_EVENT, 'device_name', 'related_event_id'],
};

/** The first deviation: a null in an optional field of v1 counts as absent, although the schemas allow few of them. */
function withoutNulls(path: EndpointPath, body: unknown): unknown {
  const strip = (row: unknown) =>
    isRecord(row)
      ? Object.fromEntries(Object.entries(row).filter(([key, value]) => value !== null || !NULLABLE[path].includes(key)))
      : row;
  if (path === '/api/v1/events') return strip(body);
  return isRecord(body) && Array.isArray(body.series) ? { ...body, series: body.series.map(strip) } : body;
}

/** The other deviations: bodies that the schemas allow, and that the intake refuses because they can only be mistakes. */
function isMistake(path: EndpointPath, body: unknown): boolean {
  return rowsOf(body).some((row) => {
    if (path === '/api/v1/events') {
      const aheadSeconds = row.date_happened === undefined ? 0 : (row.date_happened as number) - Date.now() / 1000;
      return row.title === '' || aheadSeconds < -64_800 || aheadSeconds > 7200;
    }
    const { metric, interval, device } = row;
    const isBadInterval =
      interval !== undefined && (!Number.isInteger(interval) || (interval as number) < 0 || (interval as number) >= 2 ** 63);
    const isBadDevice = path !== '/api/v2/series' && device !== undefined && typeof device !== 'string';
    return metric === '' || isBadInterval || isBadDevice;
  });
}

describe.each(ENDPOINT_PATHS)('%s', (path) => {
  /** Sends a body, and expects the verdict of the schema. Returns whether it was accepted. */
  async function expectVerdict(body: unknown): Promise<boolean> {
    const sent = JSON.stringify(body);
    const parsed = withoutNulls(path, JSON.parse(sent));
    const violations = violationsOf(path, parsed);
    const isValid = violations.length === 0 && !isMistake(path, parsed);
    const { statusCode, text } = await send(intake, path, { body: sent, agent });
    intake.clear();
    expect({ statusCode, text, violations }).toMatchObject({ statusCode: isValid ? 202 : 400 });
    return isValid;
  }

  it('accepts what the published schema allows', async () => {
    await fc.assert(fc.asyncProperty(VALID[path], async (body) => void (await expectVerdict(body))));
  });

  it('agrees with the published schema about each field with many values', async () => {
    const complete = COMPLETE[path];
    expect(await expectVerdict(complete)).toBe(true);
    for (const place of placesIn(complete).slice(1)) {
      for (const value of [...REPLACEMENTS, undefined]) await expectVerdict(changed(complete, place, () => value));
      // One more item, or one more field.
      await expectVerdict(changed(complete, place, (value) => (Array.isArray(value) ? [...value, value[0]] : value)));
      await expectVerdict(changed(complete, place, (value) => (isRecord(value) ? { ...value, other: null } : value)));
    }
  });

  it('refuses what the published schema forbids', async () => {
    const verdicts = { accepted: 0, refused: 0 };
    const bodies = fc.tuple(VALID[path], fc.array(change, { minLength: 1, maxLength: 2 }));
    await fc.assert(
      fc.asyncProperty(bodies, async ([valid, changes]) => {
        const isAccepted = await expectVerdict(changes.reduce<unknown>(changeSomewhere, valid));
        verdicts[isAccepted ? 'accepted' : 'refused'] += 1;
      }),
      { numRuns: 500 },
    );
    // The changes are worth something only if some make a body invalid and others leave it valid.
    expect(Math.min(verdicts.accepted, verdicts.refused)).toBeGreaterThan(10);
  });
});
