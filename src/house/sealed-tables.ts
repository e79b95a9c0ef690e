import type { FirstSeals } from '../base/sealing/first-seals.ts'
import { firstWays } from '../people/accounts/index.ts'
import { rooms } from './rooms.ts'

/** The tables whose rows bear a seal and are told by no event: `accord seals first` seals what is older than the seals. */
export const sealedTables: readonly FirstSeals[] = [
  ...rooms.flatMap(({ firstSeals = [] }) => firstSeals),
  // After the seals of the ways themselves: only those that were true then are listed.
  firstWays(rooms.flatMap(({ ways = [] }) => ways)),
]
