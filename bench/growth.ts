import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { holdsProof, proofText } from '../src/base/tlog/log-proof.ts'
import type { Session } from '../src/base/database/db-session.ts'
import { openSession } from '../src/base/database/db-session.ts'
import { makeRowSeals } from '../src/base/sealing/row-seal.ts'
import type { Lease } from '../src/base/jobs/lease.ts'
import { takeLease } from '../src/base/jobs/lease.ts'
import { hashRanges, inclusionRanges } from '../src/base/tlog/merkle.ts'
import { migrate } from '../src/base/migrating/migrate.ts'
import { nodesFromTiles } from '../src/base/tlog/tiles.ts'
import { logEntry } from '../src/ledger/chain/index.ts'
import { tilesFromRows } from '../src/ledger/transparency-log/rows-source.ts'
import { sequenceOnce } from '../src/ledger/transparency-log/sequence.ts'
import { signOnce } from '../src/ledger/transparency-log/sign.ts'
import type { LogRow } from '../src/ledger/transparency-log/store.ts'
import { lastCheckpoint, logRows, positions } from '../src/ledger/transparency-log/store.ts'
import type { Step } from './growth-report.ts'
import { growthReport } from './growth-report.ts'
import { cpuSeconds, describeMachine } from './machine.ts'
import { startPostgres } from './postgres.ts'
import { median } from './statistics.ts'
import { makeStops, say } from './stops.ts'

// Measures the cost of an entry of the public log while the log grows. Entries about nobody are put into the queue, a hundred thousand
// at a time, and taken in, written as tiles and signed by the code of production, with no other load.

const holder = crypto.randomUUID()
const longMs = 3_600_000
const most = 10_000_000
const step = 100_000
const tries = 200
const quiet = () => undefined
const help = `npm run bench:growth -- [--entries N]

Grows a public log in a PostgreSQL of its own to N entries (${most}; a multiple of ${step}), and writes docs/growth.md.
Ten million take a quarter of an hour or more, and six gigabytes in the folder for temporary files.
`

const stops = makeStops()
try {
  const entries = entriesIn(process.argv.slice(2))
  if (entries === undefined) process.stdout.write(help)
  else await run(entries)
} finally {
  await stops.all()
}

function entriesIn(args: string[]): number | undefined {
  const { values } = parseArgs({
    args,
    options: { entries: { type: 'string', default: String(most) }, help: { type: 'boolean' } },
  })
  const entries = Number(values.entries)
  const isGood = entries >= step && entries <= most && entries % step === 0
  return values.help === true || !isGood ? undefined : entries
}

async function run(entries: number): Promise<void> {
  const machine = describeMachine()
  const dir = mkdtempSync(join(tmpdir(), 'accord-growth-'))
  stops.add(async () => {
    rmSync(dir, { recursive: true, force: true })
    await Promise.resolve()
  })
  const postgres = await startPostgres(dir, stops)
  const url = await postgres.createDatabase('bench_growth')
  await migrate(url)
  const { session, close } = await openSession(url)
  stops.add(close)
  const grow = makeGrow(session, join(dir, 'ledger'), postgres.pid)
  const steps: Step[] = []
  for (let size = 0; size < entries;) {
    // The first mark is below the first hundred thousand.
    const next = size === 0 ? step / 10 : Math.floor(size / step) * step + step
    steps.push(await grow(next - size, next))
    size = next
    say(lineOf(steps.at(-1)))
  }
  const file = join(import.meta.dirname, '../docs/growth.md')
  await writeFile(file, growthReport(machine, new Date(), steps))
  say('written: docs/growth.md')
}

function lineOf(last: Step | undefined): string {
  if (last === undefined) return ''
  const { size, sequenceSeconds, signSeconds } = last
  return `${size}: ${sequenceSeconds.toFixed(2)} s to take in, ${signSeconds.toFixed(2)} s to write and sign`
}

async function leaseOf(session: Session, duty: string): Promise<Lease> {
  const lease = await takeLease(session, { duty, holder, lifeMs: longMs })
  if (lease === undefined) throw new Error('somebody else works this log')
  return lease
}

function makeGrow(session: Session, ledgerDir: string, postgresPid: number) {
  const context = {
    issuer: 'http://accord.localhost',
    ledgerDir,
    shard: 0,
    secrets: [randomBytes(32)],
    clock: () => new Date(),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    askWitnesses: () => Promise.resolve(''),
    seals: makeRowSeals([randomBytes(32)]),
  }
  return async (count: number, size: number): Promise<Step> => {
    const sequencer = await leaseOf(session, 'log.sequence/0')
    const signer = await leaseOf(session, 'log.sign/0')
    await session.rows(
      `insert into ledger_pending (event_id, shard, commitment)
       select uuidv7(), 0, sha256(uuid_send(gen_random_uuid())) from generate_series(1, $1::int)`,
      [count],
    )
    const node = process.cpuUsage()
    const database = cpuSeconds(postgresPid)
    const from = performance.now()
    let taken = 0
    while (taken < count) {
      const some = await sequenceOnce(session, sequencer, 0, new Date())
      if (some === 0) throw new Error('the queue is shorter than it was')
      taken += some
    }
    const then = performance.now()
    await signOnce(session, context, signer)
    const to = performance.now()
    const { user, system } = process.cpuUsage(node)
    return {
      size,
      count,
      sequenceSeconds: (then - from) / 1000,
      signSeconds: (to - then) / 1000,
      nodeCpu: (user + system) / 1e6,
      postgresCpu: cpuSeconds(postgresPid) - database,
      megabytes: process.memoryUsage().rss / 2 ** 20,
      rowMegabytes: await rowMegabytes(session),
      ...(await proofFigures(session, size)),
    }
  }
}

async function rowMegabytes(session: Session): Promise<number> {
  const [row] = await session.rows<{ bytes: number }>(
    `select (pg_total_relation_size('ledger_position') + pg_total_relation_size('log_node'))::float8 as bytes`,
  )
  return (row?.bytes ?? 0) / 2 ** 20
}

/** Proofs of sampled entries: the time to make one from rows, its size, and the time to check it. */
async function proofFigures(session: Session, size: number) {
  const [log] = await logRows(session)
  const checkpoint = log && (await lastCheckpoint(session, log.logId))
  if (log === undefined || checkpoint?.treeSize !== size) throw new Error('the log is not signed')
  const [proofMs, checkUs]: [number[], number[]] = [[], []]
  let bytes = 0
  for (let n = 0; n < tries; n++) {
    const index = Math.floor((n * size) / tries)
    const entry = await entryAt(session, log, index)
    const from = performance.now()
    const read = nodesFromTiles(size, tilesFromRows(session, log.logId))
    const path = await hashRanges(inclusionRanges(index, size), read)
    const then = performance.now()
    const proof = { index, path, checkpoint: checkpoint.note }
    if (!holdsProof(proof, entry)) throw new Error(`the proof of ${index} does not hold`)
    checkUs.push((performance.now() - then) * 1000)
    proofMs.push(then - from)
    bytes = Math.max(bytes, Buffer.byteLength(proofText(proof)))
  }
  return { proofMs: median(proofMs), proofBytes: bytes, checkUs: median(checkUs) }
}

async function entryAt(session: Session, { logId }: LogRow, index: number): Promise<Buffer> {
  const [row] = await positions(session, logId, index, index + 1)
  if (row === undefined) throw new Error(`entry ${index} is missing`)
  return logEntry(row.commitment, row.class)
}
