import type { DeskAct } from '../../base/values/desk-acts.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { Book } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type {
  DeskSide,
  Help,
  HelpWay,
  MandateEnd,
  MandateFacts,
  MandateVault,
  Office,
} from '../mandates/index.ts'
import { findHelp, helpFacts, isOver, lockOffices, lockedHelp, mayAct } from '../mandates/index.ts'
import type { DeskOfficer } from '../offices/index.ts'
import { officesWith } from '../offices/index.ts'

// Whether a help lets somebody see at this instant. Nothing has to run for it to be over: each look is judged anew, under both locks.

/** Whether a session goes on: of a person, and of an officer. */
type IsAlive = (tx: Transaction, accountId: string, session: string) => Promise<boolean>

/** What helps are done with. */
export type HelpVault = MandateVault & {
  readonly db: Database
  readonly sessions: { readonly isAlive: IsAlive }
  readonly deskSessions: { readonly isAlive: IsAlive }
}

/** An officer in his session. */
export type HelpingOfficer = DeskOfficer & { readonly sessionUid: string }

/** With which act an officer helps. */
export const actOfWay: Readonly<Record<HelpWay, DeskAct>> = {
  device: 'assist',
  telephone: 'telephone',
  approval: 'telephone',
}

/** A help whose row is as this broker wrote it. */
export type KnownHelp = Help & { readonly desk: DeskSide }

export type JudgedHelp = {
  readonly book: Book
  readonly help: Help
  /** Why it lets nobody see any more; undefined: it is under way. */
  readonly over: MandateEnd | undefined
}

/** Of whoever has a session at a desk. */
export const atDesk = {
  status: 'open',
  acr: 'urn:accord:aal:3',
  isHeld: false,
  isWork: true,
} as const

/**
 * A help that nobody ended, under the locks of both sides.
 * @param holder how its officer was recognised; undefined: nobody looks, so that his session alone says it
 */
export async function judgeHelp(
  tx: Transaction,
  parts: HelpVault,
  of: Parameters<typeof findHelp>[2],
  holder: MandateFacts['holder'] = atDesk,
): Promise<JudgedHelp | undefined> {
  const found = await findHelp(tx, parts.seals, of)
  if (found === undefined) return undefined
  const { personId, helpId, officerId } = found
  const people = officerId === undefined ? [personId] : [officerId, personId]
  const { offices } = await lockOffices(tx, parts, people)
  const book = await openBook(tx, parts.vault, personId)
  const help = await lockedHelp(tx, parts.seals, book, helpId)
  if (help === undefined) return undefined
  if (!isKnown(help)) return { book, help, over: 'over' }
  const own = offices.get(help.desk.officerId) ?? []
  return { book, help, over: await endingOf(tx, parts, help, { book, own, holder }) }
}

export function isKnown(help: Help): help is KnownHelp {
  return help.desk !== undefined
}

type Judging = {
  readonly book: Book
  readonly own: readonly Office[]
  readonly holder: MandateFacts['holder']
}

async function endingOf(
  tx: Transaction,
  { sessions, deskSessions }: HelpVault,
  help: KnownHelp,
  { book, own, holder }: Judging,
): Promise<MandateEnd | undefined> {
  const { desk, organisation, personId } = help
  const { now, standing } = book
  if (isOver(help, now)) return 'over'
  const officer = { officerId: desk.officerId, organisation, holder }
  const offices = officesWith(officer, actOfWay[desk.way], own, now)
  if (!offices.some(({ mandateId }) => mandateId === desk.officeId)) return 'body'
  const isAlive =
    (await sessions.isAlive(tx, personId, desk.session)) &&
    (await deskSessions.isAlive(tx, desk.officerId, desk.officerSession))
  if (!isAlive) return 'session'
  const asked = { act: 'read', about: 'access' } as const
  return mayAct(asked, helpFacts(help, standing, holder), now).may ? undefined : 'access-closed'
}
