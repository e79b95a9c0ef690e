import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** This checkout, as it is now. */
export const root = join(import.meta.dirname, '..')

/**
 * The commit whose baselines are measured. Both use code of ours (proofs, seals, signatures): what makes ours faster must not make the
 * measure longer.
 */
export const frozenCommit = 'e6afdca5'

/**
 * The files of a commit, in a new folder, with the packages of this checkout; `.` is this checkout itself.
 * @throws Error naming the commit, where the clone does not have it
 */
export async function treeAt(commit: string, folder: string): Promise<string> {
  if (commit === '.') return root
  mkdirSync(folder)
  const archive = `${folder}.tar`
  try {
    await run('git', ['-C', root, 'archive', '--format=tar', `--output=${archive}`, commit])
  } catch (cause) {
    throw new Error(`this clone does not have the commit ${commit}`, { cause })
  }
  await run('tar', ['-xf', archive, '-C', folder])
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}
