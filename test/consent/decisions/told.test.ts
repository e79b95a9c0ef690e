import { describe, expect, test } from 'vitest'
import { newUuid, writeId } from '../../../src/base/values/ids.ts'
import { decisionTeller } from '../../../src/consent/decisions/fold.ts'
import type { RefusedRow } from '../../../src/consent/decisions/index.ts'
import { refusedDigest } from '../../../src/consent/decisions/index.ts'
import { tieOf } from '../../../src/consent/decisions/rows.ts'
import type { StoredRow } from '../../../src/ledger/fold/index.ts'
import { compare } from '../../../src/ledger/fold/told-rows.ts'

// What the event of a day says of its refusals, against their rows: the owner of the database may change these, and who erases
// takes days away (I36).

const now = new Date('2026-11-26T15:00:00.000Z')
const at = new Date('2026-11-24T15:00:00.000Z')
const day = '2026-11-24'
const later = new Date('2027-02-24T15:00:00.000Z')
const personId = newUuid(at)

function refusal(change: Partial<RefusedRow> = {}): RefusedRow {
  return {
    decisionId: newUuid(at),
    evaluatedAt: at,
    consentId: null,
    holder: 1,
    recipient: 2,
    dataset: 3,
    purpose: 4,
    agreement: null,
    legalBasisId: null,
    asked: 5n,
    reasonCode: 'NO_CONSENT',
    policyVersion: 1,
    validUntil: null,
    visibleFrom: null,
    queryId: null,
    times: 1,
    lastAt: at,
    periodFrom: null,
    periodTo: null,
    ...change,
  }
}

/** The row as the database gives it. */
function stored(row: RefusedRow, change: StoredRow = {}): StoredRow {
  return {
    decision_id: row.decisionId,
    evaluated_at: row.evaluatedAt.toISOString(),
    consent_id: row.consentId,
    holder: row.holder,
    recipient: row.recipient,
    dataset: row.dataset,
    purpose: row.purpose,
    agreement: row.agreement,
    legal_basis_id: row.legalBasisId,
    asked: Number(row.asked),
    reason_code: row.reasonCode,
    policy_version: row.policyVersion,
    valid_until: row.validUntil && row.validUntil.toISOString(),
    visible_from: row.visibleFrom && row.visibleFrom.toISOString(),
    query_id: row.queryId,
    times: row.times,
    last_at: row.lastAt.toISOString(),
    period_from: row.periodFrom,
    period_to: row.periodTo,
    outcome: 'deny',
    person_seq: null,
    status: null,
    permitted: 0,
    is_closed: true,
    ...change,
  }
}

type Telling = {
  readonly now?: Date
  readonly befores?: readonly Date[]
  /** When the erasures were, before the event; else they come behind it. */
  readonly erasedAt?: Date
}

/** What is wrong with these rows after an event told of those refusals. */
function faults(told: readonly RefusedRow[], rows: readonly StoredRow[], telling: Telling = {}) {
  const teller = decisionTeller({
    personId,
    register: {} as never, // no refusal names an object of it
    erased: [],
    now,
    befores: [],
    ...telling,
  })
  const erase = (erasedAt: Date) => {
    for (const before of telling.befores ?? []) teller.forget(new Set(), before, erasedAt)
  }
  if (telling.erasedAt !== undefined) erase(telling.erasedAt)
  const eventId = newUuid(at)
  const visibleFrom = told[0]?.visibleFrom
  const whose = visibleFrom ? { whose: tieOf({ decisionId: eventId, personId }) } : {}
  const shown = visibleFrom ? { visible_from: visibleFrom.toISOString() } : {}
  teller.tell({
    kind: 'decisions.refused',
    eventId,
    personSeq: 1,
    recordedAt: now,
    payload: { day, ...refusedDigest(told), ...whose, ...shown },
    delayed: visibleFrom ? eventId : undefined,
  })
  if (telling.erasedAt === undefined) erase(now)
  const decisions = teller.tables().filter(({ name }) => name === 'decision')
  const found = compare(decisions, new Map([['decision', rows]]))
  const named = new Map([[writeId('evt', eventId), 'the day']])
  return found.map(({ called, because }) => `${named.get(called) ?? called}: ${because}`)
}

const other = 'the day: refusals are not what was written'

describe('the refusals of a day', () => {
  const [one, two] = [refusal(), refusal({ reasonCode: 'PURPOSE_UNKNOWN', times: 2 })]

  test('are as their event says', () => {
    expect(faults([one, two], [stored(two), stored(one)])).toEqual([])
  })

  test.each<[string, StoredRow]>([
    ['another reason', { reason_code: 'CONSENT_REVOKED' }],
    ['a term, which no refusal has', { valid_until: at.toISOString() }],
  ])('with %s are not what was written', (_, change) => {
    expect(faults([one, two], [stored(one), stored(two, change)])).toEqual([other])
  })

  test('with what only a permit has are told one by one', () => {
    expect(faults([one], [stored(one, { permitted: 1 })])).toEqual([
      `${writeId('dec', one.decisionId)}: it has what no refusal has`,
    ])
  })

  test('that are missing are told, unless they are swept or erased', () => {
    expect(faults([one, two], [stored(one)])).toEqual(['the day: refusals are missing'])
    const swept = new Date('2028-01-01T15:00:00.000Z')
    expect(faults([one, two], [stored(one)], { now: swept })).toEqual([])
    const befores = [new Date('2026-11-25T15:00:00.000Z')]
    expect(faults([one, two], [stored(one)], { befores })).toEqual([])
    // What was erased before the day was closed is not among those that the event counts.
    const erasedAt = new Date(now.getTime() - 1)
    expect(faults([one, two], [stored(one)], { befores, erasedAt })).toEqual([
      'the day: refusals are missing',
    ])
  })

  test('of another day are told by no event, unless nobody closed it or it was erased', () => {
    const early = refusal({ evaluatedAt: new Date('2026-10-01T15:00:00.000Z') })
    const untold = `${writeId('dec', early.decisionId)}: no event tells of it`
    expect(faults([one], [stored(one), stored(early)])).toEqual([untold])
    expect(faults([one], [stored(one), stored(early, { is_closed: false })])).toEqual([])
    const befores = [new Date('2026-10-15T15:00:00.000Z')]
    expect(faults([one], [stored(one), stored(early)], { befores })).toEqual([])
  })

  test('that she sees later have an event of their own', () => {
    const hidden = refusal({ legalBasisId: 'investigation_59', visibleFrom: later })
    expect(faults([hidden], [stored(hidden)])).toEqual([])
    const sooner = { visible_from: new Date('2026-12-24T15:00:00.000Z').toISOString() }
    expect(faults([hidden], [stored(hidden, sooner)])).toEqual([
      'the day: refusals are missing',
      `${writeId('dec', hidden.decisionId)}: no event tells of it`,
    ])
  })
})
