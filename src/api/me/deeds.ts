import { createHash } from 'node:crypto'
import { recordActivity } from '../../people/accounts/index.ts'
import type { Notary } from '../../consent/record/index.ts'
import {
  confirmConsent,
  pauseConsent,
  resumeConsent,
  registerEpoch,
  revokeConsent,
} from '../../consent/record/index.ts'
import { openDispute } from '../../consent/disputes/index.ts'
import type { AnsweringActor } from '../../base/web/visit.ts'
import type { OnBehalf } from '../../base/web/caller.ts'
import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { writeId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import { Problem } from '../../base/values/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Entry, EventKind } from '../../ledger/chain/index.ts'
import { eventsAt, openBook } from '../../ledger/chain/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { stateNow } from './answers.ts'
import { eventNamed } from './event-answers.ts'
import { organisation } from './names.ts'
import { claimKey, consentPage, keepAnswer, liveIds } from './store.ts'

export type HeldContext = {
  readonly foundation: Pick<Foundation, 'clock' | 'config' | 'db' | 'keys'>
  readonly live: LiveRegister
  readonly notary: Notary
}

type Deed = (
  tx: Transaction,
  notary: Notary,
  of: AnsweringActor & { readonly consentId: string },
) => Promise<void>

type Move = {
  /** The deed, which the pages call too. */
  readonly deed: Deed
  readonly kind: EventKind
}

/** Moves of a consent: `POST /me/consents/{id}/<name>`. */
const moves: ReadonlyMap<string, Move> = new Map([
  ['revocation', { deed: revokeConsent, kind: 'consent.revoked' }],
  ['pause', { deed: pauseConsent, kind: 'consent.suspended' }],
  ['resumption', { deed: resumeConsent, kind: 'consent.resumed' }],
  ['confirmation', { deed: confirmConsent, kind: 'consent.confirmed' }],
])

/** A request: the person, the service that acts for her, and the key by which a repeat gets the same answer. */
export type MeRequest = {
  readonly who: OnBehalf
  readonly origin: Origin
  /** `Idempotency-Key`; undefined: none came. */
  readonly key: string | undefined
}

/**
 * @throws Problem not-found (404), idempotency-key.reused (422); Refusal sharing.not-found (404), access.held, IllegalTransition
 * (409); ProofNeeded by a resumption or a confirmation
 */
export function moveConsent(
  context: HeldContext,
  asked: MeRequest,
  name: string,
  consentId: string,
) {
  const move = moves.get(name)
  if (move === undefined) throw new Problem('not-found', 404, 'no such deed')
  return once(context, asked, `${name} ${consentId}`, async (tx) => {
    await act(tx, context, move, asked.who, consentId)
    await note(tx, context, asked, name)
    const [moved] = await told(tx, context, move, asked.who.personId, [consentId])
    return present(moved, 'a consent that was changed')
  })
}

/** Asks the body that answers for it about one line: `POST /me/disputes`. @throws Refusal dispute.* */
export async function dispute(
  context: HeldContext,
  asked: MeRequest,
  question: { readonly decisionId: string; readonly text: string },
) {
  const { personId, acr } = asked.who
  const { foundation, live, notary } = context
  const { vault } = notary
  const register = await live.at(await registerEpoch(foundation.db))
  return once(context, asked, `dispute ${question.decisionId} ${question.text}`, async (tx) => {
    const opened = await openDispute(tx, { vault, register }, { personId, acr, ...question })
    await note(tx, context, asked, 'dispute')
    return {
      dispute_id: writeId('dsp', opened.disputeId),
      decision_id: question.decisionId,
      routed_to: organisation(opened.routedTo, register),
      opened_at: opened.openedAt.toISOString(),
      due_at: opened.dueAt.toISOString(),
    }
  })
}

/** Stops all consents that can be stopped, in one transaction: a decision sees either all of the stops or none. */
export function stopAll(context: HeldContext, asked: MeRequest) {
  return once(context, asked, 'revocations', async (tx) => {
    const { personId } = asked.who
    const move = { deed: revokeConsent, kind: 'consent.revoked' } as const
    const { now } = await openBook(tx, context.notary.vault, personId)
    const ids = await liveIds(tx, personId, now)
    for (const consentId of ids) await act(tx, context, move, asked.who, consentId)
    if (ids.length > 0) await note(tx, context, asked, 'revocations')
    return { stopped: await told(tx, context, move, personId, ids) }
  })
}

async function act(
  tx: Transaction,
  context: HeldContext,
  { deed }: Move,
  { actor }: OnBehalf,
  consentId: string,
): Promise<void> {
  await deed(tx, context.notary, { ...actor, consentId })
}

// Notes the deed with the service that did it, so that the person sees which one acted for her.
async function note(
  tx: Transaction,
  context: HeldContext,
  asked: MeRequest,
  reason: string,
): Promise<void> {
  const { personId, acr, clientId: serviceId } = asked.who
  const entry = { kind: 'sharing.changed', result: 'done', personId, acr, serviceId } as const
  await recordActivity(tx, { ...entry, reason }, asked.origin, context.foundation.clock())
}

async function told(
  tx: Transaction,
  { live, notary }: HeldContext,
  { kind }: Move,
  personId: string,
  ids: readonly string[],
) {
  if (ids.length === 0) return []
  const { consents, at, epoch } = await consentPage(tx, notary.vault.seals, personId, { ids })
  const register = await live.at(epoch)
  const events = await eventsAt(
    tx,
    personId,
    kind,
    consents.map(({ stateAt }) => stateAt),
  )
  return consents.map((consent) => {
    const event = eventOf(events, consent.stateAt)
    const state = stateNow(consent, { register, at })
    return {
      consent_id: writeId('con', consent.consentId),
      state,
      state_at: consent.stateAt.toISOString(),
      ...(state === 'revoked' ? { revoked_at: consent.stateAt.toISOString() } : {}),
      ...(event === undefined ? {} : { event: eventNamed(event) }),
      parties: [consent.holder, consent.recipient].map((root) => organisation(root, register)),
    }
  })
}

function eventOf(events: readonly Entry[], at: Date): Entry | undefined {
  return events.find(({ recordedAt }) => recordedAt.getTime() === at.getTime())
}

/** Does a deed in a transaction. For a day, the same request under the same Idempotency-Key gets the same answer and does nothing. */
async function once(
  { foundation: { db, clock } }: HeldContext,
  { who, key }: MeRequest,
  request: string,
  deed: (tx: Transaction) => Promise<object>,
): Promise<object> {
  if (key === undefined) return transact(db, deed)
  const keySha256 = sha256(`${who.clientId} ${who.personId} ${key}`)
  const requestSha256 = sha256(request)
  return transact(db, async (tx) => {
    const known = await claimKey(tx, keySha256, requestSha256, clock())
    if (known === undefined) {
      const answer = await deed(tx)
      await keepAnswer(tx, keySha256, answer)
      return answer
    }
    if (!known.requestSha256.equals(requestSha256) || known.answer === null)
      throw new Problem('idempotency-key.reused', 422, 'Idempotency-Key: used for another request')
    return known.answer
  })
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
