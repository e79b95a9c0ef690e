import { categoriesIn, isWithin, maskOf } from '../record/index.ts'
import { dayOf, endOfDay, isDay } from '../../base/platform/calendar.ts'
import type { Proved } from '../../base/web/proof.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { Dataset, Register } from '../../registry/index.ts'
import type { AnswerDraft, RequestRow } from './rows.ts'
import { objectsOf, sensitiveOf } from './terms.ts'

/** What a person said on the page beside yes or no. */
export type Choice = {
  /** Optional categories that she ticked. */
  readonly chosen: readonly string[]
  /** Sensitive ones, each by an act of its own that names it (LAI 59). */
  readonly express?: readonly string[]
  /** An earlier last day than the one asked for. */
  readonly until?: string | undefined
  /** Whether a pause of the same ends too, by a tick of its own. */
  readonly resumes?: boolean | undefined
}

/** One yes or no. */
export type ItemAnswer = Choice & {
  readonly granted: boolean
  /** What was on the page: an answer counts for these words and no others. */
  readonly presentationId: string
}

/** How sure we are of whoever answers. */
export type SignedInAs = Proved & { readonly amr: readonly string[] }

/** Whose answer it is, and how sure we are of her. */
export type AnsweredBy = SignedInAs & { readonly visit: Buffer; readonly personId: string }

/** An answer, and whose it is. */
export type GivenAnswer = Omit<AnsweredBy, 'visit'> & ItemAnswer

/** The same, held against what was asked. */
export type Chosen = {
  readonly granted: bigint
  readonly express: bigint
  readonly validUntil: Date
  readonly lastDay: string
}

/** Nothing wider than what was asked, nothing sensitive without its act. @throws Refusal form.invalid, consent.express-missing, consent.date (400) */
export function readChoice(
  row: RequestRow,
  { chosen, express = [], until }: Choice,
  register: Register,
  now: Date,
): Chosen {
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
  // Days as text compare as days. The last day may be today.
  if (!isDay(until) || until < dayOf(now) || until > validUntilLocal)
    throw new Refusal('consent.date')
  return { validUntil: endOfDay(until), lastDay: until }
}

/** What was decided on a page and not sent yet, as the page said it. */
export function asChoice({ chosen, express, until, resumes }: AnswerDraft): Choice {
  return { chosen, express, until: until ?? undefined, resumes }
}
