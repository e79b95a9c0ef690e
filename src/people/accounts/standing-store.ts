import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { SignalList, Vault } from '../../ledger/chain/index.ts'
import type { PersonStanding, JudgedStanding } from './person-standing.ts'
import { accessState, sealOfStanding, standingFromJson } from './person-standing.ts'

/** What a standing is sealed by, and which signals its moves make. */
export type StandingWriter = Pick<Vault, 'seals' | 'signalMapping'>

export async function readPersonStanding(
  db: Database,
  seals: RowSeals,
  personId: string,
): Promise<JudgedStanding | undefined> {
  const { rows } = await db.raw<{ rows: { row: Readonly<Record<string, unknown>> }[] }>(
    'select to_jsonb(s) as row from standings s where person_id = ?',
    [personId],
  )
  const [found] = rows
  return found && standingFromJson(seals, found.row)
}

/** Locks the account's row, and reads the standing of its person. */
export async function lockStanding(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
): Promise<JudgedStanding | undefined> {
  const { rows } = await tx.raw<{ rows: { row: Readonly<Record<string, unknown>> }[] }>(
    `select to_jsonb(s) as row from (
       select p.status, a.* from accounts a join persons p using (person_id) where person_id = ? for no key update) s`,
    [personId],
  )
  const [found] = rows
  return found && standingFromJson(seals, found.row)
}

/**
 * Changes a standing, under the account's lock. One that was not as the broker wrote it gets no seal: a deed does not make it genuine.
 * Bodies are told by the same statement that the access opens or closes.
 * @param change undefined: there is nothing to change
 * @returns whether it was changed
 */
export async function changeStanding(
  tx: Transaction,
  { seals, signalMapping }: StandingWriter,
  personId: string,
  change: (before: PersonStanding) => Partial<PersonStanding> | undefined,
): Promise<boolean> {
  const before = await lockStanding(tx, seals, personId)
  const changed = before && change(before)
  if (before === undefined || changed === undefined) return false
  const { isTrusted, ...standing } = before
  const after = { ...standing, ...changed }
  const { status, openedAt: _opened, ...columns } = after
  const signals = signalMapping.ofAccess(accessState(before), accessState(after))
  await tx('accounts')
    .where({ personId })
    .update({ ...columns, seal: isTrusted ? sealOfStanding(seals, after) : null })
    .returning(signals.length === 0 ? 'personId' : queueing(tx, signals))
  if (status !== before.status) await tx('persons').where({ personId }).update({ status })
  return true
}

function queueing(tx: Transaction, signals: SignalList) {
  return tx.raw('queue_signals(person_id, ?::json, clock_timestamp() + clock_offset())', [
    JSON.stringify(signals),
  ])
}

/**
 * Seals a standing that was changed by somebody else, for an operator who has looked at it.
 * @returns whether it had been changed
 */
export async function vouchForStanding(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
): Promise<boolean> {
  const held = await lockStanding(tx, seals, personId)
  if (held === undefined || held.isTrusted) return false
  await tx('accounts')
    .where({ personId })
    .update({ seal: sealOfStanding(seals, held) })
  return true
}
