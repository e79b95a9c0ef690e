import type { Transaction } from '../../base/database/database.ts'
import { sqlState, transact } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { Origin } from '../../base/web/request-log.ts'
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

// An officer opens a help by the digits that she told.

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
  // What is over makes room.
  await settleHelp(parts, { personId: code.personId }, origin)
  await settleHelp(parts, { officerId: officer.officerId }, origin)
  try {
    return await transact(parts.db, (tx) => openWith(tx, parts, officer, code, origin))
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
  officer: HelpingOfficer,
  { personId, helpId, sessionUid: session, language, expiresAt }: HelpCodeRow,
  origin: Origin,
): Promise<string> {
  const { organisation, officerId, sessionUid: officerSession } = officer
  const { offices } = await lockOffices(tx, parts, [officerId, personId])
  const book = await openBook(tx, parts.vault, personId)
  const { now, standing } = book
  const { office, way } = officeOf(officer, offices.get(officerId) ?? [], now)
  const isOpen = standing !== 'unknown' && standing.word === 'open'
  const isGood = isOpen && now < expiresAt && (await parts.sessions.isAlive(tx, personId, session))
  if (!isGood || !(await dropCode(tx, { personId, helpId }))) throw refused()
  const desk = { officerId, officeId: office.mandateId, officerSession, session, way, language }
  const role = roleOfWay[way]
  await openHelp(tx, parts, book, { helpId, personId, organisation, role, desk })
  await noteHelp(tx, 'help.opened', { personId, organisation, said: way }, origin, now)
  return helpId
}

/** The office by which he helps: at a counter, else by telephone. @throws Refusal desk.act (403) */
function officeOf(
  officer: HelpingOfficer,
  own: readonly Office[],
  now: Date,
): { readonly office: Office; readonly way: HelpWay } {
  for (const way of ['device', 'telephone'] as const) {
    const office = officesWith(officer, actOfWay[way], own, now)[0]
    if (office !== undefined) return { office, way }
  }
  throw new Refusal('desk.act', 403)
}

function refused(): Refusal {
  return new Refusal('help.code-refused', 409)
}
