import type { Database, Transaction } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { FlowGate } from '../../base/values/gate.ts'
import { requireGateFor } from '../../base/values/gate.ts'
import type { MatchingAnswer, MatchingStop, StoredStop } from './rows.ts'
import { isLifted, sealOfStop } from './seal.ts'

// SQL of answers about files, and of bodies that get none.

/** So many people of a body are looked at, in so many of its answers. */
const lookedPeople = 100
const lookedAnswers = 1000
/** One file that stays wrong is no guessing, however often it is asked about: a person's "no match" count so often at most. */
const mostOfOne = 5
// The latest count: an older one was lifted, or the body could not have been stopped again.
const maxStops = 20

export type MatchingAllowance = {
  /** Answers about this person since the beginning of the day, to whichever body. */
  readonly tries: number
  /** When she may be asked about again, where too many answers about her were "no match" lately. */
  readonly guessedAt: Date | null
  /** "No match" to this body since the beginning of the day. */
  readonly noMatchesToday: number
  /** Of the last hundred people whom an answer since its last stop was lifted says yes or no about: "no match", and people without. */
  readonly noMatches: number
  readonly matched: number
}

/** One body's answers that say yes or no are counted one after the other, whomever they are about, whichever process answers. */
export async function lockBody(tx: Transaction, orgId: string): Promise<void> {
  await tx.raw("select pg_advisory_xact_lock(hashtextextended('accord.matching ' || ?, 0))", [
    orgId,
  ])
}

/**
 * Few rows of three indexes, however many answers there are. "Not sure" is nobody's yes or no: people without a verified identity, and files
 * that cannot be read, thin nothing out.
 */
export async function matchingAllowance(
  tx: Transaction,
  { personId, orgId }: Pick<MatchingAnswer, 'personId' | 'orgId'>,
  since: { readonly day: Date; readonly month: Date; readonly lifted: Date | undefined },
  mostAboutOne: number,
): Promise<MatchingAllowance> {
  const { rows } = await tx.raw<{ rows: MatchingAllowance[] }>(
    `select
       (select count(*)::integer from matching_answer
        where person_id = :personId and answered_at >= :day) as tries,
       (select answered_at from matching_answer
        where person_id = :personId and org_id = :orgId and answered_at >= :month and result = 'no_match'
        order by answered_at desc offset :mostAboutOne - 1 limit 1) as "guessedAt",
       (select count(*)::integer from matching_answer
        where org_id = :orgId and answered_at >= :day and result = 'no_match') as "noMatchesToday",
       counted.*
     from (
       select coalesce(sum(least(no_matches, ${mostOfOne})), 0)::integer as "noMatches",
         (count(*) filter (where no_matches = 0))::integer as matched
       from (
         select count(*) filter (where result = 'no_match') as no_matches from (
           select person_id, result, answered_at from matching_answer
           where org_id = :orgId and answered_at > :lifted and result <> 'not_sure'
           order by answered_at desc limit ${lookedAnswers}) latest
         group by person_id order by max(answered_at) desc limit ${lookedPeople}) people) counted`,
    {
      personId,
      orgId,
      day: since.day,
      month: since.month,
      lifted: since.lifted ?? '-infinity',
      mostAboutOne,
    },
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

export async function insertAnswer(
  tx: Transaction,
  gate: FlowGate,
  answer: MatchingAnswer,
): Promise<void> {
  requireGateFor(gate, answer.personId)
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
