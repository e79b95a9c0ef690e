import type { Database } from '../base/platform/database.ts'
import type { Log } from '../base/platform/log.ts'
import type { Register } from './register.ts'
import { registerOf } from './register.ts'
import { shelvesOf } from './shelves.ts'
import { readEpoch, storedObjects, watchEpoch } from './store.ts'

export type LiveRegister = {
  current(): Register
  /** The register of this epoch or of a later one. */
  at(epoch: number): Promise<Register>
}

// A reload under way may have read before the epoch was committed; the next reload reads it.
const maxReloads = 2

/**
 * Holds the register in memory, and reloads it when a decision finds a newer epoch. Memory is safe here, since the register holds
 * nothing that a person can revoke.
 * @param rewrite changes each object's text first (the demonstration moves its ports)
 */
export async function openRegister(
  db: Database,
  rewrite: (text: string) => string = (text) => text,
): Promise<LiveRegister> {
  let held = await loadRegister(db, rewrite)
  let loading: Promise<void> | undefined

  async function load(): Promise<void> {
    const found = await loadRegister(db, rewrite)
    if (found.epoch > held.epoch) held = found
  }

  return {
    current: () => held,
    async at(epoch) {
      for (let i = 0; i < maxReloads && held.epoch < epoch; i++) {
        loading ??= load().finally(() => (loading = undefined))
        await loading
      }
      if (held.epoch < epoch) throw new Error(`the register has no epoch ${epoch}`)
      return held
    },
  }
}

const lookMs = 1000

/**
 * Looks every second for a newer epoch: a request that names a new object is refused by the old register, and so leads to no reload.
 * @returns the function that ends it
 */
export function followRegister(db: Database, live: LiveRegister, log: Log): () => Promise<void> {
  let looking: Promise<void> | undefined
  let isAway = false

  async function look(): Promise<void> {
    try {
      await live.at(await watchEpoch(db))
      isAway = false
    } catch (error) {
      // Logged once: requests report by themselves that the database is away.
      if (!isAway) log.warn({ error }, 'the register cannot be looked at')
      isAway = true
    }
  }

  const timer = setInterval(() => {
    looking ??= look().finally(() => (looking = undefined))
  }, lookMs)
  return async () => {
    clearInterval(timer)
    await looking
  }
}

async function loadRegister(db: Database, rewrite: (text: string) => string): Promise<Register> {
  // The epoch is read first: objects read after it may be newer than the epoch, which costs a reload, but never older.
  const epoch = await readEpoch(db)
  const objects = (await storedObjects(db)).map((object) => {
    const content = JSON.parse(rewrite(JSON.stringify(object.content))) as typeof object.content // only addresses were changed
    return { ...object, content }
  })
  return registerOf(epoch, shelvesOf(objects))
}
