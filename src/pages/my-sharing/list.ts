import { isAskable, objectsOf, openRequests, silencedOf } from '../../consent/asking/index.ts'
import { categoriesIn, consentsOf } from '../../consent/record/index.ts'
import { writeId } from '../../base/platform/ids.ts'
import type { Exchange } from '../picture/index.ts'
import { pictureOf } from '../picture/index.ts'
import { bodyNames, categoryLabels, topics } from '../../registry/index.ts'
import { decisionsOf } from '../../consent/disclosures/index.ts'
import { eventOf, followedOf, shownEvents } from './aftermath.ts'
import { lawSharings } from './law.ts'
import type {
  LawSharing,
  SharingSeen,
  SharingEvent,
  SharingsPage,
  SilencedLine,
  SharingTopic,
  SubjectLink,
  Summary,
  WaitingLine,
} from './pages.ts'
import type { SharingReading } from './reading.ts'
import { isOpen, sharingOf, soonDays } from './sharings.ts'

/**
 * « Mes partages »
 * @param wanted the subject of her life to show; a value that is no subject of hers shows all
 */
export async function sharingsPage(
  reading: SharingReading,
  wanted: string | undefined,
): Promise<Omit<SharingsPage, 'csrf'>> {
  const { db, seals, personId, language } = reading
  const base = language === 'en' ? '/en' : ''
  const answers = await consentsOf(db, seals, personId)
  const { consents, isWhole } = answers
  const all = consents.flatMap((item) => sharingOf(item, consents, reading))
  const allLawful = await lawSharings(reading, answers)
  const subjects = subjectsOf([...all, ...allLawful])
  const subject = subjects.find((item) => item === wanted)
  const isShown = ({ topic }: { readonly topic: SharingTopic }) =>
    subject === undefined || topic === subject
  const sharings = all.filter(isShown)
  const lawful = allLawful.filter(isShown)
  const open = sharings.filter(isOpen)
  const attempts = subject === undefined ? await attemptsOf(reading) : []
  return {
    summary: summaryOf(all, allLawful),
    subjects: subjects.length < 2 ? [] : subjects.map((item) => linkOf(item, base)),
    subject,
    isWhole,
    picture: pictureOf(exchangesOf({ sharings, lawful, attempts }, base)),
    waiting: subject === undefined ? await waitingLines(reading) : [],
    silenced: subject === undefined ? await silencedLines(reading, base) : [],
    soon: open.filter(endsSoon),
    active: open.filter((sharing) => !endsSoon(sharing)),
    ended: sharings.filter((sharing) => !isOpen(sharing)),
    lawful: lawful.filter(({ lastAt }) => lastAt !== undefined),
    unused: lawful.filter(({ lastAt }) => lastAt === undefined),
    attempts,
  }
}

function endsSoon({ daysLeft }: SharingSeen): boolean {
  return daysLeft <= soonDays
}

async function attemptsOf(reading: SharingReading): Promise<SharingEvent[]> {
  const listed = { consentId: undefined, before: undefined, limit: shownEvents }
  const attempts = await decisionsOf(reading.db, reading.personId, listed)
  const followed = await followedOf(reading, attempts)
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

// Counts who may receive something today. A body with both her permission and the law's counts once in the total.
function summaryOf(sharings: readonly SharingSeen[], lawful: readonly LawSharing[]): Summary {
  const chosen = sharings.filter(({ state, holds }) => state === 'active' && holds.length === 0)
  const inForce = lawful.filter(({ isInForce, isShownLater }) => isInForce && !isShownLater)
  return {
    bodies: bodiesOf([...chosen, ...inForce]),
    chosen: bodiesOf(chosen),
    lawful: bodiesOf(inForce),
  }
}

async function waitingLines({
  db,
  personId,
  register,
  language,
  now,
}: SharingReading): Promise<WaitingLine[]> {
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
  { db, personId, register, language }: SharingReading,
  base: string,
): Promise<SilencedLine[]> {
  const silenced = await silencedOf(db, personId)
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

function bodiesOf(items: readonly { readonly recipient: string }[]): number {
  return new Set(items.map(({ recipient }) => recipient)).size
}

type Listed = Pick<SharingsPage, 'lawful' | 'attempts'> & {
  readonly sharings: readonly SharingSeen[]
}

/** All sharings in the form that the picture takes. */
export function exchangesOf(
  { sharings, lawful, attempts }: Listed,
  base: string,
): readonly Exchange[] {
  return [
    // A change that the person refused is not drawn as an exchange.
    ...sharings
      .filter(({ state, isChange }) => state !== 'refused' || !isChange)
      .map((sharing) => exchangeOf(sharing, base)),
    ...lawful.map((sharing) => ({
      ...sharing,
      right: sharing.isInForce ? ('law' as const) : ('ended' as const),
      date: sharing.isInForce ? undefined : sharing.lastAt,
    })),
    ...attempts.map((attempt) => ({
      ...attempt,
      purpose: '',
      right: 'blocked' as const,
      date: attempt.at,
      article: undefined,
      href: undefined,
    })),
  ]
}

function exchangeOf(sharing: SharingSeen, base: string): Exchange {
  const { what, declined, endedAt, until, id } = sharing
  return {
    ...sharing,
    what: what.length === 0 ? declined : what,
    right: rightOf(sharing),
    date: endedAt ?? until,
    article: undefined,
    href: `${base}/mes-partages/${id}`,
  }
}

function rightOf({ state, holds }: SharingSeen): Exchange['right'] {
  if (state === 'refused') return 'refused'
  if (state !== 'active' && state !== 'suspended') return 'ended'
  if (holds.includes('person')) return 'paused'
  return holds.length > 0 || state === 'suspended' ? 'held' : 'choice'
}
