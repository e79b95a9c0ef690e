import { createHash } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { newUuid } from '../../base/values/ids.ts'
import type { JsonValue } from '../../ledger/chain/index.ts'
import { appendPublic, canonical } from '../../ledger/chain/index.ts'
import type { RegisterObject } from './store.ts'
import {
  insertLeaves,
  lockRegister,
  objectOf,
  objectsWithLeaves,
  unannouncedObjects,
} from './store.ts'

const batch = 500
const maxRounds = 100

/** Queues a leaf of the public log for every version that has none, in the caller's transaction. */
export async function announce(tx: Transaction, now: Date): Promise<void> {
  for (let round = 0; round < maxRounds; round++) {
    const objects = await unannouncedObjects(tx, batch)
    const leaves = objects.map((object) => ({
      objectNo: object.no,
      leafId: newUuid(now),
      sha256: leafOf(object),
    }))
    await insertLeaves(tx, leaves)
    await appendPublic(
      tx,
      leaves.map(({ leafId: id, sha256 }) => ({ id, sha256 })),
    )
    if (objects.length < batch) return
  }
}

/** The same for versions that were applied before the log existed. */
export async function announceRegister(db: Database, now: Date): Promise<void> {
  await transact(db, async (tx) => {
    await lockRegister(tx)
    await announce(tx, now)
  })
}

/** Every version with its leaf, to check that its content today is the content of the leaf. */
export async function registerLeaves(db: Database): Promise<
  {
    readonly kind: 'register-version'
    readonly ref: string
    readonly leafId: string | undefined
    readonly holds: boolean
    readonly sha256: Buffer
  }[]
> {
  const objects = await objectsWithLeaves(db)
  return objects.map((object) => ({
    kind: 'register-version',
    ref: `${object.id}@${object.version}`,
    leafId: object.leafId ?? undefined,
    sha256: leafOf(object),
    holds: isAsPublished(object),
  }))
}

/** A version as it is published: canonical JSON, whose SHA-256 is its entry. @param ref `org_aide-etudes@1` */
export async function registerDocument(
  db: Database,
  kind: string,
  ref: string,
): Promise<string | undefined> {
  const [, id, version] = /^([\w.-]{1,200})@([1-9]\d{0,4})$/.exec(ref) ?? []
  if (id === undefined || version === undefined) return undefined
  const object = await objectOf(db, kind, id, Number(version))
  return object && documentOf(object)
}

/** Whether a version says what its leaf says. */
export function isAsPublished(object: RegisterObject & { readonly sha256?: Buffer }): boolean {
  return object.sha256?.equals(leafOf(object)) === true
}

/** The leaf has no salt: the object is public, and anybody can compute its leaf. */
export function leafOf(object: RegisterObject): Buffer {
  return createHash('sha256').update(documentOf(object)).digest()
}

/** A version as its entry in the public log has it. */
export function leafDocument(object: RegisterObject): string {
  return documentOf(object)
}

function documentOf({ kind, id, version, content }: RegisterObject): string {
  return canonical({ kind, id, version, content: content as JsonValue }) // parsed from JSON
}
