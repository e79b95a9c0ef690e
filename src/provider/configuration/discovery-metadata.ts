import { languages } from '../../base/values/languages.ts'
import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import type { Register } from '../../registry/index.ts'
import { unregisteredGrants } from '../clients/optional-grants.ts'
import { valuesOfAllProfiles, publishedDemands } from '../clients/profiles.ts'

// Cache lifetimes in seconds. A rotation of keys also waits for clients that keep the keys an hour regardless (docs/operate.md).
const keptSeconds: Readonly<Record<string, number>> = {
  '/.well-known/openid-configuration': 3600,
  '/.well-known/oauth-authorization-server': 3600,
  '/jwks': 300,
}

/**
 * Members that the library's metadata leaves out or overstates (RFC 8414, section 2; OpenID Connect Discovery 1.0, section 3;
 * Initiating User Registration 1.0 for `prompt_values_supported`). A test compares each member with the endpoints.
 */
const corrections = {
  response_modes_supported: valuesOfAllProfiles(({ responseModes }) => responseModes),
  prompt_values_supported: ['none', 'login', 'consent', 'create'],
  ui_locales_supported: [...languages],
  // Nobody has a code to tell; a signed request is not taken at /backchannel.
  backchannel_user_code_parameter_supported: false,
  // What is demanded depends on the profile of the service: the members above say what any of them may.
  require_pushed_authorization_requests: false,
  accord_profiles_supported: publishedDemands(),
}
const clientAuthentication = [
  'token_endpoint_auth_methods_supported',
  'token_endpoint_auth_signing_alg_values_supported',
] as const

/**
 * Corrects the metadata after the library answered, and makes these documents cacheable, with an ETag.
 * @param register by which a grant is there or not
 * @param published what `/jwks` says: the library would name an RSA pair twice, once for each of its algorithms
 */
export function correctMetadata(ctx: Context, published: object, register: Register): void {
  const seconds = Object.hasOwn(keptSeconds, ctx.path) ? keptSeconds[ctx.path] : undefined
  const { body } = ctx as { body: unknown }
  if (seconds === undefined || ctx.status !== 200 || typeof body !== 'object' || body === null)
    return
  if (ctx.path === '/jwks') ctx.body = published
  else {
    Object.assign(body, corrections, otherEndpoints(body))
    leaveNeverOut(body)
    leaveUnregisteredOut(body, register)
  }
  ctx.set('Cache-Control', `public, max-age=${seconds}`)
  const digest = createHash('sha256').update(JSON.stringify(ctx.body)).digest('base64url')
  ctx.set('ETag', `"${digest}"`)
  if (ctx.fresh) ctx.status = 304
}

// The library says an empty list of what is never encrypted.
function leaveNeverOut(body: object): void {
  for (const what of ['request_object', 'authorization', 'introspection'])
    for (const part of ['alg', 'enc'])
      Reflect.deleteProperty(body, `${what}_encryption_${part}_values_supported`)
  Reflect.deleteProperty(body, 'backchannel_authentication_request_signing_alg_values_supported')
}

// A grant that no service has is off.
function leaveUnregisteredOut(body: object, register: Register): void {
  const { grants, members } = unregisteredGrants(register)
  for (const member of members) Reflect.deleteProperty(body, member)
  const { grant_types_supported: named } = body as { grant_types_supported: readonly string[] } // as the library has it
  Reflect.set(
    body,
    'grant_types_supported',
    named.filter((grant) => !grants.includes(grant)),
  )
}

// Introspection and revocation authenticate clients in the same way as the token endpoint.
function otherEndpoints(body: object): object {
  const of = (name: string): unknown => Reflect.get(body, name)
  return Object.fromEntries(
    ['introspection', 'revocation'].flatMap((endpoint) =>
      clientAuthentication.map((name) => [name.replace('token', endpoint), of(name)]),
    ),
  )
}
