import type { FirstSeals } from './base/platform/first-seals.ts'

/** The tables whose rows bear a seal and are told by no event: `accord seals first` seals what is older than the seals. */
export const sealedTables: readonly FirstSeals[] = []
