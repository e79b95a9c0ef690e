import { afterAll, beforeAll, expect, test } from 'vitest'
import { lastNo, silenceFor } from '../../../src/consent/asking/repeat-after-refusal.ts'
import type { AnswerGiven } from '../../../src/consent/asking/repeat-store.ts'
import { readDetail } from '../../../src/consent/asking/index.ts'
import { maskOf } from '../../../src/consent/record/index.ts'
import type { Json } from '../../support/sharing.ts'
import { detail } from '../../support/sharing.ts'
import type { World } from '../../support/world.ts'
import { openWorld } from '../../support/world.ts'

// What is the same question after a no (decision 0058): by recipient, holder and categories, and by her last word on each.

const [income, family, dependants] = [
  'cat_revenu-net',
  'cat_situation-familiale',
  'cat_personnes-a-charge',
] as const
const noon = new Date('2026-11-24T17:00:00.000Z')
const daysAgo = (days: number) => new Date(noon.getTime() - days * 86_400_000)

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

function asked(datatypes: readonly string[], change: Json = {}) {
  const locations = ['http://localhost:3002/api']
  const optional = { optional_datatypes: undefined }
  const whole = detail({ type: '', locations, datatypes, ...optional, ...change })
  return readDetail(whole, { recipient: 'org_aide-etudes', register: world.register, now: noon })
}

type Said = Pick<AnswerGiven, 'state'> & {
  readonly ids: readonly string[]
  readonly at: number
  readonly endedAt?: number
  readonly dataset?: string
  readonly holder?: string
}

function given({ state, ids, at, endedAt, dataset: ref, holder }: Said): AnswerGiven {
  const dataset = world.register.dataset(ref ?? 'dst_avis-cotisation')
  if (dataset === undefined) throw new Error('no such dataset')
  const mask = maskOf(dataset, ids)
  return {
    holder: world.register.organisation(holder ?? 'org_agence-revenu')?.root ?? 0,
    dataset: dataset.no,
    categories: state === 'refused' ? 0n : mask,
    declined: state === 'refused' ? mask : 0n,
    state,
    stateAt: daysAgo(endedAt ?? at),
    createdAt: daysAgo(at),
  }
}

const refused = { state: 'refused', ids: [income, family], at: 5 } as const

test.each<[string, readonly Said[], readonly string[], ReturnType<typeof lastNo>]>([
  ['nothing was answered', [], [income], undefined],
  [
    'refused',
    [refused],
    [income, family],
    { kind: 'refused', at: daysAgo(5), about: [income, family] },
  ],
  [
    'refused, one of two asked',
    [refused],
    [family],
    { kind: 'refused', at: daysAgo(5), about: [family] },
  ],
  ['other categories were refused', [{ ...refused, ids: [dependants] }], [income], undefined],
  ['refused thirty days ago', [{ ...refused, at: 30 }], [income], undefined],
  [
    'refused nearly so',
    [{ ...refused, at: 29.9 }],
    [income],
    { kind: 'refused', at: daysAgo(29.9), about: [income] },
  ],
  ['allowed since', [refused, { state: 'active', ids: [income], at: 2 }], [income], undefined],
  [
    'allowed in part since',
    [refused, { state: 'expired', ids: [income], at: 2, endedAt: 1 }],
    [income, family],
    { kind: 'refused', at: daysAgo(5), about: [family] },
  ],
  [
    'allowed and stopped',
    [{ state: 'revoked', ids: [income], at: 90, endedAt: 3 }],
    [income],
    { kind: 'stopped', at: daysAgo(3), about: [income] },
  ],
  [
    'stopped long ago',
    [{ state: 'revoked', ids: [income], at: 90, endedAt: 31 }],
    [income],
    undefined,
  ],
  [
    'stopped, then refused: the last of it',
    [
      { ...refused, at: 1 },
      { state: 'revoked', ids: [income], at: 90, endedAt: 3 },
    ],
    [income],
    { kind: 'refused', at: daysAgo(1), about: [income] },
  ],
  [
    'over by its term',
    [{ state: 'expired', ids: [income], at: 90, endedAt: 1 }],
    [income],
    undefined,
  ],
  ['in a pause', [{ state: 'suspended', ids: [income], at: 9, endedAt: 1 }], [income], undefined],
  [
    'refused of another dataset of the holder, where it has another category',
    [{ ...refused, dataset: 'dst_residence-fiscale', ids: ['cat_residence-quebec'] }],
    [income],
    undefined,
  ],
  [
    'refused from another holder',
    [{ ...refused, holder: 'org_registre-adresses' }],
    [income],
    undefined,
  ],
])('%s', (_, said, ids, no) => {
  const answers = said.map(given)
  for (const order of [answers, answers.toReversed()])
    expect(lastNo(asked(ids), order, world.register, noon)).toEqual(no)
})

test.each<[string, readonly string[], readonly string[], boolean]>([
  ['all of it', [income, family], [income, family], true],
  ['one of it', [income, family], [family], true],
  ['one of it and one more', [income], [income, family], true],
  ['none of it', [income], [family], false],
])('a question is silenced that asks for %s', (_, silencedIds, ids, isSilenced) => {
  const { categories, holder, dataset } = given({ state: 'active', ids: silencedIds, at: 1 })
  const recipient = world.register.organisation('org_aide-etudes')?.root ?? 0
  const rest = { silenceId: '', silencedAt: noon, times: 0, lastAt: null }
  const silence = { recipient, holder, dataset, categories, ...rest }
  const of = (change: Json) =>
    silenceFor(asked(ids), [{ ...silence, ...change }], world.register) !== undefined
  expect(of({})).toBe(isSilenced)
  // Another body's question, or another body's data.
  expect([of({ recipient: holder }), of({ holder: recipient })]).toEqual([false, false])
})
