import { createHash } from 'node:crypto'
import { systemClock } from '../../../base/values/clock.ts'
import type { LogPolicy } from '../../../base/tlog/log-policy.ts'
import { entryClasses, logEntry } from '../../../ledger/chain/index.ts'
import type { ReceiptCheck } from './receipt-check.ts'
import { placeOf } from './receipt-check.ts'

/** A document of a public entry; `called`: `agreement agr_x@3`, or its kind alone. */
export type PublicDocument = { readonly text: string; readonly called: string }

/** A file as `/register/objects/…json` and `/log/objects/…json` give them; undefined: it is another one. */
export function publicDocumentIn(text: string): PublicDocument | undefined {
  const called = calledIn(text)
  return called === undefined ? undefined : { text, called }
}

/**
 * Checks that the public log holds a document: its SHA-256, to the byte, is its entry. Pure.
 * @param policy the logs and the witnesses that the reader trusts
 */
export function checkDocument(
  { text, called }: PublicDocument,
  proof: string,
  policy: LogPolicy,
  now = systemClock(),
): ReceiptCheck {
  const sha256 = createHash('sha256').update(text).digest()
  const entry = logEntry(sha256, entryClasses.register)
  const place = placeOf({ entry, of: 'the document', log: undefined }, proof, policy, now)
  if (typeof place === 'string') return { holds: false, because: place }
  const what = `A document of the public log: ${called}. Its SHA-256 is ${sha256.toString('hex')}.`
  return { holds: true, says: [what, ...place.says] }
}

function calledIn(text: string): string | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const { kind, id, version } = JSON.parse(text) as Readonly<Record<string, unknown>>
    if (typeof kind !== 'string') return undefined
    return typeof id === 'string' && typeof version === 'number' ? `${kind} ${id}@${version}` : kind
  } catch {
    return undefined
  }
}
