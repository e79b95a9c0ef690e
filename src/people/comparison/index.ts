export { compareIdentities, matchReasons } from './compare.ts'
export type { ComparisonResult, MatchReason, MatchResult } from './compare.ts'
export { maxNameCharacters } from './names.ts'
export type { IdentityText } from './names.ts'
