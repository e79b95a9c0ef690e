import type { Session } from '../database/db-session.ts'
import type { Transaction } from '../database/database.ts'
import type { TableValue } from '../database/plain-table.ts'
import type { DayClosing } from '../jobs/day-closing.ts'
import type { Jobs, Places, Schedule } from '../jobs/jobs.ts'
import type { Sweeps } from '../jobs/sweep-jobs.ts'
import type { RowSeals } from '../sealing/row-seal.ts'
import type { Renewal } from '../sealing/row-renewal.ts'
import type { ServedRoutes } from './endpoints.ts'
import type { Operation } from './operation.ts'

// A room is one value: all that the house has of it. The house has one list of rooms, and its lists of tables, tellers, deletions,
// renewals, first seals, jobs, sweeps, operations and routes follow from that one. What answers requests and what works beside them is loaded by a
// house alone: a command that reads the list loads no routes.

/** Deletes everything that a room holds about a person, except what the law requires us to keep. */
export type Forget = (tx: Transaction, personId: string) => Promise<void>

/** What a person leaves behind is deleted step by step; within a step, in the order of the rooms. */
export const deletionSteps = ['messages', 'sharings', 'visits', 'factors', 'passkeys'] as const
export type DeletionStep = (typeof deletionSteps)[number]

/**
 * Routes are tried step by step; within a step, in the order of the rooms. `open` is what anybody may read, before any cookie is read.
 * `questions` and `pages` are of a person: a sign-in of hers leads back there. What is `last` answers every path.
 */
export const routeSteps = ['first', 'open', 'programs', 'questions', 'pages', 'last'] as const
export type RouteStep = (typeof routeSteps)[number]
export type RoutesBefore = Readonly<Record<RouteStep, readonly ServedRoutes[]>>
export type RoomRoutes = Readonly<Partial<Record<RouteStep, readonly ServedRoutes[]>>>

/** The types of a house that a room is written with. No room imports the house: the house is a parameter of the type. */
export type HouseTypes = {
  /** What jobs, sweeps and routes are made with. A room names those that it needs. */
  readonly parts: unknown
  /** What renewals are made with. */
  readonly keyed: unknown
  /** What the teller of one person is made with, and what it is. */
  readonly telling: unknown
  readonly teller: unknown
  readonly difference: unknown
  /** What reads the ways in of people. */
  readonly ways: unknown
}
type AnyHouse = HouseTypes & {
  readonly parts: never
  readonly keyed: never
  readonly telling: never
}

export type Room<H extends HouseTypes = AnyHouse> = {
  /** As its folder is called. */
  readonly name: string
  /** Rooms that must stand before this one although its teller does not ask theirs. */
  readonly after?: readonly string[]
  /** Tells its rows about a person from her events alone. */
  readonly tells?: {
    /** The SQL function that gives its rows about people. */
    readonly rows: string
    /** The SQL function that gives rows about what is not there, so that no person leads to them. */
    readonly strays?: string
    /** A new teller for one person. @param of the tellers of rooms before it, by their names: those that its type names */
    readonly teller: (telling: H['telling'], of: never) => H['teller']
  }
  /** What is wrong with rows that tell of everybody together. */
  readonly compares?: (session: Session, seals: RowSeals) => Promise<readonly H['difference'][]>
  /** What is closed day by day: what is not yet is late, and no difference. */
  readonly closings?: readonly DayClosing[]
  /** What goes when a person closed her access. */
  readonly forgets?: Readonly<Partial<Record<DeletionStep, readonly Forget[]>>>
  /** Its tables: what they hold of whom, and what their seals cover. Seals are renewed, and made first, by what is said there. */
  readonly tables?: readonly TableValue[]
  /** Its rows that name a key of purpose `data`, and seals that are of no row. */
  readonly renewals?: (keyed: H['keyed']) => readonly Renewal[]
  /** Reads the ways in that its rows are, for the list of each person's. */
  readonly ways?: readonly H['ways'][]
  /** When its jobs run, UTC. */
  readonly times?: Schedule
  readonly jobs?: (parts: H['parts']) => Promise<Jobs>
  /** Those of its jobs that have places of their own. */
  readonly places?: (parts: H['parts']) => Places
  /** Each deletes what is over, hour by hour. */
  readonly sweeps?: (parts: H['parts']) => Promise<Sweeps>
  /** The JSON operations with published shapes. */
  readonly operations?: () => Promise<Readonly<Record<string, Operation>>>
  readonly routes?: (parts: H['parts'], before: RoutesBefore) => Promise<RoomRoutes>
}

/** A room, with the types of what it says. */
export function room<const R extends Room>(value: R): R {
  return value
}

type InOrder = 'each room stands after those that it asks'
type Named = { readonly name: string }
type Asked<R> = R extends { readonly tells: { teller(telling: never, of: infer O): unknown } }
  ? O
  : unknown
type Told<R extends Named> = R extends { readonly tells: { teller(...of: never): infer T } }
  ? Readonly<Record<R['name'], T>>
  : unknown
type After<R> = R extends { readonly after: readonly (infer N extends string)[] } ? N : never
type Missing<R, Before> = Exclude<(keyof Asked<R> & string) | After<R>, Before>

/** What is wrong with the order of the rooms, as a sentence. */
export type OrderOf<
  Rooms,
  Before extends string = never,
  Tellers = unknown,
> = Rooms extends readonly [infer R extends Named, ...infer Rest]
  ? R['name'] extends Before
    ? `${R['name']} stands twice`
    : [Missing<R, Before>] extends [never]
      ? Tellers extends Asked<R>
        ? OrderOf<Rest, Before | R['name'], Tellers & Told<R>>
        : `${R['name']} asks a teller before it for what that does not say`
      : `${R['name']} stands before ${Missing<R, Before>}, which it asks`
  : InOrder

/** The list of rooms. @param _order what the compiler finds of their order */
export function inOrder<const Rooms extends readonly Room[]>(
  _order: OrderOf<Rooms>,
  rooms: Rooms,
): Rooms {
  return rooms
}
