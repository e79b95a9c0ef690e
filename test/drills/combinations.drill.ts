import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readVkey } from '../../src/base/tlog/note.ts'
import { serveWitness } from '../../src/ledger/witness/index.ts'
import { chances } from '../support/chances.ts'
import { until } from '../support/fault-process.ts'
import { freePorts } from '../support/house.ts'
import {
  askNewcomerByPages,
  decide,
  evaluation,
  holderToken,
  share,
  stop,
} from '../support/sharing.ts'
import type { Combined, CombinedCommand, Draw } from './combined-faults.ts'
import { combinedFaults, drawnFrom, freshFolder } from './combined-faults.ts'
import type { House } from './ground.ts'
import { layGround } from './ground.ts'
import { seed, tell } from './report.ts'
import { housesOf } from './scene.ts'
import type { Server } from './servers.ts'
import { makeServer } from './servers.ts'

// Two or three faults, one after another or at once. Once they are over: does it serve again by itself, or with the one command that the
// page of the alarm that rang names? What is left of one draw is what the next one begins with.

const tries = Number(process.env['DRILL_TRIES'] ?? 2)
const wanted = { serve: 1, work: 2 } as const
const kinds = ['serve', 'work'] as const
const serveMs = 90_000
const mostCommands = 4
/** Each draw with an older copy ends a log of the year, which has sixteen. */
const drawsAGround = 10
/** What a process ends with that systemd does not start again. */
const stays = [80, 81, 82, 83]

test(`${tries} draws, seed ${seed}`, { timeout: 600_000 + tries * 900_000 }, async () => {
  const draws = drawnFrom(chances(seed), tries)
  const deadEnds: unknown[] = []
  for (let from = 0; from < draws.length; from += drawsAGround)
    deadEnds.push(...(await onOneGround(draws.slice(from, from + drawsAGround), from)))
  tell({ draws: tries, deadEnds: deadEnds.length })
  expect(deadEnds).toEqual([])
})

type Scene = Combined & {
  readonly opened: House[]
  readonly end: () => Promise<void>
}

/** A dead end ends the ground, too: the next draw begins with another one. */
async function onOneGround(draws: readonly Draw[], from: number): Promise<unknown[]> {
  const deadEnds: unknown[] = []
  let scene: Scene | undefined
  for (const [n, draw] of draws.entries()) {
    scene ??= await laySceneFor(seed + from + n)
    const began = performance.now()
    const outcome = await oneDraw(scene, draw).catch((error: unknown) => ({
      deadEnd: String(error),
    }))
    const told = {
      draw: from + n,
      ...draw,
      ...outcome,
      seconds: Math.round((performance.now() - began) / 1000),
    }
    tell(told)
    if (!('deadEnd' in outcome)) continue
    deadEnds.push(told)
    process.stdout.write(
      scene.opened.map((house) => `--- ${house.kind}\n${house.output().slice(-3000)}`).join('\n'),
    )
    await scene.end()
    scene = undefined
  }
  if (scene !== undefined) {
    const { code, output } = await scene.ground.accord(['ledger', 'verify'])
    tell({ verified: code === 0, ...(code === 0 ? {} : { said: output.slice(-2000) }) })
    await scene.end()
  }
  return deadEnds
}

async function oneDraw(scene: Scene, { names, isAtOnce }: Draw) {
  const marks = new Map(scene.opened.map((house) => [house, house.output().length]))
  const skipped: string[] = []
  const ends: (() => Promise<void>)[] = []
  scene.safe = join(scene.kept, `safe-${crypto.randomUUID()}`)
  cpSync(join(scene.ground.dataDir, 'keys'), scene.safe, { recursive: true })
  for (const name of names) {
    const end = await combinedFaults[name]?.strike(scene)
    if (end === 'skipped' || end === undefined) skipped.push(name)
    else if (isAtOnce) ends.push(end)
    else await end()
  }
  for (const end of ends) await end()
  const commands: CombinedCommand[] = []
  while (!(await servesAgain(scene))) {
    const command = rangFor(scene, marks).find((one) => !commands.includes(one))
    if (command === undefined || commands.length === mostCommands)
      throw new Error(`it does not serve; done: ${commands.join(', ') || 'nothing'}`)
    commands.push(command)
    await carryOut(scene, command)
  }
  return { ...(skipped.length > 0 && { skippedHere: skipped }), commands }
}

/** Which alarms ring, by what processes say, and which command their pages name. */
function rangFor({ opened }: Scene, marks: ReadonlyMap<House, number>): CombinedCommand[] {
  const said = opened.map((house) => house.output().slice(marks.get(house) ?? 0)).join('\n')
  const rings: readonly (readonly [RegExp, CombinedCommand])[] = [
    [/CODE_UNTRUSTED|other code than/, 'migrate'],
    [/accord ledger restored --keys/, 'ledger restored --keys'],
    [/LEDGER_RESTORED/, 'ledger restored'],
    [/accord ledger remember/, 'ledger remember'],
  ]
  return rings.filter(([words]) => words.test(said)).map(([, command]) => command)
}

async function carryOut(scene: Scene, command: CombinedCommand): Promise<void> {
  const { ground } = scene
  const accord = async (...words: string[]) => {
    const ran = await ground.accord(words)
    tell({
      ran: words.slice(0, 4).join(' '),
      code: ran.code,
      ...(ran.code === 0 ? {} : { said: ran.output.slice(-600) }),
    })
    return ran.output
  }
  if (command === 'migrate') await ground.migrate()
  if (command === 'ledger restored')
    for (const operator of ['Anna', 'Bruno'])
      await accord('ledger', 'restored', '--operator', operator, '--reason', 'a drill')
  if (command === 'ledger restored --keys') {
    const words = ['ledger', 'restored', '--keys', '--older-keys', scene.safe]
    const [, code = ''] = /--confirm (\S+)/.exec(await accord(...words)) ?? []
    if (code !== '') await accord(...words, '--confirm', code)
  }
  if (command === 'ledger remember') {
    for (const house of housesOf(ground, 'work')) await ground.close(house)
    await accord('ledger', 'remember')
  }
  // As the page says: start what ended.
  await startAll(scene, () => true)
}

/** As systemd does: what ended is started again, but for a status that a person has to mend. */
async function startAll(scene: Scene, may: (house: House | undefined) => boolean): Promise<void> {
  for (const kind of kinds) {
    const last = scene.opened.findLast(
      (house) => house.kind === kind && !scene.ground.houses.has(house),
    )
    for (let n = housesOf(scene.ground, kind).length; n < wanted[kind]; n++)
      if (may(last)) await scene.open(kind)
  }
}

function mayStart(house: House | undefined): boolean {
  return house === undefined || !stays.includes(house.process.exitCode ?? 0)
}

async function servesAgain(scene: Scene): Promise<boolean> {
  return until(
    'it serves',
    async () => {
      await startAll(scene, mayStart)
      return liveOnce(scene).then(
        () => true,
        () => false,
      )
    },
    serveMs,
  ).then(
    () => true,
    () => false,
  )
}

/** A newcomer allows, is decided about, stops, and nothing is permitted any more. @throws where any of it fails */
async function liveOnce({ ground: { parties } }: Pick<Scene, 'ground'>): Promise<void> {
  const shared = await share(parties, await askNewcomerByPages(parties))
  const token = await holderToken(parties, 'decide')
  const permitted = await decide(parties, token, evaluation(shared.sub))
  if (!permitted.decision) throw new Error('it does not permit')
  await stop(shared.browser, shared.consentId)
  const after = await decide(parties, token, evaluation(shared.sub))
  expect(after.decision).toBe(false)
}

async function laySceneFor(from: number): Promise<Scene> {
  const kept = freshFolder()
  const servers: Server[] = []
  const server = await makeServer({ name: 'combined' })
  servers.push(server)
  await server.start()
  const port = await freePorts(1)
  const ground = await layGround(server.url, { env: { OUTBOUND_ALLOW: `localhost:${port}` } })
  const opened: House[] = []
  const scene: Scene = {
    server,
    ground,
    kept,
    opened,
    safe: '',
    chance: chances(from),
    async open(kind) {
      opened.push(await ground.tryToOpen(kind))
    },
    async restart() {
      // Those that it opens join the set.
      const before = Array.from(ground.houses)
      for (const house of before) {
        await scene.open(house.kind)
        await ground.close(house)
      }
    },
    async live() {
      await liveOnce(scene).catch(() => undefined)
      await liveOnce(scene).catch(() => undefined)
    },
    async end() {
      await ground.end()
      await witness.close()
      if (!servers.includes(scene.server)) servers.push(scene.server)
      for (const one of servers) await one.remove().catch(() => undefined)
      rmSync(kept, { recursive: true, force: true })
    },
  }
  const witness = await serveWitness({
    dir: join(kept, 'witness'),
    name: 'witness.test/combined',
    host: 'localhost',
    port,
    // Its operator was told each key.
    logs: async () =>
      (await scene.server.ask('select vkey from log_key')).map(({ vkey }) =>
        readVkey(String(vkey)),
      ),
    isDemonstration: false,
  })
  mkdirSync(ground.ledgerDir, { recursive: true })
  writeFileSync(
    join(ground.ledgerDir, 'witnesses'),
    `witness w ${witness.vkey} http://localhost:${port}\nquorum w\n`,
  )
  for (const kind of ['serve', 'work', 'work'] as const) await scene.open(kind)
  await until(
    'it serves at first',
    async () =>
      liveOnce(scene).then(
        () => true,
        () => false,
      ),
    240_000,
  )
  return scene
}
