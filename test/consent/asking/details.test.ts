import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newRequest } from '../../../src/consent/asking/ask.ts'
import type { RequestRow, ResolvedQuestion } from '../../../src/consent/asking/index.ts'
import {
  answersQuestion,
  DetailError,
  isRenewable,
  readDetail,
} from '../../../src/consent/asking/index.ts'
import type { QuestionNeighbours } from '../../../src/consent/asking/question-terms.ts'
import { questionTerms } from '../../../src/consent/asking/question-terms.ts'
import { recipientOf } from '../../../src/consent/asking/questions.ts'
import { limitFields } from '../../../src/consent/asking/limits.ts'
import { continuedLookback } from '../../../src/consent/asking/renewal.ts'
import type { ConsentState } from '../../../src/consent/record/index.ts'
import { categoriesIn, detailType } from '../../../src/consent/record/index.ts'
import { readId } from '../../../src/base/values/ids.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import type { ConsentText, Register } from '../../../src/registry/index.ts'
import type { Change, World } from '../../support/world.ts'
import { consentOf, openWorld } from '../../support/world.ts'

const issuer = 'http://localhost:3000'
const noon = new Date('2026-11-24T17:00:00.000Z')

type Json = Readonly<Record<string, unknown>>

const asked: Json = {
  type: detailType(issuer),
  locations: ['http://localhost:3002/api'],
  actions: ['disclose'],
  datatypes: ['cat_revenu-net', 'cat_situation-familiale'],
  optional_datatypes: ['cat_personnes-a-charge'],
  identifier: 'dst_avis-cotisation',
  agreement: 'agr_2026-001',
  purpose: 'pur_calcul-aide',
  recipient: 'org_aide-etudes',
  holder: 'org_agence-revenu',
}

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

function read(
  change: Json = {},
  register: Register = world.register,
  now = noon,
): ResolvedQuestion {
  const detail = Object.fromEntries(
    Object.entries({ ...asked, ...change }).filter(([, value]) => value !== undefined),
  )
  return readDetail(detail, { recipient: 'org_aide-etudes', register, now })
}

describe('a request within the agreement', () => {
  test('is read with every reference resolved, and the defaults of the purpose', () => {
    const { agreement, purpose, dataset, text, ...rest } = read()
    expect([agreement, purpose, dataset, text].map(({ ref }) => ref)).toEqual([
      'agr_2026-001@1',
      'pur_calcul-aide@1',
      'dst_avis-cotisation@1',
      'txt_calcul-aide@1',
    ])
    expect(rest).toEqual({
      required: 0b011n,
      optional: 0b100n,
      lastDay: '2027-08-24',
      validUntil: new Date('2027-08-25T04:00:00.000Z'),
      frequency: { count: 4, per: 'P1Y' },
      maxUses: undefined,
      lookback: undefined,
    })
  })

  test.each<[string, Json, Partial<ResolvedQuestion>]>([
    ['one category', { datatypes: ['cat_revenu-net'] }, { required: 0b001n }],
    ['nothing optional', { optional_datatypes: undefined }, { optional: 0n }],
    ['an empty list of optional ones', { optional_datatypes: [] }, { optional: 0n }],
    [
      'one that the purpose requires, offered as optional',
      { datatypes: ['cat_revenu-net'], optional_datatypes: ['cat_situation-familiale'] },
      { required: 0b001n, optional: 0b010n },
    ],
    ['the last day of all', { duration: { until: '2027-11-24' } }, { lastDay: '2027-11-24' }],
    ['tomorrow', { duration: { until: '2026-11-25' } }, { lastDay: '2026-11-25' }],
    [
      'a leap day’s eve',
      { duration: { until: '2027-02-28' } },
      { validUntil: new Date('2027-03-01T05:00:00.000Z') },
    ],
    [
      'less often',
      { frequency: { count: 1, per: 'P1Y' } },
      { frequency: { count: 1, per: 'P1Y' } },
    ],
    [
      'a day to look back on',
      { lookback: { from: '2025-01-01', to: '2025-01-01' } },
      { lookback: { from: '2025-01-01', to: '2025-01-01' } },
    ],
    ['no arrangement', { arrangement: null }, { arrangement: undefined }],
    [
      'an arrangement',
      { arrangement: 'arr_01M87G18APE0RSVJ9XXD7VFM1C' },
      { arrangement: readId('arr', 'arr_01M87G18APE0RSVJ9XXD7VFM1C') },
    ],
    [
      'the versions in force',
      {
        identifier: 'dst_avis-cotisation@1',
        agreement: 'agr_2026-001@1',
        purpose: 'pur_calcul-aide@1',
        text: 'txt_calcul-aide@1',
      },
      { required: 0b011n },
    ],
  ])('%s', (_, change, found) => {
    expect(read(change)).toMatchObject(found)
  })

  test('the order of the categories changes nothing', () => {
    const { dataset, required } = read({ datatypes: ['cat_situation-familiale', 'cat_revenu-net'] })
    expect(categoriesIn(dataset, required)).toEqual(['cat_revenu-net', 'cat_situation-familiale'])
  })

  test('today is the day of Québec', () => {
    const lateEvening = new Date('2026-11-25T04:59:59.999Z')
    expect(read({}, world.register, lateEvening).lastDay).toBe('2027-08-24')
    expect(read({}, world.register, new Date('2026-11-25T05:00:00.000Z')).lastDay).toBe(
      '2027-08-25',
    )
  })
})

const twice = ['cat_revenu-net', 'cat_revenu-net']

test.each<[string, Json, RegExp]>([
  ['a category of no dataset', { datatypes: ['cat_revenu-brut'] }, /^datatypes: cat_revenu-brut/],
  [
    'an optional one of no dataset',
    { optional_datatypes: ['cat_x'] },
    /^optional_datatypes: cat_x/,
  ],
  ['an optional one as required', { datatypes: ['cat_personnes-a-charge'] }, /is optional for/],
  ['a required one twice over', { optional_datatypes: twice }, /names a category of datatypes/],
  ['no category', { datatypes: [] }, /^datatypes: /],
  [
    '51 categories',
    { datatypes: Array.from({ length: 51 }, () => 'cat_revenu-net') },
    /^datatypes/,
  ],
  ['a category that is no text', { datatypes: [1] }, /^datatypes\.0/],
  ['categories in one text', { datatypes: 'cat_revenu-net' }, /^datatypes/],
  ['another location', { locations: ['https://evil.test/api'] }, /^locations: must be/],
  ['two locations', { locations: ['http://localhost:3002/api', 'https://x.test'] }, /^locations/],
  ['no location', { locations: [] }, /^locations/],
  ['another action', { actions: ['verify'] }, /^actions/],
  ['two actions', { actions: ['disclose', 'disclose'] }, /^actions/],
  ['an unknown dataset', { identifier: 'dst_other' }, /identifier: dst_other is unknown/],
  ['a version that is not', { identifier: 'dst_avis-cotisation@2' }, /is unknown/],
  ['an agreement as dataset', { identifier: 'agr_2026-001' }, /is unknown/],
  ['an unknown agreement', { agreement: 'agr_2026-002' }, /agreement: agr_2026-002 is unknown/],
  ['an agreement of the future', { agreement: 'agr_2026-001@2' }, /is unknown/],
  ['no agreement', { agreement: undefined }, /^agreement/],
  ['an unknown purpose', { purpose: 'pur_other' }, /purpose: pur_other is unknown/],
  ['another recipient', { recipient: 'org_agence-revenu' }, /recipient: must be org_aide-etudes/],
  ['another holder', { holder: 'org_aide-etudes' }, /holder: not the holder/],
  ['an unknown text', { text: 'txt_other' }, /text: the version in force is txt_calcul-aide@1/],
  ['a text of the future', { text: 'txt_calcul-aide@2' }, /text: the version in force/],
  [
    'an arrangement that is none',
    { arrangement: 'con_01M87G18APE0RSVJ9XXD7VFM1C' },
    /^arrangement: must be that of a token/,
  ],
  ['a day more than a year', { duration: { until: '2027-11-25' } }, /at most 2027-11-24/],
  ['today', { duration: { until: '2026-11-24' } }, /after today/],
  ['the past', { duration: { until: '2020-01-01' } }, /after today/],
  ['a day that is none', { duration: { until: '2027-02-29' } }, /^duration\.until/],
  ['an instant for a day', { duration: { until: '2027-01-01T00:00:00Z' } }, /^duration\.until/],
  ['a duration without end', { duration: {} }, /^duration\.until/],
  ['a century', { duration: { until: '2126-11-24' } }, /at most 2027-11-24/],
  ['more often', { frequency: { count: 5, per: 'P1Y' } }, /frequency: at most 4 per P1Y/],
  ['another period', { frequency: { count: 1, per: 'P1M' } }, /frequency: at most 4 per P1Y/],
  ['never', { frequency: { count: 0, per: 'P1Y' } }, /^frequency\.count/],
  ['half a time', { frequency: { count: 0.5, per: 'P1Y' } }, /^frequency\.count/],
  [
    'a look back that ends before',
    { lookback: { from: '2025-12-31', to: '2025-01-01' } },
    /after to/,
  ],
  [
    'a look back beyond the end of the sharing',
    { lookback: { from: '2025-01-01', to: '2027-08-25' } },
    /^lookback: to is at most 2027-08-24, the last day of the sharing$/,
  ],
  ['half a look back', { lookback: { from: '2025-01-01' } }, /^lookback\.to/],
  ['a member that we do not know', { express: true }, /^express: is not a known member$/],
  ['no purpose', { purpose: undefined }, /^purpose: is missing$/],
  ['a purpose that is a number', { purpose: 1 }, /^purpose: must be a text$/],
  ['a purpose that is no name', { purpose: 'x' }, /^purpose: must be a name of the register, like/],
  ['no action', { actions: [] }, /^actions: must have at least 1 entry$/],
  ['another deed', { actions: ['verify'] }, /^actions\.0: must be disclose$/],
  ['one inside that we do not know', { duration: { until: '2027-01-01', from: 'x' } }, /^duration/],
  ['a reference with a path', { agreement: 'agr_../../etc' }, /^agreement/],
  ['version 0x1', { agreement: 'agr_2026-001@0x1' }, /^agreement/],
])('with %s is refused', (_, change, message) => {
  expect(() => read(change)).toThrow(DetailError)
  expect(() => read(change)).toThrow(message)
})

test.each<[string, unknown]>([
  ['null', null],
  ['text', 'cat_revenu-net'],
  ['a list', [asked]],
  ['nothing', {}],
])('%s is refused as malformed', (_, detail) => {
  const asking = { recipient: 'org_aide-etudes', register: world.register, now: noon }
  expect(() => readDetail(detail, asking)).toThrow(DetailError)
})

test('a service asks for its own organisation only', () => {
  const asking = { recipient: 'org_agence-revenu', register: world.register, now: noon }
  expect(() => readDetail(asked, asking)).toThrow('recipient: must be org_agence-revenu')
  const forIt = { ...asked, recipient: 'org_agence-revenu' }
  expect(() => readDetail(forIt, asking)).toThrow('recipient: not the recipient of agr_2026-001@1')
})

const agreement = (set: Json): Change => ({ of: 'agr_2026-001', set })
const purpose = (set: Json): Change => ({ of: 'pur_calcul-aide', set })
const text = (set: Json): Change => ({ of: 'txt_calcul-aide', set })

describe('a request is judged by the register of the day', () => {
  test.each<[string, Change, RegExp]>([
    ['a suspended agreement', agreement({ status: 'suspended' }), /is not in force/],
    ['an ended one', agreement({ status: 'ended' }), /is not in force/],
    ['one of tomorrow', agreement({ duration: { from: '2026-11-25' } }), /is not in force/],
    [
      'one of yesterday',
      agreement({ duration: { from: '2026-01-05', until: '2026-11-23' } }),
      /is not in force/,
    ],
    [
      'a narrower one',
      agreement({
        datasets: [{ dataset_id: 'dst_avis-cotisation@1', categories: ['cat_revenu-net'] }],
      }),
      /cat_situation-familiale is not in agr_2026-001@2/,
    ],
    ['a retired purpose', purpose({ status: 'retired' }), /not one of agr_2026-001@1/],
    [
      'a recipient that is suspended',
      { of: 'org_aide-etudes', set: { status: 'suspended' } },
      /org_aide-etudes is not active/,
    ],
    [
      'a holder that is closed',
      { of: 'org_agence-revenu', set: { status: 'closed' } },
      /org_agence-revenu is not active/,
    ],
  ])('%s: the request is refused', async (_, change, message) => {
    const register = await world.after(change)
    expect(() => read({}, register)).toThrow(message)
  })

  test.each(['draft', 'filed'])(
    'under an agreement that is only %s the request is refused',
    async (status) => {
      const register = await world.after({
        of: 'agr_2026-001',
        as: 'agr_nouvelle',
        set: { status },
      })
      expect(() => read({ agreement: 'agr_nouvelle' }, register)).toThrow('is not in force')
    },
  )

  test.each([
    ['agr_2026-014', 'rests on the law and needs no consent'],
    ['agr_2026-022', 'not the recipient of'],
    ['agr_2023-007', 'is not in force'],
  ])('%s of the demonstration: the request is refused', (agreement, message) => {
    expect(() => read({ agreement })).toThrow(message)
  })

  test('the version in force counts, not the one that is over', async () => {
    const register = await world.after(agreement({ periodicity: 'autre' }))
    expect(() => read({ agreement: 'agr_2026-001@1' }, register)).toThrow(
      'agreement: the version in force is agr_2026-001@2',
    )
    expect(read({}, register).agreement.ref).toBe('agr_2026-001@2')
  })

  test('a retired purpose is refused, by its old version too', async () => {
    const register = await world.after(purpose({ status: 'retired' }))
    expect(() => read({ purpose: 'pur_calcul-aide@1' }, register)).toThrow('is not published')
  })

  test('a category that the purpose does not use is refused', async () => {
    const necessity_by_category = {
      'cat_revenu-net': 'required',
      'cat_personnes-a-charge': 'optional',
    }
    const register = await world.after(
      purpose({ necessity_by_category }),
      agreement({ purposes: ['pur_calcul-aide@2'] }),
      {
        of: 'txt_calcul-aide',
        set: { purpose_id: 'pur_calcul-aide@2', agreement_id: 'agr_2026-001@2' },
      },
    )
    expect(() => read({}, register)).toThrow(
      'cat_situation-familiale does not serve pur_calcul-aide@2',
    )
  })

  test('a purpose version without a text is refused', async () => {
    const register = await world.after(
      purpose({ max_duration: 'P6M', default_duration: 'P6M' }),
      agreement({ purposes: ['pur_calcul-aide@2'] }),
    )
    expect(() => read({}, register)).toThrow('text: none is approved for pur_calcul-aide@2')
  })

  test('an unapproved text is not used: the one before it is, or none', async () => {
    const drafted = { of: 'txt_calcul-aide', set: { approved_on: undefined } }
    const register = await world.after(drafted)
    expect(read({}, register).text.ref).toBe('txt_calcul-aide@1')
    expect(() => read({ text: 'txt_calcul-aide@2' }, register)).toThrow(
      'text: the version in force is txt_calcul-aide@1',
    )
  })

  test('a text counts only from the day of its approval', async () => {
    const ahead = { of: 'txt_calcul-aide', set: { approved_on: '2199-01-01' } }
    await expect(world.after(ahead)).rejects.toThrow('2199-01-01 has not come yet')
  })

  test('a term over a year needs a reason, and a one-time consent lasts thirty days', async () => {
    const reason = { fr: 'Études de deux ans.', en: 'Studies of two years.' }
    const long = { max_duration: 'P2Y', default_duration: 'P2Y' }
    const asks = [
      agreement({ purposes: ['pur_calcul-aide@2'] }),
      text({ purpose_id: 'pur_calcul-aide@2', agreement_id: 'agr_2026-001@2' }),
    ]
    await expect(world.after(purpose(long), ...asks)).rejects.toThrow(
      'P2Y is longer than P12M: longer_duration_reason must say why',
    )
    await expect(world.after(purpose({ max_uses: 1 }), ...asks)).rejects.toThrow(
      'P12M is longer than P30D, which is the most for one time only',
    )
    const told = await world.after(purpose({ ...long, longer_duration_reason: reason }), ...asks)
    expect(read({}, told).lastDay).toBe('2028-11-24')
  })

  test('only the newest text is used', async () => {
    const register = await world.after({
      of: 'txt_calcul-aide',
      set: { approved_on: '2026-11-20' },
    })
    expect(() => read({ text: 'txt_calcul-aide@1' }, register)).toThrow('the version in force is')
    expect(read({}, register).text.ref).toBe('txt_calcul-aide@2')
  })

  test.each([
    ['2026-11-24', '2026-11-24'],
    ['2027-03-31', '2027-03-31'],
    ['2030-01-01', '2027-08-24'],
  ])('an agreement that ends on %s allows until %s', async (until, lastDay) => {
    const register = await world.after(agreement({ duration: { from: '2026-11-24', until } }))
    expect(read({}, register).lastDay).toBe(lastDay)
  })
})

describe('the days that are asked about', () => {
  let within: Register
  beforeAll(async () => {
    within = await world.after(
      { of: 'pur_calcul-aide', set: { lookback: 'P1Y' } },
      { of: 'agr_2026-001', set: { purposes: ['pur_calcul-aide@2'] } },
      {
        of: 'txt_calcul-aide',
        set: { purpose_id: 'pur_calcul-aide@2', agreement_id: 'agr_2026-001@2' },
      },
    )
  })
  const from = '2025-11-24' // a year before noon

  test('are those of the purpose, until the sharing ends, if the service names none', () => {
    expect(read({}, within).lookback).toEqual({ from, to: '2027-08-24' })
    const { lookback } = read({ duration: { until: '2027-01-31' } }, within)
    expect(lookback).toEqual({ from, to: '2027-01-31' })
  })

  test('may be fewer if the service says so, and never more', () => {
    const days = { from, to: '2026-11-24' }
    expect(read({ lookback: days }, within).lookback).toEqual(days)
    const tooFar = { lookback: { ...days, from: '2025-11-23' } }
    expect(() => read(tooFar, within)).toThrow(
      new DetailError('lookback: from is at least 2025-11-24 for pur_calcul-aide@2'),
    )
  })

  test('are judged by the day of the push, so that midnight ends no visit', () => {
    const lookback = { from, to: '2026-11-24' }
    const detail = { ...asked, lookback }
    const recipient = 'org_aide-etudes'
    const [after, dayAfter] = [13, 37].map((hours) => new Date(noon.getTime() + hours * 3_600_000))
    if (!after || !dayAfter) throw new Error('no time')
    const reading = { recipient, register: within, isGoingOn: true }
    expect(readDetail(detail, { ...reading, now: after }).lookback).toEqual(lookback)
    expect(() => readDetail(detail, { ...reading, now: after, isGoingOn: false })).toThrow(
      'at least',
    )
    expect(() => readDetail(detail, { ...reading, now: dayAfter })).toThrow('at least')
  })
})

describe('a consent for certain days', () => {
  const days = { lookbackFrom: '2025-01-01', lookbackTo: '2025-12-31' }

  test.each<[string, Json, Partial<ConsentState>, boolean]>([
    ['the same days', { lookback: { from: '2025-01-01', to: '2025-12-31' } }, days, true],
    ['fewer', { lookback: { from: '2025-02-01', to: '2025-11-30' } }, days, true],
    ['a day more', { lookback: { from: '2024-12-31', to: '2025-12-31' } }, days, false],
    ['any', {}, days, false],
    ['days, where any were', { lookback: { from: '2025-01-01', to: '2025-12-31' } }, {}, true],
    // What was allowed until its own last day is not asked again each day, because that day moves on.
    [
      'as many, until a later end',
      { lookback: { from: '2025-01-01', to: '2027-08-24' } },
      { ...days, lookbackTo: '2027-06-30', validUntil: new Date('2027-07-01T04:00:00.000Z') },
      true,
    ],
  ])('%s: is asked again or not', (_, change, consent, isAnswer) => {
    const wanted = { ...change, optional_datatypes: undefined }
    expect(answersQuestion(allowedAs(consent), read(wanted), world.register)).toBe(isAnswer)
  })

  test.each([
    ['a year goes on as that year', days, { from: '2025-01-01', to: '2025-12-31' }],
    [
      'as far as the purpose says',
      { ...days, lookbackFrom: '2024-01-01' },
      { from: '2024-11-24', to: '2025-12-31' },
    ],
    [
      'what went until the end goes until the new one',
      { ...days, lookbackTo: '2027-03-31' },
      { from: '2025-01-01', to: '2027-08-24' },
    ],
    [
      'what is too old for all of it is not asked for',
      { lookbackFrom: '2020-01-01', lookbackTo: '2020-12-31' },
      undefined,
    ],
  ])('renewed: the days after %s', (_, { lookbackFrom, lookbackTo }, goesOn) => {
    const asking = { lookback: { from: '2024-11-24', to: '2027-08-24' }, lastDay: '2027-08-24' }
    expect(continuedLookback({ from: lookbackFrom, to: lookbackTo }, '2027-03-31', asking)).toEqual(
      goesOn,
    )
  })
})

describe('a detail of a token that is sent back', () => {
  const sent: Json = { consent_id: 'con_1', status: 'active', declined: [] }
  const end = '2027-03-01T05:00:00.000Z' // the end of 28 February in Québec

  test.each<[string, Json, Partial<ResolvedQuestion>]>([
    ['asks until the day on which it ends', { valid_until: end }, { lastDay: '2027-02-28' }],
    [
      'leaves what she chose optional',
      {
        valid_until: end,
        datatypes: ['cat_revenu-net', 'cat_personnes-a-charge'],
        optional_datatypes: undefined,
      },
      { required: 0b001n, optional: 0b100n },
    ],
    [
      'of today names neither its end nor its arrangement',
      { valid_until: '2026-11-25T05:00:00.000Z', arrangement: 'arr_01M87G18APE0RSVJ9XXD7VFM1C' },
      { lastDay: '2027-08-24', arrangement: undefined },
    ],
    [
      'by the law is read without its law, and without an end',
      { valid_until: 'never', legal_basis: 'law_67' },
      { lastDay: '2027-08-24' },
    ],
    [
      'names its arrangement',
      { valid_until: end, arrangement: 'arr_01M87G18APE0RSVJ9XXD7VFM1C' },
      { arrangement: readId('arr', 'arr_01M87G18APE0RSVJ9XXD7VFM1C') },
    ],
  ])('%s', (_, change, found) => {
    expect(read({ ...sent, ...change })).toMatchObject(found)
  })

  test.each<[string, Json, RegExp]>([
    ['an end that is none', { valid_until: 'never' }, /^valid_until: must be that of a token$/],
    ['an end that is a number', { valid_until: 1 }, /^valid_until: must be that of a token$/],
    ['without an end', {}, /^valid_until: must be that of a token$/],
    ['categories in one text', { valid_until: end, datatypes: 'cat_revenu-net' }, /^datatypes/],
    ['a purpose that is a number', { valid_until: end, purpose: 1 }, /^purpose: must be a text$/],
  ])('%s: the request is refused', (_, change, message) => {
    expect(() => read({ ...sent, ...change })).toThrow(message)
  })
})

describe('what a question says', () => {
  const words = makeWords()

  function said(
    row: RequestRow,
    {
      register = world.register,
      ...beside
    }: Partial<QuestionNeighbours> & { readonly register?: Register } = {},
  ) {
    const shown = { standing: undefined, isPaused: false, isPlain: false, ...beside }
    return questionTerms(row, shown, { register, language: 'fr', words })
  }

  const unlimited = { frequencyCount: null, frequencyPer: null }

  test.each<[string, Partial<RequestRow>, string | undefined]>([
    ['four times a year', {}, 'au plus 4 fois par an'],
    ['once', { ...unlimited, maxUses: 1 }, 'une seule fois'],
    ['three times in all', { ...unlimited, maxUses: 3 }, '3 fois en tout'],
    ['without a limit', unlimited, undefined],
  ])('of how often, asked %s', (_, limits, often) => {
    const { summary, blocks } = said(rowOf(limits))
    expect(summary.often).toBe(often)
    expect(blocks.how_often === undefined).toBe(limits.frequencyCount === null)
  })

  test('in its title: two categories by their names, and more of them, or one without a name, by their number', () => {
    expect(said(rowOf()).title).toContain('votre revenu net et votre situation familiale')
    expect(said(rowOf({ categoriesRequired: 0b111n })).title).toContain('3 renseignements')
    const nameless = (id: string) => {
      const category = world.register.category(id)
      return category && { ...category, inSentence: undefined }
    }
    const register = { ...world.register, category: nameless }
    expect(said(rowOf(), { register }).title).toContain('2 renseignements')
  })

  test('in plain words, as its terms are and not as its text was written', () => {
    expect(said(rowOf()).plain).toBeUndefined()
    const lines = (row: Partial<RequestRow>) =>
      said(rowOf(row), { isPlain: true })
        .plain?.map((line) => line.words)
        .join(' ')
    const { summary, recipient, holder } = said(rowOf())
    const usual = lines({}) ?? ''
    for (const fact of [recipient, holder, summary.until, summary.often ?? '', 'votre revenu net'])
      expect(usual).toContain(fact)
    expect(usual).toContain('connaît votre revenu net et votre situation familiale.')
    expect(usual).toMatch(/Vous pouvez dire non\. Vous pouvez arrêter après\.$/)
    // Another day, fewer times, less data: every fact is another one.
    expect(lines({ validUntilLocal: '2027-01-31', categoriesRequired: 0b1n })).toMatch(
      /^L’Agence du revenu \(démo\) connaît votre revenu net\. .*Jusqu’au 31\u00a0janvier 2027, /,
    )
    expect(lines({ ...unlimited, maxUses: 1 })).toContain(', une seule fois.')
    const register = withTexts(() => ({ plain: undefined }))
    expect(said(rowOf(), { register, isPlain: true }).plain).toBeUndefined()
  })

  test('in short, by the blocks of a text that has no short form', () => {
    const { summary, ifYes, ifNo, blocks } = said(rowOf(), {
      register: withTexts(() => ({ short: undefined })),
    })
    expect(summary).toMatchObject({ from: undefined, why: blocks.why, notSent: blocks.what })
    expect([ifYes, ifNo]).toEqual([blocks.if_accept, blocks.if_refuse])
  })

  test('by the example of a category that its text names, and never by what a text names in vain', () => {
    const { example } = world.register.category('cat_revenu-net') ?? {}
    const shown = said(rowOf(), { register: naming('Soit {example.cat_revenu-net}.') })
    expect(shown.blocks.what).toEqual([{ words: `Soit ${example?.fr}.`, isStrong: false }])
    for (const name of ['example.cat_x', 'x'])
      expect(() => said(rowOf(), { register: naming(`{${name}}`) })).toThrow(
        new TypeError(`{${name}} of a text is missing`),
      )
  })

  test('of a change: how often and of which days, now and before, and that her pause stays', () => {
    const days = { lookbackFrom: '2025-01-01', lookbackTo: '2025-12-31' }
    const consent = { ...allowedAs({ frequencyPer: null, ...days }), frequencyCount: null }
    const standing = { consent, row: rowOf() }
    const { changes, ifNo } = said(rowOf(), { standing, isPaused: true })
    expect(changes).toMatchObject({
      often: { now: 'au plus 4 fois par an', before: 'sans limite' },
      lookback: { now: 'sans limite', before: 'du 1er\u00a0janvier 2025 au 31\u00a0décembre 2025' },
    })
    expect(ifNo).toEqual([
      { words: words.t('fr', 'consent.terms.changes-refused-paused'), isStrong: false },
    ])
  })

  test('is kept with no limit where none is asked, and with the days that are', () => {
    const lookback = { from: '2025-01-01', to: '2025-12-31' }
    const asked = { ...read(), frequency: undefined, maxUses: 2, lookback }
    const [row] = newRequest([{ itemNo: 1, asked }], 'p', noon)
    const none = { frequencyCount: null, frequencyPer: null }
    const days = { lookbackFrom: lookback.from, lookbackTo: lookback.to }
    expect(row).toMatchObject({ maxUses: 2, ...none, ...days })
    expect(row && limitFields(row)).toEqual({ max_uses: 2, frequency_limit: null, lookback })
  })
})

test('a service that has left the register asks nothing any more', () => {
  const { register } = world
  expect(recipientOf({ clientId: 'aide-etudes' }, register)).toBe('org_aide-etudes')
  expect(() => recipientOf({ clientId: 'gone' }, register)).toThrow(
    expect.objectContaining({ code: 'consent.expired', status: 410 }),
  )
})

describe('a sharing is renewed', () => {
  const shortly = { validUntil: new Date('2026-12-01T05:00:00.000Z') }

  test.each<[string, Partial<ConsentState>, boolean]>([
    ['that ends before its renewal would', shortly, true],
    ['that has the longest term already', {}, false],
    [
      'of days that may still be asked for',
      { ...shortly, lookbackFrom: '2026-01-01', lookbackTo: '2026-11-30' },
      true,
    ],
    [
      'of days that were over before they began',
      { ...shortly, lookbackFrom: '2026-12-31', lookbackTo: '2026-01-01' },
      false,
    ],
  ])('or not: one %s', (_, change, isIt) => {
    const consent = { ...allowedAs(change), grantedAt: noon }
    expect(isRenewable(consent, world.register, noon)).toBe(isIt)
  })
})

function allowedAs(change: Partial<ConsentState>) {
  return { ...consentOf(world.register, change), declined: 0n, frequencyCount: null }
}

function rowOf(change: Partial<RequestRow> = {}): RequestRow {
  const [row] = newRequest([{ itemNo: 1, asked: read() }], 'p', noon)
  if (row === undefined) throw new Error('nothing was asked')
  return { ...row, ...change }
}

/** The register, with its texts as this says. */
function withTexts(change: (text: ConsentText) => Partial<ConsentText>): Register {
  const textByNo = (no: number) => {
    const text = world.register.textByNo(no)
    return text && { ...text, ...change(text) }
  }
  return { ...world.register, textByNo }
}

/** The register, with its texts naming this in « what ». */
function naming(words: string): Register {
  return withTexts(({ blocks }) => ({
    blocks: blocks.map((block) => (block.role === 'what' ? { ...block, fr: words } : block)),
  }))
}
