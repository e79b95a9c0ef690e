import { z } from 'zod'

// What a signer in another process is asked and answers: frames of four bytes of length and that much JSON. A connection carries many
// questions at once; each answer bears the number of its question. docs/operate/hsm.md describes it for those who put another signer
// behind the socket.

const headBytes = 4
/** A header and the claims of a token have some kibibytes, a receipt some tens. */
const mostBytes = 256 * 1024
const mostKeys = 20
/** As many hashes as a proof between two trees may have (RFC 9162, section 2.1.4). */
const mostHashes = 63

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/)
const short = base64url.max(100)
/** A key or a signature of ML-DSA-44: 2,420 bytes. */
const long = base64url.max(3300)
/** The old one and the new one. */
const mostLastingKeys = 2
const id = z.int().min(0).max(0x7f_ff_ff_ff)
const purpose = z.enum(['id-token', 'id-token-rsa', 'upstream', 'signals', 'decision', 'receipt'])
const publicKey = z.discriminatedUnion('kty', [
  z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: short, y: short }),
  z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: short }),
  z.strictObject({ kty: z.literal('RSA'), n: base64url, e: short }),
])
/** A log, by the name under which it signs. */
const origin = z.string().min(1).max(300)
const size = z.int().min(0)

const questions = {
  keys: z.strictObject({ id, ask: z.literal('keys') }),
  sign: z.strictObject({
    id,
    ask: z.literal('sign'),
    purpose,
    kid: short,
    alg: z.enum(['ES256', 'PS256', 'RS256', 'Ed25519']),
    bytes: base64url,
  }),
  // A data key: its own bytes, the first bytes of what wraps it, and what it is bound to.
  wrap: z.strictObject({
    id,
    ask: z.literal('wrap'),
    kek: short,
    iv: short,
    bound: short,
    key: short,
  }),
  unwrap: z.strictObject({
    id,
    ask: z.literal('unwrap'),
    kek: short,
    bound: short,
    wrapped: short,
  }),
  derive: z.strictObject({ id, ask: z.literal('derive') }),
  'log-keys': z.strictObject({ id, ask: z.literal('log-keys'), origin }),
  // A tree that grew from one of `old` entries, as the proof shows.
  tree: z.strictObject({
    id,
    ask: z.literal('tree'),
    origin,
    size,
    root: short,
    old: size,
    proof: z.array(short).max(mostHashes),
  }),
} as const

export const signerQuestion = z.discriminatedUnion('ask', [
  questions.keys,
  questions.sign,
  questions.wrap,
  questions.unwrap,
  questions.derive,
  questions['log-keys'],
  questions.tree,
])

const mostNamed = z.array(short).max(mostKeys)
/** The public halves by purpose, the key that signs first; of secrets the check values. */
export const keysAnswer = z.strictObject({
  keys: z.partialRecord(purpose, z.array(publicKey).max(mostKeys)),
  data: mostNamed.optional(),
  log: mostNamed.optional(),
  'log-pq': mostNamed.optional(),
})
export const signatureAnswer = z.strictObject({ kid: short, signature: base64url })
export const wrappedAnswer = z.strictObject({ wrapped: short })
export const unwrappedAnswer = z.strictObject({ key: short })
/** For each key of `data` the id by which rows name it, and what follows from it for each use that does not unwrap. */
export const derivedAnswer = z.strictObject({
  derived: z
    .array(z.strictObject({ check: short, kek: short, uses: z.record(z.string().max(60), short) }))
    .max(mostKeys),
})
/** The public keys of a log, one for each secret, newest first; those of ML-DSA-44 apart. */
export const logKeysAnswer = z.strictObject({
  logKeys: mostNamed,
  lastingKeys: z.array(long).max(mostLastingKeys).optional(),
})
/**
 * One signature for each secret, newest first, and those of ML-DSA-44 with their time; or the size of the tree that was signed last, from
 * which a proof is wanted.
 */
export const treeAnswer = z.union([
  z.strictObject({
    signatures: mostNamed,
    lasting: z.array(long).max(mostLastingKeys).optional(),
    time: z.int().min(1).optional(),
  }),
  z.strictObject({ last: size }),
])
export const refusalAnswer = z.strictObject({
  refused: z.string().max(200),
  /** The same question may be answered in a moment. */
  isBusy: z.boolean().optional(),
})

/** How a signer says that a wrapped key, or what it is bound to, is not as it was. */
export const doesNotOpen = 'it does not open'

export type KeysThere = z.infer<typeof keysAnswer>
export type PublicHalf = z.infer<typeof publicKey>
export type NumberedQuestion = z.infer<typeof signerQuestion>
type WithoutNumber<T> = T extends unknown ? Omit<T, 'id'> : never
export type SignerQuestion = WithoutNumber<NumberedQuestion>
export type QuestionOf<A extends SignerQuestion['ask']> = Extract<
  SignerQuestion,
  { readonly ask: A }
>
export type SignerAnswer =
  | z.infer<typeof keysAnswer>
  | z.infer<typeof signatureAnswer>
  | z.infer<typeof wrappedAnswer>
  | z.infer<typeof unwrappedAnswer>
  | z.infer<typeof derivedAnswer>
  | z.infer<typeof logKeysAnswer>
  | z.infer<typeof treeAnswer>
  | z.infer<typeof refusalAnswer>

/** A frame that is none: too large, cut off, or no JSON object with a number. */
export class FrameFault extends Error {}

export function frameOf(value: object): Buffer {
  const body = Buffer.from(JSON.stringify(value))
  const head = Buffer.alloc(headBytes)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, body])
}

export type FrameReader = {
  /** The frames that are whole now. @throws FrameFault */
  take(chunk: Buffer): unknown[]
  /** Whether a frame has begun. */
  isWithin(): boolean
}

/** Cuts what a connection brings into frames. */
export function frameReader(): FrameReader {
  let read: Buffer = Buffer.alloc(0)
  return {
    take(chunk) {
      read = read.length === 0 ? chunk : Buffer.concat([read, chunk])
      const frames: unknown[] = []
      while (read.length >= headBytes) {
        const length = read.readUInt32BE()
        if (length > mostBytes) throw new FrameFault('it is too large')
        if (read.length < headBytes + length) break
        frames.push(jsonOf(read.subarray(headBytes, headBytes + length)))
        read = read.subarray(headBytes + length)
      }
      return frames
    },
    isWithin: () => read.length > 0,
  }
}

function jsonOf(frame: Buffer): unknown {
  try {
    return JSON.parse(frame.toString('utf8'))
  } catch {
    throw new FrameFault('it is no JSON')
  }
}

const numbered = z.looseObject({ id })

/** The number of a question or an answer, and the rest of it; undefined where it has none. */
export function numberOf(frame: unknown): { id: number; rest: object } | undefined {
  const read = numbered.safeParse(frame)
  if (!read.success) return undefined
  const { id: number, ...rest } = read.data
  return { id: number, rest }
}
