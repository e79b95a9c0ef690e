import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import type { PublicJwk } from '../people/accounts/index.ts'
import { recordActivity, tellUntrusted } from '../people/accounts/index.ts'
import { fromBase64url } from '../base/values/base64.ts'
import type { Database, Transaction } from '../base/database/database.ts'
import { transact } from '../base/database/database.ts'
import { Refusal } from '../base/values/refusal.ts'
import type { RowSeals } from '../base/sealing/row-seal.ts'
import type { Origin } from '../base/web/request-log.ts'
import type { CountedTry } from '../base/web/limits/tries.ts'
import { challengeComparedLater, verifyAssertion } from './assertion.ts'
import { clientDataOf } from './challenge.ts'
import { bytesOf, passkeyRefusal, requireOwnFrame } from './credential.ts'
import { publicJwkOf } from './public-jwk.ts'
import type { RelyingParty } from './relying-party.ts'
import { promptTimeoutMs } from './relying-party.ts'
import type { Passkey } from './store.ts'
import { findByCredentialId, noteUse, passkeysOf, suspendPasskey } from './store.ts'

// A passkey signs an answer: its challenge is a hash of what is answered, and stands in no row. So it opens nothing: a sign-in takes a
// challenge from its row. And what a sign-in signed is no hash of an answer.

/** What anybody needs to check the signature later, beside the text that was signed. Bytes are base64url. */
export type KeySignature = {
  readonly jwk: PublicJwk
  readonly authenticator_data: string
  readonly client_data_json: string
  readonly signature: string
}

/** A signature of this person's key, over a challenge that nobody has compared yet. */
export type SignedChallenge = {
  readonly key: Passkey
  readonly challenge: string
  readonly signature: KeySignature
  readonly counter: number
  readonly isBackedUp: boolean
}

/**
 * What the page gives the browser (WebAuthn Level 3, 5.1.10); undefined for a person without a passkey that can sign here.
 * @param mayBe whether a key of hers may sign this
 */
export async function signingOptions(
  db: Database | Transaction,
  { id: rpId, hints, guard: { seals } }: RelyingParty,
  personId: string,
  mayBe: (key: Passkey) => boolean = () => true,
): Promise<object | undefined> {
  // At a public terminal each signature would be a code to photograph: nobody is held to it there.
  if (hints.length > 0) return undefined
  const keys = (await passkeysOf(db, seals, personId)).filter((key) => isWorking(key) && mayBe(key))
  if (keys.length === 0) return undefined
  return {
    // The page computes it from what is answered.
    challenge: '',
    rpId,
    timeout: promptTimeoutMs,
    userVerification: 'required',
    allowCredentials: keys.map(({ credentialId, transports }) => ({
      type: 'public-key',
      id: credentialId.toString('base64url'),
      transports,
    })),
  }
}

// A key that was taken away signs nothing, though it opens held sessions while it waits.
function isWorking({ suspendedAt, isUntrusted, waits }: Passkey): boolean {
  return suspendedAt === null && !isUntrusted && waits === undefined
}

type Given = {
  readonly personId: string
  /** As `readAssertion` gave it. */
  readonly response: AuthenticationResponseJSON
  readonly origin: Origin
}

/**
 * Checks that a passkey of this person signed, with user verification, at this site: all but what. `useSignature` compares that,
 * in the transaction of the deed. @throws Refusal passkey.refused
 */
export async function readSignature(
  counted: CountedTry,
  db: Database,
  party: RelyingParty,
  { personId, response, origin }: Given,
  now: Date,
): Promise<SignedChallenge> {
  const { clientDataJSON, authenticatorData, signature, userHandle } = response.response
  requireOwnFrame(clientDataJSON)
  const { seals, log } = party.guard
  const found = await findByCredentialId(db, seals, bytesOf(response.id), 'passkey')
  if (found?.isUntrusted === true) {
    const row = { what: 'passkey', ref: found.passkeyId, personId: found.personId } as const
    await tellUntrusted({ db, log }, row, { ...origin, now })
  }
  const key = found !== undefined && isOf(found, personId, userHandle) ? found : undefined
  const proven = await verifyAssertion(counted, response, party, {
    // Compared by `useSignature`, once the record is there whose text it is the hash of.
    challenge: challengeComparedLater,
    kind: 'passkey',
    key,
  })
  // Whether a key may be synchronised is fixed at its making (WebAuthn 6.1.3): a change is a forgery.
  if (key === undefined || (proven.credentialDeviceType === 'multiDevice') !== key.backupEligible)
    throw passkeyRefusal()
  return {
    key,
    challenge: challengeIn(clientDataJSON),
    signature: {
      jwk: publicJwkOf(key.publicKey),
      authenticator_data: authenticatorData,
      client_data_json: clientDataJSON,
      signature,
    },
    counter: proven.newCounter,
    isBackedUp: proven.credentialBackedUp,
  }
}

function isOf(key: Passkey, personId: string, handle: unknown): boolean {
  const isNamed = handle === undefined || handle === key.userHandle.toString('base64url')
  return key.personId === personId && isNamed && isWorking(key)
}

function challengeIn(clientDataJson: string): string {
  const { challenge } = clientDataOf(clientDataJson) as { readonly challenge?: unknown } // `readAssertion` let it through as an object
  return typeof challenge === 'string' ? challenge : ''
}

/** A right answer of a key. Its use is noted in the transaction of what follows from it (`useKey`). */
export type KeyAnswer = {
  readonly key: Passkey
  readonly counter: number
  readonly isBackedUp: boolean
}

/** The counter of a key went back while it signed: the deed is undone, and `suspendIfCopied` suspends the key. */
class CopiedKey extends Refusal {
  constructor({ kind }: Passkey) {
    super(`${kind}.suspended`, 403)
  }
}

/** @throws Refusal passkey.suspended, security-key.suspended, inside `suspendIfCopied` */
export async function useKey(
  tx: Transaction,
  { key, counter, isBackedUp }: KeyAnswer,
  now: Date,
): Promise<void> {
  if (!(await noteUse(tx, key.passkeyId, counter, isBackedUp, now))) throw new CopiedKey(key)
}

/** Uses a signature for a deed, if it signed this and nothing else. @throws Refusal passkey.refused, passkey.suspended */
export async function useSignature(
  tx: Transaction,
  signed: SignedChallenge,
  expected: Buffer,
  now: Date,
): Promise<void> {
  if (fromBase64url(signed.challenge)?.equals(expected) !== true) throw passkeyRefusal()
  await useKey(tx, signed, now)
}

type Suspending = {
  readonly db: Database
  readonly seals: RowSeals
  readonly origin: Origin
  readonly now: Date
}

/** Runs a deed that uses the answer of a key. Where the key was copied, the deed is undone, and the key suspended after it. */
export async function suspendIfCopied<T>(
  { db, seals, origin, now }: Suspending,
  answer: KeyAnswer | undefined,
  deed: () => Promise<T>,
): Promise<T> {
  try {
    return await deed()
  } catch (error) {
    if (!(error instanceof CopiedKey) || answer === undefined) throw error
    const { key } = answer
    await transact(db, async (tx) => {
      const kind = `${key.kind}.suspended` as const
      const entry = { kind, personId: key.personId, result: 'done' } as const
      if (await suspendPasskey(tx, seals, key, now)) await recordActivity(tx, entry, origin, now)
    })
    throw error
  }
}
