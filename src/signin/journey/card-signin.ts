import { transact } from '../../base/database/database.ts'
import { newPersonId } from '../../base/values/ids.ts'
import type { CountedTry, TryToCount } from '../../base/web/limits/tries.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { CardProofs } from '../factors/index.ts'
import { holderOfCard, readCardCode, readCardNumber, takeCard } from '../factors/index.ts'
import type { Owner } from './failed-signins.ts'
import type { Attempt } from './journey.ts'
import type { ProofContext } from './proofs.ts'
import { saveSignIn } from './proofs.ts'

// The way in by a card, at a public terminal. It opens her own pages, to read and to take away: no service, and nothing that she would answer.

type Typed = { readonly number: string; readonly code: string }

/** Whether somebody may come by a card: at a terminal, to her own pages, where nothing more is asked than to come in. */
export function takesCards(
  kiosk: boolean,
  { needs, service, level, maxAgeSeconds }: Visit,
): boolean {
  const isOwn = needs === 'login' && service === undefined
  return kiosk && isOwn && level === undefined && maxAgeSeconds === undefined
}

/** @throws Refusal card.number-typed, card.code-typed: before anything is counted */
export function readCard({ number, code }: Typed): Typed {
  return { number: readCardNumber(number), code: readCardCode(code) }
}

/** By what a try is counted: the card, whether or not there is one; and whom the last one concerns. */
export async function tryOfCard(
  { db, peer }: Pick<ProofContext, 'db' | 'peer'>,
  cards: CardProofs,
  { number }: Typed,
): Promise<{ readonly tried: TryToCount; readonly owner: Owner }> {
  const marks = await cards.marksOf(number)
  const personId = (await holderOfCard(db, marks)) ?? newPersonId()
  const account = marks[0]?.toString('hex') ?? ''
  return { tried: { kind: 'card-code', peer, account }, owner: { personId } }
}

/** @throws Refusal card.refused, whatever of it is wrong */
export async function proveByCard(
  counted: CountedTry,
  at: ProofContext,
  cards: CardProofs,
  given: Typed,
): Promise<Attempt> {
  const { db, now } = at
  const typed = await cards.prove(counted, given)
  return transact(db, async (tx) => {
    const { personId, factorId, sessionEpoch } = await takeCard(counted, tx, typed, at)
    const due = { codesDue: false, invitationDue: false }
    const proved = { provedAt: now, factorIds: [factorId], sessionEpoch }
    return saveSignIn(tx, at, { personId, proof: 'card', ...due, ...proved })
  })
}
