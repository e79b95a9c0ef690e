import type {
  CIBAConfiguration,
  Client,
  ClientMetadata,
  Configuration,
  ErrorOut,
  KoaContextWithOIDC,
} from 'oidc-provider'
import type { Fault, Register, Service } from '../../registry/index.ts'
import { deviceSeconds } from '../unit/device-code-model.ts'
import { faultIf } from './metadata-errors.ts'
import type { GrantName } from './profiles.ts'
import { backchannelGrantName, demands, deviceGrant } from './profiles.ts'

// Grants beyond the code. Each is off for a service until its file names it in `grant_types`; its profile says whether it may
// (profiles.ts#demands).

type OptionalGrant = {
  readonly name: Exclude<GrantName, 'authorization_code'>
  /** What the library needs to know the grant at all. */
  readonly features: (parts: GrantParts) => Configuration['features']
  /** What is there only while a service of the register has the grant; undefined: it is there always. */
  readonly onlyWhere?: {
    /** Members of the metadata. */
    readonly metadata: readonly string[]
    readonly paths: RegExp
  }
  /** Whether its services authenticate by their key alone. */
  readonly isByKey?: true
}

/** The pages of a device's sign-in, by the library's names. */
export type DevicePages = {
  readonly userCodeInputSource: (
    koa: KoaContextWithOIDC,
    form: string,
    out?: ErrorOut,
    error?: Error,
  ) => void
  readonly userCodeConfirmSource: (
    koa: KoaContextWithOIDC,
    form: string,
    client: Client,
    deviceInfo: unknown,
    userCode: string,
  ) => void
  readonly successSource: (koa: KoaContextWithOIDC) => void
}

type GrantParts = {
  readonly device: DevicePages
  /** Of backchannel-authentication.ts. */
  readonly backchannel: CIBAConfiguration
}

const optionalGrants: readonly OptionalGrant[] = [
  // The library knows it without a feature; issueRefreshToken says when there is one.
  { name: 'refresh_token', features: () => ({}) },
  { name: 'client_credentials', features: () => ({ clientCredentials: { enabled: true } }) },
  {
    name: deviceGrant,
    features: ({ device }) => ({
      deviceFlow: {
        enabled: true,
        charset: 'base-20',
        mask: '****-****',
        // It asks from a server of its service: that says nothing of the device, and is not kept.
        deviceInfo: () => ({}),
        ...device,
      },
    }),
    onlyWhere: { metadata: ['device_authorization_endpoint'], paths: /^\/device(?:\/|$)/ },
    isByKey: true,
  },
  {
    name: backchannelGrantName,
    features: ({ backchannel }) => ({ ciba: backchannel }),
    onlyWhere: {
      metadata: [
        'backchannel_authentication_endpoint',
        'backchannel_token_delivery_modes_supported',
        'backchannel_user_code_parameter_supported',
      ],
      paths: /^\/backchannel$/,
    },
    isByKey: true,
  },
]

/** Those that are not there always. */
const grantsOnlyWhere = optionalGrants.flatMap(({ name, onlyWhere }) =>
  onlyWhere === undefined ? [] : [{ name, ...onlyWhere }],
)

export function grantFeatures(parts: GrantParts): NonNullable<Configuration['features']> {
  return Object.assign({}, ...optionalGrants.map(({ features }) => features(parts)))
}

/** How long the library keeps what each grant waits with, by the library's names. */
export const grantLifetimes = { DeviceCode: deviceSeconds }

export function grantFaults({ profile, metadata }: Service): Fault[] {
  const { grants, authMethods } = demands[profile]
  const { token_endpoint_auth_method: method = authMethods[0] } = metadata
  const named = grantsOf(metadata)
  const may = grants.length === 1 ? `${grants[0]} alone` : grants.join(', ')
  return [
    ...named.flatMap((grant, i) =>
      faultIf(
        !grants.some((one) => one === grant),
        ['grant_types', i],
        `grant_types may have ${may} under profile ${profile}`,
      ),
    ),
    ...named.flatMap((grant, i) =>
      faultIf(
        method !== 'private_key_jwt' && isByKey(grant),
        ['grant_types', i],
        `${String(grant)} needs token_endpoint_auth_method private_key_jwt`,
      ),
    ),
  ]
}

/**
 * What the library is told of a service's grants. It takes the sector of identifiers from `jwks_uri` where such a grant is named, and
 * refuses `jwks`; here the sector is the organisation, so the grant is named once the client is built.
 */
export function grantMetadata({ metadata }: Service): Partial<ClientMetadata> {
  const named = grantsOf(metadata)
  if (!named.some(isByKey)) return {}
  return {
    grant_types: named.filter((grant) => !isByKey(grant)).map(String),
    // It is never read (configuration.ts).
    sector_identifier_uri: 'https://sector.invalid/',
  }
}

export function nameGrants(client: Client, { metadata }: Service): void {
  const named = grantsOf(metadata)
  if (named.some(isByKey)) Object.assign(client, { grantTypes: named.map(String) })
}

/** The grants and the members of the metadata that nobody has registered. */
export function unregisteredGrants(register: Register): {
  readonly grants: readonly string[]
  readonly members: readonly string[]
} {
  const missing = grantsOnlyWhere.filter(({ name }) => isMissing(register, name))
  return {
    grants: missing.map(({ name }) => name),
    members: missing.flatMap(({ metadata }) => metadata),
  }
}

/** Whether a path is that of a grant which nobody has registered. */
export function isOfNobody(register: Register, path: string): boolean {
  return grantsOnlyWhere.some(({ name, paths }) => paths.test(path) && isMissing(register, name))
}

function isMissing({ services }: Register, name: string): boolean {
  return ![...services.values()].some(({ metadata }) => grantsOf(metadata).includes(name))
}

function isByKey(grant: unknown): boolean {
  return optionalGrants.some(({ name, isByKey }) => name === grant && isByKey === true)
}

export function grantsOf({ grant_types: named }: Service['metadata']): readonly unknown[] {
  return Array.isArray(named) ? named : []
}
