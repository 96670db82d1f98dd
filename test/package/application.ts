// Packs the package with npm, and installs it into applications.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Intake, startIntake } from '../../src/intake/index.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

/** The result of `npm pack`. */
export interface Packed {
  tarball: string;
  unpackedBytes: number;
  files: string[];
}

/** Runs a program, and returns its standard output. When it fails, the error contains its output. */
export async function execute(command: string, args: readonly string[], cwd = ROOT, env = process.env): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { cwd, env })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`);
  }
}

/** Packs the last build, without building again. */
export async function pack(folder: string): Promise<Packed> {
  const output = await execute('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]);
  const [{ filename, unpackedSize, files }] = Object.values<{
    filename: string;
    unpackedSize: number;
    files: { path: string }[];
  }>(JSON.parse(output));
  return { tarball: path.join(folder, filename), unpackedBytes: unpackedSize, files: files.map((file) => file.path) };
}

/** Creates a folder outside of the checkout, so that nothing in the checkout can be resolved from there. */
export function makeFolder(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'threadstats-package-'));
}

/** An application whose only dependency is the package. */
export class Application {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async install(tarball: string): Promise<Application> {
    const folder = await makeFolder();
    await writeFile(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    await execute('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], folder);
    // A link to the checkout's @types is enough; they need not be installed again.
    await symlink(path.join(ROOT, 'node_modules/@types'), path.join(folder, 'node_modules/@types'), 'junction');
    return new Application(folder);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }

  /** Checks the types of a program and of the package. */
  async checkTypes(file: string, code: string, compilerOptions: Record<string, unknown>): Promise<void> {
    await writeFile(path.join(this.folder, file), code);
    const strict = { strict: true, skipLibCheck: false, noEmit: true, target: 'ES2022', lib: ['ES2022'], types: ['node'] };
    await writeFile(
      path.join(this.folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...strict, ...compilerOptions }, files: [file] }),
    );
    await execute(process.execPath, [TSC, '-p', this.folder]);
  }

  async run(file: string, code: string): Promise<Outcome> {
    await writeFile(path.join(this.folder, file), code);
    return runAgainstIntake([file], this.folder);
  }
}

/** The output of a program, and the intake that received its metrics. */
export interface Outcome {
  stdout: string;
  intake: Intake;
}

/** Runs Node.js with the API key and the URL of a new intake as its only environment variables besides PATH. */
export async function runAgainstIntake(args: readonly string[], cwd: string): Promise<Outcome> {
  const intake = await startIntake();
  try {
    const env = { PATH: process.env.PATH, DD_API_KEY: 'a-key-that-is-none', DD_URL: intake.url };
    return { stdout: await execute(process.execPath, args, cwd, env), intake };
  } finally {
    await intake.close();
  }
}
