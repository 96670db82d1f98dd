// Compiles a program against the package's declarations, which are checked too (`skipLibCheck: false`), without @types/node.

import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { EXACT_OPTIONS_PROGRAM } from '../support/exact-options.js';
import { Application, execute, TOOLS } from './application.js';

const PROGRAM = `
import { type MetricRow, ThreadStats, type FlushMode, type Signal } from 'threadstats';
import { startIntake } from 'threadstats/intake';
import { datadogLambdaWrapper, lambdaMetric } from 'threadstats/lambda';

const stats = new ThreadStats({ counterType: 'count' }).start({ flushMode: 'manual' as FlushMode });
stats.increment('orders', 7, { tags: { route: '/' } });
export const rows: MetricRow[] = [];
export const signals: Signal[] = ['SIGTERM'];

// Types that a declaration has to name.
export const series = stats.telemetry.billableSeries;
export const telemetry = stats.telemetry;
export const timer = stats.timer('name');
export const charge = stats.timed('name')((amount: number) => amount);
export const stopped = stats.stop();
export const intake = startIntake();
export const requests = intake.then((running) => running.requests[0]?.headers['content-type']);
export const handler = datadogLambdaWrapper(async (event: { orders: number }) => {
  lambdaMetric('orders', event.orders);
  return 'done';
});
export const outcome: Promise<string> = handler({ orders: 7 });

// @ts-expect-error: the types are there, and not any
stats.gauge('name', 'not a number');
`;

type Options = Record<string, unknown>;

/** Module systems by name, and whether the program is an ES module. */
const MODULES: Record<string, [type: 'module' | 'commonjs', options: Options]> = {
  'node10, from CommonJS': ['commonjs', { module: 'commonjs', moduleResolution: 'node10' }],
  'node16, from CommonJS': ['commonjs', { module: 'node16' }],
  'node16, from an ES module': ['module', { module: 'node16' }],
  'nodenext, from CommonJS': ['commonjs', { module: 'nodenext' }],
  'nodenext, from an ES module': ['module', { module: 'nodenext' }],
  bundler: ['module', { module: 'esnext', moduleResolution: 'bundler' }],
};

const VERSIONS: [version: string, options: Options, removed?: string][] = [
  ['5.0', {}],
  ['5.4', {}],
  ['5.7', {}],
  ['5.9', {}],
  ['6.0', { ignoreDeprecations: '6.0' }],
  ['7.0', {}, 'node10, from CommonJS'],
];

const CASES = VERSIONS.flatMap(([version, ofVersion, removed]) =>
  Object.entries(MODULES)
    .filter(([name]) => name !== removed)
    .map(([name, [type, options]]) => ({ version, name, type, options: { ...ofVersion, ...options } })),
);

test.concurrent.each(CASES)('TypeScript $version compiles under $name', async ({ version, name, type, options }) => {
  const application = await Application.make(`types ${version} ${name}`, type);
  const common = { strict: true, skipLibCheck: false, target: 'es2020', lib: ['es2020'], types: [], declaration: true };
  const compilerOptions = { ...common, rootDir: '.', outDir: 'out', ...options };
  await application.write('use.ts', PROGRAM);
  await application.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['use.ts'] }));
  await execute(process.execPath, [compiler(version), '-p', '.'], application.folder);
});

test.each(['5.0', '7.0'])('every option accepts undefined under exactOptionalPropertyTypes of TypeScript %s', async (version) => {
  const application = await Application.make(`exact options ${version}`, 'module');
  const common = { strict: true, skipLibCheck: false, target: 'es2020', lib: ['es2020'], types: [] };
  const compilerOptions = { ...common, exactOptionalPropertyTypes: true, module: 'node16' };
  await application.write('use.ts', EXACT_OPTIONS_PROGRAM);
  await application.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['use.ts'] }));
  expect(await execute(process.execPath, [compiler(version), '-p', '.', '--noEmit'], application.folder)).toBe('');
});

test('the types of the dispose symbols agree with those of the newest lib and of @types/node', async () => {
  const application = await Application.make('types with using');
  const types = path.dirname(path.dirname(createRequire(import.meta.url).resolve('@types/node/package.json')));
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    module: 'nodenext',
    target: 'esnext',
    types: ['node'],
    typeRoots: [types],
  };
  await application.write(
    'use.ts',
    `${PROGRAM}
    { using disposed = stats.timer('name'); void disposed; }
    { await using disposed = await startIntake(); void disposed; }`,
  );
  await application.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['use.ts'] }));
  expect(await execute(process.execPath, [compiler('7.0'), '-p', '.', '--noEmit'], application.folder)).toBe('');
});

function compiler(version: string): string {
  return path.join(TOOLS, `typescript-${version}/bin/tsc`);
}
