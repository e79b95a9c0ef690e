import { beyondPage } from '../beyond-page.ts'
import { fromBase64 } from '../../../base/values/base64.ts'
import { commitmentTo, logEntry } from '../../../ledger/chain/index.ts'
import type { Members } from './signature-check.ts'
import { membersOf, parseJson, text } from './signature-check.ts'

/** What the events of a receipt say, in sentences; or what is wrong with them. */
export type EventsVerdict =
  | { readonly holds: true; readonly says: readonly string[] }
  | { readonly holds: false; readonly because: string }

/** Holds an answer to the page that it answers, by the event of its showing. @param event the answer */
export function checkPage(presented: unknown, event: Members): EventsVerdict {
  if (presented === undefined)
    return { holds: true, says: ['The receipt does not show what the page said.'] }
  const page = eventIn(presented)
  const isBefore = text(page?.['recorded_at']) < text(event['recorded_at'])
  if (page?.['kind'] !== 'consent.presented' || !isBefore)
    return { holds: false, because: 'the event of its page is another one, or was changed' }
  const beyond = beyondPage(event, page)
  return beyond === undefined
    ? { holds: true, says: ['It says no more than the page that was shown.'] }
    : { holds: false, because: `it says more than the page that was shown: ${beyond}` }
}

/** The event of a member of a receipt, where salt and text make its entry. */
export function eventIn(told: unknown): Members | undefined {
  const { payload, salt, entry } = membersOf(told)
  const key = typeof salt === 'string' ? fromBase64(salt) : undefined
  if (typeof payload !== 'string' || key === undefined) return undefined
  if (logEntry(commitmentTo(key, payload)).toString('base64') !== entry) return undefined
  return membersOf(parseJson(payload))
}
