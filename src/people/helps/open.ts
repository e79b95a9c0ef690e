import type { Transaction } from '../../base/database/database.ts'
import { sqlState, transact } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Language } from '../../base/values/languages.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { HelpWay, Office } from '../mandates/index.ts'
import { lockOffices, openHelp } from '../mandates/index.ts'
import { officesWith } from '../offices/index.ts'
import { codeMark } from './code.ts'
import { settleHelp } from './end.ts'
import type { HelpVault, HelpingOfficer } from './judge.ts'
import { actOfWay } from './judge.ts'
import { roleOfWay } from './helping-desk.ts'
import { noteHelp } from './lines.ts'
import { codeOfMark, dropCode } from './store.ts'
import type { HelpCodeRow } from './tables.ts'

// A help opens by the digits that she told to an officer, or by her yes to one who asked.

type Typed = { readonly digits: string; readonly origin: Origin }

/**
 * @returns the id of the help
 * @throws Refusal help.code-refused (409), the same for digits that are wrong, of another body, used, over, or of whom nobody may help now;
 *   help.another (409): he or she has a help under way; desk.act (403)
 */
export async function openByCode(
  counted: CountedTry,
  parts: HelpVault,
  officer: HelpingOfficer,
  { digits, origin }: Typed,
): Promise<string> {
  const code = await codeFor(counted, parts, officer, digits)
  const { sessionUid: session, ...rest } = code
  const ways = ['device', 'telephone'] as const
  return openFor(
    parts,
    { officer, ways, ...rest, session, take: (tx) => dropCode(tx, code), refused },
    origin,
  )
}

/** What lets an officer in: her digits, or her yes. */
export type HelpOpening = {
  readonly officer: HelpingOfficer
  readonly personId: string
  readonly helpId: string
  /** Hers. */
  readonly session: string
  readonly language: Language
  readonly expiresAt: Date
  /** The first of them of which he has the act. */
  readonly ways: readonly HelpWay[]
  /** Is passed before anything else is locked: who locks an account and a chain begins with the account. */
  readonly gate?: (tx: Transaction) => Promise<unknown>
  /** Uses it, under the locks of both. @returns false: it was used already, or is not good */
  readonly take: (tx: Transaction) => Promise<boolean>
  readonly refused: () => Refusal
}

/** @returns the id of the help. @throws Refusal as `refused`; help.another (409); desk.act (403) */
export async function openFor(
  parts: HelpVault,
  opening: HelpOpening,
  origin: Origin,
): Promise<string> {
  // What is over makes room.
  await settleHelp(parts, { personId: opening.personId }, origin)
  await settleHelp(parts, { officerId: opening.officer.officerId }, origin)
  try {
    return await transact(parts.db, (tx) => openWith(tx, parts, opening, origin))
  } catch (error) {
    if (sqlState(error) === '23505') throw new Refusal('help.another', 409)
    throw error
  }
}

async function codeFor(
  _: CountedTry,
  { db, seals: { rows } }: HelpVault,
  { organisation }: HelpingOfficer,
  digits: string,
): Promise<HelpCodeRow> {
  const code = await codeOfMark(db, rows, codeMark(rows, organisation, digits))
  if (code?.orgId !== organisation) throw refused()
  return code
}

async function openWith(
  tx: Transaction,
  parts: HelpVault,
  opening: HelpOpening,
  origin: Origin,
): Promise<string> {
  await opening.gate?.(tx)
  const { officer, personId, helpId, session, language, ways } = opening
  const { organisation, officerId, sessionUid: officerSession } = officer
  const { offices } = await lockOffices(tx, parts, [officerId, personId])
  const book = await openBook(tx, parts.vault, personId)
  const { now, standing } = book
  const { office, way } = officeOf(officer, ways, offices.get(officerId) ?? [], now)
  const isOpen = standing !== 'unknown' && standing.word === 'open'
  const isGood =
    isOpen && now < opening.expiresAt && (await parts.sessions.isAlive(tx, personId, session))
  if (!isGood || !(await opening.take(tx))) throw opening.refused()
  const desk = { officerId, officeId: office.mandateId, officerSession, session, way, language }
  const role = roleOfWay[way]
  await openHelp(tx, parts, book, { helpId, personId, organisation, role, desk })
  await noteHelp(tx, 'help.opened', { personId, organisation, said: way }, origin, now)
  return helpId
}

/** The office by which he helps: at a counter, else by telephone. @throws Refusal desk.act (403) */
function officeOf(
  officer: HelpingOfficer,
  ways: readonly HelpWay[],
  own: readonly Office[],
  now: Date,
): { readonly office: Office; readonly way: HelpWay } {
  for (const way of ways) {
    const office = officesWith(officer, actOfWay[way], own, now)[0]
    if (office !== undefined) return { office, way }
  }
  throw new Refusal('desk.act', 403)
}

function refused(): Refusal {
  return new Refusal('help.code-refused', 409)
}
