import { open } from 'node:fs/promises'
import type { PublishedKeys } from '../../../base/keys/jws.ts'
import { publicKeys } from '../../../base/keys/jws.ts'
import { readHeldKeys } from '../../../base/keys/keys.ts'
import { OperatorError } from '../../../base/values/operator-error.ts'
import { fetchText } from '../../../base/tlog/fetch-text.ts'
import { isAddress } from '../../../base/tlog/policy-trust.ts'

// What whoever checks a receipt or a dossier without the database names: files and addresses.

// Any receipt, key set, policy, or proof with its longest note is smaller.
const usualBytes = 256 * 1024

/** The keys of a broker: a file, or the address of its /keys; else those in KEYS_DIR. @throws OperatorError */
export async function publishedKeysFrom(
  place: string | undefined,
  keysDir: string,
): Promise<PublishedKeys> {
  return place === undefined ? ownKeys(keysDir) : keysFrom(place)
}

async function ownKeys(keysDir: string): Promise<PublishedKeys> {
  const keys = await readHeldKeys(keysDir)
  if (keys.receipt.length === 0)
    throw new OperatorError('Which keys? Give --keys: the key of receipts is not in KEYS_DIR.')
  return publicKeys(keys)
}

async function keysFrom(place: string): Promise<PublishedKeys> {
  const keys = keysIn(await textAt(place))
  if (keys === undefined) throw new OperatorError(`${place} holds no keys as /keys publishes them.`)
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

/** A file or an address. @throws OperatorError */
function textAt(place: string): Promise<string> {
  return isAddress(place) ? fetchText(place) : readInputFile(place)
}

/** A file that others gave, of a size that can be. @throws OperatorError */
export async function readInputFile(file: string, maxBytes = usualBytes): Promise<string> {
  const bytes = Buffer.alloc(maxBytes + 1)
  const bytesRead = await readInto(bytes, file).catch((cause: unknown) => {
    throw new OperatorError(`${file} cannot be read.`, { cause })
  })
  if (bytesRead > maxBytes) throw new OperatorError(`${file} is larger than ${maxBytes} bytes.`)
  return bytes.toString('utf8', 0, bytesRead)
}

/** @returns how many bytes of the file there were, at most those for which there is room */
async function readInto(bytes: Buffer, file: string): Promise<number> {
  const handle = await open(file)
  try {
    return (await handle.read(bytes, 0, bytes.length, 0)).bytesRead
  } finally {
    await handle.close()
  }
}
