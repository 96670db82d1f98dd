// Values that test runners and `node:vm` make in another realm, which `instanceof` does not recognise.

import vm from 'node:vm';
import { describe, expect, test } from 'vitest';
import { START, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';

function foreign<Value>(source: string): Value {
  return vm.runInNewContext(source);
}

const date: Date = foreign(`new Date(${START * 1000 + 5000})`);

describe.each(engineNames)('on the %s engine', (engine) => {
  test('a Date of another realm is a timestamp', async () => {
    const { stats, reporter } = startClient(engine);
    expect(date instanceof Date).toBe(false);
    stats.gauge('x', 1, { timestamp: date });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ points: [[START, 1]] }]);
  });

  test('a Date of another realm is the date of an event', async () => {
    const { stats, reporter } = startClient(engine);
    stats.event('title', 'text', { dateHappened: date });
    await stats.flush();
    expect(reporter.events).toMatchObject([{ date_happened: START + 5 }]);
  });

  test('a flush takes a Date of another realm', async () => {
    const { stats, errors } = startClient(engine);
    stats.gauge('x', 1, { timestamp: START - 10 });
    expect(await stats.flush(date)).toMatchObject({ metrics: 1 });
    expect(errors).toEqual([]);
  });

  test('an error of another realm that a reporter throws is told with its message', async () => {
    const thrown: Error = foreign("new RangeError('no room')");
    const fail = (): never => {
      throw thrown;
    };
    const reporter = { flushMetrics: fail, flushDistributions: fail, flushEvents: fail };
    const { stats, errors } = startClient(engine, { reporter });
    stats.gauge('x', 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_REPORTER', message: "The reporter threw 'no room'", cause: thrown }]);
  });
});
