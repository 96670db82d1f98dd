// Compiles the programs of the README and of docs/ in a folder like an application's, and runs them against an intake.

import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { runNode } from '../support/child-process.js';
import { allBlocks } from './blocks.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

/** The only program that is compiled with `experimentalDecorators`. */
const EXPERIMENTAL = 'decorators-experimental.ts';

/** What a program did until it ended. */
export interface Run {
  stdout: string;
  stderr: string;
  exitCode: number | null;
  /** The intake that it reported to, which is already closed. */
  intake: Intake;
}

/** Options for running a program. */
export interface RunOptions {
  /** Added to the environment, which otherwise has only PATH, the API key and the intake's URL. */
  env?: Record<string, string>;
  /** An ES module that imports the program, and is run in its place. */
  main?: string;
  /** Whether signals are sent to its children, too, as a terminal does. Default: false. */
  isGroup?: boolean;
  /** Called with the first line that the program prints; may talk to it and end it. */
  whenItPrints?: (line: string, signal: (name: NodeJS.Signals) => void) => Promise<void>;
}

/** A folder with the programs, and the built package in `node_modules`, as in an application. */
export class Programs {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes and compiles all programs. Rejects with the output of the compiler when it finds an error. */
  static async prepare(): Promise<Programs> {
    await access(path.join(ROOT, 'build/package/index.js')).catch(() => {
      throw new Error('There is no build/package/: run `npm run build` first');
    });
    const folder = await mkdtemp(path.join(tmpdir(), 'threadstats-readme-'));
    await mkdir(path.join(folder, 'node_modules'));
    await symlink(ROOT, path.join(folder, 'node_modules/threadstats'), 'junction');
    for (const name of ['@types', 'undici']) {
      await symlink(path.join(ROOT, 'node_modules', name), path.join(folder, 'node_modules', name), 'junction');
    }
    await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
    const blocks = allBlocks();
    for (const { file, code } of blocks) await writeFile(path.join(folder, file), code);
    const sources = blocks.map(({ file }) => file).filter((file) => file.endsWith('.ts'));
    await compile(
      folder,
      sources.filter((file) => file !== EXPERIMENTAL),
      false,
    );
    await compile(folder, [EXPERIMENTAL], true);
    return new Programs(folder);
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }

  /** Runs a program to its end, with an intake of its own. */
  async run(file: string, { env = {}, main, isGroup, whenItPrints }: RunOptions = {}): Promise<Run> {
    await using intake = await startIntake();
    let reaction: Promise<void> | undefined;
    const args = main === undefined ? [file.replace(/\.ts$/, '.js')] : ['--input-type=module', '--eval', main];
    const ended = await runNode(args, {
      directory: this.#folder,
      isGroup,
      env: {
        PATH: process.env.PATH ?? '',
        DD_HOSTNAME: 'a-machine',
        DD_API_KEY: 'a-key-that-is-none',
        DD_URL: intake.url,
        ...env,
      },
      onLine: (line, kill) => {
        reaction ??= whenItPrints?.(line, kill);
      },
    });
    await reaction;
    return { ...ended, intake };
  }
}

async function compile(folder: string, files: string[], experimentalDecorators: boolean): Promise<void> {
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2022'],
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    types: ['node'],
    strict: true,
    noUnusedLocals: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    experimentalDecorators,
  };
  const project = path.join(folder, `tsconfig-${experimentalDecorators}.json`);
  await writeFile(project, JSON.stringify({ compilerOptions, files }));
  await promisify(execFile)(process.execPath, [TSC, '-p', project]).catch(({ stdout, stderr }) => {
    throw new Error(`The programs of the documents do not compile:\n${stdout}${stderr}`);
  });
}
