import { execFile } from 'node:child_process'
import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { newFolder } from '../support/fault-process.ts'

// The files of another version, with the packages of this one.

export type OlderVersion = { readonly commit: string; readonly tree: string; remove(): void }

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** The version of DRILL_FROM, or of the last tag. @returns undefined where no tag is there */
export async function olderVersion(): Promise<OlderVersion | undefined> {
  const name = process.env['DRILL_FROM'] ?? (await lastTag())
  if (name === undefined) return undefined
  const commit = await git('rev-parse', '--verify', '--end-of-options', `${name}^{commit}`)
  const tree = newFolder()
  await run('sh', ['-c', 'git archive "$1" | tar -x -C "$2"', 'sh', commit, tree], { cwd: root })
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
  return { commit, tree, remove: () => rmSync(tree, { recursive: true, force: true }) }
}

/** The commit that a tree was taken out at, and whether it was changed since. */
export function commitOf(tree: string): Promise<string> {
  return run('git', ['describe', '--always', '--dirty'], { cwd: tree }).then(
    ({ stdout }) => stdout.trim(),
    () => 'unknown',
  )
}

function lastTag(): Promise<string | undefined> {
  return git('describe', '--tags', '--abbrev=0').catch(() => undefined)
}

async function git(...words: readonly string[]): Promise<string> {
  return (await run('git', words, { cwd: root })).stdout.trim()
}
