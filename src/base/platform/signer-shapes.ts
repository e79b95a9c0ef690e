import type { Socket } from 'node:net'
import { z } from 'zod'

// What a signer in another process is asked and answers: one frame each, four bytes of length and that much JSON, and a connection for
// each question. docs/operate.md describes it for those who put another signer behind the socket.

const headBytes = 4
/** A header and the claims of a token have some kibibytes. */
const mostBytes = 64 * 1024
const mostKeys = 20

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/)
const purpose = z.enum(['id-token', 'id-token-rsa', 'signals'])
const publicKey = z.discriminatedUnion('kty', [
  z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: base64url, y: base64url }),
  z.strictObject({ kty: z.literal('RSA'), n: base64url, e: base64url }),
])

export const signerQuestion = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('keys') }),
  z.strictObject({
    ask: z.literal('sign'),
    purpose,
    kid: base64url,
    alg: z.enum(['ES256', 'PS256', 'RS256']),
    bytes: base64url,
  }),
])
/** The public halves by purpose, the key that signs first. */
export const keysAnswer = z.strictObject({
  keys: z.partialRecord(purpose, z.array(publicKey).max(mostKeys)),
})
export const signatureAnswer = z.strictObject({ kid: base64url, signature: base64url })
export const refusalAnswer = z.strictObject({ refused: z.string().max(200) })

export type PublicHalf = z.infer<typeof publicKey>
export type SignerQuestion = z.infer<typeof signerQuestion>
export type SignerAnswer =
  | z.infer<typeof keysAnswer>
  | z.infer<typeof signatureAnswer>
  | z.infer<typeof refusalAnswer>

/** A frame that is none: too large, cut off, more than one, or no JSON. */
export class FrameFault extends Error {
  /** Nothing came before the end: whoever was to send it has ended. */
  readonly isNothing: boolean

  constructor(says: string, isNothing = false) {
    super(says)
    this.isNothing = isNothing
  }
}

export function frameOf(value: SignerQuestion | SignerAnswer): Buffer {
  const body = Buffer.from(JSON.stringify(value))
  const head = Buffer.alloc(headBytes)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, body])
}

/** Reads one frame, and leaves the connection open. @throws FrameFault */
export async function readFrame(socket: Socket): Promise<unknown> {
  let read = Buffer.alloc(0)
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    read = Buffer.concat([read, chunk as Buffer]) // a socket without an encoding gives bytes
    const whole = wholeFrame(read)
    if (whole !== undefined) return jsonOf(whole)
  }
  throw new FrameFault('it was cut off', read.length === 0)
}

function wholeFrame(read: Buffer): Buffer | undefined {
  if (read.length < headBytes) return undefined
  const length = read.readUInt32BE()
  if (length > mostBytes) throw new FrameFault('it is too large')
  if (read.length > headBytes + length) throw new FrameFault('more follows it')
  return read.length === headBytes + length ? read.subarray(headBytes) : undefined
}

function jsonOf(frame: Buffer): unknown {
  try {
    return JSON.parse(frame.toString('utf8'))
  } catch {
    throw new FrameFault('it is no JSON')
  }
}
