import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consequencesOf } from '../../../src/consent/asking/consequences.ts'
import { checkLine } from '../../../src/consent/asking/pages/lines.ts'
import type { RequestRow } from '../../../src/consent/asking/rows.ts'
import type { ConsentLife, ConsentState } from '../../../src/consent/record/index.ts'
import { claimsOf, maskOf, effectLines } from '../../../src/consent/record/index.ts'
import { receiptClaims } from '../../../src/consent/record/receipts/receipt.ts'
import { dpvView } from '../../../src/consent/record/receipts/receipt-dpv.ts'
import { receiptPage } from '../../../src/pages/my-sharing/receipts.ts'
import { decide } from '../../../src/consent/decisions/decide.ts'
import { endOfDay } from '../../../src/base/values/calendar.ts'
import { newUuid, writeId } from '../../../src/base/values/ids.ts'
import type { Register } from '../../../src/registry/index.ts'
import { receiptProblems } from '../../support/receipts.ts'
import type { World } from '../../support/world.ts'
import { consentOf, openWorld } from '../../support/world.ts'

// What the check page says, what the receipt says, and what a decision would permit, over all pairs of what stood and what she
// answers: states, categories, terms, frequencies, days and versions of the purpose.

const now = new Date('2026-12-01T17:00:00.000Z')
const [net, family, dependants] = [
  'cat_revenu-net',
  'cat_situation-familiale',
  'cat_personnes-a-charge',
]
const days = { from: '2025-01-01', to: '2025-12-31' }

let world: World
let register: Register
beforeAll(async () => {
  world = await openWorld()
  // Two versions of the purpose, both in the agreement: what stands may be of either.
  register = await world.after(
    { of: 'pur_calcul-aide', set: {} },
    { of: 'agr_2026-001', set: { purposes: ['pur_calcul-aide@1', 'pur_calcul-aide@2'] } },
    {
      of: 'txt_calcul-aide',
      as: 'txt_deuxieme',
      set: { purpose_id: 'pur_calcul-aide@2', agreement_id: 'agr_2026-001@2' },
    },
  )
})
afterAll(() => world.close())

type Before = {
  readonly state: 'none' | 'active' | 'paused' | 'ended'
  readonly version: 1 | 2
  readonly what: readonly string[]
  readonly until: string
  readonly count: number
  readonly lookback: boolean
}
type Question = {
  readonly isAmending: boolean
  readonly optional: boolean
  readonly until: string
  readonly count: number
  readonly lookback: boolean
}
type Answer = {
  readonly granted: boolean
  readonly chosen: readonly string[]
  readonly resumes: boolean
}

function cross<A, B>(as: readonly A[], bs: readonly B[]): (A & B)[] {
  return as.flatMap((a) => bs.map((b) => ({ ...a, ...b })))
}

const none: Before = {
  state: 'none',
  version: 2,
  what: [],
  until: '2027-03-01',
  count: 4,
  lookback: false,
}
const befores: readonly Before[] = [
  none,
  { ...none, state: 'ended', what: [net, family] },
  { ...none, state: 'ended', version: 1, what: [net, family, dependants] },
  ...cross(
    cross(
      [{ state: 'active' }, { state: 'paused' }] as const,
      [{ version: 1 }, { version: 2 }] as const,
    ),
    cross(
      [{ what: [net] }, { what: [net, family] }, { what: [net, family, dependants] }],
      cross(
        [
          { until: '2027-03-01', count: 2 },
          { until: '2027-08-01', count: 4 },
        ],
        [{ lookback: false }, { lookback: true }],
      ),
    ),
  ),
]
const questions: readonly Question[] = cross(
  cross([{ isAmending: true }, { isAmending: false }], [{ optional: true }, { optional: false }]),
  cross(
    [
      { until: '2027-03-01', count: 2 },
      { until: '2027-08-01', count: 4 },
    ],
    [{ lookback: false }, { lookback: true }],
  ),
)
const answers: readonly Answer[] = [
  { granted: false, chosen: [], resumes: false },
  { granted: true, chosen: [], resumes: false },
  { granted: true, chosen: [], resumes: true },
  { granted: true, chosen: [dependants], resumes: false },
  { granted: true, chosen: [dependants], resumes: true },
]

const personId = '4f6c1c5e-5b9a-4c59-9d4c-1b6a3e1d2f00'

function heldIn({ state, version, what, until, count, lookback }: Before): ConsentLife[] {
  if (state === 'none') return []
  const dataset = register.dataset('dst_avis-cotisation')
  const agreement = register.agreement('agr_2026-001')
  const purpose = register.purpose(`pur_calcul-aide@${version}`)
  if (!dataset || !agreement || !purpose) throw new Error('the register is another')
  const plain = consentOf(register, {
    personId,
    agreement: agreement.no,
    purpose: purpose.no,
    categories: maskOf(dataset, what),
    validUntil: state === 'ended' ? now : endOfDay(until),
    frequencyCount: count,
    lookbackFrom: lookback ? days.from : null,
    lookbackTo: lookback ? days.to : null,
    state: state === 'paused' ? 'suspended' : 'active',
  })
  const declined = maskOf(dataset, [net, family, dependants]) & ~plain.categories
  const suspendedReasons = state === 'paused' ? (['person'] as const) : []
  const { validFrom: grantedAt } = plain
  const unused = { usesReturned: 0, windowReturned: 0 }
  return [{ ...plain, ...unused, declined, suspendedReasons, grantedAt, confirmedAt: null }]
}

function rowOf(question: Question, held: readonly ConsentLife[]): RequestRow {
  const dataset = register.dataset('dst_avis-cotisation')
  const agreement = register.agreement('agr_2026-001')
  const purpose = register.purpose('pur_calcul-aide@2')
  const text = register.textFor('pur_calcul-aide@2', 'agr_2026-001')
  if (!dataset || !agreement || !purpose || !text) throw new Error('the register is another')
  return {
    requestId: newUuid(now),
    personId,
    itemNo: 1,
    consentId: newUuid(now),
    agreement: agreement.no,
    purpose: purpose.no,
    dataset: dataset.no,
    text: text.no,
    categoriesRequired: maskOf(dataset, [net, family]),
    categoriesOptional: question.optional ? maskOf(dataset, [dependants]) : 0n,
    validUntil: endOfDay(question.until),
    validUntilLocal: question.until,
    maxUses: null,
    frequencyCount: question.count,
    frequencyPer: 'P1Y',
    lookbackFrom: question.lookback ? days.from : null,
    lookbackTo: question.lookback ? days.to : null,
    state: 'requested',
    expiresAt: endOfDay('2026-12-20'),
    narrows: null,
    answersSha256: null,
    amends: question.isAmending ? (held[0]?.arrangementId ?? null) : null,
  }
}

function draftOf({ granted, chosen, resumes }: Answer, { optional }: Question) {
  return {
    itemNo: 1,
    presentationId: newUuid(now),
    answer: granted ? ('granted' as const) : ('refused' as const),
    chosen: optional ? chosen : [],
    express: [],
    until: null,
    resumes,
  }
}

/** Every pair, told as one value where a test fails. */
function everyPair(
  look: (pair: {
    readonly before: Before
    readonly question: Question
    readonly answer: Answer
    readonly held: readonly ConsentLife[]
    readonly row: RequestRow
  }) => void,
): number {
  let pairs = 0
  for (const before of befores)
    for (const question of questions)
      for (const answer of answers) {
        if (answer.chosen.length > 0 && !question.optional) continue
        const held = heldIn(before)
        look({ before, question, answer, held, row: rowOf(question, held) })
        pairs += 1
      }
  return pairs
}

test('each list agrees with what a decision permits and denies', () => {
  const wrong: unknown[] = []
  const pairs = everyPair((pair) => {
    const { before, question, answer, held, row } = pair
    const { chosen } = draftOf(answer, question)
    const comes = comesOf(row, held, answer, question)
    const after = recordsAfter(held, row, comes, answer, chosen)
    const { stands: _stands, ends: _ends, ...lists } = comes.sending
    const all = [net, family, dependants]
    const permitted = all.filter((category) => isPermitted(category, after))
    const { sent, goes_on, added, resumes } = lists
    const said = [...sent, ...goes_on, ...added, ...resumes].toSorted()
    // Nothing that was asked, and nothing that stood, is left unsaid, and nothing is said twice.
    const asked = [net, family, ...(question.optional ? [dependants] : [])]
    const stood = before.state === 'active' || before.state === 'paused' ? before.what : []
    const named = Object.values(lists).flat().toSorted()
    const isTrue =
      isDeepStrictEqual(said, permitted.toSorted()) &&
      isDeepStrictEqual(named, [...new Set([...asked, ...stood])].toSorted())
    if (!isTrue) wrong.push({ before, question, answer, lists, permitted })
  })
  expect(wrong.slice(0, 3)).toEqual([])
  expect(pairs).toBeGreaterThan(3000)
})

test('the receipt and the page after the answer say what the check page said, and its DPV too', () => {
  const wrong: unknown[] = []
  let looked = 0
  everyPair(({ before, question, answer, held, row }) => {
    const draft = draftOf(answer, question)
    const { sending } = comesOf(row, held, answer, question)
    const jwt = receiptOf(row, answer, draft.chosen, sending)
    const claims = claimsOf(jwt)
    // The schema and the other vocabulary are dear to check: of all pairs every eleventh.
    if (looked++ % 11 === 0) {
      expect(receiptProblems(claims)).toEqual([])
      expect(givenInDpv(dpvView(claims))).toEqual(
        [...sending.sent, ...sending.goes_on, ...sending.added, ...sending.resumes].toSorted(),
      )
    }
    const language = looked % 2 === 0 ? 'fr' : 'en'
    const checked = checkLine({ row, draft }, held, { register, language }, now).sending
    const page = receiptPage(jwt, writeId('con', row.consentId), register, language)
    const isSame =
      isDeepStrictEqual(page.sending, checked) &&
      isDeepStrictEqual(effectLines(claims, language), checked) &&
      (page.what === 'refused-change') === (!answer.granted && row.amends !== null)
    if (!isSame) wrong.push({ before, question, answer, checked, receipt: page.sending })
  })
  expect(wrong.slice(0, 3)).toEqual([])
})

describe('in words', () => {
  const standing: Before = {
    state: 'active',
    version: 2,
    what: [net, family],
    until: '2027-03-01',
    count: 2,
    lookback: false,
  }
  const change: Question = {
    isAmending: true,
    optional: true,
    until: '2027-08-01',
    count: 4,
    lookback: false,
  }
  const no: Answer = { granted: false, chosen: [], resumes: false }
  const yes: Answer = { granted: true, chosen: [dependants], resumes: false }

  function lineOf(before: Before, question: Question, answer: Answer) {
    const held = heldIn(before)
    const line = checkLine(
      { row: rowOf(question, held), draft: draftOf(answer, question) },
      held,
      { register, language: 'fr' },
      now,
    )
    const { lead, lists } = line.sending ?? { lead: undefined, lists: [] }
    return { lead, ...Object.fromEntries(lists.map(({ name, labels }) => [name, labels.length])) }
  }

  test.each<[string, Before, Question, Answer, object]>([
    [
      'a refused change leaves what was',
      standing,
      change,
      no,
      { lead: 'as-before', goes_on: 2, not_added: 1 },
    ],
    ['a change that is allowed', standing, change, yes, { lead: undefined, goes_on: 2, added: 1 }],
    [
      'nothing stood, and nothing was allowed',
      { ...standing, state: 'none' },
      change,
      no,
      { lead: 'nothing', not_sent: 3 },
    ],
    [
      'it ended while the page was open',
      { ...standing, state: 'ended' },
      change,
      no,
      { lead: 'nothing', not_sent: 3 },
    ],
    [
      'nothing stood, and all was allowed',
      { ...standing, state: 'none' },
      change,
      yes,
      { lead: undefined, sent: 3 },
    ],
    [
      'it was paused: a no leaves the pause',
      { ...standing, state: 'paused' },
      change,
      no,
      { lead: 'paused', waits: 2, not_added: 1 },
    ],
    [
      'it was paused: a yes leaves the pause',
      { ...standing, state: 'paused' },
      change,
      yes,
      { lead: 'paused', waits: 3 },
    ],
    [
      'it was paused, and she resumes it',
      { ...standing, state: 'paused' },
      change,
      { ...yes, resumes: true },
      { lead: 'resumed', resumes: 2, added: 1 },
    ],
    [
      'a no to the same question anew takes it back',
      standing,
      { ...change, isAmending: false, optional: false },
      no,
      { lead: 'stopped', stops: 2 },
    ],
    [
      'a no to a wider one, asked anew, leaves it',
      { ...standing, what: [net] },
      { ...change, isAmending: false, optional: false },
      no,
      { lead: 'as-before', goes_on: 1, not_added: 1 },
    ],
    [
      'a no to a new version leaves the older one',
      { ...standing, version: 1 },
      { ...change, isAmending: false },
      no,
      { lead: 'as-before', goes_on: 2, not_added: 1 },
    ],
    [
      'a no to the same while it is paused leaves it paused',
      { ...standing, state: 'paused' },
      { ...change, isAmending: false, optional: false },
      no,
      { lead: 'paused', waits: 2 },
    ],
  ])('%s', (_name, before, question, answer, said) => {
    expect(lineOf(before, question, answer)).toEqual(said)
  })
})

function comesOf(
  row: RequestRow,
  held: readonly ConsentLife[],
  answer: Answer,
  question: Question,
) {
  const { chosen: _chosen, ...draft } = draftOf(answer, question)
  const dataset = register.datasetByNo(row.dataset)
  if (dataset === undefined) throw new Error('the register is another')
  const optional = question.optional ? answer.chosen : []
  const granted = row.categoriesRequired | maskOf(dataset, optional)
  const chosen = { granted, express: 0n, validUntil: row.validUntil, lastDay: row.validUntilLocal }
  return consequencesOf(
    { row, held, register, now },
    answer.granted ? { granted: true, chosen, resumes: draft.resumes } : { granted: false },
  )
}

/** What the deed leaves, from what it was told to do: rows of consents as a decision reads them. */
function recordsAfter(
  held: readonly ConsentLife[],
  row: RequestRow,
  comes: ReturnType<typeof consequencesOf>,
  { granted }: Answer,
  chosen: readonly string[],
): ConsentState[] {
  const { replaced, takenBack, resumed, reasons } = comes
  const dataset = register.datasetByNo(row.dataset)
  const agreement = register.agreementByNo(row.agreement)
  if (!dataset || !agreement) throw new Error('the register is another')
  const old = held.map((consent): ConsentState => {
    if (replaced.includes(consent)) return { ...consent, state: 'superseded' }
    if (consent === takenBack) return { ...consent, state: 'revoked' }
    return resumed.includes(consent) ? { ...consent, state: 'active' } : consent
  })
  const { frequencyCount, frequencyPer, lookbackFrom, lookbackTo, validUntil } = row
  const made = consentOf(register, {
    consentId: row.consentId,
    personId,
    agreement: row.agreement,
    purpose: row.purpose,
    categories: row.categoriesRequired | maskOf(dataset, chosen),
    validFrom: now,
    validUntil,
    frequencyCount,
    frequencyPer,
    lookbackFrom,
    lookbackTo,
    state: !granted ? 'refused' : reasons.length > 0 ? 'suspended' : 'active',
  })
  return [...old, granted ? made : { ...made, categories: 0n }]
}

/** By either version of the purpose: to her it is one thing. */
function isPermitted(category: string, consents: readonly ConsentState[]): boolean {
  const dataset = register.dataset('dst_avis-cotisation')
  if (dataset === undefined) throw new Error('the register is another')
  return [1, 2].some((version) => {
    const question = {
      holder: register.organisation('org_agence-revenu')?.root ?? 0,
      recipient: register.organisation('org_aide-etudes')?.root,
      dataset,
      purpose: register.purpose(`pur_calcul-aide@${version}`),
      asked: maskOf(dataset, [category]),
      period: days,
      agreement: undefined,
      isCaseNamed: false,
      lawful: [],
    }
    return decide(
      question,
      { consents, usesByLaw: [], isUntrusted: false, isWhole: true },
      register,
      now,
    ).permit
  })
}

function receiptOf(
  row: RequestRow,
  { granted }: Answer,
  chosen: readonly string[],
  sending: ReturnType<typeof consequencesOf>['sending'],
): string {
  const dataset = register.datasetByNo(row.dataset)
  const text = register.textByNo(row.text)
  if (!dataset || !text) throw new Error('the register is another')
  const yes = granted ? row.categoriesRequired | maskOf(dataset, chosen) : 0n
  const asked = row.categoriesRequired | row.categoriesOptional
  const claims = receiptClaims({
    issuer: 'https://accord.test',
    receiptId: newUuid(now),
    principal: 'iss_sub:https://accord.test#AAAAAAAAAAAAAAAAAAAAAA',
    facts: {
      ...row,
      legalBasisId: 'consent_53',
      holder: register.organisation('org_agence-revenu')?.root ?? 0,
      recipient: register.organisation('org_aide-etudes')?.root ?? 0,
      categoriesGranted: yes,
      categoriesDeclined: asked & ~yes,
      validFrom: now,
      supersedesConsentId: null,
      lang: 'fr-CA',
      renderedSha256: Buffer.alloc(32),
    },
    answered: { isChange: row.amends !== null, sending },
    written: {
      kind: granted ? 'consent.granted' : 'consent.refused',
      eventId: newUuid(now),
      recordedAt: now,
      commitment: Buffer.alloc(32),
      salt: Buffer.alloc(32),
      text: '{}',
    } as never, // what a receipt reads of an event
    register,
  })
  return `.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`
}

function givenInDpv(view: object): string[] {
  type Process = {
    'dpv:hasPersonalData': { 'dct:identifier': string }[]
    'dpv:hasConsentStatus': { '@type': string[] }[]
  }
  const [outer] = (view as { 'dpv:hasProcess': { 'dpv:hasProcess': Process[] }[] })[
    'dpv:hasProcess'
  ]
  const given = outer?.['dpv:hasProcess'].filter(
    (process) => process['dpv:hasConsentStatus'][0]?.['@type'][0] === 'dpv:ConsentGiven',
  )
  return (given ?? [])
    .flatMap((process) => process['dpv:hasPersonalData'].map((item) => item['dct:identifier']))
    .toSorted()
}
