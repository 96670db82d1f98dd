import { ThreadStats } from 'threadstats';
import { startIntake } from 'threadstats/intake';
import { expect, onTestFinished, test } from 'vitest';
import { runAccount } from '../../demo/account.js';
import { compare } from '../../demo/check.js';
import { runEmbedded } from '../../demo/embedded.js';
import { parseOptions } from '../../demo/options.js';
import type { SceneResult } from '../../demo/scene.js';
import { printComparisons } from '../../demo/summary.js';
import { Terminal } from '../../demo/terminal.js';
import { engineNames } from '../support/engines.js';

const options = { seconds: 1, url: undefined, site: undefined };
const never = new AbortController().signal;

/** Returns a terminal that is no TTY, and a function that returns the text printed on it. */
function plainTerminal(): { terminal: Terminal; printed: () => string } {
  let text = '';
  const write = (chunk: string | Uint8Array): boolean => {
    text += chunk;
    return true;
  };
  return { terminal: new Terminal({ write }), printed: () => text };
}

test.each(engineNames)('the intake receives exactly what the demo recorded, on the engine %s', async (engine) => {
  const { terminal, printed } = plainTerminal();
  expect(await runEmbedded(terminal, { ...options, engine }, never), printed()).toBe(true);
  // The output shows the second, a route with requests, the deploy, the summary and the check, in plain ASCII.
  expect(printed()).toContain('second 1 of 1');
  expect(printed()).toMatch(/^ {2}\/home {2,}[1-9]/m);
  expect(printed()).toContain('event: Deployed shop 1.1.0 [version:1.1.0, team:shop]');
  expect(printed()).toMatch(new RegExp(`engine {2,}${engine} `));
  expect(printed()).toMatch(/samples recorded {2,}[\d,]+, 0 dropped/);
  expect(printed()).toContain('Yes: the intake received exactly what was counted here.');
  expect(printed()).toMatch(/^[\n -~]*$/);
});

test('with a real account, the metrics are sent there, and the table shows a line for each flush', async () => {
  await using intake = await startIntake({ apiKey: 'right' });
  const { terminal, printed } = plainTerminal();
  const account = { ...options, engine: engineNames[0], url: intake.url };
  process.env.DD_API_KEY = 'right';
  onTestFinished(() => {
    delete process.env.DD_API_KEY;
  });
  expect(await runAccount(terminal, account, never), printed()).toBe(true);
  expect(intake.metric('shop.requests').length).toBeGreaterThan(0);
  expect(printed()).toMatch(/\d\d:\d\d:\d\d +[1-9][\d,]* +0 +[1-9]/);

  process.env.DD_API_KEY = 'wrong';
  expect(await runAccount(terminal, account, never)).toBe(false);
  expect(printed()).toContain('check DD_API_KEY');
});

test('a signal ends the demo early', async () => {
  const { terminal, printed } = plainTerminal();
  expect(await runEmbedded(terminal, { ...options, engine: 'js', seconds: 3600 }, AbortSignal.abort()), printed()).toBe(true);
});

test('a difference between what was recorded and what arrived is shown', async () => {
  await using intake = await startIntake();
  const stats = new ThreadStats({ namespace: 'shop', url: intake.url, apiKey: 'key' }).start({ flushMode: 'manual' });
  stats.increment('requests', 2, { tags: { status: 200 } });
  stats.increment('requests', 1, { tags: { status: 503 } });
  stats.distribution('response.bytes', 70);
  await stats.stop();
  const scene: SceneResult = {
    books: { requests: 3, failures: 1, responseBytes: 70, queries: 0, deploys: 0 },
    load: { responses: 0, failures: 1, responseBytes: 70 },
    longestDelayMilliseconds: 0,
  };
  const { terminal, printed } = plainTerminal();
  expect(printComparisons(terminal, compare(scene, stats.telemetry, intake)), printed()).toBe(true);
  const oneMore = { ...scene, books: { ...scene.books, requests: 4 } };
  expect(printComparisons(terminal, compare(oneMore, stats.telemetry, intake))).toBe(false);
  expect(printed()).toMatch(/requests served +4 +3 {2}differs/);
});

test('a terminal gets bars, and colours if it supports them', () => {
  const output = { write: () => true, isTTY: true, columns: 80 };
  const colourful = new Terminal({ ...output, hasColors: () => true });
  expect(colourful.bar(0.5, 3)).toBe('█▌');
  expect(colourful.bar(2, 3)).toBe('███');
  const plain = new Terminal({ write: () => true, isTTY: false });
  expect(plain.bar(1, 3)).toBe('');
  expect(plain.style('red', 'text')).toBe('text');
  expect(new Terminal({ ...output, hasColors: () => false }).style('red', 'text')).toBe('text');
});

test('the command line is parsed, and bad options are refused with advice', () => {
  expect(parseOptions([])).toEqual({ engine: undefined, seconds: 6, url: undefined, site: undefined });
  expect(parseOptions(['--engine', 'js', '--seconds=2'])).toMatchObject({ engine: 'js', seconds: 2 });
  expect(parseOptions(['--help'])).toBe('help');
  expect(() => parseOptions(['--engine', 'rust'])).toThrow("--engine is 'rust'; accepted is one of auto, wasm, js");
  for (const seconds of ['0', '3601', '1.5', '-1', 'two', '']) {
    expect(() => parseOptions([`--seconds=${seconds}`])).toThrow(`--seconds is '${seconds}'; accepted is a whole number`);
  }
  expect(() => parseOptions(['--color'])).toThrow('--color');
});
