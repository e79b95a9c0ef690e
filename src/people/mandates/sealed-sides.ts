import type { Keys } from '../../base/keys/keys.ts'
import type { DueRows, Renewal } from '../../base/sealing/row-renewal.ts'
import { renewRows, sealedDue } from '../../base/sealing/row-renewal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { makeRowSeals } from '../../base/sealing/row-seal.ts'
import type { SealedTable } from '../../base/sealing/sealed-table.ts'
import type { Seals } from '../../base/sealing/encryption.ts'
import { makeSeals } from '../../base/sealing/encryption.ts'
import type { Language } from '../../base/values/languages.ts'
import type { MandateHeldRow, MandateRow } from './tables.ts'
import { heldTable, mandateTable } from './tables.ts'

// Which two rows belong together is sealed in both, so that a copy of the database says that somebody gave something, and not to whom.

/** Of the texts, by which they can be read, and of rows, by which they are believed. */
export type MandateSeals = Seals & { readonly rows: RowSeals }

export function mandateSeals({ data, seal }: Pick<Keys, 'data' | 'seal'>): MandateSeals {
  return { ...makeSeals(data, 'mandate'), rows: makeRowSeals(seal) }
}

/** What the row of a principal says of the other side. */
export type HolderSide = { readonly heldId: string; readonly holderId: string }
/** What the row of a holder says of the other side; null: the principal is an organisation. */
export type PrincipalSide = { readonly mandateId: string; readonly principalId: string | null }

/** @param rowId of the row in which the text will stand: beside another one it does not open */
export function sealSide(
  seals: Seals,
  rowId: string,
  other: HolderSide | PrincipalSide | DeskSide,
): Buffer {
  return seals.seal(JSON.stringify(other), rowId)
}

/** @throws Error where the bytes are of another row, or their key is gone */
export function holderSide(
  seals: Seals,
  { mandateId, sealed }: Pick<MandateRow, 'mandateId' | 'sealed'>,
): HolderSide {
  return JSON.parse(seals.open(sealed, mandateId)) as HolderSide // `sealSide` wrote it
}

/** What the row of a help says of whoever helps: no row of his own is beside it. */
export type DeskSide = {
  readonly officerId: string
  /** The mandate by which he helps. */
  readonly officeId: string
  /** The session of the officer, and hers: the help ends with either. */
  readonly officerSession: string
  readonly session: string
  readonly way: HelpWay
  /** In which language she asked: the officer reads hers. */
  readonly language: Language
}

/** By what a person opened a help. */
export type HelpWay = 'device' | 'telephone' | 'approval'

/** @throws Error as `holderSide` */
export function deskSide(
  seals: Seals,
  { mandateId, sealed }: Pick<MandateRow, 'mandateId' | 'sealed'>,
): DeskSide {
  return JSON.parse(seals.open(sealed, mandateId)) as DeskSide // `sealSide` wrote it
}

/** @throws Error as `holderSide` */
export function principalSide(
  seals: Seals,
  { heldId, sealed }: Pick<MandateHeldRow, 'heldId' | 'sealed'>,
): PrincipalSide {
  return JSON.parse(seals.open(sealed, heldId)) as PrincipalSide // `sealSide` wrote it
}

/** The texts under the newest key of purpose `data`, and their rows under the newest key of seals. */
export function mandateRenewals(seals: MandateSeals): readonly Renewal[] {
  return [
    renewalOf(seals, mandateTable, ({ mandateId }) => mandateId),
    renewalOf(seals, heldTable, ({ heldId }) => heldId),
  ]
}

type Stored<Row> = Row & { readonly sealed: Buffer; readonly seal: Buffer }

/** The column `sealed` of a table under the newest key of purpose `data`, and its rows under the newest key of seals. */
export function renewalOf<Row>(
  seals: MandateSeals,
  table: SealedTable<Row>,
  idOf: (row: Row) => string,
): Renewal {
  const due: DueRows = sealedDue(table, {
    isDue: 'substring(t.sealed from 1 for 8) <> :newest',
    written: ['sealed', 'seal'],
  })
  // A row that is not as this broker wrote it says nothing: no key is needed for it.
  const renewed = (row: Stored<Row>) => {
    if (!seals.rows.holds(table.stored, row, row.seal)) return 'none'
    const id = idOf(row)
    const sealed = seals.seal(seals.open(row.sealed, id), id)
    return [sealed, seals.rows.seal(table.stored, { ...row, sealed })]
  }
  return {
    purpose: 'data',
    table: table.table,
    renew: (tx, pages) => renewRows(tx, pages, due, seals.newestId, renewed),
  }
}
