import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import type { Database } from './database.ts'
import { prepared } from './database.ts'
import type { Log } from './log.ts'

/** Rows as SQL names them: by `as "camelCase"` where needed. Parameters are $1, $2. */
export type Session = {
  rows<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

/** Work that several processes could do and one process at a time does: again and again, until it is stopped. */
export type Duty = {
  readonly name: string
  /** Two numbers that stand for this duty among the advisory locks of the database. */
  readonly lock: readonly [number, number]
  readonly paceMs: number
  /** How often a process that has not the lock tries for it. */
  readonly pollMs?: number
  /** One turn. @returns whether there is more to do at once */
  turn(session: Session): Promise<boolean>
}

const usualPollMs = 100
const retryMs = 1000
const statementMs = 10_000
const goodbyeMs = 500
const longMs = 3_600_000

/**
 * Does the duty while this process holds its lock, on a connection of its own: a lost connection is a lost lock, and
 * another process goes on. It polls for the lock: a statement that waits for a lock would hold back vacuum.
 */
export function startDuty(databaseUrl: string, duty: Duty, log: Log): { stop(): Promise<void> } {
  const ending = new AbortController()
  const pause = (ms: number) =>
    setTimeout(ms, undefined, { signal: ending.signal }).catch(() => undefined)
  const work = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const client = clientOf(databaseUrl)
      try {
        await client.connect()
        await lead(client, duty, ending.signal, pause)
      } catch (error) {
        log.error({ job: duty.name, error }, 'a duty was broken off and is taken up again')
      }
      // A server that hangs may never confirm the end of the connection: do not wait longer for it.
      await Promise.race([client.end().catch(() => undefined), setTimeout(goodbyeMs)])
      await pause(retryMs)
    }
  }
  const working = work()
  return {
    async stop() {
      ending.abort()
      await working
    },
  }
}

async function lead(
  client: Client,
  { lock, paceMs, pollMs = usualPollMs, turn }: Duty,
  ending: AbortSignal,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const session = sessionOf(client)
  let isLeader = false
  while (!ending.aborted) {
    isLeader ||= await tryLock(session, lock)
    const isMore = isLeader && (await turn(session))
    if (!isMore) await pause(isLeader ? paceMs : pollMs)
  }
}

/** Takes the lock if it is free. The lock is held until the session ends. */
export async function tryLock(session: Session, lock: readonly [number, number]): Promise<boolean> {
  const [row] = await session.rows<{ held: boolean }>(
    'select pg_try_advisory_lock($1, $2) as held',
    lock,
  )
  return row?.held === true
}

function clientOf(connectionString: string, patienceMs = statementMs): Client {
  const client = new Client({
    connectionString,
    application_name: 'accord-duty',
    keepAlive: true,
    connectionTimeoutMillis: statementMs,
    statement_timeout: patienceMs,
    query_timeout: patienceMs,
  })
  // The next statement on the broken connection gets the error.
  client.on('error', () => undefined)
  return client
}

function sessionOf(client: Client): Session {
  // One statement at a time: a connection runs only one, so a caller that asks for several at once waits here.
  let last: Promise<unknown> = Promise.resolve()
  return {
    rows: async <Row>(text: string, values: readonly unknown[] = []) => {
      const mine = last.then(() => client.query(text, [...values]))
      last = mine.catch(() => undefined)
      return (await mine).rows as Row[] // the caller wrote the statement
    },
  }
}

/** Opens a connection for a caller that reads whole tables: with PostgreSQL's usual planning, and long time limits. */
export async function openSession(
  databaseUrl: string,
): Promise<{ readonly session: Session; close(): Promise<void> }> {
  const client = clientOf(databaseUrl, longMs)
  await client.connect()
  return { session: sessionOf(client), close: () => client.end() }
}

/** A session that reads over the connections of the pool. */
export function readingSession(db: Database): Session {
  return { rows: (text, values = []) => prepared(db, { name: '', text, values }) }
}
