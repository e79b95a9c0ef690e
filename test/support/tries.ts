import type { CountedTry } from '../../src/base/web/limits/tries.ts'

/** For unit tests of functions that compare a secret. */
export const counted = {} as CountedTry
