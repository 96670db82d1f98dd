import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { API_KEY, SERIES_V2, send, sendJson } from './send-request.js';

const FORBIDDEN = '{"errors":["Forbidden"]}';
const BODIES: Record<string, unknown> = {
  '/api/v2/series': SERIES_V2,
  '/api/v1/series': { series: [{ metric: 'm', points: [[100, 1]] }] },
  '/api/v1/distribution_points': { series: [{ metric: 'm', points: [[100, [1, 2]]] }] },
  '/api/v1/events': { title: 'deployed', text: 'version 2' },
};

describe('the endpoints', () => {
  let intake: Intake;
  beforeAll(async () => {
    intake = await startIntake({ apiKey: API_KEY });
  });
  beforeEach(() => intake.clear());
  afterAll(() => intake.close());

  it.each([
    ['/api/v2/series', '{"errors":[]}', { metrics: 1, distributions: 0, events: 0 }],
    ['/api/v1/series', '{"status":"ok"}', { metrics: 1, distributions: 0, events: 0 }],
    ['/api/v1/distribution_points', '{"status":"ok"}', { metrics: 0, distributions: 1, events: 0 }],
    ['/api/v1/events', '{"status":"ok"}', { metrics: 0, distributions: 0, events: 1 }],
  ])('accept POST %s with a 202 and keep its row', async (path, text, counts) => {
    const answer = await sendJson(intake, path, BODIES[path]);
    expect(answer).toMatchObject({ statusCode: 202, text, headers: { 'content-type': 'application/json' } });
    expect(intake.metrics).toHaveLength(counts.metrics);
    expect(intake.distributions).toHaveLength(counts.distributions);
    expect(intake.events).toHaveLength(counts.events);
    expect(intake.requests).toMatchObject([{ method: 'POST', path, statusCode: 202, rowsKept: 1, refusal: null }]);
  });

  it('confirm the key at GET /api/v1/validate', async () => {
    const answer = await send(intake, '/api/v1/validate', { method: 'GET' });
    expect(answer).toMatchObject({ statusCode: 200, text: '{"valid":true}' });
  });

  describe.each(['/api/v1/validate', ...Object.keys(BODIES)])('%s', (path) => {
    const method = path === '/api/v1/validate' ? 'GET' : 'POST';
    const body = JSON.stringify(BODIES[path]);

    it.each([
      ['an empty key', { 'DD-API-KEY': '' }, ''],
      ['another key', { 'DD-API-KEY': `${API_KEY}0` }, ''],
      ['another key in the query', { 'DD-API-KEY': '' }, `?api_key=${API_KEY}0`],
      ['an empty key in the query', { 'DD-API-KEY': '' }, '?api_key='],
      ['another key than in the query', { 'DD-API-KEY': `${API_KEY}0` }, `?api_key=${API_KEY}`],
    ])('answers %s with a 403', async (_, headers, query) => {
      const answer = await send(intake, path + query, { method, headers, body });
      expect(answer).toMatchObject({ statusCode: 403, text: FORBIDDEN });
      expect(intake.requests).toMatchObject([{ statusCode: 403, refusal: 'Forbidden', rowsKept: 0, decompressedBytes: 0 }]);
      expect(intake.metrics.length + intake.distributions.length + intake.events.length).toBe(0);
    });

    it('answers another method with a 405 and an Allow header', async () => {
      const answer = await send(intake, path, { method: method === 'GET' ? 'POST' : 'GET' });
      expect(answer).toMatchObject({ statusCode: 405, headers: { allow: method } });
    });
  });

  it.each(['/', '/api/v2/series/', '/api/v1/check_run', '//api/v2/series', '/api/v2/seriesx'])(
    'answer %s with a 404',
    async (path) => {
      expect(await sendJson(intake, path, SERIES_V2)).toMatchObject({ statusCode: 404, text: '{"errors":["Not Found"]}' });
    },
  );

  it.each([
    ['header', {}, ''],
    ['query', { 'DD-API-KEY': '' }, `?api_key=${API_KEY}`],
    ['query', { 'DD-API-KEY': '' }, `?a=b&API%5fkey=${API_KEY}`],
    ['query', {}, `?api_key=${API_KEY}`],
  ])('accept a key in the %s, and list where it was without showing it', async (apiKeyIn, headers, query) => {
    const body = JSON.stringify(SERIES_V2);
    expect(await send(intake, `/api/v2/series${query}`, { headers, body })).toMatchObject({ statusCode: 202 });
    expect(intake.requests).toMatchObject([{ apiKeyIn }]);
    expect(JSON.stringify(intake)).not.toContain(API_KEY);
  });

  it('list a request without a key as such', async () => {
    await send(intake, '/api/v2/series?api_key=&a', { headers: { 'DD-API-KEY': '' } });
    expect(intake.requests).toMatchObject([{ apiKeyIn: null, path: '/api/v2/series?api_key=[redacted]&a' }]);
  });

  it('ignore the rest of the query', async () => {
    expect(await sendJson(intake, '/api/v2/series?a=b', SERIES_V2)).toMatchObject({ statusCode: 202 });
    expect(intake.requests[0].path).toBe('/api/v2/series?a=b');
  });

  it('check the key, the encoding, the size and the content in this order', async () => {
    const path = '/api/v2/series';
    const body = 'x'.repeat(512_001);
    const statusOf = async (headers: Record<string, string>) => (await send(intake, path, { headers, body })).statusCode;
    expect(await statusOf({ 'DD-API-KEY': 'wrong', 'Content-Encoding': 'br' })).toBe(403);
    expect(await statusOf({ 'Content-Encoding': 'br' })).toBe(400);
    expect(intake.requests.at(-1)?.refusal).toContain('Content-Encoding');
    expect(await statusOf({ 'Content-Encoding': 'gzip' })).toBe(413);
  });

  it('accept any key when none is configured, but not an empty one', async () => {
    const open = await startIntake();
    const path = '/api/v1/validate';
    expect(await send(open, path, { method: 'GET', headers: { 'DD-API-KEY': 'anything' } })).toMatchObject({ statusCode: 200 });
    expect(await send(open, path, { method: 'GET', headers: { 'DD-API-KEY': '' } })).toMatchObject({ statusCode: 403 });
    await open.close();
  });
});
