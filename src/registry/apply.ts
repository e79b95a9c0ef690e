import { isDeepStrictEqual } from 'node:util'
import type { Database, Transaction } from '../foundation/database.ts'
import { StartError } from '../foundation/start-error.ts'
import type { Problem, RegisterFiles } from './files.ts'
import { fileOf } from './files.ts'
import { shelvesOf } from './objects.ts'
import { referenceProblems } from './references.ts'
import type { RegisterObject } from './store.ts'
import { insertObject, lockRegister, maxObjects, storedObjects } from './store.ts'

/** What applying the files of a register would do. */
export type Difference = {
  /** New versions, each with the one that it follows. */
  readonly changes: readonly Change[]
  /** What the register has and the files have not: it stays. */
  readonly kept: readonly RegisterObject[]
}

type Change = { readonly object: RegisterObject; readonly before: RegisterObject | undefined }

/**
 * Applies the files of a register in the caller's transaction: new versions, nothing edited in place.
 * @returns the new versions. @throws StartError listing every problem; nothing is applied then
 */
export async function applyRegister(
  tx: Transaction,
  files: RegisterFiles,
  now: Date,
): Promise<RegisterObject[]> {
  await lockRegister(tx)
  const { changes } = await compareRegister(tx, files)
  for (const { object } of changes) await insertObject(tx, object, now)
  return changes.map(({ object }) => object)
}

/** @throws StartError listing every problem */
export async function compareRegister(
  db: Database | Transaction,
  { objects, problems }: RegisterFiles,
): Promise<Difference> {
  const stored = await storedObjects(db)
  const current = new Map(stored.map((object) => [fileOf(object), object]))
  const changes = objects
    .map((object) => ({ object, before: current.get(fileOf(object)) }))
    .filter(({ object, before }) => !isSame(object, before))
  // Numbers are given when they are written; references do not look at them.
  const fresh = changes.map(({ object }) => ({ ...object, no: 0, root: 0 }))
  const found = [
    ...problems,
    ...changes.flatMap(versionProblem),
    ...referenceProblems(objects, shelvesOf([...stored, ...fresh])),
    ...sizeProblem(stored.length + fresh.length),
  ]
  if (found.length > 0) throw asStartError(found)
  const inFiles = new Set(objects.map(fileOf))
  return { changes, kept: [...current.values()].filter((object) => !inFiles.has(fileOf(object))) }
}

function isSame(object: RegisterObject, before: RegisterObject | undefined): boolean {
  return before !== undefined && isDeepStrictEqual(before.content, structuredClone(object.content))
}

function versionProblem({ object, before }: Change): Problem[] {
  if (before === undefined || object.version > before.version) return []
  const message = `the content changed but version is still ${object.version} (the register has ${before.version})`
  return [{ file: fileOf(object), message }]
}

function sizeProblem(count: number): Problem[] {
  if (count <= maxObjects) return []
  return [{ file: 'the register', message: `holds ${maxObjects} versions at most` }]
}

function asStartError(problems: readonly Problem[]): StartError {
  const lines = problems.map((problem) => `  - ${problem.file}: ${problem.message}`)
  return new StartError(`The register cannot be applied; nothing was:\n${lines.join('\n')}`)
}
