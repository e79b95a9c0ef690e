import type { FollowUp } from '../../consent/disclosures/index.ts'
import { marksOf } from '../../consent/disclosures/index.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { legalBasis } from '../../registry/index.ts'
import type { ActivityReading, LineOutcome } from './activity-reading.ts'
import { isWaiting, partiesSaid, recipientOf } from './activity-reading.ts'
import type { LineGroup } from './pages.ts'
import type { LineRow } from './rows.ts'

// A line as it stands in a list: one link, and one line of small words beside it. Its own page says the rest.

/** What is unusual stands above the days for so long: nothing is kept of whether she has read it. */
export const unusualSeconds = 14 * 24 * 3600

/** A body asked although she had stopped or paused the sharing, or what we keep of her choice was changed. */
const unusualReasons = ['CONSENT_REVOKED', 'CONSENT_SUSPENDED', 'RECORD_UNTRUSTED']
const alarms =
  /^access\.(recovered|ordered|suspended)$|^record\.untrusted$|^(passkey|security-key|password|totp)\.suspended$/

/** The kinds of rows of which some are unusual. */
export const unusualKinds = [
  'refused',
  'authorised',
  'unconfirmed',
  'unpermitted',
  'declared',
  'inquired',
  'access.recovered',
  'access.ordered',
  'access.suspended',
  'record.untrusted',
]

/** A row with what became of it. */
export type Became = {
  readonly became: LineOutcome
  readonly followed: FollowUp | undefined
  /** Whether she has asked or complained about it. */
  readonly isAsked: boolean
}

/** What the summary of a day counts it as. */
export function groupOf(row: LineRow, became: LineOutcome, isSignIn: boolean): LineGroup {
  if (isSignIn) return 'sign-in'
  if (became === undefined) return groupOfDeed(row)
  return groups[became] === 'sent' && isByLaw(row) ? 'law' : groups[became]
}

function groupOfDeed({ source, kind }: LineRow): LineGroup {
  if (source === 'requests') return 'asked'
  if (source === 'notices') return 'told'
  if (source === 'ends') return 'ended'
  if (source === 'consents')
    return /\.(granted|refused|confirmed)$/.test(kind) ? 'answered' : 'changed'
  if (alarms.test(kind)) return 'alarm'
  return kind === 'access.opened' ? 'opened' : 'access'
}

const groups: Readonly<Record<Exclude<LineOutcome, undefined>, LineGroup>> = {
  sent: 'sent',
  'nothing-sent': 'nothing',
  allowed: 'unsure',
  unconfirmed: 'unsure',
  refused: 'refused',
  unpermitted: 'unpermitted',
  declared: 'unpermitted',
  inquired: 'checked',
  excused: 'checked',
}

const icons: Readonly<Record<LineGroup, string>> = {
  alarm: 'warning',
  unpermitted: 'warning',
  refused: 'refused',
  unsure: 'waiting',
  sent: 'sent',
  law: 'sent',
  checked: 'search',
  nothing: 'refused',
  asked: 'question',
  answered: 'pen',
  changed: 'pen',
  ended: 'receipt',
  told: 'law',
  opened: 'shield',
  access: 'shield',
  'sign-in': 'key',
}

export function iconOf(group: LineGroup): string {
  return icons[group]
}

/** What a line is shown with. */
type Shown = {
  readonly title: string
  readonly subject: string | undefined
  /** What it was done with or through; undefined where the line does not say it. */
  readonly by: string | undefined
}

/** The words of the link: what it is about and what became of it. Who received it stands beside it. */
export function shortOf(
  { t }: ActivityReading,
  row: LineRow,
  became: LineOutcome,
  { title, subject }: Shown,
): string {
  if (row.source === 'access' || became === 'inquired' || became === 'excused') return title
  if (became === undefined) return t(`my-activity.short.${deedOf(row)}`)
  return subject === undefined ? title : t(`my-activity.short.${became}`, { what: subject })
}

/** What she did, or was asked, in a line that is no sending. */
export function deedOf({ source, kind, isChange }: LineRow): string {
  if (source === 'requests') return 'asked'
  return kind === 'consent.refused' && isChange ? 'consent.refused-change' : kind
}

/** The small words beside it, after the time. */
export function smallWordsOf(
  reading: ActivityReading,
  row: LineRow,
  { became, followed }: Became,
  { subject, by }: Shown,
): string[] {
  const { t } = reading
  const say = (what: string) => t(`my-activity.aside.${what}`)
  if (row.source === 'access') return by === undefined ? [] : [by]
  if (became === undefined)
    return [
      recipientOf(row, reading),
      ...(subject === undefined ? [] : [subject]),
      ...answerTo(row, reading),
    ]
  const right = rightsOf(row).map(say)
  const received = followed?.isReceived === true ? [say('received')] : []
  const asides: Readonly<Record<Exclude<LineOutcome, undefined>, readonly string[]>> = {
    sent: [...received, ...right],
    'nothing-sent': right,
    allowed: [say('allowed'), ...right],
    unconfirmed: [say('unconfirmed'), ...right],
    refused: row.reason === null ? [] : [t(`my-sharing.reason.${row.reason}`)],
    unpermitted: [],
    declared: [],
    inquired: [],
    excused: [],
  }
  const doubtful = doubtsOf(followed).length > 0 ? [say('doubtful')] : []
  return [partiesSaid(row, reading).toRecipient, ...asides[became], ...doubtful]
}

/** Whether a question waits for her answer, or had none. */
function answerTo(row: LineRow, { t, now }: ActivityReading): string[] {
  if (row.source !== 'requests' || row.kind !== 'requested') return []
  return [t(`my-activity.aside.${isWaiting(row, now) ? 'waiting' : 'unanswered'}`)]
}

function rightsOf(row: LineRow): readonly ('law' | 'choice')[] {
  if (isByLaw(row)) return ['law']
  return row.consentId === null ? [] : ['choice']
}

/** Marks that nobody has explained yet. */
function doubtsOf(followed: FollowUp | undefined) {
  return marksOf(followed).filter((mark) => mark !== 'corrected' && mark !== 'late')
}

function isByLaw({ source, legalBasisId }: LineRow): boolean {
  return source === 'decisions' && legalBasis(legalBasisId ?? '')?.requiresConsent === false
}

/** Whether a line stands above the days: it is of late, she has not asked about it, and it is not as it should be. */
export function isUnusual(
  { kind, reason, at, shownFrom }: LineRow,
  { became, followed, isAsked }: Became,
  now: Date,
): boolean {
  if (isAsked || (shownFrom ?? at) < secondsAfter(now, -unusualSeconds)) return false
  if (became === undefined) return alarms.test(kind)
  if (became === 'refused') return unusualReasons.includes(reason ?? '')
  return (
    ['unconfirmed', 'unpermitted', 'declared', 'inquired'].includes(became) ||
    doubtsOf(followed).length > 0
  )
}
