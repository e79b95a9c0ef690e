import type { Language } from '../../base/values/languages.ts'
import type { Words } from '../../base/web/words.ts'

/** Raise this number when words change, and note it in `rewordedIn` for each kind whose words they are. */
export const templateVersion = 5

/**
 * The kinds of messages, and where each one goes. `every`: to every address of the person, even if she wants no messages; `all`: to
 * every address, those removed lately too, because it concerns her access; `chosen`: by the channel that she chose; `address`: to
 * the one address that a code is for; `codeless`: to one address, without a code, since the page that waits for a code would take it.
 */
export const kinds = {
  'access.attempts': 'all',
  'access.counter-code': 'every',
  'access.new-device': 'all',
  'access.recovered': 'every',
  'access.recovery-undone': 'every',
  'access.session-limit': 'all',
  'account.closed': 'all',
  'account.closing': 'all',
  'account.reopened': 'all',
  'account.restored': 'all',
  'account.suspended': 'all',
  'address.code': 'address',
  'address.taken': 'codeless',
  'codes.changed': 'every',
  'consent.ending': 'chosen',
  'consent.given': 'chosen',
  'consent.stopped': 'chosen',
  'consent.voided': 'chosen',
  'consent.yearly': 'chosen',
  'contact.changed': 'every',
  'contact.confirm': 'address',
  'data.handed-over': 'every',
  'data.held': 'chosen',
  'data.released': 'chosen',
  'disclosure.declared': 'chosen',
  'disclosure.new': 'chosen',
  'dossier.made': 'chosen',
  'factor.added': 'every',
  'factor.kept': 'every',
  'factor.removed': 'every',
  'factor.waiting': 'every',
  'identity.blocked': 'every',
  'messages.changed': 'all',
  'question.waiting': 'chosen',
  'sign-in.requested': 'chosen',
  'signature.lifted': 'every',
} as const satisfies Readonly<Record<string, 'every' | 'all' | 'chosen' | 'address' | 'codeless'>>

export type MessageKind = keyof typeof kinds
/** The kinds of which a deed may tell. */
export type MessageNotice = Exclude<
  MessageKind,
  'contact.confirm' | 'address.code' | 'address.taken'
>

// What is sent to many in one night, or what services cause in any number: nobody waits for the one, and nobody behind the other.
const lateKinds: Partial<Record<MessageKind, 'unasked' | 'statement'>> = {
  'consent.ending': 'statement',
  'consent.yearly': 'statement',
  'disclosure.new': 'statement',
  'question.waiting': 'statement',
  'sign-in.requested': 'unasked',
}
// Lower leaves first (jobs.ts#Job): who waits for a code waits at a page.
const urgencies = { code: 0, access: 10, notice: 20, unasked: 30, statement: 40 }

/** What of many messages that wait leaves first: the lower number. */
export function urgencyOf(kind: MessageKind): number {
  const reach = kinds[kind]
  if (reach === 'address' || reach === 'codeless') return urgencies.code
  if (reach !== 'chosen') return urgencies.access
  return urgencies[lateKinds[kind] ?? 'notice']
}

// Where a kind's words last changed, in the version that stands here; else in version 1.
const rewordedIn: Partial<Record<MessageKind, number>> = {
  'address.taken': 2,
  'contact.confirm': 3,
  'disclosure.declared': 2,
}
const changesRewordedIn = 5

/** Whether a message of this version had the words that stand here: others are not shown in its place. */
export function hasSameWords(kind: MessageKind, version: number): boolean {
  const since = isOfChange(kind) ? changesRewordedIn : (rewordedIn[kind] ?? 1)
  return version >= since && version <= templateVersion
}

/**
 * Whether a message tells of a change that somebody else may have made. Its reader may find that nothing opens for her any more, so it
 * says where she is let in without a way in.
 */
function isOfChange(kind: MessageKind): boolean {
  const reach = kinds[kind]
  return reach === 'every' || reach === 'all' || /^consent\.(?:given|stopped)$/.test(kind)
}

export function isKind(text: string): text is MessageKind {
  return Object.hasOwn(kinds, text)
}

/** The sender's name, and the code by which a message can be checked: it holds nothing else (docs/design/domain.md#i24). */
export type MessageStamp = { readonly brand: string; readonly code: string }

export type ComposedEmail = { readonly subject: string; readonly text: string }

/** An e-mail in plain text. */
export function composeEmail(
  words: Words,
  language: Language,
  kind: MessageKind,
  stamp: MessageStamp,
): ComposedEmail {
  const { brand, code } = stamp
  const check = [words.t(language, 'notifications.email.check', { brand }), code]
  return {
    subject: words.t(language, `notifications.message.${kind}.subject`),
    text: [
      words.t(language, `notifications.message.${kind}.text`, { brand }),
      ...(isOfChange(kind)
        ? [words.t(language, 'notifications.email.nothing-opens', { brand })]
        : []),
      ...(kinds[kind] === 'codeless' ? [] : check),
      words.t(language, 'notifications.email.care'),
      brand,
    ].join('\n\n'),
  }
}

/** A text of one part: the seven-bit alphabet of GSM 03.38 has neither our apostrophe nor hard spaces. */
export function composeText(
  words: Words,
  language: Language,
  kind: MessageKind,
  stamp: MessageStamp,
): string {
  const subject = words.t(language, `notifications.message.${kind}.subject`)
  const text = isOfChange(kind)
    ? words.t(language, 'notifications.sms-change', stamp)
    : words.t(language, 'notifications.sms', stamp)
  return `${subject}. ${text}`.replaceAll('’', "'").replaceAll('\u00a0', ' ')
}
