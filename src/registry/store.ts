import type { Database, Transaction } from '../foundation/database.ts'

export type Kind = 'organisation' | 'service'

/** One version of one object, as its file says it. */
export type RegisterObject = {
  readonly kind: Kind
  readonly id: string
  readonly version: number
  readonly content: Readonly<Record<string, unknown>>
}

const maxObjects = 20_000

export async function currentObjects(db: Database | Transaction): Promise<RegisterObject[]> {
  return db('currentRegister').select('kind', 'id', 'version', 'content').limit(maxObjects)
}

export async function insertObject(
  tx: Transaction,
  object: RegisterObject,
  now: Date,
): Promise<void> {
  const content = JSON.stringify(object.content)
  await tx('registerObjects').insert({ ...object, content, appliedAt: now })
}

/** One apply at a time: two that read the same state must not both insert the next version. */
export async function lockRegister(tx: Transaction): Promise<void> {
  await tx.raw("select pg_advisory_xact_lock(hashtext('accord.register'))")
}
