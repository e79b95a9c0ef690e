import { readVoided } from './voiding-reason.ts'
import { languagePrefixes } from '../../base/values/languages.ts'
import type { ConsentLife, OwnConsent, OwnConsents } from '../../consent/record/index.ts'
import { isRenewable, lastMoment } from '../../consent/asking/index.ts'
import {
  consentsAbout,
  categoriesIn,
  consentsOf,
  isConfirmationDue,
  isMeaningChanged,
  namesFor,
  receiptsOf,
  rewordingLines,
  rewordingsOf,
  liveRecordsOf,
  stateAt,
  subjectOf,
} from '../../consent/record/index.ts'
import { daysBetween } from '../../base/values/calendar.ts'
import { listHeading } from '../../base/web/lists.ts'
import type { ContactBlock } from '../../base/web/contact.ts'
import { readId, writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { bodyNames, categoryLabels, contactsOf, namesInSentence } from '../../registry/index.ts'
import { inquiredTest, inquiredEvents } from './inquiries.ts'
import { decisionsOf, lastSent } from '../../consent/disclosures/index.ts'
import { deedOutcome, readDeedLeft, readHeldFlows } from './deed-outcome.ts'
import {
  eventOf,
  aftermathOf,
  inFlightAt,
  shownEvents,
  stopLines,
  strayEvents,
} from './aftermath.ts'
import type { SharingView, SharingPage } from './pages.ts'
import type { RowInput, SharingInput } from './sharing-input.ts'
import { daysOf } from './sharing-input.ts'
import { receiptLines } from './receipts.ts'
import { brakeOnSharing, holdsOn, meaningChanged } from './sharing-holds.ts'

export function isOpen({ state }: SharingView): boolean {
  return state === 'active' || state === 'suspended'
}

type Found = {
  readonly consent: OwnConsent
  readonly sharing: SharingView
  readonly others: readonly OwnConsent[]
  readonly answers: OwnConsents
  /** The recipient and the holder, whom she may ask about the sharing. */
  readonly contacts: readonly ContactBlock[]
}

/** @throws Refusal sharing.not-found for a sharing that is not this person's */
export async function findSharing(reading: SharingInput, id: string): Promise<Found> {
  const consentId = readId('con', id)
  const answers = await consentsOf(reading.db, reading.seals, reading.personId)
  const { consents } = answers
  const consent = consents.find((item) => item.consentId === consentId)
  const [sharing] = consent === undefined ? [] : sharingView(consent, consents, reading)
  if (consent === undefined || sharing === undefined) throw new Refusal('sharing.not-found', 404)
  const bodies = [consent.recipient, consent.holder].map((root) =>
    reading.register.organisationByRoot(root),
  )
  const contacts = contactsOf(bodies, reading.language)
  return { consent, sharing, others: consents, answers, contacts }
}

/**
 * @param before only what happened before this instant: an older page
 * @param done what the address says was just done
 */
export async function sharingPage(
  reading: SharingInput,
  id: string,
  { before, done: asked }: { readonly before: Date | undefined; readonly done: string | undefined },
): Promise<Omit<SharingPage, 'csrf'>> {
  const { db, personId, language } = reading
  const { consent, sharing, others, answers } = await findSharing(reading, id)
  const done = deedOutcome(sharing, asked)
  const { consentId } = consent
  const listed = { consentId, before, limit: shownEvents + 1 }
  const decisions = await decisionsOf(db, personId, listed)
  const shown = decisions.slice(0, shownEvents)
  const followed = await aftermathOf(reading, shown)
  const oldest = shown.at(-1)
  const base = `${languagePrefixes[language]}/mes-partages`
  const path = `${base}/${sharing.id}`
  const next = replacementOf(consent, others)
  const left = await readDeedLeft(done, { consent, answers }, reading)
  const hasOlder = decisions.length > shown.length && oldest !== undefined
  const names = namesFor(consent, reading.register, reading.now)
  return {
    recipientSaid: namesInSentence(names, language)(consent.recipient),
    sharing: {
      ...sharing,
      lastSentAt: await lastSent(db, personId, consentId),
      isInquired: (await inquiredTest(reading, others))(consent),
    },
    events: [
      ...(before === undefined ? await strayEvents(reading, consentId) : []),
      ...(before === undefined ? await inquiredEvents(reading, consent, others) : []),
      ...shown.map((decision) => eventOf(decision, reading, followed)),
    ],
    stops: await stopLines(reading, consentId),
    receipts: receiptLines(await receiptsOf(db, personId, { consentId }), consent, language),
    rewordings: rewordingLines(
      rewordingsOf(consent, reading.register, reading.now),
      reading.register,
      language,
    ),
    ...waysOf(consent, sharing, path, reading.now),
    replacedHref: next === undefined ? undefined : `${base}/${writeId('con', next.consentId)}`,
    olderHref: hasOlder ? `${path}?avant=${oldest.evaluatedAt.toISOString()}` : undefined,
    done,
    left,
    inFlight: done === 'stopped' ? inFlightAt(shown, reading.now) : undefined,
    // Once, where what was just done says it already.
    voided: await readVoided(reading, sharing),
    whileHeld:
      left.sentences.length > 0 ? [] : await readHeldFlows(sharing, { consent, answers }, reading),
  }
}

type Ways = Pick<
  SharingPage,
  'stopHref' | 'pauseAction' | 'resumeAction' | 'confirmAction' | 'renewAction' | 'narrowHref'
>

// A sharing that means something else now can be neither confirmed, paused nor narrowed: she is asked again, and may stop it. One whose
// record was changed can only be stopped.
function waysOf(consent: OwnConsent, sharing: SharingView, path: string, now: Date): Ways {
  const isTrusted = !consent.isUntrusted
  const isSame = isTrusted && !sharing.holds.includes(meaningChanged)
  return {
    stopHref: isOpen(sharing) ? `${path}/arret` : undefined,
    pauseAction: isSame && sharing.state === 'active' ? `${path}/pause` : undefined,
    resumeAction: isTrusted && isPaused(sharing) ? `${path}/reprise` : undefined,
    confirmAction: isSame && isConfirmationDue(consent, now) ? `${path}/confirmation` : undefined,
    renewAction: sharing.isRenewable ? `${path}/renouvellement` : undefined,
    narrowHref: isSame && isOpen(sharing) ? `${path}/reduction` : undefined,
  }
}

function isPaused({ state, holds }: SharingView): boolean {
  return state === 'suspended' && holds.includes('person')
}

// What replaced a sharing: the newest record of its arrangement, or of the same parties about the same subject.
function replacementOf(
  consent: ConsentLife,
  others: readonly ConsentLife[],
): ConsentLife | undefined {
  if (consent.state !== 'superseded') return undefined
  return others.find(
    ({ arrangementId, state }) => arrangementId === consent.arrangementId && state !== 'superseded',
  )
}

/**
 * Empty for a consent whose dataset or purpose the register does not know: the register keeps every version, so that was never asked.
 * @param all the person's consents: one answer may allow what another one refused
 */
export function sharingView(
  consent: OwnConsent,
  all: readonly ConsentLife[],
  reading: RowInput,
): SharingView[] {
  const { register, language, now } = reading
  const dataset = register.datasetByNo(consent.dataset)
  const purpose = register.purposeByNo(consent.purpose)
  if (dataset === undefined || purpose === undefined) return []
  const names = namesFor(consent, register, now)
  const labelOf = categoryLabels(names, language)
  const nameOf = bodyNames(names, language)
  const sent = sentBeside(consent, all, reading)
  const declined = categoriesIn(dataset, consent.declined).filter((id) => !sent.includes(id))
  const what = categoriesIn(dataset, consent.categories).map(labelOf)
  const kept = declined.map(labelOf)
  const state = stateAt(consent, now)
  const isOver = state === 'expired' && now >= consent.validUntil
  const endedAt = isOver ? lastMoment(consent.validUntil) : consent.stateAt
  return [
    {
      id: writeId('con', consent.consentId),
      title: listHeading(what.length === 0 ? kept : what, language),
      recipient: nameOf(consent.recipient),
      holder: nameOf(consent.holder),
      purpose: purpose.label[language],
      statement: purpose.plainStatement[language],
      what,
      declined: kept,
      state,
      isChange: consent.isChange,
      holds: state === 'active' || state === 'suspended' ? holdsOn(consent, reading) : [],
      brake: brakeOnSharing(consent, reading),
      since: consent.validFrom,
      until: lastMoment(consent.validUntil),
      daysLeft: daysBetween(now, lastMoment(consent.validUntil)),
      endedAt: state === 'active' || state === 'suspended' ? undefined : endedAt,
      uses: consent.uses,
      limit: limitOf(consent),
      lookback: daysOf(consent.lookbackFrom, consent.lookbackTo),
      isRenewable: isAskableAgain(consent, reading),
    },
  ]
}

// Categories that any answer about the same subject lets be sent: no page may say that they are not sent.
function sentBeside(
  consent: ConsentLife,
  all: readonly ConsentLife[],
  { register, now }: RowInput,
): readonly string[] {
  const about = consentsAbout(all, subjectOf(consent, register), register, now)
  return liveRecordsOf(about, register, now)
    .filter(({ held }) => !held)
    .flatMap(({ categories }) => categories)
}

/** A sharing that ends within so many days counts as ending soon. */
export const soonDays = 30

function isAskableAgain(consent: ConsentLife, { register, now }: RowInput): boolean {
  const state = stateAt(consent, now)
  if (consent.isUntrusted) return false
  const isSoon = daysBetween(now, lastMoment(consent.validUntil)) <= soonDays
  const isDue = isSoon || isMeaningChanged(consent, register)
  return (
    isDue && (state === 'active' || state === 'suspended') && isRenewable(consent, register, now)
  )
}

function limitOf({ frequencyCount: count, frequencyPer: per }: ConsentLife): SharingView['limit'] {
  return count === null || per === null ? undefined : { count, per }
}
