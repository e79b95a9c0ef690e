import { open } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { PublishedKeys } from '../../base/platform/jws.ts'
import { publicKeys } from '../../base/platform/jws.ts'
import { openKeys } from '../../base/platform/keys.ts'
import { StartError } from '../../base/platform/start-error.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import { readPolicy } from '../../base/tlog/log-policy.ts'
import { NoteError } from '../../base/tlog/note-error.ts'
import { checkProof, checkReceipt } from './receipt-check.ts'

// The largest file that is read: any receipt, key set, policy, or proof with its longest note is smaller.
const maxBytes = 256 * 1024
const fetchMs = 5000

/**
 * `accord receipt verify FILE [PROOF] [--keys FILE|URL] [--policy FILE|URL]`
 * @returns the lines to print. @throws StartError when the receipt or the proof does not hold
 */
export async function receiptCommand(
  keysDir: string,
  args: readonly string[],
): Promise<string[] | undefined> {
  const asked = readArguments(args)
  if (asked === undefined) return undefined
  const { file, proof, keys: keysAt, policy } = asked
  const jwt = (await read(file)).trim()
  const keys = keysAt === undefined ? await ownKeys(keysDir) : await keysFrom(keysAt)
  const checked = await checkReceipt(jwt, keys)
  if (!checked.holds) throw new StartError(`The receipt does not hold: ${checked.because}.`)
  if (proof === undefined)
    return [...checked.says, 'Not checked here: whether a public log holds this entry.']
  if (policy === undefined) throw new StartError('Whose log? Give --policy.')
  const proved = checkProof(jwt, await read(proof), await policyFrom(policy))
  if (!proved.holds) throw new StartError(`The proof does not hold: ${proved.because}.`)
  return [...checked.says, ...proved.says]
}

function readArguments([deed, ...args]: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    const options = { keys: text, policy: text } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [file, proof, ...rest] = positionals
    if (deed !== 'verify' || file === undefined || rest.length > 0) return undefined
    return { file, proof, ...values }
  } catch {
    return undefined // an unknown option
  }
}

async function policyFrom(place: string): Promise<LogPolicy> {
  const text = /^https?:\/\//.test(place) ? await fetchText(place) : await read(place)
  try {
    return readPolicy(text)
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause
    throw new StartError(`${place} ${cause.message}.`, { cause })
  }
}

async function ownKeys(keysDir: string): Promise<PublishedKeys> {
  if (keysDir === '') throw new StartError('Which keys? Give --keys, or KEYS_DIR.')
  return publicKeys(await openKeys(keysDir))
}

async function keysFrom(place: string): Promise<PublishedKeys> {
  const text = /^https?:\/\//.test(place) ? await fetchText(place) : await read(place)
  const keys = keysIn(text)
  if (keys === undefined) throw new StartError(`${place} holds no keys as /keys publishes them.`)
  return { keys }
}

function keysIn(text: string): PublishedKeys['keys'] | undefined {
  try {
    const { keys } = JSON.parse(text) as { keys?: unknown }
    const areKeys =
      Array.isArray(keys) && keys.every((key) => typeof key === 'object' && key !== null)
    return areKeys ? (keys as PublishedKeys['keys']) : undefined
  } catch {
    return undefined
  }
}

async function read(file: string): Promise<string> {
  const bytes = Buffer.alloc(maxBytes + 1)
  const handle = await open(file).catch((cause: unknown) => {
    throw new StartError(`${file} cannot be read.`, { cause })
  })
  try {
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0)
    if (bytesRead > maxBytes) throw new StartError(`${file} is larger than ${maxBytes} bytes.`)
    return bytes.toString('utf8', 0, bytesRead)
  } catch (cause) {
    if (cause instanceof StartError) throw cause
    throw new StartError(`${file} cannot be read.`, { cause })
  } finally {
    await handle.close()
  }
}

async function fetchText(url: string): Promise<string> {
  try {
    const answered = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(fetchMs) })
    const text = await answered.text()
    if (!answered.ok || text.length > maxBytes) throw new TypeError(`status ${answered.status}`)
    return text
  } catch (cause) {
    throw new StartError(`${url} does not answer as it should.`, { cause })
  }
}
