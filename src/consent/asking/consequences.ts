import type { ConsentLife, ConsentListed, Sending, SuspendedBy } from '../record/index.ts'
import {
  aboutSubject,
  categoriesIn,
  isLive,
  isWithin,
  lookbackOf,
  sendingOf,
  standsOf,
} from '../record/index.ts'
import type { Register } from '../../registry/index.ts'
import { changedIn, isLookedBackTo } from './answered.ts'
import type { Chosen } from './choice.ts'
import type { RequestRow } from './rows.ts'
import { objectsOf } from './terms.ts'

// What a yes or a no does to what stands, decided before it is done: the deed carries it out, and every page and receipt says it.

/** A question, and what of hers may be used, or resumed, as it is answered. */
export type AnswerSituation = {
  readonly row: RequestRow
  readonly held: readonly ConsentLife[]
  readonly register: Register
  readonly now: Date
}

/** A yes, with what she chose, or a no. */
export type SaidAnswer =
  | { readonly granted: false }
  | { readonly granted: true; readonly chosen: Chosen; readonly resumes: boolean }

export type Consequences = {
  /** What a yes replaces. Used-up ones too: a use given back would make one live again beside the new one. */
  readonly replaced: readonly ConsentLife[]
  /** The one whose arrangement goes on. */
  readonly before: ConsentLife | undefined
  /** What a no ends. */
  readonly takenBack: ConsentLife | undefined
  /** Pauses that she ends by the tick beside her yes. */
  readonly resumed: readonly ConsentLife[]
  /** Why the new record is held from its first moment: a pause is ended by nothing but her own act. */
  readonly reasons: readonly SuspendedBy[]
  readonly sending: Sending
}

/** Pure. */
export function consequencesOf(answering: AnswerSituation, said: SaidAnswer): Consequences {
  const { row, register, now } = answering
  const about = aboutTheSame(answering)
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
    sending: sendingOf(
      standsOf(about, register, now),
      standsOf(after, register, now),
      categoriesIn(dataset, row.categoriesRequired | row.categoriesOptional),
    ),
  }
}

/** What a person's own narrowing leads to: `before` becomes what `row` says. Pure. */
export function narrowingSends(answering: AnswerSituation, before: ConsentLife): Sending {
  const { row, register, now } = answering
  const about = aboutTheSame(answering)
  const narrower = {
    ...before,
    consentId: row.consentId,
    categories: row.categoriesRequired | row.categoriesOptional,
    validUntil: row.validUntil,
    frequencyCount: row.frequencyCount,
  }
  const others = about.filter(({ consentId }) => consentId !== before.consentId)
  const { dataset } = objectsOf(row, register)
  return sendingOf(
    standsOf(about, register, now),
    standsOf([...others, narrower], register, now),
    categoriesIn(dataset, before.categories),
  )
}

/** What stands about the same, in whichever version. */
export function aboutTheSame({
  row,
  held,
  register,
  now,
}: AnswerSituation): readonly ConsentLife[] {
  const { agreement, purpose, dataset } = objectsOf(row, register)
  const recipient = register.organisation(agreement.recipient)?.root
  return aboutSubject(held, { recipient, dataset: dataset.id, purpose: purpose.id }, register, now)
}

export function isPaused({ suspendedReasons }: ConsentLife): boolean {
  return suspendedReasons.includes('person')
}

function reasonsAfter(
  about: readonly ConsentLife[],
  resumed: readonly ConsentLife[],
): readonly SuspendedBy[] {
  const reasons = new Set(about.flatMap((item) => lifted(item, resumed).suspendedReasons))
  return [...reasons].toSorted()
}

function lifted(consent: ConsentLife, resumed: readonly ConsentLife[]): ConsentLife {
  if (!resumed.includes(consent)) return consent
  const suspendedReasons = consent.suspendedReasons.filter((reason) => reason !== 'person')
  return { ...consent, suspendedReasons, state: stateWith(suspendedReasons) }
}

function stateWith(reasons: readonly SuspendedBy[]): 'active' | 'suspended' {
  return reasons.length === 0 ? 'active' : 'suspended'
}

/** All that a yes replaces: what it changes, in its arrangement, and what else is about the same. */
function sameOf({ row, held, register, now }: AnswerSituation): readonly ConsentLife[] {
  const changed = changedIn(held, row, now)
  return held.filter((item) => item === changed || isSameSharing(item, row, register, now))
}

/** The one whose arrangement goes on: a change's own, or what lives. */
function replacedBy(
  same: readonly ConsentLife[],
  { row, register, now }: AnswerSituation,
): ConsentLife | undefined {
  // One in a pause too: what is allowed anew goes on in its arrangement.
  const live = same.find((item) => isLive({ ...item, state: 'active' }, register, now))
  return changedIn(same, row, now) ?? live
}

// Yes in one window and no in another: her last word about the same question counts. A no to a change leaves what was, and so does
// one about what is held: nothing of it is sent, and it ends by a stop.
function isTakenBack(row: RequestRow, before: ConsentLife, register: Register): boolean {
  const isHeld = before.suspendedReasons.length > 0
  return row.amends === null && !isHeld && isAnsweredBy(row, before, register)
}

/** Whether all that is asked was allowed, or offered and declined. */
export function isAnsweredBy(row: RequestRow, consent: ConsentListed, register: Register): boolean {
  const { categories, declined } = consent
  const { purpose } = objectsOf(row, register)
  return (
    isWithin(row.categoriesRequired, categories) &&
    isWithin(row.categoriesOptional, categories | declined) &&
    isLookedBackTo({ lookback: lookbackOf(row), purpose }, consent)
  )
}

/** Same recipient, and same versions of data and purpose. */
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

/** What a yes makes, as it will stand. */
function recordAfter(
  { row, register, now }: AnswerSituation,
  { granted, validUntil }: Chosen,
  reasons: readonly SuspendedBy[],
): ConsentLife {
  const { agreement } = objectsOf(row, register)
  const rootOf = (id: string) => register.organisation(id)?.root ?? 0
  return {
    personId: row.personId,
    consentId: row.consentId,
    arrangementId: row.amends ?? row.consentId,
    holder: rootOf(agreement.holder),
    recipient: rootOf(agreement.recipient),
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
    confirmedAt: null,
    maxUses: row.maxUses,
    frequencyCount: row.frequencyCount,
    frequencyPer: row.frequencyPer,
    lookbackFrom: row.lookbackFrom,
    lookbackTo: row.lookbackTo,
    uses: 0,
    windowStartedAt: null,
    windowUses: 0,
    lastUseAt: null,
    usesReturned: 0,
    windowReturned: 0,
  }
}
