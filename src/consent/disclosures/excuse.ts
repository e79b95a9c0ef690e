import type { Caller } from '../../base/web/caller.ts'
import { dayOf } from '../../base/values/calendar.ts'
import type { Clock } from '../../base/values/clock.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { transact } from '../../base/database/database.ts'
import type { Keys } from '../../base/keys/keys.ts'
import { Problem } from '../../base/values/refusal.ts'
import { registerEpoch } from '../record/index.ts'
import type { DeclarationContext } from './declaration.ts'
import { sharingOfInquiry } from './inquiry-count.ts'
import { readInquiry } from './inquiry-name.ts'
import { excuseOf, insertExcuse } from './inquiry-store.ts'
import type { InquiryWhy } from './rows.ts'

// A holder says why it asked for no decision after one introspection. Nobody checks it: it is counted apart, and shown as its word.

/** After midnight in Québec so long, and before the day is closed (inquiry-close.ts). */
const lateSeconds = 20 * 60

export type Excuse = {
  readonly key: string
  /** The introspection, by the name that its answer had. */
  readonly inquiry: string
  readonly why: InquiryWhy
}

export type RecordedExcuse = {
  readonly isNew: boolean
  readonly saidAt: Date
  readonly day: string
}

/**
 * Records an excuse once: the same again gets the same answer.
 * @throws Problem inquiry.unknown, report.differs, report.key (422), inquiry.closed (409)
 */
export async function excuse(
  { db, live, pairwise }: DeclarationContext,
  { keys, clock }: { readonly keys: Keys; readonly clock: Clock },
  { orgId }: Caller,
  { key, inquiry, why }: Excuse,
): Promise<RecordedExcuse> {
  if (key !== '' && key !== inquiry)
    throw new Problem('report.key', 422, 'Idempotency-Key must be the inquiry')
  const named = readInquiry(keys, pairwise, { name: inquiry, holder: orgId })
  await live.at(await registerEpoch(db))
  const inquired = named && sharingOfInquiry(live, named.inquiring)
  if (named === undefined || inquired === undefined)
    throw new Problem('inquiry.unknown', 422, 'inquiry: none that your introspections were given')
  const now = clock()
  if (dayOf(secondsAfter(now, -lateSeconds)) > inquired.day)
    throw new Problem('inquiry.closed', 409, 'the day of this introspection is closed')
  const { excuseId } = named
  return transact(db, async (tx) => {
    const row = { ...inquired, excuseId, why, saidAt: now }
    if (await insertExcuse(tx, row)) return { isNew: true, saidAt: now, day: inquired.day }
    const known = await excuseOf(tx, excuseId)
    if (known?.why !== why) throw new Problem('report.differs', 422, 'another reason was recorded')
    return { isNew: false, saidAt: known.saidAt, day: inquired.day }
  })
}
