import { defineConfig } from 'vitest/config';

// Run by `npm run check:package`, and not by `npm test`, because it is slow and installs from the registry.
export default defineConfig({
  test: {
    globalSetup: 'test/package/global-setup.ts',
    include: ['test/package/*.check.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    maxConcurrency: 2,
  },
});
