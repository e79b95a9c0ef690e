import { createHash, randomBytes } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import { deviceBound } from '../../base/values/assurance-levels.ts'
import { fromBase64url } from '../../base/values/base64.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { DeskAct } from '../../base/values/desk-acts.ts'
import { present } from '../../base/values/present.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { OfficerSession, StandingOffice } from '../../base/web/officer.ts'
import type { PersonStanding } from '../accounts/index.ts'
import { isPast, lockStanding, standingFromJson, wayListing, wayOf } from '../accounts/index.ts'
import type { MandateVault, Office } from '../mandates/index.ts'
import { actsOf, lockOffices, mayAct, officeFacts, officesOf } from '../mandates/index.ts'
import type { SessionRead } from './session-store.ts'
import {
  deleteDeskSession,
  putDeskSession,
  readDeskSession,
  touchDeskSession,
} from './session-store.ts'
import type { DeskSessionRow } from './tables.ts'

// The session of an officer is no session of the provider: no token hangs on it, and nothing of a person's own opens by it. Everything that
// it needs is judged anew at each request: his access, his key, his offices, the desk of the body, and where the request comes from.

/** How long a session lasts unused, and in any case. */
export const deskIdleSeconds = 15 * 60
export const deskSessionSeconds = 8 * 3600
// Pages that follow one another write once: what a page says of the end is what is written.
const touchAfterSeconds = 60

/** The desk of a body, as the register has it. */
export type DeskOfBody = {
  /** Whether somebody at this address may work there. */
  isFrom(peer: string): boolean
}
/** Undefined: the body has no desk. */
export type DeskOf = (organisation: string) => DeskOfBody | undefined

export type DeskSessions = {
  readonly db: Database
  readonly vault: MandateVault
  readonly deskOf: DeskOf
}

/** Who holds an attested key that proved it just now. */
export type ProvedOfficer = {
  readonly officerId: string
  readonly passkeyId: string
  /** How often sessions of the access had been ended, read together with the key. */
  readonly sessionEpoch: number
  readonly peer: string
}

/** Of whoever has an open work access, by an attested key that is bound to its device. */
const holder = { status: 'open', acr: deviceBound, isHeld: false, isWork: true } as const

/**
 * Opens the session of an officer, which ends his older one. @returns what his browser keeps
 * @throws Refusal desk.no-office, desk.no-desk, desk.network, sign-in.refused (403)
 */
export async function openDeskSession(
  tx: Transaction,
  { vault, deskOf }: Pick<DeskSessions, 'vault' | 'deskOf'>,
  { officerId, passkeyId, sessionEpoch, peer }: ProvedOfficer,
): Promise<string> {
  const standing = await lockStanding(tx, vault.vault.seals, officerId)
  if (standing === undefined || !isOpenWork(standing, sessionEpoch))
    throw new Refusal('sign-in.refused', 403)
  const { now, offices } = await lockOffices(tx, vault, [officerId])
  const secret = randomBytes(32).toString('base64url')
  const row: DeskSessionRow = {
    officerId,
    sessionSha256: hashOf(secret),
    orgId: bodyToWorkAt(standingAt(offices.get(officerId) ?? [], now), deskOf, peer),
    passkeyId,
    sessionEpoch,
    beganAt: now,
    seenAt: now,
  }
  await putDeskSession(tx, vault.seals.rows, row)
  return secret
}

// Whoever works for two bodies works at the desk of the first that he may enter from where he is.
function bodyToWorkAt(offices: readonly Office[], deskOf: DeskOf, peer: string): string {
  const bodies = [...new Set(offices.map(({ organisation }) => organisation))].toSorted()
  if (bodies.length === 0) throw new Refusal('desk.no-office', 403)
  const withDesk = bodies.filter((body) => deskOf(body) !== undefined)
  if (withDesk.length === 0) throw new Refusal('desk.no-desk', 403)
  const found = withDesk.find((body) => deskOf(body)?.isFrom(peer))
  if (found === undefined) throw new Refusal('desk.network', 403)
  return found
}

/** The officer of a session, from where he is; undefined: there is none, or it is over. */
export async function findOfficer(
  { db, vault, deskOf }: DeskSessions,
  secret: string,
  peer: string,
): Promise<OfficerSession | undefined> {
  const read = await readDeskSession(db, vault.seals.rows, hashOf(secret))
  if (read === undefined || !isAlive(vault, read) || deskOf(read.row.orgId)?.isFrom(peer) !== true)
    return undefined
  const { row, at } = read
  const all = standingAt(await officesOf(db, vault, row.officerId), at)
  const offices = all.filter(({ organisation }) => organisation === row.orgId)
  if (offices.length === 0) return undefined
  const isDue = secondsAfter(row.seenAt, touchAfterSeconds) <= at
  const used = isDue ? { ...row, seenAt: at } : row
  if (isDue) await touchDeskSession(db, vault.seals.rows, used)
  return {
    officerId: row.officerId,
    organisation: row.orgId,
    holder,
    offices: offices.flatMap(officeOf),
    sessionUid: row.sessionSha256.toString('base64url'),
    provedAt: row.beganAt,
    ...endsOf(used),
  }
}

/** Whether a session goes on, by the name that its forms have. */
export async function isDeskSessionAlive(
  tx: Transaction,
  vault: MandateVault,
  { officerId, sessionUid }: Pick<OfficerSession, 'officerId' | 'sessionUid'>,
): Promise<boolean> {
  const read = await readDeskSession(tx, vault.seals.rows, hashIn(sessionUid))
  return read !== undefined && read.row.officerId === officerId && isAlive(vault, read)
}

/** Ends a session by the name that its forms have. */
export async function endDeskSession(
  db: Database,
  { sessionUid }: Pick<OfficerSession, 'sessionUid'>,
): Promise<void> {
  await deleteDeskSession(db, hashIn(sessionUid))
}

function hashIn(sessionUid: string): Buffer {
  return present(fromBase64url(sessionUid), 'the name of a session')
}

function isAlive({ vault: { seals } }: MandateVault, { row, standing, listed, at }: SessionRead) {
  const { idleAt } = endsOf(row)
  if (at >= idleAt) return false
  const read = standingFromJson(seals, standing)
  if (!isOpenWork(read, row.sessionEpoch)) return false
  const key = wayListing(seals, row.officerId, listed, wayOf('key', row.passkeyId))
  return key !== undefined && key.waits === undefined
}

function isOpenWork(
  standing: PersonStanding & { readonly isTrusted: boolean },
  epoch: number,
): boolean {
  const { isTrusted, use, status, suspendedAt, closedAt } = standing
  const isOpen = status === 'active' && suspendedAt === null && closedAt === null
  return isTrusted && use === 'work' && isOpen && !isPast(standing, '', epoch)
}

/** The offices by which something may be done at this instant. */
function standingAt(offices: readonly Office[], now: Date): readonly Office[] {
  return offices.filter((office) => {
    const about = { organisation: office.organisation, isSensitive: false, isPutToHolder: false }
    const facts = officeFacts(office, holder)
    return actsOf(office.acts).some((act) => mayAct({ act, about }, facts, now).may)
  })
}

function officeOf({ mandateId, acts, untilAt }: Office): StandingOffice[] {
  // The ground of an office has desk acts alone, and an end.
  return untilAt === null ? [] : [{ mandateId, acts: actsOf(acts) as readonly DeskAct[], untilAt }]
}

function endsOf({ beganAt, seenAt }: DeskSessionRow): Pick<OfficerSession, 'idleAt' | 'endsAt'> {
  const endsAt = secondsAfter(beganAt, deskSessionSeconds)
  const idleAt = secondsAfter(seenAt, deskIdleSeconds)
  return { idleAt: idleAt < endsAt ? idleAt : endsAt, endsAt }
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(`desk:${secret}`).digest()
}
