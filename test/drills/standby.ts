import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../support/fault-process.ts'
import { quickFolder } from '../support/own-server.ts'
import type { Server } from './servers.ts'
import { backUp, followed, makeServer } from './servers.ts'

export type Machine = { readonly address: string; readonly command: readonly string[] }

export type Pair = {
  readonly primary: Server
  readonly standby: Server
  /** From now on nothing is confirmed that the standby has not. */
  confirm(): Promise<void>
}

type Settings = Readonly<Record<string, string>>
type Ends = (() => Promise<unknown>)[]

const usual: Settings = { wal_keep_size: '512MB', wal_sender_timeout: '3s' }

/** A primary and a standby that follows it, both running. @param ends gets what ends them */
export async function makePair(
  ends: Ends,
  [one, two]: readonly Machine[] = [],
  more: Settings = {},
): Promise<Pair> {
  const settings = { ...usual, ...more }
  const primary = await makeServer({ name: 'one', settings, ...(one && { host: one }) })
  ends.push(() => primary.remove())
  await primary.start()
  const standby = await follow(primary, { name: 'two', ends, settings, ...(two && { host: two }) })
  return { primary, standby, confirm: () => makeSynchronous(primary, 'two') }
}

type Following = {
  readonly name: string
  readonly ends: Ends
  readonly settings?: Settings
  readonly host?: Machine
}

/** A copy of a primary that follows it, running. */
export async function follow(
  primary: Server,
  { name, ends, settings = usual, host }: Following,
): Promise<Server> {
  const files = mkdtempSync(join(quickFolder(), 'accord-base-'))
  try {
    await backUp(primary, files)
    const standby = await makeServer({ name, settings, files, ...(host && { host }) })
    ends.push(() => standby.remove())
    writeFileSync(join(standby.folder, 'pg/standby.signal'), '')
    await standby.start({ primary_conninfo: followed(primary, name) })
    return standby
  } finally {
    rmSync(files, { recursive: true, force: true })
  }
}

/** From now on the primary confirms nothing that this standby has not. */
export async function makeSynchronous(primary: Server, name: string): Promise<void> {
  await primary.ask(`alter system set synchronous_standby_names = '${name}'`)
  await primary.ask('select pg_reload_conf()')
  await until('the standby confirms', async () => {
    const rows = await primary.ask(`select from pg_stat_replication where sync_state = 'sync'`)
    return rows.length === 1
  })
}

/** The standby becomes a primary, and takes writes when this returns. */
export async function promote(standby: Server): Promise<void> {
  const [row] = await standby.ask('select pg_promote() as done')
  if (row?.['done'] !== true) throw new Error(`not promoted:\n${standby.said()}`)
}
