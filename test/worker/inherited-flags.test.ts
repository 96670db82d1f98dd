import { afterEach, expect, test, vi } from 'vitest';
import { inheritedFlags } from '../../src/worker/inherited-flags.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

test.each<[string, string[], string[]]>([
  [
    'the permission model',
    ['--permission', '--allow-fs-read=*', '--allow-worker'],
    ['--permission', '--allow-fs-read=*', '--allow-worker'],
  ],
  [
    'its older name',
    ['--experimental-permission', '--allow_fs_write', '/tmp'],
    ['--experimental-permission', '--allow_fs_write', '/tmp'],
  ],
  ['how to connect', ['--tls-min-v1.3', '--dns-result-order=ipv4first'], ['--tls-min-v1.3', '--dns-result-order=ipv4first']],
])('a worker inherits %s', (_, flags, expected) => {
  expect(inheritedFlags(flags)).toEqual(expected);
});

test.each([
  [['--import', './preload.mjs']],
  [['-r', './preload.cjs', '--require=./preload.cjs']],
  [['--inspect-brk=0', '--cpu-prof', '--loader', './loader.mjs']],
  [['--max-old-space-size=100', '--jitless', '--expose-gc']],
  [['--allowed', '--permissions', 'permission']],
])('a worker does not inherit %j', (flags) => {
  expect(inheritedFlags(flags)).toEqual([]);
});

test('a worker inherits flags of NODE_OPTIONS', () => {
  vi.stubEnv('NODE_OPTIONS', '--import ./x.mjs --permission "--allow-fs-read=/a \\"b\\"" --allow-fs-write=/c');
  expect(inheritedFlags().slice(0, 3)).toEqual(['--permission', '--allow-fs-read=/a "b"', '--allow-fs-write=/c']);
});
