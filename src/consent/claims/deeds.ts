import type { Transaction } from '../../base/database/database.ts'
import type { Book, JsonValue, Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { AnsweringActor } from '../../base/web/visit.ts'
import { openGate } from '../../people/accounts/index.ts'
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
  /** Who answers, and how surely she is signed in. */
  readonly by: AnsweringActor
  readonly service: ServiceAsking
  readonly answers: readonly { readonly asked: AskedClaim; readonly isGiven: boolean }[]
}

/**
 * Records what she lets a service have. The same answers again change nothing. What says who she is needs the same proof as what is
 * sensitive; a no needs none.
 * @returns whether anything changed. @throws Refusal access.held (409); ProofNeeded
 */
export async function answerClaims(
  tx: Transaction,
  vault: Vault,
  { by, service, answers }: ClaimsAnswer,
): Promise<boolean> {
  const { personId, acr } = by
  const book = await openBook(tx, vault, personId)
  const { serviceId, orgId, ref } = service
  const known = await answersOf(tx, vault.seals, { personId, serviceId })
  const fresh = answers.filter((answer) => !known.some((one) => isSame(one, answer)))
  if (fresh.length === 0) return false
  const gate = fresh.some(({ isGiven }) => isGiven)
    ? await openGate(tx, vault.seals, by, true, book.now)
    : 'no'
  for (const { asked, isGiven } of fresh) {
    const purposeSha256 = purposeHash(asked.purpose)
    const said = { personId, serviceId, claim: asked.name, purposeSha256, answeredAt: book.now }
    await putAnswer(tx, vault.seals, isGiven ? gate : 'no', said)
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

export type ConnectionEnd = {
  readonly personId: string
  readonly acr: string
  readonly serviceId: string
}

/** From now on the service is not told this claim. @returns whether it was told it before */
export async function endClaim(
  tx: Transaction,
  vault: Vault,
  { personId, acr, serviceId, claim }: ConnectionEnd & { readonly claim: string },
): Promise<boolean> {
  const book = await openBook(tx, vault, personId)
  const known = await answersOf(tx, vault.seals, { personId, serviceId })
  const given = known.find((one) => one.claim === claim && one.isGiven)
  if (given === undefined) return false
  await putAnswer(tx, vault.seals, 'no', { ...given, answeredAt: book.now })
  await book.append({
    kind: 'claims.ended',
    actor: { type: 'person', acr },
    fields: { service: serviceId, claims: [claim] },
  })
  return true
}

/** From now on no service is told what was given to it since a moment. @returns the services */
export async function endClaimsSince(
  tx: Transaction,
  vault: Vault,
  { personId, acr }: Pick<ConnectionEnd, 'personId' | 'acr'>,
  moment: Date,
): Promise<readonly string[]> {
  const book = await openBook(tx, vault, personId)
  const known = await answersOf(tx, vault.seals, { personId })
  const given = known.filter(({ isGiven, answeredAt }) => isGiven && answeredAt >= moment)
  const services = [...new Set(given.map(({ serviceId }) => serviceId))]
  for (const service of services) {
    const ending = given.filter(({ serviceId }) => serviceId === service)
    for (const one of ending)
      await putAnswer(tx, vault.seals, 'no', { ...one, answeredAt: book.now })
    const claims = ending.map(({ claim }) => claim)
    const fields = { service, claims }
    await book.append({ kind: 'claims.ended', actor: { type: 'person', acr }, fields })
  }
  return services
}

/** Says in her chain that she ended her connection with a service, and forgets what she had said to it. */
export async function tellConnectionEnded(
  tx: Transaction,
  book: Book,
  { personId, acr, serviceId }: ConnectionEnd,
): Promise<void> {
  await deleteAnswers(tx, { personId, serviceId })
  await book.append({
    kind: 'connection.ended',
    actor: { type: 'person', acr },
    fields: { service: serviceId },
  })
}
