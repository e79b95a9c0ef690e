import { z } from 'zod'
import { both, bothInProse, day, id, version } from './fields.ts'

// Who signs the changes of the register, and each change that was signed (decision 0107).

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
const instant = z.iso.datetime()
const maxSignatures = 20

/** 32 bytes in base64url: the member `x` of an Ed25519 key (RFC 8037). */
export const publicKey = z
  .string()
  .regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, 'must be an Ed25519 public key in base64url')

export const signer = z.strictObject({
  signer_id: id('sig'),
  version,
  office: both.describe('The office, and not who holds it.'),
  organisation: z
    .string()
    .max(64)
    .describe('org_…, or the name of a body that is not in the register.'),
  public_key: publicKey.describe('As « accord register key FILE » prints it.'),
  from: day,
  until: day.describe('The last day.').optional(),
})

/** A law agreement for what people refused for another programme, with their number. */
export const refused = z.strictObject({ id: id('agr'), people: z.string().max(9) })

/** Members of a plan that are kept with the change: all but the contents of the versions, which are published by themselves. */
export const planMembers = {
  type: z.literal('accord.register-plan.v1'),
  issuer: z.url(),
  epoch: z.int().min(0),
  /** SHA-256 of all versions that the plan was made against. */
  register: sha256,
  reason: bothInProse,
  planned_at: instant,
  refused: z.array(refused).max(5000),
} as const

export const change = z.strictObject({
  change_id: id('chg'),
  version: z.literal(1),
  ...planMembers,
  plan_sha256: sha256,
  objects: z
    .array(z.strictObject({ kind: z.string(), id: z.string(), version: z.int().min(1), sha256 }))
    .max(20_000),
  signatures: z
    .array(z.strictObject({ signer: z.string(), signed_at: instant, jws: z.string().max(2000) }))
    .max(maxSignatures),
})
