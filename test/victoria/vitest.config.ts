import { defineConfig } from 'vitest/config';

// The configuration of `npm run test:victoria`. The files are named *.spec.ts, so that `npm test` does not run them: they need a
// server that npm does not install.
export default defineConfig({
  test: {
    projects: ['node', 'jitless'].map((name) => ({
      test: {
        name,
        root: import.meta.dirname,
        include: ['*.spec.ts'],
        ...(name === 'jitless' ? { pool: 'forks', execArgv: ['--jitless'] } : {}),
      },
    })),
  },
});
