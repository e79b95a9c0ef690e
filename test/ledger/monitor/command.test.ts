import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { monitorLogs, noProgress } from '../../../src/ledger/monitor/index.ts'
import { openMemory } from '../../../src/ledger/monitor/state.ts'
import type { WatchPass } from '../../../src/ledger/monitor/watch.ts'
import { passOver } from '../../../src/ledger/monitor/watch.ts'
import { callTool } from '../../support/tool.ts'
import type { HostileHouse } from './hostile.ts'
import { openHostile, witnessSigner } from './hostile.ts'
import { present } from '../../../src/base/values/present.ts'
import { ledgerMonitor } from '../../../src/tool/ledger.ts'
import { dayBefore, dayOf } from '../../../src/base/values/calendar.ts'
import { closingBody, entryClasses, logEntry } from '../../../src/ledger/chain/index.ts'
import { readOf } from '../../support/commands.ts'

// `accord ledger monitor` as an auditor runs it: no database, no key, no configuration.

let house: HostileHouse
let dir: string
/** A policy of the reader's. */
let policy: string

beforeEach(async () => {
  dir = join(mkdtempSync(join(tmpdir(), 'accord-monitor-')), 'state')
  house = await openHostile()
  const witness = witnessSigner('witness.test')
  house.witnesses = [witness]
  house.witnessLines = `witness one ${witness.verifier.vkey}\nquorum one\n`
  house.addPeople(40)
  for (const id of ['org_library', 'org_museum']) house.addPublic({ kind: 'organisation', id })
  house.publish()
  policy = join(dir, '../policy')
  const [own] = house.listed
  writeFileSync(policy, `log ${own?.verifier.vkey} ${house.url}/log/2026/p0\n${house.witnessLines}`)
})
afterEach(async () => {
  await house.close()
  rmSync(join(dir, '..'), { recursive: true, force: true })
})

type Running = { readonly child: ChildProcess; readonly ended: Promise<Ran> }
type Ran = { readonly code: number | null; readonly out: string; readonly err: string }

function start(...args: readonly string[]): Running {
  const all = ['--import', './src/guard.js', 'src/accord.ts', 'ledger', 'monitor', ...args]
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const child = spawn(process.execPath, all, { env: { PATH, NODE_COMPILE_CACHE } })
  let [out, err] = ['', '']
  child.stdout.on('data', (part: Buffer) => (out += part.toString()))
  child.stderr.on('data', (part: Buffer) => (err += part.toString()))
  const ended = once(child, 'close').then(([code]: (number | null)[]) => ({
    code: code ?? null,
    out,
    err,
  }))
  return { child, ended }
}

/** One pass of the command in this process. It writes its report by itself. */
async function monitor(...args: readonly string[]): Promise<Ran> {
  const written = { out: '', err: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name === 'stdout' ? 'out' : 'err'] += String(text)
      return true
    }),
  )
  try {
    const { code, err } = await callTool(
      ['ledger', 'monitor', house.url, '--state', dir, ...args],
      {},
    )
    return { code, out: written.out, err: written.err + err }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

/** One pass in this process. */
async function pass(): Promise<WatchPass> {
  const memory = openMemory(dir)
  try {
    return await passOver({
      url: house.url,
      policy: undefined,
      accepts: false,
      maxAgeSeconds: 3600,
      now: new Date(),
      memory,
      progress: noProgress,
    })
  } finally {
    memory.release()
  }
}

test('one pass: exit 0 where it holds, 1 where it does not, with a report', async () => {
  const first = await monitor('--policy', policy)
  expect(first).toMatchObject({ code: 0, err: '' })
  expect(first.out).toContain(`${house.origin}: 43 entries (43 new), 3 of them public (3 new)`)
  expect(first.out).toMatch(/\nIt holds\.\n$/)
  house.leaves.delete(42)
  const second = await monitor('--policy', policy)
  expect(second).toMatchObject({ code: 1, err: `${house.url} does not hold: 1 finding.\n` })
  expect(second.out).toContain(`entry 42: the list of public entries names it no more`)
  // Its clock runs fast: people are told how far it has come, machines are not.
  let now = 0
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => (now += 2000))
  house.leaves.set(42, { sha256: '0'.repeat(64), path: '/x' })
  house.addPeople(1)
  house.publish()
  expect((await monitor()).err).toContain(`${house.origin}: 0 of 44 entries\n`)
  const json = await monitor('--json')
  clock.mockRestore()
  expect(json.err).not.toContain('44 entries')
  expect(json.code).toBe(1)
  expect(JSON.parse(json.out)).toMatchObject({ holds: false, findings: [{ index: 42 }] })
})

test('by what the address alone said nothing is proved: exit 3, until a file keeps it', async () => {
  const alone = await monitor()
  expect(alone).toMatchObject({
    code: 3,
    err: `${house.url}: nothing wrong was found, but not all is proved.\n`,
  })
  expect(alone.out).toMatch(
    /\nWhose keys these are, only this address says[^]*Nothing wrong was found\.\n$/,
  )
  // Its own memory is of what the address said, too.
  expect((await monitor()).code).toBe(3)
  const pin = join(dir, '../pin')
  expect((await monitor('--pin', pin)).code).toBe(3)
  const kept = await monitor('--pin', pin, '--json')
  expect(kept.code).toBe(0)
  expect(JSON.parse(kept.out)).toMatchObject({ holds: true, notProved: [], notClosed: [] })
  house.witnessLines = 'quorum none\n'
  expect(await monitor('--pin', pin)).toMatchObject({
    code: 1,
    out: expect.stringContaining('is another policy than the one kept'),
  })
  const weak = join(dir, '../weak')
  const [own] = house.listed
  writeFileSync(weak, `log ${own?.verifier.vkey} ${house.url}/log/2026/p0\nquorum none\n`)
  expect(await monitor('--policy', weak)).toMatchObject({
    code: 3,
    out: expect.stringContaining('demands no witness'),
  })
})

const day = (before: string) => dayBefore(dayOf(new Date()), before)

function tell(through: string): void {
  house.entries.push(logEntry(closingBody({ through, days: 1 }), entryClasses.house))
  house.publish()
}

test('a day of which the log does not tell is late: exit 3, and it is remembered from pass to pass', async () => {
  tell(day('P4D'))
  for (let n = 0; n < 2; n++)
    expect(await monitor('--policy', policy)).toMatchObject({
      code: 3,
      out: expect.stringContaining(`Days since ${day('P3D')} are not closed (2 days)`),
    })
  tell(day('P1D'))
  expect((await monitor('--policy', policy)).code).toBe(0)
})

test('watches until it is told to stop, and its code is that of the last pass', async () => {
  const { child, ended } = start(
    house.url,
    '--state',
    dir,
    '--policy',
    policy,
    '--watch',
    '1',
    '--json',
  )
  const second = new Promise<void>((resolve) => {
    let lines = 0
    child.stdout?.on('data', (part: Buffer) => {
      lines += part.toString().split('\n').length - 1
      if (lines === 1) house.leaves.delete(42)
      if (lines === 2) resolve()
    })
  })
  await second
  child.kill('SIGTERM')
  const { code, out } = await ended
  expect(code).toBe(1)
  const holds = out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { holds: boolean }).holds)
  expect(holds.slice(0, 2)).toEqual([true, false])
})

test('a signal in the middle of a pass is heard at once', async () => {
  const silent = createServer(() => undefined) // It takes requests and never answers.
  silent.listen(0, 'localhost')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo // always so for a TCP listener
  const asked = once(silent, 'request')
  const { child, ended } = start(`http://localhost:${port}`, '--state', dir, '--watch', '1')
  await asked
  const told = performance.now()
  child.kill('SIGTERM')
  expect(await ended).toEqual({ code: 0, out: '', err: '' })
  // A call that nobody answers is given up after ten seconds.
  expect(performance.now() - told).toBeLessThan(9000)
  expect(() => openMemory(dir).release()).not.toThrow()
  silent.closeAllConnections()
  silent.close()
})

test.each([1, 6, 10])('killed at its request %i, it goes on as if nothing had been', async (at) => {
  await pass()
  const before = readFileSync(join(dir, 'state.json')).toString()
  house.addPeople(400)
  const path = house.addPublic({ kind: 'organisation', id: 'org_theatre' })
  house.publish()
  // A draft that a killed process left behind is no state.
  writeFileSync(join(dir, 'state.json.new'), '{"version":')
  house.asked.length = 0
  const { child, ended } = start(house.url, '--state', dir)
  house.onAsked = () => {
    if (house.asked.length === at) child.kill('SIGKILL')
  }
  expect((await ended).code).toBeNull()
  house.onAsked = () => undefined
  expect(readFileSync(join(dir, 'state.json')).toString()).toBe(before)
  expect(await pass()).toMatchObject({
    findings: [],
    logs: [{ before: 43, entries: 444, publicEntries: 4, newPublicEntries: 1 }],
  })
  expect(existsSync(join(dir, 'documents', path.split('/').at(-1) ?? ''))).toBe(true)
})

test('two at once do not share a folder', () => {
  const memory = openMemory(dir)
  expect(() => openMemory(dir)).toThrow(
    `The folder of the state, ${dir}, is used by another process.`,
  )
  memory.release()
  openMemory(dir).release()
})

test('a folder that is none is refused in a sentence', async () => {
  writeFileSync(dir, '')
  const ran = await callTool(['ledger', 'monitor', house.url, '--state', dir], {})
  expect(ran).toMatchObject({ code: 1, out: '' })
  expect(ran.err).toBe(`The folder of the state, ${dir}, cannot be written.\n`)
})

test.each([
  [],
  ['http://log.test'],
  ['--state', 'x'],
  ['log.test', '--state', 'x'],
  ['ftp://log.test', '--state', 'x'],
  ['http://log.test', 'http://other.test', '--state', 'x'],
  ['http://log.test', '--state', 'x', '--watch', '0'],
  ['http://log.test', '--state', 'x', '--watch', '9999999'],
  ['http://log.test', '--state', 'x', '--max-age', 'a'],
  ['http://log.test', '--state', 'x', '--other'],
])('wrong usage: %j', (...args) => {
  expect(readOf(ledgerMonitor, args.flat())).toBeUndefined()
})

test('a watch whose memory is of another address ends with a sentence', async () => {
  await pass()
  const other = `${house.url}/log/2026/p0`
  const read = readOf(ledgerMonitor, [other, '--state', dir, '--watch', '1', '--accept'])
  const watching = monitorLogs(present(read, 'what was typed').asked, () => new Date())
  await expect(watching).rejects.toThrow(`This state is of ${house.url}, not of ${other}.`)
  openMemory(dir).release()
})

test('wrong usage is exit 2', async () => {
  expect((await callTool(['ledger', 'monitor', house.url], {})).code).toBe(2)
})
