import type { TestProjectInlineConfiguration } from 'vitest/config'
import { defineConfig } from 'vitest/config'
import type { Need } from './test/support/files.ts'
import { needOf, testFiles } from './test/support/files.ts'

const files = Map.groupBy(testFiles(), needOf)

// Modules are loaded once a worker, its hosts and its browser are started once. A file leaves nothing behind for the next.
function project(name: string, need: Need): TestProjectInlineConfiguration {
  return {
    test: {
      name,
      include: files.get(need) ?? [],
      setupFiles: ['test/support/setup.ts'],
      pool: 'forks',
      isolate: false,
      testTimeout: 30_000,
      hookTimeout: 60_000,
    },
  }
}

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', './test/support/reporter.ts'],
    // Each worker may hold two hosts, a pool of connections and a browser.
    maxWorkers: 2,
    projects: [
      project('browser', 'a browser'),
      project('house', 'no more'),
      project('long', 'a clock that moves, or many things at once'),
      project('processes', 'processes of its own'),
    ],
  },
})
