import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Session } from '../../../src/base/database/db-session.ts'
import { openSession } from '../../../src/base/database/db-session.ts'
import { newUuid } from '../../../src/base/values/ids.ts'
import type { Lease } from '../../../src/base/jobs/lease.ts'
import {
  LeaseLost,
  asLeaseLost,
  endLease,
  renewLease,
  takeLease,
} from '../../../src/base/jobs/lease.ts'
import { insertWalk, noteWalk } from '../../../src/ledger/fold/walk-store.ts'
import { takeDrafts } from '../../../src/ledger/transparency-log/temporary-files.ts'
import { signOnce } from '../../../src/ledger/transparency-log/sign.ts'
import * as store from '../../../src/ledger/transparency-log/store.ts'
import { untyped } from '../../support/database.ts'
import { seeded } from '../../support/property.ts'
import type { LogStage } from './stage.ts'
import { openLogStage, year } from './stage.ts'
import type { Signer, Wrote } from './two-signers.ts'
import { gateFiles, openSigner } from './two-signers.ts'

// One process at a time does a duty. Its lease ends by the database's clock; what keeps a process that was frozen from writing is the
// number of the lease, which no clock decides. So no two processes sign two histories (I29).

let stage: LogStage
beforeAll(async () => {
  stage = await openLogStage()
})
afterAll(() => stage.close())
afterEach(() => untyped(stage.db)('dutyLease').del())

const longMs = 600_000
const duty = 'log.sign/0'
const take = (session: Session = stage.session, above = 0, lifeMs = longMs) =>
  takeLease(session, { duty, holder: crypto.randomUUID(), lifeMs, above })
const lapse = () => stage.tamper(`update duty_lease set until = '-infinity'`)

async function taken(session?: Session, above?: number): Promise<Lease> {
  const lease = await take(session, above)
  if (lease === undefined) throw new Error('somebody has it')
  return lease
}

describe('a lease', () => {
  test('is one holder’s until it ends, and its number is never given again', async () => {
    const first = await taken()
    expect(await take()).toBeUndefined()
    await lapse()
    const second = await taken()
    expect(second.number).toBe(first.number + 1)
    await endLease(stage.session, second)
    expect((await taken()).number).toBe(second.number + 1)
  })

  test('that ended is renewed while nobody has taken it, and never after', async () => {
    const lease = await taken()
    await lapse()
    await renewLease(stage.session, lease, longMs)
    expect(await take()).toBeUndefined()
    await lapse()
    await taken()
    await expect(renewLease(stage.session, lease, longMs)).rejects.toBeInstanceOf(LeaseLost)
    // The end of an old lease does not end the younger one.
    await endLease(stage.session, lease)
    expect(await take()).toBeUndefined()
  })

  test('of a holder whose connection is gone is free at once', async () => {
    const { session, close } = await openSession(stage.databaseUrl)
    await taken(session)
    expect(await take()).toBeUndefined()
    await close()
    await expect.poll(() => take()).toBeDefined()
  })

  test('is given to one of many holders that ask at once', async () => {
    for (let round = 0; round < 5; round++) {
      const asked = await Promise.all(Array.from({ length: 8 }, () => take()))
      expect(asked.filter((lease) => lease !== undefined)).toHaveLength(1)
      await lapse()
    }
  })

  test('has a larger number than any that was seen outside, so that a restored database gives none again', async () => {
    const lease = await taken()
    await untyped(stage.db)('dutyLease').del()
    expect((await taken(stage.session, lease.number + 40)).number).toBe(lease.number + 41)
  })
})

const root = Buffer.alloc(32, 7)
const grown = { root, frontier: Buffer.alloc(0), nodes: [] }
const walk = {
  walkId: crypto.randomUUID(),
  beganAt: new Date(),
  seventh: null,
  since: new Date(),
  reached: crypto.randomUUID(),
  people: 0,
  events: 0,
  differences: 0,
  named: [],
  endedAt: null,
}

describe('once a younger lease exists, the older one may not', () => {
  beforeAll(async () => {
    await stage.grow(1)
    // A log that is due to be closed, and a walk that goes on.
    await untyped(stage.db)('log').insert({ year: 1998, shard: 0, root })
    await insertWalk(stage.session, walk)
  })

  test.each<[string, (session: Session, lease: Lease) => Promise<unknown>]>([
    ['open a log', (s, lease) => store.openLogFor(s, lease, 1999, 0)],
    [
      'take entries in',
      async (s, lease) => {
        const log = await store.findLog(s, year, 0)
        if (log === undefined) throw new Error('no log')
        await store.takeIntoLog(s, lease, log, grown, [])
      },
    ],
    ['close a log', (s, lease) => store.freezeOldLogs(s, lease, 0)],
    ['note a tree', (s, lease) => store.noteSigning(s, lease, 99, { size: 1, root })],
    ['publish', (s, lease) => store.saveCheckpoint(s, lease, 99, { treeSize: 1, root, note: '' })],
    ['name its keys', (s, lease) => store.saveVkeys(s, lease, 99, ['key'], 1)],
    ['name witnesses', (s, lease) => store.saveWitnessLines(s, lease, 'quorum none\n')],
    ['note a walk over people', (s, lease) => noteWalk(s, lease, walk)],
    ['write a file', async (_, lease) => void (await takeDrafts(stage.ledgerDir, lease))],
  ])('%s', async (_, write) => {
    const before = await rows()
    const old = await taken(stage.session, 1000)
    await lapse()
    const young = await taken(stage.session, 2000)
    await takeDrafts(stage.ledgerDir, young)
    const error: unknown = await write(stage.session, old).catch(asLeaseLost)
    expect(error).toBeInstanceOf(LeaseLost)
    expect(await rows()).toEqual(before)
    await endLease(stage.session, young)
  })

  test('finish a file that it had begun', async () => {
    const path = join(stage.ledgerDir, 'some')
    const [old, young] = [5000, 5001].map((number) => ({ duty, number }))
    if (old === undefined || young === undefined) throw new Error('no lease')
    const begun = await takeDrafts(stage.ledgerDir, old)
    await begun(path, 'old')
    const write = await takeDrafts(stage.ledgerDir, young)
    await expect(begun(path, 'late')).rejects.toBeInstanceOf(LeaseLost)
    expect(readFileSync(path, 'utf8')).toBe('old')
    await write(path, 'young')
    expect(readFileSync(path, 'utf8')).toBe('young')
  })
})

async function rows(): Promise<unknown> {
  const tables = [
    'log',
    'foldWalk',
    'logKey',
    'logSigning',
    'checkpoint',
    'logWitnesses',
    'ledgerPosition',
  ]
  return Promise.all(tables.map((table) => untyped(stage.db)(table)))
}

test('a second signer with the key and a folder of its own signs nothing', async () => {
  await stage.grow(2)
  const other = { ...stage.desk, ledgerDir: join(stage.ledgerDir, 'other') }
  await stage.write(await stage.newPerson(), 1)
  await stage.sequence()
  const lease = await taken()
  await expect(signOnce(stage.session, other, lease)).rejects.toThrow('signed.json knows of 0')
  // Nothing was published yet: what was about to be signed counts.
  await stage.tamper('delete from checkpoint')
  await expect(signOnce(stage.session, other, lease)).rejects.toThrow('from one LEDGER_DIR')
})

describe('two signers, each frozen and woken at any step', () => {
  let release: () => void
  beforeEach(() => {
    release = gateFiles()
  })
  afterEach(() => release())

  const deed = fc.oneof(
    { weight: 12, arbitrary: fc.nat(1).map((n) => ({ is: 'on' as const, n })) },
    { weight: 1, arbitrary: fc.constant({ is: 'lapse' as const, n: 0 }) },
    { weight: 1, arbitrary: fc.nat(300).map((n) => ({ is: 'grow' as const, n: n + 1 })) },
  )
  const runs = Number(process.env['DRILL_RUNS'] ?? 8)

  test(
    'never write after a younger one did, and neither record nor checkpoint goes back',
    async () => {
      await stage.grow(1)
      await fc.assert(
        fc.asyncProperty(fc.array(deed, { minLength: 60, maxLength: 160 }), async (deeds) => {
          const play = await openPlay()
          for (const { is, n } of deeds) {
            if (is === 'lapse') await lapse()
            else if (is === 'grow') await queue(n)
            else await play.signers[n]?.letOn()
            play.look()
          }
          await play.end()
        }),
        seeded({ numRuns: runs, endOnFailure: true, interruptAfterTimeLimit: longMs }),
      )
    },
    longMs,
  )
})

function recorded(): number {
  return sizeIn(join(stage.ledgerDir, 'signed.json'), /"size": (\d+)/)
}

function sizes(): number[] {
  return [recorded(), sizeIn(join(stage.folder, 'checkpoint'), /\n(\d+)\n/)]
}

function sizeIn(path: string, pattern: RegExp): number {
  return Number(pattern.exec(readFileSync(path, 'utf8'))?.[1] ?? Number.NaN)
}

async function queue(count: number): Promise<void> {
  const rows = Array.from({ length: count }, () => ({
    eventId: newUuid(new Date()),
    shard: 0,
    class: 0x52,
    commitment: randomBytes(32),
  }))
  await untyped(stage.db).batchInsert('ledgerPending', rows, 1000)
  await stage.sequence()
}

/** Two signers over the same folder, and all that must hold while they go on. */
async function openPlay() {
  const wrote: Wrote[] = []
  const note = (write: Wrote) => {
    const youngest = Math.max(0, ...wrote.map(({ lease }) => lease))
    wrote.push(write)
    expect([write, write.lease >= youngest]).toEqual([write, true])
  }
  const signed: number[] = []
  const askWitnesses = (_: unknown, __: string, size: number) => {
    // Whoever reads the record from now on knows of this tree.
    expect(recorded()).toBeGreaterThanOrEqual(size)
    signed.push(size)
    return Promise.resolve('')
  }
  const desk = { ...stage.desk, askWitnesses }
  const open = (name: string) => openSigner(name, stage.databaseUrl, desk, note)
  const signers: Signer[] = [await open('one'), await open('other')]
  let before = sizes()
  const look = () => {
    const now = sizes()
    expect([now, now.every((size, i) => size >= (before[i] ?? 0))]).toEqual([now, true])
    before = now
  }
  return {
    signers,
    look,
    async end() {
      for (const signer of signers) {
        await lapse()
        await signer.end()
        look()
      }
      await lapse()
      await stage.sign()
      const log = await store.findLog(stage.session, year, 0)
      expect(await stage.published()).toMatchObject({ size: log?.treeSize, root: log?.root })
      expect(Math.max(0, ...signed)).toBeLessThanOrEqual(recorded())
      await lapse()
    },
  }
}
