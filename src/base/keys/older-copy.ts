import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Database, Transaction } from '../database/database.ts'
import { transact } from '../database/database.ts'
import { writeWhole } from '../settings/atomic-file.ts'
import type { KeyPurpose } from '../values/key-purposes.ts'
import { isOfLog } from '../values/key-purposes.ts'
import { OperatorError } from '../values/operator-error.ts'
import type { HeldKeys, KeyState, NotedKey } from './key-check.ts'
import { checkValue, heldKeys, judgeKeys } from './key-check.ts'
import { newestUsed, timeOfUse } from './key-rotation.ts'
import { insertKeys, lockedKeys, moveKey } from './key-store.ts'
import type { KeyPlace } from './known-keys.ts'
import { readKeysAnywhere, requireNamed } from './known-keys.ts'
import { readHeldKeys } from './keys.ts'
import { maxKeys, readSecrets } from './secret-files.ts'

// A database was put back, and keys have changed since the copy was made: it knows keys that KEYS_DIR has no more, and KEYS_DIR holds some
// that it does not know. What becomes of each purpose follows from what its keys are for (decision 0228). That KEYS_DIR is of this
// installation is said by `pairwise`, which never changes.

/** What changed of one purpose after the copy, and what is noted in the database. */
export type KeyChange = {
  readonly purpose: KeyPurpose
  /** In the order of the file. */
  readonly fresh: readonly { readonly value: string; readonly state: KeyState }[]
  /** Was announced when the copy was made, and is in use since. */
  readonly used: readonly string[]
  /** Is in KEYS_DIR no more, and nothing that is kept needs it. */
  readonly gone: readonly string[]
  /** Is in KEYS_DIR no more, and rows of the copy are under it. */
  readonly needed: readonly string[]
}
export type KeyChanges = {
  readonly changes: readonly KeyChange[]
  /** Why these keys cannot be taken, parts of sentences. */
  readonly faults: readonly string[]
}

type RowPurpose = 'data' | 'seal'
const rowPurposes: readonly KeyPurpose[] = ['data', 'seal'] satisfies RowPurpose[]
/** Old keys of these check what is kept: they stay beside, and sign no more. */
const checkingPurposes: readonly KeyPurpose[] = ['decision', 'receipt']

/** What changed between a copy of the database and KEYS_DIR. Pure. */
export function changesSince(held: HeldKeys, known: readonly NotedKey[]): KeyChanges {
  const changes: KeyChange[] = []
  const faults: string[] = []
  for (const [purpose, own] of held) {
    const ours = known.filter((key) => key.purpose === purpose)
    const { faults: wrong, first } = judgeKeys(new Map([[purpose, own]]), ours)
    if (wrong.length === 0 && first.size === 0) continue
    const why = wrong.length > 0 && whyNot(purpose, own, ours)
    if (typeof why === 'string') faults.push(why)
    else changes.push(changeOf(purpose, own, ours))
  }
  return { changes, faults }
}

function whyNot(
  purpose: KeyPurpose,
  own: readonly string[],
  known: readonly NotedKey[],
): string | undefined {
  const [active = ''] = own
  if (purpose === 'pairwise')
    return `pairwise is ${active}, and never changes: KEYS_DIR, or this database, is of another installation`
  const at = known.find((key) => key.checkValue === active)
  const newest = newestUsed(known)
  const isOlder =
    at?.state === 'retired' ||
    (at?.state === 'used' &&
      newest !== undefined &&
      !own.includes(newest.checkValue) &&
      timeOfUse(newest) > timeOfUse(at))
  return isOlder
    ? `${purpose} begins with ${active}, after which this database had another one: KEYS_DIR is older than the database`
    : undefined
}

function changeOf(
  purpose: KeyPurpose,
  own: readonly string[],
  known: readonly NotedKey[],
): KeyChange {
  const [active = ''] = own
  const stateOf = (value: string) => known.find((key) => key.checkValue === value)?.state
  const away = (state: KeyState) =>
    known
      .filter((key) => key.state === state && !own.includes(key.checkValue))
      .map((key) => key.checkValue)
  const isNew = stateOf(active) !== 'used'
  const fresh = own
    .filter((value) => stateOf(value) === undefined)
    .map((value) => ({ value, state: stateOfFresh(purpose, value === active, isNew) }))
  const isOfRows = rowPurposes.includes(purpose)
  return {
    purpose,
    fresh,
    used: stateOf(active) === 'announced' ? [active] : [],
    gone: [...(isOfRows ? [] : away('used')), ...away('announced')],
    needed: isOfRows ? away('used') : [],
  }
}

// Behind one that the copy knows as used, a key waits; behind a newer one it is an old one, or waits, and nobody needs to know which.
function stateOfFresh(purpose: KeyPurpose, isActive: boolean, isNew: boolean): KeyState {
  if (isActive || isOfLog(purpose)) return 'used'
  if (!isNew) return 'announced'
  return checkingPurposes.includes(purpose) ? 'retired' : 'used'
}

/** What changed, as it is shown before it is done. */
export type KeyPlan = KeyChanges & {
  /** Rows are under keys that are nowhere: a purpose and check value each. */
  readonly lost: readonly string[]
  /** Names exactly this. */
  readonly code: string
}

/** @param olderDir a KEYS_DIR of the time of the copy, from which keys come back that its rows need */
export async function planForCopy(
  db: Database,
  place: KeyPlace,
  olderDir?: string,
): Promise<KeyPlan> {
  return transact(db, (tx) => planIn(tx, place, olderDir))
}

async function planIn(tx: Transaction, place: KeyPlace, olderDir?: string): Promise<KeyPlan> {
  const found = changesSince(heldKeys(await readKeysAnywhere(place)), await lockedKeys(tx))
  const older = olderDir === undefined ? undefined : heldKeys(await readHeldKeys(olderDir))
  const lost = found.changes.flatMap(({ purpose, needed }) =>
    needed
      .filter((value) => older?.get(purpose)?.includes(value) !== true)
      .map((value) => `${purpose} ${value}`),
  )
  const code = createHash('sha256').update(JSON.stringify(found.changes)).digest('hex').slice(0, 8)
  return { ...found, lost, code }
}

/**
 * Notes in the database what was planned, after the keys that its rows need came back into KEYS_DIR.
 * @returns the keys that came back
 * @throws OperatorError where it is another plan by now, or one that cannot be
 */
export async function takeKeysForCopy(
  db: Database,
  place: KeyPlace,
  { code, olderDir }: { readonly code: string; readonly olderDir?: string | undefined },
): Promise<{ readonly purpose: RowPurpose; readonly value: string }[]> {
  const back = await transact(db, async (tx) => {
    const plan = await planIn(tx, place, olderDir)
    if (plan.faults.length > 0 || plan.lost.length > 0 || plan.code !== code)
      throw new OperatorError('What changed is not what was shown: look again, without --confirm.')
    const keys = await readKeysAnywhere(place)
    for (const { purpose, fresh, used, gone, needed } of plan.changes) {
      if (isOfRows(purpose)) await bringBack(place.keysDir, olderDir, purpose, needed)
      for (const state of ['used', 'announced', 'retired'] as const) {
        const values = fresh.filter((one) => one.state === state).map(({ value }) => value)
        await insertKeys(tx, purpose, values, state)
      }
      for (const value of used)
        await moveKey(tx, { purpose, checkValue: value, state: 'announced' }, 'used')
      for (const value of gone)
        await moveKey(tx, { purpose, checkValue: value, state: 'used' }, 'retired')
    }
    // Of a purpose of which the copy knows no key its rows may still name one.
    const unknown = plan.changes
      .filter(({ purpose }) => isOfRows(purpose))
      .map(({ purpose }) => purpose)
    if (unknown.length > 0) {
      const now = await readKeysAnywhere(place)
      await requireNamed(tx, { ...keys, data: now.data, seal: now.seal }, unknown)
    }
    return plan.changes.flatMap(({ purpose, needed }) =>
      isOfRows(purpose) ? needed.map((value) => ({ purpose, value })) : [],
    )
  })
  return back
}

function isOfRows(purpose: KeyPurpose): purpose is RowPurpose {
  return rowPurposes.includes(purpose)
}

// Behind those of today. Before the database knows: a process that is killed between has one key more than it needs.
async function bringBack(
  keysDir: string,
  olderDir: string | undefined,
  purpose: RowPurpose,
  needed: readonly string[],
): Promise<void> {
  if (needed.length === 0 || olderDir === undefined) return
  const file = join(keysDir, purpose)
  const held = await readSecrets(file)
  const names = held.map((secret) => checkValue(purpose, secret))
  const older = (await readSecrets(join(olderDir, purpose))).filter((secret) => {
    const value = checkValue(purpose, secret)
    return needed.includes(value) && !names.includes(value)
  })
  if (held.length === 0)
    throw new OperatorError(
      `${file} is not there: put ${needed.join(', ')} behind the key that is used where it lies.`,
    )
  if (held.length + older.length > maxKeys) throw new OperatorError(`${file} would hold too many.`)
  const lines = [...held, ...older].map((key) => `${key.toString('base64url')}\n`)
  await writeWhole(file, lines.join(''), { mode: 0o600 })
}
