import { describe, expect, test } from 'vitest';
import { startIntake } from '../../src/intake/index.js';
import { expectGoodEnd, JITLESS_FLAGS, runFixture } from '../support/child-process.js';
import { unusedUrl } from '../support/unused-url.js';

const engineHere = typeof WebAssembly === 'undefined' ? 'js' : 'wasm';

/** The environment of a process that reports to an intake. */
function reportingTo({ url }: { url: string }): Record<string, string> {
  return { DD_URL: url, DD_API_KEY: 'a-key', DD_HOSTNAME: 'a-machine' };
}

const RUNTIMES: [string, { flags?: readonly string[]; env?: Record<string, string> }, object][] = [
  ['plain Node.js', {}, { engine: engineHere, isUndiciLoaded: false }],
  ['the engine of the environment', { env: { THREADSTATS_ENGINE: 'js' } }, { engine: 'js', isUndiciLoaded: false }],
  ['Node.js without WebAssembly', { flags: JITLESS_FLAGS }, { hasWebAssembly: false, engine: 'js', isUndiciLoaded: false }],
  [
    'Node.js without WebAssembly, by an option of its environment',
    { flags: JITLESS_FLAGS, env: { THREADSTATS_ENGINE: 'auto' } },
    { hasWebAssembly: false, engine: 'js', isUndiciLoaded: false },
  ],
];

// They run at the same time, because they wait for processes.
describe.concurrent('in a process of its own', () => {
  test('a process whose intake cannot be reached ends, and warns about the rows that were lost', async () => {
    const url = (await unusedUrl()).origin;
    const { stderr, exitCode } = await runFixture('natural-end', { env: reportingTo({ url }) });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/\[ERR_THREADSTATS_INTAKE_[A-Z_]+\] ThreadStatsWarning: \d of \d rows are kept for a retry/);
    expect(stderr).toContain(url);
    expect(stderr).toMatch(/\[ERR_THREADSTATS_REPORTER_CLOSED\] ThreadStatsWarning: \d of \d rows were not delivered/);
  });

  test('a process ends even if every flush records another sample', async () => {
    const url = (await unusedUrl()).origin;
    const ended = await runFixture('records-errors', { env: reportingTo({ url }) });
    expect(ended.exitCode).toBe(0);
    // The sample that the last flush recorded.
    expect(ended.stderr).toMatch(/^\(node:\d+\) \[ERR_THREADSTATS_EXIT\] ThreadStatsWarning: 1 row may be lost/);
    // At its end, and of what the errors recorded; where every flush records, three and no more.
    expect(ended.stdout).toBe('2 3\n');
  });

  test('a process that ends by itself has sent everything', async () => {
    await using intake = await startIntake({ apiKey: 'a-key' });
    const ended = await runFixture('natural-end', { env: reportingTo(intake) });
    expectGoodEnd(ended);
    expect(ended.stdout).toBe(`${engineHere}\n`);
    expect(intake.metric('ended')).toMatchObject([{ points: [[expect.any(Number), 2]], tags: ['how:naturally', 'from:child'] }]);
    expect(intake.metric('handle')).toMatchObject([{ points: [[expect.any(Number), 7]] }]);
    expect(intake.distribution('child.values')).toMatchObject([{ points: [[expect.any(Number), [1.5]]] }]);
    expect(intake.events).toEqual([{ title: 'ended', text: 'by itself', tags: ['from:child'], host: 'a-machine' }]);
    // It was recorded by another listener of the same event, after the client's.
    expect(intake.metric('last')).toHaveLength(1);
  });

  test('neither the timer, nor a reporter that never ends, nor a connection keeps a process alive', async () => {
    await using intake = await startIntake();
    const ended = await runFixture('idle-end', { env: reportingTo(intake) });
    expect(ended.exitCode).toBe(0);
    // The rows of the reporter that never ends.
    expect(ended.stderr).toMatch(/^\(node:\d+\) \[ERR_THREADSTATS_EXIT\] ThreadStatsWarning: 2 rows may be lost/);
    expect(ended.stdout).toBe('1\n');
    expect(intake.metrics).toHaveLength(1);
  });

  test('all clients of a process flush at its end, even if one of them fails', async () => {
    await using intake = await startIntake();
    const { stderr, exitCode } = await runFixture('two-clients', { env: reportingTo(intake) });
    expect(exitCode).toBe(0);
    expect(
      intake
        .metric('twelve')
        .map(({ tags }) => tags.join())
        .sort(),
    ).toEqual(Array.from({ length: 12 }, (_, i) => `client:${i}`).sort());
    // One warning, and none about too many listeners.
    expect(stderr).toMatch(/^\(node:\d+\) \[Error\] ThreadStatsWarning: refused\n\(Use `node --trace-warnings[^\n]*\n$/);
  });

  test.each(RUNTIMES)('everything arrives compressed on %s', async (_, { flags, env }, expected) => {
    await using intake = await startIntake({ apiKey: 'a-key' });
    const ended = await runFixture('engine', { flags, env: { ...reportingTo(intake), ...env } });
    expectGoodEnd(ended);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      ...expected,
      result: { metrics: 2009, distributions: 1, events: 1, pending: 0 },
    });
    expect(intake.metrics).toHaveLength(2009);
    expect(new Set(intake.metric('hits').map(({ tags }) => tags[0])).size).toBe(2000);
    for (const { points } of intake.metric('hits')) expect(points).toEqual([[expect.any(Number), 1]]);
    expect(intake.metric('h.75percentile')).toMatchObject([{ points: [[expect.any(Number), 74]] }]);
    expect(intake.metric('s')).toMatchObject([{ points: [[expect.any(Number), 1]] }]);
    expect(intake.distributions[0].points).toEqual([[expect.any(Number), [0, 1, 2]]]);
    for (const { path, encoding, bodyBytes, decompressedBytes } of intake.requests) {
      expect(encoding).toBe(path.endsWith('/events') ? 'identity' : 'gzip');
      if (path.endsWith('/series')) expect(bodyBytes).toBeLessThan(decompressedBytes / 4);
    }
  });

  test('an engine that cannot run is an error that names WebAssembly', async () => {
    const { stderr, exitCode } = await runFixture('engine', {
      flags: JITLESS_FLAGS,
      env: { THREADSTATS_ENGINE: 'wasm', DD_API_KEY: 'a-key' },
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/WebAssembly/);
  });

  test('a process without an API key fails at start, and says what to set', async () => {
    const { stderr, exitCode } = await runFixture('engine');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/MissingApiKeyError: No Datadog API key: set DD_API_KEY or DATADOG_API_KEY/);
    // Node.js prints the line of the source that threw.
    for (const line of stderr.split('\n')) expect(line.length).toBeLessThan(300);
  });
});
