import { dayAfter, dayBefore } from '../../base/values/calendar.ts'
import { publishedCount, suppressionThreshold } from '../../base/values/disclosure-control.ts'
import { denyReasons } from '../../consent/decisions/index.ts'
import type { CountGroup, MonthlyCount } from '../../consent/figures/index.ts'
import { cellOf } from '../../consent/figures/index.ts'
import type { Register } from '../../registry/index.ts'
import { idOf, requiresConsent } from '../../registry/index.ts'
import type { CountsByPart, CountedRow, CountedTable } from './protect.ts'

// The exact tables of a month, made of what was counted of it. A count is of one agreement and purpose, and of a body that sends and one
// that receives: these two know all of it, and nobody else any of it. So it is the part of which a figure is made.

export type MonthTables = {
  readonly communications: CountedTable
  readonly consents: CountedTable
  readonly refusals: CountedTable
  readonly later: CountedTable
  /** By holder: what it introspected without a decision after it, and of which it said why. */
  readonly inquiries: CountedTable
}

/** @param month its first day */
export function tablesOf(
  register: Pick<Register, 'agreements'>,
  month: string,
  counts: readonly MonthlyCount[],
): MonthTables {
  const of = (outcome: MonthlyCount['outcome']) =>
    counts.filter((count) => count.outcome === outcome)
  const [all, asked] = [keysIn(register, month), keysIn(register, month, requiresConsent)]
  // Unknown reasons, which older versions gave, are in no row.
  const denied = Map.groupBy(of('denied'), ({ detail }) => detail ?? '')
  return {
    communications: rowsOf(all, [of('permitted')]),
    consents: rowsOf(asked, [of('granted'), of('refused'), of('stopped'), of('expired')]),
    refusals: denyReasons.map((reason) => ({
      key: [reason],
      counted: [partsOf(denied.get(reason) ?? [])],
    })),
    inquiries: rowsOf(holdersIn(all), [of('inquired'), of('inquired-excused')]),
    later: [{ key: [], counted: [partsOf(of('permitted-later'))] }],
  }
}

function partsOf(cells: readonly MonthlyCount[]): CountsByPart {
  return new Map(cells.map((cell) => [cellOf(cell), { people: cell.people, times: cell.times }]))
}

/** Counts the people of several counts together, each once. */
export type JointCount = (
  groups: readonly CountGroup[],
) => Promise<ReadonlyMap<number, { readonly people: number }>>

/**
 * The hours of half of the confirmed stops. A body decides when it confirms, and could search the hours of another’s one person by its own:
 * so the median is taken of each agreement with ten people or more, and then of these medians. Undefined where there is none.
 */
export async function medianHours(
  counts: readonly MonthlyCount[],
  together: JointCount,
): Promise<number | undefined> {
  const confirmed = counts.filter(({ outcome }) => outcome === 'confirmed')
  const groups = [...Map.groupBy(confirmed, keyOf).values()].map((cells, group) => ({
    group,
    cells,
  }))
  if (groups.length === 0) return undefined
  const counted = await together(groups)
  const medians = groups.flatMap(({ group, cells }) => {
    // What was counted when the month was over stays: rows that are erased since make no figure smaller than its parts.
    const people = Math.max(counted.get(group)?.people ?? 0, ...cells.map((cell) => cell.people))
    if (people < suppressionThreshold) return []
    const hours = cells.map(({ detail, times }) => [Number(detail), times] as const)
    return [[medianOf(hours), Number(publishedCount(people))] as const]
  })
  return medians.length === 0 ? undefined : medianOf(medians)
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
  const found = columns.map((cells) => Map.groupBy(cells, keyOf))
  return keys.map((key) => ({
    key,
    counted: found.map((cells) => partsOf(cells.get(key.join(' ')) ?? [])),
  }))
}

function medianOf(weighted: readonly (readonly [value: number, weight: number])[]): number {
  const inOrder = weighted.toSorted(([one], [other]) => one - other)
  const half = inOrder.reduce((sum, [, weight]) => sum + weight, 0) / 2
  let counted = 0
  for (const [value, weight] of inOrder) {
    counted += weight
    if (counted >= half) return value
  }
  return 0
}
