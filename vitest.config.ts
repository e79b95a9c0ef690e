import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Two hundred workers, and the processes that they start, compile the same packages: once is enough (see src/guard.js).
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/accord')

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', './test/support/reporter.ts'],
    pool: 'forks',
    // Each worker may hold a house, its pool of connections and a browser.
    maxWorkers: 2,
    fileParallelism: true,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
