import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AnswerOptions, type Intake, type ScriptedAnswer, startIntake } from '../../src/intake/index.js';
import { API_KEY, SERIES_V2, send, sendJson } from './send-request.js';

const PATH = '/api/v2/series';

let intake: Intake;
beforeAll(async () => {
  intake = await startIntake({ apiKey: API_KEY });
});
beforeEach(() => intake.clear());
afterAll(() => intake.close());

const sendSeries = () => sendJson(intake, PATH, SERIES_V2);
const statusCode = async () => (await sendSeries()).statusCode;

/** Sends a request, and resolves when the headers of the answer have arrived. */
function sendAndReadHeaders(): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers: { 'DD-API-KEY': API_KEY }, agent: false as const };
    request(`${intake.url}${PATH}`, options, resolve).on('error', reject).end(JSON.stringify(SERIES_V2));
  });
}

describe('scripted HTTP answers', () => {
  it('replace the answer to the next request only', async () => {
    intake.answer({ statusCode: 429, headers: { 'Retry-After': '7' }, body: 'slow down' });
    expect(await sendSeries()).toMatchObject({ statusCode: 429, text: 'slow down', headers: { 'retry-after': '7' } });
    expect(await statusCode()).toBe(202);
    expect(intake.requests).toMatchObject([
      { statusCode: 429, rowsKept: 0, refusal: null },
      { statusCode: 202, rowsKept: 1, refusal: null },
    ]);
    expect(intake.metrics).toHaveLength(1);
  });

  it.each([
    [200, '{"errors":[]}'],
    [503, '{"errors":["Service Unavailable"]}'],
    [429, '{"errors":["Too Many Requests"]}'],
    [599, '{"errors":["599"]}'],
  ])('with status %i have a default body', async (status, text) => {
    intake.answer({ statusCode: status });
    expect(await sendSeries()).toMatchObject({ statusCode: status, text, headers: { 'content-type': 'application/json' } });
  });

  it('may have another content type, an empty body, or a redirect', async () => {
    intake.answer({ statusCode: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad Gateway</html>' });
    intake.answer({ statusCode: 500, body: '' });
    intake.answer({ statusCode: 307, headers: { Location: 'http://127.0.0.1:1/' } });
    expect(await sendSeries()).toMatchObject({ text: '<html>Bad Gateway</html>', headers: { 'content-type': 'text/html' } });
    expect(await sendSeries()).toMatchObject({ statusCode: 500, text: '' });
    expect(await sendSeries()).toMatchObject({ statusCode: 307, headers: { location: 'http://127.0.0.1:1/' } });
  });

  it('are used in order, each as many times as asked for', async () => {
    intake.answer({ statusCode: 500 }, { times: 2 });
    intake.answer({ statusCode: 503 });
    const statusCodes: number[] = [];
    for (let i = 0; i < 4; i++) statusCodes.push(await statusCode());
    expect(statusCodes).toEqual([500, 500, 503, 202]);
  });

  it('are used for one path only when asked to', async () => {
    intake.answer({ statusCode: 500 }, { path: '/api/v1/events' });
    intake.answer({ statusCode: 503 }, { path: PATH });
    expect(await send(intake, `${PATH}?x=1`)).toMatchObject({ statusCode: 503 });
    expect(await statusCode()).toBe(202);
    expect(await sendJson(intake, '/api/v1/events', { title: 'a', text: 'b' })).toMatchObject({ statusCode: 500 });
  });

  it('are used for any path by default, even an unknown one', async () => {
    intake.answer({ statusCode: 204 }, { times: 2 });
    expect(await send(intake, '/nowhere')).toMatchObject({ statusCode: 204, text: '' });
    expect(await send(intake, '/api/v1/validate', { method: 'GET' })).toMatchObject({ statusCode: 204, text: '' });
  });

  it('are used until they are removed if `times` is Infinity', async () => {
    const recover = intake.answer({ statusCode: 503 }, { times: Number.POSITIVE_INFINITY });
    expect(await statusCode()).toBe(503);
    expect(await statusCode()).toBe(503);
    recover();
    recover();
    expect(await statusCode()).toBe(202);
    expect(intake.metrics).toHaveLength(1);
  });

  it('keep the rows of a valid request when their status is a 2xx', async () => {
    intake.answer({ statusCode: 200, body: 'fine' }, { times: 2 });
    expect(await statusCode()).toBe(200);
    expect(await sendJson(intake, PATH, { series: [{}] })).toMatchObject({ statusCode: 200, text: 'fine' });
    expect(intake.metrics).toHaveLength(1);
    expect(intake.requests).toMatchObject([
      { rowsKept: 1, refusal: null },
      { rowsKept: 0, refusal: expect.stringContaining('series[0].metric') },
    ]);
  });
});

it('an answer can accept a request and report errors, as Datadog does for a part of a payload', async () => {
  const body = '{"errors":["payload dropped"]}';
  intake.answer({ statusCode: 202, body });
  expect(await sendSeries()).toMatchObject({ statusCode: 202, text: body });
  expect(intake.requests).toMatchObject([{ statusCode: 202, refusal: null, rowsKept: 1 }]);
});

describe('scripted deliveries', () => {
  it('half: sends half of the body', async () => {
    intake.answer({ statusCode: 202, body: '0123456789', delivery: 'half' });
    const answer = await sendAndReadHeaders();
    expect(answer).toMatchObject({ statusCode: 202, headers: { 'content-length': '10' } });
    let text = '';
    const read = async () => {
      for await (const chunk of answer) text += chunk;
    };
    await expect(read()).rejects.toThrow('aborted');
    expect(text).toBe('01234');
    expect(intake.metrics).toHaveLength(1);
  });

  it('half: cuts off an empty body too', async () => {
    intake.answer({ statusCode: 500, body: '', delivery: 'half' });
    await expect(sendSeries()).rejects.toThrow('aborted');
  });

  it('slow: sends one byte at a time', async () => {
    intake.answer({ statusCode: 500, body: 'abc', delivery: 'slow' });
    const answer = await sendAndReadHeaders();
    expect(answer.headers['content-length']).toBe('3');
    const chunks: string[] = [];
    for await (const chunk of answer) chunks.push(String(chunk));
    expect(chunks).toEqual(['a', 'b', 'c']);
  });

  it('endless: repeats the body until the client closes the connection', async () => {
    intake.answer({ statusCode: 500, body: '<html>', delivery: 'endless' });
    const answer = await sendAndReadHeaders();
    let text = '';
    for await (const chunk of answer) {
      text += chunk;
      if (text.length > 1_000_000) break;
    }
    expect(text.slice(0, 18)).toBe('<html><html><html>');
    // The next request is served normally.
    expect(await statusCode()).toBe(202);
  });

  it('endless: sends spaces for an empty body', async () => {
    intake.answer({ statusCode: 500, body: '', delivery: 'endless' });
    for await (const chunk of await sendAndReadHeaders()) {
      expect(String(chunk)).toMatch(/^ +$/);
      break;
    }
  });
});

describe('scripted faults', () => {
  it('hang: never answers', async () => {
    intake.answer({ fault: 'hang' });
    const controller = new AbortController();
    const sending = request(`${intake.url}${PATH}`, {
      method: 'POST',
      headers: { 'DD-API-KEY': API_KEY },
      signal: controller.signal,
    });
    const ended = new Promise((_, reject) => sending.on('response', () => reject(new Error('answered'))).on('error', reject));
    sending.end(JSON.stringify(SERIES_V2));
    expect(await intake.waitFor(({ requests }) => requests[0])).toMatchObject({ statusCode: null, rowsKept: 0, refusal: null });
    controller.abort();
    await expect(ended).rejects.toThrow('aborted');
    expect(await statusCode()).toBe(202);
  });

  it('reset: reads the whole request and resets the connection', async () => {
    intake.answer({ fault: 'reset' });
    const body = Buffer.alloc(400_000, ' ');
    await expect(send(intake, PATH, { body })).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(intake.requests).toMatchObject([{ statusCode: null, bodyBytes: 400_000, rowsKept: 0 }]);
  });

  it('reset-mid-body: resets the connection before the body has ended', async () => {
    intake.answer({ fault: 'reset-mid-body' });
    const sending = request(`${intake.url}${PATH}`, { method: 'POST', headers: { 'Content-Length': 1000 } });
    const failure = new Promise((resolve) => sending.on('error', resolve));
    sending.write('{"series":');
    expect(await failure).toMatchObject({ code: 'ECONNRESET' });
    expect(intake.requests).toMatchObject([{ statusCode: null, bodyBytes: 10, refusal: null }]);
  });

  it('reset-mid-body: resets a request without a body too', async () => {
    intake.answer({ fault: 'reset-mid-body' });
    await expect(send(intake, '/api/v1/validate', { method: 'GET' })).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(intake.requests).toMatchObject([{ statusCode: null, bodyBytes: 0 }]);
  });
});

describe('scripted raw answers', () => {
  it('may be garbage', async () => {
    intake.answer({ raw: 'SSH-2.0-OpenSSH_9.2\r\n' });
    await expect(sendSeries()).rejects.toMatchObject({ code: 'HPE_INVALID_CONSTANT' });
    expect(intake.requests).toMatchObject([{ statusCode: null, rowsKept: 0 }]);
  });

  it('may begin with a 1xx, and count as the status that they are given', async () => {
    const raw = 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok';
    intake.answer({ raw, statusCode: 202 });
    expect(await sendSeries()).toMatchObject({ statusCode: 202, text: 'ok' });
    expect(intake.requests).toMatchObject([{ statusCode: 202, rowsKept: 1 }]);
  });

  it('may close a connection that looks reusable', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    intake.answer({ raw: 'HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok' });
    const answer = await send(intake, PATH, { body: '{}', agent });
    expect(answer).toMatchObject({ statusCode: 202, text: 'ok' });
    expect(answer.headers.connection).toBeUndefined();
    agent.destroy();
  });

  it('may lose the answer to an accepted request', async () => {
    intake.answer({ raw: '', statusCode: 202 });
    await expect(sendSeries()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(intake.metrics).toHaveLength(1);
  });
});

describe('answer()', () => {
  it.each<[unknown, unknown, ErrorConstructor, RegExp]>([
    [undefined, undefined, TypeError, /answer must be an object .* not undefined/],
    [{}, undefined, RangeError, /statusCode must be an integer from 200 to 599, not undefined/],
    [{ statusCode: 199 }, undefined, RangeError, /statusCode .* not 199/],
    [{ statusCode: 600 }, undefined, RangeError, /statusCode .* not 600/],
    [{ statusCode: 200.5 }, undefined, RangeError, /statusCode .* not 200.5/],
    [{ statusCode: 500, body: 1 }, undefined, TypeError, /body must be a string, not 1/],
    [{ statusCode: 500, delivery: 'fast' }, undefined, TypeError, /delivery must be one of whole, half, slow, endless, not fast/],
    [{ statusCode: 500, headers: { 'a b': 'c' } }, undefined, TypeError, /a b/],
    [{ statusCode: 500, headers: { a: 'b\r\nc: d' } }, undefined, TypeError, /"a"/],
    [{ fault: 'explode' }, undefined, TypeError, /fault must be one of hang, reset, reset-mid-body, not explode/],
    [{ raw: 5 }, undefined, TypeError, /raw must be a string, not 5/],
    [{ raw: '', statusCode: 100 }, undefined, RangeError, /statusCode .* not 100/],
    [{ status: 503 }, undefined, TypeError, /an answer has no member 'status' \(did you mean 'statusCode'\?\); its members are/],
    [{ raw: '', body: '' }, undefined, TypeError, /a raw answer has no member 'body'; its members are raw, statusCode/],
    [{ fault: 'hang', statusCode: 503 }, undefined, TypeError, /an answer with a fault has no member 'statusCode'/],
    [{ statusCode: 500 }, { time: 2 }, TypeError, /answer has no option 'time' \(did you mean 'times'\?\)/],
    [{ statusCode: 500 }, 2, TypeError, /The options of answer must be an object, not 2/],
    [{ statusCode: 500 }, { times: 0 }, RangeError, /times must be an integer of at least 1, or Infinity, not 0/],
    [{ statusCode: 500 }, { times: 1.5 }, RangeError, /times .* not 1.5/],
    [{ statusCode: 500 }, { path: 'api' }, TypeError, /path must be a string that starts with \/, not api/],
  ])('refuses %j with %j', (answer, options, type, message) => {
    const call = () => intake.answer(answer as ScriptedAnswer, options as AnswerOptions);
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  it('copies its argument', async () => {
    const answer = { statusCode: 503 };
    intake.answer(answer);
    answer.statusCode = 400;
    expect(await statusCode()).toBe(503);
  });

  it('does not use up an answer for a connection that does not speak HTTP', async () => {
    intake.answer({ statusCode: 503 });
    const socket = connect(Number(new URL(intake.url).port), '127.0.0.1', () => socket.end('garbage\r\n\r\n'));
    socket.resume();
    await new Promise((resolve) => socket.on('close', resolve));
    expect(intake.requests).toEqual([]);
    expect(await statusCode()).toBe(503);
  });
});
