import { defineConfig } from 'vitest/config'
import { isApart, testFiles } from './test/support/files.ts'

const files = testFiles()

const common = {
  pool: 'forks',
  testTimeout: 30_000,
  hookTimeout: 60_000,
} as const

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', './test/support/reporter.ts'],
    // Each worker may hold two hosts, a pool of connections and a browser.
    maxWorkers: 2,
    projects: [
      // Modules are loaded once a worker, hosts and a browser started once; a file leaves nothing behind for the next.
      {
        test: {
          ...common,
          name: 'house',
          include: files.filter((file) => !isApart(file)),
          isolate: false,
          provide: { isApart: false },
        },
      },
      // Files after which a process is no more what it was have one each.
      {
        test: {
          ...common,
          name: 'apart',
          include: files.filter(isApart),
          isolate: true,
          provide: { isApart: true },
        },
      },
    ],
  },
})
