import { defineConfig } from 'vitest/config';

// The configuration of `npm run check:package`, which is separate from `npm test` because it is slow and uses the registry.
export default defineConfig({
  test: { include: ['test/package/*.check.ts'], testTimeout: 60_000, hookTimeout: 120_000 },
});
