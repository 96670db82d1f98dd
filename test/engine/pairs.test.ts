// The two engines are written twice, in assembly/ and in src/engine/js/, and must do the same. src/engine/js/js-engine.ts lists
// the files that belong together.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as cellLayout from '../../src/engine/js/cell-layout.js';
import { MEMBER_IS_NUMBER, MEMBER_LENGTH_MASK } from '../../src/engine/sample-buffer.js';
import { KIND_BITS, KIND_MASK, KIND_NAMES } from '../../src/model/kinds.js';

const ROOT = new URL('../../', import.meta.url);

/** The numbers of the constants that a file of assembly/ declares, by name. */
function constantsOf(file: string): Map<string, number> {
  const text = readFileSync(new URL(`assembly/${file}`, ROOT), 'utf8');
  return new Map([...text.matchAll(/const (\w+): u32 = (0x[\da-f]+|\d+);/g)].map(([, name, value]) => [name, Number(value)]));
}

const others = ['cells', 'members', 'memory', 'murmur3', 'percentiles', 'random', 'slice-reader', 'sum'];

describe.each(['assembly', 'src/engine/js'])('%s', (folder) => {
  test.each(KIND_NAMES)('has a file for the kind %s', (kind) => {
    expect(existsSync(new URL(`${folder}/${kind}.ts`, ROOT))).toBe(true);
  });

  test.each(others)('has a file %s.ts', (name) => {
    expect(existsSync(new URL(`${folder}/${name}.ts`, ROOT))).toBe(true);
  });
});

describe('both engines have the same', () => {
  const kinds = constantsOf('kinds.ts');
  test.each(KIND_NAMES.map((name, kind) => [name, kind] as const))('number for the kind %s', (name, kind) => {
    expect(kinds.get(name.toUpperCase())).toBe(kind);
  });

  test('bits for the kind in a code', () => {
    expect(kinds.get('KIND_BITS')).toBe(KIND_BITS);
    expect(kinds.get('KIND_MASK')).toBe(KIND_MASK);
  });

  const layout = constantsOf('layout.ts');
  const capacities = Object.entries(cellLayout).filter(([name]) => name.endsWith('_CAPACITY'));
  test.each(capacities)('%s', (name, capacity) => {
    expect(layout.get(name)).toBe(capacity);
  });

  const members = constantsOf('members.ts');
  test.each([
    ['NUMBER', MEMBER_IS_NUMBER],
    ['LENGTH_MASK', MEMBER_LENGTH_MASK],
  ])('flag %s of a length of a member', (name, flag) => {
    expect(members.get(name)).toBe(flag >>> 0);
  });
});
