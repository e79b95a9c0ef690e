import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

// After them a process is not what it was: its clock is ahead for good, its timers or its environment are others.
const changing = /\b(letTimeMove\(|useFakeTimers\(|process\.env\[[^\]]+\] = )/

/** All test files, from the root of the repository, and in a fixed order. */
export function testFiles(): string[] {
  return globSync('test/**/*.test.ts', { cwd: root }).toSorted()
}

/** Whether a file needs a process that no other file uses after it. */
export function isApart(file: string): boolean {
  return changing.test(readFileSync(join(root, file), 'utf8'))
}
