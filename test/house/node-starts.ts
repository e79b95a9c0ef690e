import type { SourceFile, Violation } from './files.ts'

// Whoever may send a signal to a process, as everybody of the same user may, opens a debugger in it by SIGUSR1, and reads its keys. So
// each start of Node that has the house's code or its keys in reach closes that way.

const flag = '--disable-sigusr1'
const startsNode =
  /(?:^|[\s"'[(=/])node["']?[\s,].*(?:guard\.js|src\/main\.ts|src\/accord\.ts|lay-keys\.mjs)/

/** Starts of Node in units, images, scripts and guides that leave the way open. */
export function debuggableStarts(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path, text }) =>
    text
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .filter((line) => startsNode.test(line) && !isComment(line) && !line.includes(flag))
      .map((line) => ({ path, says: `starts Node without ${flag}: ${line.trim().slice(0, 60)}` })),
  )
}

function isComment(line: string): boolean {
  return /^\s*(?:#|\/\/)/.test(line)
}
