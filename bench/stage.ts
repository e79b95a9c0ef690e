import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../src/base/database/database.ts'
import type { Client } from './client.ts'
import { makeClient } from './client.ts'
import { liveHistories } from './histories.ts'
import type { LogDesk } from './log.ts'
import type { Options } from './options.ts'
import { parts } from './options.ts'
import type { Typist } from './passwords.ts'
import { typeUp } from './passwords.ts'
import type { Postgres } from './postgres.ts'
import { roomy, startPostgres } from './postgres.ts'
import type { ByServer } from './results.ts'
import { manyCallers } from './results.ts'
import type { Seeded } from './seed.ts'
import { seedConsents, untilTakenIn } from './seed.ts'
import type { Launched, Running, ServerName } from './servers.ts'
import { addressOf, ledgerOf, startServer, startSigner, startWork } from './servers.ts'
import type { SignedIn } from './sign-up.ts'
import { shareAsNewcomer, signInByForm } from './sign-up.ts'
import { median, rounded } from './statistics.ts'
import type { Stops } from './stops.ts'
import { say } from './stops.ts'
import type { Services, Signers, Target } from './target.ts'
import { servicesOf } from './target.ts'
import { frozenCommit, treeAt } from './trees.ts'
import { baselineClients, furnish, issuer, makeSigners } from './world.ts'

export type Stage = {
  readonly postgres: Postgres
  readonly targets: readonly Target[]
  readonly startSeconds: ByServer<number>
  /** The background work of ours, beside all but what is measured of the log. */
  readonly work: Launched
  readonly log: LogDesk
  /** Gives everybody who signed in a history of so many events, at ours. */
  live(events: number): Promise<void>
  /** Fills both databases up to so many consents. */
  fill(consents: number): Promise<readonly Target[]>
}

export type Place = {
  readonly dir: string
  readonly keysDir: string
  /** Where the keys of our broker lie. */
  readonly ours: Readonly<Record<string, string>>
  readonly postgres: Pick<Postgres, 'pid'>
  readonly signers: Signers
  readonly urls: Readonly<Record<ServerName, string>>
}

const signUpsAtOnce = 4

/** Everything that is measured, running: one PostgreSQL, ours, the naive provider and the ceiling. */
export async function openStage(options: Options, stops: Stops): Promise<Stage> {
  const place = await openPlace(stops, options.signer)
  say('starting the servers')
  const accord = await startAgain(place, options.rounds, stops)
  const work = startWorkAt(place, stops)
  const tree = await treeAt(frozenCommit, join(place.dir, 'frozen'))
  const others: [ServerName, Running][] = [
    ['naive', await startServer({ ...startOf('naive', place), tree }, stops)],
    ['ceiling', await startServer({ ...startOf('ceiling', place), tree }, stops)],
  ]
  const all: [ServerName, Running][] = [['accord', accord.running], ...others]
  const targets: Target[] = []
  for (const [name, running] of all) targets.push(await aim(name, running, place, options, stops))
  const starts = others.map(([name, { startSeconds }]) => [name, rounded(startSeconds)] as const)
  return {
    postgres: place.postgres,
    targets,
    startSeconds: { accord: accord.startSeconds, ...Object.fromEntries(starts) },
    work,
    log: {
      databaseUrl: place.urls.accord,
      startWork: () => startWorkAt(place, stops),
    },
    async live(events) {
      const [ours] = targets
      const { urls, keysDir } = place
      if (ours !== undefined)
        await liveHistories(ours, { databaseUrl: urls.accord, keysDir }, events)
      await untilTakenIn(urls.accord)
    },
    fill: (consents) => filled(targets, place, consents),
  }
}

/** A PostgreSQL with a furnished database for ours and one for the naive provider. */
export async function openPlace(
  stops: Stops,
  hasSigner: boolean,
  settings: Readonly<Record<string, string>> = {},
): Promise<Place & { readonly postgres: Postgres }> {
  const dir = mkdtempSync(join(tmpdir(), 'accord-bench-'))
  stops.add(async () => {
    rmSync(dir, { recursive: true, force: true })
    await Promise.resolve()
  })
  say('starting PostgreSQL')
  const postgres = await startPostgres(dir, stops, { ...roomy, ...settings })
  const signers = makeSigners()
  const keysDir = join(dir, 'keys')
  const urls = {
    accord: await postgres.createDatabase(databases.accord),
    naive: await postgres.createDatabase(databases.naive),
    ceiling: '',
  }
  for (const url of [urls.accord, urls.naive]) await furnish(url, keysDir, signers)
  const ours = hasSigner ? await keysElsewhere(dir, keysDir, stops) : { KEYS_DIR: keysDir }
  return { dir, keysDir, ours, postgres, signers, urls }
}

// The baselines, and what fills the databases, keep the whole folder.
async function keysElsewhere(dir: string, keysDir: string, stops: Stops) {
  const purposes = ['id-token', 'decision', 'receipt', 'data']
  const [near, far] = [join(dir, 'near'), join(dir, 'far')]
  for (const folder of [near, far]) cpSync(keysDir, folder, { recursive: true })
  for (const purpose of purposes) rmSync(join(near, purpose), { recursive: true })
  for (const folder of [near, far])
    for (const path of [folder, ...readdirSync(folder).map((name) => join(folder, name))])
      if (statSync(path).isDirectory()) chmodSync(path, 0o700)
  const sockets = await startSigner({ dir, keysDir: far, issuer, purposes }, stops)
  return { KEYS_DIR: near, SIGNER_SOCKETS: sockets }
}

// The embedded server has one named `accord` of its own, from which it is administered.
export const databases = { accord: 'bench_accord', naive: 'bench_naive' } as const

export function startOf(name: ServerName, { dir, keysDir, ours: keys, signers, urls }: Place) {
  // All requests come from one machine as fast as possible: the limits count, but are too high to refuse anything.
  const lifted = { PUSHED_PER_MINUTE: '1000000', VISITS_PER_MINUTE: '1000000' }
  // Nothing connects to this mail server: the benchmark reads the messages from the database.
  const mail = { SMTP_URL: 'smtp://mail.invalid' }
  const ours = { TRUSTED_PROXIES: '1', WORK: 'no', ...ledgerOf(dir), ...mail, ...lifted }
  const theirs = { CLIENTS: JSON.stringify(baselineClients(signers)) }
  return {
    name,
    dir,
    issuer,
    env: {
      KEYS_DIR: keysDir,
      DATABASE_URL: urls[name],
      ...(name === 'accord' ? { ...ours, ...keys } : theirs),
    },
  }
}

/** Without a process that takes entries in nothing is permitted after a minute. It has no relay: it sends no message. */
export function startWorkAt({ dir, keysDir, urls }: Place, stops: Stops): Launched {
  const env = { KEYS_DIR: keysDir, DATABASE_URL: urls.accord, TRUSTED_PROXIES: '1' }
  return startWork({ dir, issuer, env: { ...env, ...ledgerOf(dir) } }, stops)
}

/** Starts our broker once for each round; the last one stays. */
async function startAgain(place: Place, rounds: number, stops: Stops) {
  const times: number[] = []
  for (;;) {
    const running = await startServer(startOf('accord', place), stops)
    times.push(running.startSeconds)
    if (times.length === rounds) return { running, startSeconds: rounded(median(times)) }
    await running.stop()
  }
}

type Aim = Pick<Options, 'callers' | 'only'> & {
  /** People with passwords, if they are there already. */
  readonly typists?: readonly Typist[] | undefined
}

/** Signs people in at a server that runs. */
export async function aim(
  name: ServerName,
  { pid, port, output }: Pick<Running, 'pid' | 'port' | 'output'>,
  { signers, postgres, urls, keysDir }: Place,
  { callers, only = parts, typists }: Aim,
  stops: Stops,
): Promise<Target> {
  const client = makeClient(issuer, addressOf(port), Math.max(callers, manyCallers))
  stops.add(() => client.close())
  const services = servicesOf(name, signers)
  const withPasswords = only.some((part) => part.startsWith('password'))
  say(`signing in ${callers} people at ${name}`)
  const people: SignedIn[] = []
  while (people.length < callers) {
    const next = Array.from(
      { length: Math.min(signUpsAtOnce, callers - people.length) },
      async (_, i) =>
        name === 'accord'
          ? shareAsNewcomer(client, issuer, services.relying)
          : signInByForm(client, issuer, services.relying, `person-${people.length + i}`),
    )
    people.push(...(await Promise.all(next)))
  }
  return {
    name,
    issuer,
    client,
    pids: { server: pid, postgres: name === 'ceiling' ? undefined : postgres.pid },
    output,
    database: name === 'ceiling' ? undefined : databases[name],
    services,
    jars: people.map(({ jar }) => jar),
    refreshTokens: people.map(({ refreshToken }) => refreshToken),
    typists:
      typists !== undefined
        ? typists
        : withPasswords && name === 'accord'
          ? await typistsAt(client, services, { databaseUrl: urls.accord, keysDir })
          : [],
    anyone: undefined,
  }
}

/** Makes as many people as may queue at once, because each may sign in at most a hundred times an hour. */
async function typistsAt(
  client: Client,
  { app }: Services,
  { databaseUrl, keysDir }: { readonly databaseUrl: string; readonly keysDir: string },
): Promise<Typist[]> {
  say(`making ${manyCallers} passwords`)
  const typists: Typist[] = []
  const db = openDatabase(databaseUrl)
  const house = { issuer, db, keysDir }
  try {
    while (typists.length < manyCallers) typists.push(await typeUp(client, house, app))
  } finally {
    await db.destroy()
  }
  return typists
}

async function filled(
  targets: readonly Target[],
  { urls, keysDir }: Place,
  consents: number,
): Promise<Target[]> {
  const withPeople: Target[] = []
  for (const target of targets.filter(({ database }) => database !== undefined)) {
    say(`filling ${target.name} up to ${consents} consents`)
    const seeded: Seeded = await seedConsents(urls[target.name], keysDir, consents)
    withPeople.push({ ...target, anyone: seeded.anyone })
  }
  await untilTakenIn(urls.accord)
  return withPeople
}
