import type { Narrowing } from '../../consent/asking/index.ts'
import {
  lastMoment,
  narrowableConsent,
  narrowingSends,
  newNarrowing,
  termsOfNarrowing,
} from '../../consent/asking/index.ts'
import { mapSending, sendingLines } from '../../consent/record/index.ts'
import { dayOf } from '../../base/platform/calendar.ts'
import { readId } from '../../base/platform/ids.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { Words } from '../../base/web/words.ts'
import type { NarrowingPage, NarrowingRegion, NarrowPage } from './narrow-pages.ts'
import type { SharingReading } from './reading.ts'
import { findSharing } from './sharings.ts'
import { categoryLabels } from '../../registry/index.ts'

/** What a person fills in: the last day, the optional categories that go on being sent, and how often at most. */
export type NarrowChoice = {
  readonly lastDay: string
  readonly keep: readonly string[]
  /** NaN fits no limit; undefined: the form does not ask. */
  readonly times: number | undefined
}

/** The page on which she chooses, with what she had chosen before. @throws as `narrowableConsent` */
export async function narrowPage(
  reading: SharingReading,
  id: string,
  chosen: NarrowChoice | undefined,
): Promise<Omit<NarrowPage, 'csrf' | 'action' | 'keepHref' | 'problem' | 'field'>> {
  const { db, seals, personId, register, language, now } = reading
  const { sharing, consent, contacts } = await findSharing(reading, id)
  const { consentId } = consent
  const { lastDay, optional, frequency } = await narrowableConsent(
    db,
    seals,
    register,
    { personId, consentId },
    now,
  )
  return {
    contacts,
    sharing,
    lastDay: chosen?.lastDay ?? lastDay,
    firstPossible: dayOf(now),
    first: now,
    lastPossible: lastDay,
    frequency: frequency && {
      ...frequency,
      times: chosen?.times === undefined ? frequency.count : wholeOr(frequency.count, chosen.times),
    },
    optional: optional.map((categoryId) => ({
      id: categoryId,
      label: categoryLabels(register, language)(categoryId),
      description: register.category(categoryId)?.description[language] ?? '',
      isKept: chosen === undefined || chosen.keep.includes(categoryId),
    })),
  }
}

function wholeOr(otherwise: number, times: number): number {
  return Number.isInteger(times) ? times : otherwise
}

/** The narrower sharing that she chose, and the page that shows it. @throws as `newNarrowing` */
export async function narrowingPage(
  reading: SharingReading,
  words: Words,
  id: string,
  choice: NarrowChoice,
): Promise<{ narrowing: Narrowing; region: NarrowingRegion; contacts: NarrowingPage['contacts'] }> {
  const { register, language, now } = reading
  const { sharing, others, contacts } = await findSharing(reading, id)
  const narrowing = await chosenNarrowing(reading, id, choice)
  const { before, row } = narrowing
  const sending = narrowingSends({ row, held: others, register, now }, before)
  const isShorter = row.validUntil < before.validUntil
  const region: NarrowingRegion = {
    recipient: sharing.recipient,
    holder: sharing.holder,
    until: lastMoment(row.validUntil),
    untilBefore: isShorter ? lastMoment(before.validUntil) : undefined,
    sending: sendingLines(mapSending(sending, categoryLabels(register, language)), true),
    limit: lowered(narrowing),
    terms: termsOfNarrowing(narrowing, register, language, words),
  }
  return { narrowing, region, contacts }
}

function lowered({ before, row }: Narrowing): NarrowingRegion['limit'] {
  const { frequencyCount: count, frequencyPer: per } = row
  const { frequencyCount: countBefore } = before
  if (count === null || per === null || countBefore === null || count === countBefore)
    return undefined
  return { count, per, countBefore }
}

/** @throws as `newNarrowing` */
export function chosenNarrowing(
  { db, seals, personId, register, now }: SharingReading,
  id: string,
  choice: NarrowChoice,
): Promise<Narrowing> {
  const consentId = readId('con', id)
  if (consentId === undefined) throw new Refusal('sharing.not-found', 404)
  return newNarrowing(db, seals, register, { personId, consentId, ...choice }, now)
}
