import { startOfDay } from '../../base/values/calendar.ts'
import type { Chart, ChartName } from './pages.ts'
import type { MonthSums } from './sums.ts'
import { isFew } from './sums.ts'

// A bar a month: places and heights only, the template adds the words.

export const chartWidth = 264
export const chartHeight = 80
const gap = 4
const names: readonly ChartName[] = ['permitted', 'refused', 'stopped', 'askedAgain']

/** @param months the newest first; a month of which nothing may be said has no bar */
export function chartsOf(months: readonly MonthSums[]): Chart[] {
  const inOrder = months.toReversed()
  const step = chartWidth / Math.max(inOrder.length, 1)
  return names.map((name) => {
    const heights = inOrder.map((month) => (isFew(month[name]) ? 0 : Number(month[name])))
    const top = Math.max(...heights, 1)
    const most = inOrder[heights.indexOf(Math.max(...heights))]
    return {
      name,
      bars: heights.map((value, at) => ({
        x: Math.round(at * step),
        height: Math.round((value / top) * chartHeight),
        isLast: at === heights.length - 1,
      })),
      last: inOrder.at(-1)?.[name] ?? '',
      most:
        most === undefined || isFew(most[name])
          ? undefined
          : { month: startOfDay(most.month), figure: most[name] },
    }
  })
}

/** How broad a bar is, of so many. */
export function barWidth(bars: number): number {
  return Math.floor(chartWidth / Math.max(bars, 1)) - gap
}
