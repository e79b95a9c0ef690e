import type { Config } from '../base/settings/config.ts'
import { systemClock } from '../base/values/clock.ts'
import type { Database } from '../base/database/database.ts'
import { readingSession } from '../base/database/db-session.ts'
import { announceFirst, announceKeys, markRetired, replaceKeys } from '../base/keys/key-changes.ts'
import type { KeyPurpose } from '../base/values/key-purposes.ts'
import { checkValue, heldKeys } from '../base/keys/key-check.ts'
import { isPurpose } from '../base/values/key-purposes.ts'
import { addKey, isRotated, retireKey, useKey } from '../base/keys/key-rotation.ts'
import { knownKeys } from '../base/keys/key-store.ts'
import { purposesElsewhere } from '../base/keys/known-keys.ts'
import { createMissingKeys, readHeldKeys } from '../base/keys/keys.ts'
import { houseIn } from './audited-commands.ts'

type WithDatabase = <T>(config: Config, deed: (db: Database) => Promise<T>) => Promise<T>
type Given = {
  readonly config: Config
  /** Refuses keys of another database. */
  readonly withDatabase: WithDatabase
  /** Looks at no keys: for those that the database does not know yet. */
  readonly withAnyKeys: WithDatabase
  /** The folder of the house, where KEYS_DIR is the one of a signer. */
  readonly house?: string | undefined
}
type Printed = Promise<string[] | undefined>

/** @returns what to print; undefined: wrong usage */
export async function keysCommand(given: Given, [deed = '', ...args]: readonly string[]): Printed {
  if (given.config.keysDir === '' || !Object.hasOwn(deeds, deed)) return undefined
  if (deed === 'list' || deed === 'create') return deeds[deed]?.(given, args)
  const { house, rest } = houseIn(args)
  return deeds[deed]?.({ ...given, house }, rest)
}

const deeds: Readonly<Record<string, (given: Given, args: readonly string[]) => Printed>> = {
  list,
  create,
  announce,
  rotate,
  retire,
}

async function list({ config, withAnyKeys }: Given, args: readonly string[]): Printed {
  if (args.length === 0) return namesOf(config.keysDir)
  if (args.length > 1 || args[0] !== '--known') return undefined
  const known = await withAnyKeys(config, knownKeys)
  return known.map((key) => {
    const line = `${key.purpose.padEnd(14)}${key.checkValue}  ${key.state}`
    return key.renewedAt === null ? line : `${line}  no row needs it`
  })
}

async function namesOf(keysDir: string): Promise<string[]> {
  const held = heldKeys(await readHeldKeys(keysDir))
  return [...held].flatMap(([purpose, values]) =>
    values.map((value, i) => `${purpose.padEnd(14)}${value}${i === 0 ? '  first' : ''}`),
  )
}

async function create({ config }: Given, args: readonly string[]): Printed {
  const asked = (word: string) => args.includes(`--${word}`)
  const more = { log: asked('log'), upstream: asked('upstream'), signals: asked('signals') }
  const elsewhere = await purposesElsewhere(config.signerSocket)
  const also = { ...more, rsa: asked('rsa'), elsewhere }
  if (args.some((word) => !['--log', '--rsa', '--upstream', '--signals'].includes(word)))
    return undefined
  const made = await createMissingKeys(config.keysDir, also)
  return made.length === 0 ? ['nothing was missing'] : made.map((purpose) => `made ${purpose}`)
}

async function announce(given: Given, args: readonly string[]): Printed {
  const { config, withAnyKeys } = given
  const [purpose, how] = args
  if (purpose === undefined) {
    const noted = await withAnyKeys(config, (db) => announceFirst(db, config))
    return noted.length === 0 ? ['nothing was new'] : noted.map((one) => `noted ${one}`)
  }
  if (args.length > 2 || !isPurpose(purpose) || (how !== undefined && how !== '--instead'))
    return undefined
  if (how === undefined) return announceNew(given, purpose)
  const gone = await withAnyKeys(config, (db) => replaceKeys(db, config, purpose))
  return [`${purpose} in KEYS_DIR counts now; retired: ${gone.join(', ') || 'none'}`]
}

async function announceNew({ config, withAnyKeys }: Given, purpose: KeyPurpose): Promise<string[]> {
  // The log's keys all sign.
  const state = purpose === 'log' ? 'used' : 'announced'
  const fresh = await withAnyKeys(config, (db) => announceKeys(db, config, purpose, state))
  return fresh.length === 0
    ? ['nothing was new']
    : fresh.map((value) => `announced ${purpose} ${value}`)
}

async function rotate(given: Given, [purpose = '', ...rest]: readonly string[]): Printed {
  const { config, withDatabase } = given
  const [use, atOnce, ...more] = rest
  const [isInUse, isAtOnce] = [use === '--use', atOnce === '--at-once']
  if (more.length > 0 || (use !== undefined && !isInUse) || (atOnce !== undefined && !isAtOnce))
    return undefined
  if (purpose === 'log' && !isInUse) return rotateLog(given)
  if (!isRotated(purpose)) return undefined
  return withDatabase(config, async (db) =>
    isInUse
      ? [
          `${purpose} ${await useKey(db, config, purpose, { now: systemClock(), isAtOnce })} is used from the next start on: give KEYS_DIR to every machine and restart every process`,
        ]
      : [
          `${purpose} ${await addKey(db, config, purpose)} is announced: give KEYS_DIR to every machine and restart every process, then: accord keys rotate ${purpose} --use`,
        ],
  )
}

// Of all keys only the log's need its room, which is loaded for them alone.
const openLogRoom = () => import('../ledger/transparency-log/index.ts')

async function rotateLog({ config, withDatabase }: Given): Promise<string[]> {
  const { rotateLogKey } = await openLogRoom()
  const secretsNow = async () => (await readHeldKeys(config.keysDir)).log
  return withDatabase(config, async (db) => {
    const told = await rotateLogKey(config, secretsNow, systemClock())
    await announceKeys(db, config, 'log', 'used')
    return told
  })
}

async function retire(given: Given, [purpose = '', key, ...rest]: readonly string[]): Printed {
  if (purpose === 'log' && rest.length === 0) return retireLog(given, key)
  const [atOnce, ...more] = rest
  const isAtOnce = atOnce === '--at-once'
  if (more.length > 0 || (atOnce !== undefined && !isAtOnce)) return undefined
  if (!isRotated(purpose) || key === undefined) return undefined
  // Rows of people depend on these keys: there is no haste in which they may go.
  if (isAtOnce && (purpose === 'data' || purpose === 'seal')) return undefined
  const { config, withDatabase, house } = given
  // It loads all rooms whose rows name keys.
  const { leavingBy } = await import('./key-retirement.ts')
  await withDatabase(config, (db) => {
    const leaving = leavingBy(db, config.keysDir, house)
    return retireKey(db, config, purpose, key, { now: systemClock(), isAtOnce, leaving })
  })
  return [`${purpose} ${key} is retired: give KEYS_DIR to every other machine`]
}

async function retireLog({ config, withDatabase }: Given, how: string | undefined): Printed {
  if (how !== undefined && how !== '--at-once') return undefined
  const { retireLogKey } = await openLogRoom()
  const { log } = await readHeldKeys(config.keysDir)
  return withDatabase(config, (db) =>
    retireLogKey(config, log, readingSession(db), {
      isAtOnce: how === '--at-once',
      forget: async (old) => {
        for (const secret of old) await markRetired(db, 'log', checkValue('log', secret))
      },
    }),
  )
}
