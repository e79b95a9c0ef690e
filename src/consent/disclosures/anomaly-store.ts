import type { Database, Transaction } from '../../base/database/database.ts'
import type { AnomalyKind, ListedAnomaly, AnomalyRow } from './rows.ts'

// SQL of anomalies: contradictions between reports and permits.

type AnomalySubject = Pick<
  AnomalyRow,
  'about' | 'decisionId' | 'consentId' | 'holder' | 'recipient'
>

/** Opens these anomalies about a permit or a reception, and settles all others. */
export async function setAnomalies(
  tx: Transaction,
  about: AnomalySubject,
  kinds: readonly AnomalyKind[],
  now: Date,
): Promise<void> {
  await tx('disclosureAnomaly')
    .where({ about: about.about, settledAt: null })
    .whereNotIn('kind', [...kinds])
    .update({ settledAt: now })
  if (kinds.length === 0) return
  await tx('disclosureAnomaly')
    .insert(kinds.map((kind) => ({ ...about, kind, notedAt: now })))
    .onConflict(['about', 'kind'])
    .merge({ settledAt: null })
}

/** The place of an anomaly in its body's list. */
export type AnomalyPlace = { readonly at: string; readonly about: string; readonly kind: string }

const firstPlace: AnomalyPlace = {
  at: '-infinity',
  about: '00000000-0000-0000-0000-000000000000',
  kind: '',
}

/** Open anomalies of which this body is a party, oldest first. `at` has microseconds. */
export async function openAnomalies(
  db: Database,
  party: number,
  { at, about, kind }: AnomalyPlace = firstPlace,
  limit = 1,
): Promise<(ListedAnomaly & { readonly at: string })[]> {
  const columns = `about, kind, decision_id, consent_id, holder, recipient, noted_at, settled_at, noted_at::text as at`
  const ofSide = (
    role: 'holder' | 'recipient',
  ) => /* sql */ `(select ${columns} from disclosure_anomaly
    where ${role} = ? and settled_at is null and (noted_at, about, kind) > (?::timestamptz, ?::uuid, ?)
    order by noted_at, about, kind limit ?)`
  const values = [party, at, about, kind, limit]
  const { rows } = await db.raw<{ rows: (ListedAnomaly & { readonly at: string })[] }>(
    `select s.*, i.day::text as day, i.undecided as times from (${ofSide('holder')} union ${ofSide('recipient')}) s
     left join inquiry_day i on s.kind = 'introspected_only' and i.inquiry_id = s.about
     order by s.noted_at, s.about, s.kind limit ?`,
    [...values, ...values, limit],
  )
  return rows
}
