import type { ChainOfPermit, PermitRow } from '../decisions/index.ts'
import { reportTampering, chainOfDecision, permitForUpdate } from '../decisions/index.ts'
import { consentParties, registerEpoch } from '../record/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { readId } from '../../base/values/ids.ts'
import type { Log } from '../../base/logging/log.ts'
import { Problem } from '../../base/values/refusal.ts'
import type { Register } from '../../registry/index.ts'
import type { ReceivedRow } from './rows.ts'
import type { DisclosureContext } from './report-rules.ts'
import { permitsOfQuery } from './reception-store.ts'

// Whom and which permit a recipient's report is about: it names its permit, or the query of a consent.

/** The names in a report: `dec_…`, or else `con_…` and a query. */
export type ReceptionNames =
  | {
      readonly decisionId: string
      readonly consentId: string | undefined
      readonly queryId: string | undefined
    }
  | { readonly decisionId: undefined; readonly consentId: string; readonly queryId: string }

type Parties = Pick<ReceivedRow, 'personId' | 'holder' | 'recipient' | 'dataset'>

/** The permit or the consent that a report names. */
export type ReceptionNamed =
  | { readonly decisionId: string }
  | { readonly consentId: string; readonly queryId: string; readonly parties: Parties }

/** @throws Problem received.not-found (404) */
export async function receptionNames(
  db: Database,
  { decisionId, consentId, queryId }: ReceptionNames,
): Promise<{ readonly chain: Omit<ChainOfPermit, 'holder'>; readonly named: ReceptionNamed }> {
  if (decisionId !== undefined) {
    const uuid = readId('dec', decisionId)
    const chain = uuid && (await chainOfDecision(db, uuid))
    if (!chain) throw receptionNotFound()
    return { chain, named: { decisionId: uuid } }
  }
  const uuid = readId('con', consentId)
  const parties = uuid && (await consentParties(db, uuid))
  if (!parties) throw receptionNotFound()
  const { personId } = parties
  const chain = { personId, chainId: personId, epoch: await registerEpoch(db) }
  return { chain, named: { consentId: uuid, queryId, parties } }
}

/** @param log for a permit whose row is not as the broker wrote it */
export function receptionNotFound(log?: Log): Problem {
  if (log !== undefined) reportTampering(log)
  return new Problem('received.not-found', 404, 'no such decision or consent of yours')
}

/** The parties of a reception, and its permit, if it has one. */
export type ReceptionAbout = Parties &
  (
    | { readonly decision: PermitRow; readonly consentId: string | null }
    | { readonly decision: undefined; readonly consentId: string }
  )

type Looking = Pick<DisclosureContext, 'vault' | 'log'> & {
  readonly register: Register
  readonly personId: string
}

/** @throws Problem received.not-found (404), received.ambiguous (422) */
export async function receptionSubject(
  tx: Transaction,
  looking: Looking,
  named: ReceptionNamed,
): Promise<ReceptionAbout> {
  if ('decisionId' in named) return aboutPermit(tx, looking, named.decisionId)
  const { consentId, queryId, parties } = named
  const found = await permitsOfQuery(tx, { personId: parties.personId, consentId, queryId })
  if (found.length > 1)
    throw new Problem('received.ambiguous', 422, 'query_id: of several permits; name decision_id')
  const [decisionId] = found
  if (decisionId !== undefined) return aboutPermit(tx, looking, decisionId)
  return { ...parties, consentId, decision: undefined }
}

async function aboutPermit(
  tx: Transaction,
  { vault, log, register, personId }: Looking,
  decisionId: string,
): Promise<ReceptionAbout> {
  const permit = await permitForUpdate(tx, vault, register, decisionId)
  // Nobody knows whose permit it was, so the caller is told as little as a stranger.
  if (permit?.decision.personId !== personId) throw receptionNotFound(log)
  const { decision } = permit
  const { consentId, holder, dataset, recipient } = decision
  return { personId, consentId, holder, dataset, recipient, decision }
}
