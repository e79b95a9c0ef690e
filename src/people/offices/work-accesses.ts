import type { Transaction } from '../../base/database/database.ts'
import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { renewRows, sealedDue } from '../../base/sealing/row-renewal.ts'
import type { MandateSeals, MandateVault } from '../mandates/index.ts'
import { openAccessesOf, insertWorkAccess, lockNumbers, writeAccessEnd } from './naming-store.ts'
import type { WorkAccessRow } from './tables.ts'
import { workAccessTable } from './tables.ts'

// One human, one work access of a body: the number that the body gives to an employee stands in one open access only.

function marksOf(seals: MandateSeals, organisation: string, number: string) {
  return seals.digests(`employee ${organisation} ${number}`)
}

/** A row as it was found; `isTrue`: as this broker wrote it, and of this number. */
export type WorkAccessFound = WorkAccessRow & { readonly isTrue: boolean }

/**
 * The open work access of a number. Until the end of the transaction nobody else opens or ends one of this body.
 * @param number in its one spelling
 */
export async function accessOfNumber(
  tx: Transaction,
  { seals }: MandateVault,
  organisation: string,
  number: string,
): Promise<WorkAccessFound | undefined> {
  await lockNumbers(tx, organisation)
  const marks = marksOf(seals, organisation, number)
  const [row] = await openAccessesOf(tx, organisation, marks)
  if (row === undefined) return undefined
  const isOurs = seals.rows.holds(workAccessTable, row, row.seal)
  const isTrue = isOurs && seals.open(row.sealed, row.personId) === number
  return { ...row, isTrue }
}

/** Notes of whom an access is that was just opened. */
export async function noteWorkAccess(
  tx: Transaction,
  { seals }: MandateVault,
  access: Pick<WorkAccessRow, 'personId' | 'orgId' | 'openedAt'>,
  number: string,
): Promise<void> {
  const [numberMark] = marksOf(seals, access.orgId, number)
  const sealed = seals.seal(number, access.personId)
  await insertWorkAccess(tx, seals.rows, { ...access, sealed, numberMark, endedAt: null })
}

/** Another access of its number comes in its place. A row that is not as this broker wrote it gets no seal. */
export function endWorkAccess(
  tx: Transaction,
  { seals }: MandateVault,
  { isTrue, ...row }: WorkAccessFound,
  now: Date,
): Promise<void> {
  const ended = { ...row, endedAt: now }
  return writeAccessEnd(tx, ended, isTrue ? seals.rows.seal(workAccessTable, ended) : null)
}

const due = sealedDue(workAccessTable, {
  isDue: 'substring(t.sealed from 1 for 8) <> :newest',
  written: ['sealed', 'number_mark', 'seal'],
})

/** Numbers and their digests under the newest key of purpose `data`. */
export function workAccessRenewal(seals: MandateSeals): Renewal {
  return {
    purpose: 'data',
    table: due.table,
    renew: (tx, pages) =>
      renewRows(tx, pages, due, seals.newestId, (row: WorkAccessRow & { seal: Buffer | null }) => {
        if (!seals.rows.holds(workAccessTable.stored, row, row.seal)) return 'none'
        const number = seals.open(row.sealed, row.personId)
        const sealed = seals.seal(number, row.personId)
        const [numberMark] = marksOf(seals, row.orgId, number)
        const fresh = { ...row, sealed, numberMark }
        return [sealed, numberMark, seals.rows.seal(workAccessTable.stored, fresh)]
      }),
  }
}
