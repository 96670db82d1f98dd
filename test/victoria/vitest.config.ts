import { defineConfig } from 'vitest/config';
import { jitlessFlags, timeouts } from '../../vitest.config.js';

// `npm run test:victoria`. Its files are no *.test.ts, which keeps them out of `npm test`: they need a server that npm
// does not install.
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
