import type { Transaction } from '../../base/database/database.ts'
import type { StatementSigner } from '../../base/keys/jws.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { present } from '../../base/values/present.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { canonical } from '../../ledger/chain/index.ts'
import { publishObject } from '../../ledger/transparency-log/index.ts'
import type { Brake, BrakeDeed } from '../objects/brakes.ts'
import { brakeOn, brakesOf } from '../objects/brakes.ts'
import { shelvesOf } from '../objects/object-index.ts'
import type { BrakeDocument } from './brake-document.ts'
import { brakeDeedOf } from './brake-document.ts'
import type { BrakeFault } from './brake-rules.ts'
import { brakeFault } from './brake-rules.ts'
import type { WitnessedOrder } from './desk-order.ts'
import { requireNewestProven } from './proven-brakes.ts'
import { requireSeals, sealRegister } from './seal.ts'
import type { SealedRegister } from './store.ts'
import { insertBrake, lockRegister, sealedRegister, stampApply } from './store.ts'

type BrakeWriting = {
  readonly seals: RowSeals
  readonly statements: Pick<StatementSigner, 'keys'>
}
type Braking = {
  readonly organisation: string
  /** As whom whoever begins it may have begun one before; absent: nothing is begun. */
  readonly beginners?: readonly string[]
}

/** Writes the deed of an order of officers, as `brakeByOrder` writes that of an order of signers. */
export async function writeDeskBrake(
  tx: Transaction,
  { seals, statements }: BrakeWriting,
  { order, sha256: orderSha256, witness }: WitnessedOrder,
  { organisation, beginners = [] }: Braking,
): Promise<{ readonly brake: Brake; readonly sha256: string }> {
  await lockRegister(tx)
  const before = await sealedRegister(tx)
  requireSeals(seals, before)
  const [kind = '', id = ''] = order.about.split(' ')
  if (!isOfBody(before, organisation, kind, id)) throw new Refusal('desk.brake-none', 404)
  const deeds = before.brakes.map(brakeDeedOf)
  const at = await stampApply(tx)
  const document = {
    kind: 'register-brake' as const,
    at: at.toISOString(),
    order,
    order_sha256: orderSha256,
    signatures: [],
    witness,
  } satisfies BrakeDocument
  const sha256 = await publishObject(tx, document, at)
  const told = brakeDeedOf({ no: 0, sha256, document: canonical(document), operator: null })
  requireAllowed(deeds, told, { begun: order.details['begun'], beginners })
  await insertBrake(tx, { sha256, operator: null })
  await requireNewestProven(tx, statements.keys)
  await sealRegister(tx, seals, [], before)
  const brake = brakesOf([...deeds, told]).findLast((one) => one.kind === kind && one.id === id)
  return { brake: present(brake, 'a brake that was written'), sha256: sha256.toString('hex') }
}

/** Whether officers of a body may stop this: a service of theirs, or an agreement of which their body is one side. */
function isOfBody(
  { objects }: Pick<SealedRegister, 'objects'>,
  organisation: string,
  kind: string,
  id: string,
): boolean {
  const { service, agreement } = shelvesOf(objects)
  if (kind === 'service') return service.find(id)?.organisation === organisation
  const found = kind === 'agreement' ? agreement.find(id) : undefined
  return found !== undefined && [found.holder, found.recipient].includes(organisation)
}

const refusals: Readonly<Record<BrakeFault, string>> = {
  full: 'desk.brake-full',
  done: 'desk.decided',
  none: 'desk.brake-moved',
  moved: 'desk.brake-moved',
  stands: 'desk.brake-stands',
  again: 'desk.brake-again',
}

function requireAllowed(
  deeds: readonly BrakeDeed[],
  told: BrakeDeed,
  asked: Parameters<typeof brakeFault>[2],
): void {
  const found = brakeFault(deeds, told, asked)
  if (found !== undefined) throw new Refusal(refusals[found.fault], 409)
  // What signers suspended is theirs to confirm and to release.
  const standing = brakeOn(brakesOf(deeds), told.kind, told.id, told.at)
  if (standing !== undefined && standing.desk !== told.desk)
    throw new Refusal('desk.brake-none', 404)
}
