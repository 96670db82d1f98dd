import { afterEach, describe, expect, test, vi } from 'vitest';
import { ThreadStats } from '../../src/index.js';
import { makeClient, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

const hasWebAssembly = typeof WebAssembly !== 'undefined';

describe('the engine', () => {
  test('is wasm by default where WebAssembly is available', () => {
    const expected = hasWebAssembly ? 'wasm' : 'js';
    expect(new ThreadStats().engineName).toBe(expected);
    expect(new ThreadStats({ engine: 'auto' }).engineName).toBe(expected);
  });

  test.each(engineNames)('is %s if the option says so', (engine) => {
    expect(new ThreadStats({ engine }).engineName).toBe(engine);
  });

  test.each(engineNames)('is %s if the environment says so, unless the option says otherwise', (engine) => {
    vi.stubEnv('THREADSTATS_ENGINE', engine);
    expect(new ThreadStats().engineName).toBe(engine);
    expect(new ThreadStats({ engine: 'js' }).engineName).toBe('js');
  });

  test('is an error if the option or the environment asks for one that cannot run', () => {
    if (hasWebAssembly) return;
    expect(() => new ThreadStats({ engine: 'wasm' })).toThrow(/WebAssembly/);
    vi.stubEnv('THREADSTATS_ENGINE', 'wasm');
    expect(() => new ThreadStats()).toThrow(/WebAssembly/);
  });

  test('is an error if the environment asks for one that does not exist', () => {
    vi.stubEnv('THREADSTATS_ENGINE', 'rust');
    expect(() => new ThreadStats()).toThrow(/THREADSTATS_ENGINE is 'rust'; accepted is one of 'auto', 'wasm', 'js'/);
  });
});

test('a bad option throws at once, and its message does not contain the API key', () => {
  const apiKey = '0123456789abcdef0123456789abcdef';
  expect(() => new ThreadStats({ apiKey, maxContexts: 0 })).toThrow(RangeError);
  expect(() => new ThreadStats({ apiKey, maxContexts: 0 })).toThrow(
    /^The option `maxContexts` is 0; accepted is an integer from 1 to 16777215$/,
  );
  expect(() => new ThreadStats({ apiKey, apikey: apiKey } as object)).toThrow(TypeError);
  for (const options of [apiKey, { apiKey: [apiKey] }, { apiKey: `${apiKey}\n${apiKey}` }, { apikey: apiKey }]) {
    expect(() => new ThreadStats(options as object)).toThrow(/^((?!0123456789abcdef0).)*$/);
  }
});

test('a maxMemoryBytes that is too small for maxContexts is an error that names both', () => {
  for (const engine of engineNames) {
    const options = { engine, maxContexts: 16_777_215, maxMemoryBytes: 4_194_304 };
    expect(() => new ThreadStats(options)).toThrow(RangeError);
    expect(() => new ThreadStats(options)).toThrow(/maxMemoryBytes.*4194304.*contexts/);
  }
});

describe.each(engineNames)('on the %s engine', (engine) => {
  async function rowsOf(options: ConstructorParameters<typeof ThreadStats>[0], device?: string) {
    const { stats, reporter } = startClient(engine, options, { device });
    stats.gauge('users', 1);
    stats.distribution('latency', 2);
    stats.event('deployed', 'by hand');
    await stats.flush(Number.POSITIVE_INFINITY);
    const { metrics, distributions, events } = reporter;
    return { metric: metrics[0], distribution: distributions[0], event: events[0] };
  }

  test('rows have no namespace, host, device or tags by default', async () => {
    const { metric, distribution, event } = await rowsOf({});
    const common = { host: null, device: null, tags: [], interval: 10 };
    expect(metric).toEqual({ metric: 'users', points: [[1_000_000_000, 1]], type: 'gauge', ...common });
    expect(distribution).toEqual({ metric: 'latency', points: [[1_000_000_000, [2]]], type: 'distribution', ...common });
    expect(event).toEqual({ title: 'deployed', text: 'by hand' });
  });

  test('every row has the namespace, host, device and constant tags', async () => {
    const options = { namespace: 'shop', host: 'web-1', device: 'sda', constantTags: { team: 'core', shard: 3 } };
    const { metric, distribution, event } = await rowsOf(options);
    const common = { host: 'web-1', device: 'sda', tags: ['team:core', 'shard:3'] };
    expect(metric).toMatchObject({ metric: 'shop.users', ...common });
    expect(distribution).toMatchObject({ metric: 'shop.latency', ...common });
    expect(event).toEqual({ title: 'deployed', text: 'by hand', host: 'web-1', tags: ['team:core', 'shard:3'] });
  });

  test('the device of start overrides the one of the constructor, and may be none', async () => {
    expect((await rowsOf({ device: 'sda' }, 'sdb')).metric.device).toBe('sdb');
    expect((await rowsOf({ device: 'sda' }, '')).distribution.device).toBe(null);
    expect((await rowsOf({}, 'sdb')).distribution.device).toBe('sdb');
  });

  test('tags of the environment are added to the constant tags, and each appears once', async () => {
    vi.stubEnv('DATADOG_TAGS', 'Region:EU, zone:a,team:core');
    vi.stubEnv('DD_TAGS', 'ignored:yes');
    vi.stubEnv('DD_ENV', 'prod');
    vi.stubEnv('DD_SERVICE', 'checkout');
    vi.stubEnv('DD_VERSION', '1.2.3');
    const expected = ['team:core', 'region:eu', 'zone:a', 'env:prod', 'service:checkout', 'version:1.2.3'];
    const { metric, distribution, event } = await rowsOf({ constantTags: ['team:core'] });
    for (const row of [metric, distribution, event]) expect(row.tags).toEqual(expected);
  });

  test('DD_TAGS is used if DATADOG_TAGS is not set', async () => {
    vi.stubEnv('DD_TAGS', 'region:us');
    expect((await rowsOf({})).metric.tags).toEqual(['region:us']);
  });

  test('later changes of the options or the environment have no effect', async () => {
    vi.stubEnv('DD_ENV', 'prod');
    const constantTags = ['team:core'];
    const options = { constantTags, namespace: 'shop' };
    const { stats, reporter } = makeClient(engine, options);
    vi.stubEnv('DD_ENV', 'test');
    constantTags.push('late:yes');
    options.namespace = 'late';
    stats.start({ flushMode: 'manual' });
    stats.gauge('users', 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ metric: 'shop.users', tags: ['team:core', 'env:prod'] }]);
  });
});
