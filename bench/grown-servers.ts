import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeClient } from './client.ts'
import type { GrownPlace, Size } from './grown-place.ts'
import type { Launched } from './servers.ts'
import { addressOf, ledgerOf, startServer, startWork } from './servers.ts'
import type { Stops } from './stops.ts'
import type { Target } from './target.ts'
import { servicesOf } from './target.ts'
import { issuer } from './world.ts'

/** A web process over the database of one size, and what its callers need. */
export async function serveSize(
  place: GrownPlace,
  { consents, url, asked }: Size,
  { callers, chance }: { readonly callers: number; readonly chance: () => number },
  stops: Stops,
): Promise<Target> {
  const dir = folderOf(place, consents)
  // As fast as possible from one machine: the limits count, and refuse nothing.
  const lifted = { PUSHED_PER_MINUTE: '1000000', VISITS_PER_MINUTE: '1000000' }
  const mail = { SMTP_URL: 'smtp://mail.invalid' }
  const env = { ...envOf(place, url), ...ledgerOf(dir), WORK: 'no', ...mail, ...lifted }
  const running = await startServer({ name: 'accord', issuer, dir, env }, stops)
  const client = makeClient(issuer, addressOf(running.port), callers)
  stops.add(() => client.close())
  const { subjects } = asked
  return {
    name: 'accord',
    issuer,
    client,
    pids: { server: running.pid, postgres: place.postgres.pid },
    output: running.output,
    database: `growth_${consents}`,
    services: servicesOf('accord', place.signers),
    jars: [],
    refreshTokens: [],
    typists: [],
    anyone: () => subjects[Math.floor(chance() * subjects.length)] ?? '',
  }
}

/** The background work of one size. */
export function workSize(place: GrownPlace, { consents, url }: Size, stops: Stops): Launched {
  const dir = folderOf(place, consents)
  const env = { ...envOf(place, url), ...ledgerOf(dir) }
  return startWork({ issuer, dir, env }, stops)
}

function envOf({ keysDir }: GrownPlace, url: string) {
  return { KEYS_DIR: keysDir, DATABASE_URL: url, TRUSTED_PROXIES: '1' }
}

function folderOf(place: GrownPlace, consents: number): string {
  const dir = join(place.dir, `size-${consents}`)
  mkdirSync(dir, { recursive: true })
  return dir
}
