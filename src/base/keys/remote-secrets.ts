import { randomBytes } from 'node:crypto'
import { fromBase64url } from '../values/base64.ts'
import type { FarDataKey } from '../sealing/data-keys.ts'
import { allUses, wrappingIv } from '../sealing/data-keys.ts'
import { orUnavailable, unreadable } from './remote-signer.ts'
import type { Log } from '../logging/log.ts'
import type {
  FarLog,
  FarLogSecret,
  ProveFrom,
  PublicLogKeys,
  TreeSignatures,
  TreeToSign,
} from './log-keys.ts'
import type { KeysThere } from './signer-protocol.ts'
import type { SignerLine } from './signer-connection.ts'
import { SignerFault, SignerRefusal } from '../values/signer-fault.ts'
import {
  derivedAnswer,
  doesNotOpen,
  logKeysAnswer,
  treeAnswer,
  unwrappedAnswer,
  wrappedAnswer,
} from './signer-protocol.ts'

// The way to secrets that lie with a signer in another process. What it unwraps is believed only where the wrapped key itself confirms it.

/** A signer that remembers another tree than we says so once. */
const mostTries = 2
/** Of Ed25519, and of ML-DSA-44. */
const [edKeyBytes, lastingKeyBytes] = [32, 1312]

/** The keys of purpose `data` at a signer, newest first. @throws SignerFault */
export async function farDataKeys(line: SignerLine, log: Log): Promise<FarDataKey[]> {
  const answer = derivedAnswer.safeParse(await line.ask({ ask: 'derive' }))
  if (!answer.success) throw unreadable()
  const keys = answer.data.derived.map(({ check, kek, uses }) => {
    const given = new Map(allUses.map((use) => [use, bytesOf(uses[use])]))
    return { check, kekId: bytesOf(kek), uses: given, ...wrappingAt(line, kek, log) }
  })
  // A first look: whoever cannot wrap and unwrap must not be begun with.
  const [newest] = keys
  if (newest !== undefined) await requireWrapping(line, newest.kekId.toString('base64url'))
  return keys
}

async function requireWrapping(line: SignerLine, kek: string): Promise<void> {
  const [key, bound] = [randomBytes(32), randomBytes(18)]
  await unwrapped(line, kek, await wrapped(line, kek, key, bound), bound)
}

function wrappingAt(line: SignerLine, kek: string, log: Log): Pick<FarDataKey, 'wrap' | 'unwrap'> {
  return {
    wrap: (key, bound) =>
      orUnavailable(log, async () => {
        const sealed = await wrapped(line, kek, key, bound)
        // What does not open again would be lost with all that the key seals.
        await unwrapped(line, kek, sealed, bound)
        return sealed
      }),
    unwrap: (sealed, bound) =>
      orUnavailable(log, async () => {
        try {
          return await unwrapped(line, kek, sealed, bound)
        } catch (error) {
          if (error instanceof SignerRefusal && error.refused === doesNotOpen) return undefined
          throw error
        }
      }),
  }
}

async function wrapped(line: SignerLine, kek: string, key: Buffer, bound: Buffer): Promise<Buffer> {
  const iv = wrappingIv(key, bound)
  const asked = { ask: 'wrap', kek, iv: text(iv), bound: text(bound), key: text(key) } as const
  const answer = wrappedAnswer.safeParse(await line.ask(asked))
  if (!answer.success) throw unreadable()
  const sealed = bytesOf(answer.data.wrapped)
  if (!sealed.subarray(0, iv.length).equals(iv))
    throw new SignerFault('SIGNER_WRONG', 'it wraps otherwise than it was asked to')
  return sealed
}

async function unwrapped(
  line: SignerLine,
  kek: string,
  sealed: Buffer,
  bound: Buffer,
): Promise<Buffer> {
  const asked = { ask: 'unwrap', kek, bound: text(bound), wrapped: text(sealed) } as const
  const answer = unwrappedAnswer.safeParse(await line.ask(asked))
  if (!answer.success) throw unreadable()
  const key = bytesOf(answer.data.key)
  const iv = wrappingIv(key, bound)
  if (key.length !== 32 || !sealed.subarray(0, iv.length).equals(iv))
    throw new SignerFault('SIGNER_WRONG', 'it unwraps another key than the one that was wrapped')
  return key
}

/** The secrets by which a signer signs logs, newest first of each purpose. */
export function farLogSecrets(line: SignerLine, there: KeysThere): FarLogSecret[] {
  const log = farLog(line)
  const of = (purpose: 'log' | 'log-pq') =>
    (there[purpose] ?? []).map((check) => ({ check, purpose, log }))
  // Without a key of purpose `log` it signs no tree.
  return there.log === undefined || there.log.length === 0 ? [] : [...of('log'), ...of('log-pq')]
}

function farLog(line: SignerLine): FarLog {
  const known = new Map<string, PublicLogKeys>()
  return {
    async publicKeys(origin) {
      const had = known.get(origin)
      if (had !== undefined) return had
      const answer = logKeysAnswer.safeParse(await line.ask({ ask: 'log-keys', origin }))
      if (!answer.success) throw unreadable()
      const { logKeys, lastingKeys = [] } = answer.data
      const keys = { log: logKeys.map(bytesOf), lasting: lastingKeys.map(bytesOf) }
      if (isOtherLength(keys.log, edKeyBytes) || isOtherLength(keys.lasting, lastingKeyBytes))
        throw unreadable()
      known.set(origin, keys)
      return keys
    },
    sign: (tree, prove) => signedTree(line, tree, prove),
  }
}

function isOtherLength(all: readonly Buffer[], bytes: number): boolean {
  return all.some(({ length }) => length !== bytes)
}

async function signedTree(
  line: SignerLine,
  { origin, size, root }: TreeToSign,
  prove: ProveFrom,
): Promise<TreeSignatures> {
  let old = 0
  for (let tries = 0; tries < mostTries; tries++) {
    const proof = (await prove(old)).map(text)
    const tree = { ask: 'tree', origin, size, root: text(root), old, proof } as const
    const answer = treeAnswer.safeParse(await line.ask(tree))
    if (!answer.success) throw unreadable()
    if ('signatures' in answer.data) {
      const { signatures, lasting = [], time = 0 } = answer.data
      return { log: signatures.map(bytesOf), lasting: lasting.map(bytesOf), time }
    }
    old = answer.data.last
    if (old > size)
      throw new SignerFault(
        'SIGNER_WRONG',
        `it has signed ${old} entries, and is asked to sign ${size}: an older state of the database was restored`,
      )
  }
  throw new SignerFault('SIGNER_WRONG', 'it does not say what it signed last')
}

function text(bytes: Buffer): string {
  return bytes.toString('base64url')
}

/** @throws SignerFault */
function bytesOf(said: string | undefined): Buffer {
  const bytes = said === undefined ? undefined : fromBase64url(said)
  if (bytes === undefined) throw unreadable()
  return bytes
}
