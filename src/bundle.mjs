// Makes build/package/, which is what npm gets, out of what the compilers left in build/.
//
// The modules become one file for each entry point and one for what they share: that loads faster than a hundred files do, and,
// with comments gone and local names shortened, keeps the package within its limit of 250 kB. The names of declared classes and of
// errors stay, for printed objects. Dependencies stay outside. Of the declarations those are taken that the entry points lead to.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, transform } from 'esbuild';

const ENTRIES = ['index', 'intake/index', 'lambda/index'];

await rm('build/package', { recursive: true, force: true });

const declarations = new Set();
/** Of classes that a user may see printed. */
const classNames = new Set();
for (const entry of ENTRIES) await copyDeclarations(`${entry}.d.ts`);

const { outputFiles } = await build({
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
  write: false,
  keepNames: true,
  logLevel: 'warning',
});
for (const file of outputFiles) {
  // All others' names take several kilobytes.
  const text = withConstants(file.text)
    .replace(/^\s*__name\((?!this)\w+, "\w+"\);\n/gm, '')
    .replace(/^\s*static \{\s*__name\(this, "(\w+)"\);\s*\}\n/gm, (line, name) =>
      classNames.has(name) || name.endsWith('Error') ? line : '',
    );
  const { code, warnings } = await transform(text, { minify: true, format: 'esm', platform: 'node', target: 'node20.19' });
  if (warnings.length > 0) throw new Error(JSON.stringify(warnings));
  await mkdir(path.dirname(file.path), { recursive: true });
  await writeFile(file.path, code);
}

/**
 * Makes the bundle's top-level variables constants again, which the bundler takes for variables: V8 knows the value of a constant, and
 * compiles loops over a constant typed array that take two thirds of the time. Those that are assigned to stay; if one were
 * overlooked, the minifier would warn.
 */
function withConstants(text) {
  return text.replace(/^var (\w+) = /gm, (declaration, name) => {
    const assigned = new RegExp(
      `(?:\\+\\+|--)${name}\\b|\\b${name}\\s*(?:\\+\\+|--|(?:[-+*/%&|^]|\\*\\*|<<|>>>?|&&|\\|\\||\\?\\?)?=(?![=>]))`,
      'g',
    );
    return text.match(assigned).length > 1 ? declaration : `const ${name} = `;
  });
}

/** Copies a declaration file and all that it imports. */
async function copyDeclarations(file) {
  if (declarations.has(file)) return;
  declarations.add(file);
  await mkdir(path.join('build/package', path.dirname(file)), { recursive: true });
  const text = await readFile(path.join('build', file), 'utf8');
  for (const [, name] of text.matchAll(/^export declare class (\w+)/gm)) classNames.add(name);
  await writeFile(path.join('build/package', file), dense(text));
  for (const [, specifier] of text.matchAll(/(?:\bfrom |\bimport\()['"](\.[^'"]+)\.js['"]/g)) {
    await copyDeclarations(path.join(path.dirname(file), `${specifier}.d.ts`));
  }
}

/** The compiler indents by four spaces, and comments have margins: together a tenth of the file. */
function dense(declarations) {
  return declarations
    .replace(/^(?: {4})+/gm, (indent) => '\t'.repeat(indent.length / 4))
    .replace(/^\t*\/\*\*\n[\s\S]*?\*\/$/gm, (comment) => {
      // Code in a comment needs the margin to be told apart.
      if (/^\s*\* {3}/m.test(comment)) return comment;
      return comment
        .replace(/\/\*\*\n\s*\* /, '/** ')
        .replace(/\n\s*\*\/$/, ' */')
        .replace(/^(\t*) \* ?/gm, '$1');
    });
}
