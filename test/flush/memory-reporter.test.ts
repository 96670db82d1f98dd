import { expect, test } from 'vitest';
import { MemoryReporter } from '../../src/flush/memory-reporter.js';
import { NullReporter } from '../../src/flush/null-reporter.js';
import { distribution, metric } from '../http/support/rows.js';

test('MemoryReporter keeps rows in the order of arrival until it is cleared', () => {
  const reporter = new MemoryReporter();
  const { metrics, distributions, events } = reporter;
  reporter.flushMetrics([metric({ metric: 'a' }), metric({ metric: 'b' })]);
  reporter.flushMetrics([metric({ metric: 'c' })]);
  reporter.flushDistributions([distribution()]);
  reporter.flushEvents([{ title: 't', text: 'x' }]);
  expect(metrics.map((row) => row.metric)).toEqual(['a', 'b', 'c']);
  expect(distributions).toEqual([distribution()]);
  expect(events).toEqual([{ title: 't', text: 'x' }]);
  reporter.clear();
  expect(metrics).toEqual([]);
  expect(distributions).toEqual([]);
  expect(events).toEqual([]);
  expect(reporter.metrics).toBe(metrics);
});

test('MemoryReporter takes more rows at once than a function call takes arguments', () => {
  const reporter = new MemoryReporter();
  reporter.flushMetrics(Array(300_000).fill(metric()));
  expect(reporter.metrics).toHaveLength(300_000);
});

test('NullReporter keeps nothing', () => {
  const reporter = new NullReporter();
  reporter.flushMetrics();
  reporter.flushDistributions();
  reporter.flushEvents();
  expect(Reflect.ownKeys(reporter)).toEqual([]);
});
