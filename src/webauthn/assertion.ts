import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import { verifyAuthenticationResponse } from '@simplewebauthn/server'
import type { CountedTry } from '../base/web/limits/tries.ts'
import { passkeyRefusal } from './credential.ts'
import { decoyPublicKey } from './decoy-keys.ts'
import type { KeyKind } from './kinds.ts'
import type { RelyingParty } from './relying-party.ts'
import type { Passkey } from './store.ts'

/** In the place of a challenge that is not known yet: the caller compares it before anything follows from the assertion. */
export const challengeComparedLater = Symbol('compared later')

type Expected = {
  readonly challenge: string | typeof challengeComparedLater
  readonly kind: KeyKind
  /** Undefined: there is no such key; the work is the same. */
  readonly key: Passkey | undefined
}

/** Checks an assertion (WebAuthn Level 3, 7.2): origin, RP ID, user verification, signature. @throws Refusal passkey.refused */
export async function verifyAssertion(
  _: CountedTry,
  response: AuthenticationResponseJSON,
  party: RelyingParty,
  { challenge, kind, key }: Expected,
) {
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge === challengeComparedLater ? () => true : challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: kind === 'passkey',
      credential: {
        id: response.id,
        publicKey: key === undefined ? decoyPublicKey : new Uint8Array(key.publicKey),
        // The transaction's `noteUse` compares the counter, so that two uses at once see each other.
        counter: 0,
      },
    })
    if (!verified) throw passkeyRefusal()
    return authenticationInfo
  } catch {
    throw passkeyRefusal()
  }
}
