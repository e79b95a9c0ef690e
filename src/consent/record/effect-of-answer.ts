import { dayOf, noonOf } from '../../base/values/calendar.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Register } from '../../registry/index.ts'
import { categoriesIn, lookbackOf } from './coverage.ts'
import type { Lookback } from './coverage.ts'
import type { ConsentLife, ConsentState } from './rows.ts'
import { limitReached, obstacle } from './standing.ts'

// The effects of an answer on each category: still sent, added, not added, and so on. The check page, the page after the answer and the
// receipt all use these lists (test/consent/asking/sending.test.ts compares them with one another and with decisions).

/** A consent record that is not over, for one purpose between two bodies. */
export type LiveRecord = {
  /** `con_…` */
  readonly record_id: string
  readonly categories: readonly string[]
  readonly last_day: string
  readonly frequency?: { readonly count: number; readonly per: string }
  readonly lookback?: Lookback
  /** Whether the record is suspended: nothing is sent under it for now. */
  readonly held: boolean
  readonly paused: boolean
}

/**
 * Lists of categories after an answer:
 * - sent: may be sent now, where no record stood before
 * - goes_on, added, resumes: may be sent now; before the answer it was sent, not allowed, or suspended
 * - waits: allowed, and suspended for now
 * - stops: allowed before, and not any more
 * - not_added, not_sent: asked for and not allowed, while a record stands, or while none does
 */
export const sendingLists = [
  'sent',
  'goes_on',
  'added',
  'resumes',
  'waits',
  'stops',
  'not_added',
  'not_sent',
] as const
export type SendingList = (typeof sendingLists)[number]

export type AnswerEffect<T = string> = Readonly<Record<SendingList, readonly T[]>> & {
  readonly stands: readonly Omit<LiveRecord, 'categories'>[]
  /** Records that the answer ends, `con_…`: a yes replaces them, a no takes them back. */
  readonly ends: readonly string[]
}

/** A recipient, a dataset and a purpose, in whichever versions: a person sees them as one sharing. */
export type SharingSubject = {
  /** The root of the organisation. */
  readonly recipient: number | undefined
  readonly dataset: string | undefined
  readonly purpose: string | undefined
}

export function subjectOf(
  { recipient, dataset, purpose }: ConsentState,
  register: Register,
): SharingSubject {
  return {
    recipient,
    dataset: register.datasetByNo(dataset)?.id,
    purpose: register.purposeByNo(purpose)?.id,
  }
}

/** Those of these consents that may be used or resumed, and are about this sharing. Pure. */
export function consentsAbout<T extends ConsentState>(
  consents: readonly T[],
  subject: SharingSubject,
  register: Register,
  now: Date,
): readonly T[] {
  return consents.filter((consent) => {
    const { recipient, dataset, purpose } = subjectOf(consent, register)
    return (
      (consent.state === 'active' || consent.state === 'suspended') &&
      now < consent.validUntil &&
      recipient === subject.recipient &&
      dataset === subject.dataset &&
      purpose === subject.purpose
    )
  })
}

/** These records as stands. Pure. */
export function liveRecordsOf(
  consents: readonly ConsentLife[],
  register: Register,
  now: Date,
): LiveRecord[] {
  return consents.flatMap((consent) => {
    const dataset = register.datasetByNo(consent.dataset)
    const isOver = now >= consent.validUntil || isUsedUp(consent, now)
    if (dataset === undefined || isOver) return []
    const { frequencyCount: count, frequencyPer: per } = consent
    const lookback = lookbackOf(consent)
    return [
      {
        record_id: writeId('con', consent.consentId),
        categories: categoriesIn(dataset, consent.categories),
        last_day: dayOf(new Date(consent.validUntil.getTime() - 1)),
        ...(count === null || per === null ? {} : { frequency: { count, per } }),
        ...(lookback === undefined ? {} : { lookback }),
        held: obstacle(consent, register, now) !== undefined,
        paused: consent.suspendedReasons.includes('person'),
      },
    ]
  })
}

function isUsedUp(consent: ConsentLife, now: Date): boolean {
  return limitReached(consent, now).obstacle === 'USES_EXHAUSTED'
}

/** Sorts categories into the lists. Pure. @param asked all categories asked for, in the order in which the page showed them */
export function effectOfAnswer(
  before: readonly LiveRecord[],
  after: readonly LiveRecord[],
  asked: readonly string[],
): AnswerEffect {
  const lists = Map.groupBy(
    new Set([...asked, ...[...before, ...after].flatMap(({ categories }) => categories)]),
    (category) => listOf(category, before, after),
  )
  const stands = after.map(({ categories: _what, ...stand }) => stand)
  const list = (name: SendingList) => lists.get(name) ?? []
  return {
    sent: list('sent'),
    goes_on: list('goes_on'),
    added: list('added'),
    resumes: list('resumes'),
    waits: list('waits'),
    stops: list('stops'),
    not_added: list('not_added'),
    not_sent: list('not_sent'),
    stands,
    ends: before
      .map(({ record_id }) => record_id)
      .filter((id) => !stands.some(({ record_id }) => record_id === id)),
  }
}

function listOf(
  category: string,
  before: readonly LiveRecord[],
  after: readonly LiveRecord[],
): SendingList {
  const [was, is] = [howIs(category, before), howIs(category, after)]
  if (is === 'held') return 'waits'
  if (is === 'none' && was !== 'none') return 'stops'
  if (is === 'none') return before.length > 0 && after.length > 0 ? 'not_added' : 'not_sent'
  if (before.length === 0) return 'sent'
  return { sent: 'goes_on', held: 'resumes', none: 'added' }[was] as SendingList
}

function howIs(category: string, stands: readonly LiveRecord[]): 'sent' | 'held' | 'none' {
  const of = stands.filter(({ categories }) => categories.includes(category))
  if (of.length === 0) return 'none'
  return of.some(({ held }) => !held) ? 'sent' : 'held'
}

/** The same lists with other items: labels for a page, names with labels for a receipt. */
export function mapSending<S, T>(sending: AnswerEffect<S>, by: (item: S) => T): AnswerEffect<T> {
  const { stands, ends } = sending
  return {
    sent: sending.sent.map(by),
    goes_on: sending.goes_on.map(by),
    added: sending.added.map(by),
    resumes: sending.resumes.map(by),
    waits: sending.waits.map(by),
    stops: sending.stops.map(by),
    not_added: sending.not_added.map(by),
    not_sent: sending.not_sent.map(by),
    stands,
    ends,
  }
}

/** The effect in one sentence; its words are `consent.sending.lead.<Lead>`. */
export type SendingLead = 'as-before' | 'held' | 'nothing' | 'paused' | 'resumed' | 'stopped'

/** The effects as a page shows them, with labels in its language. */
export type SendingLines = {
  /** Undefined where the lists need no sentence. */
  readonly lead: SendingLead | undefined
  /** Lists that are not empty, in the order of `sendingLists`. */
  readonly lists: readonly { readonly name: SendingList; readonly labels: readonly string[] }[]
  readonly stands: readonly {
    readonly until: Date
    readonly limit: { readonly count: number; readonly per: string } | undefined
    readonly lookback: { readonly from: Date; readonly to: Date } | undefined
  }[]
}

/** Pure. */
export function sendingLines(sending: AnswerEffect, isYes: boolean): SendingLines {
  return {
    lead: isYes ? leadOfYes(sending) : leadOfNo(sending),
    lists: sendingLists
      .map((name) => ({ name, labels: sending[name] }))
      .filter(({ labels }) => labels.length > 0),
    stands: sending.stands.map(({ last_day, frequency, lookback }) => ({
      until: noonOf(last_day),
      limit: frequency,
      lookback: lookback && { from: noonOf(lookback.from), to: noonOf(lookback.to) },
    })),
  }
}

function leadOfYes(sending: AnswerEffect): SendingLead | undefined {
  if (sending.resumes.length > 0) return 'resumed'
  return sending.waits.length > 0 ? whyHeld(sending) : undefined
}

function leadOfNo(sending: AnswerEffect): SendingLead {
  const { stands, ends } = sending
  if (ends.length > 0) return 'stopped'
  if (stands.length === 0) return 'nothing'
  return stands.every(({ held }) => held) ? whyHeld(sending) : 'as-before'
}

function whyHeld({ stands }: AnswerEffect): SendingLead {
  return stands.some(({ paused }) => paused) ? 'paused' : 'held'
}
