import type { Database, Transaction } from '../database/database.ts'
import type { KeyState, KnownKey, NamedKey, NotedKey } from './key-check.ts'
import type { KeyPurpose } from '../values/key-purposes.ts'

/** Which keys the database knows, oldest first. */
export async function knownKeys(db: Database | Transaction): Promise<NotedKey[]> {
  const rows: (Omit<NotedKey, 'state'> & { state: string })[] = await db('keyCheck')
    .select('purpose', 'checkValue', 'state', 'notedAt', 'usedAt', 'renewedAt')
    .orderBy(['purpose', 'notedAt', 'checkValue'])
  return rows.map((row) => ({ ...row, state: row.state as KeyState })) // by the check of the table
}

/** Of two processes that start at once, one is first; the other then finds what it noted. */
export async function lockedKeys(tx: Transaction): Promise<NotedKey[]> {
  await tx.raw("select pg_advisory_xact_lock(hashtext('accord.keys'))")
  return knownKeys(tx)
}

/** Notes keys in the order of their file, or moves those that were noted before to this state. */
export async function insertKeys(
  tx: Transaction,
  purpose: KeyPurpose,
  values: readonly string[],
  state: KeyState,
): Promise<void> {
  for (const [place, checkValue] of values.entries()) {
    // The first of a file counts as the newest.
    const usedAt = tx.raw(`now() + clock_offset() - ? * interval '1 second'`, [place])
    await tx('keyCheck')
      .insert({
        purpose,
        checkValue,
        state,
        notedAt: tx.raw('now() + clock_offset()'),
        usedAt: state === 'used' ? usedAt : null,
      })
      .onConflict(['purpose', 'checkValue'])
      .merge(['state', 'usedAt'])
  }
}

/** A key that is used again after another takes rows over from that one. */
export async function moveKey(tx: Transaction, key: KnownKey, state: KeyState): Promise<void> {
  const { purpose, checkValue } = key
  const usedAt = state === 'used' ? { usedAt: tx.raw('now() + clock_offset()') } : {}
  await tx('keyCheck')
    .where({ purpose, checkValue })
    .update({ state, ...usedAt })
  if (state === 'used') await tx('keyCheck').where({ purpose }).update({ renewedAt: null })
}

/** Notes that no row was found any more that names one of these keys and should name the newest. */
export async function markRenewed(
  db: Database,
  purpose: string,
  keys: readonly KnownKey[],
): Promise<void> {
  await db('keyCheck')
    .where({ purpose })
    .whereIn(
      'checkValue',
      keys.map(({ checkValue }) => checkValue),
    )
    .update({ renewedAt: db.raw('now() + clock_offset()') })
}

/** Whether any row depends on the keys. */
export async function dependsOnKeys(tx: Transaction): Promise<boolean> {
  const { rows } = await tx.raw<{ rows: { depends: boolean }[] }>(
    'select depends_on_keys() as depends',
  )
  return rows[0]?.depends !== false
}

/** The keys that rows name, the oldest and the newest rows. */
export async function namedKeys(tx: Transaction): Promise<NamedKey[]> {
  const { rows } = await tx.raw<{ rows: NamedKey[] }>('select purpose, key_id from keys_named()')
  return rows
}
