import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { IntakeError } from '../../../src/diagnostics/errors.js';
import { judgeAnswer, judgeFailure, judgeResponse } from '../../../src/http/transport/judge-response.js';
import type { TransportResponse } from '../../../src/http/transport/transport.js';

const KEY = '0123456789abcdef0123456789abcdef';
const CONTEXT = { name: 'POST https://api.datadoghq.com/api/v2/series', apiKey: KEY };

function judge(statusCode: number, text = '', headers: TransportResponse['headers'] = {}): IntakeError {
  return judgeResponse({ statusCode, text, headers }, CONTEXT)!;
}

test.each([200, 202, 204, 299])('%i means acceptance', (statusCode) => {
  expect(judgeResponse({ statusCode, text: '', headers: {} }, CONTEXT)).toBeUndefined();
});

test.each([
  '{"errors":[]}',
  '{"status":"ok"}',
  '{ "errors" : [ ] , "status": "ok" }',
  '{"errors":null}',
  'OK',
  'ok',
  '[]',
  '{}',
  String.raw`{"status":"ok","event":{"text":"it said \"errors\":[\"no\"]"}}`,
  `{"status":"ok","event":{"text":"${'x'.repeat(990)}`,
])('202 with %j means acceptance', (text) => {
  expect(judgeResponse({ statusCode: 202, text, headers: {} }, CONTEXT)).toBeUndefined();
});

test.each([
  '',
  ' \r\n',
  '{"errors":[]}',
  '{"errors":null}',
  '{"status":"ok"}\n',
  '{ "errors" : [ ] , "status": "ok" }',
  '{"event":{"text":"a\\nb"},"status":"ok"}',
  `{"status":"ok","event":{"text":"${'x'.repeat(990)}`,
  '{}',
  '{ }',
  '[]',
  'OK',
  'ok\n',
  '"Accepted"',
])('202 with %j may be the answer of an intake', (text) => {
  expect(judgeAnswer({ statusCode: 202, text, headers: {} }, CONTEXT)).toBeUndefined();
});

test.each(['{"hello":1}', '{"message":"no \\"status\\" here"}', '[{"status":"ok"}]', 'Welcome to the network', '{"hel'])(
  '200 with %j is told, although the request counts as accepted',
  (text) => {
    const response = { statusCode: 200, text, headers: {} };
    expect(judgeResponse(response, CONTEXT)).toBeUndefined();
    expect(judgeAnswer(response, CONTEXT)).toMatchObject({
      code: 'ERR_THREADSTATS_INTAKE_ANSWER',
      statusCode: 200,
      retryable: false,
      message: expect.stringContaining(`got status 200 with an answer that is not Datadog's (${text}): its rows count as sent`),
    });
  },
);

test('a told answer never contains the key', () => {
  expect(judgeAnswer({ statusCode: 200, text: `{"key":"${KEY}"}`, headers: {} }, CONTEXT)!.message).not.toContain(KEY);
});

test.each([
  '{"errors":["payload dropped"]}',
  ' { "status": "error", "errors" : [ "payload dropped" ] }',
  '{"errors":[{"detail":"payload dropped"}]}',
  '{"error":"payload dropped"}',
  `{"errors":["payload dropped: ${'x'.repeat(990)}`,
])('202 with %j means that the rows are lost', (text) => {
  const failure = judgeResponse({ statusCode: 202, text, headers: {} }, CONTEXT)!;
  expect(failure).toMatchObject({ code: 'ERR_THREADSTATS_INTAKE_REPORTED_ERRORS', statusCode: 202, retryable: false });
  expect(failure.message).toContain('payload dropped');
});

test.each(['<html>login</html>', '\n <!DOCTYPE html>', '<?xml version="1.0"?>'])(
  '200 with %j means that no intake has responded',
  (text) => {
    const failure = judgeResponse({ statusCode: 200, text, headers: {} }, CONTEXT)!;
    expect(failure).toMatchObject({ code: 'ERR_THREADSTATS_INTAKE_UNEXPECTED', statusCode: 200, retryable: true });
    expect(failure.message).toContain('got status 200: a page and not the answer of an intake');
  },
);

test.each([
  [100, 'UNEXPECTED', true],
  [301, 'UNEXPECTED', true],
  [400, 'BAD_REQUEST', false],
  [401, 'FORBIDDEN', true],
  [403, 'FORBIDDEN', true],
  [404, 'NOT_FOUND', true],
  [407, 'PROXY', true],
  [408, 'TIMEOUT', true],
  [413, 'TOO_LARGE', false],
  [418, 'UNEXPECTED', false],
  [429, 'RATE_LIMITED', true],
  [500, 'UNAVAILABLE', true],
  [503, 'UNAVAILABLE', true],
  [599, 'UNAVAILABLE', true],
])('%i means %s, retryable: %s', (statusCode, code, retryable) => {
  expect(judge(statusCode)).toMatchObject({ name: 'IntakeError', code: `ERR_THREADSTATS_INTAKE_${code}`, statusCode, retryable });
  expect(judge(statusCode).message).toContain(`${CONTEXT.name} failed with status ${statusCode}: `);
});

test.each([401, 403])('the message for %i names the variables to check', (statusCode) => {
  for (const name of ['DD_API_KEY', 'DATADOG_API_KEY', 'DD_SITE']) expect(judge(statusCode).message).toContain(name);
});

describe('the requested delay', () => {
  test.each([
    [{ 'retry-after': '7' }, 7],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '1.5' }, 1.5],
    [{ 'x-ratelimit-reset': '42' }, 42],
    [{ 'retry-after': '7', 'x-ratelimit-reset': '42' }, 7],
    [{ 'retry-after': 'soon', 'x-ratelimit-reset': '42' }, 42],
    [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:30 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' }, 30],
    [{ 'retry-after': 'Wed, 21 Oct 2015 07:27:00 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' }, 0],
    [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:30 GMT' }, undefined],
    [{ 'retry-after': '-1' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{ 'retry-after': ['1', '2'] }, undefined],
    [{}, undefined],
  ] as [TransportResponse['headers'], number | undefined][])('of %j is %s s', (headers, seconds) => {
    expect(judge(429, '', headers).retryAfterSeconds).toBe(seconds);
  });
});

describe("the response's text in a message", () => {
  const shown = (text: string): string => judge(400, text).message.split('not valid')[1];

  test.each([
    ['', ''],
    ['  \r\n\0 ', ''],
    ['{"errors":["bad"]}', ' ({"errors":["bad"]})'],
    ['<html>\r\n<b>no\u0007\u202e</b>\t\n', ' (<html> <b>no </b>)'],
    ['x'.repeat(200), ` (${'x'.repeat(200)})`],
    ['x'.repeat(201), ` (${'x'.repeat(199)}…)`],
    [`${'x'.repeat(198)}😀y`, ` (${'x'.repeat(198)}…)`],
  ])('for %j is %j', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  test.each([
    KEY,
    KEY.toUpperCase(),
    `key=${KEY}&x`,
    `${KEY}${KEY}`,
    `${'x'.repeat(190)}${KEY}`,
    `${'x'.repeat(199)}${KEY}`,
    `${' '.repeat(900)}${KEY.slice(0, 20)}`,
    `{"key":"${KEY}"}`,
  ])('never contains the key: %j', (text) => {
    const { message } = judge(403, text);
    for (let start = 0; start <= KEY.length - 8; start++)
      expect(message.toLowerCase()).not.toContain(KEY.slice(start, start + 8));
  });

  test('is left as it is for a key of a test, of which each letter is in any text', () => {
    const context = { ...CONTEXT, apiKey: 'a' };
    const { message } = judgeResponse({ statusCode: 400, text: 'a bad payload', headers: {} }, context)!;
    expect(message).toContain('(a bad payload)');
  });

  test('is searched for the key literally, not as a pattern', () => {
    const context = { ...CONTEXT, apiKey: 'a.c+(' };
    const { message } = judgeResponse({ statusCode: 400, text: 'abc a.c+( [', headers: {} }, context)!;
    expect(message).toContain('(abc [redacted] [)');
  });
});

describe('a request without a response', () => {
  test.each([
    ['ECONNREFUSED', 'UNREACHABLE'],
    ['ENOTFOUND', 'UNREACHABLE'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'UNREACHABLE'],
    ['UND_ERR_SOCKET', 'UNREACHABLE'],
    ['ETIMEDOUT', 'TIMEOUT'],
    ['UND_ERR_CONNECT_TIMEOUT', 'TIMEOUT'],
  ])('fails because of %s as %s, and is retryable', (code, expected) => {
    expect(judgeFailure(Object.assign(new Error('it failed'), { code }), CONTEXT)).toMatchObject({
      code: `ERR_THREADSTATS_INTAKE_${expected}`,
      message: `${CONTEXT.name} got no response: it failed`,
      statusCode: undefined,
      retryable: true,
      cause: { code, message: 'it failed' },
    });
  });

  test.each([
    [403, 'PROXY', 'the proxy does not let this host through'],
    [407, 'PROXY', 'the proxy requires credentials'],
    [502, 'UNREACHABLE', ''],
  ])('because a proxy has responded to CONNECT with %i fails as %s', (statusCode, expected, advice) => {
    const message = `the proxy responded with ${statusCode} to CONNECT a:443`;
    const failure = judgeFailure(Object.assign(new Error(message), { code: 'EPROXY', statusCode }), CONTEXT);
    expect(failure).toMatchObject({ code: `ERR_THREADSTATS_INTAKE_${expected}`, retryable: true });
    expect(failure.message).toContain(message);
    expect(failure.message).toContain(advice);
  });

  test('to several addresses fails with the first failure', () => {
    const first = Object.assign(new Error('connect ECONNREFUSED ::1:1'), { code: 'ECONNREFUSED' });
    const error = judgeFailure(new AggregateError([first, new Error('second')]), CONTEXT);
    expect(error.message).toContain('connect ECONNREFUSED ::1:1');
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test.each([undefined, null, 'text', new Error(''), new AggregateError([]), { code: 5 }])(
    'may fail with any value: %s',
    (failure) => {
      expect(judgeFailure(failure, CONTEXT).message).toMatch(/got no response: ./);
    },
  );

  test('never shows the key, nor does its cause', () => {
    const failure = Object.assign(new Error(`Parse Error near ${KEY}`), {
      data: KEY,
      rawPacket: Buffer.from(KEY),
      cause: new Error(KEY),
    });
    expect(inspect(judgeFailure(failure, CONTEXT), { depth: null, showHidden: true })).not.toContain(KEY);
  });
});
