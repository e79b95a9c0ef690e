import type { Database } from '../../base/database/database.ts'
import type { Log } from '../../base/logging/log.ts'
import { causeOf } from '../../base/database/database-outages.ts'
import { systemClock } from '../../base/values/clock.ts'
import { Unavailable } from '../../base/values/refusal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Register } from './register.ts'
import { registerOf } from './register.ts'
import { RegisterUntrusted, requireSeals } from '../changes/seal.ts'
import type { Shelves } from './object-index.ts'
import { shelvesOf } from './object-index.ts'
import { brakeDeedOf } from '../changes/brake-document.ts'
import type { Brake } from './brakes.ts'
import { makeBrakeNotices } from './brake-notices.ts'
import { brakesOf } from './brakes.ts'
import type { SealedRegister, StoredObject } from '../changes/store.ts'
import { sealedRegister, watchEpoch } from '../changes/store.ts'

export type LiveRegister = {
  current(): Register
  /**
   * The register of this epoch or of a later one. @throws Unavailable, because of RegisterUntrusted, where the database has one that is
   * not as it was applied
   */
  at(epoch: number): Promise<Register>
}

// A reload under way may have read before the epoch was committed; the next reload reads it.
const maxReloads = 2

/**
 * Holds the register in memory, and reloads it when a decision finds a newer epoch. Memory is safe here, since the register holds
 * nothing that a person can revoke, and a brake moves the epoch.
 * @param rewrite changes each object's text first (the demonstration moves its ports)
 * @throws RegisterUntrusted where it is not as it was applied. A later load that finds this leaves the register that is held.
 */
export async function openRegister(
  db: Database,
  seals: RowSeals,
  rewrite: (text: string) => string = (text) => text,
): Promise<LiveRegister> {
  let held = inForceAt(await loadRegister(db, seals, rewrite), systemClock())
  let loading: Promise<void> | undefined

  async function load(): Promise<void> {
    const found = await loadRegister(db, seals, rewrite)
    if (found.epoch > held.register.epoch) held = inForceAt(found, systemClock())
  }

  function current(): Register {
    const now = systemClock()
    // A brake ends by the time alone. A clock that was put back brings it back, too.
    if (now < held.from || now >= held.until) held = inForceAt(held.applied, now)
    return held.register
  }

  return {
    current,
    async at(epoch) {
      for (let i = 0; i < maxReloads && held.register.epoch < epoch; i++) {
        loading ??= load()
          .catch(asOutage)
          .finally(() => (loading = undefined))
        await loading
      }
      if (held.register.epoch < epoch) throw new Error(`the register has no epoch ${epoch}`)
      return current()
    },
  }
}

// Nobody who asks has done anything wrong, and the register may be right again: an answer waits for that, as for a database that is away.
function asOutage(error: unknown): never {
  throw error instanceof RegisterUntrusted ? new Unavailable(error) : error
}

/** Whether a register that is not as it was applied is behind this error. */
export function isByUntrustedRegister(error: unknown): boolean {
  return causeOf(error) instanceof RegisterUntrusted
}

const lookMs = 1000

/**
 * Looks every second for a newer epoch: a request that names a new object is refused by the old register, and so leads to no reload.
 * @returns the function that ends it
 */
export function followRegister(db: Database, live: LiveRegister, log: Log): () => Promise<void> {
  let looking: Promise<void> | undefined
  let told: string | undefined
  const tellOfBrakes = makeBrakeNotices(log)

  async function look(): Promise<void> {
    try {
      await live.at(await watchEpoch(db))
      told = undefined
      tellOfBrakes(live.current().brakes, systemClock())
    } catch (thrown) {
      const error = causeOf(thrown)
      // Each trouble is logged once: requests report by themselves that the database is away.
      const trouble = error instanceof RegisterUntrusted ? `untrusted ${error.ref}` : 'away'
      if (told !== trouble) tell(log, error)
      told = trouble
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

function tell(log: Log, error: unknown): void {
  if (!(error instanceof RegisterUntrusted))
    return log.warn({ error }, 'the register cannot be looked at')
  const fields = { code: 'RECORD_UNTRUSTED', why: error.ref ?? 'the register as a whole' }
  log.error(fields, 'the register is not as it was applied: the one in memory stays')
}

/** The register as it was applied, with its brakes. */
type Applied = {
  readonly epoch: number
  readonly versions: readonly StoredObject[]
  readonly shelves: Shelves
  readonly brakes: readonly Brake[]
}

/** The register while the same brakes stand: from the first of these instants until before the second. */
type InForce = {
  readonly applied: Applied
  readonly register: Register
  readonly from: Date
  readonly until: Date
}

const everMs = 8.64e15

function inForceAt(applied: Applied, now: Date): InForce {
  const { epoch, versions, shelves, brakes } = applied
  const ends = brakes.map(({ until }) => until.getTime())
  return {
    applied,
    register: registerOf(epoch, versions, shelves, { brakes, now }),
    from: new Date(Math.max(-everMs, ...ends.filter((end) => end <= now.getTime()))),
    until: new Date(Math.min(everMs, ...ends.filter((end) => end > now.getTime()))),
  }
}

async function loadRegister(
  db: Database,
  seals: RowSeals,
  rewrite: (text: string) => string,
): Promise<Applied> {
  const sealed = await sealedRegister(db)
  requireSeals(seals, sealed)
  return { ...inMemory(sealed, rewrite), brakes: brakesOf(sealed.brakes.map(brakeDeedOf)) }
}

/** The register as the database has it, whatever its seals say: for an audit, which says itself what is wrong. Nothing is decided by it. */
export async function uncheckedRegister(db: Database): Promise<Register> {
  const { epoch, versions, shelves } = inMemory(await sealedRegister(db), (text) => text)
  return registerOf(epoch, versions, shelves)
}

function inMemory(
  { epoch, objects }: SealedRegister,
  rewrite: (text: string) => string,
): Omit<Applied, 'brakes'> {
  const versions = objects.map((object) => {
    const content = JSON.parse(rewrite(JSON.stringify(object.content))) as typeof object.content // only addresses were changed
    return { ...object, content }
  })
  return { epoch: Number(epoch), versions, shelves: shelvesOf(versions) }
}
