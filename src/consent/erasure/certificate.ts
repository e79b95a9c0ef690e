import { createHash } from 'node:crypto'
import { epochSeconds, secondsAfter } from '../../base/values/clock.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Claims } from '../../base/keys/jws.ts'
import type { WrittenEvent } from '../../ledger/chain/index.ts'
import { logEntry, originOf } from '../../ledger/chain/index.ts'
import type { Plan } from './plan.ts'

/** The longest life of a backup: until its end, erased content may still be in it. */
export const backupSeconds = 35 * 24 * 3600

type Certifying = {
  readonly issuer: string
  readonly erasureId: string
  /** The person's pairwise identifier at our own pages. */
  readonly subject: string
  readonly plan: Plan
  readonly written: WrittenEvent
}

/** The fields of an erasure in its event and its certificate: the range and the rule, and nothing of the erased content. */
export function rangeOf({ rule, before, years }: Plan) {
  const [first, last] = [years.at(0), years.at(-1)]
  const range = first &&
    last && {
      years: { from: first.year, through: last.year },
      entries: { from: first.fromSeq, through: last.throughSeq },
    }
  return {
    years: range?.years ?? null,
    entries: range?.entries ?? null,
    rule,
    before: before.toISOString(),
  }
}

/** The claims of a certificate. It is signed as receipts are, and carries the proof of its event in the public log. */
export function certificateClaims({
  issuer,
  erasureId,
  subject,
  plan,
  written,
}: Certifying): Claims {
  const { recordedAt, commitment, salt, text, eventId } = written
  const id = writeId('ers', erasureId)
  return {
    iss: issuer,
    iat: epochSeconds(recordedAt),
    jti: id,
    aud: 'citizen',
    schema_version: `${issuer}/schema/erasure/1`,
    certificate_id: id,
    pii_principal_id: `iss_sub:${issuer}#${subject}`,
    event_id: writeId('evt', eventId),
    event_kind: written.kind,
    erased_at: recordedAt.toISOString(),
    ...rangeOf(plan),
    backups_until: secondsAfter(recordedAt, backupSeconds).toISOString(),
    ledger: {
      origin: originOf(issuer, recordedAt.getUTCFullYear()),
      entry: logEntry(commitment).toString('base64'),
      salt: salt.toString('base64'),
      payload: text,
      payload_jcs_sha256: createHash('sha256').update(text).digest('hex'),
    },
  }
}
