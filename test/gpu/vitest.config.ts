import { defineConfig } from 'vitest/config';

/** `npm run test:gpu`: what only a GPU can show. One file at a time, since they share it. */
export default defineConfig({
  test: {
    dir: 'test/gpu',
    include: ['**/*.test.ts'],
    globalSetup: './test/compile.ts',
    reporters: ['default', './test/reporter.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
