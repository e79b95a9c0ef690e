import type { Database } from '../base/database/database.ts'
import { checkValue } from '../base/keys/key-check.ts'
import { walkBegins, walkOn } from '../base/sealing/key-renewal.ts'
import type { LastLook } from '../base/keys/key-rotation.ts'
import { newestUsed } from '../base/keys/key-rotation.ts'
import { knownKeys } from '../base/keys/key-store.ts'
import { makeFeedKeys } from '../base/sealing/feed-keys.ts'
import { readHeldKeys } from '../base/keys/keys.ts'
import { OperatorError } from '../base/values/operator-error.ts'
import { renewalsOf } from '../house/renewals.ts'
import type { FeedSource } from '../ledger/heads/index.ts'
import { checkFeed } from '../ledger/heads/index.ts'
import { keepPepper } from '../signin/factors/index.ts'

/**
 * Looks whether any row still needs an older key than the newest. A row that only names one is put under the newest; but where a walk
 * before had found none, a process may still write under the old one. So only a walk that finds nothing lets a key go.
 * @param feed the feed of heads, where this machine has it: it has to open without a key `seal` that goes
 * @param house where the other keys lie, if KEYS_DIR is the folder of a signer
 */
export function rowsUnderKey(
  db: Database,
  keysDir: string,
  feed: FeedSource | undefined,
  house = keysDir,
): LastLook {
  return async ({ purpose, value }) => {
    const [here, there] = [await readHeldKeys(keysDir), await readHeldKeys(house)]
    const keys = { data: here.data, seal: here.seal.length > 0 ? here.seal : there.seal }
    if (keys.data.length === 0 || keys.seal.length === 0)
      throw new OperatorError(
        'The keys of purpose data and seal are wanted: where they lie in two folders, --house DIR names the other one.',
      )
    const known = (await knownKeys(db)).filter((key) => key.purpose === purpose)
    const newest = newestUsed(known)?.checkValue ?? ''
    const values = keys[purpose].map((secret) => checkValue(purpose, secret))
    if (values[0] !== newest)
      throw new OperatorError(`KEYS_DIR does not begin with ${newest}, the newest of ${purpose}.`)
    const retired = keys[purpose].find((secret) => checkValue(purpose, secret) === value)
    if (retired === undefined)
      throw new OperatorError(`KEYS_DIR does not hold ${value} of purpose ${purpose}.`)
    const own = renewalsOf(keys).filter((renewal) => renewal.purpose === purpose)
    const walk = { isTime: () => true, isGentle: false }
    const { renewed, left } = await walkOn(db, own, walkBegins, walk)
    const rows = Object.entries(left).map(([table, count]) => `${table} (${count})`)
    if (rows.length > 0)
      throw new OperatorError(
        `Rows still need an older key of purpose ${purpose}: ${rows.join(', ')}. What stands for hours or days goes by itself; a row that never opens is to be looked at.`,
      )
    if (renewed > 0)
      throw new OperatorError(
        `${renewed} rows named an older key of purpose ${purpose}: they are under the newest now. Be sure that every process was restarted since « keys rotate ${purpose} --use », then run this again.`,
      )
    const staying = keys[purpose].filter((secret) => secret !== retired)
    if (purpose === 'seal' && feed !== undefined) await requireFeedWithout(feed, staying)
    return async (tx) => {
      if (purpose === 'data') await keepPepper(tx, staying, retired)
    }
  }
}

// Whoever starts without the key could not read the feed, and would permit nothing; whoever sequences, put nothing into the log.
async function requireFeedWithout(source: FeedSource, staying: readonly Buffer[]): Promise<void> {
  const [fault] = await checkFeed({ source, keys: makeFeedKeys(staying) }, [])
  if (fault !== undefined)
    throw new OperatorError(
      `The feed of heads needs the key still (${fault}). A « work » that was restarted since « keys rotate seal --use » writes it anew within seconds: see that one runs, then run this again.`,
    )
}
