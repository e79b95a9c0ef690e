import { z } from 'zod'
import { isDay } from '../../base/values/calendar.ts'
import { languages } from '../../base/values/languages.ts'
import { paperKinds } from '../../base/values/paper-kinds.ts'
import { isEmployeeNumber } from './employee-number.ts'
import { incidentKinds, liftReasons, stopReasons } from './incident-reasons.ts'
import { roleNames } from './roles.ts'
import { foundReasons } from './void-reasons.ts'

// What is proposed, as it is sealed and hashed.

/** Whom to name to a desk, by the body’s number of the employee, in which role, until the end of which day. */
const namingContent = z.strictObject({
  number: z.string().refine(isEmployeeNumber),
  role: z.enum(roleNames),
  until: z.string().refine(isDay),
  /** `new`: by a code he makes keys, and those that he had end. `kept`: he has keys, and an office by which they count. */
  keys: z.enum(['new', 'kept']),
})
export type NamingContent = z.infer<typeof namingContent>

/** Undefined: it is nothing that can be proposed. */
export function readNaming(value: unknown): NamingContent | undefined {
  return namingContent.safeParse(value).data
}

/** What was suspended at once by the desk of a body, and when that was begun: of another one nothing is decided. */
const brakeContent = z.strictObject({
  kind: z.enum(incidentKinds),
  id: z.string().min(1).max(64),
  begun: z.iso.datetime(),
  reason: z.enum(stopReasons),
})
export type HoldContent = z.infer<typeof brakeContent>

/** Undefined: it is nothing that can be proposed. */
export function readHold(value: unknown): HoldContent | undefined {
  return brakeContent.safeParse(value).data
}

const liftContent = brakeContent.extend({ reason: z.enum(liftReasons) })
export type LiftContent = z.infer<typeof liftContent>

/** Undefined: it is nothing that can be proposed. */
export function readLift(value: unknown): LiftContent | undefined {
  return liftContent.safeParse(value).data
}

/** A sharing, by its own number and that of its person, neither of which leaves. */
const ofConsent = z.strictObject({ consent: z.uuid(), person: z.uuid() })

const voidContent = ofConsent.extend({ reason: z.enum(foundReasons) })
export type VoidContent = z.infer<typeof voidContent>

/** Undefined: it is nothing that can be proposed. */
export function readVoid(value: unknown): VoidContent | undefined {
  return voidContent.safeParse(value).data
}

/** An order of the Commission on one sharing: its number, and the day on which it was made. */
const orderContent = ofConsent.extend({
  number: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z ./-]{0,39}$/),
  day: z.string().refine(isDay),
})
export type OrderContent = z.infer<typeof orderContent>

/** Undefined: it is nothing that can be proposed. */
export function readOrder(value: unknown): OrderContent | undefined {
  return orderContent.safeParse(value).data
}

const paper = z.strictObject({
  kind: z.enum(paperKinds),
  /** Of its number: letters and digits. */
  last_four: z.string().regex(/^[0-9A-Z]{4}$/),
  issued_on: z.string().refine(isDay),
})

/** Who somebody is by two papers, and whose access it is: one that she named, or a new one under this number. */
const identityContent = z.strictObject({
  person: z.uuid(),
  access: z.enum(['new', 'known']),
  language: z.enum(languages),
  papers: z.tuple([paper, paper]).refine(([one, other]) => one.kind !== other.kind),
  given_name: z.string().max(255),
  family_name: z.string().max(255),
  birthdate: z.string().refine(isDay),
})
export type IdentityContent = z.infer<typeof identityContent>

export function readIdentityContent(value: unknown): IdentityContent | undefined {
  return identityContent.safeParse(value).data
}

/** For whom, and by which check of her papers at this desk. */
const cardContent = z.strictObject({ person: z.uuid(), check: z.uuid() })
export type CardContent = z.infer<typeof cardContent>

export function readCardContent(value: unknown): CardContent | undefined {
  return cardContent.safeParse(value).data
}

/** A dossier: about whom, of which days, sealed to which key of X25519, and why. */
const dossierContent = z.strictObject({
  person: z.uuid(),
  from: z.string().refine(isDay),
  to: z.string().refine(isDay),
  key: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  reason: z.string().min(1).max(300),
})
export type DossierContent = z.infer<typeof dossierContent>

export function readDossierContent(value: unknown): DossierContent | undefined {
  return dossierContent.safeParse(value).data
}
