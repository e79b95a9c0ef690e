import { randomBytes } from 'node:crypto'
import { generateRegistrationOptions, verifyRegistrationResponse } from '@simplewebauthn/server'
import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import type { Origin } from '../base/web/request-log.ts'
import { noteNotice, recordActivity } from '../people/accounts/index.ts'
import { fromBase64url } from '../base/values/base64.ts'
import type { Database, Transaction } from '../base/database/database.ts'
import { newUuid } from '../base/values/ids.ts'
import { present } from '../base/values/present.ts'
import { Refusal } from '../base/values/refusal.ts'
import type { RowSeals } from '../base/sealing/row-seal.ts'
import { notify } from '../people/notifications/index.ts'
import type { CountedTry } from '../base/web/limits/tries.ts'
import { newChallenge, takeChallenge } from './challenge.ts'
import { maxIdBytes, passkeyRefusal, requireNoCertificate, requireOwnFrame } from './credential.ts'
import { insertAttestation } from './attestation-store.ts'
import type { KeyAttestation } from './attestation-store.ts'
import type { Ceremony, KeyKind } from './kinds.ts'
import { attestedCreation, ceremonies } from './kinds.ts'
import type { RelyingParty } from './relying-party.ts'
import { algorithms, promptTimeoutMs } from './relying-party.ts'
import type { AttestedKey } from './key-level.ts'
import { isInOtherDevice } from './other-device.ts'
import { isPublicKey } from './public-jwk.ts'
import type { NewPasskey } from './store.ts'
import { holdUser, insertPasskey, keysOf, maxPasskeys, userHandleOf } from './store.ts'

type Creating = {
  readonly kind: KeyKind
  readonly errand: string
  /** Undefined while the access is being created. */
  readonly personId: string | undefined
  /** Whether its maker shall attest of which model it is. */
  readonly isAttested?: boolean
}

/**
 * Options for a new key (WebAuthn Level 3, 5.4): a passkey is discoverable and verifies its user; a security key may be of the
 * plainest kind, and is one that can be carried from device to device. An attestation tells of which model a key is, so it is asked
 * for only where the person was told that, for a key of the device-bound level.
 * @returns JSON for PublicKeyCredential.parseCreationOptionsFromJSON
 */
export async function creationOptions(
  db: Database,
  party: RelyingParty,
  { kind, errand, personId, isAttested = false }: Creating,
  now: Date,
): Promise<string> {
  const { seals } = party.guard
  const known = personId === undefined ? [] : await keysOf(db, seals, personId)
  const userHandle = (personId && (await userHandleOf(db, seals, personId))) || randomBytes(32)
  const challenge = await newChallenge(
    db,
    party,
    { ceremony: creationOf(kind, isAttested), errand, personId, userHandle },
    now,
  )
  // No name is known here: the day tells several keys of one device apart in its own list.
  const label = `${party.name} · ${now.toISOString().slice(0, 10)}`
  const options = await generateRegistrationOptions({
    rpName: party.name,
    rpID: party.id,
    userName: label,
    userDisplayName: label,
    userID: new Uint8Array(userHandle),
    challenge: new Uint8Array(challenge),
    timeout: promptTimeoutMs,
    attestationType: isAttested ? 'direct' : 'none',
    excludeCredentials: known.map((key) => ({
      id: key.credentialId.toString('base64url'),
      transports: [...key.transports],
    })),
    ...selections[kind],
    supportedAlgorithmIDs: algorithms,
  })
  if (!party.isPublicTerminal) return JSON.stringify(options)
  const { authenticatorSelection } = options
  const carried = { ...authenticatorSelection, authenticatorAttachment: 'cross-platform' }
  return JSON.stringify({ ...options, authenticatorSelection: carried, hints: party.hints })
}

function creationOf(kind: KeyKind, isAttested: boolean): Ceremony {
  return isAttested ? attestedCreation : ceremonies[kind].create
}

const selections = {
  passkey: {
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
  },
  'security-key': {
    preferredAuthenticatorType: 'securityKey',
    authenticatorSelection: { residentKey: 'discouraged', userVerification: 'discouraged' },
  },
} as const

type Created = {
  readonly kind: KeyKind
  readonly errand: string
  /** As `readRegistration` gave it. */
  readonly response: RegistrationResponseJSON
  readonly name: string
  /** As it was asked for. */
  readonly isAttested?: boolean
}

export type VerifiedCreation = {
  readonly passkey: NewPasskey
  readonly isInOtherDevice: boolean
  /** What its maker attests of it; undefined: nothing was asked. */
  readonly attested: KeyAttestation | undefined
  readonly userHandle: Buffer
  readonly personId: string | undefined
  /** By which the row of the new key will be believed. */
  readonly seals: RowSeals
}

/**
 * Checks what the authenticator made, and uses its challenge up.
 * @param name what the person will recognise the key by
 * @throws Refusal challenge.unusable or passkey.refused; for an attested key also as `LevelThree.attest`
 */
export async function verifyCreation(
  counted: CountedTry,
  db: Database,
  party: RelyingParty,
  { kind, errand, response, name, isAttested = false }: Created,
  now: Date,
): Promise<VerifiedCreation> {
  const { clientDataJSON } = response.response
  requireOwnFrame(clientDataJSON)
  // The browser says where it made the key (WebAuthn Level 3, 5.1): in the terminal it would open her access to whoever comes next.
  if (party.isPublicTerminal && response.authenticatorAttachment !== 'cross-platform')
    throw passkeyRefusal()
  const answer = { clientDataJson: clientDataJSON, ceremony: creationOf(kind, isAttested), errand }
  const bound = await takeChallenge(db, party, answer, now)
  const expected = { challenge: bound.challenge, kind, isAttested }
  const { registration, attested } = await verify(counted, response, party, expected)
  const { credential, aaguid, credentialDeviceType, credentialBackedUp } = registration
  const credentialId = fromBase64url(credential.id)
  // Signed or not, what the browser says must be what the authenticator made (WebAuthn 7.1 step 26).
  if (credentialId === undefined || credentialId.length > maxIdBytes) throw passkeyRefusal()
  if (credential.id !== response.id) throw passkeyRefusal()
  const publicKey = Buffer.from(credential.publicKey)
  if (!isPublicKey(publicKey)) throw passkeyRefusal()
  const passkey = {
    credentialId,
    publicKey,
    signCount: credential.counter,
    transports: transportsOf(credential.transports),
    aaguid,
    backupEligible: credentialDeviceType === 'multiDevice',
    backupState: credentialBackedUp,
    name,
    kind,
  }
  return {
    passkey,
    attested,
    userHandle: present(bound.userHandle, 'the user handle of a creation'),
    personId: bound.personId,
    isInOtherDevice: isInOtherDevice(response, passkey.transports),
    seals: party.guard.seals,
  }
}

// The browser's list of transports is a hint for later prompts, and is not signed.
function transportsOf(said: unknown): string[] {
  const words: unknown[] = Array.isArray(said) ? said : []
  return words
    .filter((word) => typeof word === 'string' && /^[a-z-]{1,20}$/.test(word))
    .slice(0, 10) as string[]
}

type Expected = {
  readonly challenge: string
  readonly kind: KeyKind
  readonly isAttested: boolean
}

type Verified = Omit<AttestedKey, 'attested'> & Pick<VerifiedCreation, 'attested'>

async function verify(
  counted: CountedTry,
  response: RegistrationResponseJSON,
  party: RelyingParty,
  { challenge, kind, isAttested }: Expected,
): Promise<Verified> {
  if (isAttested) {
    if (party.levelThree === undefined) throw new Refusal('level-three.unavailable', 409)
    const { id: rpId, origin } = party
    return party.levelThree.attest(counted, { response, challenge, origin, rpId })
  }
  try {
    requireNoCertificate(response.response.attestationObject)
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: kind === 'passkey',
      supportedAlgorithmIDs: algorithms,
    })
    if (!verified || registrationInfo === undefined) throw passkeyRefusal()
    return { registration: registrationInfo, attested: undefined }
  } catch {
    throw passkeyRefusal() // the library's words describe the forgery to its author
  }
}

/** Adds a verified key to a person. @returns the key's id. @throws Refusal passkey.already-registered, or factor.limit at 20 keys */
export async function addPasskey(
  tx: Transaction,
  personId: string,
  creation: VerifiedCreation,
  origin: Origin,
  now: Date,
): Promise<string> {
  const { seals, userHandle } = creation
  // Two first keys at once were promised two handles: only one of them is hers.
  if (!(await holdUser(tx, seals, personId, userHandle)))
    throw new Refusal('challenge.unusable', 409)
  if ((await keysOf(tx, seals, personId)).length >= maxPasskeys)
    throw new Refusal('passkey.too-many', 409)
  const passkeyId = newUuid(now)
  const row = { ...creation.passkey, passkeyId, personId, createdAt: now }
  const isNew = await insertPasskey(tx, seals, row)
  if (!isNew) throw new Refusal('passkey.already-registered', 409)
  const { attested } = creation
  if (attested !== undefined)
    await insertAttestation(tx, seals, { ...attested, passkeyId, personId, attestedAt: now })
  const { kind: factor } = creation.passkey
  await recordActivity(tx, { kind: `${factor}.added`, personId, result: 'done' }, origin, now)
  // At the first key of a new access there is nobody to tell yet.
  if (creation.personId === undefined) return passkeyId
  const added = { kind: 'factor-added', factor, factorId: passkeyId } as const
  await noteNotice(tx, { ...added, personId, device: creation.passkey.name }, origin, now)
  await notify(tx, personId, 'factor.added', now)
  return passkeyId
}
