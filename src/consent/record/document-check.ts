import { createHash } from 'node:crypto'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { entryClasses, logEntry } from '../../ledger/chain/index.ts'
import type { ReceiptCheck } from './receipt-check.ts'
import { placeOf } from './receipt-check.ts'

/** Whether a file is a document of a public entry, as `/register/objects/…json` and `/log/objects/…json` give them. */
export function isPublicDocument(text: string): boolean {
  return kindIn(text) !== undefined
}

/**
 * Checks that the public log holds a document: its SHA-256, to the byte, is its entry. Pure.
 * @param policy the logs and the witnesses that the reader trusts
 */
export function checkDocument(document: string, proof: string, policy: LogPolicy): ReceiptCheck {
  const sha256 = createHash('sha256').update(document).digest()
  const entry = logEntry(sha256, entryClasses.register)
  try {
    const place = placeOf({ entry, of: 'the document', log: undefined }, proof, policy)
    if (typeof place === 'string') return { holds: false, because: place }
    const what = `A document of the public log: ${kindIn(document) ?? ''}. Its SHA-256 is ${sha256.toString('hex')}.`
    return { holds: true, says: [what, ...place.says] }
  } catch (error) {
    if (error instanceof NoteError) return { holds: false, because: `it ${error.message}` }
    throw error
  }
}

/** `agreement agr_x@3`, or the kind alone. */
function kindIn(text: string): string | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const { kind, id, version } = JSON.parse(text) as Readonly<Record<string, unknown>>
    if (typeof kind !== 'string') return undefined
    return typeof id === 'string' && typeof version === 'number' ? `${kind} ${id}@${version}` : kind
  } catch {
    return undefined
  }
}
