import type { ClientMetadata } from 'oidc-provider'
import type { Fault, Service } from '../registry/index.ts'
import { oneOfAny, when } from './member-faults.ts'
import { demands } from './profiles.ts'

// Members of a service's file by which it switches a part of the standards on: without them the part is off for it.

export const optionalMembers = [
  'request_object_signing_alg',
  'require_signed_request_object',
  'response_modes',
  'authorization_signed_response_alg',
]

export function optionalFaults(service: Service): Fault[] {
  return [...requestObjectFaults(service), ...answerFaults(service)]
}

/** What the library's client has where the file says nothing. */
export function optionalMetadata({ metadata }: Service): Partial<ClientMetadata> {
  const { response_modes: modes = ['query'], id_token_signed_response_alg: alg = 'ES256' } =
    metadata
  const { authorization_signed_response_alg: answerAlg = alg } = metadata
  // The schema of the file has judged their form.
  return {
    response_modes: modes,
    authorization_signed_response_alg: answerAlg,
  } as Partial<ClientMetadata>
}

// RFC 9101: one algorithm, fixed, so that no key of the service is tried by another.
function requestObjectFaults(service: Service): Fault[] {
  const { profile, metadata } = service
  const { request_object_signing_alg: alg, require_signed_request_object: required } = metadata
  return [
    ...oneOfAny(service, 'request_object_signing_alg', demands[profile].requestObjectAlgs),
    ...when(
      required === true && alg === undefined,
      ['require_signed_request_object'],
      'require_signed_request_object needs request_object_signing_alg',
    ),
  ]
}

function answerFaults(service: Service): Fault[] {
  const { profile, metadata } = service
  const { response_modes: modes = [] } = metadata
  const { responseModes, idTokenAlgs } = demands[profile]
  return [
    ...(Array.isArray(modes) ? modes : []).flatMap((mode, i) =>
      when(
        !responseModes.some((one) => one === mode),
        ['response_modes', i],
        `response_modes may have ${responseModes.join(', ')} under profile ${profile}`,
      ),
    ),
    ...oneOfAny(service, 'authorization_signed_response_alg', idTokenAlgs),
  ]
}
