import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type HttpReporterOptions, resolveHttpOptions } from '../../src/http/options.js';

const KEY = '0123456789abcdef0123456789abcdef';

const keyOf = (): string => KEY;

function refusal(options: unknown, environment: Record<string, string> = {}): Error {
  try {
    resolveHttpOptions(options as HttpReporterOptions, environment);
  } catch (error) {
    return error as Error;
  }
  throw new Error('The options were accepted');
}

test('without options and environment the defaults apply', () => {
  const settings = resolveHttpOptions({}, {});
  expect({ ...settings }).toEqual({
    baseUrl: 'https://api.datadoghq.com',
    apiVersion: 'v2',
    compression: undefined,
    timeoutMilliseconds: 10_000,
    maxQueueBytes: 2 ** 24,
    spool: undefined,
  });
  expect(settings.secrets().apiKey).toBeUndefined();
  expect(settings.secrets().proxy).toBeUndefined();
});

test('the environment is process.env unless another one is given', () => {
  process.env.DD_SITE = 'from-process.example';
  try {
    expect(resolveHttpOptions().baseUrl).toBe('https://api.from-process.example');
  } finally {
    delete process.env.DD_SITE;
  }
});

describe('the API key', () => {
  test.each([
    [{ apiKey: 'option' }, { DD_API_KEY: 'dd' }, 'option'],
    [{}, { DD_API_KEY: 'dd', DATADOG_API_KEY: 'datadog' }, 'dd'],
    [{}, { DATADOG_API_KEY: 'datadog' }, 'datadog'],
    [{}, { DD_API_KEY: '', DATADOG_API_KEY: 'datadog' }, 'datadog'],
    [{}, { DD_API_KEY: `${KEY}\n` }, KEY],
    [{ apiKey: '' }, { DD_API_KEY: 'dd' }, undefined],
    [{ apiKey: ' ' }, {}, undefined],
    [{ apiKey: undefined }, {}, undefined],
  ])('for options %j and environment %j is %s', (options, environment, expected) => {
    expect(resolveHttpOptions(options, environment as Record<string, string>).secrets().apiKey).toBe(expected);
  });

  test.each([[{ apiKey: `${KEY}\u00e9` }], [{ apiKey: `a b${KEY}` }], [{ apiKey: `${KEY}\r\nX: y` }]])(
    'is refused without being shown if a header cannot carry it (%#)',
    (options) => {
      const error = refusal(options);
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toContain('`apiKey`');
      expect(inspect(error)).not.toContain(KEY);
    },
  );

  test('is refused without being shown if it has the wrong type', () => {
    const error = refusal({ apiKey: [KEY] });
    expect(error).toBeInstanceOf(TypeError);
    expect(inspect(error)).not.toContain(KEY);
  });

  test('is refused with the name of its variable', () => {
    expect(refusal({}, { DD_API_KEY: `${KEY} x` }).message).toMatch(/^The environment variable DD_API_KEY holds characters/);
  });

  test('is not shown when settings are printed', () => {
    const settings = resolveHttpOptions({ apiKey: KEY }, {});
    expect(settings.secrets().apiKey).toBe(KEY);
    expect(inspect(settings, { depth: null, showHidden: true, getters: false }) + JSON.stringify(settings)).not.toContain(KEY);
  });
});

describe('the base URL', () => {
  test.each([
    [{ site: 'datadoghq.eu' }, {}, 'https://api.datadoghq.eu'],
    [{ site: 'app.datadoghq.eu' }, {}, 'https://api.datadoghq.eu'],
    [{ site: 'US5.datadoghq.com' }, {}, 'https://api.us5.datadoghq.com'],
    [{ site: 'intake.local:8443' }, {}, 'https://api.intake.local:8443'],
    [{}, { DD_SITE: 'ddog-gov.com', DATADOG_SITE: 'x.com' }, 'https://api.ddog-gov.com'],
    [{}, { DATADOG_SITE: 'ap1.datadoghq.com' }, 'https://api.ap1.datadoghq.com'],
    [{ site: 'a.com' }, { DD_SITE: 'b.com' }, 'https://api.a.com'],
    [{ url: 'http://127.0.0.1:8428/datadog/' }, {}, 'http://127.0.0.1:8428/datadog'],
    [{ url: 'https://Example.COM' }, {}, 'https://example.com'],
    [{ url: 'http://[::1]:80/a/b//' }, {}, 'http://[::1]/a/b'],
    [{ url: 'http://a.example', site: 'b.com' }, {}, 'http://a.example'],
    [{}, { DD_URL: 'http://a.example', DATADOG_HOST: 'http://b.example' }, 'http://a.example'],
    [{ site: 'b.com' }, { DATADOG_HOST: 'http://a.example' }, 'http://a.example'],
  ])('for options %j and environment %j is %s', (options, environment, expected) => {
    expect(resolveHttpOptions(options, environment as Record<string, string>).baseUrl).toBe(expected);
  });

  test.each(['a/b', 'https://datadoghq.com', 'user@host', 'x y', '', 'app.', 'a:b:c', 'datadoghq.com?x=1', 'a\nb'])(
    'cannot be made of the site %j',
    (site) => {
      expect(refusal({ site })).toBeInstanceOf(RangeError);
      expect(refusal({ site }).message).toMatch(/^The option `site` is '.*'; accepted is a host name/);
      if (site !== '') expect(refusal({}, { DATADOG_SITE: site }).message).toMatch(/^The environment variable DATADOG_SITE is /);
    },
  );

  test.each([
    ['datadoghq.com', 'a whole URL'],
    ['//datadoghq.com', 'a whole URL'],
    ['', 'a whole URL'],
    ['ftp://datadoghq.com', 'an http or https URL'],
    ['file:///etc/passwd', 'an http or https URL'],
    ['http://a.example/?api_key=hunter2', 'a URL without a query or fragment'],
    ['http://a.example/#hunter2', 'a URL without a query or fragment'],
    ['https://user:hunter2@a.example', 'a URL without credentials'],
    ['https://hunter2@a.example', 'a URL without credentials'],
    ['https://user:hu#hunter2@a.example', 'a whole URL'],
    ['user:hunter2@a.example', 'an http or https URL'],
  ])('cannot be %j, because accepted is %s', (url, accepted) => {
    const error = refusal({ url });
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain(`accepted is ${accepted}`);
    expect(inspect(error)).not.toContain('hunter2');
    if (url !== '') expect(refusal({}, { DATADOG_HOST: url }).message).toMatch(/^The environment variable DATADOG_HOST is /);
  });

  test('decides which proxy is used', () => {
    const environment = { HTTPS_PROXY: 'http://proxy.example:3128' };
    expect(resolveHttpOptions({}, environment).secrets().proxy?.url.host).toBe('proxy.example:3128');
    expect(resolveHttpOptions({ url: 'http://a.example' }, environment).secrets().proxy).toBeUndefined();
  });
});

describe('other options', () => {
  test.each([
    [{ apiVersion: 'v1' }, { apiVersion: 'v1' }],
    [{ compression: 'gzip' }, { compression: 'gzip' }],
    [{ timeout: 0.25 }, { timeoutMilliseconds: 250 }],
    [{ timeout: 3600 }, { timeoutMilliseconds: 3_600_000 }],
    [{ maxQueueBytes: 0 }, { maxQueueBytes: 0 }],
    [{ maxSpoolBytes: 4096 }, { spool: undefined }],
    [
      { spoolDirectory: 'somewhere/spool', url: 'https://a.example/path/', timeout: 5 },
      {
        spool: {
          directory: resolve('somewhere/spool'),
          maxBytes: 2 ** 26,
          intake: 'https://a.example/path',
          claimMilliseconds: 70_000,
        },
      },
    ],
    [{ spoolDirectory: '/spool', maxSpoolBytes: 0 }, { spool: { directory: resolve('/spool'), maxBytes: 0 } }],
  ] as [HttpReporterOptions, object][])('%j is accepted', (options, expected) => {
    expect(resolveHttpOptions(options, {})).toMatchObject(expected);
  });

  test('a function is accepted as the API key', () => {
    expect(resolveHttpOptions({ apiKey: keyOf }, {}).secrets().apiKey).toBe(keyOf);
  });

  test.each([
    [{ apiVersion: 'v3' }, RangeError, "The option `apiVersion` is 'v3'; accepted is one of 'v2', 'v1'"],
    [{ apiVersion: 2 }, TypeError, 'The option `apiVersion` is 2'],
    [{ compression: 'zstd' }, RangeError, "The option `compression` is 'zstd'; accepted is one of 'gzip', 'deflate', 'none'"],
    [{ compression: null }, TypeError, 'The option `compression` is null'],
    [{ timeout: null }, TypeError, 'The option `timeout` is null'],
    [{ url: null }, TypeError, 'The option `url` is null; accepted is a string'],
    [{ timeout: '5' }, TypeError, "The option `timeout` is '5'; accepted is a number of seconds above 0 and up to 3600"],
    [{ timeout: 0 }, RangeError, 'The option `timeout` is 0'],
    [{ timeout: -1 }, RangeError, 'The option `timeout` is -1'],
    [{ timeout: Number.NaN }, RangeError, 'The option `timeout` is NaN'],
    [{ timeout: 3601 }, RangeError, 'The option `timeout` is 3601'],
    [{ maxQueueBytes: '1' }, TypeError, "The option `maxQueueBytes` is '1'; accepted is an integer from 0"],
    [{ maxQueueBytes: -1 }, RangeError, 'The option `maxQueueBytes` is -1'],
    [{ spoolDirectory: '' }, RangeError, "The option `spoolDirectory` is ''; accepted is the path of a directory"],
    [{ spoolDirectory: null }, TypeError, 'The option `spoolDirectory` is null; accepted is a string'],
    [{ maxSpoolBytes: 2 ** 30 + 1 }, RangeError, 'The option `maxSpoolBytes` is 1073741825; accepted is an integer from 0 to'],
    [{ maxSpoolBytes: '1' }, TypeError, "The option `maxSpoolBytes` is '1'"],
    [
      { site: 'eu' },
      RangeError,
      "The option `site` is 'eu'; accepted is a host name with a dot, like datadoghq.com or datadoghq.eu",
    ],
    [{ site: 'app.us5' }, RangeError, "The option `site` is 'app.us5'; accepted is a host name with a dot"],
    [{ site: 'eu.' }, RangeError, "The option `site` is 'eu.'"],
    [{ site: '.eu' }, RangeError, "The option `site` is '.eu'"],
    [{ site: 42 }, TypeError, 'The option `site` is 42; accepted is a string'],
    [{ url: new URL('http://a.example') }, TypeError, 'The option `url` is an object'],
    [{ apiKey: 42 }, TypeError, 'The option `apiKey` is a number; accepted is a string'],
  ])('%j is refused', (options, type, message) => {
    expect(refusal(options)).toBeInstanceOf(type);
    expect(refusal(options).message).toContain(message);
  });
});
