// Installs what the benches compare with, when it is missing or older than its lock file. It is kept out of the package's own
// dependencies, which nobody should have to download for a bench.

import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';

const modifiedMilliseconds = (path) => statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (modifiedMilliseconds('node_modules/.package-lock.json') < modifiedMilliseconds('package-lock.json')) {
  const npm = process.env.npm_execpath;
  const installArguments = ['ci', '--no-fund', '--no-audit', '--prefix', import.meta.dirname];
  if (npm === undefined) execFileSync('npm', installArguments, { stdio: 'inherit' });
  else execFileSync(process.execPath, [npm, ...installArguments], { stdio: 'inherit' });
}
