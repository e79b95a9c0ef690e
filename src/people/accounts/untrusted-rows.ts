import { hash } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import { uuidText } from '../../base/values/ids.ts'
import type { Log } from '../../base/logging/log.ts'
import type { RowGuard } from '../../base/sealing/row-seal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import { insertUntrusted } from './store.ts'

// A row that opens an access bears a seal. One whose seal does not fit was written by somebody else: it opens nothing, whoever watches
// over the broker is told, and so is its person.

/** What kind of record was changed. */
export type UntrustedKind =
  | 'session'
  | 'token'
  | 'visit'
  | 'attempt'
  | 'connection'
  | 'standing'
  | 'passkey'
  | 'password'
  | 'totp'
  | 'identity'
  | 'vouched'
  | 'recovery-code'
  | 'card'
  | 'contact'
  | 'claim'
  | 'hold'

export type UntrustedRow = {
  readonly what: UntrustedKind
  /** Names the row to whoever looks for it, and opens nothing. */
  readonly ref: string
  /** Whose record it is; undefined: nobody that is known. */
  readonly personId: string | undefined
}

/** A request that reads such rows: by what they are believed, and whom to tell. */
export type RowReader = RowGuard & {
  readonly db: Database
  readonly origin: Origin
  readonly now: Date
}

/** Tells whoever watches over the broker of a row that is nobody's yet, and was not used. */
export function logUntrusted(
  log: Log,
  what: 'challenge' | 'totp enrolment' | 'password proposal' | 'upstream errand',
): void {
  log.error({ code: 'RECORD_UNTRUSTED', why: what }, wasChanged)
}

const wasChanged = 'a row that opens an access is not as this broker wrote it'

/** Tells of a row that was not used: a line of the log each time, and a line in her activity once a day and kind. */
export async function tellUntrusted(
  { db, log }: { readonly db: Database | Transaction; readonly log: Log },
  { what, ref, personId }: UntrustedRow,
  { requestId, network, now }: Origin & { readonly now: Date },
): Promise<void> {
  log.error({ requestId, code: 'RECORD_UNTRUSTED', why: `${what} ${ref}` }, wasChanged)
  if (personId === undefined) return
  const activityId = idOfDay(personId, what, now)
  await insertUntrusted(db, { activityId, personId, what, at: now, requestId, network })
}

function idOfDay(personId: string, what: UntrustedKind, now: Date): string {
  const day = now.toISOString().slice(0, 'YYYY-MM-DD'.length)
  const digest = hash('sha256', `record.untrusted ${personId} ${what} ${day}`, 'buffer')
  return uuidText(digest.subarray(0, 16))
}
