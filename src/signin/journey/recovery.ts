import type { FactorEvent } from '../../people/accounts/index.ts'
import {
  addWays,
  beginHold,
  holdOf,
  holdSeconds,
  lockAccount,
  noteNotice,
  recordActivity,
  sessionEpochOf,
  tellRecovered,
  waySeen,
} from '../../people/accounts/index.ts'
import {
  confirmTotp,
  isOfCounter,
  lengthenSetAside,
  makeWayFor,
  provenByCode,
  putPassword,
  replaceCodes,
  spendCode,
  takeProposal,
} from '../factors/index.ts'
import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { present } from '../../base/values/present.ts'
import { Redirect, Refusal } from '../../base/values/refusal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import { notify } from '../../people/notifications/index.ts'
import type { readRegistration, VerifiedCreation } from '../../webauthn/index.ts'
import { addPasskey, toldKey, verifyCreation } from '../../webauthn/index.ts'
import { visitAddress } from './address.ts'
import type { PasswordSignin } from './password-signin.ts'
import { openingErrand } from './access-opening.ts'
import type { ProofContext } from './proofs.ts'
import { saveSignIn } from './proofs.ts'
import { findAttempt, saveAttempt } from './store.ts'

// A recovery code, a person's own or one from a counter, opens only the choice of a new way in. Making that way in uses the code up,
// in the same transaction as everything that follows from it (decision 0052).

type Creation = {
  readonly response: ReturnType<typeof readRegistration>
  readonly name: string
}

/** Checks a code and whether it can be used: this visit may then make a way in. The code is not used up, and nothing changes. */
export async function showCode(counted: CountedTry, at: ProofContext, code: string): Promise<void> {
  const { db, visit, now } = at
  const typed = await at.codeProofs.prove(counted, code)
  await transact(db, async (tx) => {
    const { personId, codeIndex, sessionEpoch } = await provenByCode(counted, tx, typed, at)
    const due = { codesDue: false, invitationDue: false }
    const proved = { factorIds: [], provedAt: now, sessionEpoch, codeIndex }
    const attempt = { personId, proof: 'recovery-code', ...due, ...proved } as const
    if (!(await saveAttempt(tx, at.seals, visit.id, attempt, visit.expiresAt)))
      throw new Refusal('challenge.unusable', 409)
  })
}

/** Recovers an access by a new passkey. @returns ten new codes, to be shown once */
export async function recoverByPasskey(
  counted: CountedTry,
  at: ProofContext,
  personId: string,
  creation: Creation,
): Promise<string[]> {
  const verified = await verifiedFor(counted, at, personId, { kind: 'passkey', ...creation })
  return recover(at, personId, async (tx) => [await addKey(tx, at, personId, verified)])
}

async function addKey(
  tx: Transaction,
  { origin, now }: ProofContext,
  personId: string,
  verified: VerifiedCreation,
): Promise<FactorEvent> {
  const passkeyId = await addPasskey(tx, personId, verified, origin, now)
  return toldKey({ ...verified.passkey, passkeyId })
}

/** Recovers an access by a new password and application. @returns ten new codes, to be shown once */
export async function recoverByTotp(
  counted: CountedTry,
  at: ProofContext,
  { passwords, vault }: PasswordSignin,
  { personId, token }: { readonly personId: string; readonly token: string },
): Promise<string[]> {
  const { seals, log, visit, origin, now } = at
  return recover(at, personId, async (tx) => {
    const password = await setPassword(tx, at, personId, passwords)
    const added = await addedBefore(tx, seals, personId, now)
    const by = [password.factorId]
    await makeWayFor(tx, seals, 'totp', { personId, added, because: 'recovered', by }, now)
    const confirming = { errand: visit.id, personId, code: token, origin, log }
    const factorId = await confirmTotp(counted, tx, vault, confirming, now)
    return [password, { factorId, factor: 'totp' }]
  })
}

/** Recovers an access by a new password and security key. @returns ten new codes, to be shown once */
export async function recoverBySecurityKey(
  counted: CountedTry,
  at: ProofContext,
  { passwords }: PasswordSignin,
  { personId, ...creation }: Creation & { readonly personId: string },
): Promise<string[]> {
  const created = { kind: 'security-key', ...creation } as const
  const verified = await verifiedFor(counted, at, personId, created)
  return recover(at, personId, async (tx) => [
    await setPassword(tx, at, personId, passwords),
    await addKey(tx, at, personId, verified),
  ])
}

async function verifiedFor(
  counted: CountedTry,
  { db, party, visit, now }: ProofContext,
  personId: string,
  creation: Creation & { readonly kind: 'passkey' | 'security-key' },
): Promise<VerifiedCreation> {
  const verified = await verifyCreation(counted, db, party, { errand: visit.id, ...creation }, now)
  if (verified.personId !== personId) throw new Refusal('challenge.unusable', 409)
  return verified
}

async function setPassword(
  tx: Transaction,
  at: ProofContext,
  personId: string,
  passwords: PasswordSignin['passwords'],
): Promise<FactorEvent> {
  const { seals, visit, origin, now } = at
  const row = await takeProposal(tx, at, openingErrand(visit, 'retablissement'), now)
  if (row?.personId !== personId) throw new Redirect(visitAddress(visit))
  const added = await addedBefore(tx, seals, personId, now)
  const by = [row.factorId]
  await makeWayFor(tx, seals, 'password', { personId, added, because: 'recovered', by }, now)
  await putPassword(tx, passwords, row, origin, now)
  return { factorId: row.factorId, factor: 'password' }
}

/** The factors of an earlier recovery that is still held. They are replaced at once; factors older than a recovery never are. */
async function addedBefore(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  now: Date,
): Promise<readonly string[]> {
  return (await holdOf(tx, seals, personId, now))?.added ?? []
}

/**
 * The whole recovery: uses up the code, makes the way in, ends every session, replaces the set of codes, begins the hold, and tells
 * the person wherever she can be reached.
 * @param make adds the way in, and sets aside the factors that it replaces; @returns the factors that it added
 */
async function recover(
  at: ProofContext,
  personId: string,
  make: (tx: Transaction) => Promise<readonly FactorEvent[]>,
): Promise<string[]> {
  const { db, seals, visit, sessions, origin, device, now } = at
  const codes = await at.codeProofs.newSet(db)
  return transact(db, async (tx) => {
    await lockAccount(tx, personId)
    const attempt = await findAttempt({ ...at, db: tx }, visit.id)
    if (attempt?.proof !== 'recovery-code' || attempt.personId !== personId)
      throw new Redirect(visitAddress(visit))
    // One code may have opened two visits: only one of them uses it up.
    const codeIndex = present(attempt.codeIndex, 'the code of a recovery')
    const code = (await isOfCounter(tx, seals, codeIndex, now)) ? 'counter' : 'own'
    if (!(await spendCode(tx, seals, { codeIndex, personId }, now)))
      throw new Refusal('recovery.code-refused')
    const until = secondsAfter(now, holdSeconds)
    const made = await make(tx)
    const factorIds = made.map(({ factorId }) => factorId)
    await tellRecovered(tx, { ...at, personId }, made, code)
    await beginHold(tx, seals, personId, { added: factorIds, until }, now)
    await lengthenSetAside(tx, seals, personId, now)
    // Somebody saw her papers: what the code made decides which of the other ways stay.
    const seen = code === 'counter' ? factorIds.map((factorId) => waySeen(factorId, until)) : []
    if (seen.length > 0) await addWays(tx, seals, personId, { add: seen, replacing: ['seen'] }, now)
    await sessions.end(tx, personId, { because: 'recovery' })
    const due = { codesDue: true, invitationDue: false }
    const proved = { factorIds, provedAt: now, sessionEpoch: await sessionEpochOf(tx, personId) }
    await saveSignIn(tx, at, { personId, proof: 'recovered', ...due, ...proved })
    await recordActivity(tx, { kind: 'access.recovered', personId, result: 'done' }, origin, now)
    await noteNotice(tx, { kind: 'recovered', personId, device: device.label }, origin, now)
    await notify(tx, personId, 'access.recovered', now)
    return replaceCodes(tx, seals, codes, { personId, origin, now, by: factorIds })
  })
}
