import { defineConfig } from 'vitest/config'
import { besideOthers, chosenFiles, chosenWorkers, shareCompiled } from './test/support/files.ts'
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
    // Node reads types itself, as everywhere else, and keeps what it compiled: each file was read, changed and handed over once more.
    experimental: { viteModuleRunner: false },
    sequence: { sequencer: LongFirst },
    maxWorkers: chosenWorkers(),
    execArgv: besideOthers,
    // What is awaited comes: a limit only ends what hangs, and is far from what a machine needs that does other things.
    testTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 180_000,
  },
})
