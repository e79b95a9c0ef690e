import type { DueRows, Renewal } from '../../base/sealing/row-renewal.ts'
import { renewRows } from '../../base/sealing/row-renewal.ts'
import type { Seals } from '../../base/sealing/encryption.ts'
import type { Codes } from './codes.ts'

// What messages keep for a time, under the newest key of purpose `data`: the digest of their code, as long as the row, and an address that is
// nobody's, until the message has left.

const table = 'notification'
const codesSent: DueRows = {
  table,
  // A digest does not say which key made it.
  isDue: 't.code_digest is not null',
  columns: 't.notification_id, t.code_digest',
  written: ['code_digest'],
}
const addresses: DueRows = {
  table,
  isDue: 'substring(t.sealed_address from 1 for 8) <> :newest',
  columns: 't.notification_id, t.sealed_address',
  written: ['sealed_address'],
}

export function notificationsRenewals(seals: Seals, codes: Codes): readonly Renewal[] {
  return [
    {
      purpose: 'data',
      table,
      renew: (tx, pages) =>
        renewRows(tx, pages, codesSent, seals.newestId, (row: CodeSent) => {
          const digest = codes.renewedDigest(row.notificationId, row.codeDigest)
          return digest === undefined ? 'none' : [digest]
        }),
    },
    {
      purpose: 'data',
      table,
      renew: (tx, pages) =>
        renewRows(tx, pages, addresses, seals.newestId, ({ notificationId, ...row }: ToAddress) => [
          seals.seal(seals.open(row.sealedAddress, notificationId), notificationId),
        ]),
    },
  ]
}

type CodeSent = { readonly notificationId: string; readonly codeDigest: Buffer }
type ToAddress = { readonly notificationId: string; readonly sealedAddress: Buffer }
