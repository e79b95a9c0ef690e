import { createHash } from 'node:crypto'
import type { JsonValue } from '../../ledger/chain/index.ts'
import { canonical } from '../../ledger/chain/index.ts'
import type { ConsentRecord } from './rows.ts'

const first = [
  'consentId',
  'arrangementId',
  'versionInArrangement',
  'supersedesConsentId',
  'requestId',
  'agreement',
  'purpose',
  'dataset',
  'legalBasisId',
  'holder',
  'recipient',
  'categoriesGranted',
  'categoriesDeclined',
  'express',
  'oneTime',
  'maxUses',
  'frequencyCount',
  'frequencyPer',
  'lookbackFrom',
  'lookbackTo',
  'validFrom',
  'validUntil',
  'validUntilLocal',
  'tz',
  'presentationId',
  'textPairSha256',
  'channel',
  'acr',
  'amr',
  'createdAt',
] as const

/**
 * The members that each list hashes, by the list's number. A list never changes: a record with further columns gets a further list, and
 * the hashes that older events hold stay true. No list has the person, since no payload names her.
 */
const lists = {
  1: first,
  // With the desk that helped.
  2: [...first, 'officeOrg', 'officeRole'],
} as const satisfies Readonly<Record<number, readonly (keyof ConsentRecord)[]>>

/** The number of the list that new events name. */
export const recordList = 2

/**
 * The hash of a record's row: with it the event proves that the row has not changed since (docs/design/domain.md#i3).
 * @param list the number that the event names
 */
export function recordHash(record: ConsentRecord, list: keyof typeof lists = recordList): string {
  const members = lists[list].map((name): [string, JsonValue] => [name, plain(record[name])])
  return createHash('sha256')
    .update(canonical(Object.fromEntries(members)))
    .digest('hex')
}

function plain(value: ConsentRecord[keyof ConsentRecord]): JsonValue {
  if (value instanceof Date) return value.toISOString()
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (typeof value === 'bigint') return String(value)
  return typeof value === 'object' && value !== null ? [...value] : value
}
