import { afterEach, expect, test, vi } from 'vitest';
import { startIntake } from '../../src/intake/index.js';
import { inheritedFlags, withoutRefused } from '../../src/worker/inherited-flags.js';
import { engineNames } from '../support/engines.js';
import { startWorkerClient, watchWorkers } from './support.js';

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

test('a worker runs without the flags that only the process may have', async () => {
  await using intake = await startIntake();
  // Node.js 20 knows no such flag, Node.js 22 refuses it to a worker, and Node.js 24 accepts it.
  vi.stubEnv('NODE_OPTIONS', '--use-system-ca --tls-min-v1.2');
  const workers = watchWorkers();
  const { stats, errors } = startWorkerClient(engineNames[0], intake.url);
  stats.increment('x');
  expect(await stats.stop()).toMatchObject({ metrics: 1, pending: 0 });
  expect(errors).toEqual([]);
  expect(workers).toHaveLength(1);
});

test.each<[string, string[], string, string[]]>([
  ['and keeps the others', ['--use-system-ca', '--tls-min-v1.3'], '--use-system-ca', ['--tls-min-v1.3']],
  ['with their values', ['--max_http_header_size', '9000', '--tls-min-v1.3'], '--max_http_header_size', ['--tls-min-v1.3']],
  [
    'but never without its limits',
    ['--permission', '--allow_worker'],
    '--permission, --allow_worker',
    ['--permission', '--allow_worker'],
  ],
])('a worker whose flags are refused starts without these, %s', (_, flags, refused, expected) => {
  expect(withoutRefused(flags, `Initiated Worker with invalid execArgv flags: ${refused}`)).toEqual(expected);
});
