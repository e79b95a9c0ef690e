import type { ChainOfPermit, DecisionRow } from '../decisions/index.ts'
import { alarm, chainOfDecision, permitForUpdate } from '../decisions/index.ts'
import { consentParties, registerEpoch } from '../record/index.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { readId } from '../../base/platform/ids.ts'
import type { Log } from '../../base/platform/log.ts'
import { Problem } from '../../base/platform/refusal.ts'
import type { Register } from '../../registry/index.ts'
import type { ReceivedRow } from './rows.ts'
import type { DisclosureContext } from './said.ts'
import { permitsOfQuery } from './received-store.ts'

// Whom and which permit a recipient's report is about: it names its permit, or the query of a consent.

/** The names in a report. */
export type ReceptionNames = {
  /** `dec_…` */
  readonly decisionId: string | undefined
  /** `con_…` */
  readonly consentId: string | undefined
  readonly queryId: string | undefined
}

/** @throws Problem received.not-found (404) */
export async function chainFor(
  db: Database,
  { decisionId, consentId }: ReceptionNames,
): Promise<ChainOfPermit> {
  if (decisionId !== undefined) {
    const uuid = readId('dec', decisionId)
    const chain = uuid && (await chainOfDecision(db, uuid))
    if (!chain) throw notFound()
    return chain
  }
  const uuid = readId('con', consentId ?? '')
  const parties = uuid === undefined ? undefined : await consentParties(db, uuid)
  if (parties === undefined) throw notFound()
  const { personId } = parties
  return { personId, chainId: personId, epoch: await registerEpoch(db) }
}

/** @param log for a permit whose row is not as the broker wrote it */
export function notFound(log?: Log): Problem {
  if (log !== undefined) alarm(log)
  return new Problem('received.not-found', 404, 'no such decision or consent of yours')
}

/** The parties of a reception, and its permit, if it has one. */
export type ReceptionAbout = Pick<
  ReceivedRow,
  'personId' | 'consentId' | 'holder' | 'recipient' | 'dataset'
> & {
  readonly decision: DecisionRow | undefined
}

type Looking = Pick<DisclosureContext, 'vault' | 'log'> & {
  readonly register: Register
  readonly personId: string
}

/** @throws Problem received.not-found (404), received.ambiguous (422) */
export async function aboutOf(
  tx: Transaction,
  { vault, log, register, personId }: Looking,
  said: ReceptionNames,
): Promise<ReceptionAbout> {
  const named = said.decisionId === undefined ? undefined : readId('dec', said.decisionId)
  const decisionId = named ?? (await permitOfQuery(tx, personId, said))
  if (decisionId !== undefined) {
    const permit = await permitForUpdate(tx, vault, register, decisionId)
    // Nobody knows whose permit it was, so the caller is told as little as a stranger.
    if (permit?.decision.personId !== personId) throw notFound(log)
    const { decision } = permit
    const { consentId, holder, dataset, recipient } = decision
    return { personId, consentId, holder, dataset, recipient: recipient ?? 0, decision }
  }
  const consentId = readId('con', said.consentId ?? '')
  const parties = consentId === undefined ? undefined : await consentParties(tx, consentId)
  if (consentId === undefined || parties === undefined) throw notFound()
  return { ...parties, consentId, decision: undefined }
}

async function permitOfQuery(
  tx: Transaction,
  personId: string,
  { consentId: id = '', queryId }: ReceptionNames,
): Promise<string | undefined> {
  const consentId = readId('con', id)
  if (consentId === undefined || queryId === undefined) return undefined
  const found = await permitsOfQuery(tx, { personId, consentId, queryId })
  if (found.length > 1)
    throw new Problem('received.ambiguous', 422, 'query_id: of several permits; name decision_id')
  return found[0]
}
