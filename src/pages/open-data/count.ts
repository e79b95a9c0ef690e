import { dayAfter, dayBefore } from '../../base/values/calendar.ts'
import type { PeopleCount } from '../../base/values/disclosure-control.ts'
import { suppressionThreshold } from '../../base/values/disclosure-control.ts'
import { denyReasons } from '../../consent/decisions/index.ts'
import type { CountGroup, MonthlyCount } from '../../consent/figures/index.ts'
import type { Register } from '../../registry/index.ts'
import { idOf, requiresConsent } from '../../registry/index.ts'
import type { CountedRow, CountedTable } from './protect.ts'

// The exact tables of a month, made of what was counted of it: what happened to the same people in several counts is counted once for
// each of them.

/** Counts the people of several counts together, each once. */
export type JointCount = (
  groups: readonly CountGroup[],
) => Promise<ReadonlyMap<number, { readonly times: number; readonly people: number }>>

export type MonthTables = {
  readonly communications: CountedTable
  readonly consents: CountedTable
  readonly refusals: CountedTable
  readonly later: CountedTable
  /** By holder: what it introspected without a decision after it, and of which it said why. */
  readonly inquiries: CountedTable
  /** Hours of half of the confirmed stops; undefined for fewer than ten people. */
  readonly medianHours: number | undefined
}

/** @param month its first day */
export async function tablesOf(
  register: Pick<Register, 'agreements'>,
  month: string,
  counts: readonly MonthlyCount[],
  together: JointCount,
): Promise<MonthTables> {
  const of = (outcome: MonthlyCount['outcome']) =>
    counts.filter((count) => count.outcome === outcome)
  const [all, asked] = [keysIn(register, month), keysIn(register, month, requiresConsent)]
  const denied = Map.groupBy(of('denied'), ({ detail }) => detail ?? '')
  // Unknown reasons, which older versions gave, are in the row of all small ones alone.
  const reasons = denyReasons.map((reason) => ({ reason, cells: denied.get(reason) ?? [] }))
  const [later, confirmed] = [of('permitted-later'), of('confirmed')]
  const firstGroups = [later, confirmed, ...reasons.map(({ cells }) => cells)]
  const first = await countedIn(firstGroups, together)
  const byReason = reasons.map(({ reason }, at) => ({
    key: [reason],
    counted: [first[at + 2] ?? nobody],
  }))
  const listed = new Set(
    reasons
      .filter((_, at) => (first[at + 2] ?? nobody).people >= suppressionThreshold)
      .map(({ reason }) => reason),
  )
  const outcomes = ['permitted', 'granted', 'refused', 'stopped', 'expired'] as const
  const holders = holdersIn(all)
  const inquired = [of('inquired'), of('inquired-excused')]
  const small = [
    ...outcomes.map((outcome) => smallIn(of(outcome), outcome === 'permitted' ? all : asked)),
    ...inquired.map((cells) => smallIn(cells, holders)),
    of('denied').filter(({ detail }) => !listed.has(detail ?? '')),
  ]
  const togetherOf = await countedIn(small, together)
  const [n, m] = [outcomes.length, outcomes.length + inquired.length]
  return {
    communications: { rows: rowsOf(all, [of('permitted')]), together: togetherOf.slice(0, 1) },
    consents: {
      rows: rowsOf(asked, outcomes.slice(1).map(of)),
      together: togetherOf.slice(1, n),
    },
    refusals: { rows: byReason, together: togetherOf.slice(m) },
    inquiries: { rows: rowsOf(holders, inquired), together: togetherOf.slice(n, m) },
    later: { rows: [{ key: [], counted: [first[0] ?? nobody] }], together: [] },
    medianHours:
      (first[1] ?? nobody).people < suppressionThreshold ? undefined : medianOf(confirmed),
  }
}

const nobody: PeopleCount = { people: 0, times: 0 }

async function countedIn(
  groups: readonly (readonly MonthlyCount[])[],
  together: JointCount,
): Promise<PeopleCount[]> {
  const some = groups
    .map((cells, group) => ({ group, cells }))
    .filter(({ cells }) => cells.length > 0)
  const counted = some.length === 0 ? new Map<number, PeopleCount>() : await together(some)
  return groups.map((cells, group) => {
    const found = counted.get(group) ?? nobody
    const times = cells.reduce((sum, cell) => sum + cell.times, 0)
    // What was counted when the month was over stays: rows that are erased since make no figure smaller than its parts.
    const people = Math.max(found.people, ...cells.map((cell) => cell.people), 0)
    return { people, times: Math.max(times, people) }
  })
}

type Key = readonly [
  agreement: string,
  holder: string,
  recipient: string,
  purpose: string,
  basis: string,
]

/** The agreements and purposes of a month, as the public register has them: whatever happened. */
function keysIn(
  { agreements }: Pick<Register, 'agreements'>,
  month: string,
  isAsked: (agreement: { readonly legalBasis: string }) => boolean = () => true,
): Key[] {
  const lastDay = dayBefore(dayAfter(month, 'P1M'), 'P1D')
  const keys = agreements
    .filter(({ status }) => status !== 'draft' && status !== 'filed')
    .filter(({ from, until }) => from <= lastDay && (until === undefined || until >= month))
    .filter(isAsked)
    .flatMap(({ id, holder, recipient, purposes, legalBasis }) =>
      purposes.map((purpose): Key => [id, holder, recipient, idOf(purpose), legalBasis]),
    )
  return [...new Map(keys.map((key) => [key.join(' '), key])).values()].toSorted((one, other) =>
    one.join(' ') < other.join(' ') ? -1 : 1,
  )
}

/** The bodies that hold something in these. */
function holdersIn(keys: readonly Key[]): HolderKey[] {
  return [...new Set(keys.map(([, holder]) => holder))].toSorted().map((holder) => [holder])
}

type HolderKey = readonly [holder: string]

// What a count is of, in the words of a row's key: only what happens under an agreement names one.
function keyOf({ agreement, holder, recipient, purpose, basis }: MonthlyCount): string {
  return agreement === null
    ? (holder ?? '')
    : [agreement, holder, recipient, purpose, basis].join(' ')
}

type Keys = readonly (Key | HolderKey)[]

function rowsOf(keys: Keys, columns: readonly (readonly MonthlyCount[])[]): CountedRow[] {
  const found = columns.map((cells) => new Map(cells.map((cell) => [keyOf(cell), cell])))
  return keys.map((key) => ({
    key,
    counted: found.map((cells) => {
      const { people, times } = cells.get(key.join(' ')) ?? nobody
      return { people, times }
    }),
  }))
}

// Those that have no row are among them.
function smallIn(cells: readonly MonthlyCount[], keys: Keys): MonthlyCount[] {
  const rows = new Set(keys.map((key) => key.join(' ')))
  return cells.filter((cell) => cell.people < suppressionThreshold || !rows.has(keyOf(cell)))
}

function medianOf(cells: readonly MonthlyCount[]): number | undefined {
  const hours = cells
    .map(({ detail, times }) => [Number(detail), times] as const)
    .toSorted(([one], [other]) => one - other)
  const half = hours.reduce((sum, [, times]) => sum + times, 0) / 2
  let counted = 0
  for (const [hour, times] of hours) {
    counted += times
    if (counted >= half) return hour
  }
  return undefined
}
