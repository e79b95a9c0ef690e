import { z } from 'zod'
import { lineInBoth, proseInBoth, day, id, version } from './file-fields.ts'

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
  office: lineInBoth.describe('The office, and not who holds it.'),
  organisation: z
    .string()
    .max(64)
    .describe('org_…, or the name of a body that is not in the register.'),
  public_key: publicKey.describe('As « accord register key FILE » prints it.'),
  from: day,
  until: day.describe('The last day.').optional(),
})

/** A law agreement for what people refused for another programme, with their number. */
export const refusedPeople = z.strictObject({ id: id('agr'), people: z.string().max(9) })

const name = z.string().max(64)
const manyNames = z.array(name).max(20_000)

/** What may be sent under an agreement for a purpose: each category of a dataset. */
const flow = z.strictObject({
  agreement: name,
  holder: name,
  recipient: name,
  purpose: z.string().max(80),
  dataset: z.string().max(80),
  categories: z.array(name).max(100),
  /** Whether nobody is asked. */
  by_law: z.boolean(),
})

/** What follows from a change for people and bodies, as the planner's register says it. */
export const effects = z.strictObject({
  /** What may be sent no more, and what may be sent from now on. */
  stops: z.array(flow).max(20_000),
  begins: z.array(flow).max(20_000),
  /** The version for which people are asked again, and the agreements that they allowed. */
  asked_again: z
    .array(z.strictObject({ by: z.string().max(120), agreements: manyNames }))
    .max(20_000),
  /** The versions that declare other words for the same thing: for these nobody is asked again. */
  reworded: z.array(z.string().max(120)).max(20_000),
  /** Services and providers of identities by which nobody signs in any more, or by which people begin to. */
  sign_in_stops: manyNames,
  sign_in_begins: manyNames,
  /** Offices that may sign no more, and those that may from now on. */
  signers_leave: manyNames,
  signers_come: manyNames,
  /** Agreements by law that permit nothing until a new version of them is applied. */
  outdated: manyNames,
  /** Agreements that permit nothing before an instant. */
  cooling: z.array(z.strictObject({ id: name, until: instant })).max(5000),
  /** Names and hosts that come, and look like others of the register. */
  alike: z
    .array(
      z.strictObject({
        name: z.string().max(300),
        like: z.string().max(300),
        of: z.string().max(120),
      }),
    )
    .max(1000),
})

/** A version that a change replaces: its entry in the public log says the same. */
export const replacedVersion = z.strictObject({
  kind: name,
  id: name,
  version: z.int().min(1),
  sha256,
})

/** A provider of identities whose metadata nobody held against its file. */
export const unaskedProvider = z.strictObject({ id: name, why: z.string().max(1000) })

const newPlan = 'accord.register-plan.v2'

/** Members of a plan that are kept with the change: all but the contents of the versions, which are published by themselves. */
export const planMembers = {
  type: z.literal(newPlan),
  issuer: z.url(),
  epoch: z.int().min(0),
  /** SHA-256 of all versions that the plan was made against. */
  register: sha256,
  reason: proseInBoth,
  planned_at: instant,
  refused: z.array(refusedPeople).max(5000),
  unasked: z.array(unaskedProvider).max(5000),
  replaces: z.array(replacedVersion).max(20_000),
  effects,
} as const

export const change = z.strictObject({
  change_id: id('chg'),
  version: z.literal(1),
  ...planMembers,
  // A plan of before said less. What was applied by one stays as it was signed.
  type: z.enum(['accord.register-plan.v1', newPlan]),
  unasked: planMembers.unasked.optional(),
  replaces: planMembers.replaces.optional(),
  effects: effects.optional(),
  plan_sha256: sha256,
  objects: z
    .array(z.strictObject({ kind: z.string(), id: z.string(), version: z.int().min(1), sha256 }))
    .max(20_000),
  signatures: z
    .array(z.strictObject({ signer: z.string(), signed_at: instant, jws: z.string().max(2000) }))
    .max(maxSignatures),
})
