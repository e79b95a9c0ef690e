import { defineConfig } from 'vitest/config'
import { chosenFiles, chosenWorkers, shareCompiled } from './test/support/files.ts'
import { LongFirst } from './test/support/order.ts'

shareCompiled()

export default defineConfig({
  test: {
    include: chosenFiles(),
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/setup.ts'],
    reporters: ['default', './test/support/reporter.ts'],
    // Modules are loaded once a worker, its hosts and its browser are started once. A file leaves nothing behind for the next.
    pool: 'forks',
    isolate: false,
    sequence: { sequencer: LongFirst },
    maxWorkers: chosenWorkers(),
    testTimeout: 30_000,
    // What is awaited comes; a second, which is usual, is not enough on a busy machine.
    expect: { poll: { timeout: 10_000 } },
    hookTimeout: 60_000,
  },
})
