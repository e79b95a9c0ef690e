import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestModule } from 'vitest/node'
import { recordFile } from './record-file.ts'

// What a run of the suite leaves for `npm run evidence`, where SUITE_RECORD names a file: what was run, of which commit, and how it ended.

const root = join(import.meta.dirname, '../..')

export type FileCount = {
  readonly file: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export type SuiteRecord = {
  readonly format: 'accord-suite'
  readonly at: string
  readonly commit: string
  /** Whether the files of the tree were those of the commit when the run began. */
  readonly isClean: boolean
  readonly node: string
  readonly seconds: number
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly files: readonly FileCount[]
}

/** Where git is not, or the folder is no checkout: an empty commit, which is nobody's. */
export function treeOf(folder: string): { readonly commit: string; readonly isClean: boolean } {
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  try {
    const commit = git('rev-parse', 'HEAD').trim()
    return { commit, isClean: git('status', '--porcelain').trim() === '' }
  } catch {
    return { commit: '', isClean: false }
  }
}

export type SuiteStart = {
  readonly to: string
  readonly at: Date
  readonly commit: string
  readonly isClean: boolean
}

/** Called when a run begins; runs within it, of tests of the runner, write none. @returns undefined where no record is wanted */
export function suiteStarts(): SuiteStart | undefined {
  const to = process.env['SUITE_RECORD']
  if (to === undefined) return undefined
  delete process.env['SUITE_RECORD']
  return { to: recordFile(to), at: new Date(), ...treeOf(root) }
}

/** Writes the record. @param count the whole run's, failures outside a test included */
export function writeSuiteRecord(
  { to, at, commit, isClean }: SuiteStart,
  count: { readonly passed: number; readonly failed: number; readonly skipped: number },
  modules: readonly TestModule[],
): void {
  const record: SuiteRecord = {
    format: 'accord-suite',
    at: at.toISOString(),
    commit,
    isClean,
    node: process.versions.node,
    seconds: Math.round((Date.now() - at.getTime()) / 1000),
    ...count,
    files: modules.map(fileCount).toSorted((a, b) => a.file.localeCompare(b.file)),
  }
  writeFileSync(to, `${JSON.stringify(record, null, 1)}\n`)
}

function fileCount(module: TestModule): FileCount {
  const count = { passed: 0, failed: 0, skipped: 0 }
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    count[state === 'pending' ? 'skipped' : state] += 1
  }
  return { file: module.relativeModuleId, ...count }
}
