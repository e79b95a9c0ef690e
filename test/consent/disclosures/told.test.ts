import { describe, expect, test } from 'vitest'
import { newUuid, writeId } from '../../../src/base/values/ids.ts'
import { disclosureTeller } from '../../../src/consent/disclosures/fold.ts'
import type { EventKind, Payload } from '../../../src/ledger/chain/index.ts'
import type { ErasedEvent, StoredRow } from '../../../src/ledger/fold/index.ts'

// What events tell of the two bodies' reports, also after years of them were erased (I1, I28).

const begin = new Date('2026-11-24T12:00:00.000Z')
const hour = (n: number) => new Date(begin.getTime() + n * 3_600_000)
const dataset = { no: 7, ref: 'dst_revenu@1', categories: ['cat_revenu', 'cat_loyer'] }
const roots: Readonly<Record<string, number>> = { org_h: 1, org_r: 2 }
const register = {
  dataset: (ref: string) => (ref === dataset.ref ? dataset : undefined),
  datasetByNo: (no: number) => (no === dataset.no ? dataset : undefined),
  organisation: (id: string) => ({ root: roots[id] }),
} as never // the part of a register that a fold reads

const permitted = newUuid(begin)
const gone = newUuid(begin)
const consentId = newUuid(begin)
const permit = {
  decision_id: permitted,
  consent_id: consentId,
  holder: 1,
  recipient: 2,
  dataset: dataset.no,
  evaluated_at: begin,
  visible_from: null,
  status: 'authorised',
} as const

function telling(erased: readonly ErasedEvent[] = []) {
  const teller = disclosureTeller({
    personId: newUuid(begin),
    register,
    permits: new Map([[permitted, permit]]),
    erased,
  })
  let personSeq = 0
  const tell = (kind: EventKind, at: Date, payload: Payload) => {
    personSeq += 1
    const eventId = newUuid(at)
    teller.tell({ kind, eventId, personSeq, recordedAt: at, payload, delayed: undefined })
  }
  const table = (name: string) => {
    const found = teller.tables().find((one) => one.name === name)
    if (found === undefined) throw new Error(`no table ${name}`)
    return found
  }
  const keysOf = (name: string) => [...table(name).rows.keys()]
  return { teller, tell, table, keysOf }
}

const hash = 'ab'.repeat(32)
const sent = (decisionId: string) => ({
  disclosure_id: writeId('dis', decisionId),
  decision_id: writeId('dec', decisionId),
  consent_id: writeId('con', consentId),
  occurred_at: begin.toISOString(),
  categories_actual: ['cat_revenu'],
  record_count: null,
  result: null,
  delivery: 'pull',
  anomaly: false,
  report_sha256: hash,
})
const got = (receivedId: string, decisionId: string | null) => ({
  received_id: writeId('rcv', receivedId),
  decision_id: decisionId && writeId('dec', decisionId),
  consent_id: writeId('con', consentId),
  dataset: dataset.ref,
  holder: 'org_h',
  recipient: 'org_r',
  categories_received: ['cat_revenu'],
  occurred_at: begin.toISOString(),
  query_id: 'q-1',
  content_sha256: hash,
})
const declared = (declarationId: string) => ({
  declaration_id: writeId('dcl', declarationId),
  dataset: dataset.ref,
  holder: 'org_h',
  recipient: 'org_r',
  categories: ['cat_loyer'],
  occurred_at: begin.toISOString(),
})

test('the last report about a permit is the latest of what the two bodies said', () => {
  const { teller, tell, table } = telling()
  expect(teller.lastSaidOf(permitted)).toBeUndefined()
  tell('disclosure.recorded', hour(1), sent(permitted))
  expect(teller.lastSaidOf(permitted)).toEqual(hour(1))
  tell('disclosure.received', hour(3), got(newUuid(begin), permitted))
  tell('disclosure.corrected', hour(2), { ...sent(permitted), record_count: 4 })
  expect(teller.lastSaidOf(permitted)).toEqual(hour(3))
  expect(table('disclosure').rows.get(permitted)).toMatchObject({ corrections: 1, record_count: 4 })
})

test('two manifests that are not the same are told as a contradiction, until a correction names the other one', () => {
  const { tell, table } = telling()
  const openKinds = () =>
    [...table('disclosure_anomaly').rows.values()].flatMap((row) =>
      row['settled_at'] === null ? [row['kind']] : [],
    )
  const [mine, its] = [hash, 'cd'.repeat(32)]
  tell('disclosure.recorded', hour(1), { ...sent(permitted), manifest: mine })
  tell('disclosure.received', hour(2), { ...got(newUuid(begin), permitted), manifest: its })
  expect(openKinds()).toEqual(['contents_differ'])
  tell('disclosure.corrected', hour(3), { ...sent(permitted), manifest: its })
  expect(openKinds()).toEqual([])
  const manifest_sha256 = Buffer.from(its, 'hex')
  expect(table('disclosure').rows.get(permitted)).toMatchObject({ manifest_sha256 })
})

describe('of a permit that no event tells', () => {
  test('nothing can be told', () => {
    const { tell } = telling()
    expect(() => tell('disclosure.recorded', hour(1), sent(gone))).toThrow('never permitted')
    expect(() => tell('disclosure.corrected', hour(1), sent(gone))).toThrow('never permitted')
    expect(() => tell('disclosure.corrected', hour(1), sent(permitted))).toThrow('never said')
  })

  test('no row is told where content was erased, and rows about it may stand: those alone', () => {
    const at = new Date('2025-03-01T00:00:00Z')
    const said = { kind: 'disclosure.recorded', recordedAt: at, personSeq: 1 } as const
    const { tell, table, keysOf } = telling([said])
    tell('disclosure.recorded', hour(1), sent(gone))
    tell('disclosure.corrected', hour(2), sent(gone))
    tell('disclosure.corrected', hour(2), sent(permitted))
    expect(keysOf('disclosure')).toEqual([])
    // Who received names the data, and nothing is compared.
    const receivedId = newUuid(begin)
    tell('disclosure.received', hour(3), got(receivedId, gone))
    expect([keysOf('disclosure_received'), keysOf('disclosure_anomaly')]).toEqual([
      [receivedId],
      [],
    ])
    const stands = (row: StoredRow) => table('disclosure').mayStand?.(row)
    const recorded_at = hour(1).toISOString()
    expect(stands({ decision_id: gone, recorded_at })).toBe(true)
    expect(stands({ decision_id: permitted, recorded_at })).toBe(false)
    expect(stands({ decision_id: null, recorded_at })).toBe(false)
    expect(stands({ decision_id: newUuid(begin), recorded_at })).toBe(false)
    expect(stands({ decision_id: permitted, recorded_at: at.toISOString() })).toBe(true)
    const noted = (row: StoredRow) => table('disclosure_anomaly').mayStand?.(row)
    expect(noted({ decision_id: gone, noted_at: recorded_at })).toBe(true)
    expect(noted({ decision_id: permitted, noted_at: recorded_at })).toBe(false)
    expect(noted({ decision_id: null, noted_at: recorded_at })).toBe(false)
    expect(noted({ decision_id: permitted, noted_at: at.toISOString() })).toBe(true)
    const permits = table('disclosure_received').mayStand
    expect(permits?.({ decision_id: permitted, recorded_at: at.toISOString() })).toBe(false)
  })
})

test('an erasure takes out the reports of its permits and sharings, and the declarations of before', () => {
  const { teller, tell, keysOf } = telling()
  const [under, without, other, older, newer] = [1, 2, 3, 4, 5].map(() => newUuid(begin)) as [
    string,
    string,
    string,
    string,
    string,
  ] // as many as are mapped
  tell('disclosure.recorded', hour(1), sent(permitted))
  tell('disclosure.received', hour(1), got(under, permitted))
  tell('disclosure.received', hour(1), got(without, null))
  const another = { consent_id: writeId('con', gone), query_id: 'q-2' }
  tell('disclosure.received', hour(1), { ...got(other, null), ...another })
  tell('disclosure.declared', hour(1), declared(older))
  tell('disclosure.declared', hour(5), declared(newer))
  teller.forget(new Set([permitted]), new Set([consentId]))
  teller.forgetDeclared(hour(5))
  expect(teller.lastSaidOf(permitted)).toBeUndefined()
  expect(keysOf('disclosure')).toEqual([])
  expect(keysOf('disclosure_received')).toEqual([other])
  expect(keysOf('disclosure_declared')).toEqual([newer])
  expect(keysOf('disclosure_anomaly')).toEqual([
    `${other} received_without_permit`,
    `${newer} declared`,
  ])
})
