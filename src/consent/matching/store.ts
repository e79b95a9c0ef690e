import type { Database, Transaction } from '../../base/platform/database.ts'
import { present } from '../../base/platform/present.ts'
import type { RowSeals } from '../../base/platform/row-seal.ts'
import type { MatchingAnswer, MatchingStop, StoredStop } from './rows.ts'
import { isLifted, sealOfStop } from './seal.ts'

// SQL of answers about files, and of bodies that get none.

/** So many answers of a body are looked at. */
export const looked = 100
// The latest count: an older one was lifted, or the body could not have been stopped again.
const maxStops = 20

export type MatchingStanding = {
  /** Answers to this body about this person since the beginning of the day. */
  readonly tries: number
  /** Of the body's last hundred answers since its last stop was lifted, those that were "no match". */
  readonly noMatches: number
}

/** One read of two indexes, however many answers there are. */
export async function standingNow(
  tx: Transaction,
  { personId, orgId }: Pick<MatchingAnswer, 'personId' | 'orgId'>,
  since: { readonly day: Date; readonly lifted: Date | undefined },
): Promise<MatchingStanding> {
  const { rows } = await tx.raw<{ rows: MatchingStanding[] }>(
    `select
       (select count(*)::integer from matching_answer
        where person_id = :personId and org_id = :orgId and answered_at >= :day) as tries,
       (select count(*) filter (where result = 'no_match')::integer from (
          select result from matching_answer where org_id = :orgId and answered_at > :lifted
          order by answered_at desc limit ${looked}) last) as "noMatches"`,
    { personId, orgId, day: since.day, lifted: since.lifted ?? '-infinity' },
  )
  return present(rows[0], 'the standing of a body')
}

/** The stops of a body, or of all, the latest first. */
export async function stopsOf(
  db: Database | Transaction,
  where: { readonly orgId?: string },
): Promise<StoredStop[]> {
  return db('matchingStop')
    .select('orgId', 'stoppedAt', 'noMatches', 'liftedAt', 'liftedBy', 'seal')
    .where(where)
    .orderBy('stoppedAt', 'desc')
    .limit(maxStops)
}

/** Whether a body is stopped, and since when its answers count. */
export function judgedStops(
  seals: RowSeals,
  stops: readonly StoredStop[],
): { readonly isStopped: boolean; readonly lifted: Date | undefined } {
  const [latest] = stops
  const isStopped = stops.some((stop) => !isLifted(seals, stop))
  return { isStopped, lifted: latest?.liftedAt ?? undefined }
}

export async function insertAnswer(tx: Transaction, answer: MatchingAnswer): Promise<void> {
  await tx('matchingAnswer').insert(answer)
}

/** Stops a body. @returns whether it was not stopped already */
export async function insertStop(
  tx: Transaction,
  seals: RowSeals,
  stop: MatchingStop,
): Promise<boolean> {
  const rows: unknown[] = await tx('matchingStop')
    .insert({ ...stop, seal: sealOfStop(seals, stop) })
    .onConflict()
    .ignore()
    .returning('orgId')
  return rows.length > 0
}

/** Writes who lifted a stop. A stop that somebody else changed is lifted by this, too: the operator has looked. */
export async function liftStop(
  tx: Transaction,
  seals: RowSeals,
  stop: StoredStop,
  by: { readonly liftedAt: Date; readonly liftedBy: object },
): Promise<void> {
  const { orgId, stoppedAt } = stop
  await tx('matchingStop')
    .where({ orgId, stoppedAt })
    .update({
      ...by,
      liftedBy: JSON.stringify(by.liftedBy),
      seal: sealOfStop(seals, { ...stop, ...by }),
    })
}

/** The answer with this reference, for a clerk. */
export async function answerCalled(
  db: Database,
  reference: string,
): Promise<MatchingAnswer | undefined> {
  return db('matchingAnswer')
    .select('reference', 'personId', 'orgId', 'serviceId', 'result', 'reason', 'answeredAt')
    .where({ reference })
    .first()
}

/** Forgets what was answered about her. */
export async function forgetMatching(tx: Transaction, personId: string): Promise<void> {
  await tx('matchingAnswer').where({ personId }).delete()
}
