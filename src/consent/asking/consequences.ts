import type { ConsentLife, ConsentListed, AnswerEffect, SuspensionCause } from '../record/index.ts'
import {
  asNew,
  consentsAbout,
  categoriesIn,
  isLive,
  isWithin,
  lookbackOf,
  effectOfAnswer,
  liveRecordsOf,
  termsOf,
} from '../record/index.ts'
import type { Register } from '../../registry/index.ts'
import { bodyNo, objectsOf } from '../../registry/index.ts'
import { liveConsentToChange, allowsLookback } from './earlier-answers.ts'
import type { CheckedChoice } from './choice.ts'
import type { RequestRow } from './rows.ts'

// The effects of a yes or a no on the consents that stand, decided before anything is written. The deed carries them out, and every
// page and receipt shows them.

/** A question, and the person's consents that may be used or resumed at the time of her answer. */
export type AnswerSituation = {
  readonly row: RequestRow
  readonly held: readonly ConsentLife[]
  readonly register: Register
  readonly now: Date
}

/** A yes with her choices, or a no. */
export type AnswerWithChoices =
  | { readonly granted: false }
  | { readonly granted: true; readonly chosen: CheckedChoice; readonly resumes: boolean }

export type Consequences = {
  /** Consents that a yes replaces, used-up ones too: a use given back would make one live again beside the new consent. */
  readonly replaced: readonly ConsentLife[]
  /** The consent whose arrangement the new record continues. */
  readonly before: ConsentLife | undefined
  /** The consent that a no ends. */
  readonly takenBack: ConsentLife | undefined
  /** Paused consents that she resumes by the tick beside her yes. */
  readonly resumed: readonly ConsentLife[]
  /** Why the new record begins suspended: only her own act ends her pause, and a yes by itself does not. */
  readonly reasons: readonly SuspensionCause[]
  readonly sending: AnswerEffect
}

/** Pure. */
export function consequencesOf(answering: AnswerSituation, said: AnswerWithChoices): Consequences {
  const { row, register, now } = answering
  const about = consentsOfSharing(answering)
  const same = sameOf(answering)
  const before = replacedBy(same, answering)
  const isTaken = before !== undefined && !said.granted && isTakenBack(row, before, register)
  const takenBack = isTaken ? before : undefined
  const resumed = said.granted && said.resumes ? about.filter(isPaused) : []
  const after = said.granted
    ? [
        ...about.filter((item) => !same.includes(item)).map((item) => lifted(item, resumed)),
        recordAfter(answering, said.chosen, reasonsAfter(about, resumed)),
      ]
    : about.filter((item) => item !== takenBack)
  const { dataset } = objectsOf(row, register)
  return {
    replaced: said.granted ? same : [],
    before,
    takenBack,
    resumed,
    reasons: said.granted ? reasonsAfter(about, resumed) : [],
    sending: effectOfAnswer(
      liveRecordsOf(about, register, now),
      liveRecordsOf(after, register, now),
      categoriesIn(dataset, row.categoriesRequired | row.categoriesOptional),
    ),
  }
}

/** The effects of a person's own narrowing: `before` is replaced by the terms of `row`. Pure. */
export function narrowingSends(answering: AnswerSituation, before: ConsentLife): AnswerEffect {
  const { row, register, now } = answering
  const about = consentsOfSharing(answering)
  const narrower = {
    ...before,
    consentId: row.consentId,
    categories: row.categoriesRequired | row.categoriesOptional,
    validUntil: row.validUntil,
    frequencyCount: row.frequencyCount,
  }
  const others = about.filter(({ consentId }) => consentId !== before.consentId)
  const { dataset } = objectsOf(row, register)
  return effectOfAnswer(
    liveRecordsOf(about, register, now),
    liveRecordsOf([...others, narrower], register, now),
    categoriesIn(dataset, before.categories),
  )
}

/** Consents with the same recipient, dataset and purpose, in whichever version. */
export function consentsOfSharing({
  row,
  held,
  register,
  now,
}: AnswerSituation): readonly ConsentLife[] {
  const { agreement, purpose, dataset } = objectsOf(row, register)
  const recipient = register.organisation(agreement.recipient)?.root
  return consentsAbout(held, { recipient, dataset: dataset.id, purpose: purpose.id }, register, now)
}

export function isPaused({ suspendedReasons }: ConsentLife): boolean {
  return suspendedReasons.includes('person')
}

function reasonsAfter(
  about: readonly ConsentLife[],
  resumed: readonly ConsentLife[],
): readonly SuspensionCause[] {
  const reasons = new Set(about.flatMap((item) => lifted(item, resumed).suspendedReasons))
  return [...reasons].toSorted()
}

function lifted(consent: ConsentLife, resumed: readonly ConsentLife[]): ConsentLife {
  if (!resumed.includes(consent)) return consent
  const suspendedReasons = consent.suspendedReasons.filter((reason) => reason !== 'person')
  return { ...consent, suspendedReasons, state: stateWith(suspendedReasons) }
}

function stateWith(reasons: readonly SuspensionCause[]): 'active' | 'suspended' {
  return reasons.length === 0 ? 'active' : 'suspended'
}

/** All consents that a yes replaces: the one that it changes, and those about the same versions. */
function sameOf({ row, held, register, now }: AnswerSituation): readonly ConsentLife[] {
  const changed = liveConsentToChange(held, row, now)
  return held.filter((item) => item === changed || isSameSharing(item, row, register, now))
}

/** The consent whose arrangement goes on: the one that the request changes, or else the one that lives. */
function replacedBy(
  same: readonly ConsentLife[],
  { row, register, now }: AnswerSituation,
): ConsentLife | undefined {
  // A suspended consent counts as living: a new yes continues its arrangement.
  const live = same.find((item) => isLive({ ...item, state: 'active' }, register, now))
  return liveConsentToChange(same, row, now) ?? live
}

// A person may say yes in one window and no in another: her last word about the same question counts. A no to a change leaves the
// consent as it was. A no about a suspended consent leaves it too: nothing is sent under it, and only a stop ends it.
function isTakenBack(row: RequestRow, before: ConsentLife, register: Register): boolean {
  const isHeld = before.suspendedReasons.length > 0
  return row.amends === null && !isHeld && isAnsweredBy(row, before, register)
}

/** Whether each category asked for was allowed, or optional and declined. */
export function isAnsweredBy(row: RequestRow, consent: ConsentListed, register: Register): boolean {
  const { categories, declined } = consent
  const { purpose } = objectsOf(row, register)
  return (
    isWithin(row.categoriesRequired, categories) &&
    isWithin(row.categoriesOptional, categories | declined) &&
    allowsLookback({ lookback: lookbackOf(row), purpose }, consent)
  )
}

/** Whether the recipient and the versions of dataset and purpose are the same. */
export function isSameSharing(
  consent: ConsentListed,
  row: RequestRow,
  register: Register,
  now: Date,
): boolean {
  const { agreement } = objectsOf(row, register)
  return (
    consent.recipient === register.organisation(agreement.recipient)?.root &&
    consent.dataset === row.dataset &&
    consent.purpose === row.purpose &&
    now < consent.validUntil
  )
}

/** The consent that a yes will make. */
function recordAfter(
  { row, register, now }: AnswerSituation,
  { granted, validUntil }: CheckedChoice,
  reasons: readonly SuspensionCause[],
): ConsentLife {
  const { agreement } = objectsOf(row, register)
  return {
    ...asNew,
    personId: row.personId,
    consentId: row.consentId,
    arrangementId: row.amends ?? row.consentId,
    holder: bodyNo(register, agreement.holder),
    recipient: bodyNo(register, agreement.recipient),
    dataset: row.dataset,
    purpose: row.purpose,
    agreement: row.agreement,
    categories: granted,
    declined: (row.categoriesRequired | row.categoriesOptional) & ~granted,
    state: stateWith(reasons),
    stateAt: now,
    suspendedReasons: reasons,
    validFrom: now,
    validUntil,
    grantedAt: now,
    ...termsOf(row),
  }
}
