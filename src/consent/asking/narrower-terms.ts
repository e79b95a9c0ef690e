import { createHash } from 'node:crypto'
import type { ConsentLife } from '../record/index.ts'
import {
  categoriesIn,
  readConsentLife,
  isMeaningChanged,
  isWithin,
  maskOf,
  requireNarrower,
  stateAfterMove,
} from '../record/index.ts'
import { dayOf, endOfDay, isDay } from '../../base/values/calendar.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { newUuid } from '../../base/values/ids.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Language } from '../../base/values/languages.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Words } from '../../base/web/words.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import { objectsOf, ownService } from '../../registry/index.ts'
import type { Register } from '../../registry/index.ts'
import type { Frequency } from './limits.ts'
import type { PresentationInput } from './ask.ts'
import type { RecordedPage } from './ask.ts'
import { recordPresentation } from './ask.ts'
import type { TermsPage } from './pages/pages.ts'
import type { RequestRow } from './rows.ts'
import { narrowingsShown, requestOfConsent } from './store.ts'
import { termsPage } from './terms.ts'

// A person narrows a consent on a page of her own: an earlier last day, fewer optional categories, less often. The narrower terms are
// recorded and shown as a request, which no service asks.

/** Narrowings of one consent that are shown in a day, in both languages: nobody who chooses needs more. */
const maxShownInDay = 40
const daySeconds = 24 * 3600

export type NarrowingPair = {
  readonly before: ConsentLife
  readonly row: NarrowingRow
}

type NarrowingRow = RequestRow & { readonly narrows: string }

/** The parts of a sharing that may be narrowed, and its last day. */
export type Narrowable = {
  readonly lastDay: string
  /** Optional categories that were allowed. */
  readonly optional: readonly string[]
  /** The frequency limit, where there is one. */
  readonly frequency: Frequency | undefined
}

type Choice = {
  readonly personId: string
  readonly consentId: string
  /** Absent: as before. */
  readonly lastDay?: string | undefined
  /** Optional categories that go on being sent. */
  readonly keep: readonly string[]
  /** The new number of uses in a period; absent: as before. */
  readonly times?: number | undefined
}

/** @throws Refusal sharing.not-found (404), sharing.not-now (409); IllegalTransition (409) */
export async function narrowableConsent(
  db: Database,
  seals: RowSeals,
  register: Register,
  { personId, consentId }: Pick<Choice, 'personId' | 'consentId'>,
  now: Date,
): Promise<Narrowable> {
  const { before, asked } = await found({ db, seals, register }, { personId, consentId }, now)
  const { dataset } = objectsOf(asked, register)
  const optional = before.categories & ~asked.categoriesRequired
  const { frequencyCount: count, frequencyPer: per } = before
  const frequency = count === null || per === null ? undefined : { count, per }
  return { lastDay: lastDayOf(before), optional: categoriesIn(dataset, optional), frequency }
}

/**
 * The request by which a person narrows a consent: her choice, checked against the consent as it stands.
 * @throws Refusal narrowing.day, narrowing.times, narrowing.same, form.invalid (400), sharing.not-found (404), sharing.not-now (409);
 * IllegalTransition (409)
 */
export async function newNarrowing(
  db: Database,
  seals: RowSeals,
  register: Register,
  choice: Choice,
  now: Date,
): Promise<NarrowingPair> {
  const { before, asked } = await found({ db, seals, register }, choice, now)
  const { dataset } = objectsOf(asked, register)
  const { lastDay = lastDayOf(before), keep } = choice
  if (!isDay(lastDay) || lastDay > lastDayOf(before) || lastDay < dayOf(now))
    throw new Refusal('narrowing.day')
  if (!keep.every((category) => dataset.categories.includes(category)))
    throw new Refusal('form.invalid')
  const kept = maskOf(dataset, keep)
  if (!isWithin(kept, before.categories & ~asked.categoriesRequired))
    throw new Refusal('form.invalid')
  const row: NarrowingRow = {
    ...asked,
    requestId: newUuid(now),
    itemNo: 1,
    consentId: newUuid(now),
    categoriesOptional: kept,
    validUntil: endOfDay(lastDay),
    validUntilLocal: lastDay,
    frequencyCount: timesOf(before, choice.times),
    state: 'requested',
    // The request lives a day, no longer than the session that shows it: the expiry of the original request does not apply.
    expiresAt: secondsAfter(now, daySeconds),
    narrows: before.consentId,
    amends: null,
    answersSha256: null,
  }
  requireNarrower(before, row)
  return { before, row }
}

function timesOf({ frequencyCount: before }: ConsentLife, times: number | undefined) {
  if (times === undefined) return before
  if (before === null) throw new Refusal('form.invalid')
  if (!Number.isInteger(times) || times < 1 || times > before) throw new Refusal('narrowing.times')
  return times
}

/** The terms of the narrower consent: the text that she read before, with the categories and limits that are left. */
export function termsOfNarrowing(
  { row }: NarrowingPair,
  register: Register,
  language: Language,
  words: Words,
): TermsPage {
  const left = row.categoriesRequired | row.categoriesOptional
  const asked = { ...row, categoriesRequired: left, categoriesOptional: 0n }
  // This page offers no choice: the categories kept were allowed before, and the day was chosen on the page before.
  return { ...termsPage(asked, register, language, words), sensitive: [], lastDay: undefined }
}

export type NarrowingPresentation = Pick<PresentationInput, 'language' | 'region' | 'labels'> & {
  /** The session in which the request is shown: an answer from another session does not count. */
  readonly sessionUid: string
}

/**
 * Records the terms before the page shows them, as for any request: `consent.presented`.
 * @returns the presentation's id, and its event
 * @throws Refusal sharing.busy (429), consent.expired (410)
 */
export async function presentNarrowing(
  tx: Transaction,
  vault: Vault,
  register: Register,
  { row }: NarrowingPair,
  { sessionUid, ...shown }: NarrowingPresentation,
): Promise<RecordedPage> {
  const { now } = await openBook(tx, vault, row.personId)
  const since = secondsAfter(now, -daySeconds)
  if ((await narrowingsShown(tx, row.narrows, since)) >= maxShownInDay)
    throw new Refusal('sharing.busy', 429)
  const visit = visitOf(row, sessionUid)
  const showing = { ...shown, visit, clientId: ownService, row }
  const recorded = await recordPresentation(tx, vault, register, showing)
  if (recorded === undefined) throw new Refusal('consent.expired', 410)
  return recorded
}

// The same choice in the same session is the same request, however often its page is opened.
function visitOf(row: NarrowingRow, sessionUid: string) {
  const { narrows, validUntilLocal, categoriesOptional, frequencyCount } = row
  const choice = [sessionUid, narrows, validUntilLocal, String(categoriesOptional), frequencyCount]
  return createHash('sha256')
    .update(`narrowing:${JSON.stringify(choice)}`)
    .digest()
}

function lastDayOf({ validUntil }: ConsentLife): string {
  return dayOf(new Date(validUntil.getTime() - 1))
}

async function found(
  {
    db,
    seals,
    register,
  }: { readonly db: Database; readonly seals: RowSeals; readonly register: Register },
  key: Pick<Choice, 'personId' | 'consentId'>,
  now: Date,
): Promise<{ before: ConsentLife; asked: RequestRow }> {
  const before = await readConsentLife(db, seals, key)
  const asked = before && (await requestOfConsent(db, key.consentId))
  if (before === undefined || asked === undefined) throw new Refusal('sharing.not-found', 404)
  stateAfterMove(before, 'superseded', now)
  // The page would show a meaning that she did not allow: she answers again, or stops.
  if (isMeaningChanged(before, register)) throw new Refusal('sharing.not-now', 409)
  return { before, asked }
}
