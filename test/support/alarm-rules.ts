import { alarmRules } from '../../scripts/alarm-pages.ts'
import { present } from '../../src/base/values/present.ts'

// Whether an alarm rings on what one process tells, once it was so for as long as its rule waits. Of the language of Prometheus it
// knows a metric against a bound, the least or greatest of it, and a metric that is absent while another one is not; promtool
// knows the rest (deploy/monitoring/alerts.test.yml).

const bounded =
  /^(?:(?:min|max)(?: by \((?<by>\w+)\) )?\()?(?<metric>accord_\w+)\)? (?<sign>[<>]|==) (?<bound>[\d.]+)$/
const missing =
  /^absent\((?<metric>accord_\w+(?:\{\w+="[\w-]+"\})?)\) and on \(\) max\(accord_database_up\) == 1$/

/** @param series of one process: a rule that takes the least or the greatest of all has these alone */
export function rings(alarm: string, series: ReadonlyMap<string, number>): boolean {
  const { expr } = present(
    alarmRules().find(({ alert }) => alert === alarm),
    `the alarm ${alarm}`,
  )
  const absent = missing.exec(expr)?.groups
  if (absent?.['metric'] !== undefined)
    return seen(absent['metric'], series).length === 0 && series.get('accord_database_up') === 1
  const { metric, sign, bound, by } = present(bounded.exec(expr)?.groups, `a rule such as ${expr}`)
  const values = seen(present(metric, 'a metric'), series)
  // Without « by », one value of all is judged.
  const isOne = by === undefined && /^(?:min|max)/.test(expr)
  const judged = isOne && values.length > 0 ? [one(expr, values)] : values
  return judged.some((value) => {
    if (sign === '==') return value === Number(bound)
    return sign === '<' ? value < Number(bound) : value > Number(bound)
  })
}

function seen(metric: string, series: ReadonlyMap<string, number>): number[] {
  return [...series]
    .filter(([name]) => name === metric || name.startsWith(`${metric}{`))
    .map(([, value]) => value)
}

function one(expr: string, values: readonly number[]): number {
  return expr.startsWith('min') ? Math.min(...values) : Math.max(...values)
}
