// Another server answers in place of the intake, and accepts everything.

import { expect, onTestFinished, test } from 'vitest';
import { ThreadStats } from '../../src/index.js';
import { rowsOf } from '../support/client.js';
import { serve } from './support/server.js';

async function flushThrice(flushMode: 'manual' | 'worker', answer: string) {
  let requests = 0;
  const { url } = await serve((request, response) => {
    if (request.method === 'POST') requests++;
    request.resume().on('end', () => response.end(answer));
  });
  const errors: Error[] = [];
  const onError = (error: Error): void => void errors.push(error);
  const stats = new ThreadStats({ url: url.href, apiKey: 'a-key', host: '', onError }).start({ flushMode, flushInterval: 3600 });
  onTestFinished(async () => {
    await stats.stop({ timeout: 0 });
  });
  for (let i = 0; i < 3; i++) {
    stats.distribution('d', i);
    await stats.flush(Number.POSITIVE_INFINITY);
  }
  return { errors, rows: rowsOf(stats), requests };
}

test.each(['manual', 'worker'] as const)(
  'in the mode %s, JSON that is not an answer of Datadog is reported once, and its rows count as sent',
  async (flushMode) => {
    const { errors, rows, requests } = await flushThrice(flushMode, '{"hello":1}');
    expect(errors).toMatchObject([
      {
        name: 'IntakeError',
        code: 'ERR_THREADSTATS_INTAKE_ANSWER',
        statusCode: 200,
        message: expect.stringContaining('{"hello":1}'),
      },
    ]);
    expect(rows).toEqual({ sent: 3, pending: 0, dropped: {} });
    expect(requests).toBe(3);
  },
);

test.each(['', '{}', '{"errors":[]}', '{"status":"ok"}'])('200 with %j is reported in no way', async (answer) => {
  const { errors, rows } = await flushThrice('manual', answer);
  expect(errors).toEqual([]);
  expect(rows).toEqual({ sent: 3, pending: 0, dropped: {} });
});
