// Uses the packed package in tests of an application, under every test runner of docs/testing.md.

import path from 'node:path';
import { describe, test } from 'vitest';
import { Application, execute, type NodeVersion, nodePath, TOOLS } from './application.js';

/** Tests that deliver in each mode, to an intake in the same process. */
const DELIVERY = `
for (const flushMode of ['timer', 'worker', 'manual']) {
  test('delivers in mode ' + flushMode, async () => {
    const intake = await startIntake();
    const errors = [];
    const onError = (error) => errors.push(String(error));
    const stats = new ThreadStats({ url: intake.url, apiKey: 'any', counterType: 'count', onError }).start({ flushMode });
    stats.increment('orders', 7);
    stats.distribution('sizes', 1.5);
    stats.gauge('dated', 3, { timestamp: new Date() });
    await stats.stop();
    assert.deepEqual(errors, []);
    assert.equal(intake.metric('orders')[0].points[0][1], 7);
    assert.equal(intake.metric('dated')[0].points[0][1], 3);
    assert.equal(intake.distribution('sizes')[0].points[0][1][0], 1.5);
    await intake.close();
  });
}

test('does no harm when the test ends a turn after start()', () => {
  new ThreadStats({ url: 'http://127.0.0.1:9', apiKey: 'any' }).start().increment('orders');
});
`;

/** Tests with mocked timers, for which a runner defines \`fakeTimers()\`, \`advance(milliseconds)\` and \`realTimers()\`. */
const FAKE_TIMERS = `
test('settles flush() and stop() although timers are mocked', async () => {
  fakeTimers();
  const intake = await startIntake();
  const stats = new ThreadStats({ url: intake.url, apiKey: 'any', counterType: 'count' }).start();
  stats.increment('orders', 7);
  await stats.flush(Infinity);
  assert.equal(intake.metric('orders')[0].points[0][1], 7);
  await stats.stop();
  await intake.close();
  realTimers();
});

test('flushes when the mocked timer has advanced', async () => {
  fakeTimers();
  const intake = await startIntake();
  const stats = new ThreadStats({ url: intake.url, apiKey: 'any', counterType: 'count' }).start();
  stats.increment('orders', 7);
  advance(20_000);
  await intake.waitFor(() => intake.metric('orders')[0]);
  assert.equal(intake.metric('orders')[0].points[0][1], 7);
  realTimers();
  await stats.stop();
  await intake.close();
});
`;

const LOADED = {
  require:
    "const assert = require('node:assert'); const { ThreadStats } = require('threadstats'); const { startIntake } = require('threadstats/intake');\n",
  import:
    "import assert from 'node:assert'; import { ThreadStats } from 'threadstats'; import { startIntake } from 'threadstats/intake';\n",
};

const timersOf = (mocker: string): string => `
const fakeTimers = () => ${mocker}.useFakeTimers();
const advance = (milliseconds) => ${mocker}.advanceTimersByTime(milliseconds);
const realTimers = () => ${mocker}.useRealTimers();
`;

const NODE_TEST_TIMERS = `
const fakeTimers = () => mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'], now: Date.now() });
const advance = (milliseconds) => mock.timers.tick(milliseconds);
const realTimers = () => mock.timers.reset();
`;

interface Runner {
  name: string;
  versions: NodeVersion[];
  file: string;
  /** Loads the runner's functions. */
  head: string;
  loaded: keyof typeof LOADED;
  /** Defines the functions that {@link FAKE_TIMERS} uses. Without it only {@link DELIVERY} runs. */
  timers?: string;
  /** The arguments of Node.js, before the name of the file. */
  args: string[];
}

const JEST = path.join(TOOLS, 'jest/bin/jest.js');
const JEST_ARGS = [JEST, '--config={}', '--ci', '--watchman=false', '--runInBand', '--testTimeout=30000'];
const JSDOM = `/** @jest-environment ${path.join(TOOLS, 'jest-environment-jsdom')} */\n`;
const EVERY: NodeVersion[] = ['20.19', '22.0', '26'];
const ENDS: NodeVersion[] = ['20.19', '26'];

const RUNNERS: Runner[] = [
  { name: 'Jest', versions: EVERY, file: 'a.test.js', head: '', loaded: 'require', timers: timersOf('jest'), args: JEST_ARGS },
  { name: 'Jest with jsdom', versions: ENDS, file: 'a.test.js', head: JSDOM, loaded: 'require', args: JEST_ARGS },
  {
    name: 'Jest with ES modules',
    versions: ENDS,
    file: 'a.test.mjs',
    head: "import { jest } from '@jest/globals';\n",
    loaded: 'import',
    timers: timersOf('jest'),
    args: ['--experimental-vm-modules', '--no-warnings', ...JEST_ARGS, '--testMatch=**/*.test.mjs'],
  },
  {
    name: 'Vitest',
    versions: ['26'],
    file: 'a.test.mjs',
    head: "import { test, vi } from 'vitest';\n",
    loaded: 'import',
    timers: timersOf('vi'),
    args: [path.join(TOOLS, 'vitest/vitest.mjs'), 'run', '--testTimeout=30000'],
  },
  {
    name: 'Mocha',
    versions: ENDS,
    file: 'a.test.cjs',
    head: 'const test = it;\n',
    loaded: 'require',
    args: [path.join(TOOLS, 'mocha/bin/mocha.js'), '--timeout=30000'],
  },
  {
    name: 'node:test with require()',
    versions: EVERY,
    file: 'a.test.cjs',
    head: "const { mock, test } = require('node:test');\n",
    loaded: 'require',
    timers: NODE_TEST_TIMERS,
    args: ['--test'],
  },
  {
    name: 'node:test with import',
    versions: ENDS,
    file: 'a.test.mjs',
    head: "import { mock, test } from 'node:test';\n",
    loaded: 'import',
    timers: NODE_TEST_TIMERS,
    args: ['--test'],
  },
];

const CASES = RUNNERS.flatMap((runner) => runner.versions.map((version) => ({ ...runner, version })));

async function runTests(kind: string, tests: string, { name, version, file, head, loaded, args }: (typeof CASES)[number]) {
  const application = await Application.make(`${kind} ${name} ${version}`, 'commonjs');
  await application.write(file, head + LOADED[loaded] + tests);
  const { PATH, HOME } = process.env;
  return execute(nodePath(version), [...args, file], application.folder, { PATH, HOME });
}

describe.concurrent('tests of an application', () => {
  test.each(CASES)('deliver under $name on Node.js $version', async (runner) => {
    await runTests('delivery', DELIVERY, runner);
  });

  test.each(CASES.filter(({ timers }) => timers))('may mock timers under $name on Node.js $version', async (runner) => {
    await runTests('timers', runner.timers + FAKE_TIMERS, runner);
  });
});
