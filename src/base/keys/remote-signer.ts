import { stat } from 'node:fs/promises'
import { fromBase64url } from '../values/base64.ts'
import type { KeyPair } from './key-pairs.ts'
import { namedKey } from './key-pairs.ts'
import type { Keys } from './keys.ts'
import type { Log } from '../logging/log.ts'
import { Problem, Unavailable } from '../values/refusal.ts'
import type { FarPurpose, HeldPairs, PairKeys, SigningPort, ToSign } from './signer.ts'
import {
  farPurposes,
  forEachPurpose,
  isSignature,
  pairsOf,
  publicKeyOf,
  signerOf,
} from './signer.ts'
import type { SignerLine } from './signer-connection.ts'
import { signerLine } from './signer-connection.ts'
import { SignerFault } from '../values/signer-fault.ts'
import type { KeysThere } from './signer-protocol.ts'
import { keysAnswer, signatureAnswer } from './signer-protocol.ts'
import { StartError } from '../values/start-error.ts'
import { inSpan } from '../logging/tracing.ts'

// The way to the key pairs of a signer in another process, which may be started again at any time; what it answers is believed only
// where the public key confirms it.

const othersMay = 0o007

/** Signs by the keys of a process: in it where it holds the private half, else at the socket where the public half was read. */
export function makeSigner(
  keys: Partial<PairKeys & Pick<Keys, 'data' | 'log'>>,
  socketPath: string | undefined,
  log: Log,
): SigningPort {
  const pairs = pairsOf(keys)
  const here = signerOf(pairs)
  if (socketPath === undefined) return here
  const elsewhere = forEachPurpose((purpose) => (isHere(pairs[purpose]) ? [] : pairs[purpose]))
  const line = signerLine(socketPath)
  const far = farSigner(line, elsewhere, log)
  // Where the signer has no key of a purpose, this process signs, or answers that it has none.
  const signers = forEachPurpose((purpose) => (elsewhere[purpose].length === 0 ? here : far))
  const secrets = { data: checksOf(keys.data), log: checksOf(keys.log) }
  return {
    sign: (asked) => signers[asked.purpose].sign(asked),
    async check() {
      try {
        await requireHeld(line, elsewhere, secrets)
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
  pairs: HeldPairs,
  secrets: { readonly data: readonly string[]; readonly log: readonly string[] },
): Promise<void> {
  const there = await keysThere(line)
  const names = namesOf(await farPairs(there))
  const { data = [], log = [] } = there
  const missing =
    namesOf(pairs).some((name) => !names.includes(name)) ||
    secrets.data.some((check) => !data.includes(check)) ||
    secrets.log.some((check) => !log.includes(check))
  if (missing) throw new SignerFault('SIGNER_WRONG', 'it does not hold the keys that sign')
}

function namesOf(pairs: HeldPairs): string[] {
  return farPurposes.flatMap((purpose) => pairs[purpose].map(({ kid = '' }) => `${purpose} ${kid}`))
}

/** Signs at a socket, with keys whose public halves were read there before. */
function farSigner(line: SignerLine, pairs: HeldPairs, log: Log): Pick<SigningPort, 'sign'> {
  const keys = new Map(
    farPurposes.flatMap((purpose) =>
      pairs[purpose].map(
        ({ kid = '', ...jwk }) => [`${purpose} ${kid}`, publicKeyOf(jwk)] as const,
      ),
    ),
  )
  const sign = async (asked: ToSign): Promise<Buffer> => {
    const publicKey = keys.get(`${asked.purpose} ${asked.kid}`)
    if (publicKey === undefined) throw new Error(`no key of purpose ${asked.purpose} has this name`)
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

export async function guardSocket(path: string): Promise<void> {
  const { mode } = await stat(path).catch((cause: unknown) => {
    throw new StartError(`SIGNER_SOCKET: nothing is at ${path}.`, { cause })
  })
  if ((mode & othersMay) !== 0)
    throw new StartError(`SIGNER_SOCKET: everybody on this machine may sign at ${path}.`)
}

export async function orStartError<T>(path: string, asking: () => Promise<T>): Promise<T> {
  try {
    return await asking()
  } catch (cause) {
    if (!(cause instanceof SignerFault)) throw cause
    throw new StartError(`SIGNER_SOCKET: the signer at ${path} cannot be used: ${cause.message}.`, {
      cause,
    })
  }
}

/** What a signer says that it holds. @throws SignerFault */
export async function keysThere(line: SignerLine): Promise<KeysThere> {
  const answer = keysAnswer.safeParse(await line.ask({ ask: 'keys' }))
  if (!answer.success) throw unreadable()
  return answer.data
}

/** The public halves, each under its own name. @throws SignerFault where one is none of its purpose */
export async function farPairs({ keys }: KeysThere): Promise<HeldPairs> {
  const halves = async (purpose: FarPurpose) => {
    const named = (keys[purpose] ?? []).map((key) => namedKey(key, purpose))
    return [purpose, await Promise.all(named)] as const
  }
  try {
    const pairs = new Map<FarPurpose, readonly KeyPair[]>(
      await Promise.all(farPurposes.map(halves)),
    )
    return forEachPurpose((purpose) => pairs.get(purpose) ?? [])
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
