import { generateAuthenticationOptions, verifyAuthenticationResponse } from '@simplewebauthn/server'
import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import type { Origin } from '../foundation/request-log.ts'
import { recordActivity } from '../accounts/index.ts'
import type { Database } from '../foundation/database.ts'
import { transact } from '../foundation/database.ts'
import { Refusal } from '../foundation/refusal.ts'
import { newChallenge, takeChallenge } from './challenge.ts'
import { readAssertion, refused } from './credential.ts'
import type { RelyingParty } from './relying-party.ts'
import { promptTimeoutMs } from './relying-party.ts'
import type { Passkey } from './store.ts'
import { findByCredentialId, noteUse, suspendPasskey } from './store.ts'

/** Options for a sign-in that names nobody: the authenticator lists the person's own keys. @returns JSON for the browser */
export async function requestOptions(
  db: Database,
  party: RelyingParty,
  errand: string,
  now: Date,
): Promise<string> {
  const challenge = await newChallenge(
    db,
    { ceremony: 'get', errand, personId: undefined, userHandle: undefined },
    now,
  )
  const options = await generateAuthenticationOptions({
    rpID: party.id,
    challenge: new Uint8Array(challenge),
    timeout: promptTimeoutMs,
    userVerification: 'required',
    allowCredentials: [],
  })
  return JSON.stringify(options)
}

/**
 * Who holds this passkey. Its challenge is used up, its counter noted; a counter that did not grow suspends the key.
 * @returns the person. @throws Refusal challenge.unusable, passkey.refused, passkey.suspended; unknown key and wrong
 * signature are one answer
 */
export async function authenticate(
  db: Database,
  party: RelyingParty,
  errand: string,
  json: string,
  { origin, now }: { origin: Origin; now: Date },
): Promise<string> {
  const response = readAssertion(json)
  const { challenge } = await takeChallenge(
    db,
    response.response.clientDataJSON,
    'get',
    errand,
    now,
  )
  const passkey = await findByCredentialId(db, Buffer.from(response.id, 'base64url'))
  if (
    passkey === undefined ||
    response.response.userHandle !== passkey.userHandle.toString('base64url')
  )
    throw refused()
  const { newCounter, credentialBackedUp, credentialDeviceType } = await verify(
    response,
    party,
    challenge,
    passkey,
  )
  // Whether a key may be synchronised is fixed at its making (WebAuthn 6.1.3): a change is a forgery.
  if ((credentialDeviceType === 'multiDevice') !== passkey.backupEligible) throw refused()
  const isGenuine = await transact(db, async (tx) => {
    const noted = await noteUse(tx, passkey.passkeyId, newCounter, credentialBackedUp, now)
    if (!noted) {
      await suspendPasskey(tx, passkey.passkeyId, now)
      await recordActivity(
        tx,
        { kind: 'passkey.suspended', personId: passkey.personId, result: 'done' },
        origin,
        now,
      )
    }
    return noted
  })
  if (!isGenuine) throw new Refusal('passkey.suspended', 403)
  return passkey.personId
}

async function verify(
  response: AuthenticationResponseJSON,
  party: RelyingParty,
  expectedChallenge: string,
  passkey: Passkey,
) {
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      credential: {
        id: response.id,
        publicKey: new Uint8Array(passkey.publicKey),
        // Compared by `noteUse` inside the transaction, where two uses at once see each other.
        counter: 0,
      },
    })
    if (!verified) throw refused()
    return authenticationInfo
  } catch {
    throw refused()
  }
}
