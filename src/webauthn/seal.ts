import { firstSealsOf } from '../base/sealing/first-seals.ts'
import type { Renewal } from '../base/sealing/row-renewal.ts'
import { sealRenewal } from '../base/sealing/row-renewal.ts'
import type { RowSeals } from '../base/sealing/row-seal.ts'
import type { CoveredBy } from '../base/sealing/row-seal.ts'
import { sealedRow } from '../base/sealing/row-seal.ts'

// What the seals of keys cover: whose a key is, what verifies its signature, and whether it is suspended. Outside of it are what each
// use changes (counter, backup state, last use), and what a browser or a person says of a key (transports, model, name).

export const keySeal = sealedRow('passkey', 1, {
  passkeyId: 'uuid',
  personId: 'uuid',
  credentialId: 'bytes',
  publicKey: 'bytes',
  backupEligible: 'flag',
  kind: 'text',
  createdAt: 'time',
  suspendedAt: 'time',
})
export type KeyCovered = CoveredBy<typeof keySeal>

export const userSeal = sealedRow('webauthn user', 1, { personId: 'uuid', userHandle: 'bytes' })

export const challengeSeal = sealedRow('webauthn challenge', 1, {
  challenge: 'bytes',
  ceremony: 'text',
  errand: 'text',
  personId: 'uuid',
  userHandle: 'bytes',
  expiresAt: 'time',
})

/** What a key's maker attested: whose key it is, and by which certificates. */
export const attestationSeal = sealedRow('key attestation', 1, {
  passkeyId: 'uuid',
  personId: 'uuid',
  aaguid: 'uuid',
  format: 'text',
  certificates: 'texts',
  metadataNo: 'int',
  attestedAt: 'time',
})

export const metadataSeal = sealedRow('fido metadata', 1, {
  no: 'int',
  nextUpdate: 'text',
  seenAt: 'time',
})

export function webauthnRenewals(seals: RowSeals): readonly Renewal[] {
  return [
    sealRenewal('passkeys', keySeal)(seals),
    sealRenewal('webauthn_users', userSeal)(seals),
    sealRenewal('webauthn_challenges', challengeSeal)(seals),
    sealRenewal('key_attestations', attestationSeal)(seals),
    sealRenewal('fido_metadata', metadataSeal)(seals),
  ]
}

export const webauthnFirstSeals = [
  firstSealsOf('passkeys', 'passkeyId', keySeal),
  firstSealsOf('webauthnUsers', 'personId', userSeal),
]
