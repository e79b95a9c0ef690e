import { languagePrefixes } from '../../base/values/languages.ts'
import { categoriesIn } from '../../consent/record/index.ts'
import type { Disputes } from '../../consent/disputes/index.ts'
import { disputesOf, refusalOf } from '../../consent/disputes/index.ts'
import { noonOf } from '../../base/values/calendar.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { shortNumber, writeId } from '../../base/values/ids.ts'
import type { Language } from '../../base/values/languages.ts'
import type { DecisionListed, FollowUp } from '../../consent/disclosures/index.ts'
import { decisionOutcome, followUps, marksOf, unmatched } from '../../consent/disclosures/index.ts'
import { permitPagesOf, permitSeconds } from '../../consent/decisions/index.ts'
import type { LawCase } from '../../consent/decisions/index.ts'
import { effectsOf, isOverdue } from '../../consent/stops/index.ts'
import type { InFlight, SharingEvent, StopLine } from './pages.ts'
import type { SharingInput } from './sharing-input.ts'
import { daysOf } from './sharing-input.ts'
import type { Register, SaidParties } from '../../registry/index.ts'
import { bodyNames, categoryLabels, namesInSentence, saidParties } from '../../registry/index.ts'

/** How many lines a page shows before it leads to older ones. */
export const shownEvents = 50

// What followed: what the two bodies said about a permit, and about a stop.

/** What followed each decision, by the decision's id. */
export type Aftermath = {
  readonly reports: ReadonlyMap<string, FollowUp>
  readonly disputes: Disputes
  readonly cases: ReadonlyMap<string, LawCase>
}

export async function aftermathOf(
  { db, vault, personId, now }: SharingInput,
  decisions: readonly DecisionListed[],
): Promise<Aftermath> {
  const ids = decisions.map(({ decisionId }) => decisionId)
  return {
    reports: await followUps(db, decisions, now),
    disputes: await disputesOf(db, personId, ids),
    cases: await permitPagesOf(db, vault, decisions),
  }
}

/** The marks beside a line, and the link where the person asks about it. */
function markedBy(
  { reports, disputes }: Aftermath,
  decisionId: string,
  language: Language,
): Pick<SharingEvent, 'marks' | 'correction' | 'dispute'> {
  const dispute = disputes.byDecision.get(decisionId)
  const isAnswered = (dispute?.answeredAt ?? null) !== null
  // There is no link where the person may neither ask nor read an outcome.
  const leadsSomewhere = dispute !== undefined || refusalOf(disputes, decisionId) === undefined
  const base = languagePrefixes[language]
  return {
    marks: marksOf(reports.get(decisionId)),
    correction: reports.get(decisionId)?.correction?.[language],
    dispute: leadsSomewhere
      ? {
          href: `${base}/mes-partages/signalements/${writeId('dec', decisionId)}`,
          state: dispute === undefined ? 'none' : isAnswered ? 'answered' : 'open',
        }
      : undefined,
  }
}

/** Disclosures that the recipient reports under a sharing, and that no decision permitted. */
export async function strayEvents(
  reading: SharingInput,
  consentId: string,
): Promise<SharingEvent[]> {
  const { db, register, language } = reading
  return (await unmatched(db, consentId)).map((row) => {
    const dataset = register.datasetByNo(row.dataset)
    const what = dataset === undefined ? [] : categoriesIn(dataset, row.categories)
    const names = register.asOf(row.recordedAt)
    return {
      kind: 'unpermitted',
      at: row.occurredAt,
      what: what.map(categoryLabels(names, language)),
      said: partiesSaid(row, names, reading),
      reason: undefined,
      times: 1,
      lastAt: undefined,
      inFlight: false,
      shownFrom: undefined,
      marks: [],
      correction: undefined,
      dispute: undefined,
      period: undefined,
      lawCase: undefined,
      inquiry: undefined,
      number: shortNumber(writeId('rcv', row.receivedId)),
    }
  })
}

/** What the two bodies say about a stop; empty for a sharing that was not stopped. */
export async function stopLines(
  { db, register, language, now }: SharingInput,
  consentId: string,
): Promise<StopLine[]> {
  const said = await effectsOf(db, [consentId])
  return said.map((stop) => ({
    organisation: bodyNames(register.asOf(stop.queuedAt), language)(stop.party),
    effect: stop.effect ?? 'none',
    deliveredAt: stop.deliveredAt ?? undefined,
    isOverdue: isOverdue(stop, now),
    at: stop.effectAt ?? undefined,
    law: stop.law ?? undefined,
    until: stop.keptUntil === null ? undefined : noonOf(stop.keptUntil),
  }))
}

const minuteMs = 60_000

/** The newest permit that may still be used after a stop, and the minute by which it no longer may. */
export function inFlightAt(decisions: readonly DecisionListed[], now: Date): InFlight | undefined {
  const permit = decisions.find(
    (one) =>
      decisionOutcome(one, now) === 'allowed' && now < secondsAfter(one.evaluatedAt, permitSeconds),
  )
  if (permit === undefined) return undefined
  const end = secondsAfter(permit.evaluatedAt, permitSeconds).getTime()
  return { at: permit.evaluatedAt, by: new Date(Math.ceil(end / minuteMs) * minuteMs) }
}

/** A decision as a line of a person's page, in the names of its time. */
export function eventOf(
  decision: DecisionListed,
  reading: SharingInput,
  followed: Aftermath,
): SharingEvent {
  const { register, language, now } = reading
  const dataset = register.datasetByNo(decision.dataset)
  const isRefused = decision.outcome === 'deny'
  const mask = decision.categoriesActual ?? decision.asked
  const names = register.asOf(decision.evaluatedAt)
  const named = followed.cases.get(decision.decisionId)
  const what =
    dataset === undefined ? [] : categoriesIn(dataset, mask === 0n ? decision.asked : mask)
  return {
    kind: decisionOutcome(decision, now),
    at: decision.occurredAt ?? decision.evaluatedAt,
    what: what.map(categoryLabels(names, language)),
    said: partiesSaid(decision, names, reading),
    reason: isRefused ? decision.reasonCode : undefined,
    times: decision.times,
    lastAt: decision.times > 1 ? decision.lastAt : undefined,
    inFlight: decision.inFlight === true,
    ...markedBy(followed, decision.decisionId, language),
    shownFrom: decision.visibleFrom ?? undefined,
    period: daysOf(decision.periodFrom, decision.periodTo),
    lawCase: named && { number: named.number, role: named.role[language] },
    inquiry: undefined,
    number: shortNumber(writeId('dec', decision.decisionId)),
  }
}

type Parties = { readonly holder: number; readonly recipient: number | null }

/** Both bodies in a sentence; the register may not have the one for which the holder was asked. */
export function partiesSaid(
  { holder, recipient }: Parties,
  names: Pick<Register, 'organisationByRoot'>,
  { words, language }: Pick<SharingInput, 'words' | 'language'>,
): SaidParties {
  const nameOf = namesInSentence(names, language)
  const to = recipient === null ? words.t(language, 'my-activity.line.unknown') : nameOf(recipient)
  return saidParties(nameOf(holder), to, language)
}
