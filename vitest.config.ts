import type { TestProjectInlineConfiguration } from 'vitest/config'
import { defineConfig } from 'vitest/config'
import type { Need } from './test/support/files.ts'
import { needOf, testFiles } from './test/support/files.ts'

const files = Map.groupBy(testFiles(), needOf)

// Modules are loaded once a worker, its hosts and its browser are started once, and a file leaves nothing behind for the next;
// but files after which a process is no more what it was have one each.
function project(name: string, need: Need): TestProjectInlineConfiguration {
  const isApart = need === 'a process changed for good'
  return {
    test: {
      name,
      include: files.get(need) ?? [],
      isolate: isApart,
      provide: { isApart },
      pool: 'forks',
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
      project('apart', 'a process changed for good'),
      project('browser', 'a browser'),
      project('house', 'no more'),
      project('processes', 'processes of its own'),
    ],
  },
})
