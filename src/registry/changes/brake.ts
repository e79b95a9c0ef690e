import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { publishObject } from '../../ledger/transparency-log/index.ts'
import type { Brake, BrakeDeed, BrakedKind } from '../objects/brakes.ts'
import { brakeOn, brakesOf } from '../objects/brakes.ts'
import type { Register } from '../objects/register.ts'
import { openRegister } from '../objects/live-register.ts'
import type { BrakeDocument } from './brake-document.ts'
import { brakeDeedOf, byOf } from './brake-document.ts'
import type { BrakeFault } from './brake-rules.ts'
import { brakeFault, maxDeeds } from './brake-rules.ts'
import type { OrderWords } from './operator-orders.ts'
import { authorizeOrder, isDraft } from './operator-orders.ts'
import type { AuthorizedOrder } from './order-signatures.ts'
import { requireNewestProven } from './proven-brakes.ts'
import { isSignedByTwo } from './signers-of-day.ts'
import { requireSeals, sealRegister } from './seal.ts'
import { insertBrake, lockRegister, sealedRegister, stampApply } from './store.ts'

// Taking away asks for one, giving back for two: who is alone suspends for a day, and once.

export type BrakeAsked = {
  readonly deed: BrakeDeed['deed']
  readonly kind: BrakedKind
  readonly id: string
  readonly words: OrderWords
}
type BrakeParts = { readonly seals: RowSeals; readonly issuer: string }

/**
 * `accord brake begin|confirm|release`. @returns the lines to print. @throws OperatorError where too few order it, or it is not to be done
 */
export async function brakeByOrder(
  db: Database,
  { seals, issuer }: BrakeParts,
  { deed, kind, id, words }: BrakeAsked,
  now: Date,
): Promise<string[]> {
  const register = (await openRegister(db, seals)).current()
  const { signers } = register
  requireThere(register, kind, id)
  const needed = deed === 'brake' ? 1 : 2
  // Of names that are typed, nobody can tell that they are of two people.
  if (needed === 2 && !isSignedByTwo(signers, now))
    throw new OperatorError(
      'The register has no two signers yet, who would say so: what was suspended at once ends by itself.',
    )
  const standing = brakeOn(register.brakes, kind, id, now)
  const details = deed === 'brake' ? {} : { begun: present(standing, id).begunAt.toISOString() }
  const ordering = { issuer, deed, about: `${kind} ${id}`, details, signers, now }
  const ordered = await authorizeOrder({ ...ordering, needed }, words)
  if (isDraft(ordered)) return [...ordered]
  return transact(db, async (tx) => {
    await lockRegister(tx)
    const before = await sealedRegister(tx)
    requireSeals(seals, before)
    const deeds = before.brakes.map(brakeDeedOf)
    // It waits for pages and answers that are being written: whoever is shown a page later is shown it with the brake.
    const at = await stampApply(tx)
    const told = toldOf({ deed, kind, id }, ordered, at)
    requireAllowed(deeds, told, details.begun)
    await write(tx, ordered, at)
    await requireNewestProven(tx)
    await sealRegister(tx, seals, [], before)
    return said(brakesOf([...deeds, told]), told)
  })
}

function requireThere(register: Register, kind: BrakedKind, id: string): void {
  if (!register.versions.some((one) => one.kind === kind && one.id === id))
    throw new OperatorError(`The register has no ${kind} ${id}.`)
}

function present(brake: Brake | undefined, id: string): Brake {
  if (brake === undefined) throw new OperatorError(`Nothing suspends ${id} at once.`)
  return brake
}

function toldOf(
  of: Pick<BrakeDeed, 'deed' | 'kind' | 'id'>,
  { order, sha256, signatures, operator }: AuthorizedOrder,
  at: Date,
): BrakeDeed {
  return { ...of, at, reason: order.reason, by: byOf(signatures, operator), orderSha256: sha256 }
}

/** @throws OperatorError where this deed may not follow those before it */
function requireAllowed(deeds: readonly BrakeDeed[], told: BrakeDeed, begun?: string): void {
  const found = brakeFault(deeds, told, { begun, beginners: told.by })
  if (found !== undefined) throw new OperatorError(sayingsOf(told)[found.fault](found.brake))
}

function begunAt(brake?: Brake): string {
  return brake?.begunAt.toISOString() ?? ''
}

/** Each fault in a sentence, with the brake that it is about. */
function sayingsOf({ id, by }: BrakeDeed) {
  const sayings: Readonly<Record<BrakeFault, (brake?: Brake) => string>> = {
    full: () => `The register holds ${maxDeeds} deeds about brakes at most.`,
    done: () => 'This order was carried out already.',
    none: () => `Nothing suspends ${id} at once.`,
    moved: () => `What suspends ${id} now was begun at another time: order it again.`,
    stands: (brake) => `${id} is suspended already, until ${brake?.until.toISOString() ?? ''}.`,
    again: (brake) =>
      `${by.join(' and ')} suspended ${id} on ${begunAt(brake)} already, and no two confirmed it: another signer can do so, or two can suspend it by a change of the register.`,
  }
  return sayings
}

async function write(
  tx: Transaction,
  { order, sha256, signatures, operator }: AuthorizedOrder,
  at: Date,
): Promise<void> {
  const document: Omit<BrakeDocument, 'witness'> = {
    kind: 'register-brake',
    at: at.toISOString(),
    order: { ...order, deed: order.deed as BrakeDeed['deed'] }, // as this command ordered it
    order_sha256: sha256,
    signatures: signatures.map(({ signer, jws }) => ({ signer, jws })),
  }
  await insertBrake(tx, {
    sha256: await publishObject(tx, document, at),
    operator: operator ?? null,
  })
}

function said(brakes: readonly Brake[], { deed, kind, id, at }: BrakeDeed): string[] {
  if (deed === 'brake-release') return [`${kind} ${id} is as the register says again`]
  const until = brakeOn(brakes, kind, id, at)?.until.toISOString() ?? ''
  return deed === 'brake'
    ? [
        `${kind} ${id} is suspended now, until ${until}: then it ends by itself`,
        'Tell another signer: two let it stand longer (brake confirm), or end it (brake release).',
      ]
    : [`${kind} ${id} stays suspended, until ${until}`]
}

/** `accord brake list`: what is suspended at once, and what was. */
export async function listBrakes(db: Database, seals: RowSeals, now: Date): Promise<string[]> {
  const { brakes } = (await openRegister(db, seals)).current()
  if (brakes.length === 0) return ['nothing was suspended at once']
  return brakes.map(({ kind, id, begunAt, until, isConfirmed, releasedAt, by, desk }) => {
    const end = (releasedAt ?? until).toISOString()
    const isOver = releasedAt !== undefined || now >= until
    const standing = isOver ? `ended ${end}` : `until ${end}`
    const two = isConfirmed ? ', confirmed by two' : ''
    return `${kind} ${id} since ${begunAt.toISOString()}, ${standing}${two}: by ${by.join(' and ')}${desk === undefined ? '' : ` at the desk of ${desk}`}`
  })
}
