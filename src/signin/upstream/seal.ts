import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { renewRows, sealedDue, sealRenewal, valuesOf } from '../../base/sealing/row-renewal.ts'
import { sealedRow } from '../../base/sealing/row-seal.ts'
import type { IdentitySeals } from '../../people/identity/index.ts'
import { resealed } from '../../people/identity/index.ts'

/** Whose access an account elsewhere opens. */
export const identitySeal = sealedRow('upstream identity', 1, {
  factorId: 'uuid',
  personId: 'uuid',
  issuer: 'text',
  identitySha256: 'bytes',
  createdAt: 'time',
})

/** What was sent with somebody, and must come back. */
export const errandSeal = sealedRow('upstream errand', 1, {
  stateSha256: 'bytes',
  errandSha256: 'bytes',
  providerId: 'text',
  nonce: 'text',
  verifier: 'text',
  maxAge: 'int',
  begunAt: 'time',
  expiresAt: 'time',
})

/** Left out is what she chose, which opens nothing: an access is linked by a deed of its own. */
export const arrivalSeal = sealedRow('upstream arrival', 2, {
  errandSha256: 'bytes',
  providerId: 'text',
  issuer: 'text',
  identitySha256: 'bytes',
  level: 'text',
  vouched: 'bytes',
  provedAt: 'time',
  expiresAt: 'time',
})

/** By which account and session elsewhere the proof of a visit came. */
export const sessionSeal = sealedRow('upstream session', 1, {
  errandSha256: 'bytes',
  providerId: 'text',
  identitySha256: 'bytes',
  sessionSha256: 'bytes',
  expiresAt: 'time',
})

const values = sealedDue('upstream_arrivals', arrivalSeal, {
  isDue: 't.vouched is not null and substring(t.vouched from 1 for 8) <> :newest',
  written: ['vouched', 'seal'],
})

/** The name of an account elsewhere, to which the values that came with it are bound until it is linked. */
export function nameOf(identitySha256: Buffer): string {
  return identitySha256.toString('hex')
}

/** What a provider vouches for under the newest key of purpose `data`; rows under the newest key of seals. */
export function upstreamRenewals(vouched: IdentitySeals): readonly Renewal[] {
  const seals = vouched.rows
  return [
    {
      purpose: 'data',
      table: values.table,
      renew: (tx, pages) =>
        renewRows(tx, pages, values, vouched.newestId, (row: Waiting) => renewed(vouched, row)),
    },
    sealRenewal('upstream_identities', identitySeal)(seals),
    sealRenewal('upstream_errands', errandSeal)(seals),
    sealRenewal('upstream_arrivals', arrivalSeal)(seals),
    sealRenewal('upstream_sessions', sessionSeal)(seals),
  ]
}

type Waiting = {
  readonly identitySha256: Buffer
  readonly vouched: Buffer
  readonly seal: Buffer
}

// Nobody is linked by a row that is not as this broker wrote it: no key is needed for it.
function renewed(seals: IdentitySeals, row: Waiting): readonly Buffer[] | 'none' {
  const kept = valuesOf(arrivalSeal, row)
  if (!seals.rows.holds(arrivalSeal, kept, row.seal)) return 'none'
  const vouched = resealed(seals, row.vouched, nameOf(row.identitySha256))
  return [vouched, seals.rows.seal(arrivalSeal, { ...kept, vouched })]
}
