import type { DataKey } from '../../base/sealing/data-keys.ts'
import type { SealedTable } from '../../base/sealing/sealed-table.ts'
import type { DueRows, Renewal } from '../../base/sealing/row-renewal.ts'
import { renewRows, sealedDue } from '../../base/sealing/row-renewal.ts'
import type { Seals } from '../../base/sealing/encryption.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { AddressMarks } from './passwords.ts'
import type { KeptPepper } from './pepper-store.ts'
import { pepperSeals } from './peppers.ts'
import { enrolmentTable, passwordTable, proposalTable, totpTable } from './seal.ts'
import type { SealedSecret } from './sealed-secret.ts'
import { openSecret } from './sealed-secret.ts'

// Secrets of factors under the newest key of purpose `data`, and their rows under the newest key of seals. The proof of a password stays:
// only its person's next entry gives another.

type Parts = {
  readonly vault: Vault
  readonly addressMarks: AddressMarks
  readonly dataKeys: readonly DataKey[]
}

export function factorsRenewals(parts: Parts): readonly Renewal[] {
  const { seals } = parts.vault
  return [
    secrets(parts, passwordTable, 'address_mark'),
    secrets(parts, proposalTable, 'address_mark'),
    secrets(parts, totpTable),
    secrets(parts, enrolmentTable),
    untilTheyStandNoMore('data', 'kek_id', 8, parts.vault.newestId),
    peppers(pepperSeals(parts.dataKeys)),
    untilTheyStandNoMore('seal', 'seal', 4, seals.newestId),
  ]
}

function secrets(
  { vault, addressMarks }: Parts,
  table: SealedTable<unknown>,
  mark?: 'address_mark',
): Renewal {
  const { seals } = vault
  const written = ['wrapped_key', 'kek_id', 'seal', ...(mark === undefined ? [] : [mark])]
  const due = sealedDue(table, { isDue: 't.kek_id <> :newest', written })
  return {
    purpose: 'data',
    table: table.table,
    renew: (tx, pages) =>
      renewRows(
        tx,
        pages,
        due,
        vault.newestId,
        async (found: SealedSecret & { readonly seal: Buffer | null }) => {
          // It opens nothing, under no key.
          if (!seals.holds(table.stored, found, found.seal)) return 'none'
          const { personId, sealedYear: year } = found
          const wrapped = await vault.rewrap({ personId, year }, found)
          const marks =
            mark === undefined ? [] : addressMarks(await openSecret(vault, found)).slice(0, 1)
          const [addressMark] = marks
          const marked = addressMark === undefined ? {} : { addressMark }
          const seal = seals.seal(table.stored, { ...found, ...wrapped, ...marked })
          return [wrapped.wrappedKey, wrapped.kekId, seal, ...marks]
        },
      ),
  }
}

const peppersKept: DueRows = {
  table: 'kept_pepper',
  isDue: 'substring(t.sealed from 1 for 8) <> :newest',
  columns: 't.key_id, t.sealed',
  written: ['sealed'],
}

function peppers(seals: Seals): Renewal {
  return {
    purpose: 'data',
    table: peppersKept.table,
    renew: (tx, pages) =>
      renewRows(tx, pages, peppersKept, seals.newestId, ({ keyId, sealed }: KeptPepper) => {
        const id = keyId.toString('hex')
        return [seals.seal(seals.open(sealed, id), id)]
      }),
  }
}

// A factor that a recovery set aside is a row within a row, for three days: its keys stay as long.
function untilTheyStandNoMore(
  purpose: 'data' | 'seal',
  member: string,
  bytes: number,
  newest: Buffer,
): Renewal {
  const due: DueRows = {
    table: 'factors_set_aside',
    isDue: `t.stands_until > now() + clock_offset()
      and substring(decode(substr(t.content->>'${member}', 3), 'hex') from 1 for ${bytes}) <> :newest`,
    columns: 't.factor_id',
    written: [],
  }
  return {
    purpose,
    table: due.table,
    renew: (tx, pages) => renewRows(tx, pages, due, newest, () => 'stays'),
  }
}
