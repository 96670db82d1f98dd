import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { documents } from './blocks.js';

const ROOT = new URL('../../', import.meta.url);
const architecture = documents.get('docs/architecture.md')!;
const folders = [...architecture.matchAll(/^\| `(\w[\w-]*)\/` \|.*\| (?:`([\w-]+\.ts)`|several) \|$/gm)].map(
  ([, name, door]) => ({ name, door }),
);

test('the architecture names each folder of src/, and no other', () => {
  const found = readdirSync(new URL('src/', ROOT), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).sort()).toEqual(found.map(({ name }) => name).sort());
});

test.each(folders.filter(({ door }) => door !== undefined))('$name/ opens with what it is for, in $door', ({ name, door }) => {
  expect(readFileSync(new URL(`src/${name}/${door}`, ROOT), 'utf8')).toMatch(/^\/\/ [\s\S]*?import/);
});

test('every file that the architecture names exists', () => {
  const existing = new Set(
    ['src/', 'assembly/', 'test/', 'bench/src/']
      .flatMap((folder) => readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' }))
      .map((file) => basename(file)),
  );
  const named = [...architecture.matchAll(/(?<![\w.-])[\w-]+(?:\.test)?(?:\.wasm\.test)?\.ts\b/g)].map(([name]) => name);
  expect(named.filter((name) => !existing.has(name))).toEqual([]);
});
