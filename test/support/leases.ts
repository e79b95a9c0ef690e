import type { Session } from '../../src/base/database/db-session.ts'
import type { Lease } from '../../src/base/jobs/lease.ts'
import { endLease, takeLease } from '../../src/base/jobs/lease.ts'
import { youngestIn } from '../../src/ledger/transparency-log/temporary-files.ts'
import { signerLease } from '../../src/ledger/transparency-log/record.ts'
import { signOnce } from '../../src/ledger/transparency-log/sign.ts'
import { sequenceOnce } from '../../src/ledger/transparency-log/sequence.ts'

const longMs = 600_000

/** One piece of a duty's work, under a lease for just this piece. */
export async function underLease<T>(
  session: Session,
  duty: string,
  work: (lease: Lease) => Promise<T>,
  above = 0,
): Promise<T> {
  const holder = crypto.randomUUID()
  const lease = await takeLease(session, { duty, holder, lifeMs: longMs, above })
  if (lease === undefined) throw new Error(`somebody has the lease of ${duty}`)
  try {
    return await work(lease)
  } finally {
    await endLease(session, lease)
  }
}

/** What the sequencer does in one turn. @returns how many entries were taken */
export function sequenceNow(session: Session): Promise<number> {
  return underLease(session, 'log.sequence/0', (lease) =>
    sequenceOnce(session, lease, 0, new Date()),
  )
}

/** What the signer does in one turn. */
export async function signNow(
  session: Session,
  desk: Parameters<typeof signOnce>[1],
): Promise<void> {
  const above = await youngestIn(desk.ledgerDir)
  await underLease(
    session,
    signerLease(desk.shard),
    (lease) => signOnce(session, desk, lease),
    above,
  )
}
