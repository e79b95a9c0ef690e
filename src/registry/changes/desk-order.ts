import { randomBytes } from 'node:crypto'
import type { StatementSigner } from '../../base/keys/jws.ts'
import { signStatement } from '../../base/keys/jws.ts'
import { writeId } from '../../base/values/ids.ts'
import type { IncidentReason } from '../../people/offices/index.ts'
import { incidentReasons } from '../../people/offices/index.ts'
import type { BrakedKind, BrakeDeed } from '../objects/brakes.ts'
import type { Order } from './order-shape.ts'
import { hashOf } from './order-signatures.ts'

// An order of officers of a desk. They have no key of the register: this broker signs that officers with these offices, each signed in with a
// key of his own, ordered it. It is signed before the transaction, since the key may lie with a signer in another process.

export type DeskOrder = {
  readonly deed: BrakeDeed['deed']
  readonly kind: BrakedKind
  readonly id: string
  /** `org_…` */
  readonly organisation: string
  /** One, or the two of those who proposed and who decide. */
  readonly offices: readonly string[]
  /** When what is confirmed or released was begun. */
  readonly begun?: string
  readonly reason: IncidentReason
}

export type WitnessedOrder = {
  readonly order: Order & { readonly deed: BrakeDeed['deed'] }
  readonly sha256: string
  readonly witness: string
}

type Witness = { readonly statements: StatementSigner; readonly issuer: string }

/** @throws Unavailable where the key lies with a signer that cannot be asked now */
export async function witnessOrder(
  { statements, issuer }: Witness,
  { deed, kind, id, organisation, offices, begun, reason }: DeskOrder,
  now: Date,
): Promise<WitnessedOrder> {
  const [office = '', second] = offices.map((one) => writeId('man', one))
  const order = {
    type: 'accord.order.v1' as const,
    issuer,
    deed,
    about: `${kind} ${id}`,
    details: {
      organisation,
      office,
      ...(second === undefined ? {} : { second }),
      ...(begun === undefined ? {} : { begun }),
    },
    reason: incidentReasons[reason],
    made_at: now.toISOString(),
    nonce: randomBytes(16).toString('base64url'),
  }
  const sha256 = hashOf(order)
  const claims = { iss: issuer, iat: Math.floor(now.getTime() / 1000), order: sha256 }
  return { order, sha256, witness: await signStatement(statements, 'desk-order+jwt', claims) }
}
