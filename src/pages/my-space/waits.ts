import { languagePrefixes } from '../../base/values/languages.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { daysBetween } from '../../base/values/calendar.ts'
import { writeId } from '../../base/values/ids.ts'
import { isAskable, lastMoment, openRequests, waitingAddress } from '../../consent/asking/index.ts'
import { disputePage } from '../../consent/disputes/index.ts'
import type { OwnConsent } from '../../consent/record/index.ts'
import { categoriesIn, isConfirmationDue, obstacle, stateAt } from '../../consent/record/index.ts'
import { contactSeals, contactsToConfirm } from '../../people/accounts/index.ts'
import { maskedAddress } from '../../people/notifications/index.ts'
import { objectsOf } from '../../registry/index.ts'
import type { AccessContext } from '../my-access/index.ts'
import type { SpaceWait } from './pages.ts'
import type { SpaceReading } from './space-reading.ts'
import { bodyWords, dataWords } from './space-reading.ts'

// What waits for her, the most pressing first.

/** A sharing that ends within so many days is told. */
const soonDays = 30
/** An answer to a question of hers is told for so long: nothing is kept of whether she has read it. */
const answeredSeconds = 14 * 24 * 3600
/** Questions of hers that are looked at: more than may wait for an answer. */
const mostDisputes = 20

type Known = {
  readonly consents: readonly OwnConsent[]
  readonly requests: readonly { readonly id: string; readonly service: string }[]
  /** Events of her access that stand in no panel. */
  readonly moreAlarms: number
}

export async function waitsNow(
  context: AccessContext,
  reading: SpaceReading,
  { consents, requests, moreAlarms }: Known,
): Promise<readonly SpaceWait[]> {
  const found = [
    ...requests.map(({ id, service }): SpaceWait => {
      return { what: 'sign-in', values: { service }, isMany: false, href: `/acces/demandes/${id}` }
    }),
    ...(moreAlarms === 0 ? [] : [alarmsBeyond(moreAlarms)]),
    ...(await questions(context, reading)),
    ...sharingWaits(consents, reading),
    ...(await answered(context, reading)),
    ...(await addresses(context, reading)),
  ]
  const base = languagePrefixes[reading.language]
  return found.map((wait) => ({ ...wait, href: `${base}${wait.href}` }))
}

function alarmsBeyond(count: number): SpaceWait {
  return { what: 'alarms', values: { count }, isMany: false, href: '/acces' }
}

async function questions(
  { foundation: { db } }: AccessContext,
  reading: SpaceReading,
): Promise<SpaceWait[]> {
  const { who, register, language, words, now } = reading
  const requests = await openRequests(db, who.personId, now)
  return requests
    .filter((request) => isAskable(request, register, now))
    .map((request) => {
      const { agreement, dataset } = objectsOf(request, register)
      const asked = request.categoriesRequired | request.categoriesOptional
      const body = bodyWords(register.organisation(agreement.recipient), reading)
      return {
        ...body,
        what: 'question',
        values: {
          ...body.values,
          data: dataWords(categoriesIn(dataset, asked), reading),
          until: words.date(language, lastMoment(request.expiresAt)),
        },
        href: waitingAddress(request),
      }
    })
}

// One that is held or paused waits for more than her word, and « Mes partages » says so.
function sharingWaits(consents: readonly OwnConsent[], reading: SpaceReading): SpaceWait[] {
  const { register, now } = reading
  const running = consents.filter(
    (consent) =>
      stateAt(consent, now) === 'active' && obstacle(consent, register, now) === undefined,
  )
  const soon = running.filter(
    ({ validUntil }) => daysBetween(now, lastMoment(validUntil)) <= soonDays,
  )
  const due = running.filter(
    (consent) => !soon.includes(consent) && isConfirmationDue(consent, now),
  )
  return [
    ...soon.map((consent) => sharingWait('ends', consent, reading)),
    ...due.map((consent) => sharingWait('confirmation', consent, reading)),
  ]
}

function sharingWait(
  what: 'ends' | 'confirmation',
  { consentId, recipient, validUntil }: OwnConsent,
  reading: SpaceReading,
): SpaceWait {
  const { register, language, words } = reading
  const until = words.date(language, lastMoment(validUntil))
  const body = bodyWords(register.organisationByRoot(recipient), reading)
  return {
    what,
    isMany: false, // « Le partage avec … » has no verb of the body.
    values: { ...body.values, until },
    href: `/mes-partages/${writeId('con', consentId)}`,
  }
}

async function answered(
  { foundation: { db } }: AccessContext,
  reading: SpaceReading,
): Promise<SpaceWait[]> {
  const { who, register, language, words, now } = reading
  const since = secondsAfter(now, -answeredSeconds)
  const asked = await disputePage(db, who.personId, undefined, mostDisputes)
  return asked.flatMap(({ decisionId, routedTo, answeredAt }): SpaceWait[] => {
    if (answeredAt === null || answeredAt < since) return []
    const body = bodyWords(register.organisationByRoot(routedTo), reading)
    return [
      {
        ...body,
        what: 'answered',
        values: { ...body.values, date: words.date(language, answeredAt) },
        href: `/mes-partages/signalements/${writeId('dec', decisionId)}`,
      },
    ]
  })
}

async function addresses(
  { foundation: { db, keys }, vault }: AccessContext,
  { who, now }: SpaceReading,
): Promise<SpaceWait[]> {
  const seals = contactSeals(keys)
  const waiting = await contactsToConfirm(db, vault.seals, who.personId, now)
  return waiting.map(({ channel, sealed, contactId }) => ({
    what: 'address',
    isMany: false,
    values: { address: maskedAddress({ channel, address: seals.open(sealed, contactId) }) },
    href: `/acces/messages/adresses/${writeId('adr', contactId)}`,
  }))
}
