import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import type { Database, Transaction } from '../../src/base/database/database.ts'
import { openDatabase } from '../../src/base/database/database.ts'
import { readingSession } from '../../src/base/database/db-session.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { readConfig } from '../../src/base/settings/config.ts'
import { writeId } from '../../src/base/values/ids.ts'
import { buildApp } from '../../src/house/app.ts'
import type { KnownHeads } from '../../src/ledger/chain/index.ts'
import { makeKnownHeads } from '../../src/ledger/chain/known-heads.ts'
import { logRows } from '../../src/ledger/transparency-log/store.ts'
import { makeLook } from '../../src/pages/status/cached-look.ts'
import { issuer, ownEnv } from './broker.ts'
import type { Answer, Browser } from './browser.ts'
import { formsOf } from './browser.ts'
import { quickCost } from './codes.ts'
import { housePatience } from './patience.ts'
import { signedInAgain } from './person.ts'
import type { Load } from './sharing-load.ts'
import { currentRows } from './sharing-load.ts'

// A whole house among those who look at what the tamper drill changed: over HTTP, with every route. It reads and writes the transaction of
// a try, and knows the ends of chains as a process that was started since and has read the feed.

const renewMs = 300_000

/** What is shown, by address: pages of hers, her file, a receipt, the public log, how the service is. */
export type Shown = ReadonlyMap<string, string>

export type Pages = {
  /** They come in again: a page that needs a recent proof asks for one after a quarter of an hour. */
  renew(): Promise<void>
  look(over: Over, personId: string): Promise<Shown>
  close(): Promise<void>
}

type Over = { readonly tx: Transaction; readonly heads: KnownHeads }

type Opening = {
  readonly load: Load
  readonly ledgerDir: string
  readonly people: readonly string[]
}

export async function openPages({ load, ledgerDir, people }: Opening): Promise<Pages> {
  const { databaseUrl, keysDir } = load.stage
  const own = openDatabase(databaseUrl, housePatience)
  const current = new AsyncLocalStorage<Over>()
  const db = lentTo(own, () => current.getStore()?.tx)
  const heads = knownIn(() => current.getStore()?.heads)
  const config = readConfig(
    {
      ...ownEnv,
      NODE_ENV: '',
      CLOCK_OFFSET: 'P0D',
      ISSUER: issuer,
      PORT: '20000',
      WORK: 'no',
      DATABASE_URL: databaseUrl,
      DATA_DIR: dirname(keysDir),
      LEDGER_DIR: ledgerDir,
    },
    true,
  )
  const quick = { hashCost: quickCost, patience: housePatience }
  const log = openLog('silent')
  const app = await buildApp(config, databaseUrl, { ...quick, log, over: { db, heads } })
  const over = { now: undefined as Over | undefined }
  const server = createServer((request, response) => {
    if (over.now === undefined) throw new Error('nobody looks')
    current.run(over.now, () => app.server.emit('request', request, response))
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // always so for a TCP server
  const site = { issuer, ports: [port] }
  const browsers = new Map<string, Browser>()
  let renewed = -Infinity
  async function renew(): Promise<void> {
    if (performance.now() - renewed < renewMs) return
    renewed = performance.now()
    for (const personId of people) {
      const key = await load.db('passkeys').where({ personId }).first('passkeyId')
      if (key === undefined) throw new Error('she has no key')
      const by = { personId, passkeyId: key.passkeyId }
      browsers.set(personId, await signedInAgain({ ...site, db: load.db, keysDir }, by))
    }
  }
  return {
    renew,
    async look(now, personId) {
      over.now = now
      try {
        // Another try is over another transaction: what a page changes is undone.
        const browser = browsers.get(personId)?.clone()
        if (browser === undefined) throw new Error('she did not come in')
        const shown = await shownTo(browser, await addressesOf(load, now.tx, personId))
        const looked = makeLook({ ...app.foundation, db: now.tx })
        const status = await now.tx.transaction(() => looked())
        const states = status.parts.map(({ name, state }) => ({ name, state }))
        return new Map([...shown, ['/status.json', JSON.stringify(states)]])
      } finally {
        over.now = undefined
      }
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
      await app.close()
    },
  }
}

/** This database, or the transaction that is lent in its place. */
function lentTo(own: Database, lent: () => Transaction | undefined): Database {
  const now = () => lent() ?? own
  return new Proxy(own, {
    apply: (_, __, given: Parameters<Database>) => now()(...given),
    get: (_, name) => now()[name as keyof Database],
  })
}

function knownIn(lent: () => KnownHeads | undefined): KnownHeads {
  const own = makeKnownHeads()
  const now = () => lent() ?? own
  return {
    get fed() {
      return now().fed
    },
    note: (...given) => now().note(...given),
    reached: (...given) => now().reached(...given),
    compare: (...given) => now().compare(...given),
    follow: () => undefined,
    cameTo: () => undefined,
    lateMs: () => 0,
    isBehind: () => now().isBehind(),
    haltWhile: () => undefined,
    isHalted: () => false,
  }
}

async function addressesOf(load: Load, tx: Transaction, personId: string): Promise<string[]> {
  const rows = await currentRows({ ...load, db: tx }, personId).catch(() => [])
  const last = rows.at(-1)
  const logs = await logRows(readingSession(tx)).catch(() => [])
  return [
    '/mes-partages',
    ...(last === undefined ? [] : [`/mes-partages/${writeId('con', last.consentId)}`]),
    '/activite',
    '/preuves',
    '/acces/rien-ne-manque',
    '/acces/donnees',
    '/log/policy',
    '/log/leaves',
    ...logs.map(({ year, shard }) => `/log/${year}/p${shard}/checkpoint`),
  ]
}

const receiptHref = /href="([^"]*\/recus\/[^"/]+)"/

async function shownTo(
  browser: Browser,
  addresses: readonly string[],
): Promise<Map<string, string>> {
  const shown = new Map<string, string>()
  for (const address of addresses) {
    const answer = await browser.get(address)
    shown.set(address, textOf(answer))
    const [, receipt] = receiptHref.exec(answer.body) ?? []
    if (receipt !== undefined && address.startsWith('/mes-partages/'))
      for (const file of ['jwt', 'preuve'])
        shown.set(`a receipt, ${file}`, textOf(await browser.get(`${receipt}/${file}`)))
    const form = formsOf(answer).find(({ action }) => action.endsWith('/donnees/tout'))
    if (form !== undefined)
      shown.set('her file', textOf(await browser.post(form.action, form.fields)))
  }
  return shown
}

/** Where two texts first differ, and how. */
export function differenceOf(before = '', now = ''): string {
  let at = 0
  while (at < before.length && before[at] === now[at]) at++
  const [was, is] = [before, now].map((text) => text.slice(Math.max(0, at - 30), at + 60))
  return JSON.stringify([was, is])
}

// What is new in each answer says nothing: tokens of forms, numbers of requests, moments of now.
function textOf({ status, body }: Answer): string {
  const text = body
    .replaceAll(/(name="csrf" value=")[^"]*/g, '$1')
    .replaceAll(/nonce="[^"]*"|nonce-[\w+/=-]+/g, '')
    .replaceAll(/\b\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\b/g, (at) => at.slice(0, 13))
  return `${status} ${text}`
}
