import type { Act } from './acts.ts'

// What a ground is (the grounds themselves: `grounds.ts`).

/** Whom a mandate is for. `from 14`: a person of 14 years or more. */
export type Principal =
  | 'minor'
  | 'adult'
  | 'from 14'
  | 'dead'
  | 'legal'
  | 'person or legal'
  | 'organisation'

/** What lets it begin. */
export type Maker = 'principal' | 'principal and officer' | 'officers' | 'head' | 'namers'

/** Who may end it before its time. The holder may end every one. */
export type Ender = 'principal' | 'holder' | 'court' | 'body'

/** The one thing of a ground that a body may learn. */
export type Capacity = 'minor' | 'protected' | 'will' | 'succession' | 'firm' | 'program'

export type Ground = {
  /** Whether a page or a command lets one begin. Of the others the rules stand, and nothing makes one yet. */
  readonly isOpen: boolean
  /** Articles of law, as they are cited: `C.c.Q. 598`, `LAI 53.1`. */
  readonly articles: readonly string[]
  readonly principal: Principal
  readonly most: readonly Act[]
  /** For a principal of 14 to 17 years, where that is less. */
  readonly mostFrom14?: readonly Act[]
  /** `all`: everything, also to come. `named`: topics and bodies by name. `one body`: a single one. */
  readonly subjects: 'all' | 'named' | 'one body'
  readonly maker: Maker
  /** How many officers of a desk have a part in it. */
  readonly officers: 0 | 1 | 2
  /** An ISO 8601 duration from the beginning, or the birthday at which it ends; undefined: what is read in its evidence. */
  readonly longest: `P${string}` | 'the 18th birthday' | undefined
  /** Hours from the confirmation until it begins. */
  readonly waitHours: number
  /** Hours more until the first `answer`. */
  readonly answerWaitHours: number
  /** Whether a day is set on which it is looked at again. */
  readonly isReviewed: boolean
  readonly endsBy: readonly Ender[]
  readonly capacity: Capacity | undefined
}
