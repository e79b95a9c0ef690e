import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { readBase32 } from '../../base/values/ids.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { AuthorizedOrder, OrderWords, RegisterSigner } from '../../registry/index.ts'
import { isDraft, authorizeOrder } from '../../registry/index.ts'
import { toldReasons } from './rows.ts'
import { isLifted } from './seal.ts'
import { answerCalled, liftStop, stopsOf } from './store.ts'

/** What a lift needs. */
export type LiftParts = {
  readonly seals: RowSeals
  readonly issuer: string
  readonly signers: readonly RegisterSigner[]
}

/** `accord matching show`: what a service was answered, for a clerk who was told the reference; nothing about the person. */
export async function showAnswer(db: Database, typed: string): Promise<string[]> {
  const plain = readBase32(typed)
  const half = plain.length / 2
  const found = await answerCalled(db, `${plain.slice(0, half)}-${plain.slice(half)}`)
  if (found === undefined) throw new OperatorError(`No answer has the reference ${typed}.`)
  const { orgId, serviceId, result, answeredAt } = found
  return [
    `answered ${answeredAt.toISOString()}`,
    `organisation ${orgId}`,
    `service ${serviceId}`,
    `result ${result}`,
    `reason ${toldReasons[result]}`,
  ]
}

/** `accord matching stops`: the bodies that were stopped. */
export async function showStops(
  db: Database,
  { seals }: Pick<LiftParts, 'seals'>,
): Promise<string[]> {
  const stops = await stopsOf(db, {})
  if (stops.length === 0) return ['no body was stopped']
  return stops.map((stop) => {
    const { orgId, stoppedAt, noMatches, liftedAt } = stop
    const since = `${orgId} since ${stoppedAt.toISOString()}: ${noMatches} files of nobody among its last hundred people`
    return isLifted(seals, stop)
      ? `${since}; lifted ${liftedAt?.toISOString()}`
      : `${since}; stopped`
  })
}

export type LiftAsked = { readonly orgId: string; readonly words: OrderWords }

/** `accord matching lift`: a body may ask again. @throws OperatorError where nobody orders it */
export async function liftByOrder(
  db: Database,
  { seals, issuer, signers }: LiftParts,
  { orgId, words }: LiftAsked,
  now: Date,
): Promise<string[]> {
  const standing = (await stopsOf(db, { orgId })).filter((stop) => !isLifted(seals, stop))
  if (standing.length === 0) throw new OperatorError(`${orgId} is not stopped.`)
  const ordering = { issuer, deed: 'matching', about: orgId, details: {}, signers, now } as const
  const ordered = await authorizeOrder({ ...ordering, needed: 1 }, words)
  if (isDraft(ordered)) return [...ordered]
  const by = { liftedAt: now, liftedBy: saidBy(ordered) }
  await transact(db, async (tx) => {
    for (const stop of standing) await liftStop(tx, seals, stop, by)
  })
  return [`${orgId} may ask again: its answers until now count no more`]
}

function saidBy({ order, signatures, operator }: AuthorizedOrder): object {
  const { reason } = order
  if (operator !== undefined) return { reason, operator }
  return { reason, signers: signatures.map(({ signer, jws }) => ({ signer, jws })) }
}
