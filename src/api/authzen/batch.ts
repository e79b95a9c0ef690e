import { present } from '../../base/values/present.ts'
import type { PointAnswer } from './point.ts'
import type { EvaluationsRequest, Semantic } from './requests.ts'

const entities = ['subject', 'action', 'resource', 'context'] as const

/**
 * The questions of a batch, in order, each complete: a member of an item replaces the default member whole, with its properties
 * (AuthZEN 1.0, section 7.1.1). An entity without a type has the type of the default: its scenario of certification has such an item. It never
 * has the identifier of the default, which would make it another question than its caller wrote.
 * @returns undefined where there are no items: the request is one question
 */
export function itemsOf(request: EvaluationsRequest): readonly unknown[] | undefined {
  const { evaluations = [] } = request
  if (evaluations.length === 0) return undefined
  return evaluations.map((item) => {
    if (!isObject(item)) return item
    return Object.fromEntries(entities.map((name) => [name, memberOf(name, item, request)]))
  })
}

function memberOf(
  name: (typeof entities)[number],
  { [name]: own }: Readonly<Record<string, unknown>>,
  { [name]: usual }: EvaluationsRequest,
): unknown {
  if (own === undefined) return usual
  const mayTakeType = name === 'subject' || name === 'resource'
  if (!mayTakeType || !isObject(own) || own['type'] !== undefined) return own
  return { ...own, type: usual?.['type'] }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export type Item = {
  /** Names of things, such as the person, that the item may share with other items. */
  readonly touches: readonly string[]
  /** Never rejects: a failure concerns this item alone. */
  decide(): Promise<PointAnswer>
  /** The answer to an item whose turn came too late. */
  late(): Promise<PointAnswer>
}

/** Items that have not begun by then are denied, so that the caller does not wait for ever. */
const batchMs = 10_000

/**
 * Decides by the semantic that the caller asks for (AuthZEN 1.0, section 7.1.2). Where no answer stops the batch, all items run at once,
 * so that they share statements; items that share a name run in their order, so that the answers equal those of single calls
 * (docs/design/domain.md#i16). Where an answer may stop the batch, items run one by one: later items are not decided, and use nothing.
 * @param elapsed milliseconds since any fixed moment
 */
export async function decideAll(
  items: readonly Item[],
  semantic: Semantic,
  elapsed: () => number = () => performance.now(),
): Promise<PointAnswer[]> {
  const until = elapsed() + batchMs
  const inTime = (item: Item) => (elapsed() > until ? item.late() : item.decide())
  if (semantic === 'execute_all') return decideInLanes(items, inTime)
  const stops = semantic === 'permit_on_first_permit'
  const answers: PointAnswer[] = []
  for (const item of items) {
    const answer = await inTime(item)
    answers.push(answer)
    if (answer.decision === stops) break
  }
  return answers
}

async function decideInLanes(
  items: readonly Item[],
  decide: (item: Item) => Promise<PointAnswer>,
): Promise<PointAnswer[]> {
  const answers = new Map<Item, PointAnswer>()
  await Promise.all(
    lanesOf(items).map(async (lane) => {
      for (const item of lane) answers.set(item, await decide(item))
    }),
  )
  return items.map((item) => present(answers.get(item), 'the answer to an item'))
}

type Lane<T> = {
  readonly touched: ReadonlySet<string>
  readonly placed: readonly { readonly at: number; readonly item: T }[]
}

/** Puts items that share a name, directly or through others, into one lane, in their order. */
export function lanesOf<T extends Pick<Item, 'touches'>>(items: readonly T[]): readonly T[][] {
  let lanes: Lane<T>[] = []
  for (const [at, item] of items.entries()) {
    const { touches } = item
    const mine = lanes.filter(({ touched }) => touches.some((name) => touched.has(name)))
    const touched = new Set([...mine.flatMap((lane) => [...lane.touched]), ...touches])
    const placed = [...mine.flatMap((lane) => lane.placed), { at, item }]
    lanes = [...lanes.filter((lane) => !mine.includes(lane)), { touched, placed }]
  }
  return lanes.map(({ placed }) => placed.toSorted((a, b) => a.at - b.at).map(({ item }) => item))
}
