import type { Fault, Service } from '../registry/index.ts'
import { oneOfAny, when } from './member-faults.ts'
import { demands } from './profiles.ts'

// Members of a service's file by which it switches a part of the standards on: without them the part is off for it.

export const optionalMembers = ['request_object_signing_alg', 'require_signed_request_object']

export function optionalFaults(service: Service): Fault[] {
  return requestObjectFaults(service)
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
