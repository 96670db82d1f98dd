import { expect, test } from 'vitest';
import { startIntake } from '../../src/intake/index.js';
import { QUICK_RETRIES_FLAGS, runFixture } from '../support/child-process.js';

test.each([{}, { flushMode: 'worker' }])(
  'what the client does by itself belongs to no request of the application, with %j',
  async (start) => {
    await using intake = await startIntake();
    // The failures reach onError, and are retried.
    intake.answer({ statusCode: 503 }, { times: 2 });
    intake.answer({ statusCode: 400 }, { path: '/api/v1/events' });
    const env = { DD_URL: intake.url, START: JSON.stringify({ ...start, flushInterval: 0.05, rollUpInterval: 1 }) };
    const { stdout, stderr, exitCode } = await runFixture('stores', { env, flags: QUICK_RETRIES_FLAGS });
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const { called, types } = JSON.parse(stdout);
    expect(called.apiKey).toEqual(['none']);
    expect(called.onError).toEqual(['none']);
    // It belongs to the caller, who has asked for this flush.
    expect(called['onError of flush()']).toEqual(['the request that flushed']);
    expect(types).toEqual({});
  },
);
