// Bundles the worker into one text in build/worker/, as a module that carries it. Starting the worker therefore reads no file, and
// bundlers and serverless packagers need no configuration. Brotli shrinks the text to a fifth.
//
// Vitest runs this as its global set-up, because tests start the worker that was bundled last.

import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { rolldown } from 'rolldown';
import { EXTERNAL, failOnWarning } from './rolldown-options.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TARGET = path.join(ROOT, 'build/worker');

export default async function buildWorker() {
  const bundle = await rolldown({
    cwd: ROOT,
    input: 'src/worker/thread/entry.ts',
    platform: 'node',
    external: EXTERNAL,
    onLog: failOnWarning,
  });
  const { output } = await bundle.generate({
    format: 'cjs',
    // Comments would make up a third of this text, and nobody reads them there.
    comments: false,
    codeSplitting: false,
    // An import() would pass through the module loaders of the application; require() does not.
    dynamicImportInCjs: false,
  });
  await bundle.close();

  const params = { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT };
  const base64 = brotliCompressSync(output[0].code, { params }).toString('base64');
  await mkdir(TARGET, { recursive: true });
  const head = '// Made by scripts/build-worker.mjs from src/worker/thread/entry.ts, compressed by brotli.\n';
  await replaceFile('source.js', `${head}export const workerBase64 =\n  '${base64}';\n`);
  await replaceFile('source.d.ts', 'export declare const workerBase64: string;\n');
}

/** Replaces a file as a whole, because another test run may be reading it. */
async function replaceFile(name, text) {
  const file = path.join(TARGET, name);
  const written = `${file}.${process.pid}`;
  await writeFile(written, text);
  await rename(written, file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWorker();
