import type { AnswersGiven } from '../../consent/decisions/index.ts'
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
import type { Exchange } from '../picture/index.ts'
import { pictureOf } from '../picture/index.ts'
import { bodyNames, categoryLabels, objectsOf, topics } from '../../registry/index.ts'
import type { PermittedByLaw } from '../../consent/disclosures/index.ts'
import { decisionsOf, lastSentOfEach, permittedByLaw } from '../../consent/disclosures/index.ts'
import { eventOf, aftermathOf, shownEvents } from './aftermath.ts'
import { lawSharings } from './law.ts'
import type { Lead } from '../../consent/standing/index.ts'
import type {
  LawSharing,
  LawSubject,
  SharingView,
  SharingEvent,
  SharingsPage,
  SilencedLine,
  SharingTopic,
  SubjectLink,
  WaitingLine,
} from './pages.ts'
import type { SharingInput } from './sharing-input.ts'
import { inquiredTest } from './inquiries.ts'
import { isOpen, sharingView, soonDays } from './sharings.ts'

/**
 * « Mes partages »
 * @param wanted the subject of her life to show; a value that is no subject of hers shows all
 */
export async function sharingsPage(
  reading: SharingInput,
  wanted: string | undefined,
): Promise<Omit<SharingsPage, 'csrf'>> {
  const { db, seals, personId, language } = reading
  const base = language === 'en' ? '/en' : ''
  const answers = await consentsOf(db, seals, personId)
  const { consents, isWhole } = answers
  const sent = await lastSentOfEach(db, personId)
  const isInquired = await inquiredTest(reading, consents)
  const all = consents.flatMap((item) =>
    sharingView(item, consents, reading).map((sharing) => ({
      ...sharing,
      lastSentAt: sent.get(item.consentId),
      isInquired: isInquired(item),
    })),
  )
  const permitted = await permittedByLaw(db, personId)
  const allLawful = lawSharings(reading, answers, permitted)
  const subjects = subjectsOf([...all, ...allLawful])
  const subject = subjects.find((item) => item === wanted)
  const isShown = ({ topic }: { readonly topic: SharingTopic }) =>
    subject === undefined || topic === subject
  const open = all.filter(isShown).filter(isOpen)
  const running = open.filter(isRunning)
  const lawful = allLawful.filter(isShown)
  const used = lawful.filter(({ lastAt }) => lastAt !== undefined)
  const waiting = await waitingLines(reading)
  const picture = pictureOf(exchangesOf({ open, lawful: used }, base))
  return {
    lead: await leadNow({ waiting: waiting.length, answers, permitted }, reading),
    subjects: subjects.length < 2 ? [] : subjects.map((item) => linkOf(item, base)),
    subject,
    isWhole,
    picture,
    isPictureOpen: (picture?.rows.length ?? 0) >= leastRibbons,
    waiting: subject === undefined ? waiting : [],
    silenced: subject === undefined ? await silencedLines(reading, base) : [],
    soon: running.filter(endsSoon),
    active: running.filter((sharing) => !endsSoon(sharing)),
    paused: open.filter((sharing) => !isRunning(sharing)),
    ended: all.filter(isShown).filter((sharing) => !isOpen(sharing)),
    lawful: used.filter(({ isInForce }) => isInForce),
    lawfulBefore: used.filter(({ isInForce }) => !isInForce),
    bySubject: bySubject(subjectsOf([...open, ...lawful]), lawful),
    attempts: subject === undefined ? await attemptsOf(reading) : [],
  }
}

/** A picture of fewer says no more than its cards. */
const leastRibbons = 3

function isRunning({ state, holds }: SharingView): boolean {
  return state === 'active' && holds.length === 0
}

/** What the law permits now, by subject; a subject of hers about which it permits nothing says so. */
function bySubject(
  subjects: readonly SharingTopic[],
  lawful: readonly LawSharing[],
): readonly LawSubject[] {
  const now = lawful.filter(({ isInForce }) => isInForce)
  return subjects.map((subject) => ({
    subject,
    sharings: now.filter(({ topic }) => topic === subject),
  }))
}

function endsSoon({ daysLeft }: SharingView): boolean {
  return daysLeft <= soonDays
}

async function attemptsOf(reading: SharingInput): Promise<SharingEvent[]> {
  const listed = { consentId: undefined, before: undefined, limit: shownEvents }
  const attempts = await decisionsOf(reading.db, reading.personId, listed)
  const followed = await aftermathOf(reading, attempts)
  return attempts.map((decision) => eventOf(decision, reading, followed))
}

function subjectsOf(
  sharings: readonly { readonly topic: SharingTopic }[],
): readonly SharingTopic[] {
  return subjectOrder.filter((subject) => sharings.some(({ topic }) => topic === subject))
}

const subjectOrder: readonly SharingTopic[] = [...topics, 'other']

function linkOf(subject: SharingTopic, base: string): SubjectLink {
  return { subject, href: `${base}/mes-partages?sujet=${subject}` }
}

type LeadFacts = {
  readonly waiting: number
  readonly answers: AnswersGiven
  readonly permitted: readonly PermittedByLaw[]
}

// Whatever the page shows, the sentence is about all: `decide` says who may receive something.
async function leadNow(
  { waiting, answers, permitted }: LeadFacts,
  { db, seals, personId, register, words, language, now }: SharingInput,
): Promise<Lead> {
  const facts = await readStandingFacts(db, seals, { personId, answers, register })
  const wasUsed = usedByLaw(permitted, register)
  const said = sayNow(whatStillFlows(facts, register, now), { waiting, wasUsed }, now)
  return leadOf(said, { words, register, language })
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

type Drawn = {
  readonly open: readonly SharingView[]
  readonly lawful: readonly LawSharing[]
}

/** What may be sent, or may be again, in the form that the picture takes: nothing that was refused or is over. */
export function exchangesOf({ open, lawful }: Drawn, base: string): readonly Exchange[] {
  return [
    ...open.map((sharing) => exchangeOf(sharing, base)),
    ...lawful
      .filter(({ isInForce }) => isInForce)
      .map((sharing) => ({ ...sharing, right: 'law' as const, date: undefined })),
  ]
}

function exchangeOf(sharing: SharingView, base: string): Exchange {
  const { until, id } = sharing
  const href = `${base}/mes-partages/${id}`
  return { ...sharing, right: rightOf(sharing), date: until, article: undefined, href }
}

function rightOf(sharing: SharingView): Exchange['right'] {
  if (sharing.holds.includes('person')) return 'paused'
  return isRunning(sharing) ? 'choice' : 'held'
}
