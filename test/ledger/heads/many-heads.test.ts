import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { openLog } from '../../../src/base/logging/log.ts'
import { expect, test } from 'vitest'
import { makeFeedKeys } from '../../../src/base/sealing/feed-keys.ts'
import { emptyFrontier, grow, leafHash, rootOf } from '../../../src/base/tlog/merkle.ts'
import { logEntry } from '../../../src/ledger/chain/index.ts'
import {
  hashOf,
  noHash,
  recordsAsBytes,
  writeFeedFile,
} from '../../../src/ledger/heads/feed-format.ts'
import { openFeed } from '../../../src/ledger/heads/feed.ts'
import { beat, writeSnapshot } from '../../../src/ledger/heads/feed-snapshot.ts'
import { epochName, feedFromFolder } from '../../../src/ledger/heads/feed-source.ts'
import { seed, seededBytes } from '../../support/property.ts'
import { tell } from '../../drills/report.ts'
import { syntheticEnd } from './synthetic-ends.ts'

// A process that starts where there are many people: it reads a snapshot, and as many epochs as there may be after one.

const people = Number(process.env['DRILL_PEOPLE'] ?? 4000)
const mostEpochs = 20_000
const leastJudged = 1_000_000
const goals = { startMs: 15_000, memoryMiB: 500, lookUpUs: 2, peopleOfMemory: 9_000_000 }
const longestMs = 1_800_000

const write = (path: string, bytes: Buffer) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
  return Promise.resolve()
}
const nothing = () => Promise.resolve()

test(
  `a process reads the ends of ${people} chains, seed ${seed}`,
  { timeout: longestMs },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'accord-heads-'))
    const secret = seededBytes('heads')
    try {
      await fill(folder, secret)
      const program = join(import.meta.dirname, 'many-heads-process.ts')
      const words = [program, folder, secret.toString('hex'), String(people), String(seed)]
      const { stdout } = await promisify(execFile)(process.execPath, words)
      const figures = JSON.parse(stdout) as Readonly<Record<string, number>>
      tell({ seed, ...figures })
      expect(figures).toMatchObject({ people, epoch: epochs(), right: figures['asked'] })
      if (people < leastJudged) return
      expect(figures['startMs']).toBeLessThan(goals.startMs)
      expect(figures['lookUpUs']).toBeLessThan(goals.lookUpUs)
      const memory = Math.max(1, people / goals.peopleOfMemory) * goals.memoryMiB
      expect(figures['memoryMiB']).toBeLessThanOrEqual(memory)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)

function epochs(): number {
  return Math.min(mostEpochs, Math.floor(people / 100))
}

async function fill(folder: string, secret: Buffer): Promise<void> {
  const keys = makeFeedKeys([secret])
  const feed = openFeed(feedFromFolder(folder), keys)
  feed.map.reserve(people)
  for (let n = 0; n < people; n++) {
    const { id, nextSeq, commitment } = syntheticEnd(String(seed), n)
    feed.map.put(id, nextSeq, commitment)
  }
  const timeMs = Date.now()
  const began = {
    generation: timeMs,
    epoch: 0,
    hash: noHash,
    timeMs,
    snapshot: 0,
    snapshotMs: timeMs,
  }
  feed.takePlace({ ...began, logs: new Map() })
  const log = openLog('silent')
  const files = { source: feedFromFolder(folder), keys, folder, write, trees: [], log }
  const work = { ...files, feed, nowMs: () => timeMs, tellSnapshot: nothing }
  await writeSnapshot(work)
  // What is in them is known already: to read it again takes as long.
  let [tree, before] = [emptyFrontier, noHash]
  for (let n = 0; n < epochs(); n++) {
    const { id, nextSeq, commitment: body } = syntheticEnd(String(seed), n)
    const grown = grow(tree, [leafHash(logEntry(body))])
    const place = { generation: timeMs, epoch: n + 1, timeMs, origin: 'accord.test/log/2026/p0' }
    const header = {
      ...place,
      first: n,
      end: n + 1,
      root: rootOf(grown).toString('base64'),
      before,
    }
    const about = { id, nextSeq, isDelayed: false, standing: 'open' as const }
    const file = writeFeedFile(keys, 'epoch', header, recordsAsBytes([{ body, about }]))
    await write(join(folder, epochName(n + 1)), file)
    ;[tree, before] = [grown, hashOf(file)]
  }
  await feed.catchUp()
  await beat({ ...work, nowMs: () => timeMs + 2000 })
}
