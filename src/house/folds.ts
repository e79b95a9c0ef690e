import { registerEpoch } from '../consent/record/index.ts'
import type { Database } from '../base/database/database.ts'
import type { DayClosing } from '../base/jobs/day-closing.ts'
import type { FoldParts, Projection } from '../ledger/fold/index.ts'
import type { LiveRegister, Register } from '../registry/index.ts'
import type { RoomTelling } from './rooms.ts'
import { rooms } from './rooms.ts'

// The tellers of all rooms: each computes its rows of a person from her events alone.

/** What is closed day by day: what is not yet is late, and no difference. */
export const dayClosings: readonly DayClosing[] = rooms.flatMap(({ closings = [] }) => closings)

const telling = rooms.flatMap(({ name, tells }) =>
  tells === undefined ? [] : [{ name, ...tells }],
)

/** @param register one that holds every version that the events name */
export function foldParts(register: Register): FoldParts {
  return {
    rows: telling.map(({ rows }) => rows),
    strays: telling.flatMap(({ strays }) => strays ?? []),
    async together(session, seals) {
      const found = []
      for (const { compares } of rooms) found.push(...((await compares?.(session, seals)) ?? []))
      return found
    },
    tellers: (given) => tellersOf({ ...given, register, befores: [] }),
  }
}

/** By a register that holds every version that was applied until now. */
export async function partsNow({
  db,
  live,
}: {
  readonly db: Database
  readonly live: LiveRegister
}): Promise<FoldParts> {
  return foldParts(await live.at(await registerEpoch(db)))
}

/** Each teller is made with those of the rooms before it. */
function tellersOf(given: RoomTelling): readonly Projection[] {
  const made: Record<string, Projection> = {}
  // The compiler checked of the list that these are there, and what they tell.
  for (const { name, teller } of telling) made[name] = teller(given, made as never)
  return Object.values(made)
}
