import type { Language } from '../../base/platform/languages.ts'
import type { Words } from '../../base/web/words.ts'

/** Moves with the words: a message that was sent in other words is not shown as if it had been sent in these. */
export const templateVersion = 1

/**
 * What a person is told of. `every`: wherever she can be reached, even if she wants no messages; `all`: wherever she can be reached,
 * the addresses removed lately too, because it concerns her access; `chosen`: by the channel that she chose; `address`: the one
 * address that a code is meant for; `codeless`: the same, without a code, for the page that waits for one would ask for it.
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
  'consent.ending': 'chosen',
  'consent.given': 'chosen',
  'consent.stopped': 'chosen',
  'consent.yearly': 'chosen',
  'contact.changed': 'all',
  'contact.confirm': 'address',
  'factor.added': 'all',
  'factor.removed': 'all',
  'messages.changed': 'all',
} as const satisfies Readonly<Record<string, 'every' | 'all' | 'chosen' | 'address' | 'codeless'>>

export type MessageKind = keyof typeof kinds
/** What a deed may tell of. */
export type MessageNotice = Exclude<
  MessageKind,
  'contact.confirm' | 'address.code' | 'address.taken'
>

export function isKind(text: string): text is MessageKind {
  return Object.hasOwn(kinds, text)
}

/** Whose words they are, and the code by which they can be checked: a message has room for nothing else (docs/design/domain.md#i24). */
export type Stamp = { readonly brand: string; readonly code: string }

export type Composed = { readonly subject: string; readonly text: string }

/** An e-mail in plain text. */
export function composeEmail(
  words: Words,
  language: Language,
  kind: MessageKind,
  stamp: Stamp,
): Composed {
  const { brand, code } = stamp
  const check = [words.t(language, 'notifications.email.check', { brand }), code]
  return {
    subject: words.t(language, `notifications.message.${kind}.subject`),
    text: [
      words.t(language, `notifications.message.${kind}.text`, { brand }),
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
  stamp: Stamp,
): string {
  const subject = words.t(language, `notifications.message.${kind}.subject`)
  const text = words.t(language, 'notifications.sms', stamp)
  return `${subject}. ${text}`.replaceAll('’', "'").replaceAll('\u00a0', ' ')
}
