import { beforeAll, describe, expect, test } from 'vitest'
import { writeId } from '../../../src/base/values/ids.ts'
import { recordTeller } from '../../../src/consent/record/index.ts'
import type { JsonValue, Payload } from '../../../src/ledger/chain/index.ts'
import type { ToldEvent } from '../../../src/ledger/fold/index.ts'
import { InvalidEvent } from '../../../src/ledger/fold/index.ts'
import type { Register } from '../../../src/registry/index.ts'
import { appliedDemo } from '../../support/demo-register.ts'

// The rows of a consent as events tell them, also where an event does not fit those before it: a finding of the nightly walk.

let register: Register
beforeAll(async () => {
  register = await appliedDemo()
})

const uuid = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`
const con = (n: number) => writeId('con', uuid(n))
const at = (day: number) => new Date(Date.UTC(2026, 10, day, 15))
const personId = uuid(99)

type Kind = ToldEvent['kind']
function event(kind: Kind, day: number, payload: Payload): ToldEvent {
  const [eventId, recordedAt] = [uuid(1000 + day), at(day)]
  return { kind, eventId, personSeq: day, recordedAt, payload, delayed: undefined }
}

/** She allows a sharing, or another record narrows it. */
function granted(n: number, more: Payload = {}): ToldEvent {
  return event('consent.granted', n, {
    consent_id: con(n),
    arrangement_id: writeId('arr', uuid(50)),
    request_id: writeId('req', uuid(51)),
    presentation_id: writeId('pre', uuid(52)),
    holder: 'org_agence-revenu',
    recipient: 'org_aide-etudes',
    dataset: 'dst_avis-cotisation@1',
    purpose: 'pur_calcul-aide@1',
    agreement: 'agr_2026-001@1',
    categories_granted: ['cat_revenu-net'],
    categories_declined: [],
    valid_from: at(1).toISOString(),
    valid_until: '2027-08-25T04:00:00.000Z',
    text_pair_sha256: 'ab'.repeat(32),
    max_uses: null,
    ...more,
  })
}

/** The holder is permitted to send, on this day; a decision has the number of its day. */
function permitted(n: number, day: number): ToldEvent {
  const evaluated_at = at(day).toISOString()
  const names = { consent_id: con(n), decision_id: writeId('dec', uuid(day)), evaluated_at }
  return event('disclosure.authorised', day, names)
}

/** It says that it sent nothing. */
function nil(n: number, decided: number, use_returned: JsonValue): ToldEvent {
  const names = { consent_id: con(n), decision_id: writeId('dec', uuid(decided)), use_returned }
  return event('disclosure.nil', decided + 1, names)
}

function moved(kind: Kind, n: number, day: number, payload: Payload = {}): ToldEvent {
  return event(kind, day, { consent_id: con(n), ...payload })
}

function told(...events: readonly ToldEvent[]) {
  const teller = recordTeller({ personId, register, open: () => undefined })
  for (const one of events) teller.tell(one)
  return teller
}
const rowOf = (n: number, ...events: readonly ToldEvent[]) => told(...events).current.get(uuid(n))
const yearly = { frequency_limit: { count: 1, per: 'P1Y' } }

describe('events tell', () => {
  test('a use that came back in each record to which it was carried, as often as the newest allows', () => {
    const narrowed = granted(3, { narrowed_from: con(1) })
    const uses = [granted(1), permitted(1, 2), narrowed, nil(1, 2, true)]
    for (const n of [1, 3]) expect(rowOf(n, ...uses)).toMatchObject({ uses: 0, uses_returned: 1 })
    const once = { max_uses: 1 }
    const spent = [granted(1, once), permitted(1, 2), nil(1, 2, true), permitted(1, 4)]
    expect(rowOf(1, ...spent, nil(1, 4, false))).toMatchObject({ uses: 1, uses_returned: 1 })
  })

  test('a use that came back in its own window alone', () => {
    const uses = [granted(1, yearly), permitted(1, 2), nil(1, 2, true), permitted(1, 4)]
    const counts = { uses: 1, uses_returned: 1, window_uses: 1, window_returned: 1 }
    expect(rowOf(1, ...uses, nil(1, 4, false))).toMatchObject(counts)
  })

  test('a sharing that stays suspended while another cause of its suspension is left', () => {
    const [both, order] = [['person', 'order'], ['order']]
    const paused = moved('consent.suspended', 1, 2, {
      suspended_at: at(2).toISOString(),
      suspended_reasons: both,
    })
    const resumed = (left: readonly string[]) =>
      moved('consent.resumed', 1, 3, {
        resumed_at: at(3).toISOString(),
        suspended_reasons: [...left],
      })
    expect(rowOf(1, granted(1), paused, resumed(order))).toMatchObject({
      state: 'suspended',
      suspended_reasons: order,
      state_seq: 3,
    })
    expect(rowOf(1, granted(1), paused, resumed([]))).toMatchObject({ state: 'active' })
  })

  test('nothing of a permit or a report by the law, which name no consent', () => {
    const [permit, report] = [permitted(1, 2), nil(1, 2, false)]
    const byLaw = [permit, report].map((one) => ({
      ...one,
      payload: { ...one.payload, consent_id: null },
    }))
    expect(rowOf(1, granted(1), ...byLaw)).toMatchObject({ uses: 0, state_seq: 1 })
  })
})

test.each<[string, readonly ToldEvent[]]>([
  [`${con(1)} was never answered`, [moved('consent.voided', 1, 2)]],
  [`${con(1)} was answered before`, [granted(1), granted(1)]],
  [`${con(1)} was answered before`, [granted(1, { narrowed_from: con(1) })]],
  ['it reports what was never permitted', [granted(1), nil(1, 2, true)]],
  ['it tells of another use', [granted(1), permitted(1, 2), nil(1, 2, false)]],
  ['its consent_id is no con_', [granted(1, { consent_id: writeId('req', uuid(1)) })]],
  ['it has no categories_granted', [granted(1, { categories_granted: null })]],
  [
    'dst_avis-cotisation@1 has no category cat_adresse',
    [granted(1, { categories_granted: ['cat_adresse'] })],
  ],
  ['the register does not know its dataset', [granted(1, { dataset: 'dst_x@1' })]],
  ['the register does not know its holder', [granted(1, { holder: 'org_x' })]],
])('an event cannot be told: %s', (because, events) => {
  expect(() => told(...events)).toThrow(new InvalidEvent(because))
})
