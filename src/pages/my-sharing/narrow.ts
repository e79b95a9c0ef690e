import type { NarrowingPair } from '../../consent/asking/index.ts'
import {
  lastMoment,
  narrowableConsent,
  narrowingSends,
  newNarrowing,
  termsOfNarrowing,
} from '../../consent/asking/index.ts'
import { currentWindow, mapSending, sendingLines } from '../../consent/record/index.ts'
import { readId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { capital } from '../../base/web/lists.ts'
import type { Words } from '../../base/web/words.ts'
import type { NarrowingPage, NarrowingRegion, NarrowPage } from './narrow-pages.ts'
import { dataOf } from '../../consent/standing/index.ts'
import { droppedData, readFlowsLeft } from './deed-outcome.ts'
import type { SharingInput } from './sharing-input.ts'
import { findSharing } from './sharings.ts'
import { categoryLabels, fromBody, namesInSentence, toBody } from '../../registry/index.ts'

/** What a person fills in: the last day, the optional categories that go on being sent, and how often at most. */
export type NarrowChoice = {
  /** undefined: as before. */
  readonly lastDay: string | undefined
  readonly keep: readonly string[]
  /** NaN fits no limit; undefined: the form does not ask. */
  readonly times: number | undefined
}

/** The page on which she chooses. @param kept what she had left ticked in a try that failed @throws as `narrowableConsent` */
export async function narrowPage(
  reading: SharingInput,
  id: string,
  kept: readonly string[] | undefined,
): Promise<Pick<NarrowPage, 'contacts' | 'sharing' | 'frequency' | 'optional'>> {
  const { db, seals, personId, register, language, now } = reading
  const { sharing, consent, contacts } = await findSharing(reading, id)
  const { consentId } = consent
  const { optional, frequency } = await narrowableConsent(
    db,
    seals,
    register,
    { personId, consentId },
    now,
  )
  return {
    contacts,
    sharing,
    frequency,
    optional: optional.map((categoryId) => ({
      id: categoryId,
      label: categoryLabels(register, language)(categoryId),
      description: register.category(categoryId)?.description[language] ?? '',
      isKept: kept === undefined || kept.includes(categoryId),
    })),
  }
}

/** The narrower sharing that she chose, and the page that shows it. @throws as `newNarrowing` */
export async function narrowingPage(
  reading: SharingInput,
  words: Words,
  id: string,
  choice: NarrowChoice,
): Promise<{
  narrowing: NarrowingPair
  region: NarrowingRegion
  contacts: NarrowingPage['contacts']
  left: NarrowingPage['left']
  afterwards: NarrowingPage['afterwards']
  counted: number
}> {
  const { register, language, now } = reading
  const { consent, others, contacts, answers } = await findSharing(reading, id)
  const nameOf = namesInSentence(register, language)
  const narrowing = await narrowingOfChoice(reading, id, choice)
  const { before, row } = narrowing
  const sending = narrowingSends({ row, held: others, register, now }, before)
  const isShorter = row.validUntil < before.validUntil
  const region: NarrowingRegion = {
    from: capital(fromBody(nameOf(consent.holder), language)),
    to: toBody(nameOf(consent.recipient), language),
    until: lastMoment(row.validUntil),
    untilBefore: isShorter ? lastMoment(before.validUntil) : undefined,
    sending: sendingLines(mapSending(sending, categoryLabels(register, language)), true),
    limit: lowered(narrowing),
    terms: termsOfNarrowing(narrowing, register, language, words),
  }
  const categories = row.categoriesRequired | row.categoriesOptional
  const { validUntil, frequencyCount } = row
  const to = { categories, validUntil, frequencyCount }
  const told = { records: [consent.consentId] }
  const deed = { kind: 'narrow', record: consent.consentId, to } as const
  const among = { consent, answers }
  const gone = droppedData(to, before, reading)
  const kept = dataOf({ ...before, categories }, register)
  const left = await readFlowsLeft(among, reading, { ...told, data: gone, deed, tense: 'future' })
  const after = { ...told, data: isShorter ? kept : [], deed, at: validUntil }
  const { sentences } = await readFlowsLeft(among, reading, { ...after, tense: 'afterwards' })
  const counted = region.limit === undefined ? 0 : (currentWindow(consent, now)?.uses ?? 0)
  return { narrowing, region, contacts, left, afterwards: sentences, counted }
}

function lowered({ before, row }: NarrowingPair): NarrowingRegion['limit'] {
  const { frequencyCount: count, frequencyPer: per } = row
  const { frequencyCount: countBefore } = before
  if (count === null || per === null || countBefore === null || count === countBefore)
    return undefined
  return { count, per, countBefore }
}

/** @throws as `newNarrowing` */
export function narrowingOfChoice(
  { db, seals, personId, register, now }: SharingInput,
  id: string,
  choice: NarrowChoice,
): Promise<NarrowingPair> {
  const consentId = readId('con', id)
  if (consentId === undefined) throw new Refusal('sharing.not-found', 404)
  return newNarrowing(db, seals, register, { personId, consentId, ...choice }, now)
}
