import { writeDuration } from '../values/clock.ts'
import type { Config, SettingName } from './config.ts'
import { settingNames } from './config.ts'
import { shownDatabase } from './database-hosts.ts'

/** One variable as it is in effect. */
export type EffectiveSetting = {
  readonly name: string
  /** As it would be set. Secrets are masked; undefined: nothing is set, and nothing takes its place. */
  readonly value: string | undefined
  readonly isDefault: boolean
}

type Show = (config: Config) => string | number | boolean | undefined

const shown: Readonly<Record<SettingName, Show>> = {
  NODE_ENV: ({ mode }) => mode,
  ISSUER: ({ issuer }) => issuer,
  HOST: ({ host }) => host,
  PORT: ({ port }) => port,
  DATABASE_URL: ({ databaseUrl }) =>
    databaseUrl === undefined
      ? undefined
      : (shownDatabase(databaseUrl.reveal()) ?? databaseUrl.toString()),
  SERVING_ROLE: ({ databaseRoles }) => databaseRoles.serving,
  READING_ROLE: ({ databaseRoles }) => databaseRoles.reading,
  DATABASE_EXTENSIONS: ({ databaseExtensions }) => databaseExtensions.join(',') || undefined,
  DURABILITY: ({ durability }) => durability,
  DATA_DIR: ({ dataDir }) => dataDir,
  KEYS_DIR: ({ keysDir }) => keysDir,
  SIGNER_SOCKETS: ({ signerSockets }) => Object.values(signerSockets).join(',') || undefined,
  LEDGER_DIR: ({ ledgerDir }) => ledgerDir,
  HEADS_DIR: ({ heads }) => heads.dir,
  HEADS_URL: ({ heads }) => heads.url,
  HEADS_PORT: ({ heads }) => heads.port,
  HEADS_HOST: ({ heads }) => heads.host,
  LOG_BEHIND: ({ logBehindMs }) => (logBehindMs === undefined ? undefined : logBehindMs / 1000),
  FIDO_METADATA: ({ fido }) => fido?.metadata,
  FIDO_ROOTS: ({ fido }) => fido?.roots,
  FIDO_CRLS: ({ fido }) => fido?.lists,
  FIDO_SIGNER: ({ fido }) => fido?.signer,
  FIDO_MODELS: ({ fido }) => fido?.models?.join(','),
  OUTBOUND_ALLOW: ({ outboundAllow }) => outboundAllow.join(','),
  SMTP_URL: ({ smtpUrl }) => smtpUrl?.toString(),
  MAIL_FROM: ({ mailFrom }) => mailFrom,
  MAIL_LANES: ({ mailLanes }) => mailLanes,
  SMS_GATEWAY_URL: ({ smsGatewayUrl }) => smsGatewayUrl?.toString(),
  TRUSTED_PROXIES: ({ trustedProxies }) => trustedProxies,
  PUSHED_PER_MINUTE: ({ pushedPerMinute }) => pushedPerMinute,
  VISITS_PER_MINUTE: ({ visitsPerMinute }) => visitsPerMinute,
  TEXTS_PER_HOUR: ({ textsPerHour }) => textsPerHour,
  MATCHING_NO_MATCHES_A_DAY: ({ matchingNoMatchesADay }) => matchingNoMatchesADay,
  HOLDERS_MUST_DECIDE: ({ holdersMustDecide }) => holdersMustDecide,
  WORK: ({ work }) => work,
  METRICS_PORT: ({ metricsPort }) => metricsPort,
  METRICS_HOST: ({ metricsHost }) => metricsHost,
  AUDIT_DIR: ({ watchedPlaces }) => watchedPlaces.audit,
  POSTGRES_DIR: ({ watchedPlaces }) => watchedPlaces.database,
  MARKS_DIR: ({ watchedPlaces }) => watchedPlaces.marks,
  OTEL_SDK_DISABLED: ({ traces }) => traces.isDisabled || undefined,
  OTEL_TRACES_EXPORTER: ({ traces }) => traces.exporter,
  OTEL_EXPORTER_OTLP_ENDPOINT: ({ traces }) => traces.base,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ({ traces }) => traces.endpoint,
  OTEL_EXPORTER_OTLP_PROTOCOL: () => 'http/json',
  OTEL_EXPORTER_OTLP_HEADERS: ({ traces }) => traces.headers?.toString(),
  OTEL_SERVICE_NAME: ({ traces }) => traces.serviceName,
  OTEL_RESOURCE_ATTRIBUTES: ({ traces }) => traces.resource,
  OTEL_TRACES_SAMPLER: ({ traces }) => traces.sampler,
  OTEL_TRACES_SAMPLER_ARG: ({ traces }) => traces.ratio,
  PLANNED_WORK: ({ plannedWork }) => plannedWork,
  REGISTER_MEDIA_DIR: ({ registerMediaDir }) => registerMediaDir,
  STOP_GRACE: ({ stopGraceMs }) => stopGraceMs / 1000,
  WATCHDOG_USEC: ({ watchdog }) => watchdog && watchdog.everyMs * 1000,
  NOTIFY_SOCKET: ({ watchdog }) => watchdog?.socket,
  ATTESTATION: ({ attestation }) => attestation,
  AUTHZEN_CONFORMANCE: ({ authzenConformance }) => authzenConformance,
  KIOSK: ({ kiosk }) => kiosk,
  BRAND: ({ brand }) => brand,
  INSTANCE: ({ instance }) => instance,
  OPERATOR_NAME: ({ operator }) => operator.name.fr,
  OPERATOR_NAME_EN: ({ operator }) => operator.name.en,
  PRIVACY_OFFICER: ({ operator }) => operator.privacyOfficer.fr,
  PRIVACY_OFFICER_EN: ({ operator }) => operator.privacyOfficer.en,
  CONTACT_PHONE: ({ operator }) => operator.telephone,
  CONTACT_HOURS: ({ operator }) => operator.hours.fr,
  CONTACT_HOURS_EN: ({ operator }) => operator.hours.en,
  CONTACT_EMAIL: ({ operator }) => operator.email,
  CONTACT_ADDRESS: ({ operator }) => operator.address.fr,
  CONTACT_ADDRESS_EN: ({ operator }) => operator.address.en,
  CLOCK_OFFSET: ({ clockOffsetMs }) =>
    clockOffsetMs === undefined ? undefined : writeDuration(clockOffsetMs),
  LOG_LEVEL: ({ logLevel }) => logLevel,
}

/** The variables under the names under which they are set. @param env what was set */
export function effectiveSettings(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
): EffectiveSetting[] {
  const settings = settingNames.map((name) => ({
    name,
    value: asSet(shown[name](config)),
    isDefault: (env[name] ?? '') === '',
  }))
  const secrets = [...config.upstreamSecrets].map(([name, secret]) => ({
    name,
    value: secret.toString(),
    isDefault: false,
  }))
  return [...settings, ...secrets]
}

function asSet(value: ReturnType<Show>): string | undefined {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return value === undefined || value === '' ? undefined : String(value)
}
