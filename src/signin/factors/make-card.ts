import type { Transaction } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { lockAccount, recordActivity } from '../../people/accounts/index.ts'
import type { IdentitySeals } from '../../people/identity/index.ts'
import { statementOfCheck, statementsOf } from '../../people/identity/index.ts'
import type { DecidedDeed } from '../../people/offices/index.ts'
import type { CardProofs, DrawnCard } from './card-proofs.ts'
import { keepCard } from './cards.ts'

export type CardTools = {
  readonly vault: Vault
  readonly identities: IdentitySeals
  readonly cards: CardProofs
  readonly origin: Origin
}

/**
 * Makes the card of somebody whom this desk has identified, as two officers decided.
 * @returns the card, for the answer to whoever decided: it is shown once, to him alone. Who proposed it never sees it.
 * @throws Refusal desk.decided (409): she was identified anew since, or her access is gone
 */
export async function makeCard(
  tx: Transaction,
  { vault, identities, cards, origin }: CardTools,
  { organisation, content, offices, at }: DecidedDeed<'card.make'>,
): Promise<DrawnCard> {
  const { person: personId, check: checkId } = content
  if (!(await lockAccount(tx, personId))) throw new Refusal('desk.decided', 409)
  const statements = await statementsOf(tx, identities, personId)
  if (statementOfCheck(statements, { organisation, checkId }) === undefined)
    throw new Refusal('desk.decided', 409)
  const drawn = cards.draw()
  await keepCard(tx, vault, { personId, kept: drawn.kept, by: { organisation, offices } })
  await recordActivity(tx, { kind: 'card.made', personId, result: 'done' }, origin, at)
  return drawn
}
