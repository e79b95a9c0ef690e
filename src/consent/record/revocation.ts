import type { Transaction } from '../../base/database/database.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { writeId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import { Refusal, Unavailable } from '../../base/values/refusal.ts'
import type { Actor, Book } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type { Notary } from './receipts/receipt-issue.ts'
import { issueReceipt } from './receipts/receipt-issue.ts'
import type { FlowsOfPerson } from './receipts/flows-port.ts'
import type { StillClaims } from './receipts/still-claims.ts'
import { receiptFactsOf } from './receipts/receipt-store.ts'
import type { ConsentState } from './rows.ts'
import { isLiving } from './seal.ts'
import { consentState, endConsent, registerEpoch } from './store.ts'
import { stateAfterMove } from './transitions.ts'

/** So many other sharings may be stopped with one. */
export const stopBoxLimit = 20

export type Stop = {
  readonly personId: string
  readonly consentId: string
  readonly acr: string
  /** Other sharings of hers by which the same body gets some of the same data. */
  readonly also?: readonly string[]
}

/**
 * Ends a consent at once, and others that she named with it, under the person's lock: when this returns and commits, no decision that
 * begins later permits (docs/design/domain.md#i12). It is always allowed and asks for no reason. A second stop changes nothing.
 * @throws Refusal sharing.not-found (404); sharing.others-changed (409) where a sharing that goes on, or is not hers, is no other way to
 * the same data; IllegalTransition (409)
 */
export async function revokeConsent(
  tx: Transaction,
  notary: Notary,
  { personId, consentId, acr, also = [] }: Stop,
): Promise<void> {
  const book = await openBook(tx, notary.vault, personId)
  const consent = await consentState(tx, book, { personId, consentId })
  if (consent === undefined) throw new Refusal('sharing.not-found', 404)
  const others = also.length === 0 ? [] : await othersNamed(tx, book, notary, consent, also)
  const stopped = await revoke(tx, book, notary, [consent, ...others], { type: 'person', acr })
  if (stopped.length > 0) return notify(tx, personId, 'consent.stopped', book.now)
  if (consent.state === 'revoked') return
  stateAfterMove(consent, 'revoked', book.now)
}

// What the page offered may have ended meanwhile: that is no fault. What never was another way, or is none any more, is not stopped unread.
async function othersNamed(
  tx: Transaction,
  book: Book,
  { vault, live, readFlows }: Notary,
  consent: ConsentState,
  also: readonly string[],
): Promise<readonly ConsentState[]> {
  const named = new Set(also.filter((id) => id !== consent.consentId))
  const register = await live.at(await registerEpoch(tx))
  const { personId } = consent
  const flows = await readFlows(tx, vault, { personId, register, now: book.now })
  const own = flows.consents.filter(({ consentId }) => named.has(consentId))
  const ways = new Set(flows.othersLike(consent).map(({ consentId }) => consentId))
  const isOffered = own.every((one) => ways.has(one.consentId) || !isStoppable(one, book.now))
  if (own.length < named.size || named.size > stopBoxLimit || !isOffered)
    throw new Refusal('sharing.others-changed', 409, {
      nextHref: `/mes-partages/${writeId('con', consent.consentId)}/arret`,
    })
  return own
}

/**
 * Ends those of these consents that live, in an open book, all at the same moment: each leaves a receipt that says what the others leave. A
 * row that is not as this broker wrote it is stopped too, and stays without a seal.
 * @param consents of one person
 * @returns those that lived
 */
export async function revoke<T extends ConsentState>(
  tx: Transaction,
  book: Book,
  notary: Notary,
  consents: readonly T[],
  by: Actor,
): Promise<readonly T[]> {
  const stopped = consents.filter((consent) => isStoppable(consent, book.now))
  if (stopped.length === 0) return []
  const facts = []
  for (const consent of stopped) facts.push(await receiptFactsOf(tx, consent))
  const flows = await flowsFor(tx, book, notary, present(facts[0], 'a consent that is stopped'))
  const stills = stillsOf(flows, stopped, notary)
  for (const [n, consent] of stopped.entries()) {
    const { consentId, arrangementId } = consent
    await endConsent(tx, book, consent, 'revoked')
    const written = await book.append({
      kind: 'consent.revoked',
      actor: by,
      fields: {
        consent_id: writeId('con', consentId),
        arrangement_id: writeId('arr', arrangementId),
        revoked_at: book.now.toISOString(),
      },
    })
    const told = { ...present(facts[n], 'the facts of a consent'), still: stills[n] }
    await issueReceipt(tx, book, notary, written, told)
  }
  return stopped
}

function isStoppable({ state, validUntil }: ConsentState, now: Date): boolean {
  return isLiving(state) && now < validUntil
}

// What goes wrong in telling what is left keeps no stop from being one: the receipts say nothing of it.
function stillsOf(
  flows: FlowsOfPerson | undefined,
  stopped: readonly ConsentState[],
  { log }: Notary,
): readonly (StillClaims | undefined)[] {
  try {
    const stillOf = flows?.stillAfter(stopped.map(({ consentId }) => consentId))
    return stopped.map((consent) => stillOf?.(consent))
  } catch (error) {
    log.error({ error }, 'a receipt of a stop cannot say what is left')
    return []
  }
}

// A stop waits for no register: where it is not as it was applied, the receipt says nothing of what is left.
async function flowsFor(
  tx: Transaction,
  { now }: Book,
  { vault, live, readFlows }: Notary,
  { personId, epoch }: { readonly personId: string; readonly epoch: number },
): Promise<FlowsOfPerson | undefined> {
  const register = await live.at(epoch).catch(recoverFrom(Unavailable, () => undefined))
  return register && readFlows(tx, vault, { personId, register, now })
}
