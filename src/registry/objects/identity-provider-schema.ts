import { z } from 'zod'
import { highest, levels, rankOf } from '../../base/values/assurance-levels.ts'
import { vouchedClaims } from '../../people/identity/index.ts'
import { upstreamSecretName } from '../../base/settings/upstream-secrets.ts'
import { address, lineInBoth, isSet, line, status, version } from './file-fields.ts'

// Another body's sign-in that people may use here (OpenID Connect Core): what its file says.

const largest = { scopes: 10, levels: 20 }

// No sign-in here reaches a higher one.
const level = z.enum(levels.filter((one) => rankOf(one) <= rankOf(highest)))

const secret = z
  .strictObject({
    env: z
      .string()
      .regex(upstreamSecretName, 'must be UPSTREAM_SECRET_ and 1 to 60 of A-Z, 0-9 and _')
      .describe('The variable of the environment that holds the secret. The register never does.'),
    token_endpoint: address
      .regex(/^[^?#]*$/, 'must have no query and no fragment')
      .describe(
        'The one address that gets the secret. Another address needs another variable, and another secret.',
      ),
    method: z.enum(['client_secret_basic', 'client_secret_post']).default('client_secret_basic'),
  })
  .describe('Only for a provider that does not know private_key_jwt.')

export const identityProvider = z.strictObject({
  provider_id: z.string().regex(/^[a-z0-9-]{1,60}$/, 'must be 1 to 60 of a-z, 0-9 and -'),
  version,
  name: lineInBoth.describe('The name on the button: “Continue with …”.'),
  issuer: address
    .regex(/^[^?#]*$/, 'must have no query and no fragment')
    .max(255)
    .describe('Exactly as its ID tokens say it. Its metadata are read below this address.'),
  client_id: line.describe('The name that it gave to this broker.'),
  secret: secret.optional(),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/, 'must be a scope of RFC 6749'))
    .max(largest.scopes)
    .refine(isSet, 'names a scope twice')
    .refine((scopes) => scopes.includes('openid'), 'must hold openid')
    .meta({ uniqueItems: true })
    .default(['openid']),
  levels: z
    .array(z.strictObject({ acr: line, level }))
    .max(largest.levels)
    .refine((rows) => isSet(rows.map(({ acr }) => acr)), 'names an acr twice')
    .describe(
      'What its acr values mean here. One that is not in this table, or is missing, is the lowest level.',
    )
    .default([]),
  ceiling: level.describe('The highest level that a sign-in there can reach here.'),
  vouches_for: z
    .array(z.enum(vouchedClaims))
    .refine(isSet, 'names a claim twice')
    .describe(
      'What it is believed about a person, and nothing else that it says of her is read. A provider that is suspended is not believed.',
    )
    .default([]),
  claims_from: z
    .enum(['id_token', 'userinfo'])
    .describe('Where it says them. From userinfo costs a call more at each sign-in.')
    .default('id_token'),
  status: status.describe('Suspended or closed: nobody signs in by it, from the next request on.'),
})
