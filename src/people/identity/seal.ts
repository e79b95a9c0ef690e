import { bytesOfJson } from '../../base/database/column-names.ts'
import type { Keys } from '../../base/keys/keys.ts'
import type { Level } from '../../base/values/assurance-levels.ts'
import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { renewRows, sealedDue } from '../../base/sealing/row-renewal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { makeRowSeals } from '../../base/sealing/row-seal.ts'
import type { RowOf } from '../../base/sealing/sealed-table.ts'
import { columnTypes, sealedTable } from '../../base/sealing/sealed-table.ts'
import type { Seals } from '../../base/sealing/encryption.ts'
import { makeSeals } from '../../base/sealing/encryption.ts'
import type { ListedWays } from '../accounts/index.ts'
import { wayListing, wayOf } from '../accounts/index.ts'
import { bodyOfDesk } from './desk-issuer.ts'
import type { IdentityStatement } from './verified-identity.ts'
import type { VouchedClaims } from './vouched-claims.ts'

// What providers vouch for is kept sealed, as addresses are: a copy of the database names nobody. Its row bears a seal, and counts only as
// long as the account elsewhere that it came with is a way into her access.

export const vouchedTable = sealedTable('vouched_values', {
  seal: ['vouched values', 1],
  covers: ['factor_id', 'person_id', 'issuer', 'level', 'sealed', 'vouched_at'],
  types: columnTypes<{ readonly level: Level }>(),
  inventory: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-identity',
    exported: 'verified_identity',
    readBy: ['bodies'],
    change: 'list',
    afterClosing: 'forgotten',
    why: {
      fr: 'ce qu’un fournisseur dit de son identité',
      en: 'what a provider says of her identity',
    },
    columns: {
      trace: 'factor_id issuer level vouched_at',
      pseudonym: 'person_id',
      identity: 'sealed',
      technical: 'seal',
    },
  },
})

/** What a provider said by one account elsewhere, as its row has it. */
export type VouchedRow = RowOf<typeof vouchedTable>

export type SealedStatement = VouchedRow & { readonly seal: Buffer }

/** Seals of the values, by which they can be read, and of rows, by which they are believed. */
export type IdentitySeals = Seals & { readonly rows: RowSeals }

export function identitySeals({ data, seal }: Pick<Keys, 'data' | 'seal'>): IdentitySeals {
  return { ...makeSeals(data, 'vouched'), rows: makeRowSeals(seal) }
}

/** @param bearer what the values are bound to: beside another one they do not open */
export function sealVouched(seals: Seals, vouched: VouchedClaims, bearer: string): Buffer {
  return seals.seal(JSON.stringify(vouched), bearer)
}

export function openVouched(seals: Seals, sealed: Buffer, bearer: string): VouchedClaims {
  return JSON.parse(seals.open(sealed, bearer)) as VouchedClaims // `sealVouched` wrote it
}

/** The same values under the newest key. */
export function resealVouched(seals: Seals, sealed: Buffer, bearer: string): Buffer {
  return sealVouched(seals, openVouched(seals, sealed, bearer), bearer)
}

export function sealOfVouched(seals: RowSeals, row: VouchedRow): Buffer {
  return seals.seal(vouchedTable, row)
}

/** Whether this broker wrote the row, and its account is still a way into her access. */
export function isBelieved(seals: RowSeals, row: SealedStatement & ListedWays): boolean {
  // A provider’s lasts as long as its account opens her access, a desk’s as long as her list names the check.
  const kind = bodyOfDesk(row.issuer) === undefined ? 'identity' : 'checked'
  const isHers = wayListing(seals, row.personId, row, wayOf(kind, row.factorId)) !== undefined
  return isHers && seals.holds(vouchedTable, row, row.seal)
}

/** What a believed row says. */
export function statementIn(seals: IdentitySeals, row: VouchedRow): IdentityStatement {
  const { factorId, issuer, level, vouchedAt, sealed } = row
  return { issuer, level, vouchedAt, vouched: openVouched(seals, sealed, factorId) }
}

type Json = Readonly<Record<string, unknown>>

/** A row of the view `vouched_in_use`, as JSON. @returns undefined: it is not believed */
export function trustedVouchedRow(seals: RowSeals, json: Json): VouchedRow | undefined {
  const text = (name: string) => json[name] as string // as PostgreSQL writes the column
  const bytes = (name: string) => bytesOfJson(text(name))
  const row = {
    factorId: text('factor_id'),
    personId: text('person_id'),
    issuer: text('issuer'),
    level: text('level') as Level, // the table has no others
    sealed: bytes('sealed'),
    vouchedAt: new Date(text('vouched_at')),
    seal: bytes('seal'),
    ways: json['ways'] as ListedWays['ways'],
    waysSeal: json['ways_seal'] === null ? null : bytes('ways_seal'),
  }
  return isBelieved(seals, row) ? row : undefined
}

const due = sealedDue(vouchedTable, {
  isDue: 'substring(t.sealed from 1 for 8) <> :newest',
  written: ['sealed', 'seal'],
})

/** Values under the newest key of purpose `data`, and their rows under the newest key of seals. */
export function identityRenewals(seals: IdentitySeals): readonly Renewal[] {
  return [
    {
      purpose: 'data',
      table: due.table,
      renew: (tx, pages) =>
        renewRows(tx, pages, due, seals.newestId, (row: Due) => renewed(seals, row)),
    },
  ]
}

type Due = VouchedRow & { readonly seal: Buffer }

// Nothing is told by a row that is not as this broker wrote it: no key is needed for it.
function renewed(seals: IdentitySeals, row: Due): readonly Buffer[] | 'none' {
  if (!seals.rows.holds(vouchedTable.stored, row, row.seal)) return 'none'
  const sealed = resealVouched(seals, row.sealed, row.factorId)
  return [sealed, seals.rows.seal(vouchedTable.stored, { ...row, sealed })]
}
