import type { Database, Transaction } from '../database/database.ts'
import { transact } from '../database/database.ts'
import type { KeyPurpose } from '../values/key-purposes.ts'
import { heldKeys } from './key-check.ts'
import { insertKeys, lockedKeys, moveKey } from './key-store.ts'
import type { KeyPlace } from './known-keys.ts'
import { requireSoundKeys, readKeysAnywhere, requireNamed } from './known-keys.ts'
import { OperatorError } from '../values/operator-error.ts'

/** Notes the keys in KEYS_DIR of all purposes of which the database knows none. @returns the purposes. @throws OperatorError */
export async function announceFirst(db: Database, place: KeyPlace): Promise<string[]> {
  const keys = await readKeysAnywhere(place)
  return transact(db, async (tx) => {
    const { first } = requireSoundKeys(place, heldKeys(keys), await lockedKeys(tx))
    await requireNamed(tx, keys, [...first.keys()])
    for (const [purpose, values] of first) await insertKeys(tx, purpose, values, 'used')
    return [...first.keys()]
  })
}

/**
 * Notes the keys of a purpose that the database does not know yet. Only a holder of all used keys may add one.
 * @returns their check values
 * @throws OperatorError
 */
export async function announceKeys(
  db: Database,
  place: KeyPlace,
  purpose: KeyPurpose,
  state: 'announced' | 'used' = 'announced',
): Promise<string[]> {
  const own = heldKeys(await readKeysAnywhere(place)).get(purpose) ?? []
  return transact(db, async (tx) => {
    const known = (await lockedKeys(tx)).filter((key) => key.purpose === purpose)
    if (known.length === 0) throw new OperatorError(unknownPurpose(purpose))
    if (purpose === 'pairwise')
      throw new OperatorError(
        'The key `pairwise` is never replaced: people’s identifiers follow from it.',
      )
    const missing = known.filter((key) => key.state === 'used' && !own.includes(key.checkValue))
    if (missing.length > 0)
      throw new OperatorError(
        `KEYS_DIR lacks ${missing.map((key) => key.checkValue).join(', ')} of purpose ${purpose}: a new key is added beside it.`,
      )
    const fresh = own.filter((value) => !known.some((key) => key.checkValue === value))
    await insertKeys(tx, purpose, fresh, state)
    return fresh
  })
}

const unknownPurpose = (purpose: KeyPurpose) =>
  `The database knows no key of purpose ${purpose} yet: « accord keys announce », without a purpose, notes the first.`

/** Purposes whose old keys open or check nothing that is kept: a new key may take their place at once. */
const replaceable: readonly KeyPurpose[] = [
  'cookie',
  'dpop-nonce',
  'id-token',
  'id-token-rsa',
  'upstream',
  'signals',
]

/**
 * Puts the keys in KEYS_DIR in the place of all others of their purpose, which are lost or known to others.
 * @throws OperatorError where something that is kept depends on the others
 */
export async function replaceKeys(
  db: Database,
  place: KeyPlace,
  purpose: KeyPurpose,
): Promise<string[]> {
  const keys = await readKeysAnywhere(place)
  const own = heldKeys(keys).get(purpose) ?? []
  if (own.length === 0) throw new OperatorError(`KEYS_DIR holds no key of purpose ${purpose}.`)
  return transact(db, async (tx) => {
    const known = (await lockedKeys(tx)).filter((key) => key.purpose === purpose)
    // Seals may be made anew from people's events: then no row names the lost key any more.
    if (purpose === 'seal') await requireNamed(tx, keys, ['seal'])
    else if (!replaceable.includes(purpose))
      throw new OperatorError(`A key of purpose ${purpose} is never put in the place of another.`)
    const gone = known.filter((key) => !own.includes(key.checkValue))
    await insertKeys(tx, purpose, own, 'used')
    for (const key of gone) await moveKey(tx, key, 'retired')
    return gone.map((key) => key.checkValue)
  })
}

/** From now on each process must hold this key. @throws OperatorError where it was never announced, or was retired */
export async function markUsed(db: Database, purpose: KeyPurpose, value: string): Promise<void> {
  await transact(db, async (tx) => {
    const key = (await lockedKeys(tx)).find(
      (known) => known.purpose === purpose && known.checkValue === value,
    )
    if (key === undefined || key.state === 'retired')
      throw new OperatorError(
        `The database does not know ${value} of purpose ${purpose} as a new key.`,
      )
    await moveKey(tx, key, 'used')
  })
}

/**
 * From now on a process need not hold this key, and must not begin with it.
 * @param keep keeps what is still needed of it, in the same transaction
 * @throws OperatorError where it is the only one
 */
export async function markRetired(
  db: Database,
  purpose: KeyPurpose,
  value: string,
  keep?: (tx: Transaction) => Promise<void>,
): Promise<void> {
  await transact(db, async (tx) => {
    const known = (await lockedKeys(tx)).filter((key) => key.purpose === purpose)
    const key = known.find((one) => one.checkValue === value)
    if (key === undefined)
      throw new OperatorError(`The database knows no key ${value} of purpose ${purpose}.`)
    const others = known.filter((one) => one.state === 'used' && one !== key)
    if (others.length === 0)
      throw new OperatorError(
        `No other key of purpose ${purpose} is in use: bring one into use first.`,
      )
    await keep?.(tx)
    await moveKey(tx, key, 'retired')
  })
}
