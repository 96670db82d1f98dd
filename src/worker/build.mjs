// Bundles the worker into one text, and makes a module of it, so that starting the worker looks up no file: bundlers and
// serverless packagers need no configuration. Compressed, it takes a third of the package's room.

import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.join(here, '../../build/worker');

export default async function buildWorker() {
  const { outputFiles } = await build({
    entryPoints: [path.join(here, 'thread/entry.ts')],
    write: false,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    // A loader of the application's would have a say in an import().
    supported: { 'dynamic-import': false },
    minify: true,
    legalComments: 'none',
    external: ['pako', 'undici'],
    logLevel: 'warning',
  });
  const params = { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT };
  const source = brotliCompressSync(outputFiles[0].contents, { params }).toString('base64');
  await mkdir(target, { recursive: true });
  const head = '// Made by src/worker/build.mjs from src/worker/entry.ts, compressed by brotli.\n';
  await writeWhole(path.join(target, 'source.js'), `${head}export const workerBase64 =\n  '${source}';\n`);
  await writeWhole(path.join(target, 'source.d.ts'), 'export declare const workerBase64: string;\n');
}

/** Writes a file that others may be reading: test runs make it anew, because the worker runs what was bundled. */
async function writeWhole(file, text) {
  const written = `${file}.${process.pid}`;
  await writeFile(written, text);
  await rename(written, file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWorker();
