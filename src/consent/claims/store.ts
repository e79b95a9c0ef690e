import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { FlowGate } from '../../base/values/gate.ts'
import { requireGateFor } from '../../base/values/gate.ts'
import type { ClaimAnswer, StoredAnswer } from './rows.ts'
import { isTrueAnswer, sealOfAnswer } from './seal.ts'

// SQL of what people said to services that ask for claims.

// More than a person has: services, each with a few claims.
const maxOfPerson = 2000
const columns = [
  'personId',
  'serviceId',
  'claim',
  'isGiven',
  'purposeSha256',
  'answeredAt',
  'seal',
] as const

/** The answers that this broker wrote, to one service or to all. */
export async function answersOf(
  db: Database | Transaction,
  seals: RowSeals,
  where: { readonly personId: string; readonly serviceId?: string },
): Promise<ClaimAnswer[]> {
  const rows: StoredAnswer[] = await db('claimAnswer')
    .select(columns)
    .where(where)
    .orderBy(['serviceId', 'claim'])
    .limit(maxOfPerson)
  return rows.filter((row) => isTrueAnswer(seals, row))
}

/**
 * Writes an answer in the place of an earlier one.
 * @param by what makes it a yes, by which the service is told from now on; or 'no'
 */
export async function putAnswer(
  tx: Transaction,
  seals: RowSeals,
  by: 'no' | FlowGate,
  said: Omit<ClaimAnswer, 'isGiven'>,
): Promise<void> {
  if (by !== 'no') requireGateFor(by, said.personId)
  const answer: ClaimAnswer = { ...said, isGiven: by !== 'no' }
  await tx('claimAnswer')
    .insert({ ...answer, seal: sealOfAnswer(seals, answer) })
    .onConflict(['personId', 'serviceId', 'claim'])
    .merge()
}

/** Forgets what she said to a service. */
export async function deleteAnswers(
  tx: Transaction,
  where: { readonly personId: string; readonly serviceId: string },
): Promise<void> {
  await tx('claimAnswer').where(where).delete()
}

/** Forgets all that she said to services. */
export async function forgetClaims(tx: Transaction, personId: string): Promise<void> {
  await tx('claimAnswer').where({ personId }).delete()
}
