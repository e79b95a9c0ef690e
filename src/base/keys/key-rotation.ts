import type { Database } from '../database/database.ts'
import { announceKeys, markRetired, markUsed } from './key-changes.ts'
import type { NotedKey } from './key-check.ts'
import type { KeyPurpose, RotatedPurpose } from '../values/key-purposes.ts'
import { checkValue, heldKeys } from './key-check.ts'
import type { KeyPairs } from './key-pairs.ts'
import {
  addWaitingPair,
  dropPair,
  keyPairs,
  putPairFirst,
  checksNothingKept,
  stopSigning,
} from './key-pairs.ts'
import { knownKeys } from './key-store.ts'
import { readHeldKeys } from './keys.ts'
import type { KeyPlace } from './known-keys.ts'
import type { SeveralSecrets } from './secret-files.ts'
import { addWaitingSecret, dropSecret, putSecretFirst } from './secret-files.ts'
import { OperatorError } from '../values/operator-error.ts'

// A key is changed in steps, each of which every process takes part in before the next: it is known, then it signs or seals, then the
// old one may go. A process that did not know the new key yet would find nothing true that another has signed or sealed by it.

const [minute, hour] = [60_000, 3_600_000]
/** How long a new key is published before it signs: services keep a copy of what is published. */
const publishedMs: Partial<Record<KeyPurpose, number>> = {
  'id-token': 24 * hour,
  'id-token-rsa': 24 * hour,
  upstream: 24 * hour,
  signals: 24 * hour,
  decision: 24 * hour,
  receipt: 24 * hour,
}
/** How long what an old key signed is still presented, once another is used: a session, a page of `/jwks` that was kept, a nonce. */
const presentedMs: Partial<Record<KeyPurpose, number>> = {
  cookie: 24 * hour,
  'id-token': 24 * hour,
  'id-token-rsa': 24 * hour,
  // An event that was polled may be checked later; one that waits is signed anew.
  signals: 24 * hour,
  'dpop-nonce': 10 * minute,
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

/** `isAtOnce`: the old key is known to others, so that nothing is waited for. */
type Step = { readonly now: Date; readonly isAtOnce: boolean }

/** The key added last signs or seals from the next start on. @returns its check value. @throws OperatorError where none waits, or too early */
export async function useKey(
  db: Database,
  { keysDir }: KeyPlace,
  purpose: RotatedPurpose,
  { now, isAtOnce }: Step,
): Promise<string> {
  const held = heldKeys(await readHeldKeys(keysDir)).get(purpose) ?? []
  const known = (await knownKeys(db)).filter((key) => key.purpose === purpose)
  const added = known.findLast((key) => key.state !== 'retired' && held.includes(key.checkValue))
  if (added === undefined || !isNewest(added, known))
    throw new OperatorError(
      `No new key of purpose ${purpose} waits here: « keys rotate » adds one.`,
    )
  if (!isAtOnce)
    requirePassed(publishedMs[purpose], added.notedAt, now, {
      since: `The new key of purpose ${purpose} has been published`,
      why: 'those who check signatures may have a copy without it',
    })
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

/** The key that came into use last, of those of one purpose. */
export function newestUsed(known: readonly NotedKey[]): NotedKey | undefined {
  return known
    .filter(({ state }) => state === 'used')
    .toSorted((a, b) => timeOfUse(a).getTime() - timeOfUse(b).getTime())
    .at(-1)
}

export function timeOfUse({ usedAt, notedAt }: NotedKey): Date {
  return usedAt ?? notedAt
}

function requirePassed(
  neededMs: number | undefined,
  from: Date,
  now: Date,
  { since, why }: { readonly since: string; readonly why: string },
): void {
  const passed = now.getTime() - from.getTime()
  if (neededMs === undefined || passed >= neededMs) return
  const [had, needs] = [passed, neededMs].map((ms) =>
    neededMs < hour ? `${Math.floor(ms / minute)} minutes` : `${Math.floor(ms / hour)} hours`,
  )
  throw new OperatorError(
    `${since} for ${had}, of ${needs}: ${why}. --at-once where the old key is known to others.`,
  )
}

/** What is looked at, and kept, before a key goes. @throws OperatorError where something needs it */
export type LastLook = (key: {
  readonly purpose: 'data' | 'seal'
  readonly value: string
}) => Promise<NonNullable<Parameters<typeof markRetired>[3]>>

/** Processes need a key no more; it goes out of KEYS_DIR here. @throws OperatorError where it must stay */
export async function retireKey(
  db: Database,
  { keysDir }: KeyPlace,
  purpose: RotatedPurpose,
  value: string,
  { now, isAtOnce, leaving }: Step & { readonly leaving: LastLook },
): Promise<void> {
  const [first] = heldKeys(await readHeldKeys(keysDir)).get(purpose) ?? []
  if (first === value)
    throw new OperatorError(`${value} of purpose ${purpose} signs or seals now: it is not retired.`)
  const newest = newestUsed((await knownKeys(db)).filter((key) => key.purpose === purpose))
  if (newest !== undefined && !isAtOnce)
    requirePassed(presentedMs[purpose], timeOfUse(newest), now, {
      since: `The newest key of purpose ${purpose} has been in use`,
      why: 'what the old one signed is still presented',
    })
  const keep =
    purpose === 'data' || purpose === 'seal' ? await leaving({ purpose, value }) : undefined
  await markRetired(db, purpose, value, keep)
  await takeKeyOut(keysDir, purpose, value)
}

/** A key that the database has retired goes out of the folder: again, where a command was cut off before. */
export async function takeKeyOut(
  keysDir: string,
  purpose: RotatedPurpose,
  value: string,
): Promise<void> {
  if (isPair(purpose) && checksNothingKept(purpose)) await dropPair(keysDir, purpose, value)
  else if (isPair(purpose)) await stopSigning(keysDir, purpose, value)
  else await dropSecret(keysDir, purpose, isKey(purpose, value))
}

function isKey(purpose: SeveralSecrets, value: string): (secret: Buffer) => boolean {
  return (secret) => checkValue(purpose, secret) === value
}
