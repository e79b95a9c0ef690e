import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { answerFromJson } from '../../consent/claims/index.ts'
import { believedEmail, holdFromJson } from '../../people/accounts/index.ts'
import { trustedVouchedRow } from '../../people/identity/index.ts'
import { untrustedRowRead } from './seals.ts'
import type {
  ClaimRow,
  EmailRow,
  HoldRow,
  Json,
  UntrustedRowRead,
  VouchedRowRead,
} from './unit-rows.ts'

// Rows of which a service may be told something: what a person answered to it, and what is held of her.

/** A row of the view `claim_answers`, `emails_in_use` or `vouched_in_use`, as JSON. */
export type JsonRow = {
  readonly account_id: string
  readonly client_id: string
  readonly payload: Json
}

export function trustedClaim(seals: RowSeals, raw: JsonRow): ClaimRow | UntrustedRowRead {
  const { account_id, client_id, payload } = raw
  const answer = answerFromJson(seals, payload)
  if (answer !== undefined) return { kind: 'claim', account_id, client_id, answer }
  const ref = `${client_id} ${String(payload['claim'])}`
  return untrustedRowRead({ what: 'claim', ref, personId: account_id })
}

/** A row of the view `holds_seen`. Whoever asks judges its seals: without them everybody is of the recovery. */
export function holdRow({ account_id, payload }: JsonRow): HoldRow {
  return { kind: 'hold', account_id, hold: holdFromJson(payload) }
}

export function trustedEmail(
  seals: RowSeals,
  { account_id, payload }: JsonRow,
): EmailRow | UntrustedRowRead {
  const email = believedEmail(seals, payload)
  if (email !== undefined) return { kind: 'email', account_id, email }
  return untrustedRowRead({
    what: 'contact',
    ref: String(payload['contact_id']),
    personId: account_id,
  })
}

export function trustedVouchedClaims(
  seals: RowSeals,
  { account_id, payload }: JsonRow,
): VouchedRowRead | UntrustedRowRead {
  const vouched = trustedVouchedRow(seals, payload)
  if (vouched !== undefined) return { kind: 'vouched', account_id, vouched }
  return untrustedRowRead({
    what: 'vouched',
    ref: String(payload['factor_id']),
    personId: account_id,
  })
}
