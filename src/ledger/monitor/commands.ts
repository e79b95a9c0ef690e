import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../../base/values/clock.ts'
import { StartError } from '../../base/values/start-error.ts'
import { wordsIn } from '../../base/values/parse-words.ts'
import { noProgress, progressTo } from './progress.ts'
import { jsonOf, reportOf } from './report.ts'
import type { Memory } from './state.ts'
import { openMemory } from './state.ts'
import type { WatchPass } from './watch.ts'
import { passOver } from './watch.ts'

const hourSeconds = 3600
const maxHours = 10_000
const maxWatchSeconds = 7 * 24 * hourSeconds

type Options = {
  readonly url: string
  readonly state: string
  readonly policy: string | undefined
  readonly accepts: boolean
  readonly isJson: boolean
  readonly maxAgeSeconds: number
  /** 0: one pass. */
  readonly watchSeconds: number
}

/**
 * `accord ledger monitor URL --state DIR`: writes a report of each pass.
 * @returns undefined: wrong usage. @throws StartError where the last pass found something wrong
 */
export async function monitorCommand(
  args: readonly string[],
  clock: Clock,
): Promise<string[] | undefined> {
  const options = optionsOf(args)
  if (options === undefined) return undefined
  const memory = openMemory(options.state)
  try {
    const last = await watchFor(options, memory, clock)
    const length = last?.findings.length ?? 0
    const count = length === 1 ? '1 finding' : `${length} findings`
    if (length > 0) throw new StartError(`${options.url} does not hold: ${count}.`)
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

function optionsOf(args: readonly string[]): Options | undefined {
  const { url, values } = addressAnd(args) ?? {}
  if (url === undefined || values?.state === undefined) return undefined
  const { state, policy, accept: accepts = false, json: isJson = false } = values
  const hours = numberIn(values['max-age'] ?? '24', maxHours)
  const watchSeconds = values.watch === undefined ? 0 : numberIn(values.watch, maxWatchSeconds)
  if (hours === undefined || watchSeconds === undefined) return undefined
  return { url, state, policy, accepts, isJson, maxAgeSeconds: hours * hourSeconds, watchSeconds }
}

function addressAnd(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = {
    state: text,
    policy: text,
    'max-age': text,
    watch: text,
    accept: flag,
    json: flag,
  } as const
  return wordsIn(args, options, (values, [url = '', ...more]) => {
    const isAddress = /^https?:$/.test(URL.parse(url)?.protocol ?? '') && more.length === 0
    return isAddress ? { url: url.replace(/\/+$/, ''), values } : undefined
  })
}

function numberIn(text: string, most: number): number | undefined {
  return /^[1-9][0-9]{0,6}$/.test(text) && Number(text) <= most ? Number(text) : undefined
}
