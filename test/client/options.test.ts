import { inspect } from 'node:util';
import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { resolveOptions, type ThreadStatsOptions } from '../../src/client/options.js';

const reporter = { flushMetrics() {}, flushDistributions() {}, flushEvents() {} };

/** Resolves options in an empty environment, unless another is given. */
const resolve = (options?: ThreadStatsOptions, env = {}) => resolveOptions(options, env);

describe('the options of a client', () => {
  it('have these defaults', () => {
    // test/client/default-host.test.ts tests the host.
    const { http, seed, host: _host, ...settings } = resolve();
    expect(settings).toEqual({
      namespace: '',
      constantTags: [],
      device: null,
      reporter: undefined,
      engine: 'auto',
      percentiles: [
        { fraction: 0.75, suffix: '75percentile' },
        { fraction: 0.85, suffix: '85percentile' },
        { fraction: 0.95, suffix: '95percentile' },
        { fraction: 0.99, suffix: '99percentile' },
      ],
      aggregates: ['min', 'max', 'count', 'avg'],
      counterType: 'rate',
      maxContexts: 100_000,
      maxMemoryBytes: 268_435_456,
      onError: undefined,
      strict: false,
      clock: undefined,
      normalize: true,
      isDisabled: false,
      selfMetrics: false,
    });
    expect(http.baseUrl).toBe('https://api.datadoghq.com');
    expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
  });

  it('count as not given if they are undefined', () => {
    const names = ['namespace', 'constantTags', 'reporter', 'engine', 'percentiles', 'maxContexts', 'onError', 'clock', 'apiKey'];
    const { seed, ...settings } = resolve(Object.fromEntries(names.map((name) => [name, undefined])));
    const { seed: _seed, ...defaults } = resolve({});
    expect(settings).toEqual(defaults);
  });

  it('are all accepted', () => {
    const onError = () => {};
    const clock = () => 0;
    const { http, ...settings } = resolve({
      namespace: 'shop',
      constantTags: { team: 'core', tier: 1 },
      host: 'web-1',
      device: 'sda',
      apiKey: 'secret0123',
      site: 'datadoghq.eu',
      apiVersion: 'v1',
      compression: 'gzip',
      timeout: 3,
      engine: 'js',
      percentiles: [0.999],
      aggregates: ['sum'],
      counterType: 'count',
      maxContexts: 16_777_215,
      maxMemoryBytes: 4_194_304,
      onError,
      strict: true,
      clock,
      seed: 4_294_967_295,
      normalize: false,
      selfMetrics: true,
    });
    expect(settings).toEqual({
      namespace: 'shop',
      constantTags: ['team:core', 'tier:1'],
      host: 'web-1',
      device: 'sda',
      reporter: undefined,
      engine: 'js',
      percentiles: [{ fraction: 0.999, suffix: '99_9percentile' }],
      aggregates: ['sum'],
      counterType: 'count',
      maxContexts: 16_777_215,
      maxMemoryBytes: 4_194_304,
      onError,
      strict: true,
      clock,
      seed: 4_294_967_295,
      normalize: false,
      isDisabled: false,
      selfMetrics: true,
    });
    expect(http).toMatchObject({ baseUrl: 'https://api.datadoghq.eu', apiVersion: 'v1' });
    expect(http.secrets().apiKey).toBe('secret0123');
    expect(resolve({ reporter }).reporter).toBe(reporter);
  });

  it('turn the aggregate median into a percentile', () => {
    const { aggregates, percentiles } = resolve({ aggregates: ['median', 'max'], percentiles: [0.9] });
    expect(aggregates).toEqual(['max']);
    expect(percentiles.map(({ suffix }) => suffix)).toEqual(['median', '90percentile']);
    expect(resolve({ aggregates: [] }).aggregates).toEqual([]);
  });

  it('are copied, so that the caller may change its arrays', () => {
    const constantTags = ['a:1'];
    const aggregates: ThreadStatsOptions['aggregates'] & unknown[] = ['sum'];
    const settings = resolve({ constantTags, aggregates, normalize: false });
    constantTags.push('b:2');
    aggregates.push('max');
    expect(settings.constantTags).toEqual(['a:1']);
    expect(settings.aggregates).toEqual(['sum']);
  });

  it('have a random seed for each client', () => {
    expect(new Set(Array.from({ length: 10 }, () => resolve().seed)).size).toBeGreaterThan(1);
  });
});

describe('the environment', () => {
  it('has tags that are normalised, and left out if nothing remains, unless normalize is false', () => {
    const env = { DD_TAGS: 'Région:Été,42', DD_SERVICE: 'My App' };
    expect(resolve({ constantTags: ['Team:Core'] }, env).constantTags).toEqual(['team:core', 'région:été', 'service:my_app']);
    expect(resolve({ constantTags: ['Team:Core'], normalize: false }, env).constantTags).toEqual([
      'Team:Core',
      'Région:Été',
      '42',
      'service:My App',
    ]);
  });

  it('selects the engine, unless the option does', () => {
    expect(resolve({}, { THREADSTATS_ENGINE: 'js' }).engine).toBe('js');
    expect(resolve({}, { THREADSTATS_ENGINE: ' wasm ' }).engine).toBe('wasm');
    expect(resolve({}, { THREADSTATS_ENGINE: '' }).engine).toBe('auto');
    expect(resolve({ engine: 'auto' }, { THREADSTATS_ENGINE: 'js' }).engine).toBe('auto');
    expect(resolve({ engine: 'js' }, { THREADSTATS_ENGINE: 'fast' }).engine).toBe('js');
    expect(() => resolve({}, { THREADSTATS_ENGINE: 'fast' })).toThrow(
      new RangeError("The environment variable THREADSTATS_ENGINE is 'fast'; accepted is one of 'auto', 'wasm', 'js'"),
    );
  });

  it('configures the default reporter, but is not read for a reporter of the application', () => {
    const { http } = resolve({}, { DD_API_KEY: 'secret0123', DD_SITE: 'us3.datadoghq.com' });
    expect(http.baseUrl).toBe('https://api.us3.datadoghq.com');
    expect(http.secrets().apiKey).toBe('secret0123');
    expect(() => resolve({}, { DD_SITE: '/etc' })).toThrow('DD_SITE');
    expect(resolve({ reporter }, { DD_SITE: '/etc' }).reporter).toBe(reporter);
    expect(() => resolve({ reporter, site: '/etc' })).toThrow('`site`');
  });
});

describe('the namespace', () => {
  it.each([
    ['shop.', 'shop'],
    ['shop...', 'shop'],
    ['shop.cart', 'shop.cart'],
    ['...', ''],
  ])('%j is the prefix %j, before one dot', (namespace, expected) => {
    expect(resolve({ namespace }).namespace).toBe(expected);
  });
});

describe('a client that the environment disables', () => {
  it.each([
    [{ DD_METRICS_ENABLED: 'false' }, true],
    [{ DD_METRICS_ENABLED: ' NO ' }, true],
    [{ DD_METRICS_ENABLED: '0' }, true],
    [{ DD_METRICS_ENABLED: 'true' }, false],
    [{ DD_METRICS_ENABLED: '' }, false],
    [{ DD_DOGSTATSD_DISABLE: 'True' }, true],
    [{ DD_DOGSTATSD_DISABLE: '1' }, true],
    [{ DD_DOGSTATSD_DISABLE: 'false' }, false],
    [{ DD_DOGSTATSD_DISABLE: 'maybe' }, false],
  ])('has %j: %j', (env, isDisabled) => {
    expect(resolve({}, env).isDisabled).toBe(isDisabled);
  });

  it('needs a variable that is true or false', () => {
    expect(() => resolve({}, { DD_METRICS_ENABLED: 'nope' })).toThrow(
      new RangeError(
        "The environment variable DD_METRICS_ENABLED is 'nope'; accepted is one of 'true', '1', 'yes', 'on', 'false', '0', 'no', 'off'",
      ),
    );
  });
});

describe('a bad option', () => {
  it.each([
    [{ namespace: 1 }, 'The option `namespace` is 1; accepted is a string'],
    [{ host: null }, 'The option `host` is null; accepted is a string of at most 253 characters without NUL'],
    [{ device: {} }, 'The option `device` is an object; accepted is a string'],
    [
      { constantTags: 'a:1' },
      "The option `constantTags` is 'a:1'; accepted is an array of strings, or a plain object of strings, numbers and booleans",
    ],
    [{ constantTags: ['a', 7] }, 'The option `constantTags[1]` is 7; accepted is a string'],
    [
      { constantTags: { a: [] } },
      'The option `constantTags` is an object; accepted is an array of strings, or a plain object of strings, numbers and booleans',
    ],
    [
      { reporter: 'http' },
      "The option `reporter` is 'http'; accepted is an object with the methods flushMetrics, flushDistributions and flushEvents",
    ],
    [{ reporter: { ...reporter, flushEvents: 1 } }, 'The option `reporter.flushEvents` is 1; accepted is a function'],
    [{ reporter: { ...reporter, close: true } }, 'The option `reporter.close` is true; accepted is a function'],
    [{ engine: true }, "The option `engine` is true; accepted is one of 'auto', 'wasm', 'js'"],
    [{ percentiles: 0.5 }, 'The option `percentiles` is 0.5; accepted is an array of numbers from 0 to 1'],
    [
      { aggregates: 'max' },
      "The option `aggregates` is 'max'; accepted is an array, each element one of 'min', 'max', 'count', 'avg', 'sum', 'median'",
    ],
    [{ aggregates: [1] }, "The option `aggregates[0]` is 1; accepted is one of 'min', 'max', 'count', 'avg', 'sum', 'median'"],
    [{ counterType: 1 }, "The option `counterType` is 1; accepted is one of 'rate', 'count'"],
    [{ maxContexts: 10n }, 'The option `maxContexts` is a bigint; accepted is an integer from 1 to 16777215'],
    [{ maxMemoryBytes: '1GB' }, "The option `maxMemoryBytes` is '1GB'; accepted is an integer from 4194304 to 4294901760"],
    [{ onError: null }, 'The option `onError` is null; accepted is a function'],
    [{ strict: 1 }, 'The option `strict` is 1; accepted is true or false'],
    [{ clock: 0 }, 'The option `clock` is 0; accepted is a function'],
    [{ seed: 'seed' }, "The option `seed` is 'seed'; accepted is an integer from 0 to 4294967295"],
    [{ selfMetrics: 1 }, 'The option `selfMetrics` is 1; accepted is true or false'],
    [{ normalize: 'no' }, "The option `normalize` is 'no'; accepted is true or false"],
    [{ host: Symbol('h') }, 'The option `host` is a symbol; accepted is a string of at most 253 characters without NUL'],
    [{ host: () => 'h' }, 'The option `host` is a function; accepted is a string of at most 253 characters without NUL'],
  ])('of a wrong type is a TypeError that names it, its value and what is accepted: %o', (options, message) => {
    expect(() => resolve(options as never)).toThrow(new TypeError(message));
  });

  it.each([
    [{ constantTags: ['a', '42'] }, "The option `constantTags` is '42'; accepted is tags with at least one letter"],
    [{ engine: 'fast' }, "The option `engine` is 'fast'; accepted is one of 'auto', 'wasm', 'js'"],
    [{ percentiles: [95] }, 'The option `percentiles[0]` is 95; accepted is a number from 0 to 1'],
    [
      { aggregates: ['mean'] },
      "The option `aggregates[0]` is 'mean'; accepted is one of 'min', 'max', 'count', 'avg', 'sum', 'median'",
    ],
    [{ aggregates: ['max', 'min', 'max'] }, "The option `aggregates[2]` is 'max'; accepted is each aggregate only once"],
    [{ counterType: 'gauge' }, "The option `counterType` is 'gauge'; accepted is one of 'rate', 'count'"],
    [{ maxContexts: 0 }, 'The option `maxContexts` is 0; accepted is an integer from 1 to 16777215'],
    [{ maxContexts: 16_777_216 }, 'The option `maxContexts` is 16777216; accepted is an integer from 1 to 16777215'],
    [{ maxContexts: 1.5 }, 'The option `maxContexts` is 1.5; accepted is an integer from 1 to 16777215'],
    [{ maxMemoryBytes: 4_194_303 }, 'The option `maxMemoryBytes` is 4194303; accepted is an integer from 4194304 to 4294901760'],
    [{ maxMemoryBytes: 2 ** 32 }, 'The option `maxMemoryBytes` is 4294967296; accepted is an integer from 4194304 to 4294901760'],
    [{ seed: -1 }, 'The option `seed` is -1; accepted is an integer from 0 to 4294967295'],
    [{ seed: 2 ** 32 }, 'The option `seed` is 4294967296; accepted is an integer from 0 to 4294967295'],
  ])('of a wrong value is a RangeError that names it, its value and what is accepted: %o', (options, message) => {
    expect(() => resolve(options as never)).toThrow(new RangeError(message));
  });

  it('that does not exist is named, and the options that exist are listed', () => {
    expect(() => resolve({ everySeconds: 15 } as never)).toThrow(TypeError);
    expect(() => resolve({ everySeconds: 15 } as never)).toThrow(
      /^ThreadStats has no option 'everySeconds'; its options are namespace, constantTags, host, .*, normalize, .*, apiKey, /,
    );
  });

  it.each([
    ['apikey', "did you mean 'apiKey'?"],
    ['api_key', "did you mean 'apiKey'?"],
    ['constant-tags', "did you mean 'constantTags'?"],
    ['maxContext', "did you mean 'maxContexts'?"],
    ['flushInterval', "did you mean the option 'flushInterval' of start?"],
    ['flush_interval', "did you mean the option 'flushInterval' of start?"],
    // As other clients name them.
    ['prefix', "did you mean 'namespace'?"],
    ['globalTags', "did you mean 'constantTags'?"],
    ['defaultTags', "did you mean 'constantTags'?"],
    ['tags', "did you mean 'constantTags'?"],
    ['errorHandler', "did you mean 'onError'?"],
    ['agent', "did you mean 'dispatcher'?"],
    ['flushIntervalSeconds', "did you mean the option 'flushInterval' of start?"],
  ])('that does not exist gets a hint if it is similar to another one: %s', (name, hint) => {
    expect(() => resolve({ [name]: 'secret0123' } as never)).toThrow(
      `ThreadStats has no option '${name}' (${hint}); its options are`,
    );
  });

  it('that only a sample or a handle has gets no hint, as nothing here would do the same', () => {
    expect(() => resolve({ sampleRate: 0.5 } as never)).toThrow("ThreadStats has no option 'sampleRate'; its options are");
  });

  it('that does not exist gets no hint if nothing is similar', () => {
    expect(() => resolve({ interval: 15 } as never)).toThrow("ThreadStats has no option 'interval'; its options are");
  });

  it.each<[string, () => object]>([
    ['a Map', () => new Map([['namespace', 'shop']])],
    ['a Set', () => new Set()],
    ['a Date', () => new Date()],
    ['a promise', () => Promise.resolve({ namespace: 'shop' })],
    ['an error', () => new Error('no configuration')],
    ['a Map of another realm', () => vm.runInNewContext('new Map()')],
  ])('is none if %s stands in place of the options object', (_, make) => {
    expect(() => resolve(make() as never)).toThrow(
      new TypeError('The options of ThreadStats must be an object of options, not a Map, Date, promise or the like'),
    );
  });

  it('may be a field, or a getter of the class, of an instance', () => {
    class Configuration {
      namespace = 'shop';
      get host(): string {
        return 'web-1';
      }
      readonly [Symbol.toStringTag] = 'Configuration';
    }
    expect(resolve(new Configuration())).toMatchObject({ namespace: 'shop', host: 'web-1' });
    expect(resolve(Object.assign(Object.create(null), { namespace: 'shop' }))).toMatchObject({ namespace: 'shop' });
    expect(resolve(vm.runInNewContext("({ namespace: 'shop' })"))).toMatchObject({ namespace: 'shop' });
  });

  it.each([[null], [['a']], [7], ['secret0123'], [() => {}]])(
    'is not shown if it stands in place of the options object: %o',
    (options) => {
      expect(() => resolve(options as never)).toThrow(TypeError);
      expect(() => resolve(options as never)).toThrow(/^The options of ThreadStats must be an object, not (?!.*secret)/);
    },
  );

  it('is shown on one line, and is cut if it is long', () => {
    const shown = (options: object) => {
      try {
        resolve(options as never);
      } catch (error) {
        return (error as Error).message;
      }
      return undefined;
    };
    const message = shown({ engine: `${'x'.repeat(1000)}\n` })!;
    expect(message.length).toBeLessThan(200);
    expect(shown({ engine: 'a\nb' })).not.toContain('\n');
    expect(shown({ ['x'.repeat(1000)]: 1 })!.length).toBeLessThan(600);
  });
});

describe('the API key', () => {
  it('appears neither in errors nor in printed settings', () => {
    const apiKey = 'secret0123';
    const bad: object[] = [
      { apiKey, nothing: apiKey },
      { apiKey, host: { apiKey } },
      { reporter: Object.assign(() => {}, { apiKey }) },
      { apiKey: [apiKey] },
      { apiKey: { toString: () => apiKey } },
      { apiKey: `${apiKey}\n€` },
    ];
    for (const options of bad) {
      let message = '';
      try {
        resolve(options as never);
      } catch (error) {
        message = inspect(error, { depth: 9, showHidden: true });
      }
      expect(message).toMatch(/(Type|Range)Error: /);
      expect(message).not.toContain(apiKey);
    }
    expect(inspect(resolve({ apiKey }), { depth: 9, showHidden: true })).not.toContain(apiKey);
    expect(JSON.stringify(resolve({ apiKey }))).not.toContain(apiKey);
  });
});
