import type { ThreadStats } from '../../src/index.js';

/** Every recording method with arguments that it accepts. */
export const METHODS: [method: string, call: (stats: ThreadStats, ...args: never[]) => unknown, ...good: unknown[]][] = [
  ['gauge', (stats, ...args) => stats.gauge(...(args as never as [string, number])), 'odd.gauge', 1, ['odd']],
  ['set', (stats, ...args) => stats.set(...(args as never as [string, number])), 'odd.set', 1, ['odd']],
  ['increment', (stats, ...args) => stats.increment(...(args as never as [string])), 'odd.increment', 1, ['odd']],
  ['decrement', (stats, ...args) => stats.decrement(...(args as never as [string])), 'odd.decrement', 1, ['odd']],
  ['histogram', (stats, ...args) => stats.histogram(...(args as never as [string, number])), 'odd.histogram', 1, ['odd']],
  [
    'distribution',
    (stats, ...args) => stats.distribution(...(args as never as [string, number])),
    'odd.distribution',
    1,
    ['odd'],
  ],
  ['timing', (stats, ...args) => stats.timing(...(args as never as [string, number])), 'odd.timing', 1, ['odd']],
  ['timer', (stats, ...args) => stats.timer(...(args as never as [string])).stop(), 'odd.timer', ['odd']],
  ['timed', (stats, ...args) => stats.timed(...(args as never as [string]))(() => {})(), 'odd.timed', ['odd']],
  ['event', (stats, ...args) => stats.event(...(args as never as [string, string])), 'title', 'text', {}],
];

/** The methods of handles; each takes one value. */
export const HANDLE_METHODS: [method: string, call: (stats: ThreadStats, value: never) => void][] = [
  ['Counter.increment', (stats, value) => stats.createCounter('odd.handle').increment(value)],
  ['Counter.decrement', (stats, value) => stats.createCounter('odd.handle').decrement(value)],
  ['Gauge.set', (stats, value) => stats.createGauge('odd.handle').set(value)],
  ['MetricSet.add', (stats, value) => stats.createSet('odd.handle').add(value)],
  ['Histogram.record', (stats, value) => stats.createHistogram('odd.handle').record(value)],
  ['Timing.record', (stats, value) => stats.createTiming('odd.handle').record(value)],
  ['Distribution.record', (stats, value) => stats.createDistribution('odd.handle').record(value)],
];
