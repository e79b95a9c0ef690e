import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import { openSession } from '../../../src/base/database/db-session.ts'
import type { Checkpoint } from '../../../src/base/tlog/checkpoint.ts'
import { readCheckpoint } from '../../../src/base/tlog/checkpoint.ts'
import { consistencyRanges, hashRanges, holdsConsistency } from '../../../src/base/tlog/merkle.ts'
import { openNote } from '../../../src/base/tlog/note.ts'
import { nodesFromTiles } from '../../../src/base/tlog/tiles.ts'
import { auditDatabase } from '../../../src/ledger/transparency-log/audit.ts'
import { tilesFromFiles } from '../../../src/ledger/transparency-log/files.ts'
import { until } from '../../support/fault-process.ts'
import type { FreshDatabase } from '../../support/database.ts'
import type { LogStage } from './stage.ts'
import { issuer, openLogStage } from './stage.ts'

// What the drills of the log have in common: people's deeds go on while processes that work the log are killed or frozen, and at the
// end there is one tree, with all that was acknowledged, once.

export type LogDrill = {
  readonly stage: LogStage
  /** Starts a process that sequences and signs (worker.ts); its environment says what becomes of it. */
  launch(env: Readonly<Record<string, string>>): ChildProcess
  /** Deeds and looks at what is served go on while this is done. @throws where what is served goes back */
  during(deed: () => Promise<void>): Promise<void>
  /** All is signed by a process that nobody troubles; then all of it is held against itself. */
  requireWhole(leastDeeds: number): Promise<{ readonly served: number; readonly signed: number }>
  close(): Promise<void>
}

const writers = 3
const pollMs = 20
// Deeds come all the time, and leave the processes that start a machine.
const deedMs = 8
const secret = randomBytes(32)

export async function openLogDrill(given?: FreshDatabase): Promise<LogDrill> {
  const stage = await openLogStage([secret], undefined, given)
  const signedFile = join(stage.ledgerDir, 'signed-notes')
  const acknowledged: string[] = []
  const served = new Map<string, number>()
  const launched: ChildProcess[] = []

  function launch(env: Readonly<Record<string, string>>): ChildProcess {
    const file = join(import.meta.dirname, 'worker.ts')
    const all = {
      ...process.env,
      DATABASE_URL: stage.databaseUrl,
      ISSUER: issuer,
      LEDGER_DIR: stage.ledgerDir,
      LOG_SECRET: secret.toString('hex'),
      SIGNED_FILE: signedFile,
      ...env,
    }
    const worker = spawn(process.execPath, [file], {
      env: all,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    launched.push(worker)
    return worker
  }

  async function watch(ending: AbortSignal): Promise<void> {
    let largest = 0
    while (!ending.aborted) {
      const { size, note } = await stage.published().catch(() => ({ size: largest, note: '' }))
      if (size < largest) throw new Error(`served: ${size} entries after ${largest}`)
      largest = size
      if (note !== '') served.set(note, size)
      await setTimeout(pollMs)
    }
  }

  /** Deeds of one person after another. A deed whose answer did not come may be done or not. */
  async function write(ending: AbortSignal): Promise<void> {
    while (!ending.aborted) {
      await writeAsOne(ending).catch(() => undefined)
      await setTimeout(pollMs)
    }
  }

  async function writeAsOne(ending: AbortSignal): Promise<void> {
    const person = await stage.newPerson()
    for (let n = 0; n < 50 && !ending.aborted; n++) {
      const entries = await stage.write(person, 1)
      acknowledged.push(...entries.map(({ eventId }) => eventId))
      await setTimeout(deedMs)
    }
  }

  async function requireWhole(leastDeeds: number) {
    const last = launch({})
    const written: { eventId: string }[] = await stage.db('ledgerEvent').select('eventId')
    await until('all is signed', async () => {
      const { size } = await stage.published().catch(() => ({ size: 0 }))
      return size === written.length
    })
    await killed(last)
    const ids = written.map(({ eventId }) => eventId)
    const isWritten = new Set(ids)
    expect(acknowledged.length).toBeGreaterThan(leastDeeds)
    expect(acknowledged.filter((eventId) => !isWritten.has(eventId))).toEqual([])
    const placed: { eventId: string }[] = await stage.db('ledgerPosition').select('eventId')
    expect(placed.map(({ eventId }) => eventId).toSorted()).toEqual(ids.toSorted())
    const signed = await requireOneTree()
    await requireAudited()
    return { served: served.size, signed }
  }

  /** All that was served, and all that was signed and may have been seen by nobody, grew into what is there now. */
  async function requireOneTree(): Promise<number> {
    const lines = readFileSync(signedFile, 'utf8').trimEnd().split('\n')
    const notes = new Set(lines.map((line) => JSON.parse(line) as string))
    const treeOf = (note: string): Checkpoint =>
      readCheckpoint(openNote(note, stage.verifiers).text)
    const now = await stage.published()
    const read = nodesFromTiles(now.size, tilesFromFiles(stage.folder))
    for (const tree of [...served.keys(), ...notes].map(treeOf)) {
      const path = await hashRanges(consistencyRanges(tree.size, now.size), read)
      expect(holdsConsistency(tree, now, path)).toBe(true)
    }
    expect([...served.keys()].filter((note) => !notes.has(note))).toEqual([])
    return notes.size
  }

  async function requireAudited(): Promise<void> {
    // A session that is planned as PostgreSQL plans: there is much to read after a long drill.
    const { session, close } = await openSession(stage.databaseUrl)
    const { findings } = await auditDatabase({
      session,
      issuer,
      ledgerDir: stage.ledgerDir,
      vkeys: stage.verifiers.map(({ vkey }) => vkey),
      vault: stage.vault,
      publicLeaves: [],
    })
    await close()
    expect(findings).toEqual([])
  }

  return {
    stage,
    launch,
    async during(deed) {
      const ending = new AbortController()
      const working = [watch(ending.signal)]
      for (let n = 0; n < writers; n++) working.push(write(ending.signal))
      try {
        await deed()
      } finally {
        ending.abort()
        await Promise.all(working)
      }
    },
    requireWhole,
    async close() {
      // A test that failed may have left some.
      await Promise.all(launched.map(killed))
      await stage.close()
    },
  }
}

export async function killed(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return
  const gone = once(worker, 'exit')
  worker.kill('SIGKILL')
  await gone
}

/** A number below 1 that follows from the seed. */
export function seededBy(seed: number): (n: number) => number {
  return (n) => {
    const x = Math.sin(seed + n) * 10_000
    return x - Math.floor(x)
  }
}
