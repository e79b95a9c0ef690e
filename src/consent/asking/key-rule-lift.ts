import type { Transaction } from '../../base/database/database.ts'
import type { AnsweringActor } from '../../base/web/visit.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import { eventsOfKinds, newestOfKinds, openBook } from '../../ledger/chain/index.ts'
import { holdOf, holdSeconds, recordActivity } from '../../people/accounts/index.ts'
import { notify } from '../../people/notifications/index.ts'
import type { Passkey, SignedChallenge } from '../../webauthn/index.ts'
import { passkeysOf, useSignature } from '../../webauthn/index.ts'
import type { LiftSignature, Notary } from '../record/index.ts'
import { keyRuleOf, liftChallenge, tellLifted } from '../record/index.ts'
import { openRequests } from './store.ts'

// A person lifts « seulement avec ma clé ». Whoever could add a key in her name and lift the rule with it could answer a question that
// waits for her: so the key is older than each of these, and no key of a recovery that can still be undone.

export type KeyRuleLift = {
  readonly by: AnsweringActor
  /** Undefined: no key of hers can sign. */
  readonly signed: SignedChallenge | undefined
  readonly origin: Origin
}

/** @throws Refusal signature.not-yet (409), passkey.refused, passkey.suspended */
export async function liftKeyRule(
  tx: Transaction,
  notary: Notary,
  { by: { personId, acr }, signed, origin }: KeyRuleLift,
): Promise<void> {
  const book = await openBook(tx, notary.vault, personId)
  const rule = await newestOfKinds(tx, personId, ['signature.required'])
  // Another tab has lifted it.
  if (rule === undefined || (await keyRuleOf(tx, book.live, personId)) !== 'required') return
  const lifts = writeId('evt', rule.eventId)
  const at = { vault: notary.vault, personId, now: book.now }
  if (signed !== undefined) {
    await useSignature(tx, signed, liftChallenge(notary.issuer, lifts), book.now)
    const keys = await liftingKeys(tx, at)
    if (!keys.some(({ passkeyId }) => passkeyId === signed.key.passkeyId)) throw notYet()
  }
  const recovered = signed === undefined ? await recoveryFor(tx, at) : undefined
  if (signed === undefined && recovered === undefined) throw notYet()
  const told = { acr, lifts, signed: signed ? partsOf(signed) : null, recovered: recovered ?? null }
  await tellLifted({ tx, book, notary, personId }, told)
  await recordActivity(tx, { kind: 'signature.lifted', personId, result: 'done' }, origin, book.now)
  await notify(tx, personId, 'signature.lifted', book.now)
}

type At = Pick<Notary, 'vault'> & { readonly personId: string; readonly now: Date }

/** How the rule can be lifted now: by one of these keys; or, where there is none, after a recovery. */
export async function waysToLift(
  tx: Transaction,
  at: At,
): Promise<{ readonly keys: readonly Passkey[]; readonly isRecovered: boolean }> {
  const keys = await liftingKeys(tx, at)
  return { keys, isRecovered: (await recoveryFor(tx, at)) !== undefined }
}

/** The keys of hers that may lift the rule. */
async function liftingKeys(
  tx: Transaction,
  { vault: { seals }, personId, now }: At,
): Promise<readonly Passkey[]> {
  const hold = await holdOf(tx, seals, personId, now)
  const open = await openRequests(tx, personId, now)
  return (await passkeysOf(tx, seals, personId)).filter(
    ({ passkeyId, suspendedAt, isUntrusted, waits, createdAt }) =>
      suspendedAt === null &&
      !isUntrusted &&
      waits === undefined &&
      hold?.isUntrusted !== true &&
      hold?.added.includes(passkeyId) !== true &&
      open.every((question) => createdAt < question.createdAt),
  )
}

/** The recovery after which the rule is lifted without a key, `evt_…`: none of her keys can, and 72 hours have passed. */
async function recoveryFor(tx: Transaction, at: At): Promise<string | undefined> {
  const { vault, personId, now } = at
  if ((await liftingKeys(tx, at)).length > 0) return undefined
  if ((await holdOf(tx, vault.seals, personId, now)) !== undefined) return undefined
  const rule = await newestOfKinds(tx, personId, ['signature.required'])
  const kinds = ['access.recovered', 'access.factor-removed'] as const
  const { events } = await eventsOfKinds(tx, vault, personId, { kinds })
  const last = events.find(({ kind }) => kind === 'access.recovered')
  if (last === undefined || rule === undefined || last.personSeq < rule.personSeq) return undefined
  const isUndone = events.some(
    ({ personSeq, text }) =>
      personSeq > last.personSeq &&
      (JSON.parse(text) as { because?: string }).because === 'recovery-undone', // as `tellRemoved` wrote it
  )
  return !isUndone && secondsAfter(last.recordedAt, holdSeconds) <= now
    ? writeId('evt', last.eventId)
    : undefined
}

function partsOf({ key, signature }: SignedChallenge): LiftSignature {
  const { jwk, ...parts } = signature
  return { factor_id: writeId('fac', key.passkeyId), jwk: { ...jwk }, ...parts }
}

function notYet(): Refusal {
  return new Refusal('signature.not-yet', 409, { nextHref: '/acces/signature' })
}
