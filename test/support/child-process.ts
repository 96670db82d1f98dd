import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';

const BUILT = new URL('../../build/package/index.js', import.meta.url);

// Starting a process takes its time on a machine that has other work to do.
vi.setConfig({ testTimeout: 30_000 });

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
  /** All of its environment. */
  env?: Record<string, string>;
  /** Flags of Node.js. Default: those that this test runs with, so that a child has WebAssembly when the test has. */
  flags?: string[];
  /** Called when it prints a line, and can send it signals. */
  onLine?: (line: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs a file of fixtures/, which imports the package as users do, until it ends by itself. */
export async function runFixture(name: string, { env = {}, flags = ownFlags(), onLine }: RunOptions = {}): Promise<Ended> {
  if (!existsSync(BUILT)) throw new Error('The tests in child processes run what was built: run npm run build');
  const begin = performance.now();
  const fixture = fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [...flags, fixture], { env });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const line of text.trimEnd().split('\n')) onLine?.(line, (signal) => child.kill(signal));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [exitCode, signal] = await once(child, 'close');
  // What Node.js itself says about --jitless.
  stderr = stderr.replace(/^Warning: disabling flag --expose_wasm.*\n/, '');
  return { stdout, stderr, exitCode, signal, milliseconds: performance.now() - begin };
}

function ownFlags(): string[] {
  return typeof WebAssembly === 'undefined' ? ['--jitless'] : [];
}

/** Expects that it ended by itself, well before the default flush interval was over, and without a word on stderr. */
export function expectGoodEnd({ stderr, exitCode, milliseconds }: Ended): void {
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  expect(milliseconds).toBeLessThan(8000);
}
