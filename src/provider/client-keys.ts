import type { Client } from 'oidc-provider'
import { errors, Provider } from 'oidc-provider'
import { CallFailed, noAnswer } from '../base/platform/call-failed.ts'
import { later } from '../base/platform/clock.ts'
import type { Foundation } from '../base/web/foundation.ts'
import { currentUnit } from './unit.ts'

// A key that its owner took out of the set, because the key leaked, signs nothing any more after this time, in any process.
const believedSeconds = 600
// A set that cannot be read again is kept this long, so that a short outage of its address does not stop the service.
const keptSeconds = 3600
// Anybody may name a service and sign with any key: for an unknown key the address is asked once in this time.
const unknownKeySeconds = 60
// While an address does not answer, one request in this time waits for the address; the others do not.
const retrySeconds = 10

/** When an address was asked for its set of keys: the instants at which a reading began, for the answer may be as old as that. */
type Readings = {
  /** The last reading that brought a set. */
  readonly readAt: Date | undefined
  /** The last reading, whatever came of it. */
  readonly triedAt: Date | undefined
  /** The last reading that an unknown key led to, whatever came of it. */
  readonly triedForUnknownKeyAt: Date | undefined
}

/** Whether a set is too old to be believed before the address is asked again. */
function isStale({ readAt }: Readings, now: Date): boolean {
  return isOver(readAt, believedSeconds, now)
}

/** Whether a set is so old that none of its keys counts any more. */
function isForgotten({ readAt }: Readings, now: Date): boolean {
  return isOver(readAt, keptSeconds, now)
}

/** Whether the address may be asked again, for a set that is stale. */
function mayRetry({ triedAt }: Readings, now: Date): boolean {
  return isOver(triedAt, retrySeconds, now)
}

/** Whether the address may be asked because no key that is here verifies an assertion. @param arrivedAt when the assertion came */
function mayReadForUnknownKey(
  { triedAt, triedForUnknownKeyAt }: Readings,
  arrivedAt: Date,
  now: Date,
): boolean {
  // A reading that began after the assertion came would be the same again.
  const wasRead = triedAt !== undefined && triedAt >= arrivedAt
  return !wasRead && isOver(triedForUnknownKeyAt, unknownKeySeconds, now)
}

function isOver(begin: Date | undefined, seconds: number, now: Date): boolean {
  return begin === undefined || now >= later(begin, seconds)
}

/** To be called for each client that the library looks for: where it is about to verify an assertion, the keys are made ready. */
export type ReadyKeys = (client: Client) => Promise<void>

type KeySet = { -readonly [Name in keyof Readings]: Readings[Name] } & {
  readonly address: string
  keys: readonly object[]
  /** The one reading that everybody waits for. */
  reading: Promise<void> | undefined
}

// The library keeps a client's keys in an object that it does not promise. It verifies with the keys that are there; where that
// fails and the store is not fresh, it refreshes the store and verifies once more.
type KeyStore = Iterable<object> & {
  fresh(): boolean
  refresh(): Promise<void>
  clear(): void
  add(key: object): void
}

type Holding = {
  readonly serviceId: string
  readonly set: KeySet
  readonly store: KeyStore
  /** The library's own: it fetches, checks and takes over, or throws and leaves the store as it was. */
  readonly refresh: () => Promise<void>
}

type Parts = Pick<Foundation, 'clock' | 'log'>

/**
 * The keys that services publish at addresses of theirs, as this process knows them. The library reads an address, within its
 * limits of size and time and through the fetch that it was given; when it does is decided here, and the answer's cache headers
 * have no say.
 */
export function makeReadyKeys(parts: Parts): ReadyKeys {
  const { clock } = parts
  // By service, and not by client: a client is built anew when the register changes, and its address may be out just then.
  const sets = new Map<string, KeySet>()
  const holdings = new WeakMap<Client, Holding>()

  return async (client) => {
    if (client.jwksUri === undefined || !isAuthenticating()) return
    const holding = holdings.get(client) ?? hold(client, client.jwksUri)
    const { set } = holding
    const now = clock()
    if (isStale(set, now) && (set.reading !== undefined || mayRetry(set, now)))
      await read(parts, holding)
    if (isForgotten(set, clock())) set.keys = []
    show(holding)
  }

  function setOf(clientId: string, address: string): KeySet {
    const known = sets.get(clientId)
    if (known?.address === address) return known
    const [readAt, triedAt, triedForUnknownKeyAt] = [undefined, undefined, undefined]
    const set = { address, keys: [], reading: undefined, readAt, triedAt, triedForUnknownKeyAt }
    sets.set(clientId, set)
    return set
  }

  function hold(client: Client, address: string): Holding {
    const store = keyStoreOf(client)
    const set = setOf(client.clientId, address)
    const refresh = store.refresh.bind(store)
    const holding = { serviceId: client.clientId, set, store, refresh }
    holdings.set(client, holding)
    const mayRead = () => mayReadForUnknownKey(set, currentUnit().request.now, clock())
    store.fresh = () => set.reading === undefined && !mayRead() && !isForgotten(set, clock())
    store.refresh = async () => {
      if (set.reading === undefined && mayRead()) {
        set.triedForUnknownKeyAt = clock()
        await read(parts, holding)
      } else await set.reading
      // The library then says that it was the set, and not a key.
      if (isForgotten(set, clock())) throw new errors.InvalidClientMetadata('no set of keys')
      show(holding)
    }
    return holding
  }
}

function read(parts: Parts, holding: Holding): Promise<void> {
  const { set } = holding
  // The library asks `fresh` before it reads, and `fresh` must know of this reading by then.
  set.reading ??= Promise.resolve()
    .then(() => tryToRead(parts, holding))
    .finally(() => {
      set.reading = undefined
    })
  return set.reading
}

async function tryToRead(
  { clock, log }: Parts,
  { serviceId, set, store, refresh }: Holding,
): Promise<void> {
  const begunAt = clock()
  set.triedAt = begunAt
  try {
    await refresh()
  } catch (error) {
    const fault = faultOf(set.address, error)
    log.warn({ serviceId, error: fault }, 'the keys of a service could not be read')
    return
  }
  set.keys = [...store]
  set.readAt = begunAt
}

// The first client that the library looks for, where an assertion came, is the one that the assertion names.
function isAuthenticating(): boolean {
  const oidc = Provider.ctx?.oidc
  return oidc?.params?.['client_assertion'] !== undefined && oidc.client === undefined
}

function keyStoreOf(client: Client): KeyStore {
  const { asymmetricKeyStore: store } = client as Client & { asymmetricKeyStore?: KeyStore }
  if (store?.fresh === undefined) throw new Error('the library keeps the keys of clients otherwise')
  return store
}

function show({ set, store }: Holding): void {
  store.clear()
  for (const key of set.keys) store.add(key)
}

function faultOf(address: string, error: unknown): CallFailed {
  const cause = error instanceof Error ? error.cause : undefined
  if (!(cause instanceof Error)) return noAnswer(address, error)
  if (cause instanceof CallFailed) return cause
  const isSet = !(cause instanceof SyntaxError || cause instanceof errors.InvalidClientMetadata)
  const { host } = new URL(address)
  if (!isSet) return new CallFailed({ host, why: 'answered no set of public keys' }, { cause })
  if (cause.message === 'response too large')
    return new CallFailed({ host, why: 'answered too much' }, { cause })
  return noAnswer(address, cause.cause ?? cause)
}
