import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Language } from '../../base/values/languages.ts'
import { highest, reaches } from '../../base/values/assurance-levels.ts'
import { Redirect, Refusal } from '../../base/values/refusal.ts'
import {
  gateOfNewAccess,
  isOver,
  lockAccount,
  noteAdded,
  openAccount,
  openGate,
  tellAdded,
  tellOpened,
  tellUntrusted,
  actorOfOwnAccess,
} from '../../people/accounts/index.ts'
import { notify } from '../../people/notifications/index.ts'
import { putRecoveryCodes } from '../factors/index.ts'
import type { UpstreamPerson } from '../upstream/index.ts'
import {
  addIdentity,
  findIdentity,
  noteIdentityUse,
  noteVouched,
  takeArrival,
} from '../upstream/index.ts'
import { visitAddress } from './address.ts'
import type { SigninProof } from './assurance.ts'
import { assuranceOf } from './assurance.ts'
import type { Attempt } from './journey.ts'
import type { ProofContext } from './proofs.ts'
import { saveSignIn } from './proofs.ts'
import { findAttempt } from './store.ts'

// The way in by an account elsewhere. Issuer and subject alone say whose access it opens: nothing is ever joined by a name or an address.

function proofOf({ level }: Pick<UpstreamPerson, 'level'>): SigninProof {
  return reaches(level, highest) ? 'upstream-two' : 'upstream-one'
}

/**
 * Signs in the person whose access this account opens. @returns undefined: it opens none yet
 *
 * @throws Refusal identity.refused (403), where its row is not as this broker wrote it; identity.blocked (403), where she lets no account of
 * that body open anything; challenge.unusable (409)
 */
export function proveByIdentity(
  at: ProofContext,
  there: UpstreamPerson,
): Promise<Attempt | undefined> {
  const { db, seals, now } = at
  return transact(db, async (tx) => {
    const identity = await findIdentity(tx, seals, there.identitySha256)
    if (identity === undefined) return undefined
    const { personId, factorId, sessionEpoch, waits } = identity
    // It was taken away, and its time is over: it is not there, and opens no other access before its row is gone.
    if (waits !== undefined && isOver(waits, now)) throw new Refusal('identity.refused', 403)
    if (identity.isUntrusted) {
      const row = { what: 'identity', ref: factorId, personId } as const
      await tellUntrusted(at, row, { ...at.origin, now })
      throw new Refusal('identity.refused', 403)
    }
    if (identity.isBlocked) throw new Refusal('identity.blocked', 403)
    await noteIdentityUse(tx, factorId, now)
    await noteVouched(tx, at.vouchedSeals, identity, there, at)
    const due = { codesDue: false, invitationDue: false }
    const proved = { provedAt: there.provedAt, factorIds: [factorId], sessionEpoch }
    const attempt: Attempt = { personId, proof: proofOf(there), ...due, ...proved }
    await saveSignIn(tx, at, attempt)
    return attempt
  })
}

/** The account opens an access already: somebody was faster. */
export class IdentityTaken extends Error {}

/**
 * A new access, which this account opens, with ten recovery codes; all or nothing.
 * @returns the codes, to be shown once. @throws IdentityTaken, Redirect where nobody waits in this visit
 */
export async function openByIdentity(at: ProofContext, language: Language): Promise<string[]> {
  const { db, seals, visit, origin, now } = at
  const codes = await at.codeProofs.newSet(db)
  return transact(db, async (tx) => {
    const arrival = await takeArrival(tx, seals, visit.id, now)
    if (arrival === undefined) throw new Redirect(visitAddress(visit))
    const personId = await openAccount(tx, seals, { language, origin, now })
    const gate = await gateOfNewAccess(tx, seals, personId)
    const factorId = await addIdentity(tx, seals, gate, arrival, { origin, now })
    if (factorId === undefined) throw new IdentityTaken('another visit of this account was first')
    await noteIdentityUse(tx, factorId, now)
    await noteVouched(tx, at.vouchedSeals, { personId, factorId }, arrival, { origin, now })
    await tellOpened(tx, { ...at, personId }, [{ factorId, factor: 'identity' }])
    // She is asked once whether she wants a passkey too: without the provider she would have her codes alone.
    const due = { codesDue: true, invitationDue: true }
    const proved = { provedAt: arrival.provedAt, factorIds: [factorId], sessionEpoch: 0 }
    await saveSignIn(tx, at, { personId, proof: proofOf(arrival), ...due, ...proved })
    return putRecoveryCodes(tx, seals, codes, { personId, origin, now })
  })
}

/** Whether what was proved in this visit is enough to make another account a way in. */
export function mayLink({ proof }: Attempt): boolean {
  return reaches(assuranceOf(proof).acr, highest)
}

/**
 * Makes the account with which she came a further way into the access into which she just signed in.
 * @throws Refusal identity.taken, identity.too-many, access.held (409); Redirect where nobody waits, or the proof is not enough
 */
export function linkIdentity(at: ProofContext): Promise<void> {
  const { db, seals, visit, origin, now } = at
  return transact(db, async (tx) => {
    const attempt = await lockedAttempt(tx, at)
    const arrival = await takeArrival(tx, seals, visit.id, now)
    if (arrival?.links !== true) throw new Redirect(visitAddress(visit))
    const { personId, factorIds: by, provedAt } = attempt
    const { acr } = assuranceOf(attempt.proof)
    const letBy = actorOfOwnAccess({ personId, acr, provedAt, isOfThisVisit: true, factorIds: by })
    const gate = await openGate(tx, seals, letBy, false, now)
    const factorId = await addIdentity(tx, seals, gate, arrival, { origin, now })
    if (factorId === undefined) throw new Refusal('identity.taken', 409)
    await noteVouched(tx, at.vouchedSeals, { personId, factorId }, arrival, { origin, now })
    const factor = { factorId, factor: 'identity' } as const
    await tellAdded(tx, { ...at, personId }, { factor, by }, now)
    await noteAdded(tx, seals, attempt, factorId, now)
    await notify(tx, personId, 'factor.added', now)
  })
}

// Under the lock of the account: a proof whose sessions were ended meanwhile links nothing.
async function lockedAttempt(tx: Transaction, at: ProofContext): Promise<Attempt> {
  const { visit } = at
  const reading = { ...at, db: tx }
  const before = await findAttempt(reading, visit.id)
  if (before !== undefined) await lockAccount(tx, before.personId)
  const attempt = before && (await findAttempt(reading, visit.id))
  if (attempt === undefined || !mayLink(attempt)) throw new Redirect(visitAddress(visit))
  return attempt
}
