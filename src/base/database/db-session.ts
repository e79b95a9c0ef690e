import { setTimeout } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Database } from './database.ts'
import { pgTarget } from '../settings/database-hosts.ts'
import { runPrepared } from './database.ts'
import { optionsOf, otherEnd, ownEnd } from '../settings/dead-peers.ts'
import { pinnedOptions } from '../settings/pinned-settings.ts'

/** Rows as SQL names them: by `as "camelCase"` where needed. Parameters are $1, $2. */
export type Session = {
  rows<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

/** How long a statement, and the way to the database, may take. */
export const statementMs = 10_000
const goodbyeMs = 500
const longMs = 3_600_000

/** Opens a connection for this work alone, and closes it. */
export async function withSession(
  databaseUrl: string,
  patienceMs: number,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const client = clientOf(databaseUrl, patienceMs)
  try {
    await client.connect()
    await work(sessionOf(client))
  } finally {
    // A server that hangs may never confirm the end of the connection: do not wait longer for it.
    await Promise.race([client.end().catch(() => undefined), setTimeout(goodbyeMs)])
  }
}

function clientOf(databaseUrl: string, patienceMs = statementMs): Client {
  const { connectionString, Client: clientClass } = pgTarget(databaseUrl, statementMs)
  const client = new clientClass({
    connectionString,
    application_name: 'accord-duty',
    ...ownEnd,
    options: optionsOf([...pinnedOptions, ...otherEnd]),
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
  return { rows: (text, values = []) => runPrepared(db, { name: '', text, values }) }
}
