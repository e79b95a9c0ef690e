import type { Datum, SharingDeed, Tense } from '../../consent/standing/index.ts'
import {
  dataOf,
  readStandingFacts,
  sayAfter,
  sayResumed,
  whatStillFlows,
  whileChecked,
  wordsOf,
} from '../../consent/standing/index.ts'
import type { ConsentState, OwnConsent, OwnConsents } from '../../consent/record/index.ts'
import type { SharingDone, SharingView } from './pages.ts'
import type { SharingInput } from './sharing-input.ts'
import { stillBox } from './still-box.ts'
import type { DeedLeft } from './still-pages.ts'

// What a deed about a sharing leaves, in sentences: before it is done, and after.

/** A sharing among all of its person's answers. */
export type AmongAnswers = { readonly consent: OwnConsent; readonly answers: OwnConsents }

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

const nothingSaid: DeedLeft = { sentences: [], still: undefined, stopped: 0 }

/** After a stop, a pause or its end, or a reduction; nothing is said after another deed. */
export async function readDeedLeft(
  done: SharingDone | undefined,
  { consent, answers }: AmongAnswers,
  reading: SharingInput,
): Promise<DeedLeft> {
  const { consents } = answers
  const { register } = reading
  if (done === 'resumed') {
    const sentences = await sentencesResumed({ consent, answers }, reading)
    return { ...nothingSaid, sentences }
  }
  if (done === 'narrowed') {
    const data = droppedData(consent, wider(consent, consents), reading)
    return readFlowsLeft({ consent, answers }, reading, {
      data,
      records: [consent.consentId],
      over: 'here',
    })
  }
  if (done !== 'stopped' && done !== 'paused') return nothingSaid
  const together = done === 'stopped' ? stoppedWith(consent, consents) : [consent]
  const records = together.map(({ consentId }) => consentId)
  const data = unlike(together.flatMap((one) => dataOf(one, register)))
  const tense = done === 'paused' ? 'pause' : 'present'
  const left = await readFlowsLeft({ consent, answers }, reading, { data, records, tense })
  return { ...left, stopped: together.length }
}

type Left = {
  readonly data: readonly Datum[]
  readonly records: readonly string[]
  readonly tense?: Tense
  /** What goes on does so without this sharing: otherwise, for another purpose. */
  readonly over?: 'here'
  /** What she would do. */
  readonly deed?: SharingDeed
  /** Of what comes after an end: that moment. */
  readonly at?: Date
}

/** What may be sent of these data beside these records, at a moment, once a deed is done. */
export async function readFlowsLeft(
  { consent, answers }: AmongAnswers,
  reading: SharingInput,
  { data, records, tense = 'present', deed, at = reading.now, over }: Left,
): Promise<DeedLeft> {
  if (data.length === 0) return nothingSaid
  const { db, seals, vault, personId, register } = reading
  const { heads } = vault
  const facts = await readStandingFacts(db, seals, { personId, answers, register, heads })
  const flows = whatStillFlows({ ...facts, deed }, register, at)
  const said = sayAfter(data, records, flows, over ?? register.purposeByNo(consent.purpose))
  const boxed = tense === 'present' || tense === 'pause' ? 'present' : 'future'
  const about = { data, records, others: answers.consents, flows, said, tense: boxed } as const
  return {
    sentences: [...wordsOf(said, tense, reading), ...whileChecked(flows, reading)],
    still: stillBox(about, reading),
    stopped: 0,
  }
}

/** The data that a narrower sharing no longer has. */
export function droppedData(
  narrow: Pick<ConsentState, 'categories'>,
  wide: ConsentState | undefined,
  { register }: SharingInput,
): readonly Datum[] {
  if (wide === undefined) return []
  return dataOf({ ...wide, categories: wide.categories & ~narrow.categories }, register)
}

// The record that a reduction replaced ended when the narrower one was given.
function wider(consent: OwnConsent, all: readonly OwnConsent[]): OwnConsent | undefined {
  const at = consent.grantedAt.getTime()
  return all.find(
    (one) =>
      one.arrangementId === consent.arrangementId &&
      one.state === 'superseded' &&
      one.stateAt.getTime() === at,
  )
}

async function sentencesResumed(
  { consent, answers }: AmongAnswers,
  reading: SharingInput,
): Promise<readonly string[]> {
  const { db, seals, vault, personId, register, now } = reading
  const { heads } = vault
  const facts = await readStandingFacts(db, seals, { personId, answers, register, heads })
  const flows = whatStillFlows(facts, register, now)
  const said = sayResumed(dataOf(consent, register), consent.consentId, flows)
  const tense = flows.isHalted ? 'refused' : 'present'
  return [...wordsOf(said, tense, reading), ...whileChecked(flows, reading)]
}

/** While a sharing that is not over lets nothing be sent: what its recipient may receive all the same. Empty otherwise. */
export async function readHeldFlows(
  { state, holds }: SharingView,
  among: AmongAnswers,
  reading: SharingInput,
): Promise<readonly string[]> {
  if (holds.length === 0 && state !== 'suspended') return []
  const { consent } = among
  const [first, ...others] = holds
  const tense = first === 'person' && others.length === 0 ? 'pause' : 'refused'
  const data = dataOf(consent, reading.register)
  const left = await readFlowsLeft(among, reading, { data, records: [consent.consentId], tense })
  return left.sentences
}

// What was stopped by one deed ended at one moment.
function stoppedWith(consent: OwnConsent, all: readonly OwnConsent[]): readonly OwnConsent[] {
  const at = consent.stateAt.getTime()
  const others = all.filter(
    (one) =>
      one.consentId !== consent.consentId &&
      one.state === 'revoked' &&
      one.recipient === consent.recipient &&
      one.stateAt.getTime() === at,
  )
  return [consent, ...others]
}

function unlike(data: readonly Datum[]): readonly Datum[] {
  return [...new Map(data.map((one) => [JSON.stringify(one), one])).values()]
}
