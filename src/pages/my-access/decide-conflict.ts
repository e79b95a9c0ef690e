import { secondsAfter } from '../../base/values/clock.ts'
import type { Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { timeOfId } from '../../base/values/ids.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import type { WaitingWay } from '../../people/accounts/index.ts'
import {
  holdAndWaiting,
  holdSeconds,
  isSeen,
  letStand,
  letWait,
  waitingWays,
} from '../../people/accounts/index.ts'

// Where two ways in contradict each other, a third one decides, and it is final: else the way that it decided against would contradict the
// third one, and so on, until nobody is left but a counter. Two ways that agree decide, each older than anything waits: of a thief with one
// way neither that one nor what he adds by it is two. A way that a counter has just given decides by itself.

type Deciding = {
  readonly seals: RowSeals
  readonly who: Pick<SignedInPerson, 'personId' | 'factorIds'>
  readonly now: Date
}

/**
 * This session takes ways away. Those that another settled way denied before are decided against, and what they alone contradicted stands again.
 * @param before what waited before the removal
 */
export async function decideAgainst(
  tx: Transaction,
  at: Deciding,
  before: readonly WaitingWay[],
  taken: readonly string[],
): Promise<void> {
  const isFinal = await finality(tx, at)
  const lost = before.filter((one) => taken.includes(one.name) && isContested(one))
  const against = lost.filter((one) => one.by.some((name) => isFinal(one, name)))
  if (against.length === 0) return
  await markDecided(tx, at, against)
  const kept = before.filter(
    (one) =>
      one.because === 'disputed' &&
      !taken.includes(one.name) &&
      against.some((other) => isBetween(one, other)) &&
      before.every((other) => !isBetween(one, other) || isDecided(other, against)),
  )
  for (const one of kept) await letStand(tx, at.seals, at.who.personId, one, at.now)
  await decideFor(tx, at, kept)
}

/** This session keeps ways that were disputed: those that contradict them are decided against. @returns whether there are any */
export async function decideFor(
  tx: Transaction,
  at: Deciding,
  kept: readonly WaitingWay[],
): Promise<boolean> {
  const isFinal = await finality(tx, at)
  const disputed = kept.filter(({ because }) => because === 'disputed')
  const waiting = await waitingWays(tx, at.seals, at.who.personId, at.now)
  const against = waiting.filter(
    (one) =>
      isContested(one) &&
      disputed.some((other) => isFinal(one, other.name) && isAgainst(one, other)),
  )
  await markDecided(tx, at, against)
  return against.length > 0
}

function isContested({ because }: WaitingWay): boolean {
  return because === 'disputed' || because === 'denied'
}

/** Whether two ways contradict each other. */
function isBetween(one: WaitingWay, other: WaitingWay): boolean {
  return one.name !== other.name && (isDisputedBy(one, other) || isDisputedBy(other, one))
}

function isDisputedBy({ because, by }: WaitingWay, { name }: WaitingWay): boolean {
  return because === 'disputed' && by.includes(name)
}

/** Whether a way that is kept denied this one, or contradicts it. */
function isAgainst(one: WaitingWay, kept: WaitingWay): boolean {
  return one.by.includes(kept.name) || kept.by.includes(one.name)
}

function isDecided({ name, because }: WaitingWay, against: readonly WaitingWay[]): boolean {
  return because === 'decided' || against.some((one) => one.name === name)
}

/** Whether this session and the way of that name, which has denied a way, are two that agree about it. */
async function finality(
  tx: Transaction,
  { seals, who: { personId, factorIds }, now }: Deciding,
): Promise<(one: WaitingWay, name: string) => boolean> {
  const { ways } = await holdAndWaiting(tx, seals, personId, now)
  const isOfCounter = isSeen(ways, factorIds, now)
  return ({ since }, name) => {
    const isSettled = (id: string) => timeOfId(id) < secondsAfter(since, -holdSeconds)
    const isThird = !factorIds.includes(name) && factorIds.every(isSettled)
    return isOfCounter || (isThird && isSettled(name))
  }
}

async function markDecided(
  tx: Transaction,
  { seals, who: { personId, factorIds: by }, now: since }: Deciding,
  against: readonly WaitingWay[],
): Promise<void> {
  const ways = against.map(({ kind, name }) => `${kind} ${name}` as const)
  await letWait(tx, seals, personId, ways, { since, because: 'decided', by })
}
