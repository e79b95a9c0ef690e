import type { DataKey } from '../../base/sealing/data-keys.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { renewRows } from '../../base/sealing/row-renewal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { RowOf } from '../../base/sealing/sealed-table.ts'
import { columnTypes, sealedTable } from '../../base/sealing/sealed-table.ts'
import type { Seals } from '../../base/sealing/encryption.ts'
import { makeSeals } from '../../base/sealing/encryption.ts'

// A request that a person signs in at a service bears a seal: whoever writes to the database has no key, and approves nothing in her place.

export const requestTable = sealedTable('sign_in_request', {
  seal: ['sign-in request', 1],
  covers: [
    'request_id',
    'artifact_id',
    'person_id',
    'org_id',
    'service_id',
    'words',
    'level',
    'requested_at',
    'expires_at',
    'approval',
  ],
  unsealed: {
    ping: 'is sealed by itself: changed, its service is not told, and asks',
    ended_at: 'it only takes away: a request that ended opens nothing',
    polled_at: 'when a service asked last',
    interval_seconds: 'how long a service waits before it asks again',
  },
  types: columnTypes<{ readonly words: Bilingual; readonly approval: Approval | null }>(),
  inventory: {
    whose: 'person',
    kept: 'over',
    told: 'kept-requests',
    readBy: ['bodies'],
    change: 'seal',
    afterClosing: 'forgotten',
    why: { fr: 'un service demande qu’elle se connecte', en: 'a service asks her to sign in' },
    columns: {
      trace:
        'request_id artifact_id org_id service_id words level requested_at expires_at approval ended_at polled_at',
      pseudonym: 'person_id',
      technical: 'seal interval_seconds',
      opens: 'ping',
    },
  },
})

/** What the service gets once she has approved; the session is the one in which she did. */
export type Approval = {
  readonly grantId: string
  readonly sid: string
  readonly sessionUid: string
  readonly acr: string
  readonly amr: readonly string[]
  readonly authTime: number
}

/** What the seal covers. */
export type SignInRequestRow = RowOf<typeof requestTable>

export function sealOfRequest(seals: RowSeals, row: SignInRequestRow): Buffer {
  return seals.seal(requestTable, row)
}

export function isTrueRequest(
  seals: RowSeals,
  row: SignInRequestRow & { readonly seal: Buffer },
): boolean {
  return seals.holds(requestTable, row, row.seal)
}

const table = 'sign_in_request'

/** Seals with what a service is told of an answer: the token that it gave for that, and its own name of the request. */
export function pingSeals(dataKeys: readonly DataKey[]): Seals {
  return makeSeals(dataKeys, 'ping of a sign-in request')
}

export function pingRenewal(pings: Seals): Renewal {
  const due = {
    table,
    isDue: 'substring(t.ping from 1 for 8) <> :newest',
    columns: 't.request_id, t.ping',
    written: ['ping'],
  }
  return {
    purpose: 'data',
    table,
    renew: (tx, pages) =>
      renewRows(tx, pages, due, pings.newestId, (row: Sealed) => [
        pings.seal(pings.open(row.ping, row.requestId), row.requestId),
      ]),
  }
}

type Sealed = { readonly requestId: string; readonly ping: Buffer }
