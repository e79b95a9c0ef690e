import type { Database, Transaction } from '../../base/database/database.ts'
import type { Kind } from '../objects/object-schemas.ts'

/** One version of one object, with the content of its file. */
export type RegisterObject = {
  readonly kind: Kind
  readonly id: string
  readonly version: number
  readonly content: Readonly<Record<string, unknown>>
}

export type StoredObject = RegisterObject & {
  /** The number of this version in rows of other rooms; `root`, the first version's number, identifies the object. */
  readonly no: number
  readonly root: number
  readonly appliedAt: Date
}

export type SealedObject = StoredObject & { readonly seal: Buffer | null }

/** The whole register with its seals, at one instant. */
export type SealedRegister = {
  readonly epoch: bigint
  /** Of the epoch and of all versions together. */
  readonly seal: Buffer | null
  readonly objects: readonly SealedObject[]
  /** The deeds about brakes, in their order. */
  readonly brakes: readonly StoredBrake[]
}

export type StoredBrake = {
  readonly no: number
  readonly sha256: Buffer
  /** What is published of it; null: somebody took it away. */
  readonly document: string | null
  readonly operator: string | null
}

/** Versions that a register may hold: an apply beyond it is refused. */
export const maxObjects = 20_000

/** Every version of every object, those of one object in order. */
export async function storedObjects(db: Database | Transaction): Promise<StoredObject[]> {
  const { rows } = await db.raw<{ rows: StoredObject[] }>(
    `select kind, id, version, content, object_no as no, applied_at,
            first_value(object_no) over (partition by kind, id order by version) as root
     from register_objects order by kind, id, version limit ?`,
    [maxObjects],
  )
  return rows
}

type BrakeJson = Omit<StoredBrake, 'sha256'> & { readonly sha256: string }

/** In one statement: epoch, versions, brakes and seals of two instants would not belong together. */
export async function sealedRegister(db: Database | Transaction): Promise<SealedRegister> {
  type Row = SealedObject & {
    readonly epoch: string
    readonly whole: Buffer | null
    readonly brakes: readonly BrakeJson[] | null
  }
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select o.kind, o.id, o.version, o.content, o.object_no as no, o.applied_at, q.seal, s.epoch, s.seal as whole,
            first_value(o.object_no) over (partition by o.kind, o.id order by o.version) as root,
            case when row_number() over (order by o.kind, o.id, o.version) = 1 then (
              select json_agg(json_build_object('no', b.brake_no, 'sha256', encode(b.sha256, 'hex'), 'document', d.document,
                'operator', b.operator) order by b.brake_no)
              from register_brake b left join public_documents d using (sha256)) end as brakes
     from register_objects o left join register_seal q using (object_no) right join register_state s on true
     order by o.kind, o.id, o.version limit ?`,
    [maxObjects + 1],
  )
  const [first] = rows
  if (first === undefined) throw new Error('the register has no epoch')
  if (rows.length > maxObjects) throw new Error(`the register holds over ${maxObjects} versions`)
  // Of a register without versions, the row of its state has nulls for a version.
  const objects = rows.filter(({ no }) => Number.isInteger(no))
  return {
    epoch: BigInt(first.epoch),
    seal: first.whole,
    objects: objects.map(({ epoch: _epoch, whole: _whole, brakes: _brakes, ...object }) => object),
    brakes: (first.brakes ?? []).map((brake) => ({
      ...brake,
      sha256: Buffer.from(brake.sha256, 'hex'),
    })),
  }
}

export async function writeSeals(
  tx: Transaction,
  objects: readonly { readonly no: number; readonly seal: Buffer }[],
): Promise<void> {
  await tx.raw(
    `insert into register_seal (object_no, seal) select * from unnest(?::integer[], ?::bytea[])
     on conflict (object_no) do update set seal = excluded.seal`,
    [objects.map(({ no }) => no), objects.map(({ seal }) => seal)],
  )
}

export async function writeWholeSeal(tx: Transaction, seal: Buffer): Promise<void> {
  await tx('registerState').update({ seal })
}

/**
 * The epoch, a number that grows with every applied version, for the look that each process takes every second: its own SQL keeps it
 * apart in PostgreSQL's statistics.
 */
export async function watchEpoch(db: Database): Promise<number> {
  const { rows } = await db.raw<{ rows: { epoch: string }[] }>(
    'select epoch, true as watched from register_epoch',
  )
  return Number(rows[0]?.epoch)
}

export async function insertBrake(
  tx: Transaction,
  brake: Pick<StoredBrake, 'sha256' | 'operator'>,
): Promise<void> {
  await tx('registerBrake').insert(brake)
}

/** What the deeds about brakes are about that were published and have no row. */
export async function brakesWithoutRow(db: Database | Transaction): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { about: string }[] }>(
    `select coalesce(substring(d.document from '"about":"([^"]*)"'), '') as about from public_documents d
     where d.document like '%"kind":"register-brake"%' and not exists (select from register_brake b where b.sha256 = d.sha256)
     limit ?`,
    [maxObjects],
  )
  return rows.map(({ about }) => about)
}

export async function insertObject(
  tx: Transaction,
  object: RegisterObject,
  appliedAt: Date,
): Promise<void> {
  const content = JSON.stringify(object.content)
  await tx('registerObjects').insert({ ...object, content, appliedAt })
}

/**
 * Waits for transactions that write a page that was shown, or an answer (`src/consent/record/store.ts#heldRegisterEpoch`), keeps later
 * ones waiting until this transaction is over, and reads the time. So a page or answer dated before this instant is by the versions
 * before, and one dated after it by the new versions. A person's time may run some milliseconds ahead of the clock
 * (`src/ledger/chain/book.ts#openBook`): so does this one.
 */
export async function stampApply(tx: Transaction): Promise<Date> {
  const { rows } = await tx.raw<{ rows: { at: Date }[] }>(
    `with held as (select epoch from register_state for update)
     select greatest(date_trunc('milliseconds', clock_timestamp() + clock_offset()) + interval '10 milliseconds',
       (select max(applied_at) + interval '1 millisecond' from register_objects)) as at
     from held`,
  )
  const [row] = rows
  if (row === undefined) throw new Error('the register has no epoch')
  return row.at
}

/** One apply at a time: two that read the same state must not both insert the next version. */
export async function lockRegister(tx: Transaction): Promise<void> {
  await tx.raw("select pg_advisory_xact_lock(hashtext('accord.register'))")
}

/** Versions that have no leaf in the public log yet. */
export async function unannouncedObjects(tx: Transaction, limit: number): Promise<StoredObject[]> {
  const { rows } = await tx.raw<{ rows: StoredObject[] }>(
    `select kind, id, version, content, object_no as no, object_no as root, applied_at from register_objects o
     where not exists (select 1 from register_leaf l where l.object_no = o.object_no)
     order by object_no limit ?`,
    [limit],
  )
  return rows
}

export type LeafRow = {
  readonly objectNo: number
  readonly leafId: string
  readonly sha256: Buffer
}

export async function insertLeaves(tx: Transaction, leaves: readonly LeafRow[]): Promise<void> {
  if (leaves.length > 0) await tx('registerLeaf').insert([...leaves])
}

/** Every version with its leaf, where it has one. */
export async function objectsWithLeaves(
  db: Database | Transaction,
): Promise<(StoredObject & Partial<LeafRow>)[]> {
  const { rows } = await db.raw<{ rows: (StoredObject & Partial<LeafRow>)[] }>(
    `select o.kind, o.id, o.version, o.content, o.object_no as no, o.object_no as root, o.applied_at, l.leaf_id, l.sha256
     from register_objects o left join register_leaf l using (object_no) order by o.object_no limit ?`,
    [maxObjects],
  )
  return rows
}

/** Where the entry of a version stands in the public log; undefined members: in none yet. */
export type PlacedLeaf = {
  readonly objectNo: number
  readonly sha256: Buffer
  readonly year: number | null
  readonly shard: number | null
  readonly leafIndex: number | null
}

/** The entry of every version that has one, for pages: its own SQL keeps it apart in PostgreSQL's statistics. */
export async function placedLeaves(db: Database): Promise<PlacedLeaf[]> {
  const { rows } = await db.raw<{ rows: PlacedLeaf[] }>(
    `select l.object_no, l.sha256, p.year, p.shard, p.leaf_index::float8 as leaf_index
     from register_leaf l left join ledger_places p on p.event_id = l.leaf_id order by l.object_no limit ?`,
    [maxObjects],
  )
  return rows
}

export async function objectOf(
  db: Database,
  kind: string,
  id: string,
  version: number,
): Promise<RegisterObject | undefined> {
  const row: RegisterObject | undefined = await db('registerObjects')
    .select('kind', 'id', 'version', 'content')
    .where({ kind, id, version })
    .first()
  return row
}
