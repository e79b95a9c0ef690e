import { z } from 'zod'
import { isSet } from './fields.ts'

// Fields of a service's file by which it switches a part of the standards on; each is off without its field. Which profile may have
// which, the provider says (src/provider/optional-members.ts).

const responseModes = ['query', 'form_post', 'jwt', 'query.jwt', 'form_post.jwt'] as const
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
  response_modes: z
    .array(z.enum(responseModes))
    .min(1)
    .max(responseModes.length)
    .refine(isSet, 'names a mode twice')
    .describe(
      'By which it gets its answers: query, if absent. jwt, query.jwt and form_post.jwt are signed (JARM). An error that fits none leaves by the first.',
    )
    .optional(),
  authorization_signed_response_alg: z
    .enum(signatures)
    .describe('By which its answers are signed (JARM): as its ID tokens, if absent.')
    .optional(),
}
