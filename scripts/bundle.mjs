// Bundles src/ into the code that npm publishes: ES modules in build/package/, and CommonJS in build/commonjs/ for loaders that cannot
// require() ES modules. The entry points share their code in a few files, because these load faster than a hundred modules. The code
// stays readable for stack traces and debuggers: names and line breaks are kept, and the two long strings of data are in a file of
// their own. Doc comments are in the declarations only, because a process holds the text of what it has loaded: 0.5 MB more.
//
// The first run also writes build/internals.js for benches and tests. It imports the shared files of the package, so that benches
// measure the published code.

import { rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { EXTERNAL, failOnWarning } from './rolldown-options.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

// Otherwise declarations of deleted files would be published. The compiler writes the others anew, after this script.
for (const folder of ['build/package', 'build/commonjs', 'build/types']) await rm(folder, { recursive: true, force: true });

const ENTRIES = { index: 'src/index.ts', 'intake/index': 'src/intake/index.ts', 'lambda/index': 'src/lambda/index.ts' };

const OUTPUT = {
  entryFileNames: '[name].js',
  minifyInternalExports: false,
  comments: { jsdoc: false, annotation: true, legal: true },
  // V8 treats a top-level `const` as a constant. With `var`, the percentiles of the TypeScript engine take 50% longer.
  topLevelVar: false,
  codeSplitting: {
    groups: [
      { name: 'data', test: /[\\/]build[\\/]/, priority: 2 },
      // Everything that the intake shares with the client, so that `threadstats/intake` does not load the client.
      {
        name: 'common',
        test: /[\\/]src[\\/](model[\\/](?:hosts|normalize|text|timestamps)|diagnostics[\\/]errors|runtime[\\/]builtin)\.ts$/,
        priority: 1,
      },
      { name: 'shared', test: /[\\/]src[\\/]/, minShareCount: 2 },
    ],
  },
};

async function writeModules() {
  const entries = Object.entries(ENTRIES).map(([name, file]) => [`package/${name}`, file]);
  const input = { ...Object.fromEntries(entries), internals: 'src/internals.ts' };
  await bundle(input, { ...OUTPUT, dir: 'build', format: 'esm', chunkFileNames: 'package/[name].js' });
  await writeFile('build/internals.d.ts', "export * from './types/internals.js';\n");
}

async function writeCommonJs() {
  // Jest's default and others have no import(), so that what is loaded late is required.
  const format = { format: 'cjs', strict: true, dynamicImportInCjs: false };
  await bundle(ENTRIES, { ...OUTPUT, ...format, dir: 'build/commonjs', chunkFileNames: '[name].js' });
  // For Node.js and for TypeScript, the format of .js and .d.ts files is that of the nearest package.json.
  const description = { type: 'commonjs', sideEffects: false };
  await writeFile('build/commonjs/package.json', `${JSON.stringify(description, undefined, 2)}\n`);
}

async function bundle(input, output) {
  const build = await rolldown({ input, platform: 'node', external: EXTERNAL, onLog: failOnWarning });
  await build.write(output);
  await build.close();
}

await writeModules();
await writeCommonJs();
