import { doesNotHold } from './findings.ts'
import type { LogReport } from './one-log.ts'
import type { WatchPass } from './watch.ts'

/** What a pass found, for people. */
export function reportOf(pass: WatchPass): string[] {
  const { url, at, heldAt, findings, news, logs } = pass
  const since = heldAt === null ? 'the first time' : `compared with what held at ${heldAt}`
  return [
    `${url}, looked at on ${at}, ${since}`,
    ...logs.map(lineOf),
    ...news.map((text) => `New: ${text}`),
    ...(findings.length === 0 ? ['It holds.'] : doesNotHold(findings)),
  ]
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
  return JSON.stringify({ holds: pass.findings.length === 0, ...pass })
}
