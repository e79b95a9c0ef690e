import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ClosedListName } from '../../src/base/logging/metric-labels.ts'
import { lists, longestName } from '../../src/base/logging/metric-labels.ts'
import { makeMeter, mostBytes, noMeter } from '../../src/base/logging/meter.ts'
import type { Metric } from '../../src/base/logging/metrics.ts'
import { metrics } from '../../src/base/logging/metrics.ts'
import { metricPages } from '../../scripts/metric-pages.ts'
import { seriesIn } from '../support/series.ts'

const root = join(import.meta.dirname, '../..')
const all: readonly Metric[] = Object.values(metrics)

test('docs/operate/metrics.md and metrics.en.md have the metrics of the code: `npm run metrics` writes them', () => {
  for (const [file, text] of metricPages())
    expect(readFileSync(join(root, 'docs/operate', file), 'utf8'), file).toBe(text)
})

// https://prometheus.io/docs/practices/naming/
test('each metric is named once, as Prometheus wants it', () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  for (const { kind, name, told, buckets } of all) {
    expect(name).toMatch(/^accord_[a-z]+(?:_[a-z]+)*$/)
    expect([name, name.endsWith('_total')]).toEqual([name, kind === 'counter'])
    expect([name, buckets !== undefined]).toEqual([name, kind === 'histogram'])
    // What the database tells is read, not counted.
    if (told === 'database') expect([name, kind]).toEqual([name, 'gauge'])
  }
})

const longName = (n: number) => `${n}`.padEnd(longestName, 'x')

describe('a label', () => {
  test('is no free text, for the compiler', () => {
    const text: string = 'person@example.test'
    const meter = noMeter
    // @ts-expect-error a text is in no list
    meter.count('denials', { reason: text })
    // @ts-expect-error a text may be a route only by `listed`
    meter.count('requests', { route: text, class: '2xx' })
    // @ts-expect-error a name of one list is none of another
    meter.count('jobSeconds', { task: meter.listed('route', text) })
    // @ts-expect-error each label is said
    meter.count('requests', { class: '2xx' })
    // @ts-expect-error a gauge is not counted
    meter.count('databaseUp', {})
  })

  test('that no list has is `other`', async () => {
    const meter = makeMeter()
    meter.declare('route', ['/aide'])
    expect(meter.listed('route', '/aide')).toBe('/aide')
    expect(meter.listed('route', '/aide/')).toBe('other')
    expect(meter.listed('task', '/aide')).toBe('other')
    meter.count('requests', { route: meter.listed('route', '/x'), class: '4xx' })
    const series = seriesIn(await meter.text())
    expect(series.get('accord_http_requests_total{route="other",class="4xx"}')).toBe(1)
    expect(series.get('accord_http_requests_total{route="/aide",class="4xx"}')).toBe(0)
  })
})

test('with every list at its longest, the page stays within its bound', async () => {
  const meter = makeMeter()
  meter.atScrape((gauges) => {
    for (const id of Object.keys(metrics) as (keyof typeof metrics)[])
      if (metrics[id].kind === 'gauge') gauges.zero(id as 'keyAge')
  })
  for (const [list, { most }] of Object.entries(lists)) {
    const names = Array.from({ length: 2 * most }, (_, n) => longName(n))
    meter.declare(list as ClosedListName, ['y'.repeat(longestName + 1), ...names])
    expect(meter.listed(list as ClosedListName, longName(most - 1))).toBe(longName(most - 1))
    expect(meter.listed(list as ClosedListName, longName(most))).toBe('other')
  }
  expect(Buffer.byteLength(await meter.text())).toBeLessThan(mostBytes / 4)
})

test('what a reader cannot tell any more is absent, and not as it was', async () => {
  const meter = makeMeter()
  let isTold = true
  meter.atScrape((gauges) => {
    if (!isTold) return
    gauges.set('databaseUp', {}, 1)
    gauges.set('keyAge', { purpose: 'data' }, 7)
  })
  const series = async () => seriesIn(await meter.text())
  const names = ['accord_database_up', 'accord_key_age_seconds{purpose="data"}']
  const told = await series()
  expect(names.map((name) => told.get(name))).toEqual([1, 7])
  isTold = false
  const untold = await series()
  expect(names.filter((name) => untold.has(name))).toEqual([])
})

test('a process that nobody asks counts nothing', async () => {
  expect([noMeter.isOn, await noMeter.text()]).toEqual([false, ''])
})
