import type { BeadState, Strand } from '../../base/web/strands.ts'
import type { BrakeRow } from '../status/index.ts'
import type { Sums } from './sums.ts'

/** What the template in views/circulation receives. A number is a published figure: `<10` where nothing may be said. */
export type CirculationPage = {
  /** What is suspended at once now. */
  readonly brakes: readonly BrakeRow[]
  /** The months that are told of; undefined: none is published yet. */
  readonly period:
    | { readonly from: Date; readonly until: Date; readonly months: number }
    | undefined
  readonly totals: Sums & {
    readonly later: string
    /** Of the newest month with such a figure. */
    readonly hours: { readonly month: Date; readonly hours: number } | undefined
    /** Of a thousand minutes; undefined: none was noted. */
    readonly available: number | undefined
    readonly agreements: number
  }
  readonly flows: CirculationFlows | undefined
  readonly topics: readonly TopicRow[]
  /** The newest first. */
  readonly months: readonly MonthRow[]
  readonly charts: readonly Chart[]
  readonly agreements: readonly AgreementRow[]
  /** How many agreements in force are not in the list. */
  readonly more: number
}

/** Who sends, for which subjects of life: a line a pair, a bead a right. */
export type CirculationFlows = {
  readonly strands: readonly Strand[]
  /** How the beads look, for the legend; its words are `circulation.kind-<state>`. */
  readonly looks: readonly BeadState[]
  /** How many pairs are in the table alone. */
  readonly others: number
}

export type TopicRow = Sums & {
  /** Its words are `my-sharing.subject.<topic>`. */
  readonly topic: string
  /** The agreements on it, in the public register; undefined where its purposes name no topic. */
  readonly href: string | undefined
  readonly agreements: number
}

export type MonthRow = Sums & {
  readonly month: Date
  readonly askedAgain: string
  readonly later: string
  readonly hours: number | undefined
  /** Of a thousand minutes. */
  readonly available: number | undefined
}

export type ChartName = 'permitted' | 'refused' | 'stopped' | 'askedAgain'
/** A bar a month, the oldest first. */
export type Chart = {
  readonly name: ChartName
  readonly bars: readonly {
    readonly x: number
    readonly height: number
    readonly isLast: boolean
  }[]
  readonly last: string
  /** The month with the largest figure; undefined: no month has one. */
  readonly most: { readonly month: Date; readonly figure: string } | undefined
}

export type AgreementRow = {
  readonly sentence: string
  readonly href: string
  /** What for. */
  readonly purpose: string
  readonly right: 'consent' | 'law' | 'later'
  /** The Act and its section, where a law permits it. */
  readonly law: string | undefined
  readonly topic: string
  readonly permitted: string
}
