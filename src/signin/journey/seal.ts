import { sameReason, sealedTable } from '../../base/sealing/sealed-table.ts'

// What was proved in a visit, and whose password was entered in it. Left out are the pages that she has still to see, and the counts
// of the password's try, which change while the visit goes on and prove nothing.

export const attemptTable = sealedTable('signin_attempts', {
  seal: ['sign-in attempt', 1],
  covers: [
    'visit_id_sha256',
    'person_id',
    'proof',
    'proved_at',
    'expires_at',
    'factor_ids',
    'session_epoch',
    'code_index',
  ],
  unsealed: {
    ...sameReason(['codes_due', 'invitation_due', 'reach_due'], 'a page that she has still to see'),
    other_device: 'asks a question more, or less; nothing opens by it',
  },
  inventory: {
    whose: 'person',
    kept: 'over',
    change: 'seal',
    afterClosing: 'forgotten',
    why: {
      fr: 'ce qui est prouvé dans une visite en cours',
      en: 'what is proved in a visit under way',
    },
    columns: {
      opens:
        'visit_id_sha256 proof codes_due invitation_due reach_due factor_ids session_epoch code_index',
      pseudonym: 'person_id',
      trace: 'proved_at expires_at other_device',
      technical: 'seal',
    },
  },
})

export const givenPasswordTable = sealedTable('signin_passwords', {
  seal: ['sign-in password', 1],
  covers: [
    'visit_id_sha256',
    'person_id',
    'address_mark',
    'tries_key',
    'expires_at',
    'factor_id',
    'session_epoch',
  ],
  unsealed: { taken: 'counts of tries, which are given back' },
  inventory: {
    whose: 'person',
    kept: 'over',
    change: 'seal',
    afterClosing: 'forgotten',
    why: {
      fr: 'la première moitié d’une connexion par mot de passe',
      en: 'the first half of a sign-in by password',
    },
    columns: {
      opens: 'visit_id_sha256 factor_id session_epoch taken',
      pseudonym: 'person_id address_mark tries_key',
      trace: 'expires_at',
      technical: 'seal',
    },
  },
})
