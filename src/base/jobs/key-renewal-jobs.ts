import { z } from 'zod'
import type { Database } from '../database/database.ts'
import { transact } from '../database/database.ts'
import type { Jobs } from './jobs.ts'
import { enqueue } from './jobs.ts'
import { heldKeys } from '../keys/key-check.ts'
import { walkBegins, walkOn } from '../sealing/key-renewal.ts'
import { knownKeys, markRenewed } from '../keys/key-store.ts'
import type { Keys } from '../keys/keys.ts'
import type { Log } from '../logging/log.ts'
import { newestUsed } from '../keys/key-rotation.ts'
import type { Renewal } from '../sealing/row-renewal.ts'

// While a process holds an older key of purpose `data` or `seal` beside the newest, rows are put under the newest, bit by bit.

const name = 'keys.renew'
// A stop waits for jobs that run.
const sliceMs = 10_000
const maxAttempts = 5

const count = z.int().min(0)
const state = z.object({
  table: count,
  page: count,
  renewed: count,
  left: z.record(z.string(), count),
})
/** The schedule gives no walk: one begins for each purpose. */
const payloads = z.object({
  walk: z.object({ purpose: z.enum(['data', 'seal']), state }).optional(),
})
type Walk = NonNullable<z.infer<typeof payloads>['walk']>

type Parts = { readonly db: Database; readonly keys: Keys; readonly log: Log }

export function keysJobs({ db, keys, log }: Parts, renewals: readonly Renewal[]): Jobs {
  return {
    async [name](payload) {
      const { walk } = payloads.parse(payload)
      if (walk !== undefined) return goOn(walk)
      for (const purpose of ['data', 'seal'] as const)
        if ((await olderKeys(purpose)).some(({ renewedAt }) => renewedAt === null))
          await queue({ purpose, state: walkBegins })
    },
  }

  async function goOn({ purpose, state: begun }: Walk): Promise<void> {
    const until = performance.now() + sliceMs
    const own = renewals.filter((renewal) => renewal.purpose === purpose)
    const isTime = () => performance.now() < until
    const { isDone, ...reached } = await walkOn(db, own, begun, { isTime, isGentle: true })
    if (!isDone) return queue({ purpose, state: reached })
    const { renewed, left } = reached
    const tables = Object.entries(left).map(([table, rows]) => `${table} ${rows}`)
    const outcome = `${purpose}: ${renewed} rows; left: ${tables.join(', ') || 'none'}`
    log.info({ job: name, outcome }, 'rows are under the newest key')
    // A walk that found nothing has seen each row under the newest key.
    if (renewed === 0 && tables.length === 0)
      await markRenewed(db, purpose, await olderKeys(purpose))
  }

  /** None, too, where this process was not restarted yet with the newest key in front. */
  async function olderKeys(purpose: Walk['purpose']) {
    const known = (await knownKeys(db)).filter((key) => key.purpose === purpose)
    const newest = newestUsed(known)
    const [first] = heldKeys(keys).get(purpose) ?? []
    if (newest === undefined || newest.checkValue !== first) return []
    return known.filter((key) => key.state === 'used' && key !== newest)
  }

  async function queue(walk: Walk): Promise<void> {
    await transact(db, (tx) => enqueue(tx, { name, payload: { walk }, maxAttempts }))
  }
}
