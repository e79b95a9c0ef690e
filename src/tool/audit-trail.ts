import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { openClockAsItIs } from '../base/database/clock-offset.ts'
import { requireRightClock } from '../base/database/clock-skew.ts'
import type { Config } from '../base/settings/config.ts'
import type { Database } from '../base/database/database.ts'
import { openDatabase, startPatience } from '../base/database/database.ts'
import { instanceOf } from '../base/settings/instance.ts'
import { claimedHand } from '../base/keys/jws.ts'
import { checkValue } from '../base/keys/key-check.ts'
import { knownKeys } from '../base/keys/key-store.ts'
import { requireKnownKeys } from '../base/keys/known-keys.ts'
import type { OperatorDeed } from '../base/observing/operator-audit-store.ts'
import { auditBegin, auditEnd } from '../base/observing/operator-audit-store.ts'
import type { RowSeals } from '../base/sealing/row-seal.ts'
import { makeRowSeals } from '../base/sealing/row-seal.ts'
import { requireSchema } from '../base/migrating/schema-version.ts'
import { readSecrets } from '../base/keys/secret-files.ts'
import { Secret } from '../base/values/secret.ts'
import { NotProvedError, OperatorError } from '../base/values/operator-error.ts'
import { noteLookedAt, sealsOf, withDatabaseUrl } from './command-database.ts'
import type { NotedDeed } from './command.ts'
import { personOf } from '../people/accounts/index.ts'

const longestObject = 200
const longestName = 100
const maxFileBytes = 16 * 1024 * 1024
const mostSigners = 10

/**
 * Notes a command before it acts, and how it ended. What cannot be noted is not done, nor what a machine with a wrong clock would do. A command that was killed has a beginning alone.
 * @param work gets the configuration with the database that is open
 */
export function auditDeed(
  config: Config,
  noted: NotedDeed,
  env: Readonly<Record<string, string | undefined>>,
  work: (config: Config) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  return withDatabaseUrl(config, async (url) => {
    const db = openDatabase(url, startPatience)
    try {
      await requireSchema(db, config)
      await requireRightClock(db)
      await openClockAsItIs(db, config)
      const { ofKeys } = noted
      if (ofKeys === undefined) await requireKnownKeys(db, config)
      const { seals, isKnown } =
        ofKeys === undefined
          ? { seals: await sealsOf(config), isKnown: true }
          : await sealsOfHouse(db, config, ofKeys)
      const deed = await deedOf(db, config, noted, accountIn(env))
      const begin = () => auditBegin(db, seals, deed)
      const ended = (begunNo: number, phase: 'done' | 'prepared' | 'refused') =>
        auditEnd(db, seals, deed, { begunNo, phase })
      const act = () => work(noteLookedAt({ ...config, databaseUrl: new Secret(url) }))
      if (!isKnown) {
        // Until the database knows the key, a row under it would pass for one that somebody forged.
        const lines = await act()
        if (noted.acts) await ended(await begin(), 'done')
        return lines
      }
      const begunNo = await begin()
      try {
        const lines = await act()
        // An order that is only written, or a plan that is only shown, changes nothing.
        await ended(begunNo, noted.acts ? 'done' : 'prepared')
        return lines
      } catch (error) {
        // What is not proved yet, or waits, was done.
        await ended(begunNo, error instanceof NotProvedError && noted.acts ? 'done' : 'refused')
        throw error
      }
    } finally {
      await db.destroy()
    }
  })
}

/**
 * By which key a change of keys is noted: the one of the house, although KEYS_DIR may be the folder of a signer.
 * @throws OperatorError where it is missing, or of another database: what it sealed would never be true again
 */
async function sealsOfHouse(
  db: Database,
  config: Config,
  { house: given, mayBeNew }: NonNullable<NotedDeed['ofKeys']>,
): Promise<{ readonly seals: RowSeals; readonly isKnown: boolean }> {
  const house = given ?? config.keysDir
  if (house === '') throw new OperatorError('KEYS_DIR is required for this command.')
  const held = await readSecrets(join(house, 'seal'))
  const [first] = held
  if (first === undefined)
    throw new OperatorError(
      `${join(house, 'seal')} is not there, and what is done is noted under it. Where KEYS_DIR is the folder of a signer, --house DIR names that of the house.`,
    )
  const known = (await knownKeys(db)).filter((key) => key.purpose === 'seal')
  const expected = known.filter(({ state }) => state !== 'retired').map((key) => key.checkValue)
  const isKnown = expected.length === 0 || expected.includes(checkValue('seal', first))
  // A lost one is announced in the place of the others by this very command.
  if (isKnown || mayBeNew) return { seals: makeRowSeals(held), isKnown }
  await requireKnownKeys(db, { ...config, keysDir: house })
  throw new OperatorError(`${join(house, 'seal')} begins with a key of another database.`)
}

async function deedOf(
  db: Database,
  config: Config,
  { action, object: about, operator, reasons, files }: NotedDeed,
  account: string | null,
): Promise<OperatorDeed> {
  const object = about.slice(0, longestObject)
  const isHers = /^(con|dec)_/.test(object)
  const personId = isHers ? ((await personOf(db, object)) ?? null) : null
  // What leads to nobody may be the name of what was erased: it is not kept again.
  const isKept = object !== '' && (personId !== null || !isHers)
  return {
    action,
    object: isKept ? object : null,
    personId,
    operator: operator?.slice(0, longestName) ?? null,
    account,
    signers: await signersIn(files),
    instance: instanceOf(config),
    reasonSha256: reasons.some((reason) => reason !== undefined)
      ? createHash('sha256').update(JSON.stringify(reasons)).digest()
      : null,
  }
}

// Who came to the machine, and not the account that the tool runs under: sudo says it, and « accord » of deploy/systemd.
function accountIn(env: Readonly<Record<string, string | undefined>>): string | null {
  const { SUDO_USER: before = '' } = env
  if (before !== '') return before.slice(0, longestName)
  try {
    return userInfo().username.slice(0, longestName) || null
  } catch {
    return null // a container may run under a number that has no account
  }
}

/** The public keys that these files name. What cannot be read names none: the command says what is wrong with it. */
async function signersIn(files: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const file of files) found.push(...(await signersOf(file)))
  const keys = found.filter((key) => /^[A-Za-z0-9_-]{1,64}$/.test(key))
  return [...new Set(keys)].slice(0, mostSigners)
}

async function signersOf(file: string): Promise<string[]> {
  try {
    const found = await stat(file)
    if (!found.isFile() || found.size > maxFileBytes) return []
    return keysIn(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return []
  }
}

// A private key names its public half; an order, or a change of the register, has signatures that name theirs.
function keysIn(content: unknown): string[] {
  if (typeof content !== 'object' || content === null) return []
  const { x, signatures } = content as { readonly x?: unknown; readonly signatures?: unknown } // each is looked at
  if (typeof x === 'string') return [x]
  if (!Array.isArray(signatures)) return []
  return signatures.slice(0, mostSigners).flatMap((jws: unknown) => {
    const key = typeof jws === 'string' ? claimedHand(jws) : undefined
    return key === undefined ? [] : [key]
  })
}
