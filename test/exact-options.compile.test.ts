import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { EXACT_OPTIONS_PROGRAM } from './support/exact-options.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TSC = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

test('every option accepts undefined under exactOptionalPropertyTypes', async () => {
  await access(path.join(ROOT, 'build/types/index.d.ts')).catch(() => {
    throw new Error('There is no build/types/: run `npm run build` first');
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'threadstats-exact-'));
  try {
    await mkdir(path.join(folder, 'node_modules'));
    await symlink(ROOT, path.join(folder, 'node_modules/threadstats'), 'junction');
    await writeFile(path.join(folder, 'use.ts'), EXACT_OPTIONS_PROGRAM);
    await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
    const compilerOptions = { strict: true, exactOptionalPropertyTypes: true, module: 'nodenext', target: 'es2022', types: [] };
    await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
    const output = await promisify(execFile)(process.execPath, [TSC, '-p', folder, '--noEmit']).catch(({ stdout }) => ({
      stdout,
    }));
    expect(output.stdout).toBe('');
  } finally {
    await rm(folder, { recursive: true });
  }
});
