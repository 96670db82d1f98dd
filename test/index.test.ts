import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as api from '../src/index.js';

// What the package promises. A name that is added or taken away is a change of the API: of the documentation and the changelog, too.

const VALUES = [
  'DeliveryError',
  'HttpReporter',
  'IntakeError',
  'MemoryReporter',
  'MissingApiKeyError',
  'NullReporter',
  'SampleError',
  'ThreadStats',
  'ThreadStatsError',
];

const TYPES = [
  'Aggregate',
  'ChannelMessages',
  'ChildOptions',
  'Counter',
  'Distribution',
  'DistributionRow',
  'DropReason',
  'EngineName',
  'EventOptions',
  'EventRow',
  'FlushResult',
  'Gauge',
  'HandleOptions',
  'Histogram',
  'HttpReporterOptions',
  'MetricRow',
  'MetricSet',
  'Options',
  'Point',
  'Reporter',
  'ReporterTelemetry',
  'RowCounts',
  'RowDropReason',
  'SampleOptions',
  'StartOptions',
  'StopOptions',
  'Tags',
  'Telemetry',
  'ThreadStatsOptions',
  'Timed',
  'Timer',
  'Timing',
];

const RECORDING = ['decrement', 'distribution', 'event', 'gauge', 'histogram', 'increment', 'set', 'timed', 'timer', 'timing'];
const CREATING = ['createCounter', 'createDistribution', 'createGauge', 'createHistogram', 'createSet', 'createTiming', 'child'];
const FLUSHING = ['flushDistributions', 'flushEvents', 'flushMetrics'];

const CLASSES: [subject: { name: string; prototype: object }, members: string[]][] = [
  [api.ThreadStats, [...RECORDING, ...CREATING, 'start', 'flush', 'stop', 'telemetry', 'engineName']],
  [api.HttpReporter, [...FLUSHING, 'close', 'drain', 'telemetry']],
  [api.MemoryReporter, [...FLUSHING, 'clear']],
  [api.NullReporter, FLUSHING],
];

const stats = new api.ThreadStats();
const HANDLES: [handle: object, members: string[]][] = [
  [stats.createCounter('name'), ['decrement', 'increment']],
  [stats.createGauge('name'), ['set']],
  [stats.createSet('name'), ['add']],
  [stats.createHistogram('name'), ['record']],
  [stats.createTiming('name'), ['record', 'timer']],
  [stats.createDistribution('name'), ['record']],
];

function membersOf(prototype: object): string[] {
  return Object.getOwnPropertyNames(prototype)
    .filter((name) => name !== 'constructor')
    .sort();
}

test('the package exports these values', () => {
  expect(Object.keys(api).sort()).toEqual(VALUES);
});

test('the package exports these types', () => {
  const source = readFileSync(new URL('../src/index.ts', import.meta.url), 'utf8');
  const names = [...source.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, type, list]) =>
    list
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && (type !== undefined || name.startsWith('type ')))
      .map((name) => name.replace(/^type /, '')),
  );
  expect(names.sort()).toEqual(TYPES);
});

test.each(CLASSES)('$name has these members', ({ prototype }, members) => {
  expect(membersOf(prototype)).toEqual(members.toSorted());
});

test.each(HANDLES)('handle %# has these methods, and shows nothing else', (handle, members) => {
  expect(membersOf(Object.getPrototypeOf(handle))).toEqual(members);
  expect(Reflect.ownKeys(handle)).toEqual([]);
});

test('the errors are errors, with names and codes of their own', () => {
  const errors = [
    new api.ThreadStatsError('CODE', 'message'),
    new api.MissingApiKeyError(),
    new api.SampleError('badName', 'message'),
    new api.IntakeError('CODE', 'message', { retryable: false }),
    new api.DeliveryError('message', 1, 2, new Error('cause')),
  ];
  for (const error of errors) {
    expect(error).toBeInstanceOf(api.ThreadStatsError);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe(error.constructor.name);
    expect(error.code).toMatch(/^[A-Z_]+$/);
  }
});
