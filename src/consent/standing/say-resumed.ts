import type { StillFlows } from './flows.ts'
import type { Datum, Sentence } from './sentences.ts'
import { categoriesOf, keyOf, sayAfter } from './sentences.ts'

/**
 * What the end of her pause opens of these data. What still waits is said as after any deed, and so is what another way let be received
 * all along: of that « de nouveau » would not be true, nor the end of this sharing. Pure.
 */
export function sayResumed(
  about: readonly Datum[],
  record: string,
  still: StillFlows,
): readonly Sentence[] {
  // For now the end of her pause opens nothing: that she could no longer, or another one, is not so.
  if (still.isHalted) return sayAfter(about, [record], still)
  const byDatum = Map.groupBy(still.flows, keyOf)
  const found = about.map((datum) => {
    const ways = (byDatum.get(keyOf(datum)) ?? []).flatMap((flow) => flow.ways)
    const own = ways.flatMap((way) =>
      way.by === 'choice' && way.consentId === record ? way.until : [],
    )
    return { ...datum, until: own.length === ways.length ? own[0] : undefined }
  })
  const open = found.flatMap(({ until, ...datum }) =>
    until === undefined ? [] : [{ ...datum, until }],
  )
  const rest = found.filter(({ until }) => until === undefined)
  const again = [...Map.groupBy(open, ({ recipient }) => recipient)].flatMap(([body, of]) =>
    of.slice(0, 1).map(({ until }) => {
      return { form: 'again', body, categories: categoriesOf(of), until } as const
    }),
  )
  return [...again, ...sayAfter(rest, [], still)]
}
