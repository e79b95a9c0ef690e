import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { RowOf } from '../../base/sealing/sealed-table.ts'
import type { ListedWays, Waits, WaysOf } from '../../people/accounts/index.ts'
import { addWays, dropWays, wayListing, wayOf } from '../../people/accounts/index.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { DrawnCard, TypedCard } from './card-proofs.ts'
import { cardCodeTable, cardTable } from './card-tables.ts'

// SQL of cards. That a card stands is said by the list of her ways in; that it waits, too: then it opens nothing.

type CardRow = RowOf<typeof cardTable>

export type Card = Pick<CardRow, 'cardId' | 'personId' | 'lastFour' | 'madeAt'> & {
  /** It was lost, and ends then; undefined: it stands. */
  readonly waits: Waits | undefined
  /** It is not as this broker wrote it, or in no list: it opens nothing. */
  readonly isUntrusted: boolean
}

const own = ['cardId', 'personId', 'numberMark', 'lastFour', 'madeAt', 'endedAt', 'seal'] as const
const cardColumns = own.map((column) => `card.${column}` as const)

type Read = CardRow & ListedWays & { readonly seal: Buffer | null }

/** The card of a person that has not ended. */
export async function cardOf(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
): Promise<Card | undefined> {
  const row: Read | undefined = await db('card')
    .leftJoin('waysListed', 'waysListed.personId', 'card.personId')
    .select(...cardColumns, 'ways', 'waysSeal')
    .where({ 'card.personId': personId, endedAt: null })
    .first()
  return row && judged(seals, row)
}

function judged(seals: RowSeals, row: Read): Card {
  const { cardId, personId, seal } = row
  const listed = wayListing(seals, personId, row, wayOf('card', cardId))
  const isOurs = seals.holds(cardTable, row, seal) && row.endedAt === null
  const { lastFour, madeAt } = row
  const isUntrusted = !isOurs || listed === undefined
  return { cardId, personId, lastFour, madeAt, waits: listed?.waits, isUntrusted }
}

/** The person of the card with this number, whether or not it is believed. */
export async function holderOfCard(
  db: Database | Transaction,
  marks: readonly Buffer[],
): Promise<string | undefined> {
  const row: { personId: string } | undefined = await db('card')
    .join('provingAccounts', 'provingAccounts.personId', 'card.personId')
    .select('card.personId')
    .whereIn('numberMark', [...marks])
    .first()
  return row?.personId
}

/** A card that somebody showed, with one of its codes. */
export type ShownCard = Card & {
  readonly sessionEpoch: number
  readonly proof: Buffer
  readonly isUsed: boolean
}

type Shown = Read & {
  readonly sessionEpoch: number
  readonly proof: Buffer
  readonly usedAt: Date | null
  /** Whose the code is, as its own row says. */
  readonly codeOf: string
  readonly codeSeal: Buffer | null
}

/** By one statement, whatever of it is wrong. Undefined: there is no such card, it has ended, or the code is not one of its own. */
export async function findCard(
  _: CountedTry,
  tx: Database | Transaction,
  seals: RowSeals,
  { marks, proofs }: TypedCard,
): Promise<ShownCard | undefined> {
  const row: Shown | undefined = await tx('card')
    .join('provingAccounts', 'provingAccounts.personId', 'card.personId')
    .join('cardCode', 'cardCode.cardId', 'card.cardId')
    .leftJoin('waysListed', 'waysListed.personId', 'card.personId')
    .select(...cardColumns, 'ways', 'waysSeal', 'sessionEpoch')
    .select('proof', 'usedAt', 'cardCode.personId as codeOf', 'cardCode.seal as codeSeal')
    .whereIn('numberMark', [...marks])
    .whereIn('proof', [...proofs])
    .where({ endedAt: null })
    .first()
  if (row === undefined) return undefined
  const { sessionEpoch, proof, codeOf, codeSeal } = row
  const isUsed = row.usedAt !== null
  const isCodeOurs = isUsed || seals.holds(cardCodeTable, { ...row, personId: codeOf }, codeSeal)
  const card = judged(seals, row)
  return { ...card, isUntrusted: card.isUntrusted || !isCodeOurs, sessionEpoch, proof, isUsed }
}

/** Marks a code as used: from now on it has no seal. One update decides between two. @returns whether it was unused */
export async function spendCardCode(
  _: CountedTry,
  tx: Transaction,
  proof: Buffer,
  now: Date,
): Promise<boolean> {
  const used = { usedAt: now, seal: null }
  return (await tx('cardCode').where({ proof, usedAt: null }).update(used)) === 1
}

type NewCard = {
  readonly cardId: string
  readonly personId: string
  readonly kept: DrawnCard['kept']
  readonly now: Date
}

export async function insertCard(
  tx: Transaction,
  seals: RowSeals,
  { cardId, personId, kept, now: madeAt }: NewCard,
): Promise<void> {
  await addWays(tx, seals, personId, { add: [wayOf('card', cardId)] }, madeAt)
  const { proofs, numberMark, lastFour } = kept
  const row = { cardId, personId, numberMark, lastFour, madeAt, endedAt: null }
  await tx('card').insert({ ...row, seal: seals.seal(cardTable, row) })
  const codes = proofs.map((proof) => ({ proof, cardId, personId }))
  await tx('cardCode').insert(
    codes.map((code) => ({ ...code, seal: seals.seal(cardCodeTable, code) })),
  )
}

/** Ends a card: its codes go. @returns what it was; undefined: it has ended already */
export async function endCardRow(
  tx: Transaction,
  seals: RowSeals,
  { personId, cardId }: Pick<Card, 'personId' | 'cardId'>,
  now: Date,
): Promise<Pick<Card, 'lastFour'> | undefined> {
  const row: Read | undefined = await tx('card')
    .select(...own)
    .where({ personId, cardId, endedAt: null })
    .forUpdate()
    .first()
  await dropWays(tx, seals, personId, [wayOf('card', cardId)])
  if (row === undefined) return undefined
  // A row that somebody changed gets no seal by a deed of ours.
  const seal = seals.holds(cardTable, row, row.seal)
    ? seals.seal(cardTable, { ...row, endedAt: now })
    : null
  await tx('cardCode').where({ cardId }).delete()
  await tx('card').where({ cardId }).update({ endedAt: now, seal })
  return { lastFour: row.lastFour }
}

/** How many codes of a card were not used. */
export async function unusedCardCodes(db: Database, cardId: string): Promise<number> {
  const rows: object[] = await db('cardCode').select('proof').where({ cardId, usedAt: null })
  return rows.length
}

/** The cards of these people that have not ended. */
export const waysByCard: WaysOf = async (tx, seals, people) => {
  const rows: Read[] = await tx('card')
    .select(...own)
    .whereIn('personId', [...people])
    .where({ endedAt: null })
  return rows
    .filter((row) => seals.holds(cardTable, row, row.seal))
    .map(({ personId, cardId }) => ({ personId, way: wayOf('card', cardId) }))
}
