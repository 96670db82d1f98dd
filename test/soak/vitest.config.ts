import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { timeouts } from '../../vitest.config.js';
import { jitlessFlags } from '../support/jitless-flags.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Files whose subject is duration, and those with properties that have more runs here than in `npm test`. */
const include = readdirSync(`${root}/test`, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `test/${name}`)
  .filter((file) => file.endsWith('.soak.test.ts') || readFileSync(`${root}/${file}`, 'utf8').includes('soakRuns('));

const shared = { ...timeouts, testTimeout: 600_000, root, env: { SOAK: 'yes' } };

// `npm run test:soak`, which takes at most three minutes.
export default defineConfig({
  test: {
    globalSetup: `${root}/scripts/build-worker.mjs`,
    maxWorkers: '100%',
    projects: [
      { test: { ...shared, name: 'node', include } },
      {
        test: { ...shared, name: 'jitless', include, exclude: ['test/**/*.wasm.test.ts'], pool: 'forks', execArgv: jitlessFlags },
      },
    ],
  },
});
