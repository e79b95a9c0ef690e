import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { until } from '../support/fault-process.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { quickFolder } from '../support/own-server.ts'
import { oneOf } from './chance.ts'
import type { Ground, House, Place } from './ground.ts'
import { tell } from './report.ts'
import { housesOf } from './scene.ts'
import type { Server } from './servers.ts'
import { makeServer } from './servers.ts'
import type { SmallDisk } from './small-disk.ts'
import { follow, makeSynchronous, promote } from './standby.ts'

// What may befall a deployment, one fault beside another. Each says how it begins, and how it is over; what an operator has to do then
// stands in the page of its alarm, which names the command.

/** What a drill has of a deployment while faults are at work. The server changes where another one takes its place. */
export type Combined = {
  server: Server
  /** The address at which processes find the database, whichever server has it. */
  readonly wire: FaultProxy
  readonly ground: Ground
  /** On which LEDGER_DIR lies; undefined where none can be mounted. */
  readonly disk: SmallDisk | undefined
  readonly chance: () => number
  /** A folder of this try. */
  readonly kept: string
  /** The keys of the time of the copy, as a safe has them. */
  safe: string
  /** What ends each server that another one took the place of. */
  readonly ends: (() => Promise<unknown>)[]
  /** Signed trees that the server of now lacks, by a copy that was put back: LEDGER_RESTORED has to ring. */
  lostSigned: boolean
  /** Deeds that were acknowledged after a copy was made. */
  livedSince: number
  /** Starts a process, which may refuse to, or wait. */
  open(kind: House['kind'], place?: Place): Promise<void>
  /** Restarts what runs, as after a change of keys. */
  restart(): Promise<void>
  /** Somebody allows. @returns what stops it, or undefined where nobody can allow now */
  share(): Promise<(() => Promise<boolean>) | undefined>
}

export type CombinedFault = {
  /** @returns what ends it, without a command of an operator; 'skipped' where it cannot be done here */
  readonly strike: (at: Combined) => Promise<(() => Promise<void>) | 'skipped'>
  /** The page of the alarm that rings, and the command that it names. Absent: it is over by itself. */
  readonly page?: string
  readonly command?: CombinedCommand
}
export type CombinedCommand =
  | 'migrate'
  | 'ledger restored'
  | 'ledger restored --keys'
  | 'ledger remember'

// Longer than a lease; than the feed may stand still (`LOG_BEHIND`); than the age at which a clock is looked at.
const [shortMs, longMs, feedMs, clockMs] = [3000, 11_000, 17_000, 6000]
const killedWithinMs = 2500
const signedMs = 30_000
const nothingToDo = () => Promise.resolve()
const rotatable = ['cookie', 'dpop-nonce', 'data', 'seal', 'id-token', 'decision', 'receipt', 'log']
/** Nobody relies on it: a number more of its version, and another telephone. */
const changedFile = 'organisations/org_aide-etudes.yaml'
const lostPaths = ['signed.json', 'log', 'heads', 'signing', 'witnesses', '.']

export const combinedFaults: Readonly<Record<string, CombinedFault>> = {
  'the database is away at a start': {
    page: 'database-away',
    async strike(at) {
      await at.server.stop()
      // Nobody listens, or what listens has no database behind it.
      const isRefused = at.chance() < 0.5
      if (isRefused) await at.wire.refuse()
      for (const house of Array.from(at.ground.houses)) {
        await at.ground.close(house, 'SIGKILL')
        void at.open(house.kind)
      }
      await setTimeout(shortMs)
      return async () => {
        await startServer(at.server)
        await at.wire.pass()
      }
    },
  },
  'PostgreSQL is frozen': {
    page: 'database-away',
    async strike({ server }) {
      server.signal('SIGSTOP', 'all')
      await setTimeout(shortMs)
      return () => Promise.resolve(server.signal('SIGCONT', 'all'))
    },
  },
  'the database is read-only': {
    page: 'database-away',
    async strike(at) {
      await setReadOnly(at.server.ask, 'on')
      await setTimeout(shortMs)
      return () => setReadOnly(at.server.ask, 'off')
    },
  },
  'an older copy is put back': {
    page: 'database-restored',
    command: 'ledger restored',
    async strike(at) {
      const files = mkdtempSync(join(at.kept, 'copy-'))
      const stopIt = await at.share()
      await at.server.stop()
      for (const name of ['postgres.json', 'pg'])
        cpSync(join(at.server.folder, name), join(files, name), { recursive: true })
      await at.server.start()
      at.safe = mkdtempSync(join(at.kept, 'safe-'))
      cpSync(join(at.ground.dataDir, 'keys'), at.safe, { recursive: true })
      // What the copy will lack is signed, unless another fault is in the way.
      if (stopIt !== undefined && (await stopIt())) at.livedSince++
      if ((await at.share()) !== undefined) at.livedSince++
      await until('it is signed', () => isSigned(at.server), signedMs).catch(() => undefined)
      return () => moveTo(at, files)
    },
  },
  'a standby is promoted': {
    page: 'database-away',
    async strike(at) {
      const primary = at.server
      const standby = await follow(primary, { name: 'standby', ends: at.ends })
      await makeSynchronous(primary, 'standby')
      return async () => {
        // A copy may have taken the place of the one that it followed.
        if (at.server !== primary) return
        primary.signal('SIGKILL', 'all')
        await primary.gone()
        await promote(standby)
        await forgetSettings(standby.ask)
        at.ends.push(() => primary.remove())
        at.server = standby
        at.wire.leadTo(standby.url)
      }
    },
  },
  'a key is changed': {
    page: 'database-restored',
    command: 'ledger restored --keys',
    async strike(at) {
      const purpose = oneOf(rotatable, at.chance)
      const { accord } = at.ground
      const [, old = ''] =
        new RegExp(`^${purpose} +(\\S+)`, 'm').exec((await accord(['keys', 'list'])).output) ?? []
      // Nobody changes a key while the database is away.
      if ((await accord(['keys', 'rotate', purpose])).code !== 0) return 'skipped'
      await at.restart()
      if (purpose === 'log') await accord(['keys', 'retire', 'log', '--at-once'])
      else {
        await accord([
          'keys',
          'rotate',
          purpose,
          '--use',
          ...(isOfRows(purpose) ? [] : ['--at-once']),
        ])
        await at.restart()
        // Of one that rows are under, a second walk finds none.
        for (let tries = 0; tries < 3; tries++)
          await accord([
            'keys',
            'retire',
            purpose,
            old,
            ...(isOfRows(purpose) ? [] : ['--at-once']),
          ])
      }
      return nothingToDo
    },
  },
  'files of the log are gone': {
    page: 'log-late',
    command: 'ledger remember',
    strike({ ground: { ledgerDir }, chance }) {
      const path = join(ledgerDir, oneOf(lostPaths, chance))
      const names =
        path === join(ledgerDir, '.')
          ? readdirSync(ledgerDir).map((name) => join(ledgerDir, name))
          : [path]
      for (const name of names) rmSync(name, { recursive: true, force: true })
      return Promise.resolve(nothingToDo)
    },
  },
  'whoever has a duty is frozen': {
    page: 'process-away',
    async strike({ ground, chance }) {
      const house = anyOf(housesOf(ground, 'work'), chance)
      if (house === undefined) return 'skipped'
      house.signal('SIGSTOP')
      await setTimeout(longMs)
      return () => Promise.resolve(house.signal('SIGCONT'))
    },
  },
  'all workers are frozen, and the feed stands still': {
    page: 'log-late',
    async strike({ ground }) {
      const houses = housesOf(ground, 'work')
      for (const house of houses) house.signal('SIGSTOP')
      await setTimeout(feedMs)
      return () => Promise.resolve(houses.forEach((house) => house.signal('SIGCONT')))
    },
  },
  'a worker is killed': {
    page: 'process-away',
    async strike({ ground, chance }) {
      const house = anyOf(housesOf(ground, 'work'), chance)
      if (house === undefined) return 'skipped'
      await ground.close(house, 'SIGKILL')
      return nothingToDo
    },
  },
  'a web process is killed': {
    page: 'process-away',
    async strike({ ground, chance }) {
      const house = anyOf(housesOf(ground, 'serve'), chance)
      if (house === undefined) return 'skipped'
      await ground.close(house, 'SIGKILL')
      return nothingToDo
    },
  },
  'the disk of the log is full': {
    page: 'log-late',
    async strike({ disk }) {
      if (disk === undefined) return 'skipped'
      disk.fill()
      await setTimeout(shortMs)
      return () => Promise.resolve(disk.free())
    },
  },
  'a clock is wrong': {
    page: 'clock-wrong',
    async strike(at) {
      const library = libraryOfFaketime()
      if (library === undefined) return 'skipped'
      const kind = oneOf(['serve', 'work'] as const, at.chance)
      const house = anyOf(housesOf(at.ground, kind), at.chance)
      const clock = join(mkdtempSync(join(at.kept, 'clock-')), 'now')
      const setClock = (offset: string) => writeFileSync(clock, `${offset}\n`)
      setClock(oneOf(['-1h', '+1h', '+45s'], at.chance))
      if (house !== undefined) await at.ground.close(house, 'SIGKILL')
      const env = [
        `LD_PRELOAD=${library}`,
        `FAKETIME_TIMESTAMP_FILE=${clock}`,
        'FAKETIME_NO_CACHE=1',
        'FAKETIME_DONT_FAKE_MONOTONIC=1',
        'NO_FAKE_STAT=1',
      ]
      void at.open(kind, { command: ['env', ...env] })
      await setTimeout(clockMs)
      return () => Promise.resolve(setClock('+0'))
    },
  },
  'a migration is killed half-way': {
    page: 'process-away',
    command: 'migrate',
    async strike({ server, ground, chance }) {
      // It has something to do: a function of ours is gone.
      await server.ask(
        'drop function if exists take_tries(text[], integer[], integer[], integer, bigint)',
      )
      const migration = ground.begin(['src/main.ts', 'migrate'])
      const isAtWork = async () => migration.process.exitCode !== null || (await migrates(server))
      await until('it migrates', isAtWork, 20_000).catch(() => undefined)
      await setTimeout(killedWithinMs * chance())
      await migration.end('SIGKILL')
      return nothingToDo
    },
  },
  'a register is applied meanwhile': {
    async strike({ ground }) {
      const register = join(ground.dataDir, 'register')
      writeFileSync(
        join(register, changedFile),
        changed(readFileSync(join(register, changedFile), 'utf8')),
      )
      const applied = ground.accord(['register', 'apply', register])
      return async () => {
        const { code, output } = await applied
        // It was in the way of another fault: somebody applies it again.
        if (code !== 0) await ground.accord(['register', 'apply', register])
        if (code !== 0) tell({ registerRefused: output.slice(-300) })
      }
    },
  },
  'other code is in the database': {
    page: 'code-untrusted',
    command: 'migrate',
    async strike({ server }) {
      await server.ask(
        'create or replace function quebec_day(moment timestamptz) returns date language sql immutable as $$ select (moment at time zone $q$America/Toronto$q$)::date + 0 $$',
      )
      await setTimeout(shortMs)
      return nothingToDo
    },
  },
}

function isOfRows(purpose: string): boolean {
  return purpose === 'data' || purpose === 'seal'
}

function anyOf<T>(list: readonly T[], chance: () => number): T | undefined {
  return list.length === 0 ? undefined : oneOf(list, chance)
}

function changed(yaml: string): string {
  const version = Number(/^version: (\d+)$/m.exec(yaml)?.[1])
  const telephone = `+1418555${String(version).padStart(4, '0')}`
  return yaml
    .replace(/^version: .*$/m, `version: ${version + 1}`)
    .replace(/telephone: .*$/m, `telephone: '${telephone}'`)
}

async function migrates({ ask }: Server): Promise<boolean> {
  const rows = await ask(
    `select from pg_locks where locktype = 'advisory' and granted and objid::bigint = hashtext('accord.migrate')::bigint & 4294967295`,
  )
  return rows.length > 0
}

async function isSigned({ ask }: Server): Promise<boolean> {
  const [row] = await ask(`select not exists (select from ledger_pending)
    and not exists (select from ledger_position p where p.leaf_index >= coalesce((select max(c.tree_size) from checkpoint c where c.log_id = p.log_id), 0)) as done`)
  return row?.['done'] === true
}

/** How many entries of each log together stand in a signed tree. */
async function signedEntries({ ask }: Server): Promise<number> {
  const [row] = await ask(
    'select coalesce(sum(size), 0)::int as size from (select max(tree_size) as size from checkpoint group by log_id) as trees',
  ).catch(() => [])
  return Number(row?.['size'] ?? 0)
}

async function startServer(server: Server): Promise<void> {
  server.signal('SIGCONT', 'all')
  if (server.isRunning()) return
  await server.gone()
  await server.start()
}

/** The library of Debian's faketime, which gives a process another clock. */
function libraryOfFaketime(): string | undefined {
  try {
    const options = { encoding: 'utf8', timeout: 10_000 } as const
    return execFileSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], options).trim()
  } catch {
    return undefined
  }
}

async function setReadOnly(ask: Server['ask'], on: 'on' | 'off'): Promise<void> {
  await ask(`alter system set default_transaction_read_only = ${on}`)
  await ask('select pg_reload_conf()')
}

/** What was set on the server of then came with its files. */
async function forgetSettings(ask: Server['ask']): Promise<void> {
  for (const name of ['default_transaction_read_only', 'synchronous_standby_names'])
    await ask(`alter system reset ${name}`)
  await ask('select pg_reload_conf()')
}

/** All processes are stopped, another server has the files of a copy, and they are started on it. */
async function moveTo(at: Combined, files: string): Promise<void> {
  const { ground, server } = at
  const kinds: House['kind'][] = []
  for (const house of Array.from(ground.houses)) {
    kinds.push(house.kind)
    await ground.close(house, 'SIGKILL')
  }
  await startServer(server)
  const signed = await signedEntries(server)
  await server.stop()
  at.ends.push(() => server.remove())
  await at.wire.refuse()
  const other = await makeServer({ name: 'copy', files })
  await other.start()
  await until('it takes writes', async () =>
    (await other.ask('select not pg_is_in_recovery() as is')).some(({ is }) => is === true),
  )
  // The copy may be of a primary that waited for a standby: without this, each write would wait for ever.
  await forgetSettings(other.ask)
  await other
    .ask(
      'delete from oidc_session_authorizations; delete from oidc_artifacts; delete from oidc_sessions',
    )
    .catch(() => undefined)
  at.lostSigned ||= signed > (await signedEntries(other))
  at.server = other
  at.wire.leadTo(other.url)
  await at.wire.pass()
  await Promise.all(kinds.map((kind) => at.open(kind)))
}

/** Two or three faults, one after another or at once, as a seed deals them. */
export type Draw = { readonly names: readonly string[]; readonly isAtOnce: boolean }

export function drawnFrom(chance: () => number, tries: number): Draw[] {
  return Array.from({ length: tries }, () => {
    const left = Object.keys(combinedFaults)
    const names = Array.from({ length: chance() < 0.5 ? 2 : 3 }, () => {
      const name = oneOf(left, chance)
      left.splice(left.indexOf(name), 1)
      return name
    })
    return { names, isAtOnce: chance() < 0.5 }
  })
}

/** The file of a page of an incident. */
export function pageOf(name: string): string {
  return join(import.meta.dirname, `../../docs/operate/incidents/${name}.en.md`)
}

export function freshFolder(): string {
  return mkdtempSync(join(quickFolder(), 'accord-combined-'))
}
