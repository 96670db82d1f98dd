import { defineConfig } from 'vitest/config';

// Apart from `npm test`, because it is slow and installs from the registry: `npm run check:package`.
export default defineConfig({
  test: { include: ['test/package/*.check.ts'], testTimeout: 60_000, hookTimeout: 120_000 },
});
