import type { Database } from '../../base/database/database.ts'
import { openSession } from '../../base/database/db-session.ts'
import type { RewrittenFiles, RewritingLimits } from '../../base/database/file-rewriting.ts'
import { rewriteFiles } from '../../base/database/file-rewriting.ts'
import { signStatement } from '../../base/keys/jws.ts'
import { writeId } from '../../base/values/ids.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { TimelineEvent } from '../../ledger/chain/index.ts'
import { readTimeline } from '../../ledger/chain/index.ts'
import { ownOrganisation } from '../../registry/index.ts'
import type { ErasureTold } from './certificate.ts'
import { certificateClaims } from './certificate.ts'
import type { Eraser } from './erase.ts'
import { certify, lastRewritten, noteRewritten, waitingErasures } from './store.ts'

// An erasure is certified once no file of the database has what was erased. Rewriting the files serves all erasures that wait, and whatever
// else was deleted: addresses, ways in, closed accesses.

/**
 * A job: it holds a table for seconds, and comes again the next night. 205 MiB with four indexes were written anew in eight seconds, on two
 * cores with a load of eleven.
 */
export const byJob: RewritingLimits = { waitMs: 60_000, mostBytes: 128 * 2 ** 20 }
/** An operator chooses the hour. */
export const byOperator: RewritingLimits = { waitMs: 600_000, mostBytes: Number.MAX_SAFE_INTEGER }

const mostAtOnce = 10_000
const rewriteAfterSeconds = 6.5 * 24 * 3600

export type FinishingTask = {
  readonly databaseUrl: string
  readonly limits: RewritingLimits
  readonly say: (line: string) => void
}
export type FinishingOutcome =
  | { readonly certified: number; readonly rewritten: RewrittenFiles }
  | { readonly waitsFor: string }

/** Writes the files anew, and certifies the erasures that waited for it. */
export async function finishErasures(
  db: Database,
  eraser: Eraser,
  { databaseUrl, limits, say }: FinishingTask,
): Promise<FinishingOutcome> {
  const { session, close } = await openSession(databaseUrl)
  try {
    // Those that come meanwhile wait for the next time.
    const waiting = await waitingErasures(db, mostAtOnce)
    const rewritten = await rewriteFiles(session, limits, say)
    if ('waitsFor' in rewritten) return rewritten
    await noteRewritten(db, rewritten)
    const failed: unknown[] = []
    for (const erasure of waiting)
      await signedFor(db, eraser, erasure, rewritten)
        .then((certificate) => certify(db, erasure.eventId, certificate, rewritten))
        .catch((error: unknown) => failed.push(error))
    // One that cannot be certified holds up no other.
    if (failed.length > 0) throw failed[0]
    return { certified: waiting.length, rewritten }
  } finally {
    await close()
  }
}

/**
 * Each night where an erasure waits for its certificate, and else once a week: what goes without a certificate leaves the files, too.
 * @throws Error where it waits for something: the queue tells of it, and the next night tries again
 */
export async function finishByTime(
  db: Database,
  eraser: Eraser,
  now: Date,
  finishing: FinishingTask,
): Promise<void> {
  const last = await lastRewritten(db)
  const isDue = last === null || secondsAfter(last, rewriteAfterSeconds) < now
  if (!isDue && (await waitingErasures(db, 1)).length === 0) return
  const finished = await finishErasures(db, eraser, finishing)
  if ('waitsFor' in finished)
    throw new Error(
      `the files of the database were not written anew: it waits for ${finished.waitsFor}`,
    )
}

async function signedFor(
  db: Database,
  { vault, issuer, statements, pairwise }: Eraser,
  { personId, eventId, personSeq }: Awaited<ReturnType<typeof waitingErasures>>[number],
  rewritten: RewrittenFiles,
): Promise<string> {
  const [told] = await readTimeline(db, vault, personId, { after: personSeq - 1, limit: 1 })
  if (told?.eventId !== eventId || !isTold(told))
    throw new Error(`no event tells of the erasure ${writeId('ers', eventId)}`)
  // The same subject as on a receipt.
  const subject = pairwise.subject(personId, ownOrganisation)
  const claims = certificateClaims({ issuer, subject, told, rewritten })
  return signStatement(statements, 'erasure-certificate+jwt', claims)
}

function isTold(event: TimelineEvent): event is TimelineEvent & ErasureTold {
  return event.payload?.['kind'] === 'content.erased' && event.salt !== undefined
}
