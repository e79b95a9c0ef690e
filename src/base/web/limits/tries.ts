import { createHash } from 'node:crypto'
import type { Foundation } from '../foundation.ts'
import { makeFairQueue } from '../../jobs/fair-queue.ts'
import { isOutage } from '../../database/database-outages.ts'
import { Refusal } from '../../values/refusal.ts'
import { holdTries, releaseTries } from './held-tries.ts'
import type { Limit, NetworkLimit, Policy, TryKind } from './policies.ts'
import { policies } from './policies.ts'
import { widestOf } from './network.ts'
import type {
  CountSubject,
  Count,
  SharedCountResult,
  CountedPoints,
  RateCounts,
} from './rate-counts.ts'
import { makeRateCounts, rateLimitRefusal } from './rate-counts.ts'
import type { NetworkLine } from './network-line.ts'
import { makeNetworkLine } from './network-line.ts'

export type { TryKind } from './policies.ts'

// Every secret that a person gives is judged here, whichever room compares it. A function that compares a secret takes a `CountedTry`,
// and only this file makes one. A house rule finds a comparison that takes none.

/** What is tried, by whom and from where. */
export type TryToCount = {
  readonly kind: TryKind
  /** As `peerOf`. */
  readonly peer: string
  readonly address?: string
  /** The account whose secret it would be: any name of the account, or a stand-in where there is no such account. */
  readonly account?: string
  /** A browser in which the person of this address or account signed in before, if the caller found one. */
  readonly browser?: string | undefined
  /** Who is known, though nothing here is a secret of hers: the person who is signed in, or a browser in which somebody signed in before. */
  readonly own?: string | undefined
  /** The visit in which it happens. */
  readonly visit?: string | undefined
}

declare const mark: unique symbol
/** Shows that this comparison is counted, or that its work is bounded. Only `makeTries` makes one. */
export type CountedTry = { readonly [mark]: true }

export type JudgedTry<T> = { readonly value: T; readonly taken: CountedPoints }

export type Tries = {
  /**
   * Counts a try, then lets it be judged. A right try gives its counts back, but those that its kind keeps.
   * @param usedUp called when the try was refused and was the last one of an account or of a browser, or of an account from one
   * network: of many at once, for one
   * @throws Refusal too-many-attempts (429), and what `judge` throws
   */
  judge<T>(
    tried: TryToCount,
    judge: (counted: CountedTry) => Promise<T>,
    usedUp?: () => Promise<void>,
  ): Promise<T>
  /** As `judge`, where nobody is told yet whether the try was right: the counts stay until they are given back. */
  judgeUnsaid<T>(
    tried: TryToCount,
    judge: (counted: CountedTry) => Promise<T>,
  ): Promise<JudgedTry<T>>
  giveBack(taken: CountedPoints): Promise<void>
  /**
   * Counts what ends well later, if at all, and does it: it stays counted until `endedWell`. A fault of ours is not counted.
   * @param errandOf what is to end well, by a name that nobody else can give, as the id of a visit
   * @throws Refusal too-many-attempts (429), and what `deed` throws
   */
  begin<T>(tried: TryToCount, errandOf: (done: T) => string, deed: () => Promise<T>): Promise<T>
  /** Gives back all that was counted for an errand, once: by whoever has seen the proof that it ended well. */
  endedWell(kind: TryKind, errand: string): Promise<void>
  /**
   * A signature cannot be guessed, so wrong ones are not counted: only the work of verifying is bounded, in a line where each
   * network has its turn.
   * @throws Unavailable when too many of this network, or of all, wait already
   */
  verify<T>(peer: string, verify: (counted: CountedTry) => Promise<T>): Promise<T>
}

// Verifying takes a thread and some statements for milliseconds. One network may fill only a part of the line, so that the others
// find room.
const signatures = { atOnce: 6, waiting: 300, ofOneNetwork: 150 }

export function makeTries(foundation: Pick<Foundation, 'db' | 'clock'>): Tries {
  const { db } = foundation
  const counting = { counters: makeRateCounts(foundation), networks: makeNetworkLine(foundation) }
  const { counters } = counting
  const line = makeFairQueue(signatures)
  const counted = {} as CountedTry // nobody else says so
  return {
    async judge(tried, judge, usedUp) {
      const policy: Policy = policies[tried.kind]
      const { taken, kept, usedUp: last } = await take(counting, policy, tried)
      try {
        const value = await judge(counted)
        await counters.giveBack(taken)
        return value
      } catch (error) {
        const isWrong = error instanceof Refusal && !isNotJudged(error)
        if (isWrong && last.some((one) => isOfPerson(policy, one))) await usedUp?.()
        throw await notJudged(counters, [...taken, ...kept], error)
      }
    },
    async judgeUnsaid(tried, judge) {
      const { taken, kept } = await take(counting, policies[tried.kind], tried)
      try {
        return { value: await judge(counted), taken }
      } catch (error) {
        throw await notJudged(counters, [...taken, ...kept], error)
      }
    },
    giveBack: (taken) => counters.giveBack(taken),
    async begin(tried, errandOf, deed) {
      const { taken, kept } = await take(counting, policies[tried.kind], tried)
      try {
        const done = await deed()
        await holdTries(db, heldName(tried.kind, errandOf(done)), taken)
        return done
      } catch (error) {
        // A refusal was a try; a fault of ours was none.
        if (!(error instanceof Refusal))
          await counters.giveBack([...taken, ...kept]).catch(() => undefined)
        throw error
      }
    },
    endedWell: (kind, errand) => releaseTries(db, heldName(kind, errand)),
    verify: (peer, verify) => line.take(widestOf(peer), () => verify(counted)),
  }
}

type Counting = { readonly counters: RateCounts; readonly networks: NetworkLine }

/** Counts a try. Where its network has none left, it waits for its turn, and is counted on by what else it has. */
async function take(
  { counters, networks: line }: Counting,
  policy: Policy,
  tried: TryToCount,
): Promise<SharedCountResult> {
  const [networks, counts] = countsOf(policy, tried)
  let far = await counters.takeAsFar(counts)
  for (let waited = 0; waited < mostNetworks; waited++) {
    const { over } = far
    if (over === undefined) return far
    const network = networks.find((one) => one === over.limit)
    try {
      if (network?.everySeconds === undefined) throw rateLimitRefusal('too-many-attempts', over.ms)
      await line.wait(network, tried.peer, turnOf(tried))
    } catch (error) {
      // What kept it from going on is the network's: no visit or person of it has tried anything.
      if (network !== undefined) await counters.giveBack([...far.taken, ...far.kept])
      throw error
    }
    const rest = counts.slice(counts.findIndex(({ limit }) => limit === network) + 1)
    far = joined(far, await counters.takeAsFar(rest))
  }
  throw new Error('a try has more networks than a policy can name')
}

/** A policy names two limits of a network at most. */
const mostNetworks = 3

function joined(
  before: SharedCountResult,
  { taken, kept, usedUp, over }: SharedCountResult,
): SharedCountResult {
  return {
    taken: [...before.taken, ...taken],
    kept: [...before.kept, ...kept],
    usedUp: [...before.usedUp, ...usedUp],
    over,
  }
}

function turnOf({ own, visit, address, account }: TryToCount): string {
  return own ?? visit ?? address ?? account ?? ''
}

function heldName(kind: TryKind, errand: string): Buffer {
  return createHash('sha256').update(`held:${kind}:${errand}`).digest()
}

// An outage, a full line or another count kept the secret from being judged: that is no try, and its counts are given back.
async function notJudged(
  counters: RateCounts,
  taken: CountedPoints,
  error: unknown,
): Promise<unknown> {
  if (isNotJudged(error)) await counters.giveBack(taken).catch(() => undefined)
  return error
}

function isNotJudged(error: unknown): boolean {
  return isOutage(error) || (error instanceof Refusal && error.code === 'too-many-attempts')
}

// Networks first, then addresses, then accounts: what one network has used up is counted against nobody else. But before its network comes
// what one visit or one person has: what she has used up is counted against none of her neighbours.
function countsOf(policy: Policy, tried: TryToCount): readonly [readonly NetworkLimit[], Count[]] {
  const { peer: network, address, account, browser, own, visit } = tried
  const subject = address ?? account
  if (browser !== undefined && policy.browser !== undefined && subject !== undefined)
    return [[], countsBy(policy.browser, { key: `${browser} ${subject}` })]
  if (own !== undefined && policy.own !== undefined)
    return [
      [policy.own.network],
      [...countsBy(policy.own.each, { key: own }), ...countsBy(policy.own.network, { network })],
    ]
  requireSubject(policy, tried)
  const networks = [policy.network, ...(policy.ceiling === undefined ? [] : [policy.ceiling])]
  return [
    networks,
    [
      ...(visit === undefined ? [] : countsBy(policy.visit, { key: visit })),
      ...countsBy(networks, { network }),
      ...countsBy(policy.here, { network, key: subject ?? '' }),
      ...countsBy(policy.address, { key: address ?? '' }),
      ...countsBy(policy.account, { key: account ?? '' }),
    ],
  ]
}

function requireSubject(policy: Policy, { kind, address, account }: TryToCount): void {
  if (policy.address !== undefined && address === undefined)
    throw new TypeError(`${kind} is counted by its address`)
  if ((policy.account ?? policy.here) !== undefined && (address ?? account) === undefined)
    throw new TypeError(`${kind} is counted by its account`)
}

function countsBy(limits: Limit | readonly Limit[] | undefined, by: CountSubject): Count[] {
  if (limits === undefined) return []
  const those: readonly Limit[] = 'name' in limits ? [limits] : limits
  return those.map((one) => ({ limit: one, by }))
}

function isOfPerson({ here, account = [], browser = [] }: Policy, one: Limit): boolean {
  return one === here || account.includes(one) || browser.includes(one)
}
