import { expect, test } from 'vitest'
import type { Client, Sent } from '../../bench/client.ts'
import { readIdle, readSchedstat } from '../../bench/machine.ts'
import { inTurn } from '../../bench/processes.ts'
import type { ProcessCase, Processes } from '../../bench/processes-report.ts'
import { processesReport, whatBinds } from '../../bench/processes-report.ts'

const one: ProcessCase = {
  operation: 'permit',
  route: 'direct',
  processes: 1,
  opsPerSecond: 1000,
  p50Ms: 10,
  p99Ms: 20,
  node: 0.7,
  postgres: 0.3,
  pooler: 0,
  driver: 0.1,
  idle: 0.9,
  mainRuns: 0.6,
  mainWaits: 0.05,
  waits: { 'IO:WalSync': 1.2, running: 0.4 },
  statements: 0.5,
}

test.each([
  { change: { idle: 0.1 }, binds: 'cores (Node 35 %, PostgreSQL 15 %)' },
  { change: { mainRuns: 0.95 }, binds: 'the main thread of a process' },
  { change: { mainWaits: 0.35 }, binds: 'the main thread, which waits for a core' },
  { change: {}, binds: 'waiting: IO:WalSync' },
  { change: { waits: {} }, binds: 'the callers' },
])('what has to become larger is said: $binds', ({ change, binds }) => {
  expect(whatBinds({ ...one, ...change }, 2)).toBe(binds)
})

test('the report has throughput per core, compares with one process, and says what was not measured', () => {
  const two = { ...one, processes: 2, opsPerSecond: 1500, node: 1.2, postgres: 0.6 }
  const results: Processes = {
    at: '2026-11-29T12:00:00Z',
    machine: { cpu: 'Some CPU', cores: 2, memoryGb: 8, loadBefore: 0.2 },
    versions: { node: '24.0.0' },
    callers: 64,
    rounds: 3,
    seconds: 5,
    winners: { direct: { code: 1, proof: 1, decisions: 1 } },
    cases: [one, two],
    without: [{ operation: 'fapi', route: 'direct', processes: 2 }],
  }
  const text = processesReport(results)
  const rows = text.split('\n').filter((line) => line.startsWith('| permit'))
  expect(rows[0]).toContain('| 1 | 1000 | 1 | 1000 | 10 | 20 | 0.7 + 0.3 | 0.5 |')
  expect(rows[1]).toContain('| 2 | 1500 | 1.5 | 833 | 10 | 20 | 0.8 + 0.4 | 0.5 |')
  expect(text).toContain('No result for fapi with 2 processes by way of PostgreSQL itself')
  expect(text).toContain('PgBouncer was not installed')
  expect(text).not.toContain('busy with other things')
})

test('each next request goes to the next process', async () => {
  const came: string[] = []
  const process = (name: string): Client => ({
    send({ path }: Sent) {
      came.push(`${name} ${path}`)
      const answer = {
        status: 200,
        location: undefined,
        dpopNonce: undefined,
        retryAfter: undefined,
        body: '',
        url: path,
      }
      return Promise.resolve(answer)
    },
    watch: () => undefined,
    close: () => Promise.resolve(),
  })
  const client = inTurn([process('a'), process('b')])
  for (const path of ['/1', '/2', '/3']) await client.send({ path })
  expect(came).toEqual(['a /1', 'b /2', 'a /3'])
})

test('the kernel’s counts of a thread and of the machine are read', () => {
  expect(readSchedstat('2500000000 1500000000 12\n')).toEqual({ ran: 2.5, waited: 1.5 })
  expect(readIdle('cpu  100 0 50 700 50 0 0 0 0 0\ncpu0 1 2 3 4 5\n')).toBe(7.5)
})
