import { readingSession } from '../base/database/db-session.ts'
import { announceFirst, announceKeys, markRetired, replaceKeys } from '../base/keys/key-changes.ts'
import { checkValue, heldKeys } from '../base/keys/key-check.ts'
import { addKey, retireKey, useKey } from '../base/keys/key-rotation.ts'
import { knownKeys } from '../base/keys/key-store.ts'
import type { FolderKeys } from '../base/keys/keys.ts'
import { createMissingKeys, readHeldKeys } from '../base/keys/keys.ts'
import { purposesElsewhere } from '../base/keys/known-keys.ts'
import type { LogSecret } from '../base/keys/log-keys.ts'
import { logSecretsOf } from '../base/keys/log-keys.ts'
import { hasMlDsa } from '../base/tlog/signature-types.ts'
import { systemClock } from '../base/values/clock.ts'
import type { KeyPurpose, LogPurpose, RotatedPurpose } from '../base/values/key-purposes.ts'
import { isOfLog } from '../base/values/key-purposes.ts'
import { OperatorError } from '../base/values/operator-error.ts'
import type { House } from './house.ts'

// What `accord keys …` does.

export async function list({ isKnown }: { isKnown: boolean }, house: House): Promise<string[]> {
  const { keysDir } = placeOf(house)
  if (!isKnown) return namesOf(keysDir)
  const known = await house.withAnyKeys(knownKeys)
  return known.map((key) => {
    const line = `${key.purpose.padEnd(14)}${key.checkValue}  ${key.state}`
    return key.renewedAt === null ? line : `${line}  no row needs it`
  })
}

// Refused before the file system is asked: an empty name would be the folder in which the command was typed.
export function placeOf({ config }: House) {
  if (config.keysDir === '') throw new OperatorError('KEYS_DIR is required for this command.')
  return config
}

async function namesOf(keysDir: string): Promise<string[]> {
  const held = heldKeys(await readHeldKeys(keysDir))
  return [...held].flatMap(([purpose, values]) =>
    values.map((value, i) => `${purpose.padEnd(14)}${value}${i === 0 ? '  first' : ''}`),
  )
}

type Created = Readonly<Record<'log' | 'logPq' | 'rsa' | 'upstream' | 'signals', boolean>>

export async function create(asked: Created, house: House): Promise<string[]> {
  const { keysDir, signerSockets } = placeOf(house)
  if (asked.logPq && !hasMlDsa())
    throw new OperatorError('log-pq is ML-DSA-44, which this Node does not have: take Node 24.')
  const elsewhere = purposesElsewhere(signerSockets)
  const made = await createMissingKeys(keysDir, { ...asked, elsewhere })
  return made.length === 0 ? ['nothing was missing'] : made.map((purpose) => `made ${purpose}`)
}

type Announced = { readonly purpose: KeyPurpose | undefined; readonly isInstead: boolean }

export async function announce({ purpose, isInstead }: Announced, house: House): Promise<string[]> {
  const place = placeOf(house)
  if (purpose === undefined) {
    const noted = await house.withAnyKeys((db) => announceFirst(db, place))
    return noted.length === 0 ? ['nothing was new'] : noted.map((one) => `noted ${one}`)
  }
  if (!isInstead) return announceNew(house, purpose)
  const gone = await house.withAnyKeys((db) => replaceKeys(db, place, purpose))
  return [`${purpose} in KEYS_DIR counts now; retired: ${gone.join(', ') || 'none'}`]
}

async function announceNew(house: House, purpose: KeyPurpose): Promise<string[]> {
  const { config } = house
  // The log's keys all sign.
  const state = isOfLog(purpose) ? 'used' : 'announced'
  const fresh = await house.withAnyKeys((db) => announceKeys(db, config, purpose, state))
  return fresh.length === 0
    ? ['nothing was new']
    : fresh.map((value) => `announced ${purpose} ${value}`)
}

type Rotated = {
  readonly purpose: RotatedPurpose | LogPurpose
  readonly isInUse: boolean
  readonly isAtOnce: boolean
}

export async function rotate(
  { purpose, isInUse, isAtOnce }: Rotated,
  house: House,
): Promise<string[]> {
  const place = placeOf(house)
  if (isOfLog(purpose)) return rotateLog(house, purpose)
  return house.withDatabase(async (db) =>
    isInUse
      ? [
          `${purpose} ${await useKey(db, place, purpose, { now: systemClock(), isAtOnce })} is used from the next start on: give KEYS_DIR to every machine and restart every process`,
        ]
      : [
          `${purpose} ${await addKey(db, place, purpose)} is announced: give KEYS_DIR to every machine and restart every process, then: accord keys rotate ${purpose} --use`,
        ],
  )
}

// Of all keys only the log's need its room, which is loaded for them alone.
const openLogRoom = () => import('../ledger/transparency-log/index.ts')

async function rotateLog({ config, withDatabase }: House, purpose: LogPurpose): Promise<string[]> {
  const { rotateLogKey } = await openLogRoom()
  const secretsNow = async () => secretsOf(await readHeldKeys(config.keysDir), purpose)
  return withDatabase(async (db) => {
    const told = await rotateLogKey(config, purpose, secretsNow, systemClock())
    await announceKeys(db, config, purpose, 'used')
    return told
  })
}

function secretsOf({ log, logPq }: FolderKeys, purpose: LogPurpose): readonly LogSecret[] {
  return purpose === 'log' ? log : logSecretsOf({ log: [], logPq })
}

type Retired = {
  /** Where KEYS_DIR is the folder of a signer, the folder of the house. */
  readonly house?: string
  readonly isAtOnce: boolean
} & (
  | { readonly purpose: LogPurpose; readonly key?: undefined }
  | { readonly purpose: RotatedPurpose; readonly key: string }
)

export async function retire(asked: Retired, house: House): Promise<string[]> {
  const place = placeOf(house)
  const { isAtOnce } = asked
  if (asked.key === undefined) return retireLog(house, asked.purpose, isAtOnce)
  const { purpose, key } = asked
  // It loads all rooms whose rows name keys.
  const { rowsUnderKey } = await import('./key-retirement.ts')
  const { feedHere } = await import('../ledger/heads/index.ts')
  await house.withDatabase((db) => {
    const leaving = rowsUnderKey(db, place.keysDir, feedHere(house.config), asked.house)
    return retireKey(db, place, purpose, key, { now: systemClock(), isAtOnce, leaving })
  })
  return [`${purpose} ${key} is retired: give KEYS_DIR to every other machine`]
}

async function retireLog(
  { config, withDatabase }: House,
  purpose: LogPurpose,
  isAtOnce: boolean,
): Promise<string[]> {
  const { retireLogKey } = await openLogRoom()
  const keys = await readHeldKeys(config.keysDir)
  const held: readonly Buffer[] = purpose === 'log' ? keys.log : keys.logPq
  return withDatabase((db) =>
    retireLogKey(config, purpose, secretsOf(keys, purpose), readingSession(db), {
      isAtOnce,
      forget: async () => {
        for (const secret of held.slice(1))
          await markRetired(db, purpose, checkValue(purpose, secret))
      },
    }),
  )
}
