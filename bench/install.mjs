// Installs the packages that the benches compare with, unless they are as recent as their lock file, and links this checkout beside
// them. They are not dependencies of the package itself, so that nobody downloads them for anything but a bench.

import { execFileSync } from 'node:child_process';
import { existsSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';

const here = import.meta.dirname;
const modifiedMilliseconds = (file) => statSync(path.join(here, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (modifiedMilliseconds('node_modules/.package-lock.json') < modifiedMilliseconds('package-lock.json')) {
  const npm = process.env.npm_execpath;
  const installArguments = ['ci', '--no-fund', '--no-audit', '--prefix', here];
  if (npm === undefined) execFileSync('npm', installArguments, { stdio: 'inherit' });
  else execFileSync(process.execPath, [npm, ...installArguments], { stdio: 'inherit' });
}

const link = path.join(here, 'node_modules/threadstats');
if (!existsSync(link)) symlinkSync('../..', link, 'junction');
