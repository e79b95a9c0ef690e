import { firstSealsOf } from '../../base/sealing/first-seals.ts'
import { sealedRow } from '../../base/sealing/row-seal.ts'

/** Every column of an address, but the count of tries of its code. */
export const contactSeal = sealedRow('contact', 1, {
  contactId: 'uuid',
  personId: 'uuid',
  channel: 'text',
  sealed: 'bytes',
  digest: 'bytes',
  createdAt: 'time',
  messageId: 'uuid',
  confirmBy: 'time',
  confirmedAt: 'time',
  removedAt: 'time',
})

/** How long a recovery is held, and which factors it added, as one text each. */
export const holdSeal = sealedRow('recovery hold', 1, {
  personId: 'uuid',
  since: 'time',
  until: 'time',
  added: 'texts',
})

export const accountsFirstSeals = [
  firstSealsOf('contactPoint', 'contactId', contactSeal),
  firstSealsOf('recoveryHolds', 'personId', holdSeal),
]
