import { z } from 'zod'

// Fields of a service's file by which it switches a part of the standards on; each is off without its field. Which profile may have
// which, the provider says (src/provider/optional-members.ts).

const signatures = ['ES256', 'PS256', 'RS256'] as const

export const standardFields = {
  request_object_signing_alg: z
    .enum(signatures)
    .describe(
      'By which it signs its requests as a whole (RFC 9101): profiles fapi and baseline. Absent: it signs none.',
    )
    .optional(),
  require_signed_request_object: z
    .boolean()
    .describe('Whether a request that is not signed as a whole is refused.')
    .optional(),
}
