import { firstSealsOf } from '../../base/sealing/first-seals.ts'
import { sealedTable } from '../../base/sealing/sealed-table.ts'

/** Every column of an address, but the count of tries of its code. */
export const contactTable = sealedTable('contact_point', {
  seal: ['contact', 1],
  covers: [
    'contact_id',
    'person_id',
    'channel',
    'sealed',
    'digest',
    'created_at',
    'message_id',
    'confirm_by',
    'confirmed_at',
    'removed_at',
  ],
  unsealed: { tries: 'how often a code was tried: its message is sealed' },
})

/** How long a recovery is held, and which factors it added, as one text each. */
export const holdTable = sealedTable('recovery_holds', {
  seal: ['recovery hold', 1],
  covers: ['person_id', 'since', 'until', 'added'],
})

export const accountsFirstSeals = [firstSealsOf(contactTable), firstSealsOf(holdTable)]
