import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../support/fault-process.ts'
import { chances } from '../support/chances.ts'
import { quickFolder } from '../support/own-server.ts'
import { reasonOf } from '../support/sharing-load.ts'
import type { Shared } from '../support/sharing.ts'
import {
  askNewcomerByPages,
  decide,
  evaluation,
  holderToken,
  share,
  stop,
} from '../support/sharing.ts'
import { json } from '../support/service.ts'
import type { Ground } from './ground.ts'
import { startLives } from './lives.ts'
import { seed, tell } from './report.ts'
import { withScene } from './scene.ts'
import type { Server } from './servers.ts'
import { backUp, makeServer } from './servers.ts'

// A base backup of random age is put back, again and again, while the log's folder stays: nothing is permitted, for nobody's stop since the
// backup is known; people sign in and stop; two operators let it go on, and the next log of the year is signed.

const restores = Number(process.env['DRILL_RESTORES'] ?? 3)
const chance = chances(seed)
const mostLives = 12
// Twice as many as there are web processes, which get requests in turn.
const everyProcess = 4

test(
  `put back ${restores} times, seed ${seed}`,
  { timeout: 240_000 + restores * 180_000 },
  async () => {
    const kept = mkdtempSync(join(quickFolder(), 'accord-kept-'))
    const archive = join(kept, 'archive')
    mkdirSync(archive)
    const settings = {
      archive_mode: 'on',
      archive_command: `cp %p ${archive}/%f`,
      archive_timeout: '5',
    }
    const servers: Server[] = []
    try {
      await withScene({ name: 'restore', settings }, async ({ server, ground, lives }) => {
        let [running, living] = [server, lives]
        for (let n = 1; n <= restores; n++) {
          const base = join(kept, `base-${n}`)
          mkdirSync(base)
          const people = [await sharer(ground), await sharer(ground)] as const
          await backUp(running, base)
          const age = 3 + Math.floor(chance() * mostLives)
          await living.goOn(age)
          const [stopper, sharing] = people
          await stop(stopper.browser, stopper.consentId)
          await allSigned(running)

          running.signal('SIGKILL', 'all')
          await running.gone()
          const told = living.end()
          running = await putBack(base, archive)
          servers.push(running)
          for (const house of ground.houses) await ground.close(house)
          ground.moveTo(running.url)
          for (const kind of ['serve', 'serve', 'work', 'work'] as const) await ground.open(kind)
          const figures = {
            restore: n,
            livesSince: age,
            wronglyPermitted: (await told).wrong.length,
          }
          expect(figures.wronglyPermitted).toBe(0)

          const held = await whileHeld(ground, stopper, sharing)
          await letGoOn(ground)
          const after = await wentOn(ground, stopper, sharing, held)
          living = startLives(ground.parties, seed + n)
          await living.goOn()
          tell({ ...figures, ...after, ...(await verified(ground, running)) })
        }
        await living.end()
      })
    } finally {
      for (const server of servers) await server.remove()
      rmSync(kept, { recursive: true, force: true })
    }
  },
)

async function sharer({ parties }: Ground): Promise<Shared> {
  return share(parties, await askNewcomerByPages(parties))
}

/** Nothing is permitted; whoever comes may make an access and allow; whoever shares may stop. */
async function whileHeld({ parties }: Ground, stopper: Shared, sharing: Shared): Promise<Shared> {
  const token = await holderToken(parties, 'decide')
  for (const { sub } of [stopper, sharing])
    expect(reasonOf(await decide(parties, token, evaluation(sub)))).toBe('LEDGER_RESTORED')
  const { body } = await sharing.browser.get('/mes-partages')
  expect(body).toContain('Nos données viennent d’une copie plus ancienne')
  await stop(sharing.browser, sharing.consentId)
  return sharer({ parties } as Ground)
}

async function letGoOn({ accord }: Ground): Promise<void> {
  for (const [operator, says] of [
    ['Anna', 'Nothing goes on before another operator'],
    ['Bruno', 'It goes on.'],
  ] as const) {
    const words = ['--operator', operator, '--reason', 'the disk of the database is lost']
    const ran = await accord(['ledger', 'restored', ...words])
    expect([ran.code, ran.output]).toEqual([0, expect.stringContaining(says)])
  }
}

/** The newcomer's sharing is permitted, the stop while it was held counts; the stop that was lost does not, and nobody can know it. */
async function wentOn({ parties }: Ground, stopper: Shared, sharing: Shared, newcomer: Shared) {
  const token = await holderToken(parties, 'decide')
  const from = performance.now()
  // Each process compares once more before it believes that operators let the database go on. One request has one use, however often.
  const requestId = crypto.randomUUID()
  let inARow = 0
  await until('each process permits again', async () => {
    const { sub } = json(await parties.revenue.introspect(newcomer.accessToken))
    const question = evaluation(String(sub), { requestId })
    const permits = sub !== undefined && (await decide(parties, token, question)).decision
    inARow = permits ? inARow + 1 : 0
    return inARow === everyProcess
  })
  expect(reasonOf(await decide(parties, token, evaluation(sharing.sub)))).toBe('CONSENT_REVOKED')
  const lost = await decide(parties, token, evaluation(stopper.sub))
  const { body } = await stopper.browser.get('/acces/rien-ne-manque')
  expect(body).toContain('nos données ont été reprises d’une copie plus ancienne')
  return { goesOnAfterMs: Math.round(performance.now() - from), stopLost: lost.decision }
}

/** Each log that is open is signed to its end, and `ledger verify` says what happened. */
async function verified({ accord }: Ground, server: Server) {
  await allSigned(server)
  const ran = await accord(['ledger', 'verify'])
  expect([ran.code, ran.output]).toEqual([0, expect.stringContaining('found put back on')])
  expect(ran.output).toMatch(/Anna \(.*\) and Bruno \(.*\) let it go on/)
  return { logs: ran.output.split('\n').filter((line) => / entries, /.test(line)) }
}

async function allSigned({ ask }: Server): Promise<void> {
  await until('all is signed', async () => {
    const [row] = await ask(
      `select not exists (select from log l where l.state = 'open' and l.tree_size <>
         coalesce((select max(c.tree_size) from checkpoint c where c.log_id = l.log_id), 0)) as done`,
    )
    return row?.['done'] === true
  })
}

/** A server on the files of a backup, as of its end. */
async function putBack(base: string, archive: string): Promise<Server> {
  const server = await makeServer({ name: 'put-back', files: base })
  writeFileSync(join(server.folder, 'pg/recovery.signal'), '')
  await server.start({
    restore_command: `cp ${archive}/%f %p`,
    recovery_target: 'immediate',
    recovery_target_action: 'promote',
    recovery_target_timeline: 'current',
    archive_mode: 'on',
    archive_command: `cp %p ${archive}/%f`,
    archive_timeout: '5',
  })
  await until('it takes writes', async () => {
    const [row] = await server.ask('select pg_is_in_recovery() as is_in_recovery')
    return row?.['is_in_recovery'] === false
  })
  return server
}
