import { z } from 'zod'
import { isDay } from '../../base/values/calendar.ts'
import { isEmployeeNumber } from './employee-number.ts'
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
