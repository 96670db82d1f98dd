// Runs Node.js in processes of its own, which import the built package as users do.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Telemetry } from '../../src/index.js';
import { jitlessFlags } from './jitless-flags.js';

const BUILT = new URL('../../build/package/index.js', import.meta.url);

export const JITLESS_FLAGS: readonly string[] = jitlessFlags;

/** The flags that this test runs with, so that a child has WebAssembly when the test has. */
export const OWN_FLAGS: readonly string[] = typeof WebAssembly === 'undefined' ? JITLESS_FLAGS : [];

/** Flags with which a process does not end while it waits for a timer of a second or more: see fixtures/slow-timers.mjs. */
export const SLOW_TIMERS_FLAGS = withPreloaded('slow-timers');

/** Flags with which a process retries every 100 ms: see fixtures/quick-retries.mjs. */
export const QUICK_RETRIES_FLAGS = withPreloaded('quick-retries');

function withPreloaded(fixture: string): readonly string[] {
  return [...OWN_FLAGS, '--import', new URL(`fixtures/${fixture}.mjs`, import.meta.url).href];
}

/** What a process did until it ended. */
export interface Ended {
  stdout: string;
  stderr: string;
  /** Null when a signal ended it. */
  exitCode: number | null;
  /** The signal that ended it. */
  signal: NodeJS.Signals | null;
  milliseconds: number;
}

export interface RunOptions {
  /** Its whole environment. */
  env?: Record<string, string>;
  /** Flags of Node.js. Default: {@link OWN_FLAGS}. */
  flags?: readonly string[];
  /** Its working directory. Default: this process's. */
  directory?: string;
  /** Whether nothing may vanish in the process: see conservation.ts. Default: true. */
  isConserved?: boolean;
  /** Limits its address space (`ulimit -v`). Default: no limit. */
  addressKibibytes?: number;
  /** Whether signals are sent to its children, too, as a terminal does. Default: false. */
  isGroup?: boolean;
  /** Called for every line that it prints; can send it signals. */
  onLine?: (line: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs Node.js with the arguments until it ends by itself. */
export async function runNode(
  args: readonly string[],
  { env = {}, flags = OWN_FLAGS, directory, isConserved = true, addressKibibytes, isGroup = false, onLine }: RunOptions = {},
): Promise<Ended> {
  if (!existsSync(BUILT)) throw new Error('There is no build/package/: run `npm run build` first');
  const begin = performance.now();
  // Last, so that other preloaded files come before the package.
  const watch = isConserved ? withPreloaded('conservation').slice(OWN_FLAGS.length) : [];
  const command = [process.execPath, ...flags, ...watch, ...args];
  if (addressKibibytes !== undefined) command.unshift('/bin/sh', '-c', `ulimit -v ${addressKibibytes} && exec "$@"`, 'sh');
  const child = spawn(command[0], command.slice(1), {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: isGroup,
  });
  const kill = (signal: NodeJS.Signals): void => {
    if (isGroup) process.kill(-child.pid!, signal);
    else child.kill(signal);
  };
  let counts = '';
  (child.stdio[3] as Readable).setEncoding('utf8').on('data', (text: string) => {
    counts += text;
  });
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const line of text.trimEnd().split('\n')) onLine?.(line, kill);
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [exitCode, signal] = await once(child, 'close');
  for (const line of counts.split('\n')) if (line !== '') expectConserved(JSON.parse(line));
  return { stdout, stderr, exitCode, signal, milliseconds: performance.now() - begin };
}

/** Runs a file of fixtures/ until it ends by itself. */
export function runFixture(name: string, options?: RunOptions): Promise<Ended> {
  return runNode([fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url))], options);
}

/** Expects that a process ended by itself and printed nothing to stderr. */
export function expectGoodEnd({ stderr, exitCode }: Ended): void {
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
}

/** Checks the counts of the clients of a process that has ended. */
function expectConserved(clients: (Pick<Telemetry, 'samples' | 'applied' | 'dropped' | 'rows'> & { recorded: number })[]): void {
  for (const counts of clients) {
    const { recorded, samples, rows } = counts;
    // The client's own metrics are samples, too.
    if (samples < recorded || rows.pending !== 0) expect.fail(`Samples or rows have vanished: ${JSON.stringify(counts)}`);
  }
}
