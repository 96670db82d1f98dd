import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { timeouts } from '../../vitest.config.js';
import { jitlessFlags } from '../support/jitless-flags.js';

// Started by run.mjs: runs the tests that have properties in one process, with more inputs than they ask for.
const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `test/${name}`);

export default defineConfig({
  test: {
    include: tests.filter((file) => readFileSync(file, 'utf8').includes("from 'fast-check'")),
    exclude: process.env.FUZZ_JITLESS ? ['test/**/*.wasm.test.ts'] : [],
    execArgv: process.env.FUZZ_JITLESS ? jitlessFlags : [],
    setupFiles: ['test/fuzz/setup.ts'],
    testNamePattern: process.env.FUZZ_ONLY || undefined,
    ...timeouts,
    pool: 'forks',
    maxWorkers: 1,
    reporters: ['default'],
  },
});
