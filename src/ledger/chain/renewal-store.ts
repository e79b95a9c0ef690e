import { recoverFrom } from '../../base/values/expected-errors.ts'
import type { DueRows, Renewal } from '../../base/sealing/row-renewal.ts'
import { renewRows } from '../../base/sealing/row-renewal.ts'
import type { PersonYear, Vault, WrappedKey } from './vault.ts'
import { SealError } from './vault.ts'

// People's data keys under the newest key of purpose `data`, and the ends of their chains under the newest of purpose `seal`. What a data
// key itself has sealed stays as it is.

const dataKeys: DueRows = {
  table: 'dek',
  isDue: 't.wrapped_key is not null and t.kek_id <> :newest',
  columns: 't.person_id, t.year, t.wrapped_key, t.kek_id',
  written: ['wrapped_key', 'kek_id'],
}

export function chainRenewals(vault: Vault): readonly Renewal[] {
  return [
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
