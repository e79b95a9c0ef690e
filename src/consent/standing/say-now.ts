import type { Receiver, WasUsed } from './receivers.ts'
import { receiversIn } from './receivers.ts'
import type { Sentence } from './sentences.ts'
import { sayLimits } from './sentences.ts'
import type { FlowRight, StillFlows, Wait } from './flows.ts'

// What is so now: the first sentences of her pages.

/** What is known beside the flows. */
export type LeadFacts = {
  /** Questions that wait for her. */
  readonly waiting: number
  readonly wasUsed: WasUsed
}

/** A sharing of hers, named by its recipient. */
export type NamedSharing = { readonly consentId: string; readonly body: number }

/**
 * - waiting: questions that wait
 * - none-allowed: the law alone may let something be sent
 * - receivers: who may receive something; `isForNow`: without a new answer of hers it may be more
 * - paused, held: sharings that she paused, or that others suspended; `isNamed`: the sentence must say of whom
 * - ends: a sharing that ends soon; `isOne` of several with this body
 * - changed: an answer of hers is not as she gave it
 */
export type NowSentence =
  | { readonly form: 'waiting'; readonly count: number }
  | { readonly form: 'none-allowed' | 'changed' }
  | {
      readonly form: 'receivers'
      readonly receivers: readonly Receiver[]
      readonly isForNow: boolean
    }
  | {
      readonly form: 'paused' | 'held'
      readonly sharings: readonly NamedSharing[]
      readonly isNamed: boolean
    }
  | (NamedSharing & { readonly form: 'ends'; readonly until: Date; readonly isOne: boolean })
  | (Sentence & { readonly form: 'limit' })

/** A sharing that ends within so many days is told. */
const soonMs = 30 * 24 * 3600 * 1000

/** From so many on that end soon, the list tells of them alone. */
const mostEnds = 3

/** What waits, who may receive something, what may become more, what becomes less. Pure. */
export function sayNow(
  still: StillFlows,
  { waiting, wasUsed }: LeadFacts,
  now: Date,
): readonly NowSentence[] {
  const receivers = receiversIn(still, wasUsed)
  const limits = sayLimits(still).filter((one) => one.form === 'limit')
  const paused = waitingSharings(still, 'paused')
  // What holds everybody's is said above each page, and by none of her sharings.
  const held = still.isHalted ? [] : waitingSharings(still, 'held')
  const more = waiting + paused.length + held.length + limits.length
  const isHeld = still.flows.some(({ waits }) => waits.some(({ because }) => because === 'held'))
  const isForNow = more > 0 || isHeld || !still.isWhole || still.isUntrusted
  return [
    ...(waiting > 0 ? [{ form: 'waiting', count: waiting } as const] : []),
    ...(receivers.length > 0 && !still.isAllowing ? [{ form: 'none-allowed' } as const] : []),
    { form: 'receivers', receivers, isForNow },
    ...limits,
    ...suspended('paused', paused, receivers),
    ...suspended('held', held, receivers),
    ...endsSoon(still, now),
    ...(still.isWhole ? [] : [{ form: 'changed' } as const]),
  ]
}

function suspended(
  form: 'paused' | 'held',
  sharings: readonly NamedSharing[],
  receivers: readonly Receiver[],
): readonly NowSentence[] {
  if (sharings.length === 0) return []
  const [only] = receivers
  const isKnown = receivers.length === 1 && sharings.every(({ body }) => body === only?.body)
  return [{ form, sharings, isNamed: form === 'held' || !isKnown }]
}

function waitingSharings({ flows }: StillFlows, because: Wait['because']): NamedSharing[] {
  const found = flows.flatMap(({ recipient, waits }) =>
    waits
      .filter((wait) => wait.because === because)
      .flatMap(({ way }) => sharingOf(way, recipient)),
  )
  return once(found)
}

function endsSoon({ flows }: StillFlows, now: Date): readonly NowSentence[] {
  const chosen = once(
    flows.flatMap(({ recipient, ways, waits }) =>
      [...ways, ...waits.map(({ way }) => way)].flatMap((way) => sharingOf(way, recipient)),
    ),
  )
  const running = once(
    flows.flatMap(({ recipient, ways }) => ways.flatMap((way) => sharingOf(way, recipient))),
  )
  const soon = running.filter(({ until }) => until.getTime() - now.getTime() <= soonMs)
  if (soon.length > mostEnds) return []
  return soon.map((sharing) => ({
    form: 'ends',
    ...sharing,
    isOne: chosen.filter(({ body }) => body === sharing.body).length > 1,
  }))
}

function sharingOf(way: FlowRight, body: number) {
  return way.by === 'choice' ? [{ consentId: way.consentId, body, until: way.until }] : []
}

function once<T extends NamedSharing>(sharings: readonly T[]): T[] {
  return [...new Map(sharings.map((one) => [one.consentId, one])).values()]
}
