import { deskActs } from '../../base/values/desk-acts.ts'
import { hasAct, maskOf } from './acts.ts'
import type { Ground } from './ground.ts'

// Why somebody may act for somebody: a closed list, and for each ground the most that a mandate under it may contain. The database refuses
// `answer` and `represent` under any ground that does not have them here; it holds the same list (migrations, `mandate_acts_of_ground`).

const seeAndPause = ['read', 'ask', 'pause'] as const
const allButVouch = [...seeAndPause, 'stop', 'answer', 'represent', 'pass-on'] as const
const asParent = [...seeAndPause, 'stop', 'answer', 'represent'] as const
const aDay = 24
const aWeek = 7 * aDay

const usual = {
  isOpen: false,
  officers: 0,
  subjects: 'named',
  waitHours: 0,
  answerWaitHours: 0,
  isReviewed: false,
} as const

export const grounds = {
  /** Father or mother of a minor. */
  parent: {
    ...usual,
    articles: ['C.c.Q. 598–606', 'LAI 53.1'],
    principal: 'minor',
    most: asParent,
    subjects: 'all',
    maker: 'officers',
    officers: 2,
    longest: 'the 18th birthday',
    endsBy: ['holder', 'court'],
    capacity: 'minor',
  },
  /** Tutor of a minor; the director of youth protection. */
  tutor_minor: {
    ...usual,
    articles: ['C.c.Q. 177', 'C.c.Q. 199.1'],
    principal: 'minor',
    most: asParent,
    subjects: 'all',
    maker: 'officers',
    officers: 2,
    longest: 'the 18th birthday',
    endsBy: ['holder', 'court'],
    capacity: 'minor',
  },
  /** Tutor of an adult, as the judgment says. */
  tutor_adult: {
    ...usual,
    articles: ['C.c.Q. 256'],
    principal: 'adult',
    most: asParent,
    subjects: 'all',
    maker: 'officers',
    officers: 2,
    longest: undefined,
    answerWaitHours: aWeek,
    isReviewed: true,
    endsBy: ['holder', 'court'],
    capacity: 'protected',
  },
  /** Whom a court lets do one act for an adult. */
  representation: {
    ...usual,
    articles: ['C.c.Q. 297.1'],
    principal: 'adult',
    most: ['answer', 'represent'],
    subjects: 'one body',
    maker: 'officers',
    officers: 2,
    longest: 'P6M',
    endsBy: ['holder', 'court'],
    capacity: 'protected',
  },
  /** Mandatary of an adult, by a mandate that a court homologated. */
  protection: {
    ...usual,
    articles: ['C.c.Q. 2166'],
    principal: 'adult',
    most: asParent,
    subjects: 'all',
    maker: 'officers',
    officers: 2,
    longest: undefined,
    answerWaitHours: aWeek,
    isReviewed: true,
    endsBy: ['holder', 'court'],
    capacity: 'protected',
  },
  /** Whom she chooses. */
  will: {
    ...usual,
    articles: ['C.c.Q. 2130–2135', 'C.c.Q. 2175'],
    principal: 'from 14',
    most: allButVouch,
    mostFrom14: seeAndPause,
    maker: 'principal',
    longest: 'P36M',
    waitHours: aDay,
    endsBy: ['principal', 'holder'],
    capacity: 'will',
  },
  /** A family carer, a volunteer, an association. */
  helper: {
    ...usual,
    articles: ['C.c.Q. 2130', 'LAI 53'],
    principal: 'adult',
    most: seeAndPause,
    maker: 'principal',
    longest: 'P12M',
    waitHours: aDay,
    endsBy: ['principal', 'holder'],
    capacity: 'will',
  },
  /** An assistant whom the Curateur public recognised. */
  assistant: {
    ...usual,
    articles: ['C.c.Q. 297.10'],
    principal: 'adult',
    most: ['read', 'ask'],
    maker: 'principal and officer',
    officers: 1,
    longest: 'P3Y',
    endsBy: ['principal', 'holder', 'court'],
    capacity: 'protected',
  },
  /** Liquidator of a succession. */
  liquidator: {
    ...usual,
    articles: ['C.c.Q. 776', 'LAI 88.1'],
    principal: 'dead',
    most: ['read', 'represent'],
    subjects: 'all',
    maker: 'officers',
    officers: 2,
    longest: 'P36M',
    endsBy: ['holder', 'court'],
    capacity: 'succession',
  },
  /** Who may say in a recovery that it is she. */
  trusted: {
    ...usual,
    articles: [],
    principal: 'from 14',
    most: ['vouch'],
    subjects: 'all',
    maker: 'principal',
    longest: 'P24M',
    endsBy: ['principal', 'holder'],
    capacity: undefined,
  },
  /** Employee or head of a firm or an association. */
  role: {
    ...usual,
    articles: ['C.c.Q. 311–312'],
    principal: 'legal',
    most: allButVouch,
    subjects: 'all',
    maker: 'head',
    longest: 'P24M',
    endsBy: ['principal', 'holder', 'court'],
    capacity: 'firm',
  },
  /** A piece of software. */
  program: {
    ...usual,
    articles: [],
    principal: 'person or legal',
    most: seeAndPause,
    maker: 'principal',
    longest: 'P12M',
    waitHours: aDay,
    endsBy: ['principal', 'holder'],
    capacity: 'program',
  },
  /** An officer of a body. */
  office: {
    ...usual,
    isOpen: true,
    articles: [],
    principal: 'organisation',
    most: Object.keys(deskActs) as (keyof typeof deskActs)[], // of that value
    subjects: 'one body',
    maker: 'namers',
    longest: 'P12M',
    endsBy: ['holder', 'body'],
    capacity: undefined,
  },
  /** A desk that a person lets see with her. */
  help: {
    ...usual,
    isOpen: true,
    articles: ['LAI 53.1'],
    principal: 'person or legal',
    most: ['read', 'ask'],
    subjects: 'all',
    maker: 'principal',
    longest: 'PT30M',
    endsBy: ['principal', 'holder'],
    capacity: undefined,
  },
} as const satisfies Readonly<Record<string, Ground>>

export type GroundId = keyof typeof grounds
export const groundIds = Object.keys(grounds) as readonly GroundId[] // of that value

export function groundOf(id: GroundId): Ground {
  return grounds[id]
}

/** The most acts of a ground, as one number. */
export function groundActs(id: GroundId): number {
  return maskOf(groundOf(id).most)
}

/** Whether a mandate of this ground may be passed on in part (C.c.Q. 2140). */
export function mayBePassedOn(id: GroundId): boolean {
  return hasAct(groundActs(id), 'pass-on')
}

/** Whether the law or a court makes it, and not the person: her key signed none of these. */
export function isByLaw(id: GroundId): boolean {
  return groundOf(id).maker === 'officers'
}
