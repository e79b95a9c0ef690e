import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { readVkey } from '../../src/base/tlog/note.ts'
import { serveWitness } from '../../src/ledger/witness/index.ts'
import { chances } from '../support/chances.ts'
import { until } from '../support/fault-process.ts'
import { openFaultProxy } from '../support/fault-proxy.ts'
import { freePorts } from '../support/house.ts'
import {
  askNewcomerByPages,
  decide,
  evaluation,
  holderToken,
  share,
  stop,
} from '../support/sharing.ts'
import { commandFor, passedOver } from './combined-alarms.ts'
import type { Combined, CombinedCommand, Draw } from './combined-faults.ts'
import { combinedFaults, drawnFrom, freshFolder } from './combined-faults.ts'
import type { House, Place } from './ground.ts'
import { layGround } from './ground.ts'
import { seed, tell } from './report.ts'
import { housesOf } from './scene.ts'
import { makeServer } from './servers.ts'
import { mountSmallDisk } from './small-disk.ts'

// Two or three faults, one after another or at once. Once they are over: does it serve again by itself, or with the one command that the
// page of the alarm that rang names? What is left of one draw is what the next one begins with.

const tries = Number(process.env['DRILL_TRIES'] ?? 2)
const wanted = { serve: 1, work: 2 } as const
const kinds = ['serve', 'work'] as const
// Processes that start on a busy machine take most of it.
const serveMs = 240_000
// What is repaired by a command alone is not waited for; what may come back by itself is.
const alarmMs = 8000
// For a first walk over all files.
const walkedMs = 20_000
const [openMs, shareMs, closeMs] = [45_000, 30_000, 10_000]
const [endTries, pollMs] = [3, 100]
const diskMegabytes = 24
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

const copy = 'an older copy is put back'

type Scene = Combined & {
  readonly opened: Set<House>
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
      Array.from(scene.opened, (house) => `--- ${house.kind}\n${house.output().slice(-3000)}`).join(
        '\n',
      ),
    )
    await scene.end()
    scene = undefined
  }
  if (scene !== undefined) {
    const { code, output } = await verifiedInTime(scene)
    const told = { verified: code === 0, ...(code === 0 ? {} : { said: output.slice(-2000) }) }
    tell(told)
    if (code !== 0 && !mayLackFiles(draws, told.said)) deadEnds.push(told)
    await scene.end()
  }
  return deadEnds
}

/** The files of closed logs come back once an hour, and in the first turns of a process that signs. */
async function verifiedInTime(scene: Scene) {
  await scene.restart()
  const began = performance.now()
  for (;;) {
    const ran = await scene.ground.accord(['ledger', 'verify'])
    if (ran.code === 0 || performance.now() - began > walkedMs) return ran
    await setTimeout(pollMs)
  }
}

/** Where files of the log are lost beside a copy without their rows, nothing can make them again, and `ledger verify` says so (decision 0229). */
function mayLackFiles(draws: readonly Draw[], said = ''): boolean {
  const lines = said.split('\n').filter((line) => line.startsWith('  '))
  const isAlone =
    lines.length > 0 && lines.every((line) => /in the files: \S+ is missing$/.test(line))
  const names = draws.flatMap((draw) => draw.names)
  return isAlone && [copy, 'files of the log are gone'].every((name) => names.includes(name))
}

async function oneDraw(scene: Scene, draw: Draw) {
  Object.assign(scene, { lostSigned: false, livedSince: 0 })
  scene.safe = join(scene.kept, `safe-${crypto.randomUUID()}`)
  cpSync(join(scene.ground.dataDir, 'keys'), scene.safe, { recursive: true })
  const marks = marksOf(scene)
  const skipped = await befall(scene, draw)
  const commands = await comeBack(scene, marks)
  const deadEnd = passedOver(scene.lostSigned, commands)
  return {
    ...(skipped.length > 0 && { skippedHere: skipped }),
    ...(draw.names.includes(copy) && { lived: scene.livedSince, lostSigned: scene.lostSigned }),
    commands,
    ...(deadEnd !== undefined && { deadEnd }),
  }
}

/** All faults begin and end. @returns which were skipped, and why */
async function befall(scene: Scene, { names, isAtOnce }: Draw): Promise<string[]> {
  const skipped: string[] = []
  const ends: (() => Promise<void>)[] = []
  for (const name of names) {
    const end = await combinedFaults[name]?.strike(scene).catch((error: unknown) => {
      // Another fault is in its way.
      if (ends.length === 0) throw error
      return String(error)
    })
    if (typeof end === 'string' || end === undefined) skipped.push(`${name}: ${end ?? ''}`)
    else if (isAtOnce) ends.push(end)
    else await end()
  }
  await endAll(ends)
  return skipped
}

/** @returns the commands that it took. @throws where no alarm leads on */
async function comeBack(scene: Scene, marks: Marks): Promise<CombinedCommand[]> {
  const commands: CombinedCommand[] = []
  const next = (which: 'lasting' | 'all') => commandFor(saidSince(scene, marks), commands, which)
  while (!(await servesAgain(scene, () => next('lasting') !== undefined))) {
    const command = next('all')
    if (command === undefined || commands.length === mostCommands)
      throw new Error(`it does not serve; done: ${commands.join(', ') || 'nothing'}`)
    commands.push(command)
    await carryOut(scene, command)
  }
  return commands
}

/** An end that another fault is in the way of comes again after the others. */
async function endAll(ends: readonly (() => Promise<void>)[]): Promise<void> {
  let left = ends
  for (let tries = 1; left.length > 0; tries++) {
    const still: (() => Promise<void>)[] = []
    for (const end of left)
      await end().catch((error: unknown) => {
        if (tries === endTries) throw error
        still.push(end)
      })
    left = still
  }
}

type Marks = ReadonlyMap<House, number>

function marksOf({ opened }: Scene): Marks {
  return new Map(Array.from(opened, (house) => [house, house.output().length]))
}

/** What processes said since the draw began. */
function saidSince({ opened }: Scene, marks: Marks): string {
  return Array.from(opened, (house) => house.output().slice(marks.get(house) ?? 0)).join('\n')
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
  const opening: Promise<void>[] = []
  for (const kind of kinds) {
    const last = Array.from(scene.opened).findLast(
      (house) => house.kind === kind && !scene.ground.houses.has(house),
    )
    if (!may(last)) continue
    const missing = wanted[kind] - housesOf(scene.ground, kind).length
    for (let n = 0; n < missing; n++) opening.push(scene.open(kind))
  }
  await Promise.all(opening)
}

function mayStart(house: House | undefined): boolean {
  return house === undefined || !stays.includes(house.process.exitCode ?? 0)
}

/** @param rings whether something rings that no time repairs: then the wait is short */
async function servesAgain(scene: Scene, rings: () => boolean): Promise<boolean> {
  const began = performance.now()
  const waits = () => performance.now() - began < (rings() ? alarmMs : serveMs)
  do {
    await startAll(scene, mayStart)
    if (await isDone(liveOnce(scene))) return true
    await setTimeout(pollMs)
  } while (waits())
  return false
}

function isDone(deed: Promise<unknown>): Promise<boolean> {
  return deed.then(
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

/** Somebody allows, as soon as anybody can. @returns what stops it */
async function shareSoon({
  ground: { parties },
}: Pick<Scene, 'ground'>): Promise<(() => Promise<boolean>) | undefined> {
  const shared = await soon(async () => share(parties, await askNewcomerByPages(parties)))
  if (shared === undefined) return undefined
  return async () => {
    const stopped = await soon(async () => {
      await stop(shared.browser, shared.consentId)
      return true
    })
    return stopped === true
  }
}

/** What a deed gives once it can be done. */
async function soon<T>(deed: () => Promise<T>): Promise<T | undefined> {
  const done: T[] = []
  const attempt = async () => isDone(deed().then((it) => done.push(it)))
  await isDone(until('it can be done', attempt, shareMs))
  return done[0]
}

async function laySceneFor(from: number): Promise<Scene> {
  const kept = freshFolder()
  const server = await makeServer({ name: 'combined' })
  await server.start()
  const wire = await openFaultProxy(server.url)
  const port = await freePorts(1)
  const ground = await layGround(wire.url, {
    // As in a deployment: whoever has not read the feed of heads permits nothing.
    env: { OUTBOUND_ALLOW: `localhost:${port}`, LOG_BEHIND: '60' },
  })
  mkdirSync(ground.ledgerDir, { recursive: true })
  const disk = await mountSmallDisk(ground.ledgerDir, diskMegabytes)
  const opened = new Set<House>()
  const scene: Scene = {
    server,
    wire,
    ground,
    disk,
    kept,
    opened,
    safe: '',
    lostSigned: false,
    livedSince: 0,
    chance: chances(from),
    ends: [],
    async open(kind: House['kind'], place?: Place) {
      const opening = isDone(
        // One that refuses is gone at once, and has said why.
        ground.tryToOpen(kind, place).then((house) => opened.add(house)),
      )
      await Promise.race([opening, setTimeout(openMs, undefined, { ref: false })])
      noteHouses(scene)
    },
    async restart() {
      // Those that it opens join the set.
      const before = Array.from(ground.houses)
      await Promise.all(before.map(({ kind }) => scene.open(kind)))
      await Promise.all(before.map((house) => closeInTime(ground, house)))
    },
    share: () => shareSoon(scene),
    async end() {
      noteHouses(scene)
      await disk?.remove()
      await ground.end()
      await wire.close()
      await witness.close()
      for (const end of [...scene.ends, () => scene.server.remove()]) await isDone(end())
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
  writeFileSync(
    join(ground.ledgerDir, 'witnesses'),
    `witness w ${witness.vkey} http://localhost:${port}\nquorum w\n`,
  )
  // All at once, as after a power cut. One whose database is slow in the midst of its start ends, and is started again; none refuses.
  await Promise.all((['serve', 'work', 'work'] as const).map((kind) => scene.open(kind)))
  const ended = [...opened].filter((house) => !ground.houses.has(house))
  for (const {
    kind,
    process: { exitCode },
    output,
  } of ended)
    tell({ endedAtStart: kind, exitCode, said: output().slice(-1500) })
  const begins = ended.every(mayStart) && (await servesAgain(scene, () => false))
  if (begins) return scene
  await scene.end()
  throw new Error('it does not begin to serve')
}

function noteHouses({ ground, opened }: Pick<Scene, 'ground' | 'opened'>): void {
  for (const house of ground.houses) opened.add(house)
}

/** As systemd does: what does not end in time is killed. */
async function closeInTime(ground: Scene['ground'], house: House): Promise<void> {
  const closing = ground.close(house)
  await Promise.race([closing, setTimeout(closeMs, undefined, { ref: false })])
  await ground.close(house, 'SIGKILL')
}
