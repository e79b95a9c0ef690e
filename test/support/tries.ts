import type { CountedTry } from '../../src/base/web/tries.ts'

/** For tests of what compares a secret, by itself. */
export const counted = {} as CountedTry
