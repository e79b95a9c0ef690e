import { categoriesIn, isWithin, maskOf } from '../record/index.ts'
import { dayOf, endOfDay, isDay } from '../../base/values/calendar.ts'
import type { AnsweringActor } from '../../base/web/visit.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Dataset, Register } from '../../registry/index.ts'
import { objectsOf } from '../../registry/index.ts'
import type { AnswerDraft, RequestRow } from './rows.ts'
import { sensitiveOf } from './terms.ts'

/** The choices that a person makes on the page beside yes or no. */
export type Choice = {
  /** Optional categories that she ticked. */
  readonly chosen: readonly string[]
  /** Sensitive categories, each allowed by a tick of its own that names it (LAI 59). */
  readonly express?: readonly string[]
  /** An earlier last day than the one asked for. */
  readonly until?: string | undefined
  /** Whether she also ends her pause of the same sharing, by a tick of its own. */
  readonly resumes?: boolean | undefined
}

/** One yes or no. */
export type ItemAnswer = Choice & {
  readonly granted: boolean
  /** The presentation that she read: an answer counts for its words and no others. */
  readonly presentationId: string
}

/** Who answers, and with what she signed in. */
export type SigninAssurance = AnsweringActor & { readonly amr: readonly string[] }

/** The person who answers, in which visit, and how she signed in. */
export type AnsweringPerson = SigninAssurance & { readonly visit: Buffer }

/** An answer with its person. */
export type GivenAnswer = Omit<AnsweringPerson, 'visit'> & ItemAnswer

/** A choice that was checked against the request. */
export type CheckedChoice = {
  readonly granted: bigint
  readonly express: bigint
  readonly validUntil: Date
  readonly lastDay: string
}

/**
 * Checks a choice: it is no wider than the request, and each sensitive category has its own tick.
 * @throws Refusal form.invalid, consent.express-missing, consent.date (400)
 */
export function readChoice(
  row: RequestRow,
  { chosen, express = [], until }: Choice,
  register: Register,
  now: Date,
): CheckedChoice {
  const { dataset } = objectsOf(row, register)
  const sensitive = sensitiveOf(row, register)
  const named = within(row.categoriesOptional & ~sensitive, chosen, dataset)
  const acts = within(sensitive, express, dataset)
  if (!isWithin(row.categoriesRequired & sensitive, acts))
    throw new Refusal('consent.express-missing')
  const granted = row.categoriesRequired | named | acts
  return { granted, express: acts, ...endOf(row, until, now) }
}

function within(offered: bigint, names: readonly string[], dataset: Dataset): bigint {
  const known = categoriesIn(dataset, offered)
  if (!names.every((name) => known.includes(name))) throw new Refusal('form.invalid')
  return maskOf(dataset, names)
}

function endOf({ validUntil, validUntilLocal }: RequestRow, until: string | undefined, now: Date) {
  if (until === undefined) return { validUntil, lastDay: validUntilLocal }
  // ISO 8601 days compare as text. The last day may be today.
  if (!isDay(until) || until < dayOf(now) || until > validUntilLocal)
    throw new Refusal('consent.date')
  return { validUntil: endOfDay(until), lastDay: until }
}

/** A draft, in the form in which a page sends a choice. */
export function asChoice({ chosen, express, until, resumes }: AnswerDraft): Choice {
  return { chosen, express, until: until ?? undefined, resumes }
}
