import { z } from 'zod'
import { isSet, proseInBoth } from './file-fields.ts'

// Fields of a service's file by which it switches a part of the standards on; each is off without its field. Which profile may have
// which, the provider says (src/provider/clients/optional-metadata.ts).

const responseModes = ['query', 'form_post', 'jwt', 'query.jwt', 'form_post.jwt'] as const
const signatures = ['ES256', 'PS256', 'RS256'] as const

const content = z.enum(['A256GCM']).describe('A256GCM, if absent.').optional()

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
  backchannel_token_delivery_mode: z
    .enum(['poll', 'ping'])
    .describe(
      'How it learns of the answer to a request that a person signs in (CIBA Core 1.0): it asks, or it is told first.',
    )
    .optional(),
  backchannel_client_notification_endpoint: z
    .url()
    .describe('Where it is told of such an answer: ping.')
    .optional(),
  prompt_create: z
    .boolean()
    .describe('Whether it may lead a person to the page that makes an access (prompt=create).')
    .optional(),
  max_age: z
    .strictObject({ because: proseInBoth })
    .describe(
      'Why it must know how long ago a person signed in; it is public. Without it, no auth_time is told, and max_age is refused.',
    )
    .optional(),
  userinfo_signed_response_alg: z
    .enum(signatures)
    .describe('By which the answers of /userinfo are signed: not at all, if absent.')
    .optional(),
  introspection_signed_response_alg: z
    .enum(signatures)
    .describe(
      'By which introspection is answered signed, where it is asked for so (RFC 9701): profile fapi.',
    )
    .optional(),
  id_token_encrypted_response_alg: encryption(
    'By which its ID tokens are encrypted, to a key of its own of use enc: profiles fapi and baseline.',
  ),
  id_token_encrypted_response_enc: content,
  userinfo_encrypted_response_alg: encryption(
    'By which the answers of /userinfo are encrypted, which must be signed: profiles fapi and baseline.',
  ),
  userinfo_encrypted_response_enc: content,
}

function encryption(says: string) {
  return z.enum(['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A256KW']).describe(says).optional()
}
