// Makes build/package/, which is what npm gets, out of what the compilers left in build/.
//
// The modules become one file for each entry point and one for what they share: that loads faster than sixty files do, and,
// with comments gone and local names shortened, keeps the package within its limit of 250 kB. The names of classes and
// functions stay, for stack traces and printed objects. Dependencies stay outside. Of the declarations those are taken
// that the entry points lead to.

import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const ENTRIES = ['index', 'intake/index', 'lambda/index'];

await rm('build/package', { recursive: true, force: true });
await build({
  entryPoints: ENTRIES.map((entry) => `build/${entry}.js`),
  outdir: 'build/package',
  outbase: 'build',
  bundle: true,
  splitting: true,
  chunkNames: 'shared-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  minify: true,
  keepNames: true,
  logLevel: 'warning',
});

const declarations = new Set();
for (const entry of ENTRIES) await copyDeclarations(`${entry}.d.ts`);

/** Copies a declaration file and all that it imports. */
async function copyDeclarations(file) {
  if (declarations.has(file)) return;
  declarations.add(file);
  await mkdir(path.join('build/package', path.dirname(file)), { recursive: true });
  await copyFile(path.join('build', file), path.join('build/package', file));
  const text = await readFile(path.join('build', file), 'utf8');
  for (const [, specifier] of text.matchAll(/(?:\bfrom |\bimport\()['"](\.[^'"]+)\.js['"]/g)) {
    await copyDeclarations(path.join(path.dirname(file), `${specifier}.d.ts`));
  }
}
