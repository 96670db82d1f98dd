import { defineConfig } from 'vitest/config';

// The whole suite runs twice: on plain Node.js, and on a Node.js without WebAssembly (--jitless), which leaves out the files named
// *.wasm.test.ts.
export default defineConfig({
  test: {
    globalSetup: 'scripts/build-worker.mjs',
    // All processors; the default leaves one free. Many tests only wait for processes and servers.
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
