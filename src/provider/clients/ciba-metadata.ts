import type { Client, ClientMetadata } from 'oidc-provider'
import type { Fault, Service } from '../../registry/index.ts'
import { faultIf } from './metadata-errors.ts'
import { grantsOf } from './optional-grants.ts'
import { backchannelGrantName as grant } from './profiles.ts'

// What a service's file says of requests that people sign in there (OpenID Connect CIBA Core 1.0, section 4).

const modeMember = 'backchannel_token_delivery_mode'
export const endpointMember = 'backchannel_client_notification_endpoint'

export function backchannelFaults({ metadata }: Service): Fault[] {
  const named = grantsOf(metadata)
  return named.includes(grant)
    ? faultsOfModes(metadata, named)
    : [modeMember, endpointMember].flatMap((name) =>
        faultIf(metadata[name] !== undefined, [name], `${name} needs ${grant} in grant_types`),
      )
}

function faultsOfModes(metadata: Service['metadata'], named: readonly unknown[]): Fault[] {
  const { [modeMember]: mode, [endpointMember]: endpoint } = metadata
  const isPoll = mode === 'poll' && endpoint !== undefined
  return [
    ...faultIf(mode === undefined, ['grant_types'], `${grant} needs ${modeMember}`),
    ...faultIf(
      mode === 'ping' && endpoint === undefined,
      [modeMember],
      `ping needs ${endpointMember}`,
    ),
    ...faultIf(isPoll, [endpointMember], `${endpointMember} is for ping`),
    ...faultIf(
      !named.includes('authorization_code'),
      ['grant_types'],
      `${grant} stands beside authorization_code`,
    ),
    ...faultIf(
      metadata['require_signed_request_object'] === true,
      ['require_signed_request_object'],
      `require_signed_request_object is not for a service with ${grant}`,
    ),
  ]
}

/** The library takes these with the grant alone, which it is not told (optional-grants.ts#grantMetadata). */
export const withoutModes: Partial<ClientMetadata> = {
  [modeMember]: undefined,
  [endpointMember]: undefined,
}

export function giveModes(client: Client, { metadata }: Service): void {
  if (!grantsOf(metadata).includes(grant)) return
  Object.assign(client, {
    backchannelTokenDeliveryMode: metadata[modeMember],
    backchannelClientNotificationEndpoint: metadata[endpointMember],
  })
}
