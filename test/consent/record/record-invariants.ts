import { expect } from 'vitest'
import type { ConsentRecord } from '../../../src/consent/record/index.ts'
import { isWithin, maskOf, recordHash } from '../../../src/consent/record/index.ts'
import { dayAfter, dayOf, endOfDay } from '../../../src/base/values/calendar.ts'
import { writeId } from '../../../src/base/values/ids.ts'
import type { TimelineEvent } from '../../../src/ledger/chain/index.ts'
import type { Register } from '../../../src/registry/index.ts'
import type { Load } from '../../support/sharing-load.ts'

// What must be true of every record, whatever was done (docs/design/domain.md#invariants): asked of all that random lives have left.

type Item = {
  readonly categoriesRequired: string
  readonly categoriesOptional: string
  readonly renderedSha256: Buffer
  readonly canonicalSha256: Buffer
  readonly lang: string
  readonly text: number
  readonly shownAt: Date
  readonly isKept: boolean
}
type Held = {
  readonly [K in keyof ConsentRecord]: ConsentRecord[K] extends bigint ? string : ConsentRecord[K]
} & { readonly agentId: null }
type Row = { readonly record: Held; readonly item: Item }

/** @returns how many records were looked at */
export async function expectRecordsHold(
  load: Load,
  told: ReadonlyMap<string, readonly TimelineEvent[]>,
  register: Register,
): Promise<number> {
  const granted = new Map(
    [...told.values()].flat().flatMap(({ kind, payload = {} }) => {
      const isAnswer = kind === 'consent.granted' || kind === 'consent.refused'
      return isAnswer ? [[payload['consent_id'], payload] as const] : []
    }),
  )
  const rows = await rowsOf(load, [...told.keys()])
  for (const { record, item } of rows) {
    const read = asRecord(record)
    const payload = granted.get(writeId('con', read.consentId))
    expect(payload?.['record_sha256']).toBe(recordHash(read)) // I3
    expectCategories(read, item, register)
    expectTerm(read, register)
    expectShown(read, item, register)
  }
  return rows.length
}

// I5, and I8: what is sensitive was named by an express act.
function expectCategories(record: ConsentRecord, item: Item, register: Register): void {
  const { categoriesGranted: yes, categoriesDeclined: no } = record
  const agreement = register.agreementByNo(record.agreement)
  const dataset = register.datasetByNo(record.dataset)
  if (agreement === undefined || dataset === undefined) throw new Error('a record of nothing')
  const asked = BigInt(item.categoriesRequired) | BigInt(item.categoriesOptional)
  const agreed = agreement.datasets.find(({ dataset: ref }) => ref === dataset.ref)?.categories
  expect(isWithin(yes, asked)).toBe(true)
  expect(isWithin(asked, maskOf(dataset, agreed ?? []))).toBe(true)
  expect(yes & no).toBe(0n)
  if (yes !== 0n) expect(isWithin(BigInt(item.categoriesRequired), yes)).toBe(true)
  const sensitive = dataset.categories.filter(
    (id) => register.category(id)?.sensitivity !== 'ordinary',
  )
  if ((yes & maskOf(dataset, sensitive)) !== 0n) expect(record.express).toBe(true)
}

// I6. A narrower record goes on from the start of the one that it narrows.
function expectTerm(record: ConsentRecord, register: Register): void {
  const { validFrom, validUntil, validUntilLocal } = record
  const purpose = register.purposeByNo(record.purpose)
  const agreement = register.agreementByNo(record.agreement)
  const most = endOfDay(dayAfter(dayOf(validFrom), purpose?.maxDuration ?? 'P0D'))
  expect(validUntil).toEqual(endOfDay(validUntilLocal))
  expect(validFrom.getTime()).toBeLessThan(validUntil.getTime())
  expect(validUntil.getTime()).toBeLessThanOrEqual(most.getTime())
  expect(validUntilLocal <= (agreement?.until ?? '9999')).toBe(true)
}

// I7: one presentation, of the approved words, before the answer; the page is kept.
function expectShown(record: ConsentRecord, item: Item, register: Register): void {
  const text = register.textByNo(item.text)
  const language = item.lang === 'en-CA' ? 'en' : 'fr'
  expect(text?.sha256[language]).toEqual(item.canonicalSha256)
  expect(text?.approvedOn).toBeDefined()
  expect(record.textPairSha256).toEqual(text?.pairSha256)
  expect(item.shownAt.getTime()).toBeLessThan(record.createdAt.getTime())
  expect(item.isKept).toBe(true)
}

async function rowsOf({ db }: Load, people: readonly string[]): Promise<Row[]> {
  const { rows } = await db.raw<{ rows: (Held & Item)[] }>(
    `select r.*, r.valid_until_local::text, r.lookback_from::text, r.lookback_to::text,
       i.categories_required, i.categories_optional, p.rendered_sha256, p.canonical_sha256, p.lang, p.text, p.shown_at,
       exists (select 1 from rendered_page k where k.sha256 = p.rendered_sha256) as is_kept
     from consent_record r join presentation p using (presentation_id)
     join consent_request_item i on i.consent_id = r.consent_id and i.request_id = p.request_id and i.item_no = p.item_no
     where r.person_id = any(?::uuid[])`,
    [[...people]],
  )
  const { rows: counted } = await db.raw<{ rows: { count: number }[] }>(
    'select count(*)::integer as count from consent_record where person_id = any(?::uuid[])',
    [[...people]],
  )
  // Each has exactly one presentation, of its own item.
  expect(rows).toHaveLength(counted[0]?.count ?? -1)
  return rows.map((row) => ({ record: row, item: row }))
}

const itemColumns = [
  'categoriesRequired',
  'categoriesOptional',
  'renderedSha256',
  'canonicalSha256',
  'lang',
  'text',
  'shownAt',
  'isKept',
  'agentId',
]

function asRecord(row: Held): ConsentRecord {
  const columns = Object.entries(row).filter(([name]) => !itemColumns.includes(name))
  const { categoriesGranted, categoriesDeclined } = row
  return {
    ...(Object.fromEntries(columns) as Held),
    categoriesGranted: BigInt(categoriesGranted),
    categoriesDeclined: BigInt(categoriesDeclined),
  }
}
