import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer as createPlain } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTls, TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { publicKeys } from '../../src/base/keys/jws.ts'
import type { Keys } from '../../src/base/keys/keys.ts'
import { createMissingKeys, openKeys } from '../../src/base/keys/keys.ts'
import { makeMeter } from '../../src/base/logging/meter.ts'
import { freeShare, makeLook, shareOf } from '../../src/base/observing/machine-look.ts'
import { watchScrapes } from '../../src/base/observing/scrape-watch.ts'
import { readConfig } from '../../src/base/settings/config.ts'
import { secondsAfter } from '../../src/base/values/clock.ts'
import type { WatchedMachine } from '../../src/house/machine-gauges.ts'
import { tellLevelThree, tellMachine, machineToWatch } from '../../src/house/machine-gauges.ts'
import { signDigest, signProgress } from '../../src/ledger/audit-export/digest.ts'
import { noteUntil } from '../../src/ledger/audit-export/folder.ts'
import { rings } from '../support/alarm-rules.ts'
import { until } from '../support/fault-process.ts'
import { seriesIn } from '../support/series.ts'
import { statementsBy } from '../support/statements.ts'
import { certificateFor } from '../support/tls.ts'

// What a process sees of its machine, and whether the alarms ring on it.

const now = new Date()
const folder = mkdtempSync(join(tmpdir(), 'accord-machine-'))
const [marks, audit] = [join(folder, 'marks'), join(folder, 'audit')]
const pem = join(folder, 'authority.pem')
const nothing: WatchedMachine = { disks: [], certificates: [], marks: undefined, audit: undefined }
const day = 86_400

const issuer = 'https://accord.test'
let own: Keys
let others: Keys
let shown: Server
let database: Server
let hangs: Server

beforeAll(async () => {
  for (const dir of [marks, audit]) mkdirSync(dir)
  ;[own, others] = [await keysIn('own'), await keysIn('others')]
  const made = await certificateFor(['accord.test'])
  writeFileSync(pem, `no certificate\n${made.cert}\n`)
  shown = createTls(made, (socket) => socket.resume())
  database = createPlain((socket) => {
    socket.once('data', (asked: Buffer) => {
      if (asked.readUInt32BE(4) !== 80_877_103) return socket.destroy()
      socket.write('S')
      return secured(socket, made)
    })
  })
  hangs = createPlain(() => undefined)
  for (const server of [shown, database, hangs]) {
    server.on('connection', (socket: Socket) => socket.on('error', () => undefined).unref())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  }
})
afterAll(() => {
  for (const server of [shown, database, hangs]) server.close()
  rmSync(folder, { recursive: true })
})

function after(seconds: number): string {
  return secondsAfter(now, seconds).toISOString()
}

async function keysIn(name: string): Promise<Keys> {
  const dir = join(folder, name)
  await createMissingKeys(dir)
  return openKeys(dir)
}

function secured(socket: Socket, { key, cert }: { key: string; cert: string }): void {
  new TLSSocket(socket, { isServer: true, key, cert }).on('error', () => undefined)
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port // it listens on a port
}

function quiet(): void {}

function host(server: Server, speaks: 'tls' | 'postgres' = 'tls') {
  return { host: '127.0.0.1', port: portOf(server), speaks }
}

function shownOnes(): WatchedMachine['certificates'] {
  return [
    ['issuer', [host(shown)]],
    ['database', [host(database, 'postgres')]],
    ['fido-roots', pem],
  ]
}

function left(certificate: string): string {
  return `accord_certificate_left_seconds{certificate="${certificate}"}`
}

function diskWith(share: number): ReadonlyMap<string, number> {
  return new Map([['accord_disk_free_ratio{place="ledger"}', share]])
}

function marked(): Promise<ReadonlyMap<string, number>> {
  return processWith({ marks })()
}

async function levelTold(level: Parameters<typeof tellLevelThree>[1]) {
  const meter = makeMeter()
  tellLevelThree(meter, level)
  const series = seriesIn(await meter.text())
  return [series.get('accord_level_three_usable'), rings('AccordLevelThreeAway', series)]
}

/** What a process that sees this tells, beside a database that answers. */
function processWith(watched: Partial<WatchedMachine>, at = now) {
  const meter = makeMeter()
  tellMachine({
    meter,
    watched: { ...nothing, ...watched },
    keys: publicKeys(own),
    now: () => at,
  })
  meter.atScrape((gauges) => gauges.set('databaseUp', {}, 1))
  return async () => seriesIn(await meter.text())
}

function touch(mark: string, seconds: number): void {
  writeFileSync(join(marks, mark), '')
  utimesSync(join(marks, mark), secondsAfter(now, -seconds), secondsAfter(now, -seconds))
}

describe('a copy and a tried restore', () => {
  test.each([
    ['copy', 'AccordCopyOld', 'accord_copy_age_seconds', 29 * 3600, 31 * 3600],
    ['restore', 'AccordRestoreUntried', 'accord_restore_age_seconds', 39 * day, 41 * day],
  ] as const)(
    'of %s an alarm rings once the mark is old, not there, or of a time to come',
    async (mark, alarm, metric, young, old) => {
      rmSync(join(marks, mark), { force: true })
      expect((await marked()).get(metric)).toBe(Number.POSITIVE_INFINITY)
      expect(rings(alarm, await marked())).toBe(true)
      touch(mark, young)
      expect((await marked()).get(metric)).toBeCloseTo(young, 0)
      expect(rings(alarm, await marked())).toBe(false)
      touch(mark, old)
      expect(rings(alarm, await marked())).toBe(true)
      touch(mark, -3600)
      expect((await marked()).get(metric)).toBe(Number.POSITIVE_INFINITY)
      expect(rings(alarm, await marked())).toBe(true)
    },
  )

  test('that nobody marks are told as unknown; with a folder, or while the database is away, not', async () => {
    const unset = await processWith({})()
    expect(rings('AccordCopyUnknown', unset)).toBe(true)
    expect(rings('AccordCopyOld', unset)).toBe(false)
    expect(rings('AccordCopyUnknown', new Map([...unset, ['accord_database_up', 0]]))).toBe(false)
    expect(rings('AccordCopyUnknown', await marked())).toBe(false)
  })
})

test('an audit export rings when it is behind, has noted nothing, or notes what cannot be', async () => {
  const told = async () => {
    const series = await processWith({ audit })()
    return [rings('AccordExportLate', series), series.get('accord_audit_export_late_seconds')]
  }
  expect(await told()).toEqual([true, Number.POSITIVE_INFINITY])
  const noted = (seconds: number, signers = own) =>
    signProgress(statementsBy(signers), { iss: issuer, until: after(seconds) })
  await noteUntil(audit, await noted(-120))
  expect(await told()).toEqual([false, 120])
  await noteUntil(audit, await noted(-1000))
  expect(await told()).toEqual([true, 1000])
  // An hour's digest is signed by the same key, and says nothing of how far an export has come.
  const hour = { from: after(-3600), until: after(-120), lines: 0, sha256: '0'.repeat(64) }
  const digest = { ...hour, iss: issuer, previous: null, key: 'k', deed: null }
  for (const odd of [
    'soon',
    after(-60), // whoever writes in the folder can say so, and sign nothing
    'x'.repeat(5000),
    await noted(3600),
    await noted(-60, others),
    await signDigest(statementsBy(own), digest),
  ]) {
    await noteUntil(audit, odd)
    expect(await told(), odd.slice(0, 20)).toEqual([true, Number.POSITIVE_INFINITY])
  }
  const away = await processWith({ audit: join(folder, 'gone') })()
  expect(rings('AccordExportLate', away)).toBe(true)
  expect(rings('AccordExportLate', await processWith({})())).toBe(false)
})

test('a disk tells how much of it is free, and what is not there tells nothing', async () => {
  const series = await processWith({
    disks: [
      ['ledger', folder],
      ['audit', join(folder, 'gone')],
    ],
  })()
  const free = series.get('accord_disk_free_ratio{place="ledger"}') ?? -1
  expect(free).toBeCloseTo(await freeShare(folder), 1)
  expect(free).toBeGreaterThan(0)
  expect(free).toBeLessThanOrEqual(1)
  expect([...series.keys()].filter((name) => name.includes('place="audit"'))).toEqual([])
  expect([0.2, 0.1, 0.04].map((share) => rings('AccordDiskLow', diskWith(share)))).toEqual([
    false,
    true,
    true,
  ])
  expect([0.1, 0.04, 0].map((share) => rings('AccordDiskFull', diskWith(share)))).toEqual([
    false,
    true,
    true,
  ])
  const disk = { blocks: 100, bfree: 30, bavail: 20, files: 1000, ffree: 900 }
  expect(shareOf(disk)).toBeCloseTo(20 / 90)
  expect(shareOf({ ...disk, ffree: 30 })).toBe(0.03)
  expect(shareOf({ ...disk, files: 0, ffree: 0 })).toBeCloseTo(20 / 90)
  // The system's own files in memory have no room at all.
  expect(await freeShare('/proc')).toBe(0)
})

describe('a certificate', () => {
  test('that a host or a file has rings before it ends; it is read though nobody believes it', async () => {
    const names = ['issuer', 'database', 'fido-roots']
    const whole = async (at: Date) => {
      const ask = processWith({ certificates: shownOnes() }, at)
      let series = await ask()
      await until('each certificate is seen', async () => {
        series = await ask()
        return names.every((name) => series.has(left(name)))
      })
      return series
    }
    // They are of an hour.
    const series = await whole(now)
    for (const name of names) {
      expect(series.get(left(name)), name).toBeGreaterThan(3000)
      expect(series.get(left(name)), name).toBeLessThan(3700)
    }
    expect(rings('AccordCertificateOver', series)).toBe(true)
    expect(rings('AccordCertificateEnds', series)).toBe(true)
    expect(rings('AccordCertificateUnseen', series)).toBe(false)
    const fresh = await whole(secondsAfter(now, -10 * day))
    expect(rings('AccordCertificateOver', fresh)).toBe(false)
    expect(rings('AccordCertificateEnds', fresh)).toBe(true)
    expect(rings('AccordCertificateEnds', await whole(secondsAfter(now, -20 * day)))).toBe(false)
    // One that has ended.
    expect((await whole(secondsAfter(now, 2 * day))).get(left('issuer'))).toBeLessThan(0)
  })

  test('that is not seen is absent, and rings', async () => {
    const ask = processWith({
      certificates: [
        ['issuer', [host(hangs)]],
        ['database-authority', join(folder, 'gone.pem')],
      ],
    })
    const series = await ask()
    expect([...series.keys()].filter((name) => name.includes('certificate'))).toEqual([])
    expect(rings('AccordCertificateUnseen', series)).toBe(true)
  })
})

test('that no key gives level 3 rings; where it is not offered nothing does', async () => {
  expect(await levelTold(undefined)).toEqual([undefined, false])
  expect(await levelTold({ trouble: () => Promise.resolve(undefined) })).toEqual([1, false])
  for (const trouble of ['over', 'older', 'unusable', 'changed-mark'] as const)
    expect(await levelTold({ trouble: () => Promise.resolve(trouble) })).toEqual([0, true])
})

test('what is watched follows from the settings', () => {
  const none = machineToWatch(readConfig({ NODE_ENV: 'development', LEDGER_DIR: '/x' }, false))
  expect(none).toEqual({ ...nothing, disks: [['ledger', '/x']] })
  const password = randomUUID()
  const all = machineToWatch({
    ...readConfig({
      AUDIT_DIR: '/a',
      POSTGRES_DIR: '/d',
      MARKS_DIR: '/m',
      DATABASE_URL: `postgres://u:${password}@one:5432,two:5433/accord?target_session_attrs=primary&sslmode=verify-full&sslrootcert=/ca.pem`,
      FIDO_METADATA: '/f.jwt',
      FIDO_ROOTS: '/f.pem',
    }),
    issuer: 'https://accord.test',
    ledgerDir: '/l',
  })
  expect(all).toEqual({
    disks: [
      ['ledger', '/l'],
      ['audit', '/a'],
      ['database', '/d'],
    ],
    certificates: [
      ['issuer', [{ host: 'accord.test', port: 443, speaks: 'tls' }]],
      [
        'database',
        [
          { host: 'one', port: 5432, speaks: 'postgres' },
          { host: 'two', port: 5433, speaks: 'postgres' },
        ],
      ],
      ['database-authority', '/ca.pem'],
      ['fido-roots', '/f.pem'],
    ],
    marks: '/m',
    audit: '/a',
  })
})

test('a look that hangs is begun once, and what was seen last is told meanwhile', async () => {
  let looks = 0
  let answer: (value: number) => void = quiet
  const look = makeLook(
    () => {
      looks += 1
      return looks === 1 ? Promise.resolve(7) : new Promise<number>((resolve) => (answer = resolve))
    },
    { everyMs: 0, patienceMs: 1 },
  )
  expect(await look()).toBe(7)
  expect([await look(), await look(), looks]).toEqual([7, 7, 2])
  answer(8)
  expect(await look()).toBe(8)
})

test('a process that nobody reads says so, and not again before a quarter of an hour', () => {
  const said: string[] = []
  let look: () => void = quiet
  const time = { now: 0 }
  const log = {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (_: unknown, line: string) => void said.push(line),
  }
  const watch = watchScrapes(log, {
    now: () => time.now,
    every: (next) => {
      look = next
      return quiet
    },
  })
  const later = (minutes: number) => {
    time.now += minutes * 60_000
    look()
    return said.length
  }
  expect([later(14), later(1), later(14)]).toEqual([0, 1, 1])
  watch.noteRead()
  expect([later(14), later(1)]).toEqual([1, 2])
  expect(said[0]).toBe('nobody reads the metrics of this process')
})
