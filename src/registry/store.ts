import type { Database, Transaction } from '../foundation/database.ts'
import type { Kind } from './kinds.ts'

/** One version of one object, as its file says it. */
export type RegisterObject = {
  readonly kind: Kind
  readonly id: string
  readonly version: number
  readonly content: Readonly<Record<string, unknown>>
}

export type StoredObject = RegisterObject & {
  /** Stands for this version in rows of other rooms; `root`, of the first version, for the object. */
  readonly no: number
  readonly root: number
}

/** Versions that a register may hold: an apply beyond it is refused. */
export const maxObjects = 20_000

/** Every version of every object, those of one object in order. */
export async function storedObjects(db: Database | Transaction): Promise<StoredObject[]> {
  const { rows } = await db.raw<{ rows: StoredObject[] }>(
    `select kind, id, version, content, object_no as no,
            first_value(object_no) over (partition by kind, id order by version) as root
     from register_objects order by kind, id, version limit ?`,
    [maxObjects],
  )
  return rows
}

/** Moves with every applied version. */
export async function readEpoch(db: Database): Promise<number> {
  const row = await db<{ epoch: string }>('registerEpoch').first('epoch')
  return Number(row?.epoch)
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
