import { timeOfId } from '../../base/values/ids.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import type { Card } from '../../signin/factors/index.ts'
import { cardOf, unusedCardCodes } from '../../signin/factors/index.ts'
import type { AccessContext } from './context.ts'
import type { CardLine } from './pages.ts'

/** Her card, as « Entrer et revenir » shows it; undefined: she has none. */
export async function cardLine(
  { foundation: { db }, vault }: AccessContext,
  who: SignedInPerson,
): Promise<CardLine | undefined> {
  const card = await cardOf(db, vault.seals, who.personId)
  if (card === undefined) return undefined
  const { lastFour, madeAt, isUntrusted, waits } = card
  const endsAt = waits?.until
  const codesLeft = await unusedCardCodes(db, card.cardId)
  const isLost = waits !== undefined
  const isEndable = isLost && isOlder(who, card)
  return { lastFour, madeAt, codesLeft, isUntrusted, isLost, endsAt, isEndable }
}

/** Whether every way in that made this session is older than the card: then it ends the card for good, without a wait. */
export function isOlder(
  { factorIds }: Pick<SignedInPerson, 'factorIds'>,
  { madeAt }: Card,
): boolean {
  return factorIds.length > 0 && factorIds.every((id) => timeOfId(id) < madeAt)
}
