import type { Foundation } from './foundation.ts'
import { makeLine } from '../platform/line.ts'
import { widestOf } from './network.ts'
import type { CountedBy, Count, RateCounts, Limit, CountedPoints } from './rate-limit.ts'
import { makeRateCounts } from './rate-limit.ts'
import { isOutage } from '../platform/outages.ts'
import { Refusal } from '../platform/refusal.ts'

// Every secret that a person gives is judged here, whichever room compares it. A function that compares a secret takes a `CountedTry`,
// and only this file makes one. A house rule finds a comparison that takes none.

const [tenMinutes, quarter, hour, day] = [10 * 60, 15 * 60, 3600, 24 * 3600]

type Policy = {
  /** Tries from one network, whatever is tried. */
  readonly network: Limit
  /** Tries of one address or account from one network: nobody elsewhere uses them up. */
  readonly here?: Limit
  /** Tries of one address from everywhere, by many who share the work. */
  readonly address?: Limit
  /** Tries of one account, whoever tries and from wherever. */
  readonly account?: readonly Limit[]
  /** Tries from a browser in which the person signed in before: her own tries, which nobody else can use up. */
  readonly browser?: readonly Limit[]
  /** Each try is costly, right or wrong: its counts are not given back. */
  readonly isKept?: true
}

// Each kind of secret has its own counts: using up the counts of one kind blocks no other kind.
const policies = {
  password: {
    network: limit('password/network', 100, quarter),
    here: limit('password/address-here', 20, quarter),
    address: limit('password/address', 100, hour),
    browser: [limit('password/browser', 20, quarter)],
  },
  // Three of a million codes are right at any moment: 50 tries a day find one in about eighteen years.
  'second-code': {
    network: limit('second-code/network', 100, quarter),
    account: [limit('second-code/account', 10, quarter), limit('second-code/day', 50, day)],
    browser: [limit('second-code/browser', 10, quarter), limit('second-code/browser-day', 50, day)],
  },
  // The first code of an application that is being added: the person who gives it has seen the seed.
  'first-code': {
    network: limit('first-code/network', 100, quarter),
    account: [limit('first-code/account', 20, quarter)],
  },
  // Fifty bits prove a code: they are not guessed at this rate from a million networks. A count of all networks together would let a
  // stranger shut the codes of somebody else.
  'recovery-code': {
    network: limit('recovery-code/network', 100, quarter),
    here: limit('recovery-code/set-here', 5, hour),
    browser: [limit('recovery-code/browser', 5, hour)],
  },
  // A code that was sent to an address. Its row allows five tries besides (src/people/accounts/contacts.ts,
  // src/signin/factors/proposals.ts).
  'contact-code': {
    network: limit('contact-code/network', 100, quarter),
    account: [limit('contact-code/account', 30, quarter)],
  },
  // 40 bits are not guessed at this rate, and the readers of a library, behind one address, can still check their messages.
  'message-code': { network: limit('message-code/network', 60, quarter) },
  // The code that a device shows, of 34 bits and ten minutes. Where nobody is signed in, a network has five tries; who is has her own.
  'device-code': {
    network: limit('device-code/network', 5, tenMinutes),
    browser: [limit('device-code/session', 5, tenMinutes)],
  },
  // The password of an access that is being made: each try costs a slow hash and a message.
  'first-password': { network: limit('first-password/network', 100, hour), isKept: true },
  // A password that a person chooses while she is signed in: each try costs a slow hash, right or not.
  'new-password': {
    network: limit('new-password/network', 100, hour),
    account: [limit('new-password/account', 10, hour)],
    isKept: true,
  },
} as const satisfies Readonly<Record<string, Policy>>

export type TryKind = keyof typeof policies

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
}

declare const mark: unique symbol
/** Shows that this comparison is counted, or that its work is bounded. Only `makeTries` makes one. */
export type CountedTry = { readonly [mark]: true }

export type Judged<T> = { readonly value: T; readonly taken: CountedPoints }

export type Tries = {
  /**
   * Counts a try, then lets it be judged. A right try gives its counts back, unless its kind keeps them.
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
  judgeUnsaid<T>(tried: TryToCount, judge: (counted: CountedTry) => Promise<T>): Promise<Judged<T>>
  giveBack(taken: CountedPoints): Promise<void>
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
  const counters = makeRateCounts(foundation)
  const line = makeLine(signatures)
  const counted = {} as CountedTry // nobody else says so
  return {
    async judge(tried, judge, usedUp) {
      const policy: Policy = policies[tried.kind]
      const { taken, usedUp: last } = await counters.take(countsOf(policy, tried))
      try {
        const value = await judge(counted)
        if (policy.isKept !== true) await counters.giveBack(taken)
        return value
      } catch (error) {
        if (error instanceof Refusal && last.some((one) => isOfPerson(policy, one)))
          await usedUp?.()
        throw await notJudged(counters, taken, error)
      }
    },
    async judgeUnsaid(tried, judge) {
      const { taken } = await counters.take(countsOf(policies[tried.kind], tried))
      try {
        return { value: await judge(counted), taken }
      } catch (error) {
        throw await notJudged(counters, taken, error)
      }
    },
    giveBack: (taken) => counters.giveBack(taken),
    verify: (peer, verify) => line.take(widestOf(peer), () => verify(counted)),
  }
}

// An outage or a full line kept the secret from being judged: that is no try, and its counts are given back.
async function notJudged(
  counters: RateCounts,
  taken: CountedPoints,
  error: unknown,
): Promise<unknown> {
  if (isOutage(error)) await counters.giveBack(taken).catch(() => undefined)
  return error
}

// Networks first, then addresses, then accounts: what one network has used up is counted against nobody else.
function countsOf(policy: Policy, tried: TryToCount): Count[] {
  const { peer: network, address, account, browser } = tried
  const subject = address ?? account
  if (browser !== undefined && policy.browser !== undefined && subject !== undefined)
    return countsBy(policy.browser, { key: `${browser} ${subject}` })
  requireSubject(policy, tried)
  return [
    { limit: policy.network, by: { network } },
    ...countsBy(policy.here, { network, key: subject ?? '' }),
    ...countsBy(policy.address, { key: address ?? '' }),
    ...countsBy(policy.account, { key: account ?? '' }),
  ]
}

function requireSubject(policy: Policy, { kind, address, account }: TryToCount): void {
  if (policy.address !== undefined && address === undefined)
    throw new TypeError(`${kind} is counted by its address`)
  if ((policy.account ?? policy.here) !== undefined && (address ?? account) === undefined)
    throw new TypeError(`${kind} is counted by its account`)
}

function countsBy(limits: Limit | readonly Limit[] | undefined, by: CountedBy): Count[] {
  if (limits === undefined) return []
  const those: readonly Limit[] = 'name' in limits ? [limits] : limits
  return those.map((one) => ({ limit: one, by }))
}

function isOfPerson({ here, account = [], browser = [] }: Policy, one: Limit): boolean {
  return one === here || account.includes(one) || browser.includes(one)
}

function limit(name: string, points: number, seconds: number): Limit {
  return { name, points, seconds }
}
