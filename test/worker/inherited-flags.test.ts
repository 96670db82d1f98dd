import { expect, test } from 'vitest';
import { inheritedFlags } from '../../src/worker/inherited-flags.js';

test.each([
  [
    'permissions',
    ['--permission', '--allow-fs-read=/srv', '--allow-net'],
    ['--permission', '--allow-fs-read=/srv', '--allow-net'],
  ],
  ['a permission whose value is an argument of its own', ['--allow-fs-read', '/srv', 'x'], ['--allow-fs-read', '/srv']],
  [
    'how connections are made',
    ['--tls-min-v1.3', '--dns-result-order=ipv4first'],
    ['--tls-min-v1.3', '--dns-result-order=ipv4first'],
  ],
  ['neither workers of its own nor code of the application', ['--allow-worker', '--require', './a.js', '--import=./b.js'], []],
  ['nothing that belongs to the process alone', ['--jitless', '--inspect=0', '--max-old-space-size=64'], []],
])('a worker inherits %s', (_, execArgv, expected) => {
  expect(inheritedFlags(execArgv)).toEqual(expected);
});

test('a worker inherits permissions from NODE_OPTIONS, too', () => {
  expect(inheritedFlags([], '--require ./a.js --permission "--allow-fs-read=/a \\"b\\""')).toEqual([
    '--permission',
    '--allow-fs-read=/a "b"',
  ]);
});
