import { languagePrefixes } from '../../base/values/languages.ts'
import type { Lead, StillFlows } from '../../consent/standing/index.ts'
import {
  leadOf,
  readStandingFacts,
  sayNow,
  usedByLaw,
  whatStillFlows,
} from '../../consent/standing/index.ts'
import { isAskable, openRequests, silencedQuestionsOf } from '../../consent/asking/index.ts'
import { categoriesIn, consentsOf } from '../../consent/record/index.ts'
import { writeId } from '../../base/values/ids.ts'
import { legendOf } from '../../base/web/strands.ts'
import { bodyNames, categoryLabels, objectsOf } from '../../registry/index.ts'
import type { PermittedByLaw } from '../../consent/disclosures/index.ts'
import { decisionsOf, lastSentOfEach, permittedByLaw } from '../../consent/disclosures/index.ts'
import { eventOf, aftermathOf, shownEvents } from './aftermath.ts'
import type { OpenSharing } from './bodies.ts'
import { blocksWith, bodyBlocks, searchableCount, maxWords } from './bodies.ts'
import type { LawFlow } from './law.ts'
import { lawFlows } from './law.ts'
import type {
  LawSharing,
  PortraitPage,
  PortraitView,
  SharingView,
  SharingEvent,
  SharingsPage,
  SilencedLine,
  WaitingLine,
} from './pages.ts'
import { portraitOf } from './portrait.ts'
import type { SharingInput } from './sharing-input.ts'
import { inquiredTest } from './inquiries.ts'
import { isOpen, sharingView } from './sharings.ts'

/**
 * « Mes partages », by the body that receives.
 * @param typed words that she looks for; what is longer than any name is cut
 */
export async function sharingsPage(
  reading: SharingInput,
  typed: string | undefined,
): Promise<Omit<SharingsPage, 'csrf'>> {
  const base = languagePrefixes[reading.language]
  const words = typed?.trim().slice(0, maxWords) ?? ''
  const found = await sharingsOf(reading)
  const waiting = await waitingLines(reading)
  const isWhole = found.flows.isWhole
  const blocks = bodyBlocks(found, reading)
  const count = blocks.flatMap(({ flows }) => flows).length
  const isSearchable = count >= searchableCount || words !== ''
  const lead = leadNow(found, waiting.length, reading)
  if (words !== '') {
    const none = { ended: [], lawfulBefore: [], silenced: [], attempts: [] }
    const some = blocksWith(words, blocks)
    return { lead, isWhole, waiting, words, isSearchable, blocks: some, ...none }
  }
  return {
    lead,
    isWhole,
    waiting,
    words,
    isSearchable,
    blocks,
    ended: found.ended,
    lawfulBefore: found.lawfulBefore,
    silenced: await silencedLines(reading, base),
    attempts: await attemptsOf(reading),
  }
}

/** « Le portrait »: the same rows, drawn. */
export async function portraitPage(
  reading: SharingInput,
  view: PortraitView,
): Promise<PortraitPage> {
  const found = await sharingsOf(reading)
  const waiting = await waitingLines(reading)
  const lead = leadNow(found, waiting.length, reading)
  const strands = portraitOf(found, reading, view)
  return { lead, view, looks: legendOf(strands), strands }
}

type Found = {
  readonly open: readonly OpenSharing[]
  readonly ended: readonly SharingView[]
  readonly lawful: readonly LawFlow[]
  readonly lawfulBefore: readonly LawSharing[]
  readonly flows: StillFlows
  readonly permitted: readonly PermittedByLaw[]
}

async function sharingsOf(reading: SharingInput): Promise<Found> {
  const { db, seals, vault, personId, register, now } = reading
  const answers = await consentsOf(db, seals, personId)
  const { consents } = answers
  const sent = await lastSentOfEach(db, personId)
  const isInquired = await inquiredTest(reading, consents)
  const all = consents.flatMap((consent) =>
    sharingView(consent, consents, reading).map((sharing) => ({
      consent,
      sharing: {
        ...sharing,
        lastSentAt: sent.get(consent.consentId),
        isInquired: isInquired(consent),
      },
    })),
  )
  const { heads } = vault
  const facts = await readStandingFacts(db, seals, { personId, answers, register, heads })
  const permitted = await permittedByLaw(db, personId)
  const lawful = lawFlows(reading, answers, permitted)
  return {
    open: all.filter(({ sharing }) => isOpen(sharing)),
    ended: all.map(({ sharing }) => sharing).filter((sharing) => !isOpen(sharing)),
    lawful: lawful.filter(isCounted),
    lawfulBefore: lawful.filter((one) => !isCounted(one)).map(({ sharing }) => sharing),
    flows: whatStillFlows(facts, register, now),
    permitted,
  }
}

async function attemptsOf(reading: SharingInput): Promise<SharingEvent[]> {
  const listed = { consentId: undefined, before: undefined, limit: shownEvents }
  const attempts = await decisionsOf(reading.db, reading.personId, listed)
  const followed = await aftermathOf(reading, attempts)
  return attempts.map((decision) => eventOf(decision, reading, followed))
}

// What the law may show only later is in no count: it stands among what was. What is suspended is not over.
function isCounted({ sharing }: LawFlow): boolean {
  const { isInForce, isSuspended, isShownLater, brake } = sharing
  return (isInForce || isSuspended || brake !== undefined) && !isShownLater
}

// Whatever the page shows, the sentence is about all: `decide` says who may receive something.
function leadNow(
  { flows, permitted }: Found,
  waiting: number,
  { register, words, language, now }: SharingInput,
): Lead {
  const wasUsed = usedByLaw(permitted, register)
  return leadOf(sayNow(flows, { waiting, wasUsed }, now), { words, register, language })
}

async function waitingLines({
  db,
  personId,
  register,
  language,
  now,
}: SharingInput): Promise<WaitingLine[]> {
  const requests = await openRequests(db, personId, now)
  return requests
    .filter((request) => isAskable(request, register, now))
    .map((request) => {
      const { agreement, purpose } = objectsOf(request, register)
      const { requestId, itemNo, createdAt, expiresAt } = request
      return {
        id: `${writeId('req', requestId)}/${itemNo}`,
        recipient: bodyNames(register, language)(agreement.recipient),
        purpose: purpose.label[language],
        askedAt: createdAt,
        until: expiresAt,
      }
    })
}

async function silencedLines(
  { db, personId, register, language }: SharingInput,
  base: string,
): Promise<SilencedLine[]> {
  const silenced = await silencedQuestionsOf(db, personId)
  return silenced.map(({ silenceId, recipient, holder, dataset, categories, ...rest }) => {
    const found = register.datasetByNo(dataset)
    const ids = found === undefined ? [] : categoriesIn(found, categories)
    const { silencedAt, times, lastAt } = rest
    return {
      recipient: bodyNames(register, language)(recipient),
      holder: bodyNames(register, language)(holder),
      what: ids.map(categoryLabels(register, language)),
      since: silencedAt,
      asked: lastAt === null ? undefined : { times, lastAt },
      action: `${base}/mes-partages/questions/${writeId('sil', silenceId)}/reprise`,
    }
  })
}
