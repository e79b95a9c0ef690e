import type { SharingDeed, Tense } from '../../consent/standing/index.ts'
import {
  readStandingFacts,
  sayAfter,
  whatStillFlows,
  wordsOf,
} from '../../consent/standing/index.ts'
import type { AnswersGiven } from '../../consent/decisions/index.ts'
import type { OwnConsent } from '../../consent/record/index.ts'
import { categoriesIn, lookbackOf } from '../../consent/record/index.ts'
import type { SharingDone, SharingView } from './pages.ts'
import type { SharingInput } from './sharing-input.ts'

// What a deed about a sharing leaves, in sentences: before it is done, and after.

/** A sharing among all of its person's answers. */
export type AmongAnswers = { readonly consent: OwnConsent; readonly answers: AnswersGiven }

/** What was just done, as the address says. Anybody can write an address: it says of a sharing only what is so. */
export function deedOutcome(
  { state, holds }: SharingView,
  asked: string | undefined,
): SharingDone | undefined {
  const isLive = state === 'active' || state === 'suspended'
  if (asked === 'arret') return state === 'revoked' ? 'stopped' : undefined
  if (asked === 'pause') return holds.includes('person') ? 'paused' : undefined
  if (asked === 'reprise') return isLive ? afterResumption(holds) : undefined
  if (asked === 'confirmation') return state === 'active' ? 'confirmed' : undefined
  return asked === 'reduction' && isLive ? 'narrowed' : undefined
}

function afterResumption(holds: SharingView['holds']): SharingDone | undefined {
  if (holds.includes('person')) return undefined
  return holds.length > 0 ? 'resumed-held' : 'resumed'
}

/** After a stop or a pause; empty after another deed. */
export function sentencesAfter(
  done: SharingDone | undefined,
  about: AmongAnswers,
  reading: SharingInput,
): Promise<readonly string[]> {
  if (done === 'stopped') return sentencesOf(about, reading, { tense: 'present' })
  return done === 'paused' ? sentencesOf(about, reading, { tense: 'pause' }) : Promise.resolve([])
}

type Said = { readonly tense: Tense; readonly deed?: SharingDeed }

/** What may be sent of the data of a sharing to its recipient, now or after a deed. */
export async function sentencesOf(
  { consent, answers }: AmongAnswers,
  { db, seals, personId, register, words, language, now }: SharingInput,
  { tense, deed }: Said,
): Promise<readonly string[]> {
  const dataset = register.datasetByNo(consent.dataset)
  if (dataset === undefined) return []
  const { recipient, consentId } = consent
  const days = lookbackOf(consent)
  const about = categoriesIn(dataset, consent.categories).map((category) => ({
    recipient,
    category,
    days,
  }))
  const over = register.purposeByNo(consent.purpose)
  const facts = await readStandingFacts(db, seals, { personId, answers, register })
  const flows = whatStillFlows({ ...facts, deed }, register, now)
  return wordsOf(sayAfter(about, [consentId], flows, over), tense, { words, register, language })
}
