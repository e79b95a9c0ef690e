import type { Lookback } from '../record/index.ts'
import { isWithinDays } from '../record/index.ts'
import type { Purpose } from '../../registry/index.ts'
import type { FlowRight, PermittedFlow, StillFlows, Wait } from './flows.ts'

// Sentences about what flows, as facts: `sentence-text.ts` writes them.

/** Why a body may receive something. `until`: of what she allowed, its end. */
export type Reason = {
  readonly purpose: Purpose
  readonly by: FlowRight['by']
  readonly until: Date | undefined
}

/**
 * - none: the body can no longer receive these
 * - ends: it can no longer for this reason, and can for another
 * - ends-here: it can no longer by this sharing, and can by another way for the same purpose
 * - still, also: it can, for these reasons; `days`: the days that these may be of, where they are fewer than those that the deed is about
 * - paused, held: it cannot, and could if her own pause, or what others suspended, ended; `from`: not before this day
 * - limit: it cannot before a day, and then can; `times`: how often it may in one period
 * - over: what goes on does not go on for this purpose
 * - over-here: what goes on does not go on by this sharing
 * - again: the body can receive these again by her sharing, until its end
 */
export type Sentence = {
  readonly body: number
  readonly categories: readonly string[]
} & (
  | { readonly form: 'none' | 'ends' | 'ends-here' }
  | { readonly form: 'paused' | 'held'; readonly from: Date | undefined }
  | {
      readonly form: 'still' | 'also'
      readonly reasons: readonly Reason[]
      readonly days: Lookback | undefined
    }
  | {
      readonly form: 'limit'
      readonly from: Date
      readonly times: number
      readonly reasons: readonly Reason[]
    }
  | { readonly form: 'over'; readonly purpose: Purpose }
  | { readonly form: 'over-here' }
  | { readonly form: 'again'; readonly until: Date }
)

type Same = Pick<PermittedFlow, 'recipient' | 'category' | 'ways' | 'waits'> & Pick<Datum, 'days'>

/** A datum that a body may receive, whoever holds it; `days`: those that a deed is about, undefined: any. */
export type Datum = Pick<PermittedFlow, 'recipient' | 'category'> & {
  readonly days?: Lookback | undefined
}

/**
 * What a deed leaves of these data, body by body: what ends first, then what goes on, then what waits. Pure.
 * @param records of the deed: that they wait themselves is what it did
 * @param over the purpose for which the deed ends something, or this sharing alone: said where everything goes on by another way
 */
export function sayAfter(
  about: readonly Datum[],
  records: readonly string[],
  { flows }: StillFlows,
  over?: Purpose | 'here',
): readonly Sentence[] {
  const done = new Set(records)
  const byDatum = Map.groupBy(flows, keyOf)
  const left = about.map(({ recipient, category, days }): Same => {
    const same = byDatum.get(keyOf({ recipient, category })) ?? []
    const waits = same.flatMap((flow) => flow.waits)
    return {
      recipient,
      category,
      days,
      ways: same.flatMap(({ ways }) => ways),
      waits: waits.filter(({ way }) => way.by === 'law' || !done.has(way.consentId)),
    }
  })
  return [...Map.groupBy(left, ({ recipient }) => recipient)].flatMap(([body, of]) => [
    ...sayOfBody(body, of),
    ...sayOver(body, of, over),
  ])
}

/** What a deed about these data does not touch: the same data at other bodies, and other data at the same ones. Pure. */
export function sayBeside(about: readonly Datum[], { flows }: StillFlows): readonly Sentence[] {
  const own = new Set(about.map(keyOf))
  const bodies = new Set(about.map(({ recipient }) => recipient))
  const data = new Set(about.map(({ category }) => category))
  const beside = flows.filter(
    (flow) =>
      flow.ways.length > 0 &&
      !own.has(keyOf(flow)) &&
      (bodies.has(flow.recipient) || data.has(flow.category)),
  )
  return [...Map.groupBy(beside, ({ recipient }) => recipient)].flatMap(([body, of]) =>
    sayStill('also', body, of),
  )
}

/** Of data that nobody may receive now, those that a limit alone keeps back, body by body. Pure. */
export function sayLimits(still: StillFlows): readonly Sentence[] {
  const kept = still.flows.filter(({ waits }) => waits.some(({ because }) => because === 'limit'))
  return sayAfter(kept, [], still).filter(({ form }) => form === 'limit')
}

/** A datum at a body. */
export function keyOf({ recipient, category }: Datum): string {
  return `${recipient} ${category}`
}

function sayOfBody(body: number, flows: readonly Same[]): Sentence[] {
  const closed = flows.filter(({ ways }) => ways.length === 0)
  const limited = closed.filter((flow) => soonest(flow) !== undefined)
  const gone = closed.filter((flow) => !limited.includes(flow))
  const none =
    gone.length === 0 ? [] : [{ form: 'none', body, categories: categoriesOf(gone) } as const]
  const waiting = (['paused', 'held'] as const).flatMap((form) => sayWaiting(form, body, gone))
  return [...none, ...sayStill('still', body, flows), ...waiting, ...sayLimited(body, limited)]
}

// Data that could be received again at one moment are one sentence.
function sayWaiting(form: 'paused' | 'held', body: number, gone: readonly Same[]): Sentence[] {
  const found = gone.flatMap(({ category, waits }) => {
    const [first] = waits
      .filter(({ because }) => because === form)
      .toSorted((a, b) => (a.from?.getTime() ?? 0) - (b.from?.getTime() ?? 0))
    return first === undefined ? [] : [{ category, from: first.from }]
  })
  const alike = Map.groupBy(found, ({ from }) => from?.getTime())
  return [...alike.values()].map((same) => {
    return { form, body, categories: categoriesOf(same), from: same[0]?.from }
  })
}

/** Their categories, each once. */
export function categoriesOf(some: readonly Pick<Same, 'category'>[]): readonly string[] {
  return [...new Set(some.map(({ category }) => category))]
}

// Data that a body may receive for the same reasons, of the same days, are one sentence.
function sayStill(
  form: 'still' | 'also',
  body: number,
  flows: readonly Omit<Same, 'waits'>[],
): Sentence[] {
  const parts = flows.flatMap(({ category, days: about, ways }) => {
    const dated = ways.map((way) => ({ way, days: saidDays(way.days, about) }))
    return [...Map.groupBy(dated, ({ days }) => JSON.stringify(days ?? null)).values()].map(
      (same) => ({
        category,
        days: same[0]?.days,
        reasons: reasonsOf(same.map(({ way }) => way)),
      }),
    )
  })
  const alike = Map.groupBy(parts, ({ days, reasons }) =>
    JSON.stringify([days ?? null, reasons.map(({ purpose, by }) => [purpose.no, by])]),
  )
  return [...alike.values()].map((same) => {
    const { days, reasons } = same[0] ?? { days: undefined, reasons: [] }
    return { form, body, categories: categoriesOf(same), days, reasons }
  })
}

/** Days are said where they are fewer than those that the deed is about. */
export function saidDays(
  days: Lookback | undefined,
  about: Lookback | undefined,
): Lookback | undefined {
  if (days === undefined) return undefined
  return about !== undefined && isWithinDays(about, days) ? undefined : days
}

function sayLimited(body: number, flows: readonly Same[]): Sentence[] {
  const first = flows.flatMap((flow) => {
    const wait = soonest(flow)
    return wait === undefined ? [] : [{ category: flow.category, ...wait }]
  })
  const alike = Map.groupBy(first, ({ from, times, way }) =>
    [from.getTime(), times, way.purpose.no, way.by].join(' '),
  )
  return [...alike.values()].flatMap((same) => {
    const [one] = same
    if (one === undefined) return []
    const { from, times = 1, way } = one
    return [
      {
        form: 'limit',
        body,
        categories: categoriesOf(same),
        from,
        times,
        reasons: reasonsOf([way]),
      },
    ]
  })
}

function soonest({ waits }: Same): (Wait & { readonly from: Date }) | undefined {
  const [first] = waits
    .flatMap(({ from, ...wait }) =>
      from === undefined || wait.because !== 'limit' ? [] : [{ ...wait, from }],
    )
    .toSorted((a, b) => a.from.getTime() - b.from.getTime())
  return first
}

function sayOver(
  body: number,
  flows: readonly Same[],
  purpose: Purpose | 'here' | undefined,
): Sentence[] {
  if (purpose === undefined || flows.some(({ ways }) => ways.length === 0)) return []
  if (purpose === 'here') return [{ form: 'over-here', body, categories: categoriesOf(flows) }]
  const goesOn = flows.some(({ ways }) => ways.some((way) => way.purpose.id === purpose.id))
  return goesOn ? [] : [{ form: 'over', body, categories: categoriesOf(flows), purpose }]
}

// One reason a purpose and right: two agreements for the same are one reason to a person, which goes on until the later end.
function reasonsOf(ways: readonly FlowRight[]): Reason[] {
  const found = new Map<string, Reason>()
  for (const way of ways) {
    const { purpose, by } = way
    const key = `${purpose.id} ${by}`
    const before = found.get(key)?.until
    const until = way.by === 'choice' ? way.until : undefined
    const isLater = before === undefined || (until !== undefined && until > before)
    found.set(key, { purpose, by, until: isLater ? until : before })
  }
  return [...found.values()]
}
