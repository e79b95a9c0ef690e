import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/fault-process.ts'
import type { Kill } from './kill-points.ts'
import { killPoints } from './kill-points.ts'
import type { LogDrill } from './log-drill.ts'
import { killed, openLogDrill, seededBy } from './log-drill.ts'
import type { OwnCluster } from './own-cluster.ts'
import { openOwnCluster } from './own-cluster.ts'
import { untyped } from '../../support/database.ts'

// Sequencer, signer and PostgreSQL killed at seeded points while people's deeds go on: nothing that was acknowledged is lost or
// twice in the tree, and whatever was signed, seen by anybody or not, is contained in what is signed later.

const kinds: readonly Kill[] = ['anywhere', 'postgres', ...killPoints]
const kills = Number(process.env['DRILL_KILLS'] ?? kinds.length)
const seed = Number(process.env['DRILL_SEED'] ?? 20_261_125)
const limitMs = 60_000
// Much longer than a machine needs that is busy: who took over in this test did not wait for the end of a lease.
const longLease = { LEASE_MS: '300000' }
const seeded = seededBy(seed)

let cluster: OwnCluster
let drill: LogDrill

beforeAll(async () => {
  cluster = await openOwnCluster()
  drill = await openLogDrill(cluster)
})
afterAll(() => drill.close())

/** Each kind as often as any other, in an order of the seed's. */
function dealt(): Kill[] {
  return Array.from({ length: kills }, (_, n) => n)
    .toSorted((one, other) => seeded(one) - seeded(other))
    .map((n) => kinds[n % kinds.length] ?? 'anywhere')
}

function startWorker(at: Kill, nth = 1, more: Readonly<Record<string, string>> = {}): ChildProcess {
  return drill.launch({ HIT_AT: at, HIT_NTH: String(nth), ...more })
}

async function killOnce(at: Kill, chance: number): Promise<void> {
  // Batches and tiles come in quick succession, the rest once a second.
  const worker = startWorker(at, /take|tile/.test(at) ? 1 + Math.floor(chance * 4) : 1)
  if (at === 'anywhere' || at === 'postgres') {
    if (worker.stdout !== null) await once(worker.stdout, 'data')
    await setTimeout(100 + Math.floor(chance * 1000))
    if (at === 'postgres') await cluster.killAndRestart()
    await killed(worker)
    return
  }
  const signal = AbortSignal.timeout(limitMs)
  const [, by] = (await once(worker, 'exit', { signal })) as [unknown, string]
  expect([at, by]).toEqual([at, 'SIGKILL'])
}

const deadline = 60_000 + kills * 10_000
test(`kill -9, ${kills} times, seed ${seed}`, { timeout: deadline }, async () => {
  await drill.during(async () => {
    for (const [n, at] of dealt().entries()) await killOnce(at, seeded(kills + n))
  })
  const { served, signed } = await drill.requireWhole(kills)
  expect(served).toBeGreaterThan(1)
  expect(signed).toBeGreaterThan(kills / 4)
})

test('a process that stands by takes over when the leader is killed', async () => {
  const leader = startWorker('anywhere', 1, longLease)
  await requirePlaced()
  const other = startWorker('anywhere', 1, longLease)
  // It has asked for both leases, in vain.
  await until('the other stands by', async () => {
    const waiting: unknown[] = await untyped(drill.stage.db)('pgStatActivity')
      .where({ applicationName: 'accord-duty', state: 'idle' })
      .whereLike('query', '%take_lease%')
    return waiting.length === 2
  })
  await killed(leader)
  await requirePlaced()
  await killed(other)
})

async function requirePlaced(): Promise<void> {
  const { stage } = drill
  const [entry] = await stage.write(await stage.newPerson(), 1)
  const isPlaced = async () => {
    const rows: unknown[] = await stage.db('ledgerPosition').where({ eventId: entry?.eventId })
    return rows.length === 1
  }
  await until('the event has its place', isPlaced, limitMs)
}
