import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import { generateAuthenticationOptions } from '@simplewebauthn/server'
import { isOver, tellUntrusted } from '../people/accounts/index.ts'
import type { Database } from '../base/database/database.ts'
import type { Origin } from '../base/web/request-log.ts'
import type { CountedTry } from '../base/web/limits/tries.ts'
import type { KeyAnswer } from './answer.ts'
import { verifyAssertion } from './assertion.ts'
import { newChallenge, takeChallenge } from './challenge.ts'
import { attestationsOf } from './attestation-store.ts'
import type { KeyVerdict } from './key-level.ts'
import { bytesOf, passkeyRefusal, requireOwnFrame } from './credential.ts'
import type { NamedCredential } from './decoy-keys.ts'
import { decoyKeys } from './decoy-keys.ts'
import type { KeyKind } from './kinds.ts'
import { isInOtherDevice } from './other-device.ts'
import { ceremonies } from './kinds.ts'
import type { RelyingParty } from './relying-party.ts'
import { promptTimeoutMs } from './relying-party.ts'
import type { Passkey, PasskeyToProve } from './store.ts'
import { findByCredentialId, securityKeysOf } from './store.ts'

/** Options for a sign-in that names nobody: the authenticator lists the person's own keys. @returns JSON for the browser */
export function requestOptions(
  db: Database,
  party: RelyingParty,
  errand: string,
  now: Date,
): Promise<string> {
  return optionsFor(db, party, { kind: 'passkey', errand, named: [] }, now)
}

/**
 * Options for a security key after a password. The browser must be told the keys' ids, since many keys store none. For a person
 * without a key, and for nobody, the list holds decoys.
 * @param mark follows from the address and the password that were given; nobody outside can compute it
 */
export async function securityKeyOptions(
  db: Database,
  party: RelyingParty,
  { errand, personId, mark }: { errand: string; personId: string; mark: string },
  now: Date,
): Promise<string> {
  const { seals } = party.guard
  const keys = await securityKeysOf(db, seals, personId)
  const decoys = decoyKeys(mark)
  const named = keys
    .filter(({ isUntrusted }) => !isUntrusted)
    .map(({ credentialId: id, transports }) => ({ id, transports }))
  const shown = named.length > 0 ? named : decoys
  return optionsFor(db, party, { kind: 'security-key', errand, named: shown }, now)
}

type Asked = {
  readonly kind: KeyKind
  readonly errand: string
  readonly named: readonly NamedCredential[]
}

async function optionsFor(
  db: Database,
  party: RelyingParty,
  { kind, errand, named }: Asked,
  now: Date,
): Promise<string> {
  const ceremony = ceremonies[kind].get
  const challenge = await newChallenge(
    db,
    party,
    { ceremony, errand, personId: undefined, userHandle: undefined },
    now,
  )
  const options = await generateAuthenticationOptions({
    rpID: party.id,
    challenge: new Uint8Array(challenge),
    timeout: promptTimeoutMs,
    userVerification: kind === 'passkey' ? 'required' : 'discouraged',
    allowCredentials: named.map(({ id, transports }) => ({
      id: id.toString('base64url'),
      transports: knownTransports.filter((known) => transports.includes(known)),
    })),
  })
  const isElsewhere = kind === 'passkey' && party.hints.length > 0
  return JSON.stringify(isElsewhere ? { ...options, hints: party.hints } : options)
}

// A browser may send any word as a transport: only these are sent back, in an order that tells nothing.
const knownTransports = ['ble', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const

type Given = {
  readonly errand: string
  /** As `readAssertion` gave it. */
  readonly response: AuthenticationResponseJSON
  readonly origin: Origin
}

/** `isAttested`: its maker attested of which model it is, and the model suffices for the device-bound level today. */
export type ProvenKey = KeyAnswer & {
  readonly key: PasskeyToProve
  readonly isAttested: boolean
  readonly isInOtherDevice: boolean
}

/**
 * Who holds this passkey: perhaps a work access, which opens nothing of a person. Its challenge is used up; `useKey` notes its use, with what follows from it.
 * @throws Refusal challenge.unusable, passkey.refused; unknown key and wrong signature are one answer
 */
export function authenticate(
  counted: CountedTry,
  db: Database,
  party: RelyingParty,
  given: Given,
  now: Date,
): Promise<ProvenKey> {
  // The authenticator found the key by itself, so its answer must say whose key it is (WebAuthn Level 3, 7.2 step 6).
  return prove(counted, db, party, { ...given, kind: 'passkey', isHers: isNamedBy }, now)
}

/** As `authenticate`, for a security key of this person; a key of somebody else is refused like an unknown one. */
export function authenticateSecurityKey(
  counted: CountedTry,
  db: Database,
  party: RelyingParty,
  { personId, ...given }: Given & { readonly personId: string },
  now: Date,
): Promise<KeyAnswer> {
  const isHers = (key: PasskeyToProve, handle: unknown) =>
    key.personId === personId &&
    key.use === 'own' &&
    (handle === undefined || isNamedBy(key, handle))
  return prove(counted, db, party, { ...given, kind: 'security-key', isHers }, now)
}

function isNamedBy({ userHandle }: Passkey, handle: unknown): boolean {
  return handle === userHandle.toString('base64url')
}

type Proving = Given & {
  readonly kind: KeyKind
  readonly isHers: (key: PasskeyToProve, userHandle: unknown) => boolean
}

async function prove(
  counted: CountedTry,
  db: Database,
  party: RelyingParty,
  { kind, errand, response, origin, isHers }: Proving,
  now: Date,
): Promise<ProvenKey> {
  const { clientDataJSON, userHandle } = response.response
  requireOwnFrame(clientDataJSON)
  const answer = { clientDataJson: clientDataJSON, ceremony: ceremonies[kind].get, errand }
  const { challenge } = await takeChallenge(db, party, answer, now)
  const found = await trustedKey(db, party, { kind, response, origin }, now)
  const key = found !== undefined && isHers(found, userHandle) ? found : undefined
  const proven = await verifyAssertion(counted, response, party, { challenge, kind, key })
  // Whether a key may be synchronised is fixed at its making (WebAuthn 6.1.3): a change is a forgery.
  if (key === undefined || (proven.credentialDeviceType === 'multiDevice') !== key.backupEligible)
    throw passkeyRefusal()
  const isAttested =
    kind === 'passkey' && (await levelThreeOf(db, party, key))?.verdict === 'stands'
  const answered = { counter: proven.newCounter, isBackedUp: proven.credentialBackedUp }
  return {
    key,
    ...answered,
    isAttested,
    isInOtherDevice: isInOtherDevice(response, key.transports),
  }
}

/** Whether a key gives the device-bound level now, and what its maker calls its model. */
export type KeyLevel = { readonly verdict: KeyVerdict; readonly model: string }

/** undefined: no maker attested of this key of which model it is */
export async function levelThreeOf(
  db: Database,
  { levelThree, guard: { seals } }: RelyingParty,
  { passkeyId, personId, backupEligible, isUntrusted }: LevelKey,
): Promise<KeyLevel | undefined> {
  if (levelThree === undefined || backupEligible || isUntrusted) return undefined
  const attested = (await attestationsOf(db, seals, personId)).get(passkeyId)
  if (attested === undefined) return undefined
  return { verdict: await levelThree.judge(attested), model: levelThree.nameOf(attested.aaguid) }
}

type LevelKey = Pick<Passkey, 'passkeyId' | 'personId' | 'backupEligible' | 'isUntrusted'>

// A key whose row was changed is not there; its person sees that it was tried.
async function trustedKey(
  db: Database,
  { guard: { seals, log } }: RelyingParty,
  { kind, response, origin }: Pick<Proving, 'kind' | 'response' | 'origin'>,
  now: Date,
): Promise<PasskeyToProve | undefined> {
  const key = await findByCredentialId(db, seals, bytesOf(response.id), kind)
  // A key that was taken away is not found once its wait is over.
  if (key?.waits !== undefined && isOver(key.waits, now)) return undefined
  if (key?.isUntrusted !== true) return key
  const { passkeyId: ref, personId } = key
  await tellUntrusted({ db, log }, { what: 'passkey', ref, personId }, { ...origin, now })
  return undefined
}
