import type { Client, ClientMetadata } from 'oidc-provider'
import type { Fault, Service } from '../../registry/index.ts'
import { encryptionAlgMembers, encryptionFaults, encryptToOwnKeys } from './client-encryption.ts'
import { requireOneOfIfAllowed, faultIf } from './metadata-errors.ts'
import { backchannelFaults, giveModes, withoutModes } from './ciba-metadata.ts'
import { demands } from './profiles.ts'

// Members of a service's file by which it switches a part of the standards on: without them the part is off for it.

export const optionalMembers = [
  'request_object_signing_alg',
  'require_signed_request_object',
  'response_modes',
  'prompt_create',
  'max_age',
  'backchannel_token_delivery_mode',
  'backchannel_client_notification_endpoint',
  'authorization_signed_response_alg',
  'userinfo_signed_response_alg',
  'introspection_signed_response_alg',
  ...encryptionAlgMembers,
  'id_token_encrypted_response_enc',
  'userinfo_encrypted_response_enc',
]

export function optionalFaults(service: Service): Fault[] {
  return [
    ...requestObjectFaults(service),
    ...answerFaults(service),
    ...tokenFaults(service),
    ...backchannelFaults(service),
  ]
}

/** What the library's client has where the file says nothing. */
export function optionalMetadata({ metadata }: Service): Partial<ClientMetadata> {
  const { response_modes: modes = ['query'], id_token_signed_response_alg: alg = 'ES256' } =
    metadata
  const { authorization_signed_response_alg: answerAlg = alg } = metadata
  const encrypted = encryptionAlgMembers.filter((member) => metadata[member] !== undefined)
  // The schema of the file has judged their form.
  return {
    ...withoutModes,
    response_modes: modes,
    authorization_signed_response_alg: answerAlg,
    // The library's own default is another.
    ...Object.fromEntries(encrypted.map((member) => [member.replace(/alg$/, 'enc'), 'A256GCM'])),
  } as Partial<ClientMetadata>
}

/** Switches off what the library would have on for each client, and holds it to the keys that are for it. */
export function holdToFile(client: Client, service: Service): void {
  const { metadata } = service
  if (metadata['introspection_signed_response_alg'] === undefined)
    Object.assign(client, { introspectionSignedResponseAlg: undefined })
  giveModes(client, service)
  encryptToOwnKeys(client)
}

// RFC 9101: one algorithm, fixed, so that no key of the service is tried by another.
function requestObjectFaults(service: Service): Fault[] {
  const { profile, metadata } = service
  const { request_object_signing_alg: alg, require_signed_request_object: required } = metadata
  return [
    ...requireOneOfIfAllowed(
      service,
      'request_object_signing_alg',
      demands[profile].requestObjectAlgs,
    ),
    ...faultIf(
      required === true && alg === undefined,
      ['require_signed_request_object'],
      'require_signed_request_object needs request_object_signing_alg',
    ),
  ]
}

function answerFaults(service: Service): Fault[] {
  const { profile, metadata } = service
  const { response_modes: modes } = metadata
  const { responseModes, idTokenAlgs } = demands[profile]
  return [
    ...(Array.isArray(modes) ? modes : []).flatMap((mode, i) =>
      faultIf(
        !responseModes.some((one) => one === mode),
        ['response_modes', i],
        `response_modes may have ${responseModes.join(', ')} under profile ${profile}`,
      ),
    ),
    ...requireOneOfIfAllowed(service, 'authorization_signed_response_alg', idTokenAlgs),
  ]
}

function tokenFaults(service: Service): Fault[] {
  const { userinfo_signed_response_alg: signed, userinfo_encrypted_response_alg: encrypted } =
    service.metadata
  const { idTokenAlgs, introspectionAlgs, encryptionAlgs } = demands[service.profile]
  return [
    ...requireOneOfIfAllowed(service, 'userinfo_signed_response_alg', idTokenAlgs),
    ...requireOneOfIfAllowed(service, 'introspection_signed_response_alg', introspectionAlgs),
    ...encryptionAlgMembers.flatMap((member) =>
      requireOneOfIfAllowed(service, member, encryptionAlgs),
    ),
    ...encryptionFaults(service),
    ...faultIf(
      encrypted !== undefined && signed === undefined,
      ['userinfo_encrypted_response_alg'],
      'userinfo_encrypted_response_alg needs userinfo_signed_response_alg',
    ),
  ]
}
