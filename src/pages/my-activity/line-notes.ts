import type { OrderRead, StandingRead } from '../../people/accounts/index.ts'
import type { Disputes } from '../../consent/disputes/index.ts'
import { refusalOf } from '../../consent/disputes/index.ts'
import { noonOf } from '../../base/values/calendar.ts'
import { wordOf } from '../../ledger/chain/index.ts'
import { writeId } from '../../base/values/ids.ts'
import type { DeclaredCase, FollowUp, InquiryListed } from '../../consent/disclosures/index.ts'
import { inquiryWhys, marksOf } from '../../consent/disclosures/index.ts'
import { legalBasis } from '../../registry/index.ts'
import type { LineLink } from './pages.ts'
import type { LineOutcome, ActivityReading } from './activity-reading.ts'
import { isWaiting, partiesSaid, referenceOf, yearOf } from './activity-reading.ts'
import { helpNotes } from './help-note.ts'
import type { LineRow } from './rows.ts'
import type { DeskDeedTold } from '../../people/searches/index.ts'
import { deskNotes, fromDeskOf } from './desk-notes.ts'

type LineContext = {
  readonly became: LineOutcome
  readonly followed: FollowUp | undefined
  readonly declared: DeclaredCase | undefined
  readonly inquired: InquiryListed | undefined
  readonly ordered: OrderRead | undefined
  readonly standing: StandingRead | undefined
  readonly desk: DeskDeedTold | undefined
}
type Note = (
  reading: ActivityReading,
  row: LineRow,
  told: LineContext,
) => string | readonly string[] | undefined

/** The notes beside a line, each a sentence. */
export function notesOf(reading: ActivityReading, row: LineRow, told: LineContext): string[] {
  return notes.flatMap((note) => note(reading, row, told) ?? [])
}

const notes: readonly Note[] = [
  function period({ t, words, language }, row) {
    const { periodFrom, periodTo } = row
    if (periodFrom === null || periodTo === null || yearOf(row) !== undefined) return undefined
    const [from, to] = [periodFrom, periodTo].map((day) => words.date(language, noonOf(day)))
    return t('my-activity.note.period', { from: from ?? '', to: to ?? '' })
  },

  function sentAt({ t, words, language }, { at, otherAt }, { became }) {
    if (became !== 'sent' || otherAt === null || minute(otherAt) === minute(at)) return undefined
    return t('my-activity.note.sent-at', { date: words.dateTime(language, otherAt) })
  },

  function shownLater({ t, words, language }, { at, shownFrom }) {
    if (shownFrom === null) return undefined
    const dates = { date: words.date(language, at), from: words.date(language, shownFrom) }
    return t('my-activity.note.shown-later', dates)
  },

  function repeated({ t, words, language }, { times, lastAt }) {
    if (times === 1 || lastAt === null) return undefined
    return t('my-sharing.event.times', { count: times, date: words.dateTime(language, lastAt) })
  },

  function unpermitted({ t }, _row, { became }) {
    return became === 'unpermitted' ? t('my-sharing.event.unpermitted-text') : undefined
  },

  function declaredBy({ t, language }, _row, { declared }) {
    if (declared === undefined) return undefined
    const { law, lawCase } = declared
    const named = { act: law.act[language], section: law.section, url: law.url[language] }
    const noted = [t('my-activity.note.declared-law', named)]
    if (lawCase === undefined) return noted
    const { number, role } = lawCase
    return [...noted, t('my-activity.note.declared-case', { number, role: role[language] })]
  },

  // Counts of a process that was killed are lost: there may have been more.
  function inquiredOn(reading, row, { inquired }) {
    if (inquired === undefined) return undefined
    const { t, words, language } = reading
    const { introspected, decided, undecided, excused } = inquired
    const date = words.date(language, noonOf(inquired.day))
    const parties = partiesSaid(row, reading)
    const whys = inquiryWhys.flatMap((why) => {
      const count = excused[why] ?? 0
      const because = t(`my-activity.inquired.${why}`)
      return count === 0 ? [] : [t('my-activity.note.inquired-why', { count, because, ...parties })]
    })
    const counts = { count: undecided === 0 ? introspected - decided : undecided, date, ...parties }
    return [t('my-activity.note.inquired', counts), ...whys]
  },

  function orderedBy({ t, words, language }, _row, { ordered }) {
    if (ordered === undefined) return undefined
    const { deed, reason, offices, operator, until } = ordered
    const by = offices.map((office) => office[language]).join(', ')
    return [
      t(`my-activity.ordered.${deed}`),
      ...(until === undefined
        ? []
        : [t('my-activity.note.ordered-until', { date: words.date(language, noonOf(until)) })]),
      operator === undefined
        ? t('my-activity.note.ordered', { by })
        : t('my-activity.note.ordered-unsigned', { operator }),
      t('my-activity.note.ordered-why', { reason: reason[language] }),
    ]
  },

  // The line leads to the event of her chain: what the event says is shown, and that there is none.
  function standsSince(reading, { kind, at }, { standing }) {
    const { t, words, language } = reading
    if (!isOfStanding(kind)) return undefined
    if (standing === undefined) return t('my-activity.note.standing-untold')
    const { is, by, organisation } = standing
    const date = words.date(language, is.eraseAt ?? new Date(0))
    const fromDesk = organisation === undefined ? '' : fromDeskOf(reading, at, organisation)
    const saidBy = t(`my-activity.standing-by.${by}`, { fromDesk })
    return [t(`my-activity.standing.${wordOf(is)}`, { date }), saidBy]
  },

  deskNotes,

  function compared({ t }, { kind, reason }) {
    if (kind !== 'file.compared') return undefined
    const [result, reference = '', why = 'same'] = reason?.split(' ') ?? []
    const [said, called] = [
      t(`my-activity.compared.${result}`),
      t('my-activity.note.compared', { reference }),
    ]
    if (why === 'same') return [said, called]
    // The service is not told it: whoever knows what differs guesses better.
    return [said, t(`my-activity.compared.why.${why}`), t('my-activity.compared.alone'), called]
  },

  helpNotes,

  function toldService({ t, words, language }, { kind, reason, otherAt }) {
    if (kind !== 'session.told') return undefined
    const outcome = reason ?? 'waiting'
    return t(`my-activity.told.${outcome}`, {
      date: words.dateTime(language, otherAt ?? new Date(0)),
    })
  },

  function doubtful(reading, row, { followed }) {
    const parties = partiesSaid(row, reading)
    return marksOf(followed).map((mark) => reading.t(`my-sharing.mark.${mark}`, parties))
  },

  function corrected({ t, language }, _row, { followed }) {
    const reason = followed?.correction?.[language]
    return reason === undefined ? undefined : t('my-sharing.mark.reason', { reason })
  },

  function unanswered({ t, words, language, now }, row) {
    if (row.source !== 'requests' || row.kind !== 'requested' || row.otherAt === null)
      return undefined
    if (!isWaiting(row, now)) return t('my-activity.note.unanswered')
    return t('my-activity.note.waiting', { date: words.date(language, row.otherAt) })
  },
]

function minute(at: Date): number {
  return Math.floor(at.getTime() / 60_000)
}

/** Whether a line is of a change of how the access stands, which an event of her chain tells. */
export function isOfStanding(kind: string): boolean {
  return /^access\.(closed|reopened|suspended|restored)$/.test(kind)
}

// Lines of deeds that others did, or in which the person already said that it was not she.
const notHers =
  /^access\.(ordered|suspended|restored|disowned|closed|reopened)$|^file\.compared$|^session\.told$|^desk\.|^help\.looked$|\.suspended$/

/** Links to ask about a line, or to say that it was not she: each leads to the page where that is done, with the line's number. */
export function actsOf(
  reading: ActivityReading,
  row: LineRow,
  disputes: Disputes,
): Omit<LineLink, 'name'>[] {
  const { t, now } = reading
  const reference = referenceOf(row)
  const talk = { href: '/aide#personne', text: t('base.reading.person') }
  const notMe = { href: `/acces/avis/${reference}`, text: t('my-activity.act.not-me') }
  const answer = { href: '/mes-partages', text: t('my-sharing.sharings.answer') }
  const sharing = {
    href: sharingHref(row),
    text: t('my-activity.act.sharing'),
  }
  switch (row.source) {
    case 'decisions':
      return [
        ...disputeActs(`/mes-partages/signalements/${reference}`, row.id, disputes, t),
        ...rightActs(reading, row, sharing),
      ]
    case 'access':
      return notHers.test(row.kind) ? [talk] : [notMe]
    case 'consents':
      return [sharing, notMe]
    case 'requests':
      return isWaiting(row, now) ? [answer] : []
    case 'ends':
      return [sharing]
    case 'receptions':
    case 'inquiries':
      return [sharing, talk]
    case 'declarations':
      return [talk]
    case 'notices':
      return []
  }
}

/** A sending leads to the sharing that allowed it; one by law, to the page that says why, and what she can do. */
function rightActs(
  { register, t }: ActivityReading,
  row: LineRow,
  sharing: Omit<LineLink, 'name'>,
): Omit<LineLink, 'name'>[] {
  if (row.consentId !== null) return [sharing]
  const agreement = register.agreementByNo(row.agreement ?? 0)
  const purpose = register.purposeByNo(row.purpose ?? 0)
  const isByLaw = legalBasis(row.legalBasisId ?? '')?.requiresConsent === false
  if (row.kind === 'refused' || !isByLaw || agreement === undefined || purpose === undefined)
    return []
  return [
    { href: `/mes-partages/loi/${agreement.id}/${purpose.id}`, text: t('my-sharing.law.see') },
  ]
}

function sharingHref({ consentId }: LineRow): string {
  return `/mes-partages${consentId === null ? '' : `/${writeId('con', consentId)}`}`
}

function disputeActs(
  href: string,
  decisionId: string,
  disputes: Disputes,
  t: ActivityReading['t'],
): Omit<LineLink, 'name'>[] {
  const dispute = disputes.byDecision.get(decisionId)
  if (dispute !== undefined) {
    const state = dispute.answeredAt === null ? 'open' : 'answered'
    return [{ href, text: t(`my-sharing.event.dispute-${state}`) }]
  }
  if (refusalOf(disputes, decisionId) !== undefined) return []
  return [
    { href: `${href}?de=question`, text: t('my-activity.act.ask') },
    { href: `${href}?de=signalement`, text: t('my-activity.act.report') },
  ]
}
