import { Unavailable } from '../values/refusal.ts'

// The codes of PostgreSQL (SQLSTATE) and Node for a database that cannot do its work now, and may be able to later. 25006: the server
// only reads, for it was demoted, or is a standby. 58: its disk or its system fails. 0A000: a migration has changed what a statement
// returns that the connection had parsed before.
const outageCodes =
  /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|08|0A000|25006|53|57P0|57014|58|25P03|55P03|40001|40P01)/
// Messages of outages that pg and knex throw without a code; knex puts the statement before the message.
const outageWords =
  /(^|.* - )(Query read timeout|Connection terminated( unexpectedly| due to connection timeout)?|timeout expired|timeout exceeded when trying to connect|Client has encountered a connection error and is not queryable|Knex: Timeout acquiring a connection\. [^"]*)$/s

/** Whether pg waited no longer for an answer, which its connection still waits for. */
export function isGivenUp(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout'
}

export function isOutage(error: unknown): boolean {
  if (error instanceof Unavailable) return true
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return outageCodes.test(code) || (code === '' && outageWords.test(error.message))
}

export function asUnavailable(error: unknown): unknown {
  if (error instanceof Unavailable) return error
  return isOutage(error) ? new Unavailable(error) : error
}

/** The error of the database, or of the way to it, behind an outage. */
export function causeOf(error: unknown): unknown {
  return error instanceof Unavailable ? causeOf(error.cause) : error
}
