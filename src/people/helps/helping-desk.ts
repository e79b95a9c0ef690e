import type { Transaction } from '../../base/database/database.ts'
import type { Book } from '../../ledger/chain/index.ts'
import type { HelpWay, MandateSeals } from '../mandates/index.ts'
import { findHelp, isOver, lockedHelp } from '../mandates/index.ts'
import { isKnown } from './judge.ts'

// Which desk sees with a person: what an answer of hers tells of it. Never who.

export const roleOfWay: Readonly<Record<HelpWay, 'counter' | 'telephone'>> = {
  device: 'counter',
  telephone: 'telephone',
  approval: 'telephone',
}

/** A desk, as an answer of hers names it. */
export type HelpingDesk = {
  /** `org_…` */
  readonly organisation: string
  readonly role: 'counter' | 'telephone'
}

/**
 * The desk with which she has a help at this instant, under the lock of her book; undefined: with none. Her own chain proves it: the help was opened
 * there, is not closed there, and its half hour is not over. A session that ended meanwhile ends the help for the desk, and not what it saw.
 */
export async function helpingDesk(
  tx: Transaction,
  seals: MandateSeals,
  book: Book,
  personId: string,
): Promise<HelpingDesk | undefined> {
  const found = await findHelp(tx, seals, { personId })
  if (found === undefined) return undefined
  const help = await lockedHelp(tx, seals, book, found.helpId)
  if (help === undefined || !isKnown(help) || isOver(help, book.now)) return undefined
  return { organisation: help.organisation, role: roleOfWay[help.desk.way] }
}
