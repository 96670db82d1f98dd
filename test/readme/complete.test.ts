// The documents name every option, counter, reason, error code and environment variable.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MemoryReporter, NullReporter, ThreadStats } from '../../src/index.js';
import { optionsOf } from '../support/options-of.js';
import { documents } from './blocks.js';

const reporter = new NullReporter();

/** Returns the names in code spans in the first column of all tables below a heading of a document in docs/. */
function namesUnder(file: string, heading: string): string[] {
  const text = documents.get(`docs/${file}`) ?? expect.fail(`There is no docs/${file}`);
  const begin = `\n${text}`.indexOf(`\n${heading}\n`);
  expect(begin, `${file}: ${heading}`).toBeGreaterThanOrEqual(0);
  const level = heading.split(' ')[0];
  const section = text.slice(begin + heading.length);
  const end = section.search(new RegExp(`\n#{1,${level.length}} `));
  const cells = section.slice(0, end < 0 ? undefined : end).matchAll(/^\| ([^|]*) \|/gm);
  return [...cells].flatMap(([, cell]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
}

const started = new ThreadStats({ reporter }).start({ disabled: true });

test('every option of the constructor and of HttpReporter is documented', () => {
  const documented = ['ThreadStats', 'HttpReporter'].flatMap((name) => namesUnder('options.md', `## \`new ${name}(options?)\``));
  expect(documented.sort()).toEqual(optionsOf((options) => new ThreadStats(options)).sort());
});

test('every option of start is documented', () => {
  expect(namesUnder('options.md', '## `start(options?)`').sort()).toEqual(optionsOf((options) => started.start(options)).sort());
});

test('every option of stop is documented', () => {
  expect(namesUnder('options.md', '## `stop(options?)`').sort()).toEqual(optionsOf((options) => started.stop(options)).sort());
});

test('every option of child is documented', () => {
  const [documented] = documents.get('docs/recording.md')!.match(/`child\(\{ .*? \}\)`/)!;
  for (const option of optionsOf((options) => started.child(options))) expect(documented).toContain(`${option}?`);
});

test('every counter, and every reason for a dropped sample, is documented', () => {
  const { dropped, ...counters } = started.telemetry;
  const documented = ['## Telemetry', '## Dropped samples and events'].flatMap((heading) => namesUnder('production.md', heading));
  expect(documented).toEqual(expect.arrayContaining([...Object.keys(counters), ...Object.keys(dropped)]));
});

test('every reason for a dropped row, and every metric of the client about itself, is documented', async () => {
  const memory = new MemoryReporter();
  const stats = new ThreadStats({ reporter: memory, selfMetrics: true }).start({ flushMode: 'manual' });
  await stats.flush();
  await stats.stop();
  const names = memory.metrics.map(({ metric }) => metric.replace('threadstats.', ''));
  expect(names.length).toBeGreaterThan(10);
  expect(namesUnder('production.md', "## The client's own metrics")).toEqual(expect.arrayContaining(names));
  const reasons = namesUnder('production.md', '## Dropped rows').filter((name) => name in stats.telemetry.rows.dropped);
  expect([...new Set(reasons)].sort()).toEqual(Object.keys(stats.telemetry.rows.dropped).sort());
});

test('every error code is documented', () => {
  const codes = new Set<string>();
  for (const source of sources()) for (const [code] of source.matchAll(/ERR_THREADSTATS_[A-Z_]+[A-Z]/g)) codes.add(code);
  const documented = namesUnder('delivery.md', '## Errors').filter((name) => name.startsWith('ERR_'));
  // The codes of samples are composed of this prefix and the reason.
  const expected = [...codes].filter((code) => code !== 'ERR_THREADSTATS_SAMPLE');
  expect(documented.filter((code) => !code.startsWith('ERR_THREADSTATS_SAMPLE_')).sort()).toEqual(expected.sort());
});

test('every environment variable is documented', () => {
  // Matches variables that are read, and not those that a message mentions.
  const pattern = /(?:env\.|')((?:DD|DATADOG|THREADSTATS|HTTPS?|NO)_[A-Z_]+)\b/g;
  const variables = new Set<string>();
  for (const source of sources()) {
    for (const [, name] of source.matchAll(pattern)) variables.add(name);
    // The variables of serverless platforms are a list, one to a line.
    for (const [, name] of source.matchAll(/^ {2}'([A-Z]+(?:_[A-Z]+)*)',$/gm)) variables.add(name);
  }
  const documented = namesUnder('options.md', '## Environment').filter((name) => name === name.toUpperCase());
  expect(documented.sort()).toEqual([...variables].sort());
});

/** The source files of the client, which do not include the intake for tests. */
function sources(): string[] {
  const root = new URL('../../src/', import.meta.url);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(new URL(file, root), 'utf8'));
}
