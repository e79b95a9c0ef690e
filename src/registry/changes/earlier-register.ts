import type { Database } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { endOfDay, isDay } from '../../base/values/calendar.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { millisecondAfter } from '../objects/agreements.ts'
import type { Brake } from '../objects/brakes.ts'
import { brakesOf, standingBrakes } from '../objects/brakes.ts'
import { brakeDeedOf } from './brake-document.ts'
import { requireSeals } from './seal.ts'
import type { StoredObject } from './store.ts'
import { sealedRegister } from './store.ts'

// The register of an earlier day. No version is ever changed or taken away, so what was applied by then is what it was; the seals say
// that nobody wrote a version, or the time of one, past the broker.

export type EarlierRegister = {
  /** Every version that was applied by then, those of one object in order. */
  readonly objects: readonly StoredObject[]
  /** What was suspended at once at its last moment, of which no version says anything. */
  readonly brakes: readonly Brake[]
}

/**
 * @param at a day, at its end in Québec, or an instant. @throws OperatorError where it is not over, or before the first version;
 * RegisterUntrusted where the register is not as it was applied
 */
export async function earlierRegister(
  db: Database,
  seals: RowSeals,
  at: string,
  now: Date,
): Promise<EarlierRegister> {
  const end = isDay(at) ? endOfDay(at) : millisecondAfter(new Date(at))
  if (end > now)
    throw new OperatorError(`${at} is not over. Without --at the files are those of now.`)
  const register = await sealedRegister(db)
  requireSeals(seals, register)
  const objects = register.objects.filter(({ appliedAt }) => appliedAt < end)
  if (objects.length === 0)
    throw new OperatorError(`The register had no version yet at ${at}; nothing was written.`)
  const deeds = register.brakes.map(brakeDeedOf).filter((deed) => deed.at < end)
  return { objects, brakes: standingBrakes(brakesOf(deeds), new Date(end.getTime() - 1)) }
}
