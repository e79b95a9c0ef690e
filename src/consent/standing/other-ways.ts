import type { Purpose } from '../../registry/index.ts'
import type { Datum, Sentence } from './sentences.ts'
import type { FlowRight, PermittedFlow, StillFlows, Wait } from './flows.ts'

// By which other rights a body may receive some of the same data: what a stop does not end by itself.

/** One other right, with those of the data that it is about. */
export type OtherWay = {
  readonly right: FlowRight
  /** In the order of the data. */
  readonly categories: readonly string[]
  /** Why nothing may be sent by it for now; undefined: something may be. */
  readonly wait: Omit<Wait, 'way'> | undefined
}

/**
 * Each right once, in the order of the data: what may be used first, then what waits. Pure.
 * @param records the sharings that they are beside
 */
export function otherWays(
  about: readonly Datum[],
  records: readonly string[],
  { flows }: StillFlows,
): readonly OtherWay[] {
  const own = new Set(records)
  const found = about.flatMap((datum) =>
    flows
      .filter((flow) => isSame(datum, flow))
      .flatMap(({ ways, waits, category }) => [
        ...ways.map((right) => ({ right, category, wait: undefined })),
        ...waits.map(({ way: right, ...wait }) => ({ right, category, wait })),
      ]),
  )
  const others = found.filter(({ right }) => right.by === 'law' || !own.has(right.consentId))
  const all = [...Map.groupBy(others, ({ right }) => keyOf(right)).values()].map(wayOf)
  return [...all.filter(({ wait }) => wait === undefined), ...all.filter(({ wait }) => wait)]
}

/**
 * What ends of each of these data: all of it, or one reason among others, or one of two ways for the same. A limit ends, so what it alone
 * keeps back is not over. Pure.
 * @param over the purpose for which something ends
 */
export function sayEnds(
  about: readonly Datum[],
  records: readonly string[],
  still: StillFlows,
  over: Pick<Purpose, 'id'>,
): readonly Sentence[] {
  return about.map((datum) => {
    const others = otherWays([datum], records, still).filter(
      ({ wait }) => wait === undefined || wait.because === 'limit',
    )
    const isSame = others.some(({ right }) => right.purpose.id === over.id)
    const { recipient: body, category } = datum
    const form = others.length === 0 ? 'none' : isSame ? 'ends-here' : 'ends'
    return { form, body, categories: [category] }
  })
}

type Found = {
  readonly right: FlowRight
  readonly category: string
  readonly wait: OtherWay['wait']
}

// By a right that waits for one datum and not for another something may be sent.
function wayOf(found: readonly Found[]): OtherWay {
  const open = found.find(({ wait }) => wait === undefined)
  const first = open ?? found[0]
  if (first === undefined) throw new TypeError('a group without a member')
  const categories = [...new Set(found.map(({ category }) => category))]
  return { right: first.right, categories, wait: first.wait }
}

function isSame(datum: Datum, flow: PermittedFlow): boolean {
  return datum.recipient === flow.recipient && datum.category === flow.category
}

function keyOf(right: FlowRight): string {
  return right.by === 'choice' ? right.consentId : `${right.agreement.id} ${right.purpose.id}`
}
