// Compiles both targets of asconfig.json into build/assembly/, and turns each binary into a module that carries its bytes. Loading
// the engine therefore reads no file, and bundlers and serverless packagers need no configuration. The bytes are not compressed, because
// unpacking them would cost each process 2 ms and 0.5 MB, and would need node:zlib.
//
// Compiling takes most of a build's time, so nothing is done while the output is newer than all of its inputs.

import { statSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const TARGETS = ['release', 'debug'];

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const sources = (await readdir('assembly')).map((file) => path.join('assembly', file));
// The folder is among them, because its time changes when a file is removed.
const inputs = ['assembly', ...sources, 'asconfig.json', 'package-lock.json', fileURLToPath(import.meta.url)];
const outputs = TARGETS.flatMap((target) => [`build/assembly/${target}.js`, `build/assembly/${target}.d.ts`]);

const modified = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
if (Math.max(...inputs.map(modified)) >= Math.min(...outputs.map(modified))) await compileAll();

async function compileAll() {
  const { default: asc } = await import('assemblyscript/asc');
  await mkdir('build/assembly', { recursive: true });
  for (const target of TARGETS) {
    const { error, stderr } = await asc.main(['--config', 'asconfig.json', '--target', target]);
    if (error) {
      process.stderr.write(stderr.toString());
      process.exit(1);
    }
    const bytes = await readFile(`build/assembly/${target}.wasm`);
    const base64 = bytes.toString('base64');
    await writeFile(
      `build/assembly/${target}.js`,
      `// Made by scripts/build-engine.mjs from assembly/index.ts.\nexport const wasmBase64 =\n  '${base64}';\n`,
    );
    await writeFile(`build/assembly/${target}.d.ts`, 'export declare const wasmBase64: string;\n');
  }
}
