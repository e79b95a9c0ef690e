import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { chances } from '../support/chances.ts'
import { until } from '../support/fault-process.ts'
import { dealt, oneOf } from './chance.ts'
import type { House } from './ground.ts'
import { requireWhole, seed } from './report.ts'
import type { Scene } from './scene.ts'
import { housesOf, withScene } from './scene.ts'
import type { Server } from './servers.ts'

// Each kind of process is stopped in the middle of its work (SIGSTOP) under load, and woken again (SIGCONT), PostgreSQL too.

const faults = Number(process.env['DRILL_FAULTS'] ?? 5)
const chance = chances(seed)
// Longer than a lease, so that another worker takes over a duty of the one that is frozen.
const workerMs = 12_000
const passedOnMs = 10_000
const usualMs = 5000

const kinds: Readonly<Record<string, (scene: Scene) => Promise<number | undefined>>> = {
  'a web process': ({ ground }) => freeze([oneOf(housesOf(ground, 'serve'), chance)]),
  'all web processes': ({ ground }) => freeze(housesOf(ground, 'serve')),
  'a worker': freezeWorker,
  'all workers': ({ ground }) => freeze(housesOf(ground, 'work'), workerMs),
  PostgreSQL: async ({ server }) => {
    server.signal('SIGSTOP', 'all')
    await setTimeout(usualMs)
    server.signal('SIGCONT', 'all')
    return undefined
  },
}

test(`SIGSTOP, ${faults} times, seed ${seed}`, { timeout: 600_000 + faults * 300_000 }, () =>
  withScene({ name: 'freeze' }, async (scene) => {
    const { server, ground, lives } = scene
    const took: Record<string, number> = {}
    let signedAgainMs = 0
    for (const name of dealt(Object.keys(kinds), faults, chance)) {
      signedAgainMs = Math.max(signedAgainMs, (await kinds[name]?.(scene)) ?? 0)
      took[name] = Math.max(took[name] ?? 0, await lives.goOn())
    }
    await requireWhole(ground, server, await lives.end(), {
      freezes: faults,
      livedOnAfterMs: took,
      signedAgainMs,
    })
    expect(signedAgainMs).toBeLessThan(passedOnMs)
  }),
)

async function freeze(houses: readonly House[], ms = usualMs): Promise<undefined> {
  for (const house of houses) house.signal('SIGSTOP')
  await setTimeout(ms)
  for (const house of houses) house.signal('SIGCONT')
}

/** @returns after how long the log was signed again, by whoever does it then */
async function freezeWorker({ ground, server }: Scene): Promise<number> {
  const house = oneOf(housesOf(ground, 'work'), chance)
  house.signal('SIGSTOP')
  const from = performance.now()
  const [before, thawed] = [await signedIn(server), setTimeout(workerMs)]
  await until('more is signed', async () => (await signedIn(server)) > before)
  const tookMs = Math.round(performance.now() - from)
  await thawed
  house.signal('SIGCONT')
  return tookMs
}

async function signedIn({ ask }: Server): Promise<number> {
  const [row] = await ask('select coalesce(max(tree_size), 0)::int as size from checkpoint')
  return Number(row?.['size'])
}
