import { z } from 'zod'
import { isDay } from '../../base/values/calendar.ts'
import { roleNames } from './roles.ts'

// What is proposed, as it is sealed and hashed.

/** Whom to name to a desk, in which role, until the end of which day. */
const namingContent = z.strictObject({
  officer: z.uuid(),
  role: z.enum(roleNames),
  until: z.string().refine(isDay),
})
export type NamingContent = z.infer<typeof namingContent>

/** Undefined: it is nothing that can be proposed. */
export function readNaming(value: unknown): NamingContent | undefined {
  return namingContent.safeParse(value).data
}
