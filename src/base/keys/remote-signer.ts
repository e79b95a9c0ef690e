import { stat } from 'node:fs/promises'
import { fromBase64url } from '../values/base64.ts'
import { guardFoldersAbove } from './key-files.ts'
import type { KeyPair } from './key-pairs.ts'
import { namedKey } from './key-pairs.ts'
import type { Keys } from './keys.ts'
import type { Log } from '../logging/log.ts'
import type { ServedPurpose, SignerSockets } from '../values/key-purposes.ts'
import { servedPurposes } from '../values/key-purposes.ts'
import { Problem, Unavailable } from '../values/refusal.ts'
import type { FarPurpose, PairKeys, SigningPort, ToSign } from './signer.ts'
import { isFarPurpose, isSignature, pairsOf, publicKeyOf, signerOf } from './signer.ts'
import type { SignerLine } from './signer-connection.ts'
import { signerLine } from './signer-connection.ts'
import { SignerFault } from '../values/signer-fault.ts'
import type { KeysThere } from './signer-protocol.ts'
import { keysAnswer, signatureAnswer } from './signer-protocol.ts'
import { OperatorError } from '../values/operator-error.ts'
import { inSpan } from '../logging/tracing.ts'

// The way to the key pairs of a signer in another process, which may be started again at any time; what it answers is believed only
// where the public key confirms it.

/** A socket is of one user: its group may not open it either. */
const othersMay = 0o077

/** Signs by the keys of a process: in it where it holds the private half, else at the socket of the purpose. */
export function makeSigner(
  keys: Partial<PairKeys & Pick<Keys, 'data' | 'log' | 'logPq'>>,
  sockets: SignerSockets,
  log: Log,
): SigningPort {
  const pairs = pairsOf(keys)
  const here = signerOf(pairs)
  const secrets = { data: checksOf(keys.data), log: checksOf(keys.log) }
  const lines = servedPurposes.flatMap((purpose) => {
    const path = sockets[purpose]
    return path === undefined ? [] : [{ purpose, line: signerLine(path) }]
  })
  const far = new Map(
    lines.flatMap(({ purpose, line }) =>
      isFarPurpose(purpose) && !isHere(pairs[purpose])
        ? [[purpose, farSigner(line, purpose, pairs[purpose], log)] as const]
        : [],
    ),
  )
  return {
    // Where the signer has no key of a purpose, this process signs, or answers that it has none.
    sign: (asked) => (far.get(asked.purpose) ?? here).sign(asked),
    async check() {
      try {
        await Promise.all(
          lines.map(({ purpose, line }) => {
            const names = isFarPurpose(purpose) ? pairs[purpose].map(nameOf) : secrets[purpose]
            return requireHeld(line, purpose, names)
          }),
        )
      } catch (error) {
        if (!(error instanceof SignerFault)) throw error
        throw new Problem('signer', 503, `the signer cannot be used: ${error.message}`)
      }
    },
  }
}

function isHere(own: readonly KeyPair[]): boolean {
  return own.some(({ d }) => d !== undefined)
}

/** The check values of secrets that lie elsewhere. */
function checksOf(keys: readonly (Buffer | { readonly check: string })[] = []): string[] {
  return keys.flatMap((key) => (Buffer.isBuffer(key) ? [] : [key.check]))
}

/** @throws SignerFault where the signer does not hold what this process had found there */
async function requireHeld(
  line: SignerLine,
  purpose: ServedPurpose,
  names: readonly string[],
): Promise<void> {
  const there = await keysThere(line)
  const held = isFarPurpose(purpose) ? (await farPairs(there, purpose)).map(nameOf) : there[purpose]
  if (names.some((name) => held?.includes(name) !== true))
    throw new SignerFault('SIGNER_WRONG', 'it does not hold the keys that sign')
}

function nameOf({ kid = '' }: KeyPair): string {
  return kid
}

/** Signs at the socket of a purpose, with keys whose public halves were read there before. */
function farSigner(
  line: SignerLine,
  purpose: FarPurpose,
  pairs: readonly KeyPair[],
  log: Log,
): Pick<SigningPort, 'sign'> {
  const keys = new Map(pairs.map(({ kid = '', ...jwk }) => [kid, publicKeyOf(jwk)] as const))
  const sign = async (asked: ToSign): Promise<Buffer> => {
    const publicKey = keys.get(asked.kid)
    if (publicKey === undefined) throw new Error(`no key of purpose ${purpose} has this name`)
    const { kid, signature } = await signatureOf(line, asked)
    if (kid !== asked.kid) throw new SignerFault('SIGNER_WRONG', 'it has signed with another key')
    if (!isSignature(publicKey, asked, signature))
      throw new SignerFault('SIGNER_WRONG', 'its signature does not hold')
    return signature
  }
  return { sign: (asked) => orUnavailable(log, () => sign(asked)) }
}

const askedElsewhere = { name: 'signer', kind: 'client', attributes: {} } as const

/** @throws Unavailable where a signer does not answer, or is not to be believed: then the log says so */
export async function orUnavailable<T>(log: Log, asking: () => Promise<T>): Promise<T> {
  try {
    return await inSpan(askedElsewhere, asking)
  } catch (error) {
    if (!(error instanceof SignerFault)) throw error
    if (error.code !== 'SIGNER_AWAY')
      log.error({ code: error.code, why: error.message }, 'the signer is not believed')
    throw new Unavailable(error)
  }
}

/** @throws OperatorError where nothing is there, or others than the socket's owner may ask, or put another in its place */
export async function guardSocket(path: string): Promise<void> {
  const { mode } = await stat(path).catch((cause: unknown) => {
    throw new OperatorError(`SIGNER_SOCKETS: nothing is at ${path}.`, { cause })
  })
  if ((mode & othersMay) !== 0)
    throw new OperatorError(
      `SIGNER_SOCKETS: others than its owner may sign at ${path} (it is 0600).`,
    )
  await guardFoldersAbove('SIGNER_SOCKETS: the socket', path)
}

export async function orOperatorError<T>(path: string, asking: () => Promise<T>): Promise<T> {
  try {
    return await asking()
  } catch (cause) {
    if (!(cause instanceof SignerFault)) throw cause
    throw new OperatorError(
      `SIGNER_SOCKETS: the signer at ${path} cannot be used: ${cause.message}.`,
      {
        cause,
      },
    )
  }
}

/** What a signer says that it holds. @throws SignerFault */
export async function keysThere(line: SignerLine): Promise<KeysThere> {
  const answer = keysAnswer.safeParse(await line.ask({ ask: 'keys' }))
  if (!answer.success) throw unreadable()
  return answer.data
}

/** The public halves of a purpose, each under its own name. @throws SignerFault where one is none of its purpose */
export async function farPairs(
  { keys }: KeysThere,
  purpose: FarPurpose,
): Promise<readonly KeyPair[]> {
  try {
    return await Promise.all((keys[purpose] ?? []).map((key) => namedKey(key, purpose)))
  } catch (cause) {
    throw new SignerFault('SIGNER_WRONG', 'it holds a key that is none of its purpose', cause)
  }
}

async function signatureOf(line: SignerLine, { purpose, kid, alg, bytes }: ToSign) {
  const text = Buffer.from(bytes).toString('base64url')
  const answer = await line.ask({ ask: 'sign', purpose, kid, alg, bytes: text })
  const given = signatureAnswer.safeParse(answer)
  const signature = given.success ? fromBase64url(given.data.signature) : undefined
  if (!given.success || signature === undefined) throw unreadable()
  return { kid: given.data.kid, signature }
}

export function unreadable(): SignerFault {
  return new SignerFault('SIGNER_WRONG', 'its answer cannot be read')
}
