import type { Database } from './database.ts'
import { announceKeys, markRetired, markUsed } from './key-changes.ts'
import type { NotedKey, KeyPurpose } from './key-check.ts'
import { checkValue, heldKeys } from './key-check.ts'
import type { KeyPairs } from './key-pairs.ts'
import { addWaitingPair, dropPair, keyPairs, putPairFirst } from './key-pairs.ts'
import { knownKeys } from './key-store.ts'
import { readHeldKeys } from './keys.ts'
import type { KeyPlace } from './known-keys.ts'
import type { SeveralSecrets } from './secret-files.ts'
import { addWaitingSecret, dropSecret, putSecretFirst, severalSecrets } from './secret-files.ts'
import { StartError } from './start-error.ts'

// A key is changed in steps, each of which every process takes part in before the next: it is known, then it signs or seals, then the
// old one may go. A process that did not know the new key yet would find nothing true that another has signed or sealed by it.

/** The purposes that may hold several keys; the log has steps of its own. */
export type RotatedPurpose = KeyPairs | SeveralSecrets
// What the keys of other purposes signed, sealed or wrapped is kept, and so are they.
const retirable: readonly KeyPurpose[] = ['cookie', 'dpop-nonce', 'id-token']

export function isRotated(word: string): word is RotatedPurpose {
  return isPair(word) || (severalSecrets as readonly string[]).includes(word)
}

function isPair(word: string): word is KeyPairs {
  return Object.hasOwn(keyPairs, word)
}

/** Adds a key that is known and not used yet, here and in the database. @returns its check value */
export async function addKey(
  db: Database,
  place: KeyPlace,
  purpose: RotatedPurpose,
): Promise<string> {
  if (isPair(purpose)) await addWaitingPair(place.keysDir, purpose)
  else await addWaitingSecret(place.keysDir, purpose)
  const [added = ''] = await announceKeys(db, place, purpose)
  return added
}

/** The key added last signs or seals from the next start on. @returns its check value. @throws StartError where none waits */
export async function useKey(
  db: Database,
  { keysDir }: KeyPlace,
  purpose: RotatedPurpose,
  now: Date,
): Promise<string> {
  const held = heldKeys(await readHeldKeys(keysDir)).get(purpose) ?? []
  const known = (await knownKeys(db)).filter((key) => key.purpose === purpose)
  const added = known.findLast((key) => key.state !== 'retired' && held.includes(key.checkValue))
  if (added === undefined || !isNewest(added, known))
    throw new StartError(`No new key of purpose ${purpose} waits here: « keys rotate » adds one.`)
  // The database first: a process that begins with a key which is only announced does not start.
  await markUsed(db, purpose, added.checkValue)
  if (isPair(purpose)) await putPairFirst(keysDir, purpose, added.checkValue, now)
  else await putSecretFirst(keysDir, purpose, isKey(purpose, added.checkValue))
  return added.checkValue
}

// One that is used already was left behind the others by a command that was cut off.
function isNewest(added: NotedKey, known: readonly NotedKey[]): boolean {
  const others = known.filter((key) => key !== added)
  return others.length > 0 && others.every(({ notedAt }) => notedAt < added.notedAt)
}

/** Processes need a key no more; it goes out of KEYS_DIR here. @throws StartError where it must stay */
export async function retireKey(
  db: Database,
  { keysDir }: KeyPlace,
  purpose: RotatedPurpose,
  value: string,
): Promise<void> {
  if (!retirable.includes(purpose))
    throw new StartError(`The old keys of purpose ${purpose} stay: what they made is kept.`)
  await markRetired(db, purpose, value)
  if (isPair(purpose)) await dropPair(keysDir, purpose, value)
  else await dropSecret(keysDir, purpose, isKey(purpose, value))
}

function isKey(purpose: SeveralSecrets, value: string): (secret: Buffer) => boolean {
  return (secret) => checkValue(purpose, secret) === value
}
