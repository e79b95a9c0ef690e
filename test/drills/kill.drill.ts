import { test } from 'vitest'
import { chances } from '../support/chances.ts'
import { dealt, oneOf } from './chance.ts'
import type { Ground, House } from './ground.ts'
import { requireWhole, seed } from './report.ts'
import type { Scene } from './scene.ts'
import { housesOf, withScene } from './scene.ts'
import type { Server } from './servers.ts'

// kill -9 of each kind of process under load, of PostgreSQL too, in an order of the seed's. One of the workers sequences and signs.

const faults = Number(process.env['DRILL_FAULTS'] ?? 7)
const chance = chances(seed)

const kinds: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'a web process': ({ ground }) => replace(ground, [oneOf(housesOf(ground, 'serve'), chance)]),
  'all web processes': ({ ground }) => replace(ground, housesOf(ground, 'serve')),
  'a worker': ({ ground }) => replace(ground, [oneOf(housesOf(ground, 'work'), chance)]),
  'all workers': ({ ground }) => replace(ground, housesOf(ground, 'work')),
  'the first process of PostgreSQL': ({ server }) => killServer(server, 'SIGKILL', 'first'),
  'all processes of PostgreSQL': ({ server }) => killServer(server, 'SIGKILL', 'all'),
  'PostgreSQL, at once (immediate)': ({ server }) => killServer(server, 'SIGQUIT', 'first'),
}

test(`kill -9, ${faults} times, seed ${seed}`, { timeout: 600_000 + faults * 300_000 }, () =>
  withScene({ name: 'kill' }, async (scene) => {
    const { server, ground, lives } = scene
    const took: Record<string, number> = {}
    for (const name of dealt(Object.keys(kinds), faults, chance)) {
      await kinds[name]?.(scene)
      took[name] = Math.max(took[name] ?? 0, await lives.goOn())
    }
    await requireWhole(ground, server, await lives.end(), { kills: faults, livedOnAfterMs: took })
  }),
)

async function replace(ground: Ground, houses: readonly House[]): Promise<void> {
  await Promise.all(houses.map((house) => ground.close(house, 'SIGKILL')))
  for (const { kind } of houses) await ground.open(kind)
}

async function killServer(
  server: Server,
  signal: NodeJS.Signals,
  which: 'all' | 'first',
): Promise<void> {
  server.signal(signal, which)
  await server.gone()
  await server.start()
}
