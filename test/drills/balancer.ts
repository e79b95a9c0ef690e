import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { quickFolder } from '../support/own-server.ts'
import { launch, until } from '../support/fault-process.ts'
import type { Front } from './ground.ts'
import { startMeter } from './meter.ts'
import type { Machine } from './standby.ts'

// HAProxy on a machine of its own, with the settings of our recipe (deploy/proxies/haproxy.cfg): it asks /readyz of each web process.

const recipe = join(import.meta.dirname, '../../deploy/proxies/haproxy.cfg')
const port = 80
const lookMs = 100

export type Backend = { readonly address: string; readonly port: number }

/** @returns undefined where HAProxy is not installed */
export function balancerVersion(): string | undefined {
  try {
    const said = execFileSync('haproxy', ['-v'], { encoding: 'utf8' })
    return /^HAProxy version ([\d.]+)/.exec(said)?.[1]
  } catch {
    return undefined
  }
}

/** @param backends the web processes, whether they run or not */
export async function openBalancer(
  host: string,
  { address, command }: Machine,
  backends: readonly Backend[],
): Promise<Front & { readonly meter: ReturnType<typeof startMeter> }> {
  const folder = mkdtempSync(join(quickFolder(), 'accord-balancer-'))
  chmodSync(folder, 0o700)
  const [file, socket] = [join(folder, 'haproxy.cfg'), join(folder, 'stats')]
  writeFileSync(file, settingsOf(readFileSync(recipe, 'utf8'), { host, address, backends, socket }))
  const running = launch(['-db', '-f', file], { env: {}, command: [...command, 'haproxy'] })
  const meter = startMeter(address)
  let ready: readonly number[] = []
  let isOver = false
  const looking = setInterval(() => void look(), lookMs)
  async function look(): Promise<void> {
    const found = await portsUp(socket).catch(() => undefined)
    if (found !== undefined && !isOver) ready = found
  }
  try {
    await until('HAProxy answers', () => portsUp(socket).then(Boolean, () => false))
  } catch (cause) {
    clearInterval(looking)
    await running.end('SIGKILL')
    throw new Error(`HAProxy does not start:\n${running.output()}`, { cause })
  }
  return {
    address,
    port,
    meter,
    // Its own answers, instead of those of a process.
    lost: () => [502, 504].reduce((sum, status) => sum + (meter.statuses()[status] ?? 0), 0),
    answers: () => ({ statuses: meter.statuses(), slowestMs: meter.slowestMs() }),
    ready: () => ready,
    // It knows all of them from the beginning.
    take: () => undefined,
    drop: () => undefined,
    async close() {
      isOver = true
      clearInterval(looking)
      meter.end()
      await running.end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Places = {
  readonly host: string
  readonly address: string
  readonly backends: readonly Backend[]
  readonly socket: string
}

/**
 * The recipe, without TLS, for the addresses of a drill. The callers of a drill come from networks that they name themselves.
 * @throws where the recipe has not the lines that are changed
 */
export function settingsOf(text: string, { host, address, backends, socket }: Places): string {
  const changes: readonly (readonly [RegExp, string])[] = [
    [/^frontend plain\n(?: .*\n)+/m, ''],
    [/^ +bind :443.*$/m, `    bind ${address}:${port}`],
    [/^ +http-request set-header X-Forwarded-Proto https\n/m, ''],
    [/^ +http-request set-header X-Forwarded-For .*\n/m, ''],
    [/ hdr X-Forwarded-Proto https$/m, ''],
    [/^(global)$/m, `$1\n    stats socket ${socket} mode 600 level operator`],
    [
      /^ +server one \S+(.*)\n +server two .*\n/m,
      backends.map((one) => `    server s${one.port} ${one.address}:${one.port}$1\n`).join(''),
    ],
  ]
  const changed = changes.reduce((before, [what, by]) => {
    if (!what.test(before)) throw new Error(`the recipe has no ${what}`)
    return before.replace(what, by)
  }, text)
  return changed.replaceAll('accord.exemple.test', host)
}

/** The ports of the web processes that are up, by HAProxy's own statistics (management guide, 9.1). */
async function portsUp(socket: string): Promise<readonly number[]> {
  const asked = connect(socket)
  asked.end('show stat\n')
  const [head = '', ...lines] = (await text(asked)).replace(/^# /, '').trim().split('\n')
  const [name, status] = ['svname', 'status'].map((word) => head.split(',').indexOf(word))
  return lines
    .map((line) => line.split(','))
    .filter((cells) => /^s\d+$/.test(cells[name ?? -1] ?? '') && cells[status ?? -1] === 'UP')
    .map((cells) => Number(cells[name ?? -1]?.slice(1)))
}
