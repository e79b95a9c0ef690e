import { createHash, randomBytes } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { dayOf } from '../../base/values/calendar.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import { claimedHand, readByHand, signByHand } from '../../base/keys/jws.ts'
import type { SigningTerminal } from '../../base/ports/signing-terminal.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { canonical } from '../../ledger/chain/index.ts'
import type { HandKey } from './change-files.ts'
import { readKey } from './change-files.ts'
import type { RegisterSigner } from '../objects/objects.ts'
import { order } from './order-shape.ts'
import type { Order } from './order-shape.ts'
import { orderText } from './order-text.ts'
import type { SigningRequest } from './sign-after-reading.ts'
import { keepSigned, requireReading } from './sign-after-reading.ts'

// An operator's order: a deed about one person, or about the whole database, that somebody of the register's signers answers for. It is a
// file that says what is done, to whom and why; a signature is over all of it, by a key that the operator of the machine need not have.

const typ = 'operator-order+jwt'
const maxBytes = 64 * 1024
const maxSignatures = 4
const maxAgeMs = 3_600_000
// The clocks of those who sign are their own.
const skewMs = 5 * 60_000

const orderFile = z.strictObject({
  order,
  signatures: z.array(z.string().max(2000)).max(maxSignatures),
})

type OrderFile = z.infer<typeof orderFile>

/** An order that may be carried out: who answers for it. */
export type AuthorizedOrder = {
  readonly order: Order
  readonly sha256: string
  readonly signatures: readonly {
    /** `sig_x@1` */
    readonly signer: string
    readonly office: Bilingual
    readonly jws: string
  }[]
  /** Before the register has two signers: the name that was typed. */
  readonly operator: string | undefined
}

/** What a command would do, and what it knows of the register. */
export type OrderOfCommand = Pick<Order, 'issuer' | 'deed' | 'about' | 'details'> & {
  readonly signers: readonly RegisterSigner[]
  /** How many must sign. */
  readonly needed: 1 | 2
  readonly now: Date
}

/** How a command is ordered. */
export type OrderWords = {
  readonly [Name in 'key' | 'order' | 'out' | 'operator' | 'reason' | 'reason-en']?: string
}

/** Whether two have been signers: from then on orders are signed, even if a term ran out. */
export function areOrdersSigned(signers: readonly RegisterSigner[], now: Date): boolean {
  return signers.filter(({ from }) => from <= dayOf(now)).length >= 2
}

/**
 * The order by which a command may go on: from a file, or signed here by one key; before the register has two signers, by a name.
 * @returns lines to print where the order was only written down, for others to sign
 * @throws OperatorError where nobody, or too few, answer for it
 */
export async function authorizeOrder(
  ordering: OrderOfCommand,
  words: OrderWords,
): Promise<AuthorizedOrder | readonly string[]> {
  // What is noted of the command is what these say: of two that say otherwise, one would be noted and the other be done.
  if ([words.order, words.out, words.key].filter((word) => word !== undefined).length > 1)
    throw new OperatorError('Of --order, --out and --key only one is said.')
  if (words.order !== undefined) return judgeOrder((await readFileOf(words.order)).file, ordering)
  if (words.out !== undefined) return writeOrder(words.out, newOrder(ordering, words))
  if (words.key !== undefined) {
    const made = newOrder(ordering, words)
    const signature = await signOrder(made, await readKey(words.key), ordering.now)
    return judgeOrder({ order: made, signatures: [signature] }, ordering)
  }
  if (areOrdersSigned(ordering.signers, ordering.now)) throw notSaid(ordering.needed)
  const { operator = '' } = words
  if (operator.trim() === '' || operator.length > 100)
    throw new OperatorError(
      'Say who orders it, with --operator NAME: the register has no two signers yet, who would sign it.',
    )
  const made = newOrder(ordering, words)
  return { order: made, sha256: hashOf(made), signatures: [], operator: operator.trim() }
}

export function isDraft(taken: AuthorizedOrder | readonly string[]): taken is readonly string[] {
  return Array.isArray(taken)
}

function notSaid(needed: 1 | 2): OperatorError {
  return new OperatorError(
    needed === 1
      ? 'Somebody of the register’s signers must order it: --key FILE signs here, --out FILE writes it for « accord order sign ».'
      : 'Two of the register’s signers must order it: --out FILE writes it for « accord order sign », --order FILE carries it out.',
  )
}

function newOrder({ issuer, deed, about, details, now }: OrderOfCommand, words: OrderWords): Order {
  const made = order.safeParse({
    type: 'accord.order.v1',
    issuer,
    deed,
    about,
    details,
    reason: { fr: words.reason ?? '', en: words['reason-en'] ?? '' },
    made_at: now.toISOString(),
    nonce: randomBytes(16).toString('base64url'),
  })
  if (made.success) return made.data
  throw new OperatorError(
    'Say why, with --reason TEXT in French and --reason-en TEXT in English: the person reads it.',
  )
}

/** @throws OperatorError */
async function judgeOrder(file: OrderFile, ordering: OrderOfCommand): Promise<AuthorizedOrder> {
  const { order: made, signatures } = file
  const { issuer, deed, about, details, signers, needed, now } = ordering
  if (made.issuer !== issuer) refuse(`it is for ${made.issuer}`)
  const asked = canonical({ deed, about, details })
  if (canonical({ deed: made.deed, about: made.about, details: made.details }) !== asked)
    refuse(`it is over something else: ${made.deed} ${made.about}`)
  requireRecent(new Date(made.made_at), now, 'it')
  const found: AuthorizedOrder['signatures'][number][] = []
  for (const jws of signatures) {
    const signer = inForce(signers, now).find(({ publicKey }) => publicKey === claimedHand(jws))
    if (signer === undefined) refuse('a signature is by no signer of the register of today')
    if (found.some((other) => other.signer === signer.ref)) refuse(`${signer.id} signed twice`)
    await requireSignature(signer, jws, made, now)
    found.push({ signer: signer.ref, office: signer.office, jws })
  }
  if (found.length < needed)
    refuse(needed === 2 ? `two signers must sign it, and ${found.length} did` : 'nobody signed it')
  return { order: made, sha256: hashOf(made), signatures: found, operator: undefined }
}

function inForce(signers: readonly RegisterSigner[], now: Date): RegisterSigner[] {
  const today = dayOf(now)
  return signers.filter(
    ({ from, until }) => from <= today && (until === undefined || today <= until),
  )
}

async function requireSignature(
  { id, publicKey }: RegisterSigner,
  jws: string,
  made: Order,
  now: Date,
): Promise<void> {
  const claims = await readByHand(publicKey, jws, typ)
  if (claims?.['order'] !== hashOf(made)) refuse(`the signature of ${id} is not of this order`)
  const { iat } = claims
  if (typeof iat !== 'number') refuse(`the signature of ${id} has no date`)
  requireRecent(new Date(iat * 1000), now, `the signature of ${id}`)
}

function requireRecent(at: Date, now: Date, what: string): void {
  const age = now.getTime() - at.getTime()
  if (age > maxAgeMs) refuse(`${what} is older than an hour`)
  if (age < -skewMs) refuse(`${what} is dated in the future`)
}

function refuse(because: string): never {
  throw new OperatorError(`The order is not carried out: ${because}.`)
}

/** `accord order sign`: it needs no database. @throws OperatorError where nothing is signed */
export async function signOrderFile(
  { file: path, key, yes }: SigningRequest,
  now: Date,
  terminal?: SigningTerminal,
): Promise<string[]> {
  const { file, bytes } = await readFileOf(path)
  const { order: made, signatures } = file
  if (signatures.length >= maxSignatures)
    throw new OperatorError(`${path} has ${maxSignatures} signatures, and takes no more.`)
  const [hash, hand] = [hashOf(made), await readKey(key)]
  const lines = await requireReading(orderText(made, hash), hash, { yes, terminal })
  const jws = await signOrder(made, hand, now)
  await keepSigned(path, bytes, textOf({ ...file, signatures: [...signatures, jws] }))
  return [...lines, `signed ${hash}`]
}

function signOrder(made: Order, key: HandKey, now: Date): Promise<string> {
  const claims = { order: hashOf(made), iat: Math.floor(now.getTime() / 1000) }
  return signByHand(key, claims, typ)
}

async function writeOrder(path: string, made: Order): Promise<string[]> {
  try {
    await writeFile(path, textOf({ order: made, signatures: [] }), { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    throw new OperatorError(`${path} cannot be written, or is there already.`, { cause })
  }
  const lines = orderText(made, hashOf(made))
  return [...lines, `written to ${path}: nothing is done before it is signed`]
}

function textOf(file: OrderFile): string {
  return `${JSON.stringify(file, null, 2)}\n`
}

async function readFileOf(
  path: string,
): Promise<{ readonly file: OrderFile; readonly bytes: Buffer }> {
  try {
    if ((await stat(path)).size > maxBytes) throw new OperatorError(`${path} is over 64 KB.`)
    const bytes = await readFile(path)
    return { file: orderFile.parse(JSON.parse(bytes.toString())), bytes }
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause
    throw new OperatorError(`${path} is no order of « accord »: make it with --out.`, { cause })
  }
}

function hashOf(made: Order): string {
  // The order was read from JSON, or by its schema.
  return createHash('sha256').update(canonical(made)).digest('hex')
}
