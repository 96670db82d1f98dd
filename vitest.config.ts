import { defineConfig } from 'vitest/config';

// The whole suite runs twice: on plain Node.js, and on a Node.js that has no WebAssembly at all (--jitless), where
// files named *.wasm.test.ts have nothing to test.
export default defineConfig({
  test: {
    globalSetup: 'scripts/build-worker.mjs',
    // All processors, where the default leaves one free: many tests wait for processes and servers.
    maxWorkers: '100%',
    projects: [
      { test: { name: 'node', include: ['test/**/*.test.ts'] } },
      {
        test: {
          name: 'jitless',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.wasm.test.ts'],
          pool: 'forks',
          execArgv: ['--jitless'],
        },
      },
    ],
  },
});
