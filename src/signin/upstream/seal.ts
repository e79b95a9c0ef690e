import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { renewRows, sealedDue } from '../../base/sealing/row-renewal.ts'
import { sealedTable } from '../../base/sealing/sealed-table.ts'
import type { IdentitySeals } from '../../people/identity/index.ts'
import { resealVouched } from '../../people/identity/index.ts'

/** Whose access an account elsewhere opens. */
export const identityTable = sealedTable('upstream_identities', {
  seal: ['upstream identity', 1],
  covers: ['factor_id', 'person_id', 'issuer', 'identity_sha256', 'created_at'],
  unsealed: { last_used_at: 'changes with each use' },
  inventory: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-accounts',
    exported: 'accounts_elsewhere',
    change: 'list',
    afterClosing: 'forgotten',
    why: {
      fr: 'un compte d’ailleurs qui ouvre son accès',
      en: 'an account elsewhere that opens her access',
    },
    columns: {
      opens: 'factor_id issuer',
      pseudonym: 'person_id identity_sha256',
      trace: 'created_at last_used_at',
      technical: 'seal',
    },
  },
})

/** What was sent with somebody, and must come back. */
export const errandTable = sealedTable('upstream_errands', {
  seal: ['upstream errand', 1],
  covers: [
    'state_sha256',
    'errand_sha256',
    'provider_id',
    'nonce',
    'verifier',
    'max_age',
    'begun_at',
    'expires_at',
  ],
  inventory: {
    whose: 'person',
    kept: 'over',
    change: 'seal',
    why: { fr: 'un départ vers un fournisseur', en: 'a departure to a provider' },
    columns: {
      opens: 'state_sha256 errand_sha256 provider_id nonce verifier max_age',
      trace: 'begun_at expires_at',
      technical: 'seal',
    },
  },
})

/** Left out is what she chose, which opens nothing: an access is linked by a deed of its own. */
export const arrivalTable = sealedTable('upstream_arrivals', {
  seal: ['upstream arrival', 2],
  covers: [
    'errand_sha256',
    'provider_id',
    'issuer',
    'identity_sha256',
    'level',
    'vouched',
    'proved_at',
    'expires_at',
  ],
  unsealed: { links: 'what she chose: nothing is linked without another press' },
  inventory: {
    whose: 'person',
    kept: 'over',
    told: 'kept-identity',
    change: 'seal',
    why: { fr: 'un retour d’un fournisseur qui attend', en: 'a return from a provider that waits' },
    columns: {
      opens: 'errand_sha256 provider_id issuer level links',
      pseudonym: 'identity_sha256',
      trace: 'proved_at expires_at',
      technical: 'seal',
      identity: 'vouched',
    },
  },
})

/** By which account and session elsewhere the proof of a visit came. */
export const upstreamSessionTable = sealedTable('upstream_sessions', {
  seal: ['upstream session', 1],
  covers: ['errand_sha256', 'provider_id', 'identity_sha256', 'session_sha256', 'expires_at'],
  inventory: {
    whose: 'person',
    kept: 'over',
    change: 'seal',
    why: {
      fr: 'quelle session un fournisseur peut terminer',
      en: 'which session a provider can end',
    },
    columns: {
      opens: 'errand_sha256 provider_id',
      pseudonym: 'identity_sha256 session_sha256',
      trace: 'expires_at',
      technical: 'seal',
    },
  },
})

const values = sealedDue(arrivalTable, {
  isDue: 't.vouched is not null and substring(t.vouched from 1 for 8) <> :newest',
  written: ['vouched', 'seal'],
})

/** The name of an account elsewhere, to which the values that came with it are bound until it is linked. */
export function nameOf(identitySha256: Buffer): string {
  return identitySha256.toString('hex')
}

/** What a provider vouches for under the newest key of purpose `data`. */
export function upstreamRenewals(vouched: IdentitySeals): readonly Renewal[] {
  return [
    {
      purpose: 'data',
      table: values.table,
      renew: (tx, pages) =>
        renewRows(tx, pages, values, vouched.newestId, (row: Waiting) => renewed(vouched, row)),
    },
  ]
}

type Waiting = {
  readonly identitySha256: Buffer
  readonly vouched: Buffer
  readonly seal: Buffer
}

// Nobody is linked by a row that is not as this broker wrote it: no key is needed for it.
function renewed(seals: IdentitySeals, row: Waiting): readonly Buffer[] | 'none' {
  if (!seals.rows.holds(arrivalTable.stored, row, row.seal)) return 'none'
  const vouched = resealVouched(seals, row.vouched, nameOf(row.identitySha256))
  return [vouched, seals.rows.seal(arrivalTable.stored, { ...row, vouched })]
}
