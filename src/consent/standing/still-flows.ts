import { windowEnd } from '../../base/values/calendar.ts'
import { present } from '../../base/values/present.ts'
import type { Dataset, Purpose, Register } from '../../registry/index.ts'
import type { Verdict } from '../decisions/index.ts'
import type { ConsentState } from '../record/index.ts'
import {
  categoriesIn,
  limitReached,
  lookbackOf,
  obstacle,
  periodObstacle,
  stateAt,
} from '../record/index.ts'
import { verdictOn } from './asked-of-decide.ts'
import { consentsAfter } from './consents-after.ts'
import type {
  FlowFound,
  FlowRight,
  PermittedFlow,
  StandingFacts,
  StillFlows,
  Wait,
} from './flows.ts'
import { flowsByLaw } from './flows-by-law.ts'

// What may be sent about a person: the function that answers the bodies is asked about each recipient, dataset, purpose and category.
// Whatever a page, a receipt or a message says of what flows follows from this, and nothing else counts organisations or says that
// nothing is sent. What the law shows its person only later is left out: a sentence beside says so, to everybody alike.

/** Flows in the order of her consents, the newest first, and then of agreements. Pure. */
export function whatStillFlows(
  { deed, ...facts }: StandingFacts,
  register: Register,
  now: Date,
): StillFlows {
  const { isWhole } = facts.answers
  const given = facts.answers.consents
  const consents = deed === undefined ? given : consentsAfter(given, deed, now)
  const known = { ...facts, answers: { consents, isWhole } }
  const found = [...byChoice(known, register, now), ...flowsByLaw(known, register, now)]
  const { isHalted } = facts
  const so = isHalted ? found.map(whileHalted) : found
  const flows = Map.groupBy(so, (one) => `${one.recipient} ${one.holder} ${one.category}`)
  return {
    isWhole,
    isHalted,
    isUntrusted: facts.isUntrusted || isHalted,
    isAllowing: consents.some((consent) => isOpen(consent, now)),
    flows: [...flows.values()].map(flowOf),
  }
}

// While nothing is permitted to anybody a way waits for the end of that, and so does what waits for something else.
function whileHalted({ recipient, holder, category, ...one }: FlowFound): FlowFound {
  const way = one.way ?? one.wait?.way
  if (way === undefined) return { recipient, holder, category }
  const from = one.wait?.from
  const wait = { way, because: 'held', ...(from === undefined ? {} : { from }) } as const
  return { recipient, holder, category, wait }
}

function isOpen(consent: ConsentState, now: Date): boolean {
  const state = stateAt(consent, now)
  return state === 'active' || state === 'suspended'
}

function flowOf(found: readonly FlowFound[]): PermittedFlow {
  const { recipient, holder, category } = present(found[0], 'what was found')
  const ways = found.flatMap(({ way }) => way ?? [])
  return { recipient, holder, category, ways, waits: found.flatMap(({ wait }) => wait ?? []) }
}

function byChoice(facts: StandingFacts, register: Register, now: Date): FlowFound[] {
  const newestFirst = facts.answers.consents.toSorted((a, b) =>
    a.consentId < b.consentId ? 1 : -1,
  )
  return newestFirst.flatMap((consent) => {
    const dataset = register.datasetByNo(consent.dataset)
    const purpose = register.purposeByNo(consent.purpose)
    if (dataset === undefined || purpose === undefined) return []
    return categoriesIn(dataset, consent.categories).flatMap((category) =>
      foundByChoice({ consent, dataset, purpose, category }, facts, register, now),
    )
  })
}

type Chosen = {
  readonly consent: ConsentState
  readonly dataset: Dataset
  readonly purpose: Purpose
  readonly category: string
}

function foundByChoice(
  { consent, dataset, purpose, category }: Chosen,
  facts: StandingFacts,
  register: Register,
  now: Date,
): FlowFound[] {
  const { holder, recipient, consentId, validUntil: until } = consent
  const days = lookbackOf(consent)
  const agreement = register.agreementByNo(consent.agreement)?.id
  const about = { holder, recipient, dataset, purpose, category, period: days, agreement }
  const verdict = verdictOn(about, facts, register, now)
  const by = 'consent' in verdict ? verdict.consent : undefined
  if (by?.consentId !== consentId) return []
  const way: FlowRight = { by: 'choice', consentId, until, purpose, dataset, days }
  if (verdict.permit) return [{ holder, recipient, category, way }]
  const wait = waitOf({ consent, purpose }, verdict, register, now)
  return wait === undefined ? [] : [{ holder, recipient, category, wait: { way, ...wait } }]
}

function waitOf(
  { consent, purpose }: Pick<Chosen, 'consent' | 'purpose'>,
  { because }: Extract<Verdict, { permit: false }>,
  register: Register,
  now: Date,
): Omit<Wait, 'way'> | undefined {
  if (because === 'FREQUENCY_EXCEEDED') return untilWindow(consent, now)
  if (consent.isUntrusted || !isOpen(consent, now)) return undefined
  const again = afterWait(consent, purpose, now)
  if (again === undefined) return undefined
  const others = consent.suspendedReasons.some((reason) => reason !== 'person')
  const isHeld = others || obstacle({ ...consent, state: 'active' }, register, now) !== undefined
  return { because: isHeld ? 'held' : 'paused', ...again }
}

// When something may be sent once a pause or a suspension is over: at once, or with the next window of a limit. Undefined: never.
function afterWait(
  consent: ConsentState,
  purpose: Purpose,
  now: Date,
): Pick<Wait, 'from'> | undefined {
  const { obstacle: reached } = limitReached(consent, now)
  const isCovered = periodObstacle(consent, purpose, lookbackOf(consent)) === undefined
  if (reached === 'USES_EXHAUSTED' || !isCovered) return undefined
  if (reached === undefined) return {}
  const window = untilWindow(consent, now)
  return window?.from && { from: window.from }
}

// A window that begins when the sharing is over opens nothing.
function untilWindow(consent: ConsentState, now: Date): Omit<Wait, 'way'> | undefined {
  const { frequencyCount, frequencyPer, validFrom, validUntil } = consent
  const from = windowEnd(validFrom, frequencyPer ?? 'P1D', now)
  const times = present(frequencyCount, 'a limit that is reached')
  return from < validUntil ? { because: 'limit', from, times } : undefined
}
