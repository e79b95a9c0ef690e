import { nothingWrong } from '../../base/tlog/policy-trust.ts'
import { doesNotHold } from './findings.ts'
import type { LogReport } from './one-log.ts'
import { saysLate } from './told-days.ts'
import type { WatchPass } from './watch.ts'

/** What a pass found, for people. */
export function reportOf(pass: WatchPass): string[] {
  const { url, at, heldAt, findings, news, logs } = pass
  const since = heldAt === null ? 'the first time' : `compared with what held at ${heldAt}`
  const reasons = reasonsOf(pass)
  return [
    `${url}, looked at on ${at}, ${since}`,
    ...logs.map(lineOf),
    ...news.map((text) => `New: ${text}`),
    ...(findings.length > 0 ? doesNotHold(findings) : [whatHolds(reasons)]),
  ]
}

function whatHolds(reasons: readonly string[]): string {
  return reasons.length > 0 ? nothingWrong(reasons) : 'It holds.'
}

/** What is late, and what is not proved, in sentences. */
export function reasonsOf({ notClosed, notProved }: WatchPass): string[] {
  return [...notClosed.map(saysLate), ...notProved]
}

function lineOf(log: LogReport): string {
  const { origin, before, entries, publicEntries, newPublicEntries } = log
  const fresh = entries - before
  return [
    `${origin}: ${entries} entries (${fresh} new)`,
    `${publicEntries} of them public (${newPublicEntries} new)`,
    `cosigned by ${log.cosignatures} of ${log.witnesses} witnesses`,
    `not grown since ${log.unchangedSince}`,
  ].join(', ')
}

/** The same for machines: one line of JSON. */
export function jsonOf(pass: WatchPass): string {
  const holds = pass.findings.length === 0 && reasonsOf(pass).length === 0
  return JSON.stringify({ holds, ...pass })
}
