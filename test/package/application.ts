// Packs the package, and runs programs of applications that have installed it.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject } from 'vitest';
import { type Intake, startIntake } from '../../src/intake/index.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The packages of test/package/package.json. */
export const TOOLS = path.join(ROOT, 'test/package/node_modules');

/** Versions of Node.js that `engines` accepts: the oldest ones, those around which loading changed, and the newest. */
export const NODE_VERSIONS = ['20.19', '22.0', '22.12', '24', '26'] as const;
export type NodeVersion = (typeof NODE_VERSIONS)[number];

export function nodePath(version: NodeVersion): string {
  return path.join(TOOLS, `node-${version}/bin/node`);
}

/** The output of `npm pack`. */
export interface Packed {
  tarball: string;
  files: string[];
}

/** Runs a program and returns its standard output. Throws an error with everything it printed if it fails. */
export async function execute(command: string, args: readonly string[], cwd = ROOT, env = process.env): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { cwd, env, maxBuffer: 1e8, timeout: 100_000 })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`);
  }
}

/** Packs the latest build. */
export async function pack(folder: string): Promise<Packed> {
  const output = await execute('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]);
  const [{ filename, files }] = Object.values<{
    filename: string;
    files: { path: string }[];
  }>(JSON.parse(output));
  return { tarball: path.join(folder, filename), files: files.map((file) => file.path) };
}

/** Makes a folder outside the checkout, from where module resolution does not reach the checkout. */
export function makeFolder(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'threadstats-package-'));
}

/** A folder of the application that has installed the package. */
export class Application {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @param type How Node.js and TypeScript take its files `.js` and `.ts`. */
  static async make(name: string, type: 'module' | 'commonjs' = 'module'): Promise<Application> {
    const folder = path.join(inject('application'), name);
    await mkdir(folder, { recursive: true });
    const application = new Application(folder);
    await application.write('package.json', JSON.stringify({ private: true, type }));
    return application;
  }

  async write(file: string, code: string): Promise<void> {
    await writeFile(path.join(this.folder, file), code);
  }

  async run(file: string, code: string, command = process.execPath, args: readonly string[] = []): Promise<Outcome> {
    await this.write(file, code);
    return runAgainstIntake([...args, file], this.folder, command);
  }
}

/** The output of a program, and the intake that it reported to. */
export interface Outcome {
  stdout: string;
  intake: Intake;
}

/** Runs a program with an environment that has nothing but paths, an API key and the URL of an intake. */
export async function runAgainstIntake(args: readonly string[], cwd: string, command = process.execPath): Promise<Outcome> {
  const intake = await startIntake();
  try {
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, DD_API_KEY: 'a-key-that-is-none', DD_URL: intake.url };
    return { stdout: await execute(command, args, cwd, env), intake };
  } finally {
    await intake.close();
  }
}

/** Statements that load the package. */
export const LOAD = {
  import: "import { ThreadStats } from 'threadstats';\n",
  require: "const { ThreadStats } = require('threadstats');\n",
};
export const EXTENSION = { import: 'mjs', require: 'cjs' };

/**
 * A program that records on the main thread and is stopped, and then records in worker mode and ends in the middle of an interval,
 * whose samples only a worker can send. It prints the engine, and every error.
 */
export const DELIVER = `
function start(flushMode) {
  const stats = new ThreadStats({
    counterType: 'count',
    constantTags: ['mode:' + flushMode],
    onError: (error) => console.log(String(error)),
  }).start({ flushMode, exitTimeout: 60_000 });
  stats.increment('orders', 7);
  stats.distribution('sizes', 1.5);
  stats.event('done', 'text');
  return stats;
}
const stats = start('timer');
stats.stop().then(() => {
  start('worker');
  console.log(stats.engineName);
  process.exit();
});
`;

/** Expects that {@link DELIVER} ran on this engine without an error, and that everything arrived. */
export function expectDelivered({ stdout, intake }: Outcome, engineName = 'wasm'): void {
  expect(stdout).toBe(`${engineName}\n`);
  expect(received(intake)).toEqual(['timer', 'worker'].map((mode) => [`mode:${mode}`, 7, [1.5], 1]));
}

/** The tag of each program that reported, and what it has sent: the counter, the distribution and the number of events. */
export function received(intake: Intake): unknown[] {
  return intake.metrics.map(({ points: [[, count]], tags }) => {
    const values = intake.distribution('sizes', tags).flatMap(({ points }) => points.map((point) => point[1]));
    return [tags[0], count, ...values, intake.events.filter((event) => event.tags?.includes(tags[0])).length];
  });
}
