import type { Foundation } from './foundation.ts'
import { makeLine } from '../platform/line.ts'
import { widestOf } from './network.ts'
import type { CountedBy, Count, RateCounts, Limit, Taken } from './rate-limit.ts'
import { makeRateCounts } from './rate-limit.ts'
import { Refusal, Unavailable } from '../platform/refusal.ts'

// Every secret that somebody gives is judged here, in whichever room it is compared: what compares one asks for a `Counted`, and
// nothing but this file makes one. A house rule finds a comparison that asks for none.

const [quarter, hour, day] = [15 * 60, 3600, 24 * 3600]

type Policy = {
  /** Tries from one network, whatever is tried. */
  readonly network: Limit
  /** Tries of one address from one network; and from everywhere, by many who share the work. */
  readonly addressHere?: Limit
  readonly address?: Limit
  /** Tries of one account, whoever tries and from wherever. */
  readonly account?: readonly Limit[]
  /** Of a browser that the person signed in with before: her own tries, which nobody else can use up. */
  readonly browser?: readonly Limit[]
  /** Each try is dear whatever comes of it. */
  readonly isKept?: true
}

// Each kind of secret has counts of its own: whoever uses up those of one keeps nobody from another.
const policies = {
  password: {
    network: limit('password/network', 100, quarter),
    addressHere: limit('password/address-here', 20, quarter),
    address: limit('password/address', 100, hour),
    browser: [limit('password/browser', 20, quarter)],
  },
  // Three of a million codes are right at any moment: 50 tries a day find one in about eighteen years.
  'second-code': {
    network: limit('second-code/network', 100, quarter),
    account: [limit('second-code/account', 10, quarter), limit('second-code/day', 50, day)],
    browser: [limit('second-code/browser', 10, quarter), limit('second-code/browser-day', 50, day)],
  },
  // The first code of an application that is being added: whoever gives it has seen the seed.
  'first-code': {
    network: limit('first-code/network', 100, quarter),
    account: [limit('first-code/account', 20, quarter)],
  },
  'recovery-code': {
    network: limit('recovery-code/network', 100, quarter),
    account: [limit('recovery-code/account', 10, quarter)],
    browser: [limit('recovery-code/browser', 10, quarter)],
  },
  // A code that was sent to an address. Its row allows five tries besides (src/people/accounts/contacts.ts,
  // src/signin/factors/proposals.ts).
  'contact-code': {
    network: limit('contact-code/network', 100, quarter),
    account: [limit('contact-code/account', 30, quarter)],
  },
  // 40 bits are not guessed at this rate; a library's reading room still checks its letters.
  'message-code': { network: limit('message-code/network', 60, quarter) },
  // The password of an access that is being made: a slow hash and a message each.
  'first-password': { network: limit('first-password/network', 100, hour), isKept: true },
  // A password that somebody signed in chooses: each one is a slow hash, right or not.
  'new-password': {
    network: limit('new-password/network', 100, hour),
    account: [limit('new-password/account', 10, hour)],
    isKept: true,
  },
} as const satisfies Readonly<Record<string, Policy>>

export type TryKind = keyof typeof policies

/** What is tried, by whom and from where. */
export type Tried = {
  readonly kind: TryKind
  /** As `peerOf`. */
  readonly peer: string
  readonly address?: string
  /** Whose secret it would be: any name of the account, or what stands for one that nobody has. */
  readonly account?: string
  /** A browser in which the person of this address or account signed in before, as the caller has found out. */
  readonly browser?: string | undefined
}

declare const mark: unique symbol
/** That this comparison is counted, or bounded by its cost. Only `makeTries` makes one. */
export type Counted = { readonly [mark]: true }

export type Judged<T> = { readonly value: T; readonly taken: Taken }

export type Tries = {
  /**
   * Counts a try, then lets it be judged. What turns out right gives its counts back.
   * @param usedUp called when it was refused and was the last try of an account or of a browser: of many at once, one
   * @throws Refusal too-many-attempts (429), and what `judge` throws
   */
  judge<T>(
    tried: Tried,
    judge: (counted: Counted) => Promise<T>,
    usedUp?: () => Promise<void>,
  ): Promise<T>
  /** The same where nobody is told yet whether it was right: the counts stay until they are given back. */
  judgeUnsaid<T>(tried: Tried, judge: (counted: Counted) => Promise<T>): Promise<Judged<T>>
  giveBack(taken: Taken): Promise<void>
  /**
   * A signature cannot be guessed, so wrong ones are not counted: only the work of verifying is bounded, in a line where each
   * network has its turn.
   * @throws Unavailable when too many of this network, or of all, wait already
   */
  verify<T>(peer: string, verify: (counted: Counted) => Promise<T>): Promise<T>
}

// Verifying takes a thread and some statements for milliseconds. The line of one network is shorter than that of all, so that
// whoever fills one leaves room for the others.
const signatures = { atOnce: 6, waiting: 300, ofOneNetwork: 150 }

export function makeTries(foundation: Pick<Foundation, 'db' | 'clock'>): Tries {
  const counters = makeRateCounts(foundation)
  const line = makeLine(signatures)
  const counted = {} as Counted // nobody else says so
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

// What an outage or a full line kept from being judged is no try.
async function notJudged(counters: RateCounts, taken: Taken, error: unknown): Promise<unknown> {
  if (error instanceof Unavailable) await counters.giveBack(taken).catch(() => undefined)
  return error
}

// Networks first, then addresses, then accounts: what one network has used up is counted against nobody else.
function countsOf(
  policy: Policy,
  { kind, peer: network, address, account, browser }: Tried,
): Count[] {
  const subject = address ?? account
  if (browser !== undefined && policy.browser !== undefined && subject !== undefined)
    return countsBy(policy.browser, { key: `${browser} ${subject}` })
  if (policy.address !== undefined && address === undefined)
    throw new TypeError(`${kind} is counted by its address`)
  if (policy.account !== undefined && account === undefined)
    throw new TypeError(`${kind} is counted by its account`)
  return [
    { limit: policy.network, by: { network } },
    ...countsBy(policy.addressHere, { network, key: address ?? '' }),
    ...countsBy(policy.address, { key: address ?? '' }),
    ...countsBy(policy.account, { key: account ?? '' }),
  ]
}

function countsBy(limits: Limit | readonly Limit[] | undefined, by: CountedBy): Count[] {
  if (limits === undefined) return []
  const those: readonly Limit[] = 'name' in limits ? [limits] : limits
  return those.map((one) => ({ limit: one, by }))
}

function isOfPerson({ account = [], browser = [] }: Policy, one: Limit): boolean {
  return account.includes(one) || browser.includes(one)
}

function limit(name: string, points: number, seconds: number): Limit {
  return { name, points, seconds }
}
