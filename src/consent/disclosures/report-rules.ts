import { createHash } from 'node:crypto'
import { categoriesIn, currentWindow, isWithin, maskOf, returnUse } from '../record/index.ts'
import type { ConsentState } from '../record/index.ts'
import type { PermitRow } from '../decisions/index.ts'
import { mayReturnLawfulUse } from '../decisions/index.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Log } from '../../base/logging/log.ts'
import { present } from '../../base/values/present.ts'
import { Problem } from '../../base/values/refusal.ts'
import type { Book, JsonValue, Vault } from '../../ledger/chain/index.ts'
import { canonical } from '../../ledger/chain/index.ts'
import type { Dataset, LiveRegister, Register } from '../../registry/index.ts'
import { bodyId } from '../../registry/index.ts'
import { dueSeconds } from './reconciliation.ts'
import type { DisclosureRow } from './rows.ts'
import { liveCategories } from './store.ts'

// The reports of the two bodies, and the rules that judge them.

export type DisclosureContext = {
  readonly db: Database
  readonly vault: Vault
  readonly live: LiveRegister
  readonly log: Log
}

/** How a report names its decision: by what was signed for the holder, or, where it sent nothing, by the id alone. */
export type ReportedDecision = { readonly token: string } | { readonly id: string }

/** A holder's report about a decision. */
export type Report = {
  /** `Idempotency-Key`, if one came. It must be the decision's id, since a report is idempotent by its decision. */
  readonly key: string
  readonly decision: ReportedDecision
  /** `corrected`: this report replaces a wrong one. */
  readonly status: 'recorded' | 'nil' | 'corrected'
  readonly occurredAt: Date
  readonly categories: readonly string[]
  readonly recordCount: number | undefined
  readonly result: 'found' | 'not_found' | 'partial' | undefined
  readonly delivery: 'pull' | 'push'
  readonly queryId: string | undefined
  readonly queryGroupId: string | undefined
  readonly initiator: Initiator | undefined
  /** SHA-256 of the manifest of what was sent, in hexadecimal digits. */
  readonly manifest?: string | undefined
  /** The reason of a correction, in words for the person. */
  readonly reason?: { readonly fr: string; readonly en: string } | undefined
}

type Initiator = {
  readonly type: 'system' | 'person'
  readonly label: { readonly fr: string; readonly en: string }
}

export type RecordedReport = {
  readonly isNew: boolean
  readonly disclosure: DisclosureRow
  readonly dataset: Dataset
  readonly commitment: Buffer
}

// A holder's clock may be a little off.
export const skewSeconds = 5 * 60

/** A report with all facts that judge it. */
export type ReportRecording = {
  readonly decision: PermitRow
  /** Undefined for a permit by law. */
  readonly consent: ConsentState | undefined
  readonly dataset: Dataset
  readonly register: Register
  readonly said: Report
}

/**
 * Checks a report against its permit.
 * @returns the categories sent, as a mask
 * @throws Problem report.categories, report.time
 */
export function checkReport(
  { decision, dataset, said }: ReportRecording,
  status: DisclosureRow['status'],
  now: Date,
): bigint {
  const unknown = said.categories.find((id) => !dataset.categories.includes(id))
  const sent = unknown === undefined ? maskOf(dataset, said.categories) : -1n
  if (!isWithin(sent, decision.permitted))
    throw new Problem('report.categories', 422, 'categories: more than the decision permitted')
  if ((sent === 0n) !== (status === 'nil'))
    throw new Problem('report.categories', 422, 'categories: empty for nil, and only for nil')
  checkTime(decision, said.occurredAt, now)
  return sent
}

/** @throws Problem report.time */
export function checkTime({ evaluatedAt }: PermitRow, occurredAt: Date, now: Date): void {
  if (occurredAt > secondsAfter(now, skewSeconds))
    throw new Problem('report.time', 422, 'occurred_at is in the future')
  if (occurredAt < secondsAfter(evaluatedAt, -skewSeconds))
    throw new Problem('report.time', 422, 'occurred_at is before the decision')
}

/**
 * Gives a use back after the holder sent nothing: in the window that counted it, at most as often as the limit allows uses there.
 * @returns whether the use came back
 */
export async function returnReportedUse(
  tx: Transaction,
  book: Book,
  { consent, decision, register }: ReportRecording,
): Promise<boolean> {
  if (consent === undefined) {
    const purpose = present(register.purposeByNo(decision.purpose), 'the purpose of a permit')
    return mayReturnLawfulUse(tx, decision, purpose, book.now)
  }
  const window = currentWindow(consent, decision.evaluatedAt)
  const { personId, consentId } = consent
  return returnUse(tx, book, { personId, consentId }, window?.startedAt)
}

export type ReportCircumstances = Pick<DisclosureRow, 'late' | 'inFlight' | 'anomaly'>

/**
 * `inFlight`: decided before a stop and sent after it, within the decision's minute. `anomaly`: sent after that minute. `late`: the
 * report comes when its person may have read that nothing is confirmed.
 */
export async function reportCircumstances(
  tx: Transaction,
  recording: ReportRecording,
  sent: bigint,
  now: Date,
): Promise<ReportCircumstances> {
  const { decision, said } = recording
  const { occurredAt } = said
  const isInTime = occurredAt < secondsAfter(decision.validUntil, skewSeconds)
  const isSent = sent !== 0n
  return {
    late: now >= secondsAfter(decision.evaluatedAt, dueSeconds),
    inFlight: isSent && isInTime && (await isAfterEnd(tx, recording, sent)),
    anomaly: isSent && !isInTime,
  }
}

// Whether the categories were sent after their consent ended. A replaced record ends only the categories that its successor does not
// allow.
async function isAfterEnd(
  tx: Transaction,
  { consent, decision, said: { occurredAt } }: ReportRecording,
  sent: bigint,
): Promise<boolean> {
  if (consent === undefined) return false
  const { state, stateAt, validUntil, arrangementId } = consent
  // An expiry is written after the end, or not yet: the term gives the time of the end.
  const isOpen = state === 'active' || state === 'expired'
  if (isOpen || occurredAt <= stateAt) return occurredAt >= validUntil
  if (state !== 'superseded') return true
  const successor = await liveCategories(tx, arrangementId)
  const isKept = successor?.dataset === decision.dataset && isWithin(sent, successor.categories)
  return !isKept
}

/** The ids by which an event names its permit. */
export function namesOf({ decision, dataset, register }: Omit<ReportRecording, 'said'>) {
  return {
    disclosure_id: writeId('dis', decision.decisionId),
    decision_id: writeId('dec', decision.decisionId),
    consent_id: decision.consentId && writeId('con', decision.consentId),
    holder: dataset.holder,
    recipient: bodyId(register, decision.recipient),
  }
}

/** The manifest that a report names, as a member of its event: none where it names none. */
export function manifestNamed({ manifest }: Pick<Report, 'manifest'>) {
  return manifest === undefined ? {} : { manifest }
}

export function manifestOf({ manifest }: Pick<Report, 'manifest'>): Buffer | null {
  return manifest === undefined ? null : Buffer.from(manifest, 'hex')
}

/** The hash of a report's content, by which a repeat is recognised. */
export function hashOf({ decision: _decision, key: _key, occurredAt, ...said }: Report): Buffer {
  const plain = JSON.parse(JSON.stringify({ ...said, occurredAt })) as JsonValue // JSON.stringify writes JSON
  return createHash('sha256').update(canonical(plain)).digest()
}

/** The categories of a disclosure, for the acknowledgement. */
export function sentCategories({ disclosure, dataset }: RecordedReport): string[] {
  return categoriesIn(dataset, disclosure.categoriesActual)
}
