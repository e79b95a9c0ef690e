import type { Database, Transaction } from '../../base/database/database.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { Finding } from '../../base/tlog/verify-log.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { RegisterSigner } from '../objects/objects.ts'
import { shelvesOf } from '../objects/object-index.ts'
import { brakeDeedOf, brakeDocumentOf } from './brake-document.ts'
import { judgeOrder } from './order-signatures.ts'
import { isSignedByTwo } from './signers-of-day.ts'
import { RegisterUntrusted, requireSeals } from './seal.ts'
import type { SealedRegister, StoredBrake } from './store.ts'
import { brakesWithoutRow, sealedRegister } from './store.ts'

// A brake is believed for what speaks for it: a public document for every row, a row for every public document, and the signatures of its
// order, two where it lets a brake stand or ends it. A name that was typed speaks for a beginning alone, of before the register had two
// signers: that only suspends.

/**
 * What has to hold where the seal of the register as a whole does not.
 * @throws RegisterUntrusted, OperatorError
 */
export async function requireProvenBrakes(
  tx: Transaction,
  register: SealedRegister,
): Promise<void> {
  const [lost] = await brakesWithoutRow(tx)
  if (lost !== undefined) throw new RegisterUntrusted('a brake that was published')
  const signers = signersOf(register)
  for (const stored of register.brakes) await requireProven(stored, signers)
}

/**
 * The same of the deed that was written last. Its order was judged before it waited for others: by now it may be older than an hour, or
 * others sign, and nobody could prove the deed ever after.
 * @throws OperatorError
 */
export async function requireNewestProven(tx: Transaction): Promise<void> {
  const register = await sealedRegister(tx)
  const newest = register.brakes.at(-1)
  if (newest !== undefined) await requireProven(newest, signersOf(register))
}

/** Findings that are named; those after them are counted by nobody. */
const maxFindings = 20

/**
 * Every brake that its public document and its order do not speak for, or whose row is gone, and whether the register bears its seal.
 * @param seals undefined: nobody here can tell
 */
export async function registerFindings(
  db: Database | Transaction,
  seals: RowSeals | undefined,
): Promise<Finding[]> {
  const register = await sealedRegister(db)
  const signers = signersOf(register)
  const found: Finding[] = []
  for (const stored of register.brakes) {
    const because = await requireProven(stored, signers).then(
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
async function requireProven(stored: StoredBrake, versions: readonly RegisterSigner[]) {
  const { deed, at } = brakeDeedOf(stored)
  const { order, signatures } = brakeDocumentOf(stored)
  const signers = signersAt(versions, at)
  const isTyped = stored.operator !== null
  if (isTyped && signatures.length > 0) throw new RegisterUntrusted(`brake ${stored.no}`)
  if (isTyped && deed === 'brake' && !isSignedByTwo(signers, at)) return
  const { issuer, about, details } = order
  const needed = deed === 'brake' ? 1 : 2
  const ordering = { issuer, deed, about, details, signers, needed, now: at } as const
  await judgeOrder({ order, signatures: signatures.map(({ jws }) => jws) }, ordering)
}

function signersOf({ objects }: SealedRegister): readonly RegisterSigner[] {
  return shelvesOf(objects.filter(({ kind }) => kind === 'signer')).signer.all
}

// An order of last year was signed by the keys of last year: a signer whose key was replaced, or who left, unsays nothing.
function signersAt(versions: readonly RegisterSigner[], at: Date): readonly RegisterSigner[] {
  const then = versions.filter(({ appliedAt }) => appliedAt <= at)
  return [...new Map(then.map((version) => [version.id, version])).values()]
}
