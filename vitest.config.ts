import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // files of tests share what they import, which takes longer than most of them; none of them changes it
    isolate: false,
  },
});
