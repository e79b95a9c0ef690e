import { randomUUID } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { Seals } from '../../base/sealing/encryption.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Bilingual, Language } from '../../base/values/languages.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { openGate } from '../accounts/index.ts'
import type { HelpVault, HelpingOfficer } from './judge.ts'
import { atDesk } from './judge.ts'
import { openFor } from './open.ts'
import { dropRequest, putRequest, requestOf, requestsOf } from './store.ts'
import type { HelpRequestRow } from './tables.ts'

// A desk asks by telephone to see with a person whom its body knows. Both read the same two words, and her yes opens the help.

export const helpRequestSeconds = 5 * 60

/** Who asks; it stands sealed, so that no copy of the database joins her and him. */
type Asking = {
  readonly officerId: string
  readonly officerSession: string
  readonly words: Bilingual
}

/**
 * Asks in the place of an earlier request of the same body.
 * @param words read aloud by the officer, and shown to her
 */
export async function askToHelp(
  tx: Transaction,
  { seals }: Pick<HelpVault, 'seals'>,
  { officerId, organisation, sessionUid: officerSession }: HelpingOfficer,
  { personId, words }: { readonly personId: string; readonly words: Bilingual },
  now: Date,
): Promise<void> {
  const helpId = randomUUID()
  const asking: Asking = { officerId, officerSession, words }
  await putRequest(tx, seals.rows, {
    helpId,
    personId,
    orgId: organisation,
    sealed: seals.seal(JSON.stringify(asking), helpId),
    madeAt: now,
    expiresAt: secondsAfter(now, helpRequestSeconds),
  })
}

/** A request that waits for her answer. */
export type WaitingHelpRequest = {
  readonly helpId: string
  readonly organisation: string
  readonly words: Bilingual
  readonly expiresAt: Date
}

export async function waitingHelpRequests(
  db: Database,
  seals: HelpVault['seals'],
  personId: string,
  now: Date,
): Promise<readonly WaitingHelpRequest[]> {
  const rows = await requestsOf(db, seals.rows, personId, now)
  return rows.map((row) => {
    const { helpId, orgId: organisation, expiresAt } = row
    return { helpId, organisation, words: askingIn(seals, row).words, expiresAt }
  })
}

function askingIn(seals: Seals, { sealed, helpId }: HelpRequestRow): Asking {
  return JSON.parse(seals.open(sealed, helpId)) as Asking // `askToHelp` wrote it
}

type Approving = {
  readonly personId: string
  readonly sessionUid: string
  readonly language: Language
  readonly helpId: string
}

/**
 * Her yes opens the help.
 * @param gate locks her account and opens her gate
 * @throws Refusal help.request-over (409): it is not there, over, answered, or nobody at the desk may help by it now; help.another (409)
 */
export async function openByApproval(
  parts: HelpVault,
  { helpId, ...who }: Approving,
  gate: (tx: Transaction) => ReturnType<typeof openGate>,
  origin: Origin,
): Promise<void> {
  const { personId, sessionUid: session, language } = who
  const row = await requestOf(parts.db, parts.seals.rows, { personId, helpId })
  if (row === undefined) throw requestOver()
  const { officerId, officerSession: sessionUid } = askingIn(parts.seals, row)
  const { orgId: organisation, expiresAt } = row
  const officer: HelpingOfficer = { officerId, organisation, sessionUid, holder: atDesk }
  const take = async (tx: Transaction) => {
    const isAlive = await parts.deskSessions.isAlive(tx, officerId, sessionUid)
    return isAlive && (await dropRequest(tx, { personId, helpId }))
  }
  const ways = ['approval'] as const
  const opening = { officer, ways, personId, helpId, session, language, expiresAt, gate, take }
  try {
    await openFor(parts, { ...opening, refused: requestOver }, origin)
  } catch (error) {
    // That he may not help any more is his, and says nothing to her.
    if (error instanceof Refusal && error.code === 'desk.act') throw requestOver()
    throw error
  }
}

function requestOver(): Refusal {
  return new Refusal('help.request-over', 409)
}

/** Her no: the desk is told nothing. @returns false: it waits no more */
export function refuseToBeHelped(
  tx: Transaction,
  { personId, helpId }: { readonly personId: string; readonly helpId: string },
): Promise<boolean> {
  return dropRequest(tx, { personId, helpId })
}
