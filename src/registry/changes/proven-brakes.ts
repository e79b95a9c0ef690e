import type { Database, Transaction } from '../../base/database/database.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { Finding } from '../../base/tlog/verify-log.ts'
import type { StatementKeys } from '../../base/keys/jws.ts'
import { readStatement } from '../../base/keys/jws.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { RegisterSigner } from '../objects/objects.ts'
import { shelvesOf } from '../objects/object-index.ts'
import type { BrakeDocument } from './brake-document.ts'
import { brakeDeedOf, brakeDocumentOf, deskOf } from './brake-document.ts'
import { hashOf, judgeOrder } from './order-signatures.ts'
import { isSignedByTwo } from './signers-of-day.ts'
import { RegisterUntrusted, requireSeals } from './seal.ts'
import type { SealedRegister, StoredBrake } from './store.ts'
import { brakesWithoutRow, sealedRegister } from './store.ts'

// A brake is believed for what speaks for it: a public document for every row, a row for every public document, and the signatures of its
// order, two where it lets a brake stand or ends it. A name that was typed speaks for a beginning alone, of before the register had two
// signers: that only suspends. What officers of a desk did bears the signature of this broker over their order: nobody who writes to the
// database can make one.

/** The keys with which this broker signs what officers order; elsewhere: they are not here, and nobody can tell. */
type WitnessKeys = StatementKeys | 'elsewhere' | undefined

/**
 * What has to hold where the seal of the register as a whole does not.
 * @throws RegisterUntrusted, OperatorError
 */
export async function requireProvenBrakes(
  tx: Transaction,
  register: SealedRegister,
  witnessKeys?: () => Promise<StatementKeys>,
): Promise<void> {
  const [lost] = await brakesWithoutRow(tx)
  if (lost !== undefined) throw new RegisterUntrusted('a brake that was published')
  const [signers, keys] = [signersOf(register), await witnessKeys?.()]
  for (const stored of register.brakes) await requireProven(stored, signers, keys)
}

/**
 * The same of the deed that was written last. Its order was judged before it waited for others: by now it may be older than an hour, or
 * others sign, and nobody could prove the deed ever after.
 * @throws OperatorError
 */
export async function requireNewestProven(tx: Transaction, keys?: StatementKeys): Promise<void> {
  const register = await sealedRegister(tx)
  const newest = register.brakes.at(-1)
  if (newest !== undefined) await requireProven(newest, signersOf(register), keys)
}

/** Findings that are named; those after them are counted by nobody. */
const maxFindings = 20

/**
 * Every brake that its public document and its order do not speak for, or whose row is gone, and whether the register bears its seal.
 * @param seals undefined: nobody here can tell
 * @param keys undefined: nobody here can tell what officers ordered
 */
export async function registerFindings(
  db: Database | Transaction,
  seals: RowSeals | undefined,
  keys?: StatementKeys,
): Promise<Finding[]> {
  const register = await sealedRegister(db)
  const signers = signersOf(register)
  const found: Finding[] = []
  for (const stored of register.brakes) {
    const because = await requireProven(stored, signers, keys ?? 'elsewhere').then(
      () => undefined,
      recoverFrom(OperatorError, (error) =>
        error instanceof RegisterUntrusted
          ? 'it is not what its public document says'
          : `its order does not speak for it: ${error.message}`,
      ),
    )
    if (because !== undefined) found.push({ where: `register_brake ${stored.no}`, because })
  }
  for (const about of await brakesWithoutRow(db)) {
    const because = 'it was published, and its row is gone or another one'
    found.push({ where: `register_brake of ${about}`, because })
  }
  const unsealed = seals && sealFault(seals, register)
  return [
    ...(unsealed === undefined ? [] : [{ where: 'register', because: unsealed }]),
    ...found.slice(0, maxFindings),
  ]
}

function sealFault(seals: RowSeals, register: SealedRegister): string | undefined {
  try {
    requireSeals(seals, register)
    return undefined
  } catch (error) {
    return recoverFrom(RegisterUntrusted, ({ ref }) =>
      ref === undefined
        ? 'its versions or its brakes do not bear the seal of this broker together'
        : `${ref} does not bear the seal of this broker`,
    )(error)
  }
}

/** @throws RegisterUntrusted where its document is not there, OperatorError where its order has not the signatures that it needs */
async function requireProven(
  stored: StoredBrake,
  versions: readonly RegisterSigner[],
  keys: WitnessKeys,
): Promise<void> {
  const { deed, at } = brakeDeedOf(stored)
  const document = brakeDocumentOf(stored)
  if (document.witness !== undefined) return requireWitnessed(stored, document, keys)
  const { order, signatures } = document
  const signers = signersAt(versions, at)
  const isTyped = stored.operator !== null
  if (isTyped && signatures.length > 0) throw new RegisterUntrusted(`brake ${stored.no}`)
  if (isTyped && deed === 'brake' && !isSignedByTwo(signers, at)) return
  const { issuer, about, details } = order
  const needed = deed === 'brake' ? 1 : 2
  const ordering = { issuer, deed, about, details, signers, needed, now: at } as const
  await judgeOrder({ order, signatures: signatures.map(({ jws }) => jws) }, ordering)
}

/** So long before a deed the order of officers was signed. */
const witnessMs = 5 * 60_000

/** @throws RegisterUntrusted where the document says two things at once, OperatorError where this broker did not sign the order */
async function requireWitnessed(
  { no, operator }: StoredBrake,
  document: BrakeDocument,
  keys: WitnessKeys,
): Promise<void> {
  if (operator !== null || !isWholeOrder(document)) throw new RegisterUntrusted(`brake ${no}`)
  if (keys === 'elsewhere') return
  const { at, order_sha256: named, witness = '' } = document
  const claims = keys && (await readStatement(keys, 'desk-order+jwt', witness))
  const sinceMs = new Date(at).getTime() - Number(claims?.['iat']) * 1000
  const isRecent = Math.abs(sinceMs) <= witnessMs
  if (claims?.['order'] !== named || !isRecent)
    throw new OperatorError('this broker did not sign what officers of a desk ordered')
}

/** Whether it names a body and as many of its offices as the deed needs, and nobody signed it besides. */
function isWholeOrder({ order, order_sha256: named, signatures }: BrakeDocument): boolean {
  const { organisation, offices } = deskOf(order)
  const needed = order.deed === 'brake' ? 1 : 2
  const isByEnough = organisation !== undefined && new Set(offices).size === needed
  return isByEnough && signatures.length === 0 && named === hashOf(order)
}

function signersOf({ objects }: SealedRegister): readonly RegisterSigner[] {
  return shelvesOf(objects.filter(({ kind }) => kind === 'signer')).signer.all
}

// An order of last year was signed by the keys of last year: a signer whose key was replaced, or who left, unsays nothing.
function signersAt(versions: readonly RegisterSigner[], at: Date): readonly RegisterSigner[] {
  const then = versions.filter(({ appliedAt }) => appliedAt <= at)
  return [...new Map(then.map((version) => [version.id, version])).values()]
}
