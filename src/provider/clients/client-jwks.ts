import type { Client } from 'oidc-provider'
import { errors, Provider } from 'oidc-provider'
import { CallFailed, noAnswer } from '../../base/values/outbound-error.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { present } from '../../base/values/present.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { mayBeObject, takesObjects } from '../tokens/request-objects.ts'
import { currentUnit } from '../unit/unit.ts'

// A set is read again after this time, so that a leaked key which its owner removed from the set is refused in every process by then.
const believedSeconds = 600
// A set that cannot be read again stays in use this long, so that a short outage of its address does not stop the service.
const keptSeconds = 3600
// Anyone can name a service and sign with a random key, so an unknown key leads to at most one call in this time.
const unknownKeySeconds = 60
// While an address does not answer, only one request in this time tries again and waits.
const retrySeconds = 10

/** When an address was asked for its set of keys. Each is the instant before the call, because the answer may be as old as that. */
type Readings = {
  /** The last call that returned a set. */
  readonly readAt: Date | undefined
  /** The last call, successful or not. */
  readonly triedAt: Date | undefined
  /** The last call because of an unknown key, successful or not. */
  readonly triedForUnknownKeyAt: Date | undefined
}

/** Whether the set is so old that the address must be asked again before the set is used. */
function isStale({ readAt }: Readings, now: Date): boolean {
  return isOver(readAt, believedSeconds, now)
}

/** Whether the set is so old that its keys must not be used, even if the address does not answer. */
function isForgotten({ readAt }: Readings, now: Date): boolean {
  return isOver(readAt, keptSeconds, now)
}

/** Whether the address may be asked again for a stale set. */
function mayRetry({ triedAt }: Readings, now: Date): boolean {
  return isOver(triedAt, retrySeconds, now)
}

/** Whether the address may be asked because no known key verifies an assertion. @param arrivedAt when the assertion came */
function mayReadForUnknownKey(
  { triedAt, triedForUnknownKeyAt }: Readings,
  arrivedAt: Date,
  now: Date,
): boolean {
  // A call that began after the assertion came has already returned the newest set.
  const wasRead = triedAt !== undefined && triedAt >= arrivedAt
  return !wasRead && isOver(triedForUnknownKeyAt, unknownKeySeconds, now)
}

function isOver(begin: Date | undefined, seconds: number, now: Date): boolean {
  return begin === undefined || now >= secondsAfter(begin, seconds)
}

/** Called for each client that the library looks up. Brings the client's keys up to date if a signature of the client is about to be verified, or an answer to be encrypted to it. */
export type ReadyKeys = (client: Client) => Promise<void>

type KeySet = { -readonly [Name in keyof Readings]: Readings[Name] } & {
  readonly address: string
  keys: readonly object[]
  /** The call under way, which all requests share. */
  reading: Promise<void> | undefined
}

// The library's own store of a client's keys, which is not part of its public interface. The library verifies with the keys in the
// store; if that fails and the store is not fresh, it refreshes the store and verifies once more.
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
  /** The library's own `refresh`: it fetches and checks the set and fills the store, or throws and leaves the store unchanged. */
  readonly refresh: () => Promise<void>
}

type Parts = Pick<Foundation, 'clock' | 'log'>

/**
 * Holds the keys that services publish at their addresses, for this process. The library fetches them, within its limits of size and
 * time and through the `fetch` of our configuration. This file decides when it does, whatever the answer's cache headers say.
 */
export function makeReadyKeys(parts: Parts): ReadyKeys {
  const { clock } = parts
  // Keyed by service rather than by client: a client is built anew when the register changes, and its keys must survive that.
  const sets = new Map<string, KeySet>()
  const holdings = new WeakMap<Client, Holding>()

  return async (client) => {
    if (client.jwksUri === undefined || !(isVerifying(client) || isEncrypting(client))) return
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
    let hasFailed = false
    const mayRead = () => mayReadForUnknownKey(set, currentUnit().request.now, clock())
    store.fresh = () => {
      hasFailed = set.reading !== undefined || mayRead() || isForgotten(set, clock())
      return !hasFailed
    }
    store.refresh = async () => {
      // Where no key verified a signature the library has just asked `fresh`. Before it encrypts it asks nothing.
      const isForSignature = hasFailed
      hasFailed = false
      if (!isForSignature) await set.reading
      else if (set.reading === undefined && mayRead()) {
        set.triedForUnknownKeyAt = clock()
        await read(parts, holding)
      } else await set.reading
      // The library reports this error as a set that could not be read, rather than as an unknown key.
      if (isForgotten(set, clock())) throw new errors.InvalidClientMetadata('no set of keys')
      show(holding)
    }
    return holding
  }
}

function read(parts: Parts, holding: Holding): Promise<void> {
  const { set } = holding
  // The library calls `fresh` before it fetches, so `reading` must be set before `refresh` is called.
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

// An answer of /userinfo is encrypted to a key that its client published: the client is looked up because of its token.
function isEncrypting(client: Client): boolean {
  return (
    Provider.ctx?.oidc.route === 'userinfo' && client.userinfoEncryptedResponseAlg !== undefined
  )
}

// In a request with an assertion or a request object, the first client that the library looks up is the one that has signed it.
function isVerifying(client: Client): boolean {
  const oidc = Provider.ctx?.oidc
  if (oidc === undefined || oidc.client !== undefined) return false
  if (oidc.params?.['client_assertion'] !== undefined) return true
  // At /request the library has not yet taken the other parameters.
  const object: unknown = oidc.params?.['request'] ?? oidc.body?.['request']
  return takesObjects(client) && mayBeObject(object)
}

function keyStoreOf(client: Client): KeyStore {
  const { asymmetricKeyStore: store } = client as Client & { asymmetricKeyStore?: KeyStore }
  return present(store, 'the key store of a client')
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
