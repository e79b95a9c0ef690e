import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { readBase32 } from '../../base/values/ids.ts'
import { StartError } from '../../base/values/start-error.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { wordsIn } from '../../base/values/parse-words.ts'
import type { Ordered, RegisterSigner } from '../../registry/index.ts'
import { isWritten, orderOptions, takeOrder } from '../../registry/index.ts'
import type { StoredStop } from './rows.ts'
import { toldReasons } from './rows.ts'
import { isLifted } from './seal.ts'
import { answerCalled, liftStop, stopsOf } from './store.ts'

/** What a lift needs. */
export type LiftParts = {
  readonly seals: RowSeals
  readonly issuer: string
  readonly signers: readonly RegisterSigner[]
}

/**
 * `accord matching show REFERENCE`: what a service was answered, for a clerk who was told the reference; nothing about the person.
 * `accord matching stops`: the bodies that were stopped. `accord matching lift ORGANISATION`: one of them may ask again, by an order.
 * @returns the lines to print; undefined: wrong usage. @throws StartError
 */
export async function matchingCommand(
  db: Database,
  args: readonly string[],
  now: Date,
  open: () => Promise<LiftParts>,
): Promise<string[] | undefined> {
  const asked = readArguments(args)
  if (asked === undefined) return undefined
  const { deed, name, words } = asked
  if (deed === 'stops') return stopLines((await open()).seals, await stopsOf(db, {}))
  if (deed === 'show') return show(db, name)
  return lift(db, await open(), name, words, now)
}

async function show(db: Database, typed: string): Promise<string[]> {
  const plain = readBase32(typed)
  const half = plain.length / 2
  const found = await answerCalled(db, `${plain.slice(0, half)}-${plain.slice(half)}`)
  if (found === undefined) throw new StartError(`No answer has the reference ${typed}.`)
  const { orgId, serviceId, result, answeredAt } = found
  return [
    `answered ${answeredAt.toISOString()}`,
    `organisation ${orgId}`,
    `service ${serviceId}`,
    `result ${result}`,
    `reason ${toldReasons[result]}`,
  ]
}

function stopLines(seals: RowSeals, stops: readonly StoredStop[]): string[] {
  if (stops.length === 0) return ['no body was stopped']
  return stops.map((stop) => {
    const { orgId, stoppedAt, noMatches, liftedAt } = stop
    const since = `${orgId} since ${stoppedAt.toISOString()}: ${noMatches} files of nobody among its last hundred people`
    return isLifted(seals, stop)
      ? `${since}; lifted ${liftedAt?.toISOString()}`
      : `${since}; stopped`
  })
}

async function lift(
  db: Database,
  { seals, issuer, signers }: LiftParts,
  orgId: string,
  words: Parameters<typeof takeOrder>[1],
  now: Date,
): Promise<string[]> {
  const standing = (await stopsOf(db, { orgId })).filter((stop) => !isLifted(seals, stop))
  if (standing.length === 0) throw new StartError(`${orgId} is not stopped.`)
  const ordering = { issuer, deed: 'matching', about: orgId, details: {}, signers, now } as const
  const ordered = await takeOrder({ ...ordering, needed: 1 }, words)
  if (isWritten(ordered)) return [...ordered]
  const by = { liftedAt: now, liftedBy: saidBy(ordered) }
  await transact(db, async (tx) => {
    for (const stop of standing) await liftStop(tx, seals, stop, by)
  })
  return [`${orgId} may ask again: its answers until now count no more`]
}

function saidBy({ order, signatures, operator }: Ordered): object {
  const { reason } = order
  if (operator !== undefined) return { reason, operator }
  return { reason, signers: signatures.map(({ signer, jws }) => ({ signer, jws })) }
}

const deeds = ['show', 'stops', 'lift'] as const

function readArguments(args: readonly string[]) {
  return wordsIn(args, orderOptions, (words, [first, name = '', ...others]) => {
    const deed = deeds.find((one) => one === first)
    const isNamed = (name === '') === (deed === 'stops')
    const isOrdered = Object.keys(words).length > 0
    if (deed === undefined || !isNamed || others.length > 0) return undefined
    return isOrdered && deed !== 'lift' ? undefined : { deed, name, words }
  })
}
