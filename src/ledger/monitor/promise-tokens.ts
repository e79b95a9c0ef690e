import { isAddress } from '../../base/tlog/policy-trust.ts'
import { fetchText, readText } from '../../base/tlog/fetch-text.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import type { PublishedKeys } from '../../base/keys/jws.ts'
import { readByPublishedKeys } from '../../base/keys/jws.ts'
import { fromBase64 } from '../../base/values/base64.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { logEntry } from '../chain/index.ts'
import { houseOf } from './served-log.ts'
import type { LogPromise } from './shapes.ts'
import { keysFrom, promiseFrom, unprovedPromise } from './shapes.ts'

// The tokens of which somebody asks whether their promises were kept.

/** A holder's day of tokens. */
const maxTokens = 20_000
const maxFiles = 1000
const maxFileBytes = 32 * 1024 * 1024

export type PromiseToken = { readonly at: string; readonly jws: string }

export async function tokensIn(files: readonly string[]): Promise<PromiseToken[]> {
  if (files.length > maxFiles) throw new OperatorError(`At most ${maxFiles} files at once.`)
  const tokens: PromiseToken[] = []
  for (const file of files) {
    const lines = (await readText(file, maxFileBytes)).split('\n')
    for (const [n, line] of lines.entries()) {
      const jws = line.trim()
      if (jws !== '') tokens.push({ at: `${file}:${n + 1}`, jws })
    }
    if (tokens.length > maxTokens) throw new OperatorError(`At most ${maxTokens} tokens at once.`)
  }
  return tokens
}

/** By origin, where each log of the policy is served. */
export function logsIn({ logs }: LogPolicy): ReadonlyMap<string, string> {
  return new Map(logs.map(({ verifier: { name }, url }) => [name, url ?? `https://${name}`]))
}

type KeysOf = (at: string) => Promise<PublishedKeys>

/** The keys of the reader, or those of each house, read once. */
export function keysOnce(given: string | undefined): KeysOf {
  const read = new Map<string, Promise<PublishedKeys>>()
  return (at) => {
    const place = given ?? `${houseOf(at) ?? at}/keys`
    const keys = read.get(place) ?? keysAt(place)
    read.set(place, keys)
    return keys
  }
}

async function keysAt(place: string): Promise<PublishedKeys> {
  const keys = keysFrom(isAddress(place) ? await fetchText(place) : await readText(place))
  if (keys === undefined) throw new OperatorError(`${place} holds no keys as /keys publishes them.`)
  return keys
}

/** A promise whose signature holds. */
export type OpenPromise = PromiseToken & {
  readonly promise: LogPromise
  readonly entry: string
  readonly key: object
}

/** Why a token is looked for nowhere. refused: it is no promise of this house; unknown: the policy does not name its log. */
export type NoPromise = {
  readonly at: string
  readonly state: 'refused' | 'unknown'
  readonly origin?: string
  readonly because: string
}

/** The promise that a token is, or why it is none. */
export async function readPromise(
  { at, jws }: PromiseToken,
  logs: ReadonlyMap<string, string>,
  keysOf: KeysOf,
): Promise<OpenPromise | NoPromise> {
  const refused = (because: string): NoPromise => ({ at, state: 'refused', because })
  const claimed = unprovedPromise(jws)
  if (claimed === undefined) return refused('it is no decision token and no acknowledgement')
  const { origin, typ, kid } = claimed
  const served = logs.get(origin)
  if (served === undefined)
    return { at, state: 'unknown', origin, because: 'the policy does not name its log' }
  const keys = await keysOf(served)
  const promise = promiseFrom(await readByPublishedKeys(keys, typ, jws))
  if (promise === undefined) return refused('none of these keys signed it, or it was changed')
  const commitment = fromBase64(promise.commitment)
  if (commitment?.length !== 32) return refused('it names no entry of a log')
  if (!origin.startsWith(`${new URL(promise.iss).host}/`))
    return refused('it names the log of another house')
  const key = keys.keys.find((one) => one.kid === kid) ?? {}
  return { at, jws, promise, entry: logEntry(commitment).toString('hex'), key }
}
