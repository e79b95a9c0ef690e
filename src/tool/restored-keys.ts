import type { Database } from '../base/database/database.ts'
import type { Config } from '../base/settings/config.ts'
import type { KeyChange, KeyPlan } from '../base/keys/older-copy.ts'
import { planForCopy, takeKeysForCopy } from '../base/keys/older-copy.ts'
import { retireKey } from '../base/keys/key-rotation.ts'
import { readHeldKeys } from '../base/keys/keys.ts'
import { walkBegins, walkOn } from '../base/sealing/key-renewal.ts'
import type { KeyPurpose } from '../base/values/key-purposes.ts'
import { OperatorError } from '../base/values/operator-error.ts'
import { renewalsOf } from '../house/renewals.ts'
import { feedHere } from '../ledger/heads/index.ts'
import type { House } from './house.ts'
import { rowsUnderKey } from './key-retirement.ts'

// `accord ledger restored --keys`: the keys of today beside a copy of the database of before.

export type KeysOfCopy = {
  readonly olderKeys: string | undefined
  /** The code of what was shown; absent: it is only shown. */
  readonly confirm: string | undefined
}

/** @returns the lines to print. @throws OperatorError where these keys cannot be taken */
export async function keysOfCopy(
  { olderKeys: olderDir, confirm: code }: KeysOfCopy,
  house: House,
): Promise<string[]> {
  const { config } = house
  if (config.keysDir === '') throw new OperatorError('KEYS_DIR is required for this command.')
  return house.withAnyKeys(async (db, now) => {
    const plan = await planForCopy(db, config, olderDir)
    requirePossible(plan, config.keysDir)
    if (plan.changes.length === 0)
      return ['The keys of this database are those in KEYS_DIR: nothing changed since the copy.']
    const lines = plan.changes.map(lineOf)
    if (code === undefined)
      return [
        ...lines,
        `Nothing is changed yet. It is, while no process runs, with --confirm ${plan.code}`,
      ]
    const back = await takeKeysForCopy(db, config, { code, olderDir })
    return [
      ...lines,
      ...(await rewrap(db, config, plan, back, now)),
      'Start the processes: they compare the database with the log.',
    ]
  })
}

function requirePossible({ faults, lost, changes }: KeyPlan, keysDir: string): void {
  if (faults.length > 0)
    throw new OperatorError(
      `These keys cannot be taken: ${faults.join('; ')}. Put the right ones into ${keysDir}.`,
    )
  if (lost.length > 0)
    throw new OperatorError(
      [
        `Rows of this copy are under keys that are not in ${keysDir}: ${lost.join(', ')}. Name a KEYS_DIR of the time of the copy, which is only read: --older-keys DIR.`,
        ...changes.map(lineOf),
      ].join('\n'),
    )
}

const published: readonly KeyPurpose[] = [
  'id-token',
  'id-token-rsa',
  'upstream',
  'signals',
  'decision',
  'receipt',
  'log',
  'log-pq',
]

function lineOf({ purpose, fresh, used, gone, needed }: KeyChange): string {
  const now = [...fresh.filter(({ state }) => state === 'used').map(({ value }) => value), ...used]
  const waiting = fresh.filter(({ state }) => state === 'announced').map(({ value }) => value)
  const parts = [
    ...(now.length > 0
      ? [
          `${now.join(', ')} ${published.includes(purpose) ? 'is announced anew, and signs' : 'is taken as it is'}`,
        ]
      : []),
    ...(waiting.length > 0 ? [`${waiting.join(', ')} is announced anew, and waits`] : []),
    ...(needed.length > 0 ? [`rows under ${needed.join(', ')} are put under the newest`] : []),
    ...(gone.length > 0 ? [`${gone.join(', ')} is retired`] : []),
  ]
  return `${purpose.padEnd(14)}${parts.join('; ')}`
}

/** Puts the rows of the copy under the keys of today; then those that came back for it go again. */
async function rewrap(
  db: Database,
  config: Config,
  { changes }: KeyPlan,
  back: Awaited<ReturnType<typeof takeKeysForCopy>>,
  now: Date,
): Promise<string[]> {
  const { keysDir } = config
  const purposes = changes.map(({ purpose }) => purpose)
  if (!purposes.includes('data') && !purposes.includes('seal')) return []
  const { data, seal } = await readHeldKeys(keysDir)
  if (data.length === 0 || seal.length === 0)
    return [
      'Keys lie with a signer: the job of each hour puts rows under the newest key; then « accord keys retire ».',
    ]
  const own = renewalsOf({ data, seal }).filter(({ purpose }) => purposes.includes(purpose))
  const walk = { isTime: () => true, isGentle: false }
  const { renewed } = await walkOn(db, own, walkBegins, walk)
  const lines = [`${renewed} rows are under the newest keys now`]
  const leaving = rowsUnderKey(db, keysDir, feedHere(config))
  const step = { now, isAtOnce: true, leaving }
  for (const { purpose, value } of back) {
    lines.push(
      await retireKey(db, { mode: 'production', keysDir }, purpose, value, step).then(
        () => `${purpose} ${value} went again`,
        (error: unknown) => {
          if (!(error instanceof OperatorError)) throw error
          return `${purpose} ${value} stays in KEYS_DIR for now. ${error.message} Later: accord keys retire ${purpose} ${value}`
        },
      ),
    )
  }
  return lines
}
