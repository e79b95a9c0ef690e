import { isDeepStrictEqual } from 'node:util'
import type { Transaction } from '../foundation/database.ts'
import { StartError } from '../foundation/start-error.ts'
import type { Problem, RegisterFiles } from './files.ts'
import { fileOf } from './files.ts'
import type { RegisterObject } from './store.ts'
import { currentObjects, insertObject, lockRegister } from './store.ts'

/**
 * Applies the files of a register in the caller's transaction: new versions, nothing edited in place.
 * @returns the ids that have a new version. @throws StartError listing every problem; nothing is applied then
 */
export async function applyRegister(
  tx: Transaction,
  files: RegisterFiles,
  now: Date,
): Promise<string[]> {
  await lockRegister(tx)
  const current = new Map((await currentObjects(tx)).map((object) => [keyOf(object), object]))
  const fresh = files.objects.filter((object) => !isSame(object, current.get(keyOf(object))))
  const problems = [
    ...files.problems,
    ...fresh.flatMap((object) => versionProblem(object, current.get(keyOf(object)))),
  ]
  if (problems.length > 0) throw asStartError(problems)
  for (const object of fresh) await insertObject(tx, object, now)
  return fresh.map(({ id }) => id)
}

function keyOf({ kind, id }: RegisterObject): string {
  return `${kind} ${id}`
}

function isSame(object: RegisterObject, before: RegisterObject | undefined): boolean {
  return before !== undefined && isDeepStrictEqual(before.content, structuredClone(object.content))
}

function versionProblem(object: RegisterObject, before: RegisterObject | undefined): Problem[] {
  if (before === undefined || object.version > before.version) return []
  const message = `the content changed but version is still ${object.version} (the register has ${before.version})`
  return [{ file: fileOf(object), message }]
}

function asStartError(problems: readonly Problem[]): StartError {
  const lines = problems.map((problem) => `  - ${problem.file}: ${problem.message}`)
  return new StartError(`The register cannot be applied; nothing was:\n${lines.join('\n')}`)
}
