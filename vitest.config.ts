import { defineConfig } from 'vitest/config';
import { jitlessFlags } from './test/support/jitless-flags.js';

/** Generous, because a test may share its machine with anything else. No other file sets a timeout. */
export const timeouts = { testTimeout: 120_000, hookTimeout: 120_000 };

/** Checks at the end of each test that no sample and no row has vanished. */
const setupFiles = ['test/support/conservation.ts'];

/**
 * Tests that run once, because nothing they test depends on WebAssembly or on the compiler: texts, options, documents, the intake's
 * judgement, files of the spool. All that records, aggregates, flushes, compresses or sends, and all that starts a process or a
 * worker, runs twice.
 */
const runsOnce = [
  'test/{demo,intake,model,options,readme}/**',
  'test/http/spool/spool{,-file,-processes}.test.ts',
  'test/http/{options,proxy}.test.ts',
  'test/client/{bad-configuration,options,start-stop-options,timed.compile}.test.ts',
  'test/{exact-options.compile,index,version}.test.ts',
];

// The suite runs on plain Node.js, and on a Node.js that has no WebAssembly at all, where files named *.wasm.test.ts have
// nothing to test. Files named *.soak.test.ts belong to `npm run test:soak`.
export default defineConfig({
  test: {
    globalSetup: 'scripts/build-worker.mjs',
    // More than processors, because many tests wait for child processes and servers.
    maxWorkers: '150%',
    projects: [
      { test: { ...timeouts, setupFiles, name: 'node', include: ['test/**/*.test.ts'], exclude: ['test/**/*.soak.test.ts'] } },
      {
        test: {
          ...timeouts,
          setupFiles,
          name: 'jitless',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{soak,wasm}.test.ts', ...runsOnce],
          pool: 'forks',
          execArgv: jitlessFlags,
        },
      },
    ],
  },
});
