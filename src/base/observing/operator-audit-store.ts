import { createHash, randomBytes } from 'node:crypto'
import type { Database, Transaction } from '../database/database.ts'
import { transact } from '../database/database.ts'
import type { Session } from '../database/db-session.ts'
import type { RowSeals } from '../sealing/row-seal.ts'
import { present } from '../values/present.ts'
import { sameReason, sealedTable } from '../sealing/sealed-table.ts'

// What operators did, in a chain: each row has the hash of the row before it, and a seal. So a row that was changed, or that is gone, is
// found, and whoever has no key of purpose `seal` cannot compute the chain anew.

const saltBytes = 32

/** What can be noted, and nothing else: the audit export says it as `event.action`. */
export const deedActions = [
  'account-show',
  'account-suspend',
  'account-deceased',
  'account-restore',
  'account-counter-code',
  'account-close',
  'person-erase',
  'erasure-finish',
  'person-settle',
  'person-export',
  'person-hold',
  'person-release',
  'breach-list',
  'dossier-make',
  'audit-export',
  'matching-show',
  'matching-lift',
  'keys-announce',
  'keys-rotate',
  'keys-rotate-all',
  'keys-retire',
  'seals-first',
  'register-apply',
  'brake-begin',
  'brake-confirm',
  'brake-release',
  'office-first',
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

/** What a deed is about, behind a hash: without the salt nobody can try a reference against it. */
type About = { readonly aboutSha256: Buffer; readonly aboutSalt: Buffer | null }

type Linked = OperatorDeed &
  About & {
    readonly deedNo: number
    readonly at: Date
    readonly phase: 'begun' | DeedEnd
    readonly begunNo: number | null
  }
type Stored = Linked & { readonly sha256: Buffer; readonly seal: Buffer }

export const deedTable = sealedTable('operator_deed', {
  // The salt: whoever has no key of purpose `seal` takes away no reference.
  seal: ['operator deed', 2],
  covers: ['deed_no', 'sha256', 'about_salt'],
  otherwise: sameReason(
    [
      'at',
      'phase',
      'begun_no',
      'action',
      'object',
      'person_id',
      'about_sha256',
      'operator',
      'account',
      'signers',
      'instance',
      'reason_sha256',
    ],
    'sha256 is the hash of it, of object and person_id by about_sha256',
  ),
  inventory: {
    whose: 'operator',
    kept: 'ever',
    change: 'events',
    afterClosing: {
      stays:
        'what operators did about her, in their chain: a number that leads to nobody without the rows above',
    },
    why: {
      fr: 'ce que les exploitants ont fait avec l’outil, en chaîne; de qui, trois ans au plus',
      en: 'what operators did with the tool, in a chain; about whom, for three years at most',
    },
    columns: {
      operator: 'operator account signers reason_sha256',
      pseudonym: 'person_id object',
      technical: 'deed_no at phase begun_no action instance about_sha256 about_salt sha256 seal',
    },
  },
})
export const lastDeedTable = sealedTable('operator_deed_head', {
  seal: ['last operator deed', 1],
  covers: ['deed_no', 'sha256'],
  unsealed: { only_one: 'its one row' },
  inventory: {
    whose: 'operator',
    kept: 'ever',
    change: 'events',
    why: { fr: 'quel geste est le dernier', en: 'which deed is the last' },
    columns: { technical: 'only_one deed_no sha256 seal' },
  },
})

/** Notes that a deed begins, before it acts. @returns the number of the row */
export function auditBegin(db: Database, seals: RowSeals, deed: OperatorDeed): Promise<number> {
  return add(db, seals, { ...deed, phase: 'begun', begunNo: null })
}

/** Notes how a deed ended. What it was about is said as at its beginning: no more where that was erased meanwhile, by this very deed. */
export async function auditEnd(
  db: Database,
  seals: RowSeals,
  deed: OperatorDeed,
  ended: { readonly begunNo: number; readonly phase: DeedEnd },
): Promise<void> {
  await add(db, seals, { ...deed, ...ended })
}

type New = Omit<Linked, 'deedNo' | 'at' | keyof About>

function add(db: Database, seals: RowSeals, deed: New): Promise<number> {
  return transact(db, async (tx) => {
    // One after the other: numbers have no gap, and times no disorder.
    await tx.raw("select pg_advisory_xact_lock(hashtext('accord.operator-deeds'))")
    const last = await lastDeed(tx)
    const at = await instantAfter(tx, last?.at)
    const row = { ...deed, ...(await aboutOf(tx, deed)), deedNo: (last?.deedNo ?? 0) + 1, at }
    const head = { deedNo: row.deedNo, sha256: hashOf(row, last?.sha256) }
    const seal = seals.seal(deedTable, { ...head, aboutSalt: row.aboutSalt })
    await tx('operatorDeed').insert({ ...row, ...head, seal })
    const newHead = { ...head, seal: seals.seal(lastDeedTable, head) }
    await tx('operatorDeedHead')
      .insert({ onlyOne: true, ...newHead })
      .onConflict('onlyOne')
      .merge()
    return row.deedNo
  })
}

type Said = About & Pick<OperatorDeed, 'object' | 'personId'>

async function aboutOf(tx: Transaction, { begunNo, object, personId }: New): Promise<Said> {
  const begun = await tx('operatorDeed')
    .where({ deedNo: begunNo ?? 0 })
    .first<Said | undefined>('object', 'personId', 'aboutSha256', 'aboutSalt')
  if (begun !== undefined) return begun
  const aboutSalt = randomBytes(saltBytes)
  return { object, personId, aboutSalt, aboutSha256: aboutHash(aboutSalt, { object, personId }) }
}

function aboutHash(salt: Buffer, { object, personId }: Pick<OperatorDeed, 'object' | 'personId'>) {
  return createHash('sha256')
    .update(salt)
    .update(JSON.stringify([object, personId]))
    .digest()
}

/**
 * Takes away what deeds of a person were about, where that leads to nothing any more.
 * @param isGone whether a reference leads to nothing
 */
export async function forgetReferences(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  isGone: (object: string) => Promise<boolean>,
): Promise<void> {
  const rows: Forgettable[] = await tx('operatorDeed')
    .where({ personId })
    .orderBy('deedNo')
    .limit(mostForgotten)
    .select('deedNo', 'sha256', 'object')
  for (const row of rows)
    if (row.object !== null && (await isGone(row.object))) await forgetAbout(tx, seals, row)
}

/** The same of all deeds before an instant, so many at most. @returns how many */
export function forgetOldReferences(db: Database, seals: RowSeals, before: Date): Promise<number> {
  return transact(db, async (tx) => {
    const rows: Forgettable[] = await tx('operatorDeed')
      .where('at', '<', before)
      .whereNotNull('aboutSalt')
      .orderBy('deedNo')
      .limit(mostForgotten)
      .select('deedNo', 'sha256', 'object')
    for (const row of rows) await forgetAbout(tx, seals, row)
    return rows.length
  })
}

const mostForgotten = 1000
type Forgettable = Pick<Stored, 'deedNo' | 'sha256' | 'object'>

async function forgetAbout(tx: Transaction, seals: RowSeals, { deedNo, sha256 }: Forgettable) {
  const none = { object: null, personId: null, aboutSalt: null }
  const seal = seals.seal(deedTable, { deedNo, sha256, aboutSalt: null })
  await tx('operatorDeed')
    .where({ deedNo })
    .update({ ...none, seal })
}

type LastDeed = Pick<Stored, 'deedNo' | 'at' | 'sha256'>

async function lastDeed(tx: Transaction): Promise<LastDeed | undefined> {
  // The last row, not the head: a head that somebody changed stops nobody's work, and is found by `ledger verify`.
  return tx('operatorDeed')
    .orderBy('deedNo', 'desc')
    .first<LastDeed | undefined>('deedNo', 'at', 'sha256')
}

/** By the clock of the database, whatever the machine of an operator says, and never before the last deed: whole milliseconds, which are hashed. */
async function instantAfter(tx: Transaction, last: Date | undefined): Promise<Date> {
  const { rows } = await tx.raw<{ rows: { at: Date }[] }>(
    `select greatest(date_trunc('milliseconds', clock_timestamp() + clock_offset()), ?::timestamptz) as at`,
    [last ?? null],
  )
  return present(rows[0], 'the time').at
}

function hashOf(row: Linked, before: Buffer | undefined): Buffer {
  const { deedNo, at, phase, begunNo, action, aboutSha256 } = row
  const { operator, account, signers, instance, reasonSha256 } = row
  const deed = [deedNo, at.toISOString(), phase, begunNo, action, aboutSha256.toString('hex')]
  const who = [operator, account, signers, instance, reasonSha256?.toString('hex') ?? null]
  const text = JSON.stringify([...deed, ...who, before?.toString('hex') ?? null])
  return createHash('sha256').update(text).digest()
}

const page = 1000
const maxPages = 100_000
const mostFound = 20

type DeedFault = { readonly called: string; readonly because: string }
/** A deed by its number, and the hash of its row. */
type DeedNamed = { readonly number: number; readonly sha256: Buffer }

/** What is wrong with the noted deeds: a row that was changed, or is not there. */
export async function deedFaults(session: Session, seals: RowSeals): Promise<readonly DeedFault[]> {
  const { found, last } = await walkDeeds(session, seals, undefined)
  if (!(await isHead(session, seals, last)))
    found.push({
      called: `deed ${last?.number ?? 0}`,
      because: 'it is not the last one that was noted',
    })
  return found.slice(0, mostFound)
}

/** The same of those behind a deed that somebody holds; undefined: of all. It says nothing of the last one. */
export async function deedFaultsAfter(
  session: Session,
  seals: RowSeals,
  held: DeedNamed | undefined,
): Promise<readonly DeedFault[]> {
  return (await walkDeeds(session, seals, held)).found
}

async function walkDeeds(session: Session, seals: RowSeals, held: DeedNamed | undefined) {
  const found: DeedFault[] = []
  let [last, lastAt]: [DeedNamed | undefined, Date | undefined] = [held, undefined]
  for (let n = 0; n < maxPages && found.length < mostFound; n++) {
    const rows = await session.rows<Stored>(
      `select deed_no as "deedNo", at, phase, begun_no as "begunNo", action, object, person_id as "personId",
         about_sha256 as "aboutSha256", about_salt as "aboutSalt", operator, account, signers,
         instance, reason_sha256 as "reasonSha256", sha256, seal
       from operator_deed where deed_no > $1 order by deed_no limit ${page}`,
      [last?.number ?? 0],
    )
    for (const row of rows) {
      const because = faultOf(seals, row, last, lastAt)
      if (because !== undefined) found.push({ called: `deed ${row.deedNo}`, because })
      ;[last, lastAt] = [{ number: row.deedNo, sha256: row.sha256 }, row.at]
    }
    if (rows.length < page) break
  }
  return { found, last }
}

function faultOf(
  seals: RowSeals,
  row: Stored,
  last: DeedNamed | undefined,
  lastAt: Date | undefined,
): string | undefined {
  if (row.deedNo !== (last?.number ?? 0) + 1) return 'the deed before it is gone'
  const isAsNoted = row.sha256.equals(hashOf(row, last?.sha256)) && isAbout(row)
  if (!isAsNoted || !seals.holds(deedTable, row, row.seal))
    return 'it is not as this broker noted it'
  return lastAt !== undefined && row.at < lastAt
    ? 'it is dated before the deed before it'
    : undefined
}

function isAbout(row: Stored): boolean {
  const { aboutSalt: salt, aboutSha256, object, personId } = row
  if (salt === null) return object === null && personId === null
  return aboutSha256.equals(aboutHash(salt, row))
}

async function isHead(
  session: Session,
  seals: RowSeals,
  last: DeedNamed | undefined,
): Promise<boolean> {
  type Head = { deedNo: number; sha256: Buffer; seal: Buffer }
  const [head] = await session.rows<Head>(
    'select deed_no as "deedNo", sha256, seal from operator_deed_head',
  )
  if (head === undefined || last === undefined) return head === last
  return (
    head.deedNo === last.number &&
    head.sha256.equals(last.sha256) &&
    seals.holds(lastDeedTable, head, head.seal)
  )
}
