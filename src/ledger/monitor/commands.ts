import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../../base/values/clock.ts'
import { NotProvedError, OperatorError } from '../../base/values/operator-error.ts'
import { noProgress, progressTo } from './progress.ts'
import { jsonOf, reasonsOf, reportOf } from './report.ts'
import type { Memory } from './state.ts'
import { openMemory } from './state.ts'
import type { WatchPass } from './watch.ts'
import { passOver } from './watch.ts'

type Options = {
  readonly url: string
  readonly state: string
  readonly policy: string | undefined
  readonly pin?: string | undefined
  readonly accepts: boolean
  readonly isJson: boolean
  readonly maxAgeSeconds: number
  /** 0: one pass. */
  readonly watchSeconds: number
}

/** `accord ledger monitor`: writes a report of each pass. @throws OperatorError where the last pass found something wrong, NotProvedError */
export async function monitorLogs(options: Options, clock: Clock): Promise<string[]> {
  const memory = openMemory(options.state)
  try {
    const last = await watchFor(options, memory, clock)
    const length = last?.findings.length ?? 0
    const count = length === 1 ? '1 finding' : `${length} findings`
    if (length > 0) throw new OperatorError(`${options.url} does not hold: ${count}.`)
    if (last !== undefined && reasonsOf(last).length > 0)
      throw new NotProvedError(`${options.url}: nothing wrong was found, but not all is proved.`)
    return []
  } finally {
    memory.release()
  }
}

/** @returns the last pass that was whole; undefined: a signal broke off the first one */
async function watchFor(
  options: Options,
  memory: Memory,
  clock: Clock,
): Promise<WatchPass | undefined> {
  if (options.watchSeconds === 0) return onePass(options, memory, clock)
  const stop = new AbortController()
  const { signal } = stop
  const stopped = Promise.race(
    ['SIGINT', 'SIGTERM'].map((name) => once(process, name, { signal })),
  ).then(
    () => stop.abort(),
    () => undefined, // No signal came: the listeners were taken away.
  )
  let last: WatchPass | undefined
  try {
    while (!signal.aborted) {
      const accepts = options.accepts && last === undefined
      // A pass over a large log takes hours. Its memory is written at its end, so that a broken one leaves what was known before.
      const pass = await Promise.race([onePass({ ...options, accepts }, memory, clock), stopped])
      if (pass === undefined) break
      last = pass
      await setTimeout(options.watchSeconds * 1000, undefined, { signal }).catch(() => undefined)
    }
    return last
  } finally {
    stop.abort()
    await stopped
  }
}

async function onePass(options: Options, memory: Memory, clock: Clock): Promise<WatchPass> {
  const { isJson } = options
  const progress = isJson ? noProgress : progressTo((line) => process.stderr.write(line), Date.now)
  const pass = await passOver({ ...options, memory, progress, now: clock() })
  const lines = isJson ? [jsonOf(pass)] : reportOf(pass)
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
  return pass
}
