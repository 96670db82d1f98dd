import { defineConfig } from 'vitest/config';
import { timeouts } from '../../vitest.config.js';
import { jitlessFlags } from '../support/jitless-flags.js';

// Run by `npm run test:victoria`. The files are not named *.test.ts, so that `npm test` leaves them out: they need a server that
// npm does not install.
export default defineConfig({
  test: {
    projects: ['node', 'jitless'].map((name) => ({
      test: {
        ...timeouts,
        name,
        root: import.meta.dirname,
        include: ['*.spec.ts'],
        ...(name === 'jitless' ? { pool: 'forks', execArgv: jitlessFlags } : {}),
      },
    })),
  },
});
