import type { Database } from '../../base/platform/database.ts'
import { writeId } from '../../base/platform/ids.ts'
import type { Language } from '../../base/platform/languages.ts'
import type { Values, Words } from '../../base/web/words.ts'
import type { Register } from '../../registry/index.ts'
import type { DecisionOutcome } from '../../consent/disclosures/index.ts'
import { decisionOutcome } from '../../consent/disclosures/index.ts'
import type { LineRow, LineSource } from './rows.ts'

/** Whose lines are read, at which time, by which register, in which language. */
export type ActivityReading = {
  readonly db: Database
  readonly words: Words
  readonly personId: string
  readonly register: Register
  readonly language: Language
  readonly now: Date
  /** Words in that language. */
  readonly t: (key: string, values?: Values) => string
}

export type LineOutcome = DecisionOutcome | 'unpermitted' | undefined

/** What became of a sending; undefined for a row that is no sending. */
export function outcomeOfLine({ source, kind, at }: LineRow, now: Date): LineOutcome {
  if (source === 'receptions') return 'unpermitted'
  if (source !== 'decisions') return undefined
  // In the view, the kind of a permit is its status.
  return decisionOutcome({ ...outcomeOf(kind), status: kind as 'authorised', evaluatedAt: at }, now)
}

export function outcomeOf(kind: string) {
  return { outcome: kind === 'refused' ? ('deny' as const) : ('permit' as const) }
}

/** The two bodies of a row; for a row that rests on an agreement alone, the bodies of the agreement. */
export function partiesOf(row: LineRow, register: Register) {
  const agreed = register.agreementByNo(row.agreement ?? 0)
  return {
    holder:
      register.organisationByRoot(row.holder ?? 0) ?? register.organisation(agreed?.holder ?? ''),
    recipient:
      register.organisationByRoot(row.recipient ?? 0) ??
      register.organisation(agreed?.recipient ?? ''),
  }
}

export function namesOf(row: LineRow, { register, language, t }: ActivityReading) {
  const { holder, recipient } = partiesOf(row, register)
  const unknown = t('my-activity.line.unknown')
  return {
    holder: holder?.name[language] ?? unknown,
    recipient: recipient?.name[language] ?? unknown,
  }
}

/** A question that was shown and may still be answered. */
export function isWaiting({ source, kind, otherAt }: LineRow, now: Date): boolean {
  return source === 'requests' && kind === 'requested' && otherAt !== null && otherAt > now
}

const prefixes: Readonly<Record<LineSource, string>> = {
  access: 'act',
  requests: 'con',
  consents: 'rcp',
  ends: 'con',
  notices: 'ntc',
  decisions: 'dec',
  receptions: 'rcv',
}

export function referenceOf({ source, id }: Pick<LineRow, 'source' | 'id'>): string {
  return writeId(prefixes[source], id)
}
