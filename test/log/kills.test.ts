import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Checkpoint } from '../../src/foundation/checkpoint.ts'
import { consistencyRanges, hashRanges, holdsConsistency } from '../../src/foundation/merkle.ts'
import { nodesFromTiles } from '../../src/foundation/tiles.ts'
import { auditDatabase } from '../../src/log/audit.ts'
import { tilesFromFiles } from '../../src/log/files.ts'
import { until } from '../support/fault-process.ts'
import type { LogStage } from './stage.ts'
import { issuer, openLogStage } from './stage.ts'

// Sequencer and signer killed at seeded points while people's deeds go on: nothing that was acknowledged is lost or twice
// in the tree, and every checkpoint that anybody saw is contained in every later one.

const kills = 20
const seed = 20_261_125
const secret = randomBytes(32)

let stage: LogStage

beforeAll(async () => {
  stage = await openLogStage([secret])
})
afterAll(() => stage.close())

function seeded(n: number): number {
  const x = Math.sin(seed + n) * 10_000
  return x - Math.floor(x)
}

function startWorker() {
  const env = {
    ...process.env,
    DATABASE_URL: stage.databaseUrl,
    LEDGER_DIR: stage.ledgerDir,
    LOG_SECRET: secret.toString('hex'),
  }
  const file = join(import.meta.dirname, 'worker.ts')
  return spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] })
}

test(`kill -9, ${kills} times, seed ${seed}`, { timeout: 120_000 }, async () => {
  const ending = new AbortController()
  const acknowledged: string[] = []
  const seen = new Map<number, Checkpoint>()
  const write = async () => {
    const person = await stage.newPerson()
    while (!ending.signal.aborted)
      for (const { eventId } of await stage.write(person, 1)) acknowledged.push(eventId)
  }
  const watch = async () => {
    while (!ending.signal.aborted) {
      const tree = await stage.published().catch(() => undefined)
      if (tree !== undefined) seen.set(tree.size, { origin: stage.origin, ...tree })
      await setTimeout(20)
    }
  }
  const working = [write(), write(), write(), watch()]
  for (let n = 0; n < kills; n++) {
    const worker = startWorker()
    await once(worker.stdout, 'data')
    await setTimeout(Math.floor(seeded(n) * 1200))
    const gone = once(worker, 'exit')
    worker.kill('SIGKILL')
    await gone
  }
  ending.abort()
  await Promise.all(working)
  const last = startWorker()
  await until(
    'all is signed',
    async () => (await stage.published().catch(() => ({ size: 0 }))).size === acknowledged.length,
  )
  const gone = once(last, 'exit')
  last.kill('SIGKILL')
  await gone

  const now = await stage.published()
  const read = nodesFromTiles(now.size, tilesFromFiles(stage.folder))
  for (const tree of seen.values()) {
    const path = await hashRanges(consistencyRanges(tree.size, now.size), read)
    expect(holdsConsistency(tree, now, path)).toBe(true)
  }
  const placed: { eventId: string }[] = await stage.db('ledgerPosition').select('eventId')
  expect(placed.map(({ eventId }) => eventId).toSorted()).toEqual(acknowledged.toSorted())
  expect(seen.size).toBeGreaterThan(2)
  const { findings } = await auditDatabase({
    session: stage.session,
    db: stage.db,
    issuer,
    ledgerDir: stage.ledgerDir,
    vkeys: stage.verifiers.map(({ vkey }) => vkey),
    vault: stage.vault,
    register: [],
  })
  expect(findings).toEqual([])
})
