import { firstSealsOf } from '../base/sealing/first-seals.ts'
import type { Renewal } from '../base/sealing/row-renewal.ts'
import { sealRenewal } from '../base/sealing/row-renewal.ts'
import type { RowSeals } from '../base/sealing/row-seal.ts'
import type { CoveredValues } from '../base/sealing/row-seal.ts'
import { sealedTable } from '../base/sealing/sealed-table.ts'

// What the seals of keys cover: whose a key is, what verifies its signature, and whether it is suspended. Outside of it are what each
// use changes (counter, backup state, last use), and what a browser or a person says of a key (transports, model, name).

export const passkeyTable = sealedTable('passkeys', {
  seal: ['passkey', 1],
  covers: [
    'passkey_id',
    'person_id',
    'credential_id',
    'public_key',
    'backup_eligible',
    'kind',
    'created_at',
    'suspended_at',
  ],
  unsealed: {
    sign_count: 'changes with each use: see docs/design/proof.md',
    transports: 'what a browser said of the key: nothing opens by it',
    aaguid: 'what a browser said of the key: nothing opens by it',
    backup_state: 'changes with each use',
    name: 'what she calls the key: nothing opens by it',
    last_used_at: 'changes with each use',
  },
})
export type KeyCovered = CoveredValues<typeof passkeyTable>

export const userTable = sealedTable('webauthn_users', {
  seal: ['webauthn user', 1],
  covers: ['person_id', 'user_handle'],
})

export const challengeTable = sealedTable('webauthn_challenges', {
  seal: ['webauthn challenge', 1],
  covers: ['challenge', 'ceremony', 'errand', 'person_id', 'user_handle', 'expires_at'],
})

/** What a key's maker attested: whose key it is, and by which certificates. */
export const attestationTable = sealedTable('key_attestations', {
  seal: ['key attestation', 1],
  covers: [
    'passkey_id',
    'person_id',
    'aaguid',
    'format',
    'certificates',
    'metadata_no',
    'attested_at',
  ],
})

export const metadataTable = sealedTable('fido_metadata', {
  seal: ['fido metadata', 1],
  covers: ['no', 'next_update', 'seen_at'],
  unsealed: { one: 'its one row' },
})

export function webauthnRenewals(seals: RowSeals): readonly Renewal[] {
  return [
    sealRenewal(passkeyTable, seals),
    sealRenewal(userTable, seals),
    sealRenewal(challengeTable, seals),
    sealRenewal(attestationTable, seals),
    sealRenewal(metadataTable, seals),
  ]
}

export const webauthnFirstSeals = [firstSealsOf(passkeyTable), firstSealsOf(userTable)]
