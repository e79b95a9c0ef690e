import { setTimeout } from 'node:timers/promises'
import { test } from 'vitest'
import { layGround } from './ground.ts'
import type { Lives } from './lives.ts'
import { startLives } from './lives.ts'
import { requireWhole, seed } from './report.ts'
import type { Server } from './servers.ts'
import { urlOfAll } from './servers.ts'
import { makePair, promote } from './standby.ts'

// The machine of the primary is lost, or hangs and comes back, under load; its synchronous standby takes over. The processes know both
// servers by DATABASE_URL and find the one that takes writes by themselves.

const timeout = 900_000
const hangMs = 3000

test(`the primary is lost with all its processes, seed ${seed}`, { timeout }, () =>
  failOver('lost', (primary) => {
    primary.signal('SIGKILL', 'all')
    return () => Promise.resolve()
  }),
)

// Who fails over has to keep the old primary from coming back; here that is late. What it is asked to write meanwhile it confirms
// to nobody, because no standby follows it any more.
test(`the primary hangs, and comes back beside the new one, seed ${seed}`, { timeout }, () =>
  failOver('hangs', (primary) => {
    primary.signal('SIGSTOP', 'all')
    return async () => {
      primary.signal('SIGCONT', 'all')
      await setTimeout(hangMs)
      primary.signal('SIGKILL', 'all')
    }
  }),
)

async function failOver(
  what: string,
  befall: (primary: Server) => () => Promise<void>,
): Promise<void> {
  const ends: (() => Promise<unknown>)[] = []
  try {
    const { primary, standby, confirm } = await makePair(ends)
    const ground = await layGround(urlOfAll([primary, standby]))
    ends.push(() => ground.end())
    await confirm()
    for (const kind of ['serve', 'serve', 'work', 'work'] as const) await ground.open(kind)
    const lives: Lives = startLives(ground.parties, seed)
    ends.push(() => lives.end())
    await lives.goOn()
    const comeBack = befall(primary)
    const from = performance.now()
    await setTimeout(hangMs)
    await promote(standby)
    const promotedMs = Math.round(performance.now() - from)
    const livedOnAfterMs = await lives.goOn()
    await comeBack()
    await lives.goOn()
    const figures = { primary: what, promotedMs, livedOnAfterMs }
    await requireWhole(ground, standby, await lives.end(), figures)
  } finally {
    for (const end of ends.toReversed()) await end()
  }
}
