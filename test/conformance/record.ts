import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Verdict } from './judging.ts'

// docs/conformance.jsonl: one line for each module, in the order of the plans.

const root = join(import.meta.dirname, '../..')
const file = join(root, 'docs/conformance.jsonl')

export type Line = Verdict & {
  /** The commit whose product was judged; `-dirty` where there was more in its folder. */
  readonly commit: string
  readonly date: string
}

export function readRecord(): readonly Line[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

export function writeRecord(verdicts: readonly Verdict[], now: Date): void {
  // The record itself is no part of what is judged.
  const ours = ['describe', '--always', '--abbrev=12', '--exclude=*', '--dirty']
  const commit = execFileSync('git', ours, { cwd: root, encoding: 'utf8' }).trim()
  const date = now.toISOString().slice(0, 10)
  const lines = verdicts.map((verdict) => JSON.stringify({ ...verdict, commit, date }))
  writeFileSync(file, `${lines.join('\n')}\n`)
}

/** What is compared of a verdict and of its line. */
export function told({ plan, module, result, why }: Verdict): string {
  return [plan, module, result, why ?? ''].join(' ')
}
