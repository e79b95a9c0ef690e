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
  sealsFirst: true,
  inventory: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-keys',
    exported: 'passkeys security_keys',
    change: 'seal',
    afterClosing: 'forgotten',
    why: { fr: 'la partie publique de ses clés d’accès', en: 'the public part of her passkeys' },
    columns: {
      opens: 'passkey_id credential_id public_key sign_count backup_eligible backup_state kind',
      pseudonym: 'person_id',
      trace: 'transports aaguid name created_at last_used_at suspended_at',
      technical: 'seal',
    },
  },
})
export type KeyCovered = CoveredValues<typeof passkeyTable>

export const userTable = sealedTable('webauthn_users', {
  seal: ['webauthn user', 1],
  covers: ['person_id', 'user_handle'],
  sealsFirst: true,
  inventory: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-keys',
    change: 'seal',
    afterClosing: 'forgotten',
    why: { fr: 'le numéro que ses clés connaissent', en: 'the number that her keys know' },
    columns: { pseudonym: 'person_id user_handle', technical: 'seal' },
  },
})

export const challengeTable = sealedTable('webauthn_challenges', {
  seal: ['webauthn challenge', 1],
  covers: ['challenge', 'ceremony', 'errand', 'person_id', 'user_handle', 'expires_at'],
  inventory: {
    whose: 'person',
    kept: 'over',
    change: 'seal',
    afterClosing: 'forgotten',
    why: { fr: 'un défi de cinq minutes', en: 'a challenge of five minutes' },
    columns: {
      opens: 'challenge ceremony errand',
      pseudonym: 'person_id user_handle',
      trace: 'expires_at',
      technical: 'seal',
    },
  },
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
  inventory: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-keys',
    exported: 'attested_model',
    change: 'seal',
    afterClosing: 'forgotten',
    why: {
      fr: 'le modèle attesté d’une clé de niveau 3',
      en: 'the attested model of a level 3 key',
    },
    columns: {
      opens: 'passkey_id aaguid format certificates metadata_no',
      pseudonym: 'person_id',
      trace: 'attested_at',
      technical: 'seal',
    },
  },
})

export const metadataTable = sealedTable('fido_metadata', {
  seal: ['fido metadata', 1],
  covers: ['no', 'next_update', 'seen_at'],
  unsealed: { one: 'its one row' },
  inventory: {
    whose: 'nobody',
    kept: 'now',
    change: {
      noFact:
        'the newest metadata file that was seen: it bears a seal, and one that does not fit ends level 3',
    },
    why: { fr: 'le dernier fichier de modèles vu', en: 'the newest file of models seen' },
    columns: { technical: 'one no next_update seen_at seal' },
  },
})
