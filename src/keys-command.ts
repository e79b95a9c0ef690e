import type { Config } from './base/platform/config.ts'
import { systemClock } from './base/platform/clock.ts'
import type { Database } from './base/platform/database.ts'
import { readingSession } from './base/platform/db-session.ts'
import {
  addWaitingSecret,
  createMissingKeys,
  openKeys,
  useWaitingSecret,
} from './base/platform/keys.ts'
import { retireLogKey, rotateLogKey, rotateUsage } from './ledger/transparency-log/index.ts'

export const keysUsage = `  accord keys list            the keys by purpose; public names only
  accord keys create          makes the keys that are missing in KEYS_DIR
${rotateUsage}
  accord keys rotate seal     adds a key of seals that is known, and does not seal yet: restart every process
  accord keys rotate seal --use
                              the key added last seals from the next start on`

type WithDatabase = <T>(config: Config, deed: (db: Database) => Promise<T>) => Promise<T>

/** @returns what to print; undefined: wrong usage */
export async function keysCommand(
  config: Config,
  args: readonly string[],
  withDatabase: WithDatabase,
): Promise<string[] | undefined> {
  const { keysDir } = config
  if (keysDir === '') return undefined
  if (args[1] === 'seal') return changeSealKey(keysDir, args)
  if (args.length > 1) return changeLogKey(config, args, withDatabase)
  if (args[0] === 'create') {
    const made = await createMissingKeys(keysDir)
    return made.length === 0 ? ['nothing was missing'] : made.map((purpose) => `made ${purpose}`)
  }
  if (args[0] !== 'list') return undefined
  const held = await openKeys(keysDir)
  return [
    ...held.idToken.map((key, i) => `id-token      ${key.kid ?? ''}${i === 0 ? '  signs' : ''}`),
    ...held.decision.map((key, i) => `decision      ${key.kid ?? ''}${i === 0 ? '  signs' : ''}`),
    ...held.receipt.map((key, i) => `receipt       ${key.kid ?? ''}${i === 0 ? '  signs' : ''}`),
    `data          ${held.data.length}`,
    `seal          ${held.seal.length}`,
    `log           ${held.log.length}`,
    `cookie        ${held.cookie.length}`,
    'dpop-nonce    1',
    'pairwise      1',
  ]
}

// In two steps: a process that did not know the new key yet would find no row true that another process has sealed by it.
async function changeSealKey(
  keysDir: string,
  [deed, purpose, ...rest]: readonly string[],
): Promise<string[] | undefined> {
  const isInUse = rest[0] === '--use'
  if (deed !== 'rotate' || purpose !== 'seal' || rest.length > Number(isInUse)) return undefined
  if (isInUse) {
    await useWaitingSecret(keysDir, 'seal')
    return ['from its next start on, each process seals by the key that was added last']
  }
  await addWaitingSecret(keysDir, 'seal')
  return ['added; restart every process, then: accord keys rotate seal --use']
}

async function changeLogKey(
  config: Config,
  [deed, purpose, ...rest]: readonly string[],
  withDatabase: WithDatabase,
): Promise<string[] | undefined> {
  const { keysDir } = config
  const isAtOnce = rest[0] === '--at-once'
  if (purpose !== 'log' || rest.length > Number(isAtOnce)) return undefined
  if (deed === 'rotate' && !isAtOnce)
    return rotateLogKey(config, async () => (await openKeys(keysDir)).log, systemClock())
  if (deed !== 'retire') return undefined
  const { log } = await openKeys(keysDir)
  return withDatabase(config, (db) => retireLogKey(config, log, readingSession(db), isAtOnce))
}
