import type { Configuration } from 'oidc-provider'
import type { Fault, Service } from '../registry/index.ts'
import { when } from './member-faults.ts'
import type { GrantName } from './profiles.ts'
import { demands } from './profiles.ts'

// Grants beyond the code. Each is off for a service until its file names it in `grant_types`; its profile says whether it may
// (profiles.ts#demands).

type OptionalGrant = {
  readonly name: Exclude<GrantName, 'authorization_code'>
  /** What the library needs to know the grant at all. */
  readonly features: Configuration['features']
}

export function optionalGrants(): readonly OptionalGrant[] {
  return [
    // The library knows it without a feature; issueRefreshToken says when there is one.
    { name: 'refresh_token', features: {} },
    { name: 'client_credentials', features: { clientCredentials: { enabled: true } } },
  ]
}

export function grantFaults({ profile, metadata }: Service): Fault[] {
  const { grants } = demands[profile]
  const { grant_types: named = [] } = metadata
  const may = grants.length === 1 ? `${grants[0]} alone` : grants.join(', ')
  return (Array.isArray(named) ? named : []).flatMap((grant, i) =>
    when(
      !grants.some((one) => one === grant),
      ['grant_types', i],
      `grant_types may have ${may} under profile ${profile}`,
    ),
  )
}
