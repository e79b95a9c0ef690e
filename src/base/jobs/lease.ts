import type { Session } from '../database/db-session.ts'
import { sqlState } from '../database/database.ts'

/**
 * The right to do a duty, for a few seconds at a time. Its number is given once. All writes of the duty name it, and the database
 * refuses them once a younger lease exists: a process that was frozen may wake at any instant, and no clock keeps it from writing.
 */
export type Lease = { readonly duty: string; readonly number: number }

/** A younger lease exists, or may exist: a process that gets this error does the duty no longer. */
export class LeaseLost extends Error {}

export type WantedLease = {
  readonly duty: string
  /** A random id of the process that wants the lease. */
  readonly holder: string
  readonly lifeMs: number
  /** The largest number that is known from outside the database, which may have been restored to an older state. */
  readonly above?: number
}

/** @returns undefined where somebody else has it */
export async function takeLease(
  session: Session,
  { duty, holder, lifeMs, above = 0 }: WantedLease,
): Promise<Lease | undefined> {
  const [row] = await session.rows<{ number: number | null }>(
    'select take_lease($1, $2, $3, $4)::float8 as number',
    [duty, holder, lifeMs, above],
  )
  const number = row?.number ?? undefined
  return number === undefined ? undefined : { duty, number }
}

/** @throws LeaseLost */
export async function renewLease(
  session: Session,
  { duty, number }: Lease,
  lifeMs: number,
): Promise<void> {
  const [row] = await session.rows<{ renewed: boolean }>(
    'select renew_lease($1, $2, $3) as renewed',
    [duty, number, lifeMs],
  )
  if (row?.renewed !== true) throw new LeaseLost(duty)
}

/** @throws the error that `asLeaseLost` knows, once a younger lease exists */
export async function requireLease(session: Session, { duty, number }: Lease): Promise<void> {
  await session.rows('select require_lease($1, $2)', [duty, number])
}

export async function endLease(session: Session, { duty, number }: Lease): Promise<void> {
  await session.rows('select end_lease($1, $2)', [duty, number])
}

/** What `require_lease` of the database raises, as LeaseLost. */
export function asLeaseLost(error: unknown): unknown {
  return sqlState(error) === 'AC003' ? new LeaseLost('a younger lease', { cause: error }) : error
}
