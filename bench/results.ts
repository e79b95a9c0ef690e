import type { Machine } from './machine.ts'
import type { ServerName } from './servers.ts'
import type { Figures } from './window.ts'

/** Statements that a client sent, for one operation. */
export type Statements = {
  /** Sent for one caller without other load: an exact number. */
  readonly alone: number
  /** By all callers together, where some may share a statement. */
  readonly together: number
  /** `alone`, by the path of each request. */
  readonly requests: Readonly<Record<string, number>>
}

export type Result = Figures & { readonly statements?: Statements }

export type ByServer<T> = Readonly<Partial<Record<ServerName, T>>>

export type Results = {
  readonly at: string
  readonly machine: Machine
  readonly versions: Readonly<Record<string, string>>
  /** The variables and flags with which all of them were started. */
  readonly started: string
  readonly callers: number
  readonly rounds: number
  readonly seconds: number
  /** CPU of one hash of a password on this machine, in milliseconds. */
  readonly hashMs?: number
  /** Seconds from the start of the process to its first discovery document, the database being up. */
  readonly startSeconds: ByServer<number>
  /** The most memory in use, under all this load. */
  readonly peakMegabytes: ByServer<number>
  readonly cases: Cases
  /** The public log beside permits. */
  readonly log?: LogFigures
  /** The cases with too many wrong answers, which have a reason instead of a figure. */
  readonly refused: Refused
}

export type LogFigures = {
  /** Entries taken into the tree in a second, of many that waited, while permits went on. */
  readonly backlogPerSecond: number
  readonly permitsPerSecond: number
  /** CPU of the log's process and its connections while so many permits were given, 1 being a core. */
  readonly coreShare: number
  /** CPU of a permit beside the log, without the log's own, by that of one without it. */
  readonly permitCpuRatio: number
  readonly lagP99Ms: number
  /** From a kill -9 to entries that another took in, and to a checkpoint that another signed. */
  readonly takeoverMs: number
  readonly nextCheckpointMs: number
}

export type Cases = Readonly<Record<string, ByServer<Result>>>
export type Refused = Readonly<Record<string, ByServer<string>>>

export const fewCallers = 4
export const manyCallers = 64
export const tokenAlone = `client-credentials, ${fewCallers} callers`
export const tokenBeside = `${tokenAlone} beside ${manyCallers} passwords`
export const eventsOfPages = 500
export const consentsAtFirst = 10_000
export const consentsLarge = 1_000_000
