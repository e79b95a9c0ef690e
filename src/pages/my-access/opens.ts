import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { findFactor } from '../../signin/factors/index.ts'
import { identitiesOf } from '../../signin/upstream/index.ts'
import type { Passkey } from '../../webauthn/index.ts'
import { keysOf } from '../../webauthn/index.ts'

// What opens an access, across the rooms that hold its ways in.

/** Whether the access opens without these factors: by a passkey, or by a password and a second factor. */
export async function opensWithout(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
  without: readonly string[],
): Promise<boolean> {
  const keys = (await keysOf(db, seals, personId)).filter(
    (key) => isWorking(key) && !without.includes(key.passkeyId),
  )
  if (keys.some(({ kind }) => kind === 'passkey')) return true
  const works = async (kind: 'password' | 'totp') => {
    const factor = await findFactor(db, seals, kind, personId)
    return factor !== undefined && isWorking(factor) && !without.includes(factor.factorId)
  }
  return (await works('password')) && (keys.length > 0 || (await works('totp')))
}

/** Whether the access opens without these: by a way of ours, or by an account elsewhere. */
export async function stillOpens(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
  without: readonly string[],
): Promise<boolean> {
  if (await opensWithout(db, seals, personId, without)) return true
  const others = await identitiesOf(db, seals, personId)
  return others.some(
    ({ factorId, isUntrusted, isBlocked, waits }) =>
      !without.includes(factorId) && !isUntrusted && !isBlocked && waits === undefined,
  )
}

/** Whether a factor opens what it is for: it is not suspended, was not taken away, and its row is as this broker wrote it. */
export function isWorking({
  suspendedAt,
  isUntrusted,
  waits,
}: Pick<Passkey, 'suspendedAt' | 'isUntrusted' | 'waits'>): boolean {
  return suspendedAt === null && !isUntrusted && waits === undefined
}
