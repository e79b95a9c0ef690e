import type { Socket } from 'node:net'
import knex from 'knex'
import type { Knex } from 'knex'
import { Pool } from 'pg'
import type { Client } from 'pg'
import type { Target } from '../settings/database-hosts.ts'
import { pgTarget } from '../settings/database-hosts.ts'
import { namingDialect } from './named-statements.ts'
import { asUnavailable, isGivenUp, isOutage } from './database-outages.ts'
import type { TypedTables } from './typed-query.ts'
import { Unavailable } from '../values/refusal.ts'
import { camel, camelRows, snake } from './column-names.ts'
import { optionsOf, otherEnd, ownEnd } from '../settings/dead-peers.ts'
import { pinnedOptions } from '../settings/pinned-settings.ts'
import { traceStatements } from './statement-spans.ts'
import { inSpan } from '../logging/tracing.ts'

/** Reads. Inside a transaction only the transaction is used. */
export type Database = TypedTables &
  Pick<Knex, 'client' | 'destroy' | 'migrate' | 'on' | 'raw' | 'select'> & {
    transaction<T>(
      deed: (tx: Transaction) => Promise<T>,
      config?: Knex.TransactionConfig,
    ): Promise<T>
    transaction(): Promise<Transaction>
  }
/** Writes: a deed receives it, `transact` makes it. */
export type Transaction = Database & Pick<Knex.Transaction, 'commit' | 'rollback'>

export type Statement = {
  readonly name: string
  readonly text: string
  readonly values: readonly unknown[]
}

export type Patience = {
  /** How long one statement may take, and how long to wait for a connection: together under 2 s on the web. */
  readonly statementMs: number
  readonly acquireMs: number
  readonly connections: number
  /** How long a statement may wait for a lock. Absent: as long as it may take. */
  readonly lockMs?: number
  /** Connections for prepared statements alone. Absent: prepared statements share the other connections. */
  readonly prepared?: number
}

const nothing = () => undefined
const silent = { warn: nothing, error: nothing, deprecate: nothing, debug: nothing }

// A hot statement is planned once for each connection and not at each use: planning its joins costs more than running them. Its
// plan may be made while a table is empty, so the plan must not rely on that (docs/design/permit.md#read). PostgreSQL plans all
// other statements for their values, as usual. JIT compilation costs more than it saves for every statement of ours.
export const planSettings = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
]
const forAll = ['jit=off', ...pinnedOptions]

/**
 * Who waits for a strong lock keeps everybody waiting who comes later: no statement of ours waits longer, so that requests, which give up
 * after `webPatience`, go on.
 */
export const strongLockMs = 500

export const webPatience: Patience = {
  statementMs: 850,
  acquireMs: 850,
  connections: 10,
  prepared: 6,
}

/** Of a start or a command: nobody waits for a page, and a machine on which much starts is slow. */
export const startPatience: Patience = { ...webPatience, statementMs: 5000, acquireMs: 5000 }

// How long a connection may take to become ready after its statement has failed.
const settleMs = 100
const goodbyeMs = 1000

// The part of a pg client that hot statements and the check below use.
type Connection = {
  readonly host: string
  readonly port: number
  readonly readyForQuery: boolean
  readonly connection: {
    readonly stream: Socket
    on(event: 'errorMessage', listener: (told: { readonly code?: string }) => void): unknown
  }
  /** `I` outside of a transaction; null before the first statement. */
  getTransactionStatus(): 'I' | 'T' | 'E' | null
  once(event: 'drain', listener: () => void): unknown
  off(event: 'drain', listener: () => void): unknown
  query(statement: Statement): Promise<{ rows: unknown[] }>
  query(script: string): Promise<{ rowCount?: number | null }>
}
type Pooled = {
  driver: { readonly Client: typeof Client }
  acquireRawConnection(): Promise<Connection>
  acquireConnection(): Promise<Connection>
  releaseConnection(connection: Connection): Promise<void>
  validateConnection(connection: Connection): boolean
  destroy(): Promise<void>
  readonly pool: {
    readonly max: number
    numUsed(): number
    numFree(): number
    numPendingAcquires(): number
  }
}

/**
 * Opens a pool; connects at first use. Column names are snake_case in SQL and camelCase here.
 * @param isTraced whether its statements may be part of a trace
 */
export function openDatabase(
  url: string,
  patience: Patience = webPatience,
  isTraced = false,
): Database {
  const { prepared: connections, lockMs } = patience
  const opened = { target: pgTarget(url, patience.acquireMs), isTraced }
  const db = openKnex(
    opened,
    patience,
    lockMs === undefined ? forAll : [...forAll, `lock_timeout=${lockMs}`],
  )
  if (connections !== undefined) {
    const hot = openKnex(opened, { ...patience, connections }, [...forAll, ...planSettings])
    const client = pooled(db)
    const destroy = client.destroy.bind(client)
    client.destroy = async () => {
      await Promise.all([hot.destroy(), destroy()])
    }
    hotPools.set(client, pooled(hot))
  }
  return db as unknown as Database // knex's own type lets any text be a column
}

// The pool of prepared statements beside a pool. A transaction has a client of its own, and so none beside it.
const hotPools = new WeakMap<Pooled, Pooled>()

type OpenedTarget = { readonly target: Target; readonly isTraced: boolean }

function openKnex(
  { target, isTraced }: OpenedTarget,
  patience: Patience,
  settings: readonly string[],
): Knex {
  const { connectionString, Client: clientClass, isCurrent } = target
  const db = knex({
    client: namingDialect(),
    connection: {
      connectionString,
      application_name: 'accord',
      ...ownEnd,
      connectionTimeoutMillis: patience.acquireMs,
      statement_timeout: patience.statementMs,
      query_timeout: patience.statementMs,
      idle_in_transaction_session_timeout: 5000,
      options: optionsOf([...settings, ...otherEnd]),
    },
    // A connection of a database that hangs does not say that it has ended: a stop does not wait for it.
    pool: { min: 0, max: patience.connections, destroyTimeoutMillis: goodbyeMs },
    acquireConnectionTimeout: patience.acquireMs,
    log: silent, // what goes wrong is thrown, and logged once
    wrapIdentifier: (name, wrap) => wrap(name === '*' ? name : snake(name)),
    postProcessResponse: (response: unknown) => camelRows(response),
  })
  // A statement that query_timeout gave up leaves its connection busy, or, where the answer comes late after all, inside a
  // transaction that nobody ends. Such a connection is cut, so that its locks go with it, and is not handed out again.
  const client = pooled(db)
  client.driver = { Client: clientClass } // all that knex takes of pg
  const connect = client.acquireRawConnection.bind(client)
  client.acquireRawConnection = async () => {
    const connection = await connect().catch(asNoConnection)
    if (isTraced) traceStatements(connection)
    return watched(connection)
  }
  client.validateConnection =
    isCurrent === undefined ? isFree : (connection) => isFree(connection) && isCurrent(connection)
  const release = client.releaseConnection.bind(client)
  client.releaseConnection = async (connection) => {
    if (!isFree(connection)) connection.connection.stream.destroy()
    await release(connection)
  }
  return db
}

// Without a connection nothing can be done, whatever kept it from us: a network, a certificate, a password, a server that starts.
function asNoConnection(error: unknown): never {
  throw new Unavailable(error)
}

// Connections to a server that only reads (25006), which stay so for their life, also where the server takes writes again, or where
// another one has taken over; and those that have parsed a statement which now returns something else (0A000).
const spent = new WeakSet<Connection>()
const spentCodes: ReadonlySet<string | undefined> = new Set(['25006', '0A000'])

function watched(connection: Connection): Connection {
  connection.connection.on('errorMessage', ({ code }) => {
    if (spentCodes.has(code)) spent.add(connection)
  })
  return connection
}

function isFree(connection: Connection): boolean {
  const isIdle = (connection.getTransactionStatus() ?? 'I') === 'I'
  return connection.readyForQuery && isIdle && !spent.has(connection)
}

// PostgreSQL tells of an error before it undoes what the statement did: once the connection is ready, its locks are gone.
function untilReady(connection: Connection): Promise<void> {
  if (connection.readyForQuery) return Promise.resolve()
  return new Promise((resolve) => {
    const tell = () => {
      clearTimeout(timer)
      connection.off('drain', tell)
      resolve()
    }
    const timer = setTimeout(tell, settleMs)
    connection.once('drain', tell)
  })
}

const usualAnswerMs = 10_000

type PoolLimits = {
  /** How long to wait for a connection, and for an answer. */
  readonly answerMs?: number
  /** How long a statement may wait for a lock. */
  readonly lockMs?: number
}

/** A plain pool for the job queue, which speaks to pg itself. Its idle connections may break without ending the process. */
export function openPool(
  url: string,
  connections: number,
  { answerMs, lockMs }: PoolLimits = {},
): Pool {
  const {
    connectionString,
    Client: clientClass,
    isCurrent,
  } = pgTarget(url, answerMs ?? usualAnswerMs)
  const pool = new Pool({
    connectionString,
    Client: clientClass,
    application_name: 'accord-jobs',
    ...ownEnd,
    options: optionsOf([...pinnedOptions, ...otherEnd]),
    max: connections,
    ...(answerMs === undefined
      ? {}
      : { connectionTimeoutMillis: answerMs, query_timeout: answerMs }),
    ...(lockMs === undefined ? {} : { lock_timeout: lockMs }),
  })
  // The next user of the broken connection gets the error.
  pool.on('error', nothing)
  pool.on('connect', (client) => client.on('error', nothing))
  cutDeadOnes(pool, isCurrent)
  return pool
}

// What else a pg client has.
type Asked = { query(...words: readonly unknown[]): unknown }

/**
 * A connection whose statement was given up still waits for its answer, and whoever gets it next waits behind that: it is cut. So are all
 * those to the server before, once another one has taken over.
 */
function cutDeadOnes(pool: Pool, isCurrent: Target['isCurrent']): void {
  const open = new Set<Connection>()
  const cut = ({ connection }: Connection) => connection.stream.destroy()
  pool.on('connect', (client) => {
    const connected = client as unknown as Connection // so pg makes it; its types leave this out
    open.add(connected)
    for (const other of open) if (isCurrent?.(other) === false) cut(other)
    const query: Asked['query'] = connected.query.bind(connected)
    // What is asked with a callback is asked by the pool itself, which takes no connection back after an error.
    const watchedQuery: Asked['query'] = (...words) => {
      const asked = query(...words)
      if (asked instanceof Promise)
        asked.catch((error: unknown) => {
          // The pool looks whether it ends when it is given back, which is before its socket says so.
          if (isGivenUp(error)) void client.end().catch(nothing)
        })
      return asked
    }
    Object.assign(connected, { query: watchedQuery })
  })
  pool.on('remove', (client) => open.delete(client as unknown as Connection))
}

const committed = new WeakMap<Transaction, (() => void)[]>()

/** One deed, one transaction. An outage becomes `Unavailable`; the deed's own errors pass through and undo it. */
export async function transact<T>(db: Database, deed: (tx: Transaction) => Promise<T>): Promise<T> {
  const unit = { name: 'unit', kind: 'internal', attributes: {} } as const
  const then: (() => void)[] = []
  const noting = (tx: Transaction) => {
    committed.set(tx, then)
    return deed(tx)
  }
  try {
    const result = await inSpan(unit, () => db.transaction(noting))
    for (const one of then) one()
    return result
  } catch (error) {
    throw asUnavailable(error)
  }
}

/**
 * Runs this once the database has confirmed the deed, before `transact` returns; never where it is undone, or nobody knows. It does not
 * fail: the deed is done.
 */
export function afterCommit(tx: Transaction, then: () => void): void {
  committed.get(tx)?.push(then)
}

/** The same as `runPrepared`, with rows named as elsewhere in the code. */
export async function preparedRows<Row>(
  db: Database | Transaction,
  statement: Statement,
): Promise<Row[]> {
  const rows = await runPrepared<object>(db, statement)
  const names = Object.keys(rows[0] ?? {}).map((name) => [name, camel(name)] as const)
  return rows.map((row) => {
    const columns = row as Readonly<Record<string, unknown>>
    return Object.fromEntries(names.map(([name, as]) => [as, columns[name]])) as Row
  })
}

/**
 * Runs a hot statement on the connections for prepared statements, or inside a transaction on that transaction's connection.
 * Each connection prepares the statement once, under its name. Rows keep their SQL names.
 */
export async function runPrepared<Row>(
  db: Database | Transaction,
  statement: Statement,
): Promise<Row[]> {
  const pool = hotPools.get(pooled(db)) ?? pooled(db)
  try {
    const connection = await pool.acquireConnection()
    try {
      return (await connection.query(statement)).rows as Row[] // the caller wrote the statement
    } catch (error) {
      if (!isOutage(error)) await untilReady(connection)
      throw error
    } finally {
      await pool.releaseConnection(connection)
    }
  } catch (error) {
    throw asUnavailable(error)
  }
}

export type PoolFigures = {
  readonly used: number
  readonly idle: number
  /** Requests that wait for a connection. */
  readonly waiting: number
  readonly most: number
}

/** How busy the connections of a database are, and those for prepared statements. */
export function poolsOf(db: Database): Readonly<Record<'web' | 'prepared', PoolFigures>> {
  const web = pooled(db)
  return { web: figuresOf(web), prepared: figuresOf(hotPools.get(web) ?? web) }
}

function figuresOf({ pool }: Pooled): PoolFigures {
  return {
    used: pool.numUsed(),
    idle: pool.numFree(),
    waiting: pool.numPendingAcquires(),
    most: pool.max,
  }
}

/**
 * Runs the statements of an SQL file in the caller's transaction, if it is one, but not through knex: knex reads each question mark as
 * a value.
 * @returns how many rows were changed, where the script is one statement
 */
export async function runScript(db: Database | Transaction, script: string): Promise<number> {
  const pool = pooled(db)
  const connection = await pool.acquireConnection()
  try {
    return (await connection.query(script)).rowCount ?? 0
  } finally {
    await pool.releaseConnection(connection)
  }
}

// The delete changes nothing, and a server that only reads refuses it. The message is read by nobody: it makes the transaction one
// that is confirmed like any write, after the synchronous standby has it.
const written = `with nothing as (delete from rate_limits where false) select pg_logical_emit_message(true, 'accord', '')`

/**
 * Checks that the database takes and confirms a write now.
 * @throws Unavailable or the database's error
 */
export async function ping(db: Database): Promise<void> {
  await runPrepared(db, { name: 'ping', text: written, values: [] })
}

/** The SQLSTATE of an error that PostgreSQL raised, or undefined. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}

function pooled(db: Pick<Knex, 'client'>): Pooled {
  // knex types its client as any; these members are what the pg dialect has.
  return db.client as Pooled
}
