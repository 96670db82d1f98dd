import { describe, expect, test } from 'vitest';
import { START, startClient, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';

const PAIRS = engineNames.flatMap((one) => engineNames.map((two) => [one, two] as const));

describe.each(PAIRS)('clients on the %s engine and on the %s engine', (oneEngine, twoEngine) => {
  test('do not affect each other', async () => {
    const one = startClient(oneEngine, { namespace: 'one', counterType: 'count', maxContexts: 2 }, { rollUpInterval: 5 });
    const two = startClient(twoEngine, { namespace: 'two', constantTags: ['two'], strict: true }, { rollUpInterval: 20 });
    const handles = [one, two].map(({ stats }) => stats.createDistribution('d'));
    for (let i = 0; i < 10_000; i++) {
      one.stats.increment('c', 1, ['a']);
      two.stats.increment('c', 2, ['a']);
      for (const handle of handles) handle.record(i);
    }
    one.stats.gauge('dropped', 1);
    two.stats.gauge('c', 1);
    const flush = one.stats.flush(Number.POSITIVE_INFINITY);
    expect(await two.stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 2, distributions: 1 });
    expect(await flush).toMatchObject({ metrics: 1, distributions: 1 });
    expect(valuesOf(one.reporter)).toEqual({ 'one.c': [10_000] });
    expect(valuesOf(two.reporter)).toEqual({ 'two.c': [1000, 1] });
    expect(one.reporter.distributions).toMatchObject([{ metric: 'one.d', tags: [], interval: 5 }]);
    expect(two.reporter.distributions).toMatchObject([{ metric: 'two.d', tags: ['two'], interval: 20 }]);
    expect(one.reporter.distributions[0].points).toEqual(two.reporter.distributions[0].points);
    expect(one.errors).toMatchObject([{ code: 'ERR_THREADSTATS_SAMPLE_CONTEXT_LIMIT' }]);
    expect(two.errors).toMatchObject([{ code: 'ERR_THREADSTATS_TWO_KINDS' }]);
    expect(one.stats.telemetry).toMatchObject({ samples: 20_001, applied: 20_000, contexts: 2 });
    expect(two.stats.telemetry).toMatchObject({ samples: 20_001, applied: 20_001, contexts: 3 });
  });

  test('are stopped separately, even if they share a reporter', async () => {
    const one = startClient(oneEngine);
    const two = startClient(twoEngine, { reporter: one.reporter });
    one.stats.gauge('g', 1);
    two.stats.gauge('g', 2);
    await one.stats.stop();
    two.stats.gauge('g', 3);
    await two.stats.flush(START + 10);
    expect(valuesOf(one.reporter)).toEqual({ g: [1, 3] });
  });
});
