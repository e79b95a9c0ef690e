import { stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { fromBase64url } from './base64.ts'
import type { KeyPair } from './key-pairs.ts'
import { namedKey } from './key-pairs.ts'
import type { Log } from './log.ts'
import { Problem, Unavailable } from './refusal.ts'
import type { Keys } from './keys.ts'
import type { FarPurpose, HeldPairs, SigningPort, ToSign } from './signer.ts'
import { byPurpose, farPurposes, isSignature, publicKeyOf, signerOf } from './signer.ts'
import type { SignerQuestion } from './signer-shapes.ts'
import {
  FrameFault,
  frameOf,
  keysAnswer,
  readFrame,
  refusalAnswer,
  signatureAnswer,
} from './signer-shapes.ts'
import { StartError } from './start-error.ts'
import { inSpan } from './tracing.ts'

// The way to a signer in another process. It is asked anew for each signature, so that it may be started again at any time; what it
// answers is believed only where the public key confirms it.

/** Below the two seconds that a request waits. */
const patienceMs = 1500
const againMs = 50
/** Each waits for one signature; beyond it the signer is too slow, and waiting helps nobody. */
const mostAtOnce = 256
const othersMay = 0o007

/** Why a signature could not be had. */
class SignerFault extends Error {
  /** AWAY: nobody is there, and may be soon. SILENT: somebody is, and says nothing. WRONG: what is said there is not to be believed. */
  readonly code: 'SIGNER_AWAY' | 'SIGNER_SILENT' | 'SIGNER_WRONG'

  constructor(code: SignerFault['code'], says: string, cause?: unknown) {
    super(says, { cause })
    this.code = code
  }
}

/** Signs by the keys of a process: in it where it holds the private half, else at the socket where the public half was read. */
export function makeSigner(
  { idToken, idTokenRsa, signals }: Pick<Keys, 'idToken' | 'idTokenRsa' | 'signals'>,
  socketPath: string | undefined,
  log: Log,
): SigningPort {
  const pairs = { 'id-token': idToken, 'id-token-rsa': idTokenRsa, signals }
  const here = signerOf(pairs)
  if (socketPath === undefined) return here
  const unlessHere = (own: readonly KeyPair[]) => (isHere(own) ? [] : own)
  const elsewhere = {
    'id-token': unlessHere(idToken),
    'id-token-rsa': unlessHere(idTokenRsa),
    signals: unlessHere(signals),
  }
  const far = farSigner(socketPath, elsewhere, log)
  return byPurpose({
    'id-token': isHere(idToken) ? here : far,
    'id-token-rsa': isHere(idTokenRsa) ? here : far,
    signals: isHere(signals) ? here : far,
  })
}

function isHere(own: readonly KeyPair[]): boolean {
  return own.some(({ d }) => d !== undefined)
}

const askedElsewhere = { name: 'signer', kind: 'client', attributes: {} } as const

/** Signs at a socket, with keys whose public halves were read there before. */
function farSigner(path: string, pairs: HeldPairs, log: Log): SigningPort {
  const keys = new Map(
    farPurposes.flatMap((purpose) =>
      pairs[purpose].map(
        ({ kid = '', ...jwk }) => [`${purpose} ${kid}`, publicKeyOf(jwk)] as const,
      ),
    ),
  )
  let atOnce = 0
  const sign = async (asked: ToSign): Promise<Buffer> => {
    const publicKey = keys.get(`${asked.purpose} ${asked.kid}`)
    if (publicKey === undefined) throw new Error(`no key of purpose ${asked.purpose} has this name`)
    const { kid, signature } = await signatureOf(path, asked)
    if (kid !== asked.kid) throw new SignerFault('SIGNER_WRONG', 'it has signed with another key')
    if (!(await isSignature(publicKey, asked, signature)))
      throw new SignerFault('SIGNER_WRONG', 'its signature does not hold')
    return signature
  }
  return {
    async sign(asked) {
      if (atOnce >= mostAtOnce)
        throw new Unavailable(new SignerFault('SIGNER_AWAY', 'too many wait for it'))
      atOnce++
      try {
        return await inSpan(askedElsewhere, () => sign(asked))
      } catch (error) {
        if (!(error instanceof SignerFault)) throw error
        if (error.code !== 'SIGNER_AWAY')
          log.error({ code: error.code, why: error.message }, 'the signer is not believed')
        throw new Unavailable(error)
      } finally {
        atOnce--
      }
    },
    async check() {
      try {
        const there = await farPairs(path)
        const missing = [...keys.keys()].some((name) => !namesOf(there).includes(name))
        if (missing) throw new SignerFault('SIGNER_WRONG', 'it does not hold the keys that sign')
      } catch (error) {
        if (!(error instanceof SignerFault)) throw error
        throw new Problem('signer', 503, `the signer cannot be used: ${error.message}`)
      }
    },
  }
}

function namesOf(pairs: HeldPairs): string[] {
  return farPurposes.flatMap((purpose) => pairs[purpose].map(({ kid = '' }) => `${purpose} ${kid}`))
}

/** The public halves of the keys at a socket, at a start. @throws StartError where they cannot be had, or where anybody may use them */
export async function readFarPairs(path: string): Promise<HeldPairs> {
  const { mode } = await stat(path).catch((cause: unknown) => {
    throw new StartError(`SIGNER_SOCKET: nothing is at ${path}.`, { cause })
  })
  if ((mode & othersMay) !== 0)
    throw new StartError(`SIGNER_SOCKET: everybody on this machine may sign at ${path}.`)
  try {
    return await farPairs(path)
  } catch (cause) {
    if (!(cause instanceof SignerFault)) throw cause
    throw new StartError(`SIGNER_SOCKET: the signer at ${path} cannot be used: ${cause.message}.`, {
      cause,
    })
  }
}

async function farPairs(path: string): Promise<HeldPairs> {
  const answer = keysAnswer.safeParse(await ask(path, { ask: 'keys' }))
  if (!answer.success) throw unreadable()
  const { keys } = answer.data
  const halves = (purpose: FarPurpose): Promise<KeyPair[]> =>
    Promise.all((keys[purpose] ?? []).map((key) => namedKey(key, purpose)))
  try {
    return {
      'id-token': await halves('id-token'),
      'id-token-rsa': await halves('id-token-rsa'),
      signals: await halves('signals'),
    }
  } catch (cause) {
    throw new SignerFault('SIGNER_WRONG', 'it holds a key that is none of its purpose', cause)
  }
}

async function signatureOf(path: string, { purpose, kid, alg, bytes }: ToSign) {
  const answer = await ask(path, {
    ask: 'sign',
    purpose,
    kid,
    alg,
    bytes: Buffer.from(bytes).toString('base64url'),
  })
  const refusal = refusalAnswer.safeParse(answer)
  if (refusal.success) throw new SignerFault('SIGNER_WRONG', 'it refuses to sign')
  const given = signatureAnswer.safeParse(answer)
  const signature = given.success ? fromBase64url(given.data.signature) : undefined
  if (!given.success || signature === undefined) throw unreadable()
  return { kid: given.data.kid, signature }
}

function unreadable(): SignerFault {
  return new SignerFault('SIGNER_WRONG', 'its answer cannot be read')
}

// A signer that is started again is away for a moment: the question is put again, and is as good the second time.
async function ask(path: string, question: SignerQuestion): Promise<unknown> {
  const patience = AbortSignal.timeout(patienceMs)
  for (let before: SignerFault | undefined; ;) {
    const answer = await exchange(path, question, patience)
    if (!(answer instanceof SignerFault)) return answer
    // The last try was broken off: the one before says more.
    if (patience.aborted) throw before ?? answer
    if (answer.code === 'SIGNER_WRONG') throw answer
    before = answer
    await pause(againMs)
  }
}

async function exchange(
  path: string,
  question: SignerQuestion,
  patience: AbortSignal,
): Promise<unknown> {
  const socket = connect({ path, signal: patience })
  // What fails is told by the read below.
  socket.on('error', () => {})
  let isConnected = false
  socket.once('connect', () => (isConnected = true))
  try {
    socket.end(frameOf(question))
    return await readFrame(socket)
  } catch (error) {
    if (error instanceof FrameFault && !error.isNothing)
      return new SignerFault('SIGNER_WRONG', `its answer cannot be read: ${error.message}`, error)
    return isConnected
      ? new SignerFault('SIGNER_SILENT', 'it does not answer', error)
      : new SignerFault('SIGNER_AWAY', 'it is away', error)
  } finally {
    socket.destroy()
  }
}
