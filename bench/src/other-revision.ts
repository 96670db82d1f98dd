// Another revision of this project, beside the checkout: a working tree in the system's folder for temporary files, built there, with
// a copy of these compiled benches. The copy imports the package by the same names and paths, so it measures the other build.

import { execFileSync, type SpawnSyncReturns } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The last lines of a failed command's output that are shown. */
const SHOWN_LINES = 20;

export interface OtherRevision {
  /** The revision as it was asked for, and its hash. */
  readonly name: string;
  /** The program that measures in a process of its own: measure-process.ts. */
  readonly program: string;
}

/**
 * Checks a revision out and builds it. It is removed when this process exits, also by an error, SIGINT or SIGTERM.
 *
 * @throws {Error} this is no git checkout, it lacks the revision, or the revision cannot be built
 */
export function buildRevision(revision: string): OtherRevision {
  requireCheckout();
  const hash = hashOf(revision);
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'threadstats-bench-'));
  const tree = path.join(folder, hash);
  removeAtExit(folder, tree);
  output('git', ['worktree', 'add', '--detach', tree, hash], ROOT);

  symlinkSync(realpathSync(path.join(ROOT, 'node_modules')), path.join(tree, 'node_modules'), 'junction');
  const npm = process.env.npm_execpath;
  if (npm === undefined) output('npm', ['run', 'build'], tree);
  else output(process.execPath, [npm, 'run', 'build'], tree);
  copyBenches(path.join(tree, 'bench'));
  return { name: revision === hash ? hash : `${revision} (${hash})`, program: path.join(tree, 'bench/build/measure-process.js') };
}

function hashOf(revision: string): string {
  try {
    return output('git', ['rev-parse', '--short', '--verify', '--end-of-options', `${revision}^{commit}`], ROOT);
  } catch {
    throw new Error(`--against: ${revision} is no revision of this repository`);
  }
}

function requireCheckout(): void {
  let top: string | undefined;
  try {
    top = output('git', ['rev-parse', '--show-toplevel'], ROOT);
  } catch {
    // The message below is clearer.
  }
  if (top === undefined || realpathSync(top) !== realpathSync(ROOT))
    throw new Error(`--against needs a git checkout, and ${ROOT} is none`);
}

/** Copies the compiled benches, and links the packages that they import. The name of this project leads to the other revision. */
function copyBenches(bench: string): void {
  mkdirSync(path.join(bench, 'node_modules'), { recursive: true });
  for (const entry of ['build', 'package.json'])
    cpSync(path.join(ROOT, 'bench', entry), path.join(bench, entry), { recursive: true });
  const packages = path.join(ROOT, 'bench/node_modules');
  for (const name of readdirSync(packages)) {
    if (name.startsWith('.') || name === 'threadstats') continue;
    symlinkSync(path.join(packages, name), path.join(bench, 'node_modules', name), 'junction');
  }
  symlinkSync(path.dirname(bench), path.join(bench, 'node_modules/threadstats'), 'junction');
}

function removeAtExit(folder: string, tree: string): void {
  process.once('exit', () => {
    try {
      output('git', ['worktree', 'remove', '--force', tree], ROOT);
    } catch (error) {
      console.error(`${tree} may remain: ${(error as Error).message}`);
    }
    rmSync(folder, { recursive: true, force: true });
  });
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}

/** Runs a command, and returns its output. Throws with the end of its output when it fails. */
function output(command: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe', maxBuffer: 2 ** 26 }).trim();
  } catch (error) {
    const { stdout, stderr } = error as SpawnSyncReturns<string>;
    const lines = `${stdout ?? ''}\n${stderr ?? ''}`.trim().split('\n').slice(-SHOWN_LINES);
    throw new Error(`${path.basename(command)} ${args.join(' ')} failed in ${cwd}:\n${lines.join('\n')}`);
  }
}
