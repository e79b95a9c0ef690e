// Every limit by which a network, a browser, an account or an address has only so many tries: each number is written here, and only here.
// `tries.ts` counts by them, `/.well-known/limits` publishes them, and a test compares the table in docs/design/security.md.

export type Limit = {
  readonly name: string
  readonly points: number
  readonly seconds: number
  /** What is counted costs the same whether it ends well or not: the count is not given back. */
  readonly isKept?: true
}

/** A limit of a network, in which nobody is at fault for all: what exceeds it waits in line, and one more goes on in so many seconds. */
export type NetworkLimit = Limit & {
  /** Undefined: nobody waits, as programs do not. */
  readonly everySeconds?: number
}

export type Policy = {
  /** What comes from one network, whatever it is. */
  readonly network: NetworkLimit
  /** A further count of the same network. */
  readonly ceiling?: NetworkLimit
  /** What one visit has of it: who presses again and again uses up nothing of his neighbours'. Counted before all others. */
  readonly visit?: Limit
  /** Tries of one address or account from one network: nobody elsewhere uses them up. */
  readonly here?: Limit
  /** Tries of one address from everywhere, by many who share the work. */
  readonly address?: Limit
  /** Tries of one account, whoever tries and from wherever. */
  readonly account?: readonly Limit[]
  /** Tries from a browser in which the person of this address or account signed in before: nobody else can use them up. */
  readonly browser?: readonly Limit[]
  /**
   * In the place of all others, for whoever is known: a person who is signed in, or a browser in which somebody signed in before. Strangers
   * behind the same address use up nothing of it. An access costs nothing, so all of one network are counted together too.
   */
  readonly own?: { readonly each: readonly Limit[]; readonly network: NetworkLimit }
}

const [minute, tenMinutes, quarter, hour, day] = [60, 10 * 60, 15 * 60, 3600, 24 * 3600]

// Each kind has its own counts: using up the counts of one kind blocks no other kind.
export const policies = {
  password: {
    network: network('password/network', 100, quarter, 9),
    here: limit('password/address-here', 20, quarter),
    address: limit('password/address', 100, hour),
    browser: [limit('password/browser', 20, quarter)],
  },
  // Three of a million codes are right at any moment: 50 tries a day find one in about eighteen years.
  'second-code': {
    network: network('second-code/network', 100, quarter, 9),
    account: [limit('second-code/account', 10, quarter), limit('second-code/day', 50, day)],
    browser: [limit('second-code/browser', 10, quarter), limit('second-code/browser-day', 50, day)],
  },
  // The first code of an application that is being added: the person who gives it has seen the seed.
  'first-code': {
    network: network('first-code/network', 100, quarter, 5),
    account: [limit('first-code/account', 20, quarter)],
  },
  // Fifty bits prove a code: they are not guessed at this rate from a million networks. A count of all networks together would let a
  // stranger shut the codes of somebody else.
  'recovery-code': {
    network: network('recovery-code/network', 100, quarter, 9),
    here: limit('recovery-code/set-here', 5, hour),
    browser: [limit('recovery-code/browser', 5, hour)],
  },
  // A number that nobody knows but her, and a code of 26 bits: twelve of a hundred million are right. Whoever has found the number alone
  // finds a code once in about a thousand years, at twenty tries a day.
  'card-code': {
    network: network('card-code/network', 100, quarter, 9),
    account: [limit('card-code/card', 5, hour), limit('card-code/card-day', 20, day)],
  },
  // A code that was sent to an address. Its row allows five tries besides (src/people/accounts/contacts.ts,
  // src/signin/factors/proposals.ts).
  'contact-code': {
    network: network('contact-code/network', 100, quarter, 5),
    account: [limit('contact-code/account', 30, quarter)],
  },
  // 40 bits are not guessed at this rate, and the readers of a library, behind one address, can still check their messages.
  'message-code': { network: network('message-code/network', 60, quarter, 5) },
  // The code that a device shows, of 34 bits and ten minutes. Who is signed in has her own tries, and a free access gives no more than a
  // share of those of its network.
  'device-code': {
    network: network('device-code/network', 5, tenMinutes, minute),
    own: {
      each: [limit('device-code/account', 5, tenMinutes)],
      network: network('device-code/accounts-here', 15, tenMinutes, minute),
    },
  },
  // The code of a new officer, in two halves of 40 bits. Its row allows ten tries besides (src/people/offices/codes.ts).
  'desk-code': { network: network('desk-code/network', 30, quarter, minute) },
  // Eight digits that a person tells to a desk: of a hundred million, so many as its body has people who wait. All officers of a desk may
  // come from one address.
  'help-code': {
    network: network('help-code/network', 100, quarter, 9),
    account: [limit('help-code/officer', 10, quarter), limit('help-code/officer-day', 50, day)],
  },
  // The password of an access that is being made: each try costs a slow hash and a message.
  'first-password': {
    visit: kept(limit('first-password/visit', 10, hour)),
    network: kept(network('first-password/network', 100, hour, 10)),
  },
  // A password that a person chooses while she is signed in: each try costs a slow hash, right or not.
  'new-password': {
    network: kept(network('new-password/network', 100, hour, 5)),
    account: [kept(limit('new-password/account', 10, hour))],
  },
  // A code that is sent to an address, which may be anybody's: given back when the code comes back.
  'address-code': {
    visit: limit('address-code/visit', 6, hour),
    network: network('address-code/network', 60, hour, 30),
    own: {
      each: [kept(limit('address-code/person', 6, day))],
      network: network('address-code/people-here', 60, hour, 30),
    },
  },
  // A way to an account elsewhere is a call of ours to another body: given back when somebody comes back with an account. A page that is
  // loaded again and again uses up the part of its own visit.
  upstream: {
    visit: limit('upstream/visit', 20, tenMinutes),
    network: network('upstream/network', 60, tenMinutes, 1),
    own: {
      each: [limit('upstream/browser', 20, tenMinutes)],
      network: network('upstream/browsers-here', 120, tenMinutes, 1),
    },
  },
  // A new access is given back when its person has noted her codes: a class that signs up together has room, and so has the next one.
  // Whoever makes accesses by a program finishes them too, so all of an hour are counted besides: each is a line of the public log.
  'new-access': {
    network: network('new-access/unfinished', 60, hour, 20),
    ceiling: kept(network('new-access/network', 300, hour, 5)),
  },
  // A search for an access at a desk: whoever has a stolen session of an officer learns of so many references whether an access exists.
  // Found or not, it stays counted. A hundred officers behind one address use up nothing of one another's.
  'desk-search': {
    network: kept(network('desk-search/network', 3000, hour)),
    account: [kept(limit('desk-search/officer', 30, hour))],
  },
  // An access that an officer suspends because its person asks for it: it takes away, so that one does it alone, and few at once.
  'desk-suspension': {
    network: kept(network('desk-suspension/network', 100, hour)),
    account: [kept(limit('desk-suspension/officer', 1, hour))],
  },
  // A provider with many people sends a logout token for each; a stranger makes us verify so many signatures.
  'upstream-logout': { network: network('upstream-logout/network', 3000, minute) },
} as const satisfies Readonly<Record<string, Policy>>

export type TryKind = keyof typeof policies

/** Visits a minute that a browser begins in which somebody signed in before, where its network has begun all of its own. */
export const visitsOfBrowser = limit('visits-browser', 30, minute)

/** How many refused tries from one network are noted, so that they cannot fill the table. Nobody is refused by it. */
export const refusedSigninNotes = limit('signin-refused', 100, quarter)

/** Codes to one address a day, whoever asks for them: where she wants to be told things, and with which she wants to sign in. */
export const toOneContact = limit('contact-address', 3, day)
export const toOneAddress = limit('sign-in-address', 3, day)

/** By what a limit is counted; `here`: one network, `known`: whoever signed in before, or is signed in. */
export const countingKinds = [
  'visit',
  'network',
  'one-here',
  'address',
  'account',
  'browser',
  'known',
  'known-here',
] as const

type Published = {
  readonly what: string
  readonly counted_by: (typeof countingKinds)[number]
  readonly tries: number
  readonly seconds: number
  readonly given_back: boolean
  readonly one_more_every_seconds?: number
}

/** What `/.well-known/limits` says of them. */
export function publishedTries(): Published[] {
  return (Object.entries(policies) as [TryKind, Policy][]).flatMap(([what, policy]) => {
    const by = (counted_by: Published['counted_by'], limits: readonly NetworkLimit[] = []) =>
      limits.map(({ points: tries, seconds, isKept, everySeconds }) => ({
        what,
        counted_by,
        tries,
        seconds,
        given_back: isKept !== true,
        ...(everySeconds === undefined ? {} : { one_more_every_seconds: everySeconds }),
      }))
    const { visit, network: first, ceiling, here, address, account, browser, own } = policy
    return [
      ...by('visit', visit && [visit]),
      ...by('network', ceiling === undefined ? [first] : [first, ceiling]),
      ...by('one-here', here && [here]),
      ...by('address', address && [address]),
      ...by('account', account),
      ...by('browser', browser),
      ...by('known', own?.each),
      ...by('known-here', own && [own.network]),
    ]
  })
}

function limit(name: string, points: number, seconds: number): Limit {
  return { name, points, seconds }
}

function network(
  name: string,
  points: number,
  seconds: number,
  everySeconds?: number,
): NetworkLimit {
  return { name, points, seconds, ...(everySeconds === undefined ? {} : { everySeconds }) }
}

function kept<L extends Limit>(one: L): L & { readonly isKept: true } {
  return { ...one, isKept: true }
}
