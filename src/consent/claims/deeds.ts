import type { Transaction } from '../../base/platform/database.ts'
import type { Book, JsonValue, Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { AskedClaim } from '../../registry/index.ts'
import { purposeHash } from './question.ts'
import type { ClaimAnswer } from './rows.ts'
import { answersOf, deleteAnswers, putAnswer } from './store.ts'

// What a person says to a service that asks for claims, and takes back. Each is an event of her chain, with the row that it tells.

export type ServiceAsking = {
  readonly serviceId: string
  readonly orgId: string
  /** The version of its file, `client@3`. */
  readonly ref: string
}

export type ClaimsAnswer = {
  readonly personId: string
  readonly acr: string
  readonly service: ServiceAsking
  readonly answers: readonly { readonly asked: AskedClaim; readonly isGiven: boolean }[]
}

/** Records what she lets a service have. The same answers again change nothing. @returns whether anything changed */
export async function answerClaims(
  tx: Transaction,
  vault: Vault,
  { personId, acr, service, answers }: ClaimsAnswer,
): Promise<boolean> {
  const book = await openBook(tx, vault, personId)
  const { serviceId, orgId, ref } = service
  const known = await answersOf(tx, vault.seals, { personId, serviceId })
  const fresh = answers.filter((answer) => !known.some((one) => isSame(one, answer)))
  if (fresh.length === 0) return false
  for (const { asked, isGiven } of fresh) {
    const purposeSha256 = purposeHash(asked.purpose)
    const about = { personId, serviceId, claim: asked.name }
    await putAnswer(tx, vault.seals, { ...about, isGiven, purposeSha256, answeredAt: book.now })
  }
  await book.append({
    kind: 'claims.answered',
    actor: { type: 'person', acr },
    fields: {
      service: serviceId,
      registered: ref,
      organisation: orgId,
      claims: fresh.map(({ asked, isGiven }) => told(asked, isGiven)),
    },
  })
  return true
}

function isSame(known: ClaimAnswer, { asked, isGiven }: ClaimsAnswer['answers'][number]): boolean {
  const isAbout = known.claim === asked.name && known.isGiven === isGiven
  return isAbout && known.purposeSha256.equals(purposeHash(asked.purpose))
}

function told({ name, purpose, isOptional }: AskedClaim, given: boolean): JsonValue {
  const { fr, en } = purpose
  return { claim: name, given, optional: isOptional, purpose: { fr, en } }
}

export type Ending = {
  readonly personId: string
  readonly acr: string
  readonly serviceId: string
}

/** From now on the service is not told this claim. @returns whether it was told it before */
export async function endClaim(
  tx: Transaction,
  vault: Vault,
  { personId, acr, serviceId, claim }: Ending & { readonly claim: string },
): Promise<boolean> {
  const book = await openBook(tx, vault, personId)
  const known = await answersOf(tx, vault.seals, { personId, serviceId })
  const given = known.find((one) => one.claim === claim && one.isGiven)
  if (given === undefined) return false
  await putAnswer(tx, vault.seals, { ...given, isGiven: false, answeredAt: book.now })
  await book.append({
    kind: 'claims.ended',
    actor: { type: 'person', acr },
    fields: { service: serviceId, claims: [claim] },
  })
  return true
}

/** Says in her chain that she ended her connection with a service, and forgets what she had said to it. */
export async function tellConnectionEnded(
  tx: Transaction,
  book: Book,
  { personId, acr, serviceId }: Ending,
): Promise<void> {
  await deleteAnswers(tx, { personId, serviceId })
  await book.append({
    kind: 'connection.ended',
    actor: { type: 'person', acr },
    fields: { service: serviceId },
  })
}
