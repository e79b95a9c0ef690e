import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { until } from '../support/fault-process.ts'
import { quickFolder } from '../support/own-server.ts'
import { oneOf } from './chance.ts'
import type { Ground, House } from './ground.ts'
import { housesOf } from './scene.ts'
import type { Server } from './servers.ts'
import { makeServer } from './servers.ts'
import { mountSmallDisk } from './small-disk.ts'

// What may befall a deployment, one fault beside another. Each says how it begins, and how it is over; what an operator has to do then
// stands in the page of its alarm, which names the command.

/** What a drill has of a deployment while faults are at work. The server changes where another one takes its place. */
export type Combined = {
  server: Server
  readonly ground: Ground
  readonly chance: () => number
  /** A folder of this try. */
  readonly kept: string
  /** The keys of the time of the copy, as a safe has them. */
  safe: string
  /** Starts a process, which may refuse to. */
  open(kind: House['kind']): Promise<void>
  /** Restarts what runs, as after a change of keys. */
  restart(): Promise<void>
  /** People live on for a while. */
  live(): Promise<void>
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

const [shortMs, longMs, feedMs] = [4000, 12_000, 20_000]
const nothingToDo = () => Promise.resolve()
const rotatable = ['cookie', 'dpop-nonce', 'data', 'seal', 'id-token', 'decision', 'receipt', 'log']
const lostPaths = ['signed.json', 'log', 'heads', 'signing', 'witnesses', '.']

export const combinedFaults: Readonly<Record<string, CombinedFault>> = {
  'the database is away at a start': {
    page: 'database-away',
    async strike({ server, ground, open }) {
      await server.stop()
      const opening = [...ground.houses].map(async (house) => {
        await ground.close(house, 'SIGKILL')
        await open(house.kind)
      })
      await setTimeout(shortMs)
      return async () => {
        await server.start()
        await Promise.all(opening)
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
    async strike({ server: { ask } }) {
      await setReadOnly(ask, 'on')
      await setTimeout(shortMs)
      return () => setReadOnly(ask, 'off')
    },
  },
  'an older copy is put back': {
    page: 'database-restored',
    command: 'ledger restored',
    async strike(at) {
      const files = mkdtempSync(join(at.kept, 'copy-'))
      await at.server.stop()
      for (const name of ['postgres.json', 'pg'])
        cpSync(join(at.server.folder, name), join(files, name), { recursive: true })
      await at.server.start()
      at.safe = mkdtempSync(join(at.kept, 'safe-'))
      cpSync(join(at.ground.dataDir, 'keys'), at.safe, { recursive: true })
      await at.live()
      return () => moveTo(at, files)
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
      await accord(['keys', 'rotate', purpose])
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
      const house = oneOf(housesOf(ground, 'work'), chance)
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
      await ground.close(oneOf(housesOf(ground, 'work'), chance), 'SIGKILL')
      return nothingToDo
    },
  },
  'a web process is killed': {
    page: 'process-away',
    async strike({ ground, chance }) {
      await ground.close(oneOf(housesOf(ground, 'serve'), chance), 'SIGKILL')
      return nothingToDo
    },
  },
  'the disk of the log is full': {
    page: 'log-late',
    async strike({ ground: { ledgerDir } }) {
      // Over the folder, in which the feed begins anew: what lay there comes back with it.
      const inner = join(ledgerDir, 'signing')
      mkdirSync(inner, { recursive: true })
      const disk = await mountSmallDisk(inner, 1)
      if (disk === undefined) return 'skipped'
      disk.fill()
      await setTimeout(shortMs)
      return () => disk.remove()
    },
  },
  'a migration is killed half-way': {
    page: 'process-away',
    command: 'migrate',
    async strike({ server, ground, chance }) {
      const done = ground.migrate()
      await setTimeout(shortMs * chance())
      await server.ask(
        `select pg_terminate_backend(pid) from pg_stat_activity where query like '%accord.migrate%' and pid <> pg_backend_pid()`,
      )
      return async () => void (await done)
    },
  },
  'a register is applied meanwhile': {
    async strike({ ground }) {
      const done = ground.accord(['register', 'apply', join(ground.dataDir, 'register')])
      return async () => void (await done)
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

async function setReadOnly(ask: Server['ask'], on: 'on' | 'off'): Promise<void> {
  await ask(`alter system set default_transaction_read_only = ${on}`)
  await ask('select pg_reload_conf()')
}

/** All processes are stopped, another server has the files of a copy, and they are started on it. */
async function moveTo(at: Combined, files: string): Promise<void> {
  const { ground, server } = at
  const kinds: House['kind'][] = []
  for (const house of ground.houses) {
    kinds.push(house.kind)
    await ground.close(house, 'SIGKILL')
  }
  await server.stop()
  const other = await makeServer({ name: 'copy', files })
  await other.start()
  await until('it takes writes', async () =>
    (await other.ask('select not pg_is_in_recovery() as is')).some(({ is }) => is === true),
  )
  await other
    .ask(
      'delete from oidc_session_authorizations; delete from oidc_artifacts; delete from oidc_sessions',
    )
    .catch(() => undefined)
  ground.moveTo(other.url)
  at.server = other
  for (const kind of kinds) await at.open(kind)
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

/** The file of a page of an incident, where there is one. */
export function pageOf(name: string): string {
  return join(import.meta.dirname, `../../docs/operate/incidents/${name}.en.md`)
}

export function isPage(name: string): boolean {
  return existsSync(pageOf(name))
}

export function freshFolder(): string {
  return mkdtempSync(join(quickFolder(), 'accord-combined-'))
}
