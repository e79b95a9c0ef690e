import { z } from 'zod'
import { isDay } from '../../base/values/calendar.ts'
import { isEmployeeNumber } from './employee-number.ts'
import { incidentKinds, liftReasons, stopReasons } from './incident-reasons.ts'
import { roleNames } from './roles.ts'

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
