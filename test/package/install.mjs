// Installs the runtimes and tools in which the packed package is used, unless they are as recent as their lock file.

import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';

const here = import.meta.dirname;
const modifiedMilliseconds = (file) => statSync(path.join(here, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (modifiedMilliseconds('node_modules/.package-lock.json') < modifiedMilliseconds('package-lock.json')) {
  // Scripts are left out: every tool has its binaries in a package of its own.
  const npmArguments = ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--prefix', here];
  const npm = process.env.npm_execpath;
  if (npm === undefined) execFileSync('npm', npmArguments, { stdio: 'inherit' });
  else execFileSync(process.execPath, [npm, ...npmArguments], { stdio: 'inherit' });
}
