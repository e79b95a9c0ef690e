import type { Config } from '../base/settings/config.ts'
import { requireRightClock } from '../base/database/clock-skew.ts'
import { systemClock } from '../base/values/clock.ts'
import type { Database } from '../base/database/database.ts'
import { openDatabase, startPatience } from '../base/database/database.ts'
import { logSecretsOf } from '../base/keys/log-keys.ts'
import { openKeysAnywhere, requireKnownKeys } from '../base/keys/known-keys.ts'
import { reportCode } from '../base/migrating/code-report.ts'
import { withDatabaseUrl } from './command-database.ts'
import { dayClosings, foldParts } from '../house/folds.ts'
import { publishedLeaves } from '../pages/open-data/index.ts'
import { OperatorError } from '../base/values/operator-error.ts'
import type { Vault } from '../ledger/chain/index.ts'
import { makeVault, orderMapping } from '../ledger/chain/index.ts'
import { feedHere } from '../ledger/heads/index.ts'
import { makeFeedKeys } from '../base/sealing/feed-keys.ts'
import type { Keys } from '../base/keys/keys.ts'
import type {
  DatabaseParts,
  RestoredWords,
  RestoreAcknowledgement,
} from '../ledger/transparency-log/index.ts'
import { announcedLeaves, requireTrueLog } from '../ledger/transparency-log/index.ts'
import type { OrderOfCommand } from '../registry/index.ts'
import {
  isDraft,
  openRegister,
  registerFindings,
  registerLeaves,
  authorizeOrder,
  uncheckedRegister,
} from '../registry/index.ts'

/** Before the register gets its first seals. @throws OperatorError */
export function requireTrueLogHere(config: Config): Promise<void> {
  return insideOf(config, (given) => requireTrueLog(config, given))
}

/** What a command reads of the database. Without keys it checks what can be checked without them. */
export function insideOf<T>(
  config: Config,
  deed: (given: DatabaseParts) => Promise<T>,
): Promise<T> {
  return withDatabaseUrl(config, async (databaseUrl) => {
    const keys = config.keysDir === '' ? undefined : await openKeysAnywhere(config)
    const db = openDatabase(databaseUrl, startPatience)
    try {
      await requireRightClock(db)
      await requireKnownKeys(db, config)
      const publicLeaves = [
        ...(await registerLeaves(db)),
        ...(await announcedLeaves(db)),
        ...(await publishedLeaves(db)),
      ]
      const vault = keys && makeVault(keys, orderMapping)
      const parts = foldParts(await uncheckedRegister(db))
      const sayingsOf = (found: string, words: RestoredWords) =>
        sayings(config, db, vault, found, words)
      return await deed({
        db,
        databaseUrl,
        secrets: keys === undefined ? [] : logSecretsOf(keys),
        vault,
        parts,
        code: () => reportCode({ db, place: config, seals: vault?.seals }),
        closings: dayClosings,
        publicLeaves,
        registerFindings: () => registerFindings(db, vault?.seals, keys),
        feed: sealedFeedHere(config, keys),
        sayingsOf,
      })
    } finally {
      await db.destroy()
    }
  })
}

// It opens by a key of the house alone, and lies where the log's files are, or is read from there.
function sealedFeedHere(config: Config, keys: Pick<Keys, 'seal'> | undefined) {
  const source = feedHere(config)
  if (source === undefined || keys === undefined) return undefined
  return { source, keys: makeFeedKeys(keys.seal) }
}

async function sayings(
  { issuer }: Config,
  db: Database,
  vault: Vault | undefined,
  found: string,
  words: RestoredWords,
): Promise<readonly RestoreAcknowledgement[] | { readonly lines: readonly string[] }> {
  if (vault === undefined) throw new OperatorError('KEYS_DIR is required for this command.')
  const { signers } = (await openRegister(db, vault.seals)).current()
  return sayingsBy({ issuer, signers, now: systemClock() }, found, words)
}

/**
 * Who lets a restored database go on: each signer who signed the order, or, before the register has two, a name.
 * @returns lines to print where the order was only written down
 */
export async function sayingsBy(
  judging: Pick<OrderOfCommand, 'issuer' | 'signers' | 'now'>,
  found: string,
  words: RestoredWords,
): Promise<readonly RestoreAcknowledgement[] | { readonly lines: readonly string[] }> {
  const restored = { deed: 'restored', about: 'database', details: { found }, needed: 1 } as const
  // These words are not a person's to read: one language is enough.
  const ordered = await authorizeOrder(
    { ...judging, ...restored },
    { ...words, 'reason-en': words.reason ?? '' },
  )
  if (isDraft(ordered)) return { lines: ordered }
  const { order, signatures, operator } = ordered
  if (operator !== undefined) return [{ operator, reason: order.reason.fr }]
  return signatures.map(({ signer, jws }) => ({
    // The name without its version: all versions of a signer are one operator.
    operator: signer.replace(/@.*$/, ''),
    reason: order.reason.fr,
    signed: { order, jws },
  }))
}
