// The conservation harness: a setup file of all tests (see vitest.config.ts), which watches every client that a test starts,
// without being asked. When a client has stopped, and at the end of each test, it checks that nothing has vanished:
//
// - samples: the calls of recording methods = `telemetry.samples`, and that = applied + dropped;
// - rows: the rows of all flushes + taken over = sent + pending + spooled + dropped, and after a stop none is pending;
// - requests: no client counts more rows as sent than the `startIntake()` to which it reports has kept; exactly as many, if it is
//   the only one that made requests.
//
// A child process of `runNode()` is watched by fixtures/conservation.mjs, which checks what can be seen from outside.
//
// A test that breaks a rule on purpose calls `ignoreConservation(stats)`, or passes `isConserved: false` to `runNode()`, and says
// why. A test that resets modules imports this file again afterwards.

import { afterAll, beforeEach, expect } from 'vitest';
import { EventAggregator } from '../../src/aggregator/event-aggregator.js';
import { MetricsAggregator } from '../../src/aggregator/metrics-aggregator.js';
import { Core } from '../../src/client/core.js';
import * as handles from '../../src/client/handles.js';
import { ThreadStats } from '../../src/client/thread-stats.js';
import type { Timer } from '../../src/client/timer.js';
import { sliceReporterOf } from '../../src/flush/slice-reporter.js';
import type { SliceSink } from '../../src/flush/slice-sink.js';
import { SnapshotReader } from '../../src/flush/snapshot-reader.js';
import { Intake } from '../../src/intake/intake.js';

/** The calls of the recording methods of a client, its children and its handles. */
interface Offered {
  samples: number;
}

/** The rows that one read of a snapshot has produced. */
interface Read {
  sink: SliceSink | undefined;
  rows: number;
}

/** A client that was started. */
interface Watched {
  readonly test: string;
  readonly core: Core;
  readonly offered: Offered;
  readonly reads: Map<object, Read>;
  events: number;
  isStopped: boolean;
}

interface WatchedIntake {
  requests: number;
  rows: number;
}

interface State {
  readonly watched: Set<Watched>;
  readonly byContexts: WeakMap<object, Watched>;
  readonly byEvents: WeakMap<object, Watched>;
  readonly offered: WeakMap<object, Offered>;
  readonly ignored: WeakSet<object>;
  readonly intakes: Map<string, WatchedIntake>;
  readonly violations: string[];
  starting: Offered | undefined;
  lastContexts: object | undefined;
}

/** Copies of this module share it, because a test may reset modules. */
const key = Symbol.for('threadstats.test.conservation');
const shared = globalThis as { [key]?: State };
const isFirst = shared[key] === undefined;
shared[key] ??= {
  watched: new Set(),
  byContexts: new WeakMap(),
  byEvents: new WeakMap(),
  offered: new WeakMap(),
  ignored: new WeakSet(),
  intakes: new Map(),
  violations: [],
  starting: undefined,
  lastContexts: undefined,
};
const state = shared[key];

/** Leaves out a client that breaks a rule on purpose. */
export function ignoreConservation(stats: ThreadStats): void {
  state.ignored.add(offeredOf(stats));
}

// biome-ignore lint/suspicious/noExplicitAny: methods of any class
type Method = (this: any, ...args: any[]) => any;

/** Replaces a method of a class by `wrap(original)`, which keeps its name and length. */
function patch<Class extends object>(prototype: Class, name: keyof Class & string, wrap: (original: Method) => Method): void {
  const original = prototype[name] as Method;
  const replaced = wrap(original);
  Object.defineProperties(replaced, { name: { value: original.name }, length: { value: original.length } });
  Object.defineProperty(prototype, name, { value: replaced, writable: true, configurable: true });
}

function offeredOf(client: object): Offered {
  let offered = state.offered.get(client);
  if (offered === undefined) {
    offered = { samples: 0 };
    state.offered.set(client, offered);
  }
  return offered;
}

function count<Class extends object>(prototype: Class, ...names: (keyof Class & string)[]): void {
  for (const name of names) {
    patch(
      prototype,
      name,
      (original) =>
        function (...args) {
          // A method that is called without its object records nothing.
          if (typeof this === 'object' && this !== null) offeredOf(this).samples++;
          return original.apply(this, args);
        },
    );
  }
}

count(ThreadStats.prototype, 'gauge', 'set', 'increment', 'decrement', 'histogram', 'distribution', 'timing');
count(handles.Counter.prototype, 'increment', 'decrement');
count(handles.Gauge.prototype, 'set');
count(handles.MetricSet.prototype, 'add');
count(handles.Histogram.prototype, 'record');
count(handles.Timing.prototype, 'record');
count(handles.Distribution.prototype, 'record');
patch(
  handles.Timing.prototype,
  'timer',
  (original) =>
    function (...args) {
      const timer: Timer = original.apply(this, args);
      if (this === undefined) return timer;
      const offered = offeredOf(this);
      const stop = timer.stop.bind(timer);
      let isStopped = false;
      timer.stop = (...options) => {
        // Only the first stop records.
        if (!isStopped) offered.samples++;
        isStopped = true;
        return stop(...options);
      };
      return timer;
    },
);

// Children and handles count for the client that made them.
const MAKERS = [
  'child',
  'createCounter',
  'createGauge',
  'createSet',
  'createHistogram',
  'createTiming',
  'createDistribution',
] as const;
for (const maker of MAKERS) {
  patch(
    ThreadStats.prototype,
    maker,
    (original) =>
      function (...args) {
        const made: object = original.apply(this, args);
        state.offered.set(made, offeredOf(this));
        return made;
      },
  );
}

patch(
  ThreadStats.prototype,
  'start',
  (original) =>
    function (...args) {
      state.starting = offeredOf(this);
      return original.apply(this, args);
    },
);

patch(
  Core.prototype,
  'start',
  (original) =>
    function (this: Core, ...args) {
      original.apply(this, args);
      const { contexts } = this.metrics.resolver;
      if (state.byContexts.has(contexts) || this.state === 'disabled') return;
      const test = expect.getState().currentTestName ?? 'no test';
      const offered = state.starting ?? { samples: 0 };
      const watched: Watched = { test, core: this, offered, reads: new Map(), events: 0, isStopped: false };
      state.watched.add(watched);
      state.byContexts.set(contexts, watched);
      state.byEvents.set(this.events, watched);
    },
);

patch(
  Core.prototype,
  'stop',
  (original) =>
    function (this: Core, ...args) {
      const stopped: Promise<unknown> = original.apply(this, args);
      const watched = state.byEvents.get(this.events);
      if (watched !== undefined && !watched.isStopped) {
        void stopped.then(() => {
          watched.isStopped = true;
          check(watched);
        });
      }
      return stopped;
    },
);

patch(
  EventAggregator.prototype,
  'take',
  (original) =>
    function (...args) {
      const rows: unknown[] = original.apply(this, args);
      const watched = state.byEvents.get(this);
      if (watched !== undefined) watched.events += rows.length;
      return rows;
    },
);

patch(
  MetricsAggregator.prototype,
  'takeSnapshot',
  (original) =>
    function (...args) {
      state.lastContexts = this.resolver.contexts;
      return original.apply(this, args);
    },
);

/** Begins to count the rows that a reader produces. */
function readOf(reader: object, contexts: object | undefined): Read {
  const reads = contexts === undefined ? undefined : state.byContexts.get(contexts)?.reads;
  const read = reads?.get(reader) ?? { sink: undefined, rows: 0 };
  reads?.set(reader, read);
  return read;
}

const contextsOfReader = new WeakMap<object, object>();

patch(
  SnapshotReader.prototype,
  'open',
  (original) =>
    function (openSink: (context: { contexts: object }) => SliceSink) {
      return original.call(this, (context: { contexts: object }) => {
        contextsOfReader.set(this, context.contexts);
        const sink = openSink(context);
        const read = readOf(this, context.contexts);
        read.sink = sink;
        const add = sink.add.bind(sink);
        sink.add = (slice) => {
          add(slice);
          // Not later, because the reporter may change the array of its rows.
          read.rows = sink.metrics.rows + sink.distributions.rows;
        };
        return sink;
      });
    },
);

patch(
  SnapshotReader.prototype,
  'discard',
  (original) =>
    function (...args) {
      const lost: number = original.apply(this, args);
      const read = readOf(this, contextsOfReader.get(this) ?? state.lastContexts);
      read.rows = lost + (read.sink?.rowsGone ?? 0);
      return lost;
    },
);

function intakeOf(url: string): WatchedIntake {
  let watched = state.intakes.get(url);
  if (watched === undefined) {
    watched = { requests: 0, rows: 0 };
    state.intakes.set(url, watched);
  }
  return watched;
}

/** Adds the requests of an intake before it forgets them. */
function addRequests(intake: Intake): void {
  const watched = intakeOf(intake.url);
  for (const { method, statusCode, rowsKept } of intake.requests) {
    if (method === 'POST' && statusCode !== null && statusCode >= 200 && statusCode < 300) watched.requests++;
    watched.rows += rowsKept;
  }
}

patch(
  Intake.prototype,
  'clear',
  (original) =>
    function (this: Intake, ...args) {
      addRequests(this);
      return original.apply(this, args);
    },
);

const closed = new WeakSet<object>();

patch(
  Intake.prototype,
  'close',
  (original) =>
    function (this: Intake, ...args) {
      const closing: Promise<void> = original.apply(this, args);
      if (!closed.has(this)) {
        closed.add(this);
        void closing.then(() => addRequests(this));
      }
      return closing;
    },
);

function violation({ test }: Watched, rule: string, facts: object): void {
  state.violations.push(`${rule}, in a client that was started in "${test}": ${JSON.stringify(facts)}`);
}

function isIgnored({ offered }: Watched): boolean {
  return state.ignored.has(offered);
}

/** True if the client alone knows its rows: another reporter may count as it likes, and several clients may share one. */
function knowsItsRows({ core }: Watched): boolean {
  const { reporter } = core.settings;
  if (reporter === undefined) return true;
  try {
    if (sliceReporterOf(reporter) === undefined) return reporter.telemetry?.rows === undefined;
  } catch {
    return false;
  }
  return [...state.watched].filter((other) => other.core.settings.reporter === reporter).length === 1;
}

function check(watched: Watched): void {
  if (isIgnored(watched)) return;
  const { core, offered } = watched;
  const { samples, applied, dropped, rows } = core.telemetry;
  const ofSamples = Object.entries(dropped).filter(([reason]) => !/event/i.test(reason));
  const droppedSamples = ofSamples.reduce((sum, [, count]) => sum + count, 0);
  if (samples !== applied + droppedSamples) violation(watched, 'samples = applied + dropped', { samples, applied, dropped });
  // There are more samples than calls if the client reports itself, or was called through a proxy.
  if (samples < offered.samples) {
    violation(watched, 'recorded samples = telemetry.samples', { recorded: offered.samples, samples, applied, dropped });
  }
  if (!knowsItsRows(watched)) return;
  let produced = watched.events;
  for (const read of watched.reads.values()) produced += read.rows;
  const droppedRows = Object.values(rows.dropped).reduce((sum, count) => sum + count, 0);
  const accounted = rows.sent + rows.pending + rows.spooled - rows.takenOver + droppedRows;
  // A flush may be under way in a client that goes on.
  if (watched.isStopped ? accounted !== produced : accounted > produced) {
    violation(watched, 'flushed rows = sent + pending + spooled - takenOver + dropped', { flushed: produced, ...rows });
  }
  if (watched.isStopped && rows.pending !== 0) violation(watched, 'after a stop no row is pending', rows);
}

/** Compares the rows that clients count as sent with those that their intake has kept. */
function checkIntake(url: string, { requests, rows }: WatchedIntake): void {
  const clients = [...state.watched].filter(
    ({ core }) => core.settings.reporter === undefined && core.settings.http.baseUrl === url,
  );
  if (clients.length === 0 || clients.some(isIgnored)) return;
  let sent = 0;
  let payloads = 0;
  for (const { core } of clients) {
    sent += core.telemetry.rows.sent;
    payloads += core.telemetry.payloads;
  }
  const isAlone = payloads === requests;
  if (isAlone ? sent !== rows : sent > rows) {
    violation(clients[0], 'sent rows = rows that the intake has kept', { sent, kept: rows, payloads, requests });
  }
}

function expectConserved(): void {
  const violations = state.violations.splice(0);
  if (violations.length > 0) expect.fail(`Samples or rows are not conserved:\n${violations.join('\n')}`);
}

if (isFirst) {
  // What is registered first runs last, after the client was stopped.
  beforeEach(({ onTestFinished }) => {
    onTestFinished(expectConserved);
  });
  afterAll(() => {
    for (const watched of state.watched) check(watched);
    for (const [url, intake] of state.intakes) checkIntake(url, intake);
    expectConserved();
  });
}
