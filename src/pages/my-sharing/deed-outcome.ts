import type { Datum } from '../../consent/standing/index.ts'
import {
  dataOf,
  readStandingFacts,
  sayAfter,
  whatStillFlows,
  wordsOf,
} from '../../consent/standing/index.ts'
import type { OwnConsent, OwnConsents } from '../../consent/record/index.ts'
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

/** After a stop or a pause; nothing is said after another deed. */
export async function readDeedLeft(
  done: SharingDone | undefined,
  { consent, answers }: AmongAnswers,
  reading: SharingInput,
): Promise<DeedLeft> {
  if (done !== 'stopped' && done !== 'paused') return nothingSaid
  const { db, seals, personId, register, now } = reading
  const together = done === 'stopped' ? stoppedWith(consent, answers.consents) : [consent]
  const records = together.map(({ consentId }) => consentId)
  const data = together.flatMap((one) => dataOf(one, register))
  const facts = await readStandingFacts(db, seals, { personId, answers, register })
  const flows = whatStillFlows(facts, register, now)
  const over = register.purposeByNo(consent.purpose)
  const said = sayAfter(unlike(data), records, flows, over)
  const about = { data, records, others: answers.consents, flows, said, tense: 'present' } as const
  return {
    sentences: wordsOf(said, done === 'stopped' ? 'present' : 'pause', reading),
    still: stillBox(about, reading),
    stopped: together.length,
  }
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
