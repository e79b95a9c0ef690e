import { createHash } from 'node:crypto'
import type { Database, Transaction } from '../database/database.ts'
import { transact } from '../database/database.ts'
import type { Session } from '../database/db-session.ts'
import type { Renewal } from '../sealing/row-renewal.ts'
import { sealRenewal } from '../sealing/row-renewal.ts'
import type { RowSeals } from '../sealing/row-seal.ts'
import { sameReason, sealedTable } from '../sealing/sealed-table.ts'

// What operators did, in a chain: each row has the hash of the row before it, and a seal. So a row that was changed, or that is gone, is
// found, and whoever has no key of purpose `seal` cannot compute the chain anew.

/** What can be noted, and nothing else: the audit export says it as `event.action`. */
export const deedActions = [
  'account-show',
  'account-suspend',
  'account-deceased',
  'account-restore',
  'account-counter-code',
  'account-close',
  'person-erase',
  'dossier-make',
  'audit-export',
  'matching-show',
  'matching-lift',
  'keys-announce',
  'keys-rotate',
  'keys-retire',
  'seals-first',
  'register-apply',
  'service-secret',
  'open-data-correct',
  'ledger-remember',
  'ledger-restored',
] as const
export type DeedAction = (typeof deedActions)[number]

/** `prepared`: only an order was written, or only what would happen was shown. */
type DeedEnd = 'done' | 'prepared' | 'refused'

/** Who says to do what. Nothing of it is proven: what a deed demands is judged by the deed. */
export type OperatorDeed = {
  readonly action: DeedAction
  readonly object: string | null
  readonly personId: string | null
  /** A name that was typed. */
  readonly operator: string | null
  /** The account of the machine. */
  readonly account: string | null
  /** Public keys by which signatures say to be made. */
  readonly signers: readonly string[]
  readonly instance: string
  readonly reasonSha256: Buffer | null
}

type Linked = OperatorDeed & {
  readonly deedNo: number
  readonly at: Date
  readonly phase: 'begun' | DeedEnd
  readonly begunNo: number | null
}
type Stored = Linked & { readonly sha256: Buffer; readonly seal: Buffer }

export const deedTable = sealedTable('operator_deed', {
  seal: ['operator deed', 1],
  covers: ['deed_no', 'sha256'],
  otherwise: sameReason(
    [
      'at',
      'phase',
      'begun_no',
      'action',
      'object',
      'person_id',
      'operator',
      'account',
      'signers',
      'instance',
      'reason_sha256',
    ],
    'sha256 is the hash of it',
  ),
})
export const lastDeedTable = sealedTable('operator_deed_head', {
  seal: ['last operator deed', 1],
  covers: ['deed_no', 'sha256'],
  unsealed: { only_one: 'its one row' },
})

/** The rows of both tables under the newest key. */
export function deedRenewals(seals: RowSeals): readonly Renewal[] {
  return [sealRenewal(deedTable, seals), sealRenewal(lastDeedTable, seals)]
}

/** Notes that a deed begins, before it acts. @returns the number of the row */
export function noteBeginning(
  db: Database,
  seals: RowSeals,
  deed: OperatorDeed,
  clock: () => Date,
): Promise<number> {
  return add(db, seals, { ...deed, phase: 'begun', begunNo: null }, clock)
}

/** Notes how a deed ended. */
export async function noteEnd(
  db: Database,
  seals: RowSeals,
  deed: OperatorDeed,
  ended: { readonly begunNo: number; readonly phase: DeedEnd },
  clock: () => Date,
): Promise<void> {
  await add(db, seals, { ...deed, ...ended }, clock)
}

function add(
  db: Database,
  seals: RowSeals,
  deed: Omit<Linked, 'deedNo' | 'at'>,
  clock: () => Date,
): Promise<number> {
  return transact(db, async (tx) => {
    // One after the other: numbers have no gap, and times no disorder.
    await tx.raw("select pg_advisory_xact_lock(hashtext('accord.operator-deeds'))")
    const last = await lastDeed(tx)
    const row = { ...deed, deedNo: (last?.deedNo ?? 0) + 1, at: clock() }
    const head = { deedNo: row.deedNo, sha256: hashOf(row, last?.sha256) }
    await tx('operatorDeed').insert({ ...row, ...head, seal: seals.seal(deedTable, head) })
    const newHead = { ...head, seal: seals.seal(lastDeedTable, head) }
    await tx('operatorDeedHead')
      .insert({ onlyOne: true, ...newHead })
      .onConflict('onlyOne')
      .merge()
    return row.deedNo
  })
}

async function lastDeed(tx: Transaction): Promise<{ deedNo: number; sha256: Buffer } | undefined> {
  // The last row, not the head: a head that somebody changed stops nobody's work, and is found by `ledger verify`.
  return tx('operatorDeed')
    .orderBy('deedNo', 'desc')
    .first<{ deedNo: number; sha256: Buffer } | undefined>('deedNo', 'sha256')
}

function hashOf(row: Linked, before: Buffer | undefined): Buffer {
  const { deedNo, at, phase, begunNo, action, object, personId } = row
  const { operator, account, signers, instance, reasonSha256 } = row
  const deed = [deedNo, at.toISOString(), phase, begunNo, action, object, personId]
  const who = [operator, account, signers, instance, reasonSha256?.toString('hex') ?? null]
  const text = JSON.stringify([...deed, ...who, before?.toString('hex') ?? null])
  return createHash('sha256').update(text).digest()
}

const page = 1000
const maxPages = 100_000
const mostFound = 20

/** What is wrong with the noted deeds: a row that was changed, or is not there. */
export async function deedFaults(
  session: Session,
  seals: RowSeals,
): Promise<{ readonly called: string; readonly because: string }[]> {
  const found: { called: string; because: string }[] = []
  let [last, before]: [number, Buffer | undefined] = [0, undefined]
  for (let n = 0; n < maxPages && found.length < mostFound; n++) {
    const rows = await session.rows<Stored>(
      `select deed_no as "deedNo", at, phase, begun_no as "begunNo", action, object, person_id as "personId", operator, account, signers,
         instance, reason_sha256 as "reasonSha256", sha256, seal
       from operator_deed where deed_no > $1 order by deed_no limit ${page}`,
      [last],
    )
    for (const row of rows) {
      const called = `deed ${row.deedNo}`
      if (row.deedNo !== last + 1) found.push({ called, because: 'the deed before it is gone' })
      else if (!row.sha256.equals(hashOf(row, before)) || !seals.holds(deedTable, row, row.seal))
        found.push({ called, because: 'it is not as this broker noted it' })
      ;[last, before] = [row.deedNo, row.sha256]
    }
    if (rows.length < page) break
  }
  if (!(await isHead(session, seals, last, before)))
    found.push({ called: `deed ${last}`, because: 'it is not the last one that was noted' })
  return found.slice(0, mostFound)
}

async function isHead(
  session: Session,
  seals: RowSeals,
  last: number,
  sha256: Buffer | undefined,
): Promise<boolean> {
  type Head = { deedNo: number; sha256: Buffer; seal: Buffer }
  const [head] = await session.rows<Head>(
    'select deed_no as "deedNo", sha256, seal from operator_deed_head',
  )
  if (head === undefined || sha256 === undefined) return head === undefined && last === 0
  return (
    head.deedNo === last &&
    head.sha256.equals(sha256) &&
    seals.holds(lastDeedTable, head, head.seal)
  )
}
