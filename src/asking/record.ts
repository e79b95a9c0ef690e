import { createHash } from 'node:crypto'
import type { ConsentRecord } from '../consent/index.ts'
import { categoriesIn } from '../consent/index.ts'
import { writeId } from '../foundation/ids.ts'
import type { JsonValue } from '../ledger/index.ts'
import { canonical } from '../ledger/index.ts'
import type { Register } from '../registry/index.ts'
import { objectsOf, sensitiveOf } from './ask.ts'
import type { RequestRow } from './rows.ts'

/** What the event of a grant or a refusal says. */
export function recordFields(record: ConsentRecord, row: RequestRow, register: Register) {
  const { agreement, purpose, dataset } = objectsOf(row, register)
  return {
    consent_id: writeId('con', record.consentId),
    arrangement_id: writeId('arr', record.arrangementId),
    version_in_arrangement: record.versionInArrangement,
    request_id: writeId('req', record.requestId),
    presentation_id: writeId('pre', record.presentationId),
    agreement: agreement.ref,
    purpose: purpose.ref,
    dataset: dataset.ref,
    legal_basis: record.legalBasisId,
    holder: agreement.holder,
    recipient: agreement.recipient,
    categories_granted: categoriesIn(dataset, record.categoriesGranted),
    categories_declined: categoriesIn(dataset, record.categoriesDeclined),
    // What is sensitive is granted by an act that names it, or not at all.
    categories_express: categoriesIn(
      dataset,
      record.categoriesGranted & sensitiveOf(row, register),
    ),
    express: record.express,
    one_time: record.oneTime,
    max_uses: record.maxUses,
    frequency_limit:
      record.frequencyCount === null || record.frequencyPer === null
        ? null
        : { count: record.frequencyCount, per: record.frequencyPer },
    lookback:
      record.lookbackFrom === null || record.lookbackTo === null
        ? null
        : { from: record.lookbackFrom, to: record.lookbackTo },
    valid_from: record.validFrom.toISOString(),
    valid_until: record.validUntil.toISOString(),
    valid_until_local: record.validUntilLocal,
    tz: record.tz,
    text_pair_sha256: record.textPairSha256.toString('hex'),
    collected_by: { channel: record.channel, acr: record.acr, amr: [...record.amr] },
    record_sha256: recordHash(record),
  }
}

/** What the row says, hashed: the event proves that the row did not change since (I3). Without the person, whom no payload names. */
export function recordHash(record: ConsentRecord): string {
  const { personId: _person, ...columns } = record
  return createHash('sha256')
    .update(canonical(plain(columns)))
    .digest('hex')
}

function plain(columns: Omit<ConsentRecord, 'personId'>): JsonValue {
  return Object.fromEntries(
    Object.entries(columns).map(([name, value]): [string, JsonValue] => [name, plainValue(value)]),
  )
}

function plainValue(value: ConsentRecord[keyof ConsentRecord]): JsonValue {
  if (value instanceof Date) return value.toISOString()
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (typeof value === 'bigint') return String(value)
  return typeof value === 'object' && value !== null ? [...value] : value
}
