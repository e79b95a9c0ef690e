import type { OverdueDays } from '../../base/jobs/day-closing.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { present } from '../../base/values/present.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { readVkey } from '../../base/tlog/note.ts'
import type { Finding } from '../../base/tlog/verify-log.ts'
import type { LeavesByIndex } from './documents.ts'
import { documentAt, leavesOnce } from './documents.ts'
import { logsByHouse, seeLogKeys, seeStatementKeys } from './keys.ts'
import type { LogReport } from './one-log.ts'
import { watchLog } from './one-log.ts'
import type { Progress } from './progress.ts'
import type { WatchedAddress } from './served-log.ts'
import { houseOf, logsOf, lookAt, placeOf } from './served-log.ts'
import type { MonitorState } from './shapes.ts'
import { announcedKey } from './shapes.ts'
import type { Memory } from './state.ts'
import { stateOf } from './state.ts'
import { lateDays } from './told-days.ts'
import type { MonitorTrust } from './trust.ts'
import { trustFor } from './trust.ts'

export type WatchOptions = {
  readonly url: string
  /** The file of the monitor's own policy; undefined: the policy that the address served first. */
  readonly policy: string | undefined
  /** The file that keeps the policy that the address served first. */
  readonly pin?: string | undefined
  /** Takes keys and witnesses as they are served now; never another past. */
  readonly accepts: boolean
  readonly maxAgeSeconds: number
  readonly now: Date
  readonly memory: Memory
  readonly progress: Progress
}

export type WatchPass = {
  readonly url: string
  readonly at: string
  /** When the last pass ended that found nothing wrong; null: there was none. */
  readonly heldAt: string | null
  readonly findings: readonly Finding[]
  /** Changes that are allowed. */
  readonly news: readonly string[]
  readonly logs: readonly LogReport[]
  /** The days that the newest log should tell of as closed, and does not. */
  readonly notClosed: readonly OverdueDays[]
  /** Why this is not proved, in sentences. */
  readonly notProved: readonly string[]
}

/** Old documents that each pass reads again; all of them come round. */
const rereadPerPass = 500
const rereadAtOnce = 8
/** After so many wrong documents no other is read. */
const maxWrong = 100

/** What a pass gathers, step by step. */
type Draft = {
  readonly watching: WatchOptions
  readonly before: MonitorState
  readonly findings: Finding[]
  readonly news: string[]
  readonly reports: LogReport[]
  readonly notClosed: OverdueDays[]
  readonly notProved: string[]
  state: MonitorState
}

/**
 * Looks at an address once, compares it with the memory, and keeps what holds. What does not hold is found again by every later
 * pass, because the memory does not follow it.
 * @throws OperatorError where the memory cannot be used
 */
export async function passOver(watching: WatchOptions): Promise<WatchPass> {
  const { url, memory, now } = watching
  const before = (await memory.read()) ?? stateOf(url)
  if (before.url !== url) throw new OperatorError(`This state is of ${before.url}, not of ${url}.`)
  const draft: Draft = {
    watching,
    before,
    findings: [],
    news: [],
    reports: [],
    notClosed: [],
    notProved: [],
    state: before,
  }
  await step(draft, url, async () => {
    const looked = await lookAt(url)
    const { policy: file, pin, accepts } = watching
    const trust = await trustFor(looked, before, { file, pin, accepts })
    draft.notProved.push(...trust.notProved)
    draft.findings.push(...trust.findings)
    draft.news.push(...trust.news)
    draft.state = { ...draft.state, witnesses: trust.witnesses }
    await watchLogs(draft, looked, trust)
    draft.notClosed.push(...lateDays(daysTold(draft.state), trust.policy, now))
    await watchKeys(draft, looked)
    await rereadDocuments(draft)
  })
  const { findings, news, reports: logs, notClosed, notProved } = draft
  const heldAt = findings.length === 0 ? now.toISOString() : before.heldAt
  await memory.write({ ...draft.state, heldAt })
  const at = now.toISOString()
  return { url, at, heldAt: before.heldAt, findings, news, logs, notClosed, notProved }
}

/** By origin, through which day the logs tell that all is closed, as this pass and those before it saw them. */
function daysTold({ logs }: MonitorState): ReadonlyMap<string, string | undefined> {
  return new Map(
    Object.entries(logs).map(([origin, { closedThrough }]) => [origin, closedThrough ?? undefined]),
  )
}

/** Turns an address that does not answer as it should into a finding, and goes on. */
async function step(draft: Draft, where: string, deed: () => Promise<void>): Promise<void> {
  await deed().catch(
    recoverFrom(
      OperatorError,
      ({ message }) => void draft.findings.push({ where, because: message }),
    ),
  )
}

async function watchLogs(draft: Draft, looked: WatchedAddress, trust: MonitorTrust): Promise<void> {
  const { before } = draft
  const origins = new Map([
    ...Object.entries(before.logs).map(([origin, { url }]) => [origin, url] as const),
    ...logsOf(looked, trust.policy),
  ])
  const leaves = leavesOnce()
  for (const [origin, at] of origins) {
    const list = () => leaves(origin, at)
    const isNewest = ![...origins.keys()].some((other) => isLaterLog(other, origin))
    await step(draft, origin, () => watchOne(draft, trust, { origin, at, list, isNewest }))
  }
}

type One = {
  readonly origin: string
  readonly at: string
  readonly isNewest: boolean
  list(): Promise<LeavesByIndex | undefined>
}

async function watchOne(draft: Draft, trust: MonitorTrust, one: One): Promise<void> {
  const { watching, before } = draft
  const { origin, isNewest } = one
  const { memory, accepts, now, progress } = watching
  const last = Object.hasOwn(before.logs, origin) ? before.logs[origin] : undefined
  const named = trust.policy.logs
    .map(({ verifier }) => verifier)
    .filter(({ name }) => name === origin)
  // A log that the policy leaves out is watched on, by the keys that it was known by.
  const isByPolicy = last === undefined || ((trust.isOwn || accepts) && named.length > 0)
  const known = isByPolicy ? named : Object.keys(last.keys).map(readVkey)
  const announced: string[] = []
  const { faults, news, next, report } = await watchLog({
    ...one,
    policy: trust.policy,
    asksWitnesses: trust.asksWitnesses,
    before: last,
    known,
    now,
    progress,
    maxAgeSeconds: isNewest ? watching.maxAgeSeconds : undefined,
    async keepDocument(document) {
      await memory.keepDocument(document)
      const vkey = announcedKey(document.bytes)
      if (vkey !== undefined && isOfSameHouse(vkey, origin)) announced.push(vkey)
    },
    keepEvidence: memory.keepEvidence,
  })
  draft.findings.push(...faults.map((fault) => ({ where: origin, ...fault })))
  draft.news.push(...news.map((text) => `${origin}: ${text}`))
  if (last === undefined && before.heldAt !== null) draft.news.push(`${origin}: a new log`)
  if (report !== undefined) draft.reports.push(report)
  // An announcement in a log that does not hold proves nothing.
  if (next === undefined || next === last) return
  const { state } = draft
  draft.state = {
    ...state,
    logs: { ...state.logs, [origin]: next },
    announced: [...new Set([...state.announced, ...announced])],
  }
}

/** Whether a log may announce this key: one for a log of another house says nothing. */
function isOfSameHouse(vkey: string, origin: string): boolean {
  const named = vkey.replace(/\+.*$/, '')
  const house = houseOf(named)
  return named === origin || (house !== undefined && house === houseOf(origin))
}

/** Whether this is a later log of the same house. */
function isLaterLog(one: string, other: string): boolean {
  const [mine, theirs] = [placeOf(one), placeOf(other)]
  return mine !== undefined && mine.house === theirs?.house && mine.order > theirs.order
}

async function watchKeys(draft: Draft, looked: WatchedAddress): Promise<void> {
  const { watching, before } = draft
  const house = looked.logs.replace(/\/log$/, '')
  for (const [one, logs] of logsByHouse(draft.state)) {
    const place = `${one}/log/vkeys`
    await step(draft, place, async () => {
      draft.findings.push(...(await seeLogKeys(place, logs, watching.now)))
    })
  }
  await step(draft, `${house}/keys`, async () => {
    const { findings, news, keys } = await seeStatementKeys(house, before, watching.accepts)
    draft.findings.push(...findings)
    draft.news.push(...news)
    draft.state = { ...draft.state, keys }
  })
}

/** Reads some of the documents that earlier passes saw again. */
async function rereadDocuments(draft: Draft): Promise<void> {
  const { before } = draft
  const all = Object.entries(before.logs).flatMap(([origin, { url, publicEntries }]) =>
    publicEntries.map(([index, sha256, path]) => ({
      origin,
      index,
      sha256,
      path,
      url: `${present(houseOf(url), 'the house that listed a public entry')}${path}`,
    })),
  )
  const from = before.reread < all.length ? before.reread : 0
  const some = all.slice(from, from + rereadPerPass)
  const wrong: Finding[] = []
  for (let at = 0; at < some.length && wrong.length < maxWrong; at += rereadAtOnce) {
    const read = some.slice(at, at + rereadAtOnce).map(async ({ origin, index, url, ...one }) => {
      const bytes = await documentAt(url, one.sha256)
      if (typeof bytes === 'string')
        wrong.push({ where: origin, index, because: `its document ${one.path} ${bytes}` })
    })
    await Promise.all(read)
  }
  draft.findings.push(...wrong)
  const next = from + some.length
  draft.state = { ...draft.state, reread: next < all.length ? next : 0 }
}
