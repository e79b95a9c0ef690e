import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { readId, writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { MandateVault } from '../../people/mandates/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type {
  DecidedDeed,
  DeskOfficer,
  FoundReason,
  HolderOf,
  ProposalDecision,
} from '../../people/offices/index.ts'
import { decideProposal, propose, voidReasons } from '../../people/offices/index.ts'
import type { Register } from '../../registry/index.ts'
import { bodyId } from '../../registry/index.ts'
import type { Notary } from './receipts/receipt-issue.ts'
import { issueReceipt } from './receipts/receipt-issue.ts'
import type { ConsentState } from './rows.ts'
import { consentParties, consentState, endConsent, registerEpoch } from './store.ts'
import { stateAfterMove } from './transitions.ts'

// A sharing that should never have begun is voided by two officers of one of its two bodies, or because the Commission ordered it. It only
// takes away: nothing is permitted from its commit on, both bodies are told as of a stop, and she is told why.

export type DeskVoiding = {
  readonly db: Database
  readonly vault: MandateVault
  readonly notary: Notary
}
/** What one officer proposes. */
export type VoidWanted =
  | { readonly deed: 'consent.void'; readonly reason: FoundReason }
  | { readonly deed: 'order.commission'; readonly number: string; readonly day: string }
type VoidDeed = DecidedDeed<VoidWanted['deed']>

/**
 * Proposes to void a sharing. Whose it is, and whether it goes on, is told to nobody here.
 * @param reference `con_…`, as both bodies know it
 * @returns the id of the proposal. @throws Refusal desk.act (403), desk.consent-none (404)
 */
export async function proposeVoid(
  { db, vault, notary }: DeskVoiding,
  by: DeskOfficer,
  reference: string,
  wanted: VoidWanted,
): Promise<string> {
  const consent = readId('con', reference)
  const parties = consent === undefined ? undefined : await consentParties(db, consent)
  const register = notary.live.current()
  if (consent === undefined || parties === undefined || !isOf(register, parties, by.organisation))
    throw new Refusal('desk.consent-none', 404)
  const of = { consent, person: parties.personId }
  const proposed =
    wanted.deed === 'consent.void'
      ? { deed: wanted.deed, content: { ...of, reason: wanted.reason } }
      : { deed: wanted.deed, content: { ...of, number: wanted.number, day: wanted.day } }
  return transact(db, (tx) => propose(tx, vault, by, proposed))
}

/**
 * Decides such a proposal. @returns whether the sharing is voided; false: the proposal is refused
 * @throws Refusal desk.decided (409), desk.act (403), desk.consent-none (404); IllegalTransition (409) where it is over already
 */
export function decideVoid(
  { db, vault, notary }: DeskVoiding,
  by: DeskOfficer,
  deciding: ProposalDecision,
  proposer: HolderOf,
): Promise<boolean> {
  return transact(db, async (tx) => {
    const decided = await decideProposal(tx, vault, by, deciding, (id) => proposer(tx, id))
    if (decided === undefined) return false
    if (decided.deed !== 'consent.void' && decided.deed !== 'order.commission')
      throw new Refusal('desk.decided', 409)
    await voidConsent(tx, notary, decided)
    return true
  })
}

/** Under her lock: once this has returned and is committed, nothing is permitted by it. A row that somebody changed is voided, too. */
async function voidConsent(tx: Transaction, notary: Notary, decided: VoidDeed): Promise<void> {
  const { organisation, content } = decided
  const { consent: consentId, person: personId } = content
  const book = await openBook(tx, notary.vault, personId)
  const consent = await consentState(tx, book, { personId, consentId })
  const register = await notary.live.at(await registerEpoch(tx))
  if (consent === undefined || !isOf(register, consent, organisation))
    throw new Refusal('desk.consent-none', 404)
  requireGoingOn(consent, book.now)
  await endConsent(tx, book, consent, 'void')
  const written = await book.append({
    kind: 'consent.voided',
    actor: { type: 'organisation', organisation },
    fields: {
      consent_id: writeId('con', consentId),
      arrangement_id: writeId('arr', consent.arrangementId),
      ...whyOf(decided),
      offices: decided.offices.map((office) => writeId('man', office)),
    },
  })
  await issueReceipt(tx, book, notary, written, consent)
  await notify(tx, personId, 'consent.voided', book.now)
}

// An officer learns of a sharing that is over what he learns of one that never was.
function requireGoingOn(consent: ConsentState, now: Date): void {
  try {
    stateAfterMove(consent, 'voided', now)
  } catch {
    throw new Refusal('desk.consent-none', 404)
  }
}

function whyOf(decided: VoidDeed) {
  if (decided.deed === 'consent.void') {
    const { reason } = decided.content
    return { because: reason, reason: { ...voidReasons[reason] }, order: null }
  }
  const { number, day } = decided.content
  return { because: 'order', reason: { ...voidReasons.order }, order: { number, day } }
}

function isOf(
  register: Register,
  { holder, recipient }: Pick<ConsentState, 'holder' | 'recipient'>,
  organisation: string,
): boolean {
  return [holder, recipient].some((no) => bodyId(register, no) === organisation)
}
