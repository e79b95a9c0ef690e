import type { FirstSeals } from '../base/sealing/first-seals.ts'
import { firstSealsOf } from '../base/sealing/first-seals.ts'
import { isSealed } from '../base/sealing/sealed-table.ts'
import { firstWays } from '../people/accounts/index.ts'
import { rooms } from './rooms.ts'

/** Every table that a room declares. */
export const declaredTables = rooms.flatMap(({ tables = [] }) => tables)

/** Those whose rows bear seals. The register's two are no rows of a table: its seals are of digests. */
export const sealedTables = declaredTables.filter(isSealed)

/** The tables whose rows bear a seal and are told by no event: `accord seals first` seals what is older than the seals. */
export const firstSeals: readonly FirstSeals[] = [
  ...sealedTables.filter(({ sealsFirst }) => sealsFirst).map(firstSealsOf),
  // After the seals of the ways themselves: only those that were true then are listed.
  firstWays(rooms.flatMap(({ ways = [] }) => ways)),
]
