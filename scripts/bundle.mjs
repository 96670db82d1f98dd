// Bundles src/ into build/package/, the code that npm publishes. The entry points share their code in a few files, because these load
// faster than a hundred modules. The code stays readable for stack traces and debuggers: names, line breaks and doc comments are
// kept, and the two long strings of data are in a file of their own.
//
// The same run writes build/internals.js for benches and tests. It imports the shared files of the package, so that benches measure
// the published code.

import { rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { EXTERNAL, failOnWarning } from './rolldown-options.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

// Otherwise declarations of deleted files would be published. The compiler writes the others anew, after this script.
for (const folder of ['build/package', 'build/types']) await rm(folder, { recursive: true, force: true });

const input = {
  'package/index': 'src/index.ts',
  'package/intake/index': 'src/intake/index.ts',
  'package/lambda/index': 'src/lambda/index.ts',
  internals: 'src/internals.ts',
};
const bundle = await rolldown({ input, platform: 'node', external: EXTERNAL, onLog: failOnWarning });
await bundle.write({
  dir: 'build',
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'package/[name].js',
  minifyInternalExports: false,
  // V8 treats a top-level `const` as a constant. With `var`, the percentiles of the TypeScript engine take 50% longer.
  topLevelVar: false,
  codeSplitting: {
    groups: [
      { name: 'data', test: /[\\/]build[\\/]/, priority: 2 },
      // Everything that the intake shares with the client, so that `threadstats/intake` does not load the client.
      { name: 'common', test: /[\\/]src[\\/](model[\\/](?:normalize|text)|diagnostics[\\/]errors)\.ts$/, priority: 1 },
      { name: 'shared', test: /[\\/]src[\\/]/, minShareCount: 2 },
    ],
  },
});
await bundle.close();

await writeFile('build/internals.d.ts', "export * from './types/internals.js';\n");
