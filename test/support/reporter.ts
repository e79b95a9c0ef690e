import type { Reporter, SerializedError, TestModule } from 'vitest/node'
import { chosenWorkers } from './files.ts'
import { suiteStarts, writeSuiteRecord } from './suite-record.ts'

export type Count = { passed: number; failed: number; skipped: number }

/** A test file, and how long it took with what it imports, and its hooks. */
export type Taken = { readonly file: string; readonly ms: number }

const shownFiles = 10

/**
 * Prints the files that took longest, how long workers had nothing left to do, and `N passed, N failed, N skipped` as the very last line of the run, alone, whatever
 * happened before.
 */
export default class CountingReporter implements Reporter {
  // A run that ends before any test, as when the set-up fails, is a failure too.
  #count: Count = { passed: 0, failed: 0, skipped: 0 }
  /** When each file ended, in this order. */
  readonly #ends: number[] = []
  #modules: readonly TestModule[] = []

  onInit(): void {
    const start = suiteStarts()
    process.once('exit', (code) => {
      if (start !== undefined) writeSuiteRecord(start, endOf(this.#count, code), this.#modules)
      process.stdout.write(`${lineOf(this.#count, code)}\n`)
    })
  }

  onTestModuleEnd(): void {
    this.#ends.push(performance.now())
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    this.#count = countOf(modules, unhandled)
    this.#modules = modules
    if (modules.length <= shownFiles) return
    process.stdout.write(slowestText(modules.map(takenBy)))
    process.stdout.write(
      `${idleSeconds(this.#ends, chosenWorkers()).toFixed(1)} s without work at the end\n`,
    )
  }
}

function takenBy(module: TestModule): Taken {
  // What a worker took before its first file is no file's: where Node reads the types itself, it is counted until the file is met.
  const { collectDuration, duration, setupDuration } = module.diagnostic()
  const ms = collectDuration + duration + setupDuration
  return { file: module.relativeModuleId, ms }
}

export function slowestText(files: readonly Taken[]): string {
  const slowest = files.toSorted((a, b) => b.ms - a.ms).slice(0, shownFiles)
  const lines = slowest.map(({ file, ms }) => `${(ms / 1000).toFixed(1).padStart(8)} s  ${file}\n`)
  return `\nThe ${slowest.length} slowest files:\n${lines.join('')}\n`
}

/** How long workers waited for the last one: whoever ends a file takes the next, so the last ends are one of each worker. */
export function idleSeconds(ends: readonly number[], workers: number): number {
  const last = ends.slice(-workers)
  return last.reduce((sum, end) => sum + ((last.at(-1) ?? end) - end) / 1000, 0)
}

export function countOf(modules: readonly TestModule[], unhandled: readonly unknown[]): Count {
  const count = { passed: 0, failed: unhandled.length, skipped: 0 }
  for (const module of modules) {
    // Failures outside a test: an import, a hook of a whole suite.
    for (const suite of [module, ...module.children.allSuites()]) {
      if (suite.errors().length > 0) count.failed += 1
    }
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      count[state === 'pending' ? 'skipped' : state] += 1
    }
  }
  return count
}

export function lineOf(count: Count, exitCode: number): string {
  const { passed, failed, skipped } = endOf(count, exitCode)
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

// What is said and the exit code never disagree.
function endOf(count: Count, exitCode: number): Count {
  return { ...count, failed: exitCode === 0 ? count.failed : Math.max(count.failed, 1) }
}
