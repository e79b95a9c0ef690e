import { randomBytes } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { signByHand } from '../../base/keys/jws.ts'
import type { SigningTerminal } from '../../base/ports/signing-terminal.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { HandKey } from './change-files.ts'
import { readKey } from './change-files.ts'
import { order } from './order-shape.ts'
import type { Order } from './order-shape.ts'
import type { AuthorizedOrder, OrderFile, OrderOfCommand } from './order-signatures.ts'
import { hashOf, judgeOrder, maxSignatures, orderFile, orderTyp } from './order-signatures.ts'
import { isSignedByTwo } from './signers-of-day.ts'
import { orderText } from './order-text.ts'
import type { SigningRequest } from './sign-after-reading.ts'
import { keepSigned, requireReading } from './sign-after-reading.ts'

// An operator's order: a deed about one person, or about the whole database, that somebody of the register's signers answers for. It is a
// file that says what is done, to whom and why; a signature is over all of it, by a key that the operator of the machine need not have.

const maxBytes = 64 * 1024
/** How a command is ordered. */
export type OrderWords = {
  readonly [Name in 'key' | 'order' | 'out' | 'operator' | 'reason' | 'reason-en']?: string
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
  if (isSignedByTwo(ordering.signers, ordering.now)) throw notSaid(ordering.needed)
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
  return signByHand(key, claims, orderTyp)
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
