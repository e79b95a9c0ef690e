import { recoverFrom } from '../../base/values/expected-errors.ts'
import type { DueRows, Renewal } from '../../base/sealing/row-renewal.ts'
import { renewRows } from '../../base/sealing/row-renewal.ts'
import type { RecordedEntry } from './head.ts'
import { openRecord, sealRecord } from './head.ts'
import type { PersonYear, Vault, WrappedKey } from './vault.ts'
import { SealError } from './vault.ts'

// People's data keys under the newest key of purpose `data`, and the ends of their chains under the newest of purpose `seal`. What a data
// key itself has sealed stays as it is.

type SealedEntry = RecordedEntry & { readonly record: Buffer }

const dataKeys: DueRows = {
  table: 'dek',
  isDue: 't.wrapped_key is not null and t.kek_id <> :newest',
  columns: 't.person_id, t.year, t.wrapped_key, t.kek_id',
  written: ['wrapped_key', 'kek_id'],
}

// What waits for the log bears a seal in its record. Usually that is a second; in a copy of the database it waits until two let it go on.
const pendingEntries: DueRows = {
  table: 'ledger_pending',
  isDue: 't.record is not null and substring(t.record from 23 for 4) <> :newest',
  columns: 't.event_id as "eventId", t.commitment, t.record',
  written: ['record'],
}

export function chainRenewals(vault: Vault): readonly Renewal[] {
  const { seals } = vault
  return [
    {
      purpose: 'seal',
      table: pendingEntries.table,
      renew: (tx, pages) =>
        renewRows(tx, pages, pendingEntries, seals.newestId, (row: SealedEntry) => {
          const record = openRecord(seals, row, row.record)
          return record === undefined ? 'none' : [sealRecord(seals, row, record)]
        }),
    },
    {
      purpose: 'data',
      table: dataKeys.table,
      renew: (tx, pages) =>
        renewRows(tx, pages, dataKeys, vault.newestId, (row: PersonYear & WrappedKey) =>
          rewrapped(vault, row),
        ),
    },
  ]
}

// A data key that does not open is not given up: the key that it names may be the right one, and its bytes be put right.
async function rewrapped(
  vault: Vault,
  row: PersonYear & WrappedKey,
): Promise<readonly Buffer[] | 'stays'> {
  return vault
    .rewrap(row, row)
    .then(({ wrappedKey, kekId }) => [wrappedKey, kekId])
    .catch(recoverFrom(SealError, () => 'stays' as const))
}
