import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Checkpoint } from '../../../src/base/tlog/checkpoint.ts'
import { readCheckpoint } from '../../../src/base/tlog/checkpoint.ts'
import { openSession } from '../../../src/base/platform/duty.ts'
import { consistencyRanges, hashRanges, holdsConsistency } from '../../../src/base/tlog/merkle.ts'
import { openNote } from '../../../src/base/tlog/note.ts'
import { nodesFromTiles } from '../../../src/base/tlog/tiles.ts'
import { auditDatabase } from '../../../src/ledger/transparency-log/audit.ts'
import { tilesFromFiles } from '../../../src/ledger/transparency-log/files.ts'
import { until } from '../../support/fault-process.ts'
import type { Kill } from './kill-points.ts'
import { killPoints } from './kill-points.ts'
import type { OwnCluster } from './own-cluster.ts'
import { openOwnCluster } from './own-cluster.ts'
import type { LogStage } from './stage.ts'
import { issuer, openLogStage } from './stage.ts'
import { untyped } from '../../support/database.ts'

// Sequencer, signer and PostgreSQL killed at seeded points while people's deeds go on: nothing that was acknowledged is lost or
// twice in the tree, and whatever was signed, seen by anybody or not, is contained in what is signed later.

const kills = Number(process.env['DRILL_KILLS'] ?? 20)
const seed = Number(process.env['DRILL_SEED'] ?? 20_261_125)
const kinds: readonly Kill[] = ['anywhere', 'postgres', ...killPoints]
const secret = randomBytes(32)
const writers = 3
const limitMs = 15_000
// The goal is a second, on a machine that is not busy.
const takeoverMs = 5000
const pollMs = 20

let cluster: OwnCluster
let stage: LogStage
let signedFile: string

beforeAll(async () => {
  cluster = await openOwnCluster()
  stage = await openLogStage([secret], undefined, cluster)
  signedFile = join(stage.ledgerDir, 'signed-notes')
})
afterAll(() => stage.close())

function seeded(n: number): number {
  const x = Math.sin(seed + n) * 10_000
  return x - Math.floor(x)
}

/** Each kind as often as any other, in an order of the seed's. */
function dealt(): Kill[] {
  return Array.from({ length: kills }, (_, n) => n)
    .toSorted((one, other) => seeded(one) - seeded(other))
    .map((n) => kinds[n % kinds.length] ?? 'anywhere')
}

function startWorker(at: Kill, nth = 1): ChildProcess {
  const env = {
    ...process.env,
    DATABASE_URL: stage.databaseUrl,
    LEDGER_DIR: stage.ledgerDir,
    LOG_SECRET: secret.toString('hex'),
    SIGNED_FILE: signedFile,
    KILL_AT: at,
    KILL_NTH: String(nth),
  }
  const file = join(import.meta.dirname, 'worker.ts')
  return spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] })
}

async function kill(worker: ChildProcess): Promise<void> {
  const gone = once(worker, 'exit')
  worker.kill('SIGKILL')
  await gone
}

async function killOnce(at: Kill, chance: number): Promise<void> {
  // Batches and tiles come in quick succession, the rest once a second.
  const worker = startWorker(at, /take|tile/.test(at) ? 1 + Math.floor(chance * 4) : 1)
  if (at === 'anywhere' || at === 'postgres') {
    if (worker.stdout !== null) await once(worker.stdout, 'data')
    await setTimeout(100 + Math.floor(chance * 1000))
    if (at === 'postgres') await cluster.killAndRestart()
    await kill(worker)
    return
  }
  const signal = AbortSignal.timeout(limitMs)
  const [, by] = (await once(worker, 'exit', { signal })) as [unknown, string]
  expect([at, by]).toEqual([at, 'SIGKILL'])
}

const nothing = () => undefined

/** Deeds of one person after another, until it is over. A deed whose answer did not come may be done or not. */
async function write(ending: AbortSignal, acknowledged: string[]): Promise<void> {
  while (!ending.aborted) {
    await writeAsOne(ending, acknowledged).catch(nothing)
    await setTimeout(pollMs)
  }
}

async function writeAsOne(ending: AbortSignal, acknowledged: string[]): Promise<void> {
  const person = await stage.newPerson()
  for (let n = 0; n < 50 && !ending.aborted; n++) {
    const entries = await stage.write(person, 1)
    acknowledged.push(...entries.map(({ eventId }) => eventId))
  }
}

const deadline = 60_000 + kills * 10_000
test(`kill -9, ${kills} times, seed ${seed}`, { timeout: deadline }, async () => {
  const ending = new AbortController()
  const acknowledged: string[] = []
  const served = new Set<string>()
  const watch = async () => {
    while (!ending.signal.aborted) {
      const note = await stage.published().catch(() => undefined)
      if (note !== undefined) served.add(note.note)
      await setTimeout(pollMs)
    }
  }
  const working = [watch()]
  for (let n = 0; n < writers; n++) working.push(write(ending.signal, acknowledged))
  try {
    for (const [n, at] of dealt().entries()) await killOnce(at, seeded(kills + n))
  } finally {
    ending.abort()
    await Promise.all(working)
  }
  const last = startWorker('anywhere')
  const written: { eventId: string }[] = await stage.db('ledgerEvent').select('eventId')
  await until(
    'all is signed',
    async () => (await stage.published().catch(() => ({ size: 0 }))).size === written.length,
  )
  await kill(last)

  const ids = written.map(({ eventId }) => eventId)
  const isWritten = new Set(ids)
  expect(acknowledged.length).toBeGreaterThan(kills)
  const lost = acknowledged.filter((eventId) => !isWritten.has(eventId))
  expect(lost).toEqual([])
  const placed: { eventId: string }[] = await stage.db('ledgerPosition').select('eventId')
  expect(placed.map(({ eventId }) => eventId).toSorted()).toEqual(ids.toSorted())
  await requireOneTree(served)
  // A session that is planned as PostgreSQL plans: there is much to read after many kills.
  const { session, close } = await openSession(stage.databaseUrl)
  const { findings } = await auditDatabase({
    session,
    issuer,
    ledgerDir: stage.ledgerDir,
    vkeys: stage.verifiers.map(({ vkey }) => vkey),
    vault: stage.vault,
    register: [],
  })
  await close()
  expect(findings).toEqual([])
})

test('a process that stands by takes over when the leader is killed', async () => {
  const leader = startWorker('anywhere')
  await requirePlaced(limitMs)
  const other = startWorker('anywhere')
  // It has asked for both locks, in vain.
  await until('the other stands by', async () => {
    const waiting: unknown[] = await untyped(stage.db)('pgStatActivity')
      .where({ applicationName: 'accord-duty', state: 'idle' })
      .whereLike('query', '%pg_try_advisory_lock%')
    return waiting.length === 2
  })
  await kill(leader)
  await requirePlaced(takeoverMs)
  await kill(other)
})

async function requirePlaced(withinMs: number): Promise<void> {
  const [entry] = await stage.write(await stage.newPerson(), 1)
  const isPlaced = async () => {
    const rows: unknown[] = await stage.db('ledgerPosition').where({ eventId: entry?.eventId })
    return rows.length === 1
  }
  await until('the event has its place', isPlaced, withinMs)
}

/** All that was served, and all that was signed and may have been seen by nobody, grew into what is there now. */
async function requireOneTree(served: ReadonlySet<string>): Promise<void> {
  const signed = readFileSync(signedFile, 'utf8').trimEnd().split('\n')
  const notes = signed.map((line) => JSON.parse(line) as string)
  const treeOf = (note: string): Checkpoint => readCheckpoint(openNote(note, stage.verifiers).text)
  const now = await stage.published()
  const read = nodesFromTiles(now.size, tilesFromFiles(stage.folder))
  for (const tree of [...served, ...new Set(notes)].map(treeOf)) {
    const path = await hashRanges(consistencyRanges(tree.size, now.size), read)
    expect(holdsConsistency(tree, now, path)).toBe(true)
  }
  // The file outlives whoever is killed behind it, and is there at the end.
  expect(served.size).toBeGreaterThan(1)
  expect(new Set(notes).size).toBeGreaterThan(kills / 4)
  expect([...served].filter((note) => !notes.includes(note))).toEqual([])
}
