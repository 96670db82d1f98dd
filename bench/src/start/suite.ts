// What does a process pay until its first metric has been sent? Every repetition is a process of its own, which runs a program from
// a file, as applications do. The figures are those beyond a process whose file does nothing, so a contender that costs twice as
// much as node:http shows as a ratio of one half.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Sink } from '../flush/sink.js';
import { type Bench, type Budget, required, type Suite } from '../suite.js';
import { LAMBDAS, PROGRAMS } from './programs.js';

const CONTENDERS = ['wasm', 'js', 'worker', 'node:http'];

const TIME: Bench = {
  name: 'first flush, time',
  question:
    'How much longer than a process that does nothing does one take that sends a single metric, from its start to its end?',
  unit: 'ms',
  per: 'process',
  contenders: CONTENDERS,
};

const MEMORY: Bench = {
  name: 'first flush, memory',
  question:
    'How much more memory (greatest resident set) than a process that does nothing does one take that sends a single metric?',
  unit: 'bytes',
  per: 'process',
  contenders: CONTENDERS,
};

const LAMBDA: Bench = {
  name: 'first invocation of a Lambda',
  question: 'How much longer than a process that does nothing does one take whose wrapped handler runs once and sends a metric?',
  unit: 'ms',
  per: 'process',
  contenders: ['wasm', 'node:http'],
};

/** The folder of the programs. It is within the folder of the benches, from which the package resolves by its name. */
const FOLDER = path.join(import.meta.dirname, 'programs');

/** Processes for each figure. The least counts, because everything that disturbs a process makes it slower. */
const PROCESSES = 20;

/** Time and memory until the first metric has been sent. */
export const start: Suite = {
  name: 'start',
  benches: [TIME, MEMORY, LAMBDA],

  async prepare(bench: string, contender: string, budget: Budget): Promise<() => Promise<number>> {
    const sink = await Sink.start();
    const programs = bench === LAMBDA.name ? LAMBDAS : PROGRAMS;
    const measure = bench === MEMORY.name ? memoryBytes : milliseconds;
    const report = bench === MEMORY.name ? REPORT_MEMORY : '';
    const write = async (name: string): Promise<string> => {
      const file = path.join(FOLDER, `${process.pid}-${name.replace(':', '-')}.mjs`);
      await mkdir(FOLDER, { recursive: true });
      await writeFile(file, report + required(programs[name], name));
      process.on('exit', () => rmSync(file));
      return file;
    };
    const files = { empty: await write('empty'), own: await write(contender) };
    const processes = Math.min(PROCESSES, 5 * budget.repetitions);
    return async () => {
      const least = { empty: Number.POSITIVE_INFINITY, own: Number.POSITIVE_INFINITY };
      for (let i = 0; i < processes; i++) {
        least.empty = Math.min(least.empty, await measure(files.empty, sink.url));
        least.own = Math.min(least.own, await measure(files.own, sink.url));
      }
      return least.own - least.empty;
    };
  },
};

/**
 * Prints the greatest resident set in KiB. It is read before `process.stdout` is looked up, because that loads node:net, which
 * node:http needs, too.
 */
const REPORT_MEMORY = `process.on('exit', () => {
  const { maxRSS } = process.resourceUsage();
  process.stdout.write(String(maxRSS));
});\n`;

async function milliseconds(file: string, url: string): Promise<number> {
  const begin = performance.now();
  await run(file, url);
  return performance.now() - begin;
}

async function memoryBytes(file: string, url: string): Promise<number> {
  return Number(await run(file, url)) * 1024;
}

/** Runs a program in a process of its own. Resolves with its output. */
async function run(file: string, url: string): Promise<string> {
  const env = { PATH: process.env.PATH, DD_URL: url, DD_API_KEY: 'key' };
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the program ended with exit code ${code}`);
  return output;
}
