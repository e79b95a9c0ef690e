import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/fault-process.ts'
import { untyped } from '../../support/database.ts'
import type { KillPoint } from './kill-points.ts'
import { killPoints } from './kill-points.ts'
import type { LogDrill } from './log-drill.ts'
import { killed, openLogDrill, seededBy } from './log-drill.ts'

// The process that sequences and signs is frozen (SIGSTOP) at a point of its work, another one goes on, and the frozen one wakes while
// that one works: what is served never goes back, and all that was ever signed is one tree's growth.

const runs = Number(process.env['DRILL_RUNS'] ?? 2)
const seed = Number(process.env['DRILL_SEED'] ?? 20_261_128)
// A sixth of the house's own lease. What comes after its end takes a second or two, and more on a busy machine.
const lifeMs = 1000
const withinMs = 30_000
const limitMs = 60_000

const seeded = seededBy(seed)
let drill: LogDrill
beforeAll(async () => {
  drill = await openLogDrill()
})
afterAll(() => drill.close())

/** Each point as often as any other, in an order of the seed's. */
function dealt(): KillPoint[] {
  return Array.from({ length: runs }, (_, n) => n)
    .toSorted((one, other) => seeded(one) - seeded(other))
    .map((n) => killPoints[n % killPoints.length] ?? 'record after')
}

const deadline = 60_000 + runs * 30_000
test(`frozen and woken, ${runs} times, seed ${seed}`, { timeout: deadline }, async () => {
  const tookMs: number[] = []
  await drill.during(async () => {
    for (const [n, at] of dealt().entries()) tookMs.push(await freezeOnce(at, seeded(runs + n)))
  })
  const { served, signed } = await drill.requireWhole(runs)
  const slowest = Math.max(...tookMs)
  process.stdout.write(
    `${served} checkpoints served, ${signed} trees signed; passed on after ${Math.round(slowest)} ms at most\n`,
  )
  expect(slowest).toBeLessThan(withinMs)
})

/** @returns how long nobody signed on after the freeze */
async function freezeOnce(at: KillPoint, chance: number): Promise<number> {
  // Batches and tiles come in quick succession, the rest once a second.
  const nth = /take|tile/.test(at) ? 1 + Math.floor(chance * 4) : 1
  const lease = { LEASE_MS: String(lifeMs) }
  const before = await numbers()
  const one = drill.launch({ ...lease, HIT_AT: at, HIT_NTH: String(nth), HIT_BY: 'SIGSTOP' })
  const heard = hearing(one)
  await until('it has both leases, or is frozen', async () => {
    const now = await numbers()
    return isStopped(one) || (now.length === 2 && now.every((number, i) => number !== before[i]))
  })
  const other = drill.launch(lease)
  try {
    await until(`it is frozen: ${at}`, () => isStopped(one), limitMs)
    const from = performance.now()
    const { size } = await drill.stage.published().catch(() => ({ size: 0 }))
    await signedBeyond(size)
    const tookMs = performance.now() - from
    one.kill('SIGCONT')
    // By the younger lease, or by a connection that timed out meanwhile.
    await until('it learns it', () => /a duty (passed|was broken)/.test(heard()))
    await signedBeyond((await drill.stage.published()).size)
    return tookMs
  } finally {
    await Promise.all([killed(one), killed(other)])
  }
}

function signedBeyond(size: number): Promise<void> {
  const isBeyond = async () =>
    (await drill.stage.published().catch(() => ({ size: 0 }))).size > size
  return until(`more than ${size} entries are signed`, isBeyond, limitMs)
}

function numbers(): Promise<unknown[]> {
  return untyped(drill.stage.db)('dutyLease').orderBy('duty').pluck('number')
}

function isStopped({ pid }: ChildProcess): boolean {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.startsWith('T') === true
}

function hearing({ stdout }: ChildProcess): () => string {
  const parts: string[] = []
  stdout?.setEncoding('utf8').on('data', (text: string) => parts.push(text))
  return () => parts.join('')
}
