import { isIP } from 'node:net'
import type { HeadsSettings } from './heads-settings.ts'
import { oddHeads, unsafeHeads } from './heads-settings.ts'
import { isInternal } from '../values/internal-address.ts'
import { missingFields } from './operator.ts'
import type { Secret } from '../values/secret.ts'
import type { TraceSettings } from './trace-settings.ts'
import { unsafeTraces } from './trace-settings.ts'

/** Of a Config, what may be unsafe. */
type Judged = {
  readonly mode: 'demonstration' | 'staging' | 'production'
  readonly issuer: string
  readonly trustedProxies: number
  readonly databaseUrl: Secret | undefined
  readonly smsGatewayUrl: Secret | undefined
  readonly outboundAllow: readonly string[]
  readonly metricsHost: string
  readonly heads: HeadsSettings
  readonly traces: TraceSettings
  readonly authzenConformance: boolean
  readonly clockOffsetMs: number | undefined
}
type Values = Parameters<typeof missingFields>[0] & {
  readonly KEYS_DIR?: string | undefined
  readonly FIDO_METADATA?: string | undefined
  readonly FIDO_ROOTS?: string | undefined
} & Parameters<typeof oddHeads>[0]

/**
 * What is missing for this mode, or not safe in it, a line each, the variable first.
 * @param values the variables as they are set: the demonstration's values do not count
 */
export function unsafeIn(config: Judged, values: Values, isWeb: boolean): string[] {
  const lone = [...aloneOf(values), ...oddHeads(values)]
  if (config.mode === 'demonstration') return [...localOnly(config), ...lone]
  return [
    ...lone,
    ...unsafeOutsideDemo(config, values, isWeb),
    ...unsafeHeads(config.heads, values, isWeb),
    ...(isWeb ? missingFields(values) : []),
  ]
}

// A metadata file is nothing without the roots of its signer.
function aloneOf({ FIDO_METADATA: metadata, FIDO_ROOTS: roots }: Values): string[] {
  if ((metadata === undefined) === (roots === undefined)) return []
  return [
    metadata === undefined
      ? 'FIDO_METADATA is required with FIDO_ROOTS: the metadata file'
      : 'FIDO_ROOTS is required with FIDO_METADATA: the roots of the file’s signer, in PEM',
  ]
}

// Without NODE_ENV=production the demonstration's comforts are on: they must not be reachable from elsewhere under http.
function localOnly(config: Judged): string[] {
  const { protocol, hostname } = new URL(config.issuer)
  const local =
    hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '127.0.0.1'
  const found = issuerShape(config.issuer)
  if (protocol === 'http:' && !local) {
    found.push('ISSUER: http is only for localhost; elsewhere use https and NODE_ENV=production')
  }
  return found
}

function unsafeOutsideDemo(config: Judged, values: Values, isWeb: boolean): string[] {
  const found: string[] = []
  if (config.issuer === '')
    found.push('ISSUER is required: the https address people see, without a slash at the end')
  else {
    found.push(...issuerShape(config.issuer))
    if (!config.issuer.startsWith('https://')) found.push('ISSUER must begin with https://')
    else if (isWeb && config.trustedProxies === 0) {
      found.push(
        'TRUSTED_PROXIES is required: how many proxies stand in front (TLS ends at the nearest one)',
      )
    }
  }
  if (config.databaseUrl === undefined)
    found.push('DATABASE_URL is required: the embedded PostgreSQL is for the demonstration')
  if (values.KEYS_DIR === undefined)
    found.push('KEYS_DIR is required: the folder that holds the keys by purpose')
  if (config.mode === 'production') found.push(...forTestsOnly(config))
  if (config.smsGatewayUrl?.reveal().startsWith('http:') === true)
    found.push('SMS_GATEWAY_URL must begin with https://')
  return [...found, ...unsafeAddresses(config), ...unsafeTraces(config.traces)]
}

function unsafeAddresses({ metricsHost, outboundAllow }: Judged): string[] {
  const found = outboundAllow
    .filter((entry) => !isNamedHost(entry))
    .map((entry) => `OUTBOUND_ALLOW: ${entry} is loopback or link-local, or no name of a host`)
  if (isInternal(metricsHost)) return found
  const says =
    'METRICS_HOST must be localhost or an address of an internal network, and no wildcard'
  return [...found, says]
}

function forTestsOnly({ clockOffsetMs = 0, authzenConformance }: Judged): string[] {
  const found: string[] = []
  if (clockOffsetMs > 0)
    found.push(
      'CLOCK_OFFSET must be zero in production: time moves for tests and demonstrations only',
    )
  if (authzenConformance)
    found.push('AUTHZEN_CONFORMANCE is not for production: certify a staging deployment')
  return found
}

function issuerShape(issuer: string): string[] {
  if (new URL(issuer).origin === issuer) return []
  return [
    'ISSUER must be an origin in small letters: no path, no query, no usual port, no slash at the end',
  ]
}

// Only host names, and never this machine: an IP address could lead to any machine of the internal network.
function isNamedHost(entry: string): boolean {
  const host = entry.slice(0, entry.lastIndexOf(':')).replaceAll(/[[\]]/g, '').replace(/\.$/, '')
  return (
    isIP(host) === 0 && !/^\d+$/.test(host) && host !== 'localhost' && !host.endsWith('.localhost')
  )
}
