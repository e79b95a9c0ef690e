import { recordActivity, refuseWhileHeld } from '../../people/accounts/index.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Limiter } from '../../base/web/limits/rate-counts.ts'
import { refuseAs } from '../../base/web/limits/rate-counts.ts'
import type { HeldContext } from './deeds.ts'

// A request takes its point before the export begins, so that exports at once are counted too: the twenty-first is refused.
export const exportsAnHour = { name: 'export', points: 20, seconds: 3600 }

export type ExportsCounted = { readonly exports: Limiter }

/** Whose data is taken, and by which service; undefined: by the person herself. */
type Taken = { readonly personId: string; readonly serviceId?: string }

/** Counts an export, so that exports cannot keep the database busy, and notes it, so that the person sees who took her data. */
export async function noteExport(
  { foundation, notary, exports }: ExportsCounted & HeldContext,
  { personId, serviceId }: Taken,
  origin: Origin,
): Promise<void> {
  await refuseWhileHeld(foundation.db, notary.vault.seals, personId, foundation.clock())
  await exports.take({ key: personId }).catch(refuseAs('data.too-often'))
  const service = serviceId === undefined ? {} : { serviceId }
  const entry = { kind: 'data.taken', result: 'done', personId, ...service } as const
  await recordActivity(foundation.db, entry, origin, foundation.clock())
}
