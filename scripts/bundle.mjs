// Bundles src/ into build/package/, the code that npm publishes. Three entry points share one file, because that loads faster than a
// hundred modules. The code stays as readable as its source, for stack traces and debuggers: names, line breaks and doc comments
// are kept, and the two long strings of data are in files of their own.
//
// build/internals.js comes out of the same run. It imports the same shared file, so that benches measure the published code.

import { rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { EXTERNAL, failOnWarning } from './rolldown-options.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

// Declarations of files that are gone would be published. The compiler writes them anew, after this.
for (const folder of ['build/package', 'build/types']) await rm(folder, { recursive: true, force: true });

const bundle = await rolldown({
  input: {
    'package/index': 'src/index.ts',
    'package/intake/index': 'src/intake/index.ts',
    'package/lambda/index': 'src/lambda/index.ts',
    internals: 'src/internals.ts',
  },
  platform: 'node',
  external: EXTERNAL,
  onLog: failOnWarning,
});
await bundle.write({
  dir: 'build',
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'package/[name].js',
  minifyInternalExports: false,
  // V8 treats a top-level `const` as a constant. With `var`, the percentiles of the TypeScript engine take half as long again.
  topLevelVar: false,
  codeSplitting: {
    groups: [
      { name: 'engine-binary', test: /[\\/]build[\\/]assembly[\\/]/, priority: 1 },
      { name: 'worker-source', test: /[\\/]build[\\/]worker[\\/]/, priority: 1 },
      { name: 'shared', test: /[\\/]src[\\/]/, minShareCount: 2 },
    ],
  },
});
await bundle.close();

await writeFile('build/internals.d.ts', "export * from './types/internals.js';\n");
