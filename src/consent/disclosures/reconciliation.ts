import { secondsAfter } from '../../base/values/clock.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { DecisionRow, PermitRow } from '../decisions/index.ts'
import type { DisclosureRow, PermitAnomaly, ReceivedRow } from './rows.ts'
import { setAnomalies } from './anomaly-store.ts'
import {
  matchReceived,
  receptionsOfPermit,
  receptionsOfPermits,
  unmatchedReceptions,
} from './reception-store.ts'
import { disclosureOf, disclosuresOf } from './store.ts'

/** A holder has a day to report after its permit; then the permit is unconfirmed. */
export const dueSeconds = 24 * 3600

/** The outcome of a decision, as its person reads it. */
export type DecisionOutcome = 'sent' | 'nothing-sent' | 'allowed' | 'unconfirmed' | 'refused'

/** The outcome at `now`. It looks at the time, since the job that writes `unconfirmed` may be late. */
export function decisionOutcome(
  { outcome, status, evaluatedAt }: Pick<DecisionRow, 'outcome' | 'status' | 'evaluatedAt'>,
  now: Date,
): DecisionOutcome {
  if (outcome === 'deny') return 'refused'
  if (status === 'nil') return 'nothing-sent'
  if (status === 'recorded') return 'sent'
  const isDue = status === 'unconfirmed' || now > secondsAfter(evaluatedAt, dueSeconds)
  return isDue ? 'unconfirmed' : 'allowed'
}

/** A permit with the reports of both bodies. */
export type Account = {
  readonly decision: Pick<DecisionRow, 'evaluatedAt'>
  readonly disclosure:
    | Pick<
        DisclosureRow,
        'status' | 'useReturned' | 'anomaly' | 'categoriesActual' | 'recordCount' | 'manifestSha256'
      >
    | undefined
  readonly received: readonly Pick<ReceivedRow, 'categories' | 'recordCount' | 'manifestSha256'>[]
}

/** The anomalies of a permit. Pure: a person's pages compute them at each reading, and wait for no job. */
export function anomaliesOf(
  { decision, disclosure, received }: Account,
  now: Date,
): PermitAnomaly[] {
  const isTwice = received.length > 1
  if (disclosure === undefined) {
    const isDue = now >= secondsAfter(decision.evaluatedAt, dueSeconds)
    const silence = received.length > 0 ? 'not_reported' : 'unconfirmed'
    return [
      ...(isDue ? ([silence] as const) : []),
      ...(isTwice ? (['received_twice'] as const) : []),
    ]
  }
  const {
    status,
    useReturned,
    anomaly,
    categoriesActual,
    recordCount,
    manifestSha256: manifest,
  } = disclosure
  const isSent = status === 'recorded'
  const differs = received.some(({ categories }) => categories !== categoriesActual)
  const isOtherCount = received.some(
    ({ recordCount: count }) => count !== null && recordCount !== null && count !== recordCount,
  )
  const isOtherContent = received.some(
    ({ manifestSha256: other }) => other !== null && manifest !== null && !other.equals(manifest),
  )
  const found: Readonly<Partial<Record<PermitAnomaly, boolean>>> = {
    sent_after_permit: anomaly,
    nothing_sent: !isSent && received.length > 0,
    categories_differ: isSent && differs,
    counts_differ: isSent && isOtherCount,
    contents_differ: isSent && isOtherContent,
    received_twice: isTwice,
    nil_too_often: useReturned === false,
  }
  return (Object.keys(found) as PermitAnomaly[]).filter((kind) => found[kind] === true) // its keys are the kinds above
}

/**
 * Compares the reports about a permit, opens new anomalies and settles those that no longer hold.
 * @param asOf the instant by which the reports are judged; by default the time of the deed
 * @returns the open ones
 */
export async function reconcile(
  tx: Transaction,
  decision: PermitRow,
  now: Date,
  asOf = now,
): Promise<PermitAnomaly[]> {
  const { decisionId, consentId, holder, recipient } = decision
  const disclosure = await disclosureOf(tx, decisionId)
  const received = await receptionsOfPermit(tx, decisionId)
  const kinds = anomaliesOf({ decision, disclosure, received }, asOf)
  const parties = { decisionId, consentId, holder, recipient }
  await setAnomalies(tx, { about: decisionId, ...parties }, kinds, now)
  return kinds
}

/** Assigns receptions of a query to its permit, once a report names the query: their permit was unknown until then. */
export async function matchUnmatched(
  tx: Transaction,
  { consentId, decisionId }: DecisionRow,
  queryId: string | undefined,
  now: Date,
): Promise<void> {
  if (consentId === null || queryId === undefined) return
  const of = (await unmatchedReceptions(tx, consentId)).filter((row) => row.queryId === queryId)
  await matchReceived(
    tx,
    of.map(({ receivedId }) => receivedId),
    decisionId,
  )
  for (const { receivedId: about, holder, recipient } of of)
    await setAnomalies(tx, { about, decisionId, consentId, holder, recipient }, [], now)
}

/** Facts that a person reads beside a permit. */
export type FollowUp = {
  readonly isLate: boolean
  /** The recipient says that it received something. */
  readonly isReceived: boolean
  readonly correctedAt: Date | null
  readonly correction: DisclosureRow['correction']
  readonly anomalies: readonly PermitAnomaly[]
}

/** Marks beside a line of the person's activity. */
export type LineMark = 'late' | 'corrected' | Exclude<PermitAnomaly, 'unconfirmed'>

/** The marks of a permit, without `unconfirmed`, which the line itself says. */
export function marksOf(followed: FollowUp | undefined): LineMark[] {
  if (followed === undefined) return []
  const { isLate, correctedAt, anomalies } = followed
  return [
    ...(isLate ? (['late'] as const) : []),
    ...(correctedAt === null ? [] : (['corrected'] as const)),
    ...anomalies.filter((kind) => kind !== 'unconfirmed'),
  ]
}

/** The follow-up of each permit among these decisions, by its id. */
export async function followUps(
  db: Database,
  decisions: readonly Pick<DecisionRow, 'decisionId' | 'evaluatedAt' | 'outcome'>[],
  now: Date,
): Promise<ReadonlyMap<string, FollowUp>> {
  const permits = decisions.filter(({ outcome }) => outcome === 'permit')
  const ids = permits.map(({ decisionId }) => decisionId)
  const disclosures = await disclosuresOf(db, ids)
  const received = await receptionsOfPermits(db, ids)
  const disclosureOfPermit = new Map(disclosures.map((row) => [row.decisionId, row]))
  const receivedOfPermit = Map.groupBy(received, ({ decisionId }) => decisionId)
  const followed = permits.map((decision): [string, FollowUp] => {
    const { decisionId } = decision
    const disclosure = disclosureOfPermit.get(decisionId)
    const account = { decision, disclosure, received: receivedOfPermit.get(decisionId) ?? [] }
    return [
      decisionId,
      {
        isLate: disclosure?.late === true,
        isReceived: account.received.length > 0,
        correctedAt: disclosure?.correctedAt ?? null,
        correction: disclosure?.correction ?? null,
        anomalies: anomaliesOf(account, now),
      },
    ]
  })
  return new Map(followed)
}
