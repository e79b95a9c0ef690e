import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ClosedListName } from './metric-labels.ts'
import { otherLabel, lists, longestName } from './metric-labels.ts'
import type { IdOf, LabelsOf, InList, Metric, MetricId } from './metrics.ts'
import { metrics } from './metrics.ts'

// The one file that knows prom-client. All series of what is counted are there from the start: no request can add one, and a rate is
// right from the first event on (https://prometheus.io/docs/practices/instrumentation/#avoid-missing-metrics).

/** Far more than all lists at their longest make. */
export const mostBytes = 4 * 1024 * 1024

export type Gauges = {
  set<Id extends IdOf<'gauge'>>(metric: Id, labels: LabelsOf<Id>, value: number): void
  /** Sets 0 for each value of the labels, before those that are not 0 are set. */
  zero(metric: IdOf<'gauge'>): void
}

export type Meter = {
  readonly isOn: boolean
  /** Names of a list that the code, the register or a policy has. Those of an earlier call stay. */
  declare(list: ClosedListName, names: Iterable<string>): void
  /** The name, where it was declared; else `other`. */
  listed<Name extends ClosedListName>(list: Name, name: string): InList<Name>
  count<Id extends IdOf<'counter'>>(metric: Id, labels: LabelsOf<Id>, by?: number): void
  observe<Id extends IdOf<'histogram'>>(metric: Id, labels: LabelsOf<Id>, value: number): void
  /** Reads at each scrape what is not counted. A reader that cannot tell leaves its gauges absent; it never throws. */
  atScrape(read: (gauges: Gauges) => Promise<void> | void): void
  /** All metrics, in the text format of Prometheus. @throws RangeError where they are longer than `mostBytes` */
  text(): Promise<string>
}

const nothing = () => undefined

/** Where nobody asks, nothing is counted. */
export const noMeter: Meter = Object.freeze({
  isOn: false,
  declare: nothing,
  listed: <Name extends ClosedListName>() => otherLabel as unknown as InList<Name>,
  count: nothing,
  observe: nothing,
  atScrape: nothing,
  text: () => Promise.resolve(''),
})

// Of Node's own: their labels are the kinds of sockets and files that happen to be open.
const grown = ['nodejs_active_resources', 'nodejs_active_handles', 'nodejs_active_requests']
// A collection of a kind that has not been yet would add its series later.
const collections = ['minor', 'major', 'incremental', 'weakcb']

type Labels = Readonly<Record<string, string>>

export function makeMeter(): Meter {
  const registry = new Registry()
  const made = makeAll(registry)
  const names = new Map<ClosedListName, Set<string>>(
    (Object.keys(lists) as ClosedListName[]).map((list) => [list, new Set([otherLabel])]), // its own keys
  )
  const readers: ((gauges: Gauges) => Promise<void> | void)[] = []
  for (const [id] of entries()) begin(id)
  collectDefaultMetrics({ register: registry })
  for (const name of grown) registry.removeSingleMetric(name)
  const collected = registry.getSingleMetric('nodejs_gc_duration_seconds')
  if (collected instanceof Histogram) for (const kind of collections) collected.zero({ kind })

  function begin(id: MetricId): void {
    const metric: Metric = metrics[id]
    for (const labels of allLabels(metric, names)) {
      made.counters.get(id)?.inc(labels, 0)
      if (Object.keys(labels).length > 0) made.histograms.get(id)?.zero(labels)
    }
  }

  const gauges: Gauges = {
    set: (id, labels, value) => made.gauges.get(id)?.set(labels as Labels, value),
    zero(id) {
      for (const labels of allLabels(metrics[id], names)) made.gauges.get(id)?.set(labels, 0)
    },
  }

  async function ask(): Promise<string> {
    for (const [id, gauge] of made.gauges) clear(metrics[id], gauge)
    for (const read of readers) await read(gauges)
    const text = await registry.metrics()
    if (Buffer.byteLength(text) > mostBytes) throw new RangeError('metrics are too long')
    return text
  }
  let asking: Promise<string> | undefined

  return {
    isOn: true,
    declare(list, more) {
      const known = names.get(list) ?? new Set()
      const before = known.size
      for (const name of more)
        if (name.length <= longestName && known.size <= lists[list].most) known.add(name)
      if (known.size === before) return
      for (const [id, { labels }] of entries())
        if (Object.values(labels).some((one) => 'named' in one && one.named === list)) begin(id)
    },
    listed: <Name extends ClosedListName>(list: Name, name: string) =>
      (names.get(list)?.has(name) === true ? name : otherLabel) as unknown as InList<Name>,
    count: (id, labels, by = 1) => made.counters.get(id)?.inc(labels as Labels, by),
    observe: (id, labels, value) => made.histograms.get(id)?.observe(labels as Labels, value),
    atScrape: (read) => void readers.push(read),
    // Two scrapes at once would clear each other's gauges: they get one answer.
    text: () => (asking ??= ask().finally(() => (asking = undefined))),
  }
}

// A gauge without labels is not absent after its `reset`, but 0.
function clear({ labels }: Metric, gauge: Gauge): void {
  gauge.reset()
  if (Object.keys(labels).length === 0) gauge.remove()
}

function entries(): (readonly [MetricId, Metric])[] {
  return Object.entries(metrics) as [MetricId, Metric][] // its own keys
}

type Made = {
  readonly counters: ReadonlyMap<MetricId, Counter>
  readonly gauges: ReadonlyMap<MetricId, Gauge>
  readonly histograms: ReadonlyMap<MetricId, Histogram>
}

function makeAll(registry: Registry): Made {
  const counters = new Map<MetricId, Counter>()
  const gauges = new Map<MetricId, Gauge>()
  const histograms = new Map<MetricId, Histogram>()
  for (const [id, { kind, name, says, labels, buckets = [] }] of entries()) {
    const usual = {
      name,
      help: says.en,
      labelNames: Object.keys(labels),
      registers: [registry],
    }
    if (kind === 'counter') counters.set(id, new Counter(usual))
    else if (kind === 'gauge') gauges.set(id, new Gauge(usual))
    else histograms.set(id, new Histogram({ ...usual, buckets: [...buckets] }))
  }
  return { counters, gauges, histograms }
}

/** Each combination of values that the labels of a metric may have. */
function allLabels(
  { labels }: Metric,
  names: ReadonlyMap<ClosedListName, ReadonlySet<string>>,
): readonly Labels[] {
  let all: readonly Labels[] = [{}]
  for (const [label, list] of Object.entries(labels)) {
    const values = 'named' in list ? [...(names.get(list.named as ClosedListName) ?? [])] : list // by the table
    all = all.flatMap((one) => values.map((value) => ({ ...one, [label]: value })))
  }
  return all
}
