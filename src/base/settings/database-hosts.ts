import { callbackify } from 'node:util'
import { Client } from 'pg'
import { optionsOf, otherEnd } from './dead-peers.ts'
import type { SuperuserSettings } from './pinned-settings.ts'
import { changedMeaning, pinnedOptions, superuserSettings } from './pinned-settings.ts'
import { OperatorError } from '../values/operator-error.ts'

// DATABASE_URL may name several servers, of which one takes writes: postgres://accord@one:5432,two:5432/accord. libpq knows how to
// choose among them, pg does not (decision 0090).

/** One server, and what to give to pg for it. */
type Server = { readonly url: string; readonly host: string; readonly port: number }

const maxServers = 8
const usualPort = 5432
const attributes = 'target_session_attrs'
// We write: a server that only reads is of no use.
const chosen = ['read-write', 'primary']

/** The servers of a DATABASE_URL, in its order; undefined for anything else. */
export function serversOf(url: string): Server[] | undefined {
  const parts = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]*)((?:[/?#].*)?)$/.exec(url)
  const [, before = '', hosts = '', after = ''] = parts ?? []
  const servers = hosts.split(',').map((host) => serverOf(`${before}${host}${after}`))
  if (parts === null || servers.length > maxServers) return undefined
  return servers.every((server) => server !== undefined) ? servers : undefined
}

function serverOf(url: string): Server | undefined {
  if (!URL.canParse(url)) return undefined
  const parsed = new URL(url)
  const wanted = parsed.searchParams.get(attributes)
  if (wanted !== null && !chosen.includes(wanted)) return undefined
  parsed.searchParams.delete(attributes)
  const host = decodeURIComponent(parsed.hostname).replaceAll(/[[\]]/g, '')
  return { url: parsed.href, host, port: Number(parsed.port || usualPort) }
}

/**
 * A DATABASE_URL as it may be shown: role, servers and database. Its password and its options, which may hold secrets, are left out.
 * @returns undefined for anything that is no DATABASE_URL
 */
export function shownDatabase(url: string): string | undefined {
  const servers = serversOf(url)
  const [first] = servers ?? []
  if (servers === undefined || first === undefined) return undefined
  const { protocol, username, password, pathname } = new URL(first.url)
  const role = username === '' ? '' : `${username}${password === '' ? '' : ':[secret]'}@`
  return `${protocol}//${role}${servers.map(hostAndPort).join(',')}${pathname}`
}

function hostAndPort({ host, port }: Place): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** What to give to pg: an address of one server, and the client that connects to whichever of the servers takes writes. */
export type Target = {
  readonly connectionString: string
  readonly Client: typeof Client
  /**
   * Whether a connection goes to the server that was found last: once another takes writes, nothing more is asked of the old one.
   * Absent: there is one server.
   */
  readonly isCurrent?: (connection: Place) => boolean
}

type Place = Pick<Server, 'host' | 'port'>

/** @param connectMs how long the way to a connection may take: to find the server takes half of it at most */
export function pgTarget(url: string, connectMs: number): Target {
  const [first, ...more] = serversOf(url) ?? []
  if (first === undefined) throw new TypeError('not a DATABASE_URL')
  if (more.length === 0) return { connectionString: first.url, Client: lookingClient() }
  let newest: Place = first
  const found = (server: Server) => {
    newest = server
  }
  return {
    connectionString: first.url,
    Client: lookingClient(() => writableOf([first, ...more], probeMsOf(connectMs)), found),
    isCurrent: ({ host, port }) => host === newest.host && port === newest.port,
  }
}

// A server that hangs is waited for only where no other takes writes; then it is soon time to look again.
const longestProbeMs = 2000

function probeMsOf(connectMs: number): number {
  return Math.min(connectMs / 2, longestProbeMs)
}

// A class, because pg, its pool and knex make their own clients of one. Each connection looks again: the servers may have changed parts,
// and a superuser may have changed what statements mean.
function lookingClient(
  choose?: () => Promise<Server>,
  found: (server: Server) => void = () => undefined,
): typeof Client {
  return class extends Client {
    override connect(): Promise<this>
    override connect(callback: (error: Error) => void): void
    override connect(callback?: (error: Error) => void): Promise<this> | void {
      // A pool listens once it has the connection: one that breaks while it is still looked at would end the process.
      this.on('error', () => undefined)
      const connecting = (choose?.() ?? Promise.resolve(undefined)).then(async (server) => {
        if (server !== undefined) {
          const { host, port } = server
          found(server)
          Object.assign(this, { host, port }) // pg reads both when it connects
        }
        await super.connect()
        await requireMeaning(this)
        return this
      })
      if (callback === undefined) return connecting
      callbackify(() => connecting)(callback)
    }
  }
}

async function requireMeaning(client: Client): Promise<void> {
  try {
    const { rows } = await client.query<SuperuserSettings>(superuserSettings)
    const changed = rows[0] && changedMeaning(rows[0])
    if (changed !== undefined)
      throw new OperatorError(
        `In the database of DATABASE_URL ${changed} for this role: a superuser takes that back (alter role … reset, alter database … reset, alter system reset).`,
      )
  } catch (error) {
    void client.end().catch(() => undefined)
    throw error
  }
}

// All are asked at once, so that one that hangs costs no time while another answers.
async function writableOf(servers: readonly Server[], probeMs: number): Promise<Server> {
  try {
    return await Promise.any(servers.map((server) => requireWritable(server, probeMs)))
  } catch (error) {
    const causes = error instanceof AggregateError ? (error.errors as unknown[]) : []
    // Refused passwords are told as such; else no server takes writes now, which passes by itself.
    throw causes.find(isRefusal) ?? outage(error)
  }
}

function isRefusal(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && /^(28|3D)/.test(String(cause.code))
}

// 57P03 is PostgreSQL's own cannot_connect_now.
function outage(cause: unknown): Error {
  return Object.assign(new Error('no server of DATABASE_URL takes writes', { cause }), {
    code: '57P03',
  })
}

async function requireWritable(server: Server, probeMs: number): Promise<Server> {
  const client = new Client({
    connectionString: server.url,
    application_name: 'accord-probe',
    options: optionsOf([...pinnedOptions, ...otherEnd]),
    connectionTimeoutMillis: probeMs,
    query_timeout: probeMs,
  })
  client.on('error', () => undefined) // its next statement gets the error
  try {
    await client.connect()
    const { rows } = await client.query<{ isReadOnly: string }>(
      `select current_setting('transaction_read_only') as "isReadOnly"`,
    )
    if (rows[0]?.isReadOnly !== 'off') throw new Error('read-only')
    return server
  } finally {
    void client.end().catch(() => undefined)
  }
}
