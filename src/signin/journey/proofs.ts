import type { Origin } from '../../base/web/request-log.ts'
import type { PrincipalOf } from '../../people/accounts/index.ts'
import {
  isKnownDevice,
  lockAccount,
  noteAdded,
  noteNotice,
  noteSignIn,
  openAccount,
  tellAdded,
  tellOpened,
} from '../../people/accounts/index.ts'
import type { CodeProofs } from '../factors/index.ts'
import { holderOfCode, indexOf, putRecoveryCodes } from '../factors/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { newPersonId } from '../../base/values/ids.ts'
import { deviceBound } from '../../base/values/assurance-levels.ts'
import type { Log } from '../../base/logging/log.ts'
import type { Language } from '../../base/values/languages.ts'
import { Redirect, Refusal } from '../../base/values/refusal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Sessions } from '../../base/ports/sessions-port.ts'
import type { CountedTry, TryToCount } from '../../base/web/limits/tries.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { IdentitySeals } from '../../people/identity/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type {
  readAssertion,
  readRegistration,
  RelyingParty,
  SignedChallenge,
  VerifiedCreation,
} from '../../webauthn/index.ts'
import {
  addPasskey,
  authenticate,
  readSignature,
  suspendIfCopied,
  toldKey,
  useEndorsement,
  useKey,
  verifyCreation,
} from '../../webauthn/index.ts'
import { visitAddress } from './address.ts'
import type { DeskEntered, OpenDesk } from './desk-signin.ts'
import { enterDesk } from './desk-signin.ts'
import { assuranceOf } from './assurance.ts'
import type { Attempt } from './journey.ts'
import { findStandingProof } from './steps.ts'
import { markInvitationAnswered, saveAttempt } from './store.ts'
import { attemptIn } from './visit-rows.ts'

/** The deeds of a visit: each proves something, in one transaction with what follows from it. */
export type ProofContext = {
  readonly db: Database
  readonly seals: RowSeals
  /** Seals what her chain tells of her access. */
  readonly vault: Vault
  readonly principalOf: PrincipalOf
  /** Seals what a provider of identities vouches for. */
  readonly vouchedSeals: IdentitySeals
  readonly log: Log
  readonly party: RelyingParty
  readonly visit: Visit
  readonly sessions: Sessions
  readonly codeProofs: CodeProofs
  /** Undefined: this house has no desk. */
  readonly openDesk: OpenDesk | undefined
  readonly origin: Origin
  /** As `peerOf`: where it is tried from. */
  readonly peer: string
  /** Which browser it is, and what a person calls it. */
  readonly device: {
    readonly id: string | undefined
    readonly label: string
    /** Another access was used in this browser too, the last time then. */
    noteOther(at: Date): void
  }
  readonly now: Date
}

const nothingDue = { codesDue: false, invitationDue: false }

/** A passkey of an existing access. @returns what was proved, or that a desk was entered. @throws Refusal as webauthn's `authenticate` and `useKey` */
export async function proveByPasskey(
  counted: CountedTry,
  at: ProofContext,
  response: ReturnType<typeof readAssertion>,
): Promise<Attempt | DeskEntered> {
  const { db, party, visit, origin, now } = at
  const given = { errand: visit.id, response, origin }
  const proven = await authenticate(counted, db, party, given, now)
  if (proven.key.use === 'work') return enterDesk(at, proven)
  const { key, isAttested, isInOtherDevice: otherDevice } = proven
  const { personId, passkeyId, sessionEpoch } = key
  if (!isAttested) await refuseBelowAgain(at, personId)
  const attempt: Attempt = {
    personId,
    proof: isAttested ? 'attested-passkey' : 'passkey',
    ...nothingDue,
    otherDevice,
    provedAt: now,
    factorIds: [passkeyId],
    sessionEpoch,
  }
  await suspendIfCopied(at, proven, () =>
    transact(db, async (tx) => {
      await saveSignIn(tx, at, attempt)
      await useKey(tx, proven, now)
    }),
  )
  return attempt
}

// Who was told in this visit that a key of level 3 is asked for, and uses another one, is told so.
async function refuseBelowAgain(at: ProofContext, personId: string): Promise<void> {
  if (at.visit.level !== deviceBound) return
  const attempt = await attemptIn(at, at.visit)
  if (attempt?.personId === personId) throw new Refusal('level-three.other-key', 409)
}

type Creation = { readonly response: ReturnType<typeof readRegistration>; readonly name: string }

function createdIn({ id: errand }: Visit, creation: Creation) {
  return { kind: 'passkey', errand, ...creation } as const
}

/** A new access: account, passkey and ten recovery codes, all or nothing. @returns the codes, to be shown once */
export async function createAccess(
  counted: CountedTry,
  at: ProofContext,
  creation: Creation,
  language: Language,
): Promise<string[]> {
  const { db, party, visit, origin, now } = at
  const verified = await verifyCreation(counted, db, party, createdIn(visit, creation), now)
  // The challenge must be made for nobody: a challenge for a recovered person must not open a second account.
  if (verified.personId !== undefined) throw new Refusal('challenge.unusable', 409)
  const codes = await at.codeProofs.newSet(db)
  return transact(db, async (tx) => {
    const personId = await openAccount(tx, at.seals, { language, origin, now })
    const factorId = await addPasskey(tx, personId, verified, origin, now)
    const told = toldKey({ ...verified.passkey, passkeyId: factorId })
    await tellOpened(tx, { ...at, personId }, [told])
    const attempt: Attempt = {
      personId,
      proof: 'new-passkey',
      ...nothingDue,
      codesDue: true,
      otherDevice: verified.isInOtherDevice,
      provedAt: now,
      factorIds: [factorId],
      sessionEpoch: 0,
    }
    await saveSignIn(tx, at, attempt)
    return putRecoveryCodes(tx, at.seals, codes, { personId, origin, now })
  })
}

/**
 * A recovery code is counted by the access that it names, or by what it begins with where there is none; or by a browser that is known
 * for the code's person.
 */
export async function tryOfRecoveryCode(
  { db, seals, peer, device }: ProofContext,
  code: string,
): Promise<TryToCount> {
  const index = indexOf(code)
  const holder = await holderOfCode(db, index)
  const isKnown = await isKnownDevice(db, seals, holder ?? newPersonId(), device.id)
  const browser = isKnown ? device.id : undefined
  return { kind: 'recovery-code', peer, account: holder ?? index, browser }
}

/** The passkey of a person who was invited to one: the visit goes on with what she proved before. */
export async function acceptInvitation(
  counted: CountedTry,
  at: ProofContext,
  personId: string,
  { endorsement, ...creation }: Accepted,
): Promise<void> {
  const { db, party, visit, origin, now } = at
  const verified = await verifyCreation(counted, db, party, createdIn(visit, creation), now)
  if (verified.personId !== personId) throw new Refusal('challenge.unusable', 409)
  const by = endorsement && { personId, response: endorsement, origin }
  const signed = by && (await readSignature(counted, db, party, by, now))
  await suspendIfCopied(at, signed, () =>
    transact(db, (tx) => addInvited(tx, at, personId, { verified, signed })),
  )
}

type Accepted = Creation & {
  /** What an older key signed of the new one; undefined: none did. */
  readonly endorsement: ReturnType<typeof readAssertion> | undefined
}

type Invited = {
  readonly verified: VerifiedCreation
  readonly signed: SignedChallenge | undefined
}

async function addInvited(
  tx: Transaction,
  at: ProofContext,
  personId: string,
  { verified, signed }: Invited,
): Promise<void> {
  const { seals, party, visit, origin, now } = at
  await lockAccount(tx, personId)
  const proved = await findStandingProof(tx, at, personId)
  if (proved === undefined) throw new Redirect(visitAddress(visit))
  const endorsement = signed && (await useEndorsement(tx, party, signed, verified, now))
  const factorId = await addPasskey(tx, personId, verified, origin, now)
  const factor = toldKey({ ...verified.passkey, passkeyId: factorId })
  await tellAdded(tx, { ...at, personId }, { factor, by: proved.factorIds, endorsement }, now)
  await noteAdded(tx, seals, proved, factorId, now)
  await markInvitationAnswered(tx, visit.id)
}

/**
 * Saves what was proved, and notes the sign-in in the account.
 * @param invites whether its person is asked, if it is time, whether she wants a passkey
 * @throws Refusal challenge.unusable when the visit holds a proof already
 */
export async function saveSignIn(
  tx: Transaction,
  { seals, visit, origin, device }: Pick<ProofContext, 'seals' | 'visit' | 'origin' | 'device'>,
  proved: Attempt,
  invites = false,
): Promise<Attempt> {
  const { personId, proof, provedAt: at, factorIds } = proved
  const { id: deviceId, label } = device
  const signIn = { personId, deviceId, device: label, ...assuranceOf(proof), factorIds, at }
  const noted = await noteSignIn(tx, seals, signIn, origin, invites)
  const { isNewDevice, isInvited, otherSeenAt } = noted
  if (otherSeenAt !== null) device.noteOther(otherSeenAt)
  const attempt = { ...proved, invitationDue: proved.invitationDue || isInvited }
  if (!(await saveAttempt(tx, seals, visit.id, attempt, visit.expiresAt)))
    throw new Refusal('challenge.unusable', 409)
  if (!isNewDevice) return attempt
  const told = { kind: 'new-device', personId, device: label } as const
  await noteNotice(tx, told, origin, at)
  await notify(tx, personId, 'access.new-device', at)
  return attempt
}
