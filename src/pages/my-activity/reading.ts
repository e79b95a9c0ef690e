import type { Database } from '../../base/platform/database.ts'
import { writeId } from '../../base/platform/ids.ts'
import type { Language } from '../../base/platform/languages.ts'
import type { Values, Words } from '../../base/web/words.ts'
import type { Register } from '../../registry/index.ts'
import type { Became } from '../../consent/disclosures/index.ts'
import { becameOf } from '../../consent/disclosures/index.ts'
import type { Row, Source } from './rows.ts'

/** Whose lines are read, when, by which register, in which language. */
export type Reading = {
  readonly db: Database
  readonly words: Words
  readonly personId: string
  readonly register: Register
  readonly language: Language
  readonly now: Date
  /** Words in it. */
  readonly t: (key: string, values?: Values) => string
}

export type Ending = Became | 'unpermitted' | undefined

/** What became of a sending; undefined for what is none. */
export function becameIn({ source, kind, at }: Row, now: Date): Ending {
  if (source === 'receptions') return 'unpermitted'
  if (source !== 'decisions') return undefined
  // A view's kind of a permit is its status.
  return becameOf({ ...outcomeOf(kind), status: kind as 'authorised', evaluatedAt: at }, now)
}

export function outcomeOf(kind: string) {
  return { outcome: kind === 'refused' ? ('deny' as const) : ('permit' as const) }
}

/** The two bodies: of what rests on an agreement alone, its own. */
export function partiesOf(row: Row, register: Register) {
  const agreed = register.agreementByNo(row.agreement ?? 0)
  return {
    holder:
      register.organisationByRoot(row.holder ?? 0) ?? register.organisation(agreed?.holder ?? ''),
    recipient:
      register.organisationByRoot(row.recipient ?? 0) ??
      register.organisation(agreed?.recipient ?? ''),
  }
}

export function namesOf(row: Row, { register, language, t }: Reading) {
  const { holder, recipient } = partiesOf(row, register)
  const unknown = t('activity.line.unknown')
  return {
    holder: holder?.name[language] ?? unknown,
    recipient: recipient?.name[language] ?? unknown,
  }
}

/** A question that was shown and may still be answered. */
export function isWaiting({ source, kind, otherAt }: Row, now: Date): boolean {
  return source === 'requests' && kind === 'requested' && otherAt !== null && otherAt > now
}

const prefixes: Readonly<Record<Source, string>> = {
  access: 'act',
  requests: 'con',
  consents: 'rcp',
  ends: 'con',
  notices: 'ntc',
  decisions: 'dec',
  receptions: 'rcv',
}

export function referenceOf({ source, id }: Pick<Row, 'source' | 'id'>): string {
  return writeId(prefixes[source], id)
}
