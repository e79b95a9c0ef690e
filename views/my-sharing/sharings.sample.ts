import type {
  BodyBlock,
  FlowRow,
  FlowState,
  LawSharing,
  SharingCard,
  SharingsPage,
  SharingView,
  SharingState,
} from '../../src/pages/my-sharing/pages.ts'
import { haltedLead, sampleLead } from '../sample-standing.ts'
import type { Lead } from '../../src/consent/standing/index.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { listHeading } from '../../src/base/web/lists.ts'
import { heldByLaw, lawSharing } from './law.sample.ts'
import { event, saidTo, sharing } from './sharing.sample.ts'

const names = {
  fr: [
    'Régie des garderies (démo)',
    'Direction générale de l’accompagnement des personnes et des familles (démo)',
  ],
  en: [
    'Daycare Board (demo)',
    'General Directorate for the Support of Individuals and Families (demo)',
  ],
}
const said = {
  fr: {
    from: 'de l’Agence du revenu (démo)',
    bursary: 'Calculer votre bourse',
    loan: 'Fixer le remboursement de votre prêt',
    rent: 'Vérifier votre loyer',
    residence: 'Vérifier votre résidence au Québec',
    live: 'Résidence au Québec',
  },
  en: {
    from: 'from the Revenue Agency (demo)',
    bursary: 'Calculate your bursary',
    loan: 'Set your loan repayment',
    rent: 'Check your rent',
    residence: 'Check that you live in Québec',
    live: 'Residence in Québec',
  },
}

const csrf = 'csrf-of-a-sample'

function card(language: Language, change: Partial<SharingCard> = {}): SharingCard {
  return { ...sharing(language), lastSentAt: new Date('2026-11-24T15:05:00Z'), ...change }
}

function chosen(
  language: Language,
  change: Partial<SharingCard> = {},
  state: FlowState = 'choice',
) {
  const why = said[language].bursary
  return { by: 'choice', sharing: card(language, change), state, why, from: undefined } as const
}

function lawful(language: Language, change: Partial<LawSharing> = {}) {
  const one = { ...lawSharing(language), ...change }
  return {
    by: 'law',
    sharing: one,
    state: 'law',
    why: said[language].rent,
    from: undefined,
  } as const
}

function never(language: Language): FlowRow {
  return lawful(language, { lastAt: undefined, lastSentAt: undefined })
}

/** The loan beside the bursary: the same income, for another reason. */
function loan(language: Language): FlowRow {
  const { what } = sharing(language)
  const [income = ''] = what
  const own = {
    id: 'con_06f9zj5b2x8m4q7t1n3v5w9yke',
    what: [income],
    lastSentAt: undefined,
    uses: 0,
  }
  const change = { ...own, title: listHeading([income], language), purpose: said[language].loan }
  return { ...chosen(language, change), why: said[language].loan }
}

function residence(language: Language): FlowRow {
  const { recipient } = sharing(language)
  const { live, residence: why } = said[language]
  return { ...lawful(language, { recipient, title: live, what: [live], purpose: why }), why }
}

function block(
  language: Language,
  flows: readonly FlowRow[],
  several: readonly string[] = [],
): BodyBlock {
  const name = flows[0]?.sharing.recipient ?? ''
  const isOpen = flows.some(({ state }) => ['choice', 'soon', 'law'].includes(state))
  const isSent = flows.some(({ sharing: { lastSentAt } }) => lastSentAt !== undefined)
  const values = { from: said[language].from }
  const senders = [
    { said: isOpen ? (isSent ? 'receives' : 'may-receive') : 'not-now', values } as const,
  ]
  return { name, senders, several, flows }
}

const twice = {
  fr: 'Elle peut recevoir votre revenu net pour deux raisons\u00a0: arrêter l’une n’arrête pas l’autre.',
  en: 'It can receive your net income for two reasons: stopping one does not stop the other.',
} as const

function ended(language: Language, state: SharingState, n: number): SharingView {
  const endedAt = new Date(Date.UTC(2026, 10, 20 - n, 15, 6))
  return { ...sharing(language), id: `con_06f9zj5b2x8m4q7t1n3v5w9yk${n}`, state, endedAt }
}

/** A page of these blocks. */
function pageOf(
  language: Language,
  blocks: readonly BodyBlock[],
  lists: Partial<SharingsPage> = {},
): SharingsPage {
  return {
    csrf,
    lead: leadSample(language, blocks, lists),
    isWhole: true,
    waiting: [],
    words: '',
    isSearchable: false,
    blocks,
    ended: [],
    lawfulBefore: [],
    silenced: [],
    attempts: [],
    ...lists,
  }
}

/** What the first sentences say of such blocks. */
export function leadSample(
  language: Language,
  blocks: readonly BodyBlock[],
  { waiting: waits = [], isWhole = true }: Partial<SharingsPage> = {},
): Lead {
  const states = blocks.flatMap(({ flows }) => flows.map(({ state }) => state))
  return sampleLead(language, {
    waiting: waits.length,
    isByChoice: states.some((state) => state === 'choice' || state === 'soon'),
    isByLaw: states.includes('law'),
    paused: states.filter((state) => state === 'paused' || state === 'suspended').length,
    isEnding: states.includes('soon'),
    isChanged: !isWhole,
  })
}

function silenced(language: Language) {
  const { recipient, holder, what } = sharing(language)
  const line = { recipient, holder, what, since: new Date('2026-11-20T15:04:00Z') }
  const action = '#'
  return [
    { ...line, asked: { times: 3, lastAt: new Date('2026-11-23T12:45:00Z') }, action },
    { ...line, what: what.slice(1), asked: undefined, action },
  ]
}

function waiting(language: Language) {
  const { recipient, purpose } = sharing(language)
  return {
    id: 'req_06f9zj5b2x8m4q7t1n3v5w9ykd',
    recipient,
    purpose,
    askedAt: new Date('2026-11-20T15:04:00Z'),
    until: new Date('2026-12-20T15:04:00Z'),
  }
}

/** Bodies of which nothing may be sent now. */
function paused(language: Language): BodyBlock[] {
  const [first = '', second = ''] = names[language]
  const plain = card(language)
  const more = [...plain.what, ...plain.declined, ...plain.what]
  const changed: Partial<SharingCard> = {
    id: 'con_06f9zj5b2x8m4q7t1n3v5w9yka',
    recipient: first,
    holds: ['MEANING_CHANGED'],
    isRenewable: true,
    what: plain.what.slice(1),
    uses: 0,
    limit: undefined,
    lastSentAt: undefined,
    isInquired: true,
  }
  const held: Partial<SharingCard> = {
    id: 'con_06f9zj5b2x8m4q7t1n3v5w9ykb',
    title: listHeading(more, language),
    recipient: second,
    state: 'suspended',
    holds: ['person', 'ORGANISATION_SUSPENDED'],
    what: more,
    uses: 11,
    limit: { count: 1, per: 'P1M' },
  }
  return [
    block(language, [chosen(language, held, 'paused')]),
    block(language, [chosen(language, changed, 'suspended')]),
  ]
}

/** Two bodies, four ways: the bursary, the loan, and two laws of which one was never used. */
export function fourWays(language: Language): BodyBlock[] {
  const aid = [chosen(language), loan(language), residence(language)]
  return [block(language, aid, [twice[language]]), block(language, [never(language)])]
}

export function manyWays(language: Language): BodyBlock[] {
  const soon = chosen(
    language,
    { id: 'con_06f9zj5b2x8m4q7t1n3v5w9ykc', daysLeft: 6, isRenewable: true },
    'soon',
  )
  const limited = { ...loan(language), from: new Date('2027-03-03T17:00:00Z') }
  const unsure = lawful(language, { lastSentAt: undefined })
  return [block(language, [soon, limited]), block(language, [unsure]), ...paused(language)]
}

export default {
  four: (language: Language) =>
    pageOf(language, fourWays(language), {
      ended: [ended(language, 'refused', 2), ended(language, 'revoked', 1)],
      silenced: silenced(language),
    }),
  one: (language: Language) => pageOf(language, [block(language, [chosen(language)])]),
  many: (language: Language) => {
    const [, second = ''] = names[language]
    const law = lawSharing(language)
    return pageOf(language, manyWays(language), {
      waiting: [waiting(language)],
      silenced: silenced(language),
      ended: [
        { ...ended(language, 'revoked', 1), holder: second },
        { ...ended(language, 'refused', 2), recipient: law.recipient },
        ended(language, 'expired', 3),
        ended(language, 'superseded', 4),
        ended(language, 'void', 5),
      ],
      lawfulBefore: [
        { ...law, purpose: sharing(language).purpose, isInForce: false },
        { ...law, isShownLater: true },
      ],
      attempts: [
        event(language, 'refused', '2026-11-22T13:00:00Z', {
          reason: 'NO_CONSENT',
          said: saidTo(
            language,
            { fr: 'la Régie des garderies (démo)', en: 'the Daycare Board (demo)' }[language],
          ),
          times: 3,
          lastAt: new Date('2026-11-23T12:45:00Z'),
        }),
      ],
    })
  },
  search: (language: Language) =>
    pageOf(language, [block(language, [never(language)])], { words: 'loyer', isSearchable: true }),
  'search-none': (language: Language) =>
    pageOf(language, [], { words: 'permis', isSearchable: true }),
  paused: (language: Language) =>
    pageOf(language, [
      block(language, [chosen(language, { state: 'suspended', holds: ['person'] }, 'paused')]),
      block(language, [{ ...lawful(language, heldByLaw(language)), state: 'suspended' }]),
    ]),
  spent: (language: Language) =>
    pageOf(language, [block(language, [chosen(language, { uses: 4 }, 'spent')])]),
  'only-ended': (language: Language) =>
    pageOf(language, [], {
      ended: [ended(language, 'revoked', 1), ended(language, 'refused', 2)],
    }),
  attempts: (language: Language) =>
    pageOf(language, [], {
      attempts: [
        event(language, 'refused', '2026-11-22T13:00:00Z', { reason: 'NO_CONSENT' }),
        event(language, 'refused', '2026-11-02T13:00:00Z', { reason: 'AGREEMENT_NOT_IN_FORCE' }),
      ],
    }),
  incomplete: (language: Language) =>
    pageOf(language, [block(language, [chosen(language)])], { isWhole: false }),
  empty: (language: Language) => pageOf(language, []),
  halted: (language: Language) =>
    pageOf(language, [block(language, [chosen(language, {}, 'suspended')])], {
      lead: haltedLead(language),
    }),
} satisfies Record<string, (language: Language) => SharingsPage>
