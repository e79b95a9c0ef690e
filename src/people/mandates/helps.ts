import { createHash } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedRow } from '../../base/sealing/row-seal.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Actor, Book, MarkRead } from '../../ledger/chain/index.ts'
import { numberIn, openBook } from '../../ledger/chain/index.ts'
import { groundActs } from './grounds.ts'
import type { MandateFacts, MandateTerms } from './mandate-facts.ts'
import type { MandateVault } from './offices.ts'
import { emptyMandate } from './offices.ts'
import type { DeskSide, MandateSeals } from './sealed-sides.ts'
import { deskSide, sealSide } from './sealed-sides.ts'
import type { WithSeal } from './store.ts'
import {
  endMandateRow,
  helpOfOfficer,
  helpOfPerson,
  helpsToClose,
  insertMandate,
  readHelp,
} from './store.ts'
import type { MandateEnd, MandateRow } from './tables.ts'
import { mandateTable } from './tables.ts'

// A help: for half an hour a desk of a body sees what a person sees. It has one row, which is hers and told in her chain.

/** `grounds.ts` says it as PT30M; a test compares the two. */
export const helpSeconds = 30 * 60

export type NewHelp = {
  /** Of the code that opens it, so that it is opened once. */
  readonly helpId: string
  readonly personId: string
  /** `org_…` */
  readonly organisation: string
  readonly role: string
  readonly desk: DeskSide
}

/** Opens a help, in the transaction of the deed, under the lock of her book. */
export async function openHelp(
  tx: Transaction,
  { seals }: MandateVault,
  book: Book,
  { helpId, personId, organisation, role, desk }: NewHelp,
): Promise<void> {
  const { now } = book
  const untilAt = secondsAfter(now, helpSeconds)
  await insertMandate(tx, book, {
    ...emptyMandate,
    mandateId: helpId,
    principalId: personId,
    orgId: organisation,
    ground: 'help',
    holderKind: 'desk',
    sealed: sealSide(seals, helpId, desk),
    acts: groundActs('help'),
    organisations: [],
    isAll: true,
    // She shows all of it, and reads so before.
    isSensitive: true,
    evidenceMark: officerMark(seals.rows, desk.officerId),
    invitedAt: now,
    acceptedAt: now,
    confirmedAt: now,
    fromAt: now,
    untilAt,
  })
  await book.append({
    kind: 'help.opened',
    actor: { type: 'organisation', organisation },
    fields: {
      mandate: writeId('man', helpId),
      organisation,
      role,
      way: desk.way,
      until: untilAt.toISOString(),
    },
  })
}

export type HelpLooks = { readonly looks: number; readonly sha256: string }

/**
 * Ends a help: either side needs nobody else. @param takeLooks reads how often the officer looked, and deletes what the event now holds
 * @returns whose desk it was, and when it ended; undefined: there is none that nobody ended
 */
export async function endHelp(
  tx: Transaction,
  { vault }: Pick<MandateVault, 'vault'>,
  { personId, helpId }: Pick<NewHelp, 'personId' | 'helpId'>,
  { because, actor }: { readonly because: MandateEnd; readonly actor: Actor },
  takeLooks: () => Promise<HelpLooks>,
): Promise<{ readonly organisation: string; readonly at: Date } | undefined> {
  const book = await openBook(tx, vault, personId)
  const row = await readHelp(tx, helpId)
  if (row?.principalId !== personId) return undefined
  const looks = await takeLooks()
  await endMandateRow(tx, book, row, because)
  await book.append({
    kind: 'help.closed',
    actor,
    fields: { mandate: writeId('man', helpId), ...looks, because },
  })
  return { organisation: row.orgId ?? '', at: book.now }
}

/** A help as it was read, for `mayAct`. */
export type Help = MandateTerms & {
  readonly personId: string
  readonly organisation: string
  readonly sides: MandateFacts['sides']
  /** Undefined: it does not open, so that nobody is let in by it. */
  readonly desk: DeskSide | undefined
}

/** The help under the lock of its person; undefined: there is none that nobody ended. */
export async function lockedHelp(
  tx: Transaction,
  seals: MandateSeals,
  book: Book,
  helpId: string,
): Promise<Help | undefined> {
  const row = await readHelp(tx, helpId)
  return row && helpIn(seals, book, row)
}

function helpIn(seals: MandateSeals, book: Book, row: WithSeal<MandateRow>): Help {
  const isOurs =
    seals.rows.holds(mandateTable, row, row.seal) &&
    numberIn(book.live, row.mandateId) === row.stateSeq
  return {
    ...row,
    personId: row.principalId ?? '',
    organisation: row.orgId ?? '',
    sides: isOurs ? 'agree' : 'untrusted',
    desk: isOurs ? deskSide(seals, row) : undefined,
  }
}

/** A help that nobody ended, as whoever locks both sides must know it before. */
export type HelpSides = {
  readonly helpId: string
  readonly personId: string
  /** Undefined: the row is not as this broker wrote it. */
  readonly officerId: string | undefined
}

/** @param of the help, or whose it is: a person or an officer */
export async function findHelp(
  db: Database | Transaction,
  seals: MandateSeals,
  of: { readonly helpId: string } | { readonly personId: string } | { readonly officerId: string },
): Promise<HelpSides | undefined> {
  const row = await rowFor(db, seals, of)
  if (row === undefined) return undefined
  const isOurs = seals.rows.holds(mandateTable, row, row.seal)
  const officerId = isOurs ? deskSide(seals, row).officerId : undefined
  return { helpId: row.mandateId, personId: row.principalId ?? '', officerId }
}

function rowFor(
  db: Database | Transaction,
  seals: MandateSeals,
  of: Parameters<typeof findHelp>[2],
) {
  if ('helpId' in of) return readHelp(db, of.helpId)
  if ('personId' in of) return helpOfPerson(db, of.personId)
  return helpOfOfficer(db, officerMark(seals.rows, of.officerId))
}

/** Whose helps are over, up to a number. */
export async function helpsOver(db: Database, now: Date, limit: number): Promise<string[]> {
  const rows = await helpsToClose(db, now, limit)
  return rows.flatMap(({ principalId }) => principalId ?? [])
}

const markRow = sealedRow('officer of a help', 1, { officerId: 'uuid' })

/** Finds the living help of an officer, and names him to nobody. */
function officerMark(seals: RowSeals, officerId: string): Buffer {
  return createHash('sha256').update(seals.seal(markRow, { officerId })).digest()
}

/** The facts of a look. */
export function helpFacts(
  help: Help,
  standing: MarkRead,
  holder: MandateFacts['holder'],
): MandateFacts {
  const word = standing === 'unknown' ? 'closed' : standing.word
  const status = word === 'open' || word === 'suspended' ? word : 'closed'
  return {
    chain: [{ ...help, hasHolderDied: false, isHeldByFirm: false }],
    sides: help.sides,
    principal: { birthdate: undefined, hasDied: word === 'deceased', status },
    holder,
    objecting: [],
    isOnlyWithHerKey: false,
  }
}
