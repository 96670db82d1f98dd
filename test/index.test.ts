import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as api from '../src/index.js';

// The names that the package promises. To add or remove one changes the API, so the documentation and the changelog change, too.

const ROOT = fileURLToPath(new URL('..', import.meta.url));

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
  'ApiKeySource',
  'BillableSeries',
  'ChannelMessages',
  'ChildOptions',
  'Compression',
  'Counter',
  'Dispatcher',
  'Distribution',
  'DistributionRow',
  'DropReason',
  'EngineName',
  'Environment',
  'EventOptions',
  'EventRow',
  'FlushMode',
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
  'Signal',
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
  const types = exportsOf(readFileSync(path.join(ROOT, 'src/index.ts'), 'utf8')).filter(({ isType }) => isType);
  expect(types.map(({ name }) => name).sort()).toEqual(TYPES);
});

test('a type in the signature of an exported name is exported, too', () => {
  // Written by `npm run build`, without what is marked as internal.
  const folder = path.join(ROOT, 'build/types');
  const exported = exportsOf(readFileSync(path.join(folder, 'index.d.ts'), 'utf8'));
  const names = new Set(exported.map(({ name }) => name));
  const missing: string[] = [];
  for (const { name, module } of exported) {
    const file = readFileSync(path.join(folder, module.replace('.js', '.d.ts')), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    const reachable = [
      ...file.matchAll(/^import [^{]*\{(.*?)\} from '\.|^export (?:declare )?(?:class|interface|type) (\w+)/gm),
    ].flatMap(([, list, own]) => (list ?? own).split(',').map((part) => part.trim().replace(/^type /, '')));
    const signature = file.split(/^(?=export |declare )/m).find((text) => new RegExp(`^export .*\\b${name}\\b`).test(text))!;
    for (const other of reachable) {
      if (!names.has(other) && new RegExp(`\\b${other}\\b`).test(signature)) missing.push(`${other}, which ${name} mentions`);
    }
  }
  expect(missing).toEqual([]);
});

/** The names that a module exports from other modules. */
function exportsOf(source: string): { name: string; isType: boolean; module: string }[] {
  return [...source.matchAll(/export (type )?\{([^}]*)\} from '([^']*)'/g)].flatMap(([, type, list, module]) =>
    list
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map((part) => ({
        name: part.replace(/^type /, ''),
        isType: type !== undefined || part.startsWith('type '),
        module,
      })),
  );
}

test.each(CLASSES)('$name has these members', ({ prototype }, members) => {
  expect(membersOf(prototype)).toEqual(members.toSorted());
});

test.each(HANDLES)('handle %# has these methods, and no other property with a name', (handle, members) => {
  expect(membersOf(Object.getPrototypeOf(handle))).toEqual(members);
  expect(Object.getOwnPropertyNames(handle)).toEqual([]);
});

test('each class of errors extends ThreadStatsError, and has a name and a code', () => {
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
