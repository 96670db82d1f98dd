import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { API_KEY, SERIES_V2, send, sendJson } from './send-request.js';

const PATH = '/api/v2/series';

let intake: Intake;
beforeEach(async () => {
  intake = await startIntake({ apiKey: API_KEY });
});
afterEach(() => intake.close());

const metricRow = (metric: string, tags: string[], value = 1) => ({ metric, type: 3, tags, points: [{ timestamp: 100, value }] });
const sendRows = (...series: object[]) => sendJson(intake, PATH, { series });

describe('startIntake', () => {
  it('listens on the loopback, each intake on its own port', async () => {
    const other = await startIntake();
    expect(intake.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(other.url).not.toBe(intake.url);
    await other.close();
  });

  it('listens on a given port, and rejects when it is in use', async () => {
    const port = Number(new URL(intake.url).port);
    await expect(startIntake({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await intake.close();
    const again = await startIntake({ port });
    expect(again.url).toBe(intake.url);
    await again.close();
  });

  it.each([
    [{ apiKey: '' }, 'apiKey must be a non-empty string or undefined, not an empty string'],
    [{ apiKey: [API_KEY] }, 'apiKey must be a non-empty string or undefined, not object'],
    [{ port: -1 }, 'port must be an integer from 0 to 65535, not -1'],
    [{ port: 65_536 }, 'port must be an integer from 0 to 65535, not 65536'],
    [{ port: '80' }, 'port must be an integer from 0 to 65535, not 80'],
    [{ apikey: API_KEY }, "startIntake has no option 'apikey' (did you mean 'apiKey'?); its options are apiKey, port"],
    [8126, 'The options of startIntake must be an object, not 8126'],
    [API_KEY, 'The options of startIntake must be an object, not a string'],
    [null, 'The options of startIntake must be an object, not null'],
  ])('refuses %j', async (options, message) => {
    await expect(startIntake(options as object)).rejects.toThrow(message);
  });
});

it('does not keep the process alive, even with an idle connection', async () => {
  const agent = new Agent({ keepAlive: true });
  const body = JSON.stringify(SERIES_V2);
  expect(await send(intake, PATH, { body, agent })).toMatchObject({ statusCode: 202 });
  // The list contains only resources that keep the event loop alive.
  const open = process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP'));
  expect(open).toEqual([]);
  agent.destroy();
});

describe('the lists', () => {
  it('are live, and have a request and its rows before it is answered', async () => {
    const { metrics, requests } = intake;
    await sendRows(metricRow('a', []), metricRow('b', []));
    expect(metrics.map(({ metric }) => metric)).toEqual(['a', 'b']);
    expect(requests).toHaveLength(1);
    intake.clear();
    expect(metrics).toEqual([]);
    await sendRows(metricRow('c', []));
    expect(metrics.map(({ metric }) => metric)).toEqual(['c']);
  });

  it('can be searched by name and tags', async () => {
    await sendRows(metricRow('a', ['x:1', 'y:1'], 1), metricRow('a', ['y:1', 'x:2'], 2), metricRow('ab', ['x:1'], 3));
    const values = (...tags: string[]) => intake.metric('a', tags).map(({ points }) => points[0][1]);
    expect(values()).toEqual([1, 2]);
    expect(values('y:1')).toEqual([1, 2]);
    expect(values('y:1', 'x:1')).toEqual([1]);
    expect(values('x:3')).toEqual([]);
    expect(intake.metric('c')).toEqual([]);
    expect(intake.distribution('a')).toEqual([]);

    const series = [
      { metric: 'd', points: [[100, [1]]], tags: ['x:1'] },
      { metric: 'd', points: [[100, [2]]] },
    ];
    await sendJson(intake, '/api/v1/distribution_points', { series });
    expect(intake.distribution('d')).toHaveLength(2);
    expect(intake.distribution('d', ['x:1'])).toMatchObject([{ points: [[100, [1]]] }]);
  });

  it('have the details of each request, except its key', async () => {
    const before = Date.now();
    const body = JSON.stringify(SERIES_V2);
    await send(intake, PATH, { headers: { 'User-Agent': 'test', 'Content-Type': 'application/json' }, body });
    const { headers, arrivedAtMilliseconds, ...rest } = intake.requests[0];
    expect(headers).toMatchObject({ 'dd-api-key': '[redacted]', 'user-agent': 'test', 'content-type': 'application/json' });
    expect(arrivedAtMilliseconds).toBeGreaterThanOrEqual(before);
    expect(arrivedAtMilliseconds).toBeLessThanOrEqual(Date.now());
    expect(rest).toEqual({
      method: 'POST',
      path: PATH,
      apiKeyIn: 'header',
      encoding: 'identity',
      bodyBytes: body.length,
      decompressedBytes: body.length,
      statusCode: 202,
      refusal: null,
      rowsKept: 1,
    });
  });

  it('take more rows from one request than a call may have arguments', async () => {
    await sendJson(intake, '/api/v1/series', { series: Array.from({ length: 70_000 }, () => ({ metric: 'm', points: [] })) });
    expect(intake.metrics).toHaveLength(70_000);
  });

  it('never contain a key, and neither do errors', async () => {
    const body = JSON.stringify(SERIES_V2);
    await send(intake, PATH, { body });
    await send(intake, `${PATH}?a=b&api_key=${API_KEY}&application_key=${API_KEY}`, { headers: { 'DD-API-KEY': '' } });
    await send(intake, PATH, { headers: { 'DD-API-KEY': `${API_KEY}0` }, body });
    intake.answer({ statusCode: 503 }, { times: 2 });
    await send(intake, PATH, { body });
    const timeout = intake.waitFor(() => false, { timeoutMilliseconds: 0 });
    const message = await timeout.catch((error: Error) => error.stack);
    const shown = [inspect(intake, { depth: null, showHidden: true }), JSON.stringify(intake), message].join('\n');
    expect(shown).not.toContain(API_KEY);
    expect(intake.requests[1].path).toBe(`${PATH}?a=b&api_key=[redacted]&application_key=[redacted]`);
    expect(intake.requests[1].headers['dd-api-key']).toBe('[redacted]');
  });

  it('are emptied by clear(), which also removes scripted answers', async () => {
    intake.answer({ statusCode: 503 });
    intake.clear();
    expect(await sendRows(metricRow('a', []))).toMatchObject({ statusCode: 202 });
  });
});

describe('waitFor', () => {
  it('ends in its time under fake timers', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    await expect(intake.waitFor(() => false, { timeoutMilliseconds: 1 })).rejects.toMatchObject({
      code: 'ERR_THREADSTATS_INTAKE_TIMEOUT',
    });
  });

  it('resolves at once when the condition is already met', async () => {
    await sendRows(metricRow('a', []));
    const rows = await intake.waitFor((received) => received.metric('a'));
    expect(rows).toHaveLength(1);
  });

  it('resolves with the value of the condition as soon as a request meets it', async () => {
    let calls = 0;
    const waiting = intake.waitFor(({ metrics }) => {
      calls += 1;
      return metrics.length === 2 && metrics.map(({ metric }) => metric);
    });
    await sendRows(metricRow('a', []));
    await sendRows(metricRow('b', []));
    expect(await waiting).toEqual(['a', 'b']);
    expect(calls).toBe(3);
  });

  it('calls the condition after refused requests too', async () => {
    const waiting = intake.waitFor(({ requests }) => requests.find(({ statusCode }) => statusCode === 400));
    await sendJson(intake, PATH, {});
    expect(await waiting).toMatchObject({ refusal: 'series must be an array, but it is missing' });
  });

  it('can be called several times at once', async () => {
    const all = Promise.all([intake.waitFor(({ metrics }) => metrics[0]), intake.waitFor(({ requests }) => requests[0])]);
    await sendRows(metricRow('a', []));
    expect(await all).toMatchObject([{ metric: 'a' }, { rowsKept: 1 }]);
  });

  it('rejects after its timeout, and says what has arrived', async () => {
    const empty = intake.waitFor(() => false, { timeoutMilliseconds: 1 });
    await expect(empty).rejects.toMatchObject({ code: 'ERR_THREADSTATS_INTAKE_TIMEOUT' });
    await expect(empty).rejects.toThrow('The condition was not met within 1 ms; no request has arrived');
    await sendRows(metricRow('a', []));
    await sendRows(metricRow('', []));
    await expect(intake.waitFor(() => null, { timeoutMilliseconds: 1 })).rejects.toThrow(
      "requests: 2, metrics: 1, distributions: 0, events: 0; the names are 'a'; the last request was POST /api/v2/series, " +
        "answered with 400: series[0].metric must be a non-empty string, not ''",
    );
  });

  it('lists at most ten names that have arrived when it rejects, each once', async () => {
    await sendRows(...Array.from({ length: 13 }, (_, i) => metricRow(`m${Math.max(0, i - 1)}`, [])));
    await expect(intake.waitFor(() => null, { timeoutMilliseconds: 1 })).rejects.toThrow(
      "; the names are 'm0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9' and 2 more; the last request",
    );
  });

  it.each([
    [1000, 'The options of waitFor must be an object, not 1000'],
    [{ timeout: 1000 }, "waitFor has no option 'timeout' (did you mean 'timeoutMilliseconds'?)"],
  ])('refuses the options %j', async (options, message) => {
    await expect(intake.waitFor(() => true, options as object)).rejects.toThrow(new RegExp(message.replace(/[(?)]/g, '\\$&')));
    await expect(intake.waitFor(() => true, options as object)).rejects.toThrow(TypeError);
  });

  it('rejects with the error that the condition throws', async () => {
    const waiting = intake.waitFor(({ metrics }) => {
      if (metrics.length > 0) throw new Error('unexpected row');
    });
    const rejected = expect(waiting).rejects.toThrow('unexpected row');
    expect(await sendRows(metricRow('a', []))).toMatchObject({ statusCode: 202 });
    await rejected;
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])('refuses a timeout of %d', async (timeoutMilliseconds) => {
    const waiting = intake.waitFor(() => true, { timeoutMilliseconds });
    await expect(waiting).rejects.toThrow(RangeError);
    await expect(waiting).rejects.toThrow(`timeoutMilliseconds must be from 0 to 2147483647, not ${timeoutMilliseconds}`);
  });
});

describe('close', () => {
  it('breaks idle, unfinished and unanswered connections before it resolves', async () => {
    const port = Number(new URL(intake.url).port);
    const silent = connect(port, '127.0.0.1');
    await once(silent, 'connect');

    const unfinished = request(`${intake.url}${PATH}`, { method: 'POST', headers: { 'Content-Length': 1000 } });
    const unfinishedFailure = once(unfinished, 'error');
    unfinished.write('{');

    intake.answer({ fault: 'hang' }, { path: '/hang' });
    intake.answer({ statusCode: 500, body: 'x'.repeat(1000), delivery: 'slow' }, { path: '/slow' });
    intake.answer({ statusCode: 500, delivery: 'endless' }, { path: '/endless' });
    const paths = ['/hang', '/slow', '/endless'];
    const broken = paths.map((path) => expect(send(intake, path)).rejects.toMatchObject({ code: 'ECONNRESET' }));
    await intake.waitFor(({ requests }) => requests.length === 3);

    const silentClosed = once(silent, 'close');
    silent.resume();
    await intake.close();
    await Promise.all([silentClosed, unfinishedFailure, ...broken]);
    await expect(send(intake, PATH)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(intake.requests).toHaveLength(3);
  });

  it('may be called again, and is called by await using', async () => {
    const first = intake.close();
    expect(intake[Symbol.asyncDispose]()).toBe(first);
    await first;
    await intake.close();
  });

  it('rejects pending waits, and keeps the lists', async () => {
    await sendRows(metricRow('a', []));
    const waiting = expect(intake.waitFor(() => false)).rejects.toMatchObject({ code: 'ERR_THREADSTATS_INTAKE_CLOSED' });
    await intake.close();
    await waiting;
    expect(await intake.waitFor(({ metrics }) => metrics[0])).toMatchObject({ metric: 'a' });
    await expect(intake.waitFor(() => false)).rejects.toThrow('The intake was closed; requests: 1');
  });

  it('clears all timers', async () => {
    const countTimers = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = countTimers();
    const waiting = expect(intake.waitFor(() => false)).rejects.toThrow('The intake was closed');
    intake.answer({ statusCode: 500, body: 'x'.repeat(1000), delivery: 'slow' });
    const broken = expect(send(intake, PATH)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await intake.waitFor(({ requests }) => requests[0]);
    const open = countTimers();
    await intake.close();
    await Promise.all([waiting, broken]);
    // Timers of earlier tests may end meanwhile.
    expect(countTimers()).toBeLessThan(open);
    expect(countTimers()).toBeLessThanOrEqual(before);
  });
});
