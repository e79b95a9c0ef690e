import type { Database, Transaction } from '../base/database/database.ts'
import type { Endorsement } from '../people/accounts/index.ts'
import { keyChallenge } from '../people/accounts/index.ts'
import type { SignedChallenge } from './answer.ts'
import { signingOptions, useSignature } from './answer.ts'
import type { VerifiedCreation } from './create.ts'
import { publicJwkOf } from './public-jwk.ts'
import type { RelyingParty } from './relying-party.ts'

/** What the script of a page asks an older key with, as JSON; undefined for a person without one that can sign here. */
export async function endorsingOptions(
  db: Database,
  party: RelyingParty,
  personId: string,
): Promise<string | undefined> {
  const options = await signingOptions(db, party, personId)
  return options && JSON.stringify({ issuer: party.origin, options })
}

/**
 * Uses what an older key of the same person signed, if it signed this new key and nothing else. It opens nothing and answers nothing: its
 * challenge stands in no row, and is the hash of no answer. @throws Refusal passkey.refused, passkey.suspended
 */
export async function useEndorsement(
  tx: Transaction,
  { origin }: RelyingParty,
  signed: SignedChallenge,
  { passkey }: VerifiedCreation,
  now: Date,
): Promise<Endorsement> {
  await useSignature(tx, signed, keyChallenge(origin, publicJwkOf(passkey.publicKey)), now)
  return { factorId: signed.key.passkeyId, ...signed.signature }
}
