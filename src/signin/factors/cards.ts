import type { Transaction } from '../../base/database/database.ts'
import { newUuid, writeId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { Actor, Book, Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { ProvenFactor, RowReader } from '../../people/accounts/index.ts'
import { letWait, lockAccount, tellUntrusted, wayOf } from '../../people/accounts/index.ts'
import type { DrawnCard, TypedCard } from './card-proofs.ts'
import type { Card, ShownCard } from './card-store.ts'
import { cardOf, endCardRow, findCard, insertCard, spendCardCode } from './card-store.ts'

// A card: a number and twelve codes on paper, for somebody without a device. Each code opens something once (decision 0249).

/** At whose desk a card is made, and by which two offices. */
export type CardMakers = {
  /** `org_…` */
  readonly organisation: string
  readonly offices: readonly [proposing: string, deciding: string]
}

/** Keeps a new card; one that she has ends. Under the lock of her access. @returns its id */
export async function keepCard(
  tx: Transaction,
  vault: Vault,
  { personId, kept, by }: Pick<DrawnCard, 'kept'> & { personId: string; by: CardMakers },
): Promise<string> {
  const { seals } = vault
  const book = await openBook(tx, vault, personId)
  const actor = { type: 'organisation', organisation: by.organisation } as const
  const before = await cardOf(tx, seals, personId)
  if (before !== undefined)
    await endIn(tx, book, seals, { personId, cardId: before.cardId, because: 'replaced' }, actor)
  const cardId = newUuid(book.now)
  await insertCard(tx, seals, { cardId, personId, kept, now: book.now })
  await book.append({
    kind: 'card.made',
    actor,
    fields: {
      card: writeId('fac', cardId),
      last_four: kept.lastFour,
      organisation: by.organisation,
      offices: by.offices.map((office) => writeId('man', office)),
    },
  })
  return cardId
}

type CardEnd = Pick<Card, 'personId' | 'cardId'> & { readonly because: 'lost' | 'replaced' }

/** From now on it opens nothing, for good. Under the lock of her access. @returns false: it has ended already */
export async function endCard(
  tx: Transaction,
  vault: Vault,
  ending: CardEnd,
  actor: Actor,
): Promise<boolean> {
  return endIn(tx, await openBook(tx, vault, ending.personId), vault.seals, ending, actor)
}

async function endIn(
  tx: Transaction,
  book: Book,
  seals: RowSeals,
  { because, ...card }: CardEnd,
  actor: Actor,
): Promise<boolean> {
  const ended = await endCardRow(tx, seals, card, book.now)
  if (ended === undefined) return false
  const fields = { card: writeId('fac', card.cardId), last_four: ended.lastFour, because }
  await book.append({ kind: 'card.ended', actor, fields })
  return true
}

/**
 * « Carte perdue »: it opens nothing from now on. It ends after 72 hours: until then she can say that she has it again. Under the lock of
 * her access. @param by the ways in that made the session which says so @returns the card; undefined: none stands
 */
export async function loseCard(
  tx: Transaction,
  vault: Vault,
  personId: string,
  by: readonly string[],
  now: Date,
): Promise<Card | undefined> {
  const card = await cardOf(tx, vault.seals, personId)
  if (card === undefined || card.waits !== undefined) return undefined
  const waits = { since: now, because: 'removed', by } as const
  await letWait(tx, vault.seals, personId, [wayOf('card', card.cardId)], waits)
  return card
}

/**
 * Takes a card with one of its codes, which is used up.
 * @throws Refusal card.refused, the same for an unknown number, a wrong, used or other card's code, and a card that was lost
 */
export async function takeCard(
  counted: CountedTry,
  tx: Transaction,
  typed: TypedCard,
  at: RowReader,
): Promise<ProvenFactor> {
  const shown = await findCard(counted, tx, at.seals, typed)
  if (shown?.isUntrusted === true) await tellChanged(shown, at)
  if (shown === undefined || !opens(shown)) throw new Refusal('card.refused')
  await lockAccount(tx, shown.personId)
  // Under the lock: it may have been lost, or used, since it was read.
  const card = await findCard(counted, tx, at.seals, typed)
  if (card === undefined || !opens(card) || !(await spendCardCode(counted, tx, card.proof, at.now)))
    throw new Refusal('card.refused')
  const { personId, cardId: factorId, sessionEpoch } = card
  return { personId, factorId, sessionEpoch }
}

function opens({ isUntrusted, isUsed, waits }: ShownCard): boolean {
  return !isUntrusted && !isUsed && waits === undefined
}

function tellChanged({ personId, cardId: ref }: Card, at: RowReader): Promise<void> {
  return tellUntrusted(at, { what: 'card', ref, personId }, { ...at.origin, now: at.now })
}
