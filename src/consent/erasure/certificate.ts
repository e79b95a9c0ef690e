import { createHash } from 'node:crypto'
import { epochSeconds, secondsAfter } from '../../base/values/clock.ts'
import { msOf, retention } from '../../base/values/retention.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Claims } from '../../base/keys/jws.ts'
import type { TimelineEvent } from '../../ledger/chain/index.ts'
import { canonical, commitmentTo, logEntry, originOf } from '../../ledger/chain/index.ts'
import type { RewrittenFiles } from '../../base/database/file-rewriting.ts'
import type { Plan } from './plan.ts'

type Certifying = {
  readonly issuer: string
  /** The person's pairwise identifier at our own pages. */
  readonly subject: string
  /** Its event in the person's chain. */
  readonly told: ErasureTold
  readonly rewritten: RewrittenFiles
}
export type ErasureTold = Pick<TimelineEvent, 'eventId' | 'recordedAt'> & {
  readonly payload: NonNullable<TimelineEvent['payload']>
  readonly salt: Buffer
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

/**
 * The claims of a certificate. It is signed as receipts are, and carries the proof of its event in the public log. A backup that was made
 * before the files were written anew may have it: the backups' time begins then.
 */
export function certificateClaims({
  issuer,
  subject,
  told: { eventId, recordedAt, payload, salt },
  rewritten,
}: Certifying): Claims {
  const id = writeId('ers', eventId)
  const text = canonical(payload)
  return {
    iss: issuer,
    iat: epochSeconds(rewritten.at),
    jti: id,
    aud: 'citizen',
    schema_version: `${issuer}/schema/erasure/1`,
    certificate_id: id,
    pii_principal_id: `iss_sub:${issuer}#${subject}`,
    event_id: writeId('evt', eventId),
    event_kind: 'content.erased',
    erased_at: recordedAt.toISOString(),
    rule: payload['rule'],
    before: payload['before'],
    years: payload['years'],
    entries: payload['entries'],
    files_rewritten_at: rewritten.at.toISOString(),
    write_ahead_log_until: rewritten.lsn,
    backups_until: backupsUntil(rewritten.at).toISOString(),
    ledger: {
      origin: originOf(issuer, recordedAt.getUTCFullYear()),
      entry: logEntry(commitmentTo(salt, text)).toString('base64'),
      salt: salt.toString('base64'),
      payload: text,
      payload_jcs_sha256: createHash('sha256').update(text).digest('hex'),
    },
  }
}

/** Until then erased content may still be in a backup, and in the log of writes that is kept with it. */
function backupsUntil(rewrittenAt: Date): Date {
  return secondsAfter(rewrittenAt, msOf(retention.backups) / 1000)
}
