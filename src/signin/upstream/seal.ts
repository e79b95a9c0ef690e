import type { Renewal } from '../../base/platform/row-renewal.ts'
import { sealRenewal } from '../../base/platform/row-renewal.ts'
import type { RowSeals } from '../../base/platform/row-seal.ts'
import { sealedRow } from '../../base/platform/row-seal.ts'

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
export const arrivalSeal = sealedRow('upstream arrival', 1, {
  errandSha256: 'bytes',
  providerId: 'text',
  issuer: 'text',
  identitySha256: 'bytes',
  level: 'text',
  provedAt: 'time',
  expiresAt: 'time',
})

export function upstreamRenewals(seals: RowSeals): readonly Renewal[] {
  return [
    sealRenewal('upstream_identities', identitySeal)(seals),
    sealRenewal('upstream_errands', errandSeal)(seals),
    sealRenewal('upstream_arrivals', arrivalSeal)(seals),
  ]
}
