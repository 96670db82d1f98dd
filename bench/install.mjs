// Installs the peers of the benches, when they are missing or older than their lock file. They are not among the package's own
// devDependencies, so that contributors download them only to run the benches.

import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';

const modifiedMilliseconds = (path) => statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (modifiedMilliseconds('node_modules/.package-lock.json') < modifiedMilliseconds('package-lock.json')) {
  const npm = process.env.npm_execpath;
  const installArguments = ['ci', '--no-fund', '--no-audit', '--prefix', import.meta.dirname];
  if (npm === undefined) execFileSync('npm', installArguments, { stdio: 'inherit' });
  else execFileSync(process.execPath, [npm, ...installArguments], { stdio: 'inherit' });
}
