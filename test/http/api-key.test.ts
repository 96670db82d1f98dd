import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ApiKey } from '../../src/http/api-key.js';
import { startIntake } from '../../src/intake/index.js';
import { deferred, thrower } from '../support/client.js';
import { HOSTILE } from '../support/odd-values.js';
import { useQuickRetries } from './support/quick-retries.js';
import { failureOf, reporterTo } from './support/reporter.js';
import { metric } from './support/rows.js';

useQuickRetries();

const OLD = 'old0123456789abcdef';
const NEW = 'new0123456789abcdef';

describe('an API key function', () => {
  test('is called once, before the first request', async () => {
    await using intake = await startIntake({ apiKey: OLD });
    let asked = 0;
    const apiKey = async () => {
      asked++;
      return ` ${OLD}\n`;
    };
    const reporter = reporterTo(intake.url, { apiKey });
    expect(asked).toBe(0);
    await Promise.all([reporter.flushMetrics([metric()]), reporter.flushMetrics([metric()])]);
    expect(asked).toBe(1);
    expect(intake.metrics).toHaveLength(2);
  });

  test('is called again when the key is refused, and the refused rows are sent with the new key at once', async () => {
    await using intake = await startIntake({ apiKey: NEW });
    const keys = [OLD, NEW, 'never'];
    const reporter = reporterTo(intake.url, { apiKey: () => keys.shift()! });
    await reporter.flushMetrics([metric()]);
    expect(intake.requests.map(({ statusCode }) => statusCode)).toEqual([403, 202]);
    expect(keys).toEqual(['never']);
    expect(reporter.telemetry.rows).toMatchObject({ sent: 1, pending: 0 });
  });

  test('that returns the refused key again leaves the rows pending', async () => {
    await using intake = await startIntake({ apiKey: NEW });
    const reporter = reporterTo(intake.url, { apiKey: () => OLD });
    const failure = await failureOf(reporter.flushMetrics([metric()]));
    expect(failure).toMatchObject({ code: 'ERR_THREADSTATS_INTAKE_FORBIDDEN', rowsPending: 1 });
    expect(failure.message).toMatch(/DD_API_KEY/);
    expect(inspect([reporter, failure], { depth: 9, showHidden: true })).not.toContain(OLD);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['throws', thrower(`no ${OLD}`), /threw \(Error\)/],
    ['rejects', () => Promise.reject(new RangeError(OLD)), /threw \(RangeError\)/],
    ['rejects with nothing', () => Promise.reject(), /threw \(undefined\)/],
    ['rejects with a proxy', () => Promise.reject(HOSTILE), /threw \(function\)/],
    ['returns nothing', () => undefined, /returned a value of type undefined/],
    ['returns an empty text', () => ' ', /returned an empty key/],
    [
      'returns a text that no header can carry',
      () => `${OLD}\r\nHost: evil`,
      /returned a key with characters that no API key has/,
    ],
    ['never answers', () => new Promise(() => {}), /returned no key within 0.05 s/],
  ])('that %s is reported and does not throw, and the rows stay pending', async (_, source, message) => {
    await using intake = await startIntake({ apiKey: NEW });
    let give = source;
    const reporter = reporterTo(intake.url, { apiKey: () => give() as string, timeout: 0.05 });
    const failure = await failureOf(reporter.flushMetrics([metric()]));
    expect(failure).toMatchObject({ code: 'ERR_THREADSTATS_API_KEY', rowsPending: 1, rowsDropped: 0 });
    expect(failure.message).toMatch(message);
    expect(inspect(failure, { depth: 9 })).not.toContain(OLD);
    expect(intake.requests).toEqual([]);
    give = () => NEW;
    await reporter.drain(60_000);
    // The intake may get the row twice: on a busy machine, a request can take longer than the short timeout, and is repeated.
    expect(reporter.telemetry.rows).toMatchObject({ sent: 1, pending: 0 });
  });
});

test('an API key function that never answers does not delay close(), and the rows are counted as dropped', async () => {
  const asked = deferred();
  const apiKey = (): Promise<string> => {
    asked.resolve();
    return new Promise(() => {});
  };
  const reporter = reporterTo('http://127.0.0.1:9', { apiKey, timeout: 3600 });
  const flushed = failureOf(reporter.flushMetrics([metric()]));
  await asked.promise;
  await reporter.close();
  expect(await flushed).toMatchObject({ code: 'ERR_THREADSTATS_REPORTER_CLOSED', rowsDropped: 1 });
  expect(reporter.telemetry.rows).toMatchObject({ pending: 0, dropped: { closed: 1 } });
});

test('a printed ApiKey does not contain the key', async () => {
  const key = new ApiKey(OLD, 1000);
  expect(await key.get()).toBe(OLD);
  expect(await key.after(OLD)).toBe(OLD);
  expect(inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key)).not.toContain(OLD);
});
