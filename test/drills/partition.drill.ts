import { setTimeout } from 'node:timers/promises'
import { test } from 'vitest'
import { whyNotApart } from '../support/apart.ts'
import { layGround } from './ground.ts'
import { startLives } from './lives.ts'
import { makeMachines } from './machines.ts'
import { requireWhole, seed, skipped } from './report.ts'
import { urlOfAll } from './servers.ts'
import { makePair, promote } from './standby.ts'

// Three machines: the primary, its synchronous standby, and a third one; a web process and a worker on each. The network cuts the primary's
// machine off from the two others, while people reach all three. The standby takes over; then the network heals before anybody has
// stopped the old primary.

const cutMs = 4000
const bothMs = 4000

test(`one of three machines is cut off, seed ${seed}`, { timeout: 900_000 }, async () => {
  const machines = await makeMachines(3)
  if (machines === undefined) return skipped(whyNotApart)
  const ends: (() => Promise<unknown>)[] = [() => machines.remove()]
  try {
    const [one, two] = machines.list
    if (one === undefined || two === undefined) throw new Error('no machines')
    const { primary, standby, confirm } = await makePair(ends, [one, two])
    const ground = await layGround(urlOfAll([primary, standby]))
    ends.push(() => ground.end())
    await confirm()
    for (const machine of machines.list)
      for (const kind of ['serve', 'work'] as const) await ground.open(kind, machine)
    const lives = startLives(ground.parties, seed)
    ends.push(() => lives.end())
    await lives.goOn()

    await machines.cutOff(one)
    await setTimeout(cutMs)
    await promote(standby)
    const livedOnAfterMs = await lives.goOn()
    await machines.join(one)
    await setTimeout(bothMs)
    primary.signal('SIGKILL', 'all')
    const figures = { livedOnAfterMs, wentOnAfterMs: await lives.goOn() }
    await requireWhole(ground, standby, await lives.end(), figures)
  } finally {
    for (const end of ends.toReversed()) await end()
  }
})
