// Compiles both targets of asconfig.json and turns each binary into a module that carries its bytes, so that loading
// the engine looks up no file: bundlers and serverless packagers need no configuration. Compressed, it takes half the room.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { brotliCompressSync } from 'node:zlib';
import asc from 'assemblyscript/asc';

await mkdir('build/assembly', { recursive: true });

for (const target of ['release', 'debug']) {
  const { error, stderr } = await asc.main(['--config', 'asconfig.json', '--target', target]);
  if (error) {
    process.stderr.write(stderr.toString());
    process.exit(1);
  }
  const bytes = await readFile(`build/assembly/${target}.wasm`);
  await writeFile(
    `build/assembly/${target}.js`,
    `// Made by assembly/build.mjs from assembly/index.ts, compressed by brotli.\nexport const wasmBase64 =\n  '${brotliCompressSync(bytes).toString('base64')}';\n`,
  );
  await writeFile(`build/assembly/${target}.d.ts`, 'export declare const wasmBase64: string;\n');
}
