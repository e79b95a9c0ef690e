import { z } from 'zod'
import { readDuration } from '../values/clock.ts'
import { serversOf } from './database-hosts.ts'
import type { DatabaseRoles } from './database-roles.ts'
import { usualRoles } from './database-roles.ts'
import type { SignerSockets } from '../values/key-purposes.ts'
import { socketsByPurpose } from '../values/key-purposes.ts'
import type { MisspeltVariable } from '../values/misspelt-variables.ts'
import { misspeltVariables } from '../values/misspelt-variables.ts'
import { Secret } from '../values/secret.ts'
import { OperatorError } from '../values/operator-error.ts'
import type { TraceSettings } from './trace-settings.ts'
import { traceFields, traceSettingsOf } from './trace-settings.ts'
import type { HeadsSettings } from './heads-settings.ts'
import { headsFields, headsSettingsOf } from './heads-settings.ts'
import type { WatchedPlaces } from './watched-places.ts'
import { watchedFields, watchedPlacesOf } from './watched-places.ts'
import { unsafeIn } from './unsafe-settings.ts'
import type { UpstreamSecrets } from './upstream-secrets.ts'
import { oddSecretsIn, upstreamSecretsIn } from './upstream-secrets.ts'
import type { Operator } from './operator.ts'
import { operatorFields, operatorOf } from './operator.ts'

export type Mode = 'demonstration' | 'staging' | 'production'

export type Config = {
  readonly mode: Mode
  readonly issuer: string
  readonly host: string
  readonly port: number
  /** Absent: the embedded PostgreSQL, outside production only. */
  readonly databaseUrl: Secret | undefined
  readonly databaseRoles: DatabaseRoles
  /** Extensions and libraries of PostgreSQL that are the operator's own: what they bring is no difference from the release. */
  readonly databaseExtensions: readonly string[]
  readonly dataDir: string
  readonly keysDir: string
  /** Where a signer in another process is asked, which holds keys of some purposes; absent: all keys are in the folder. */
  readonly signerSockets: SignerSockets
  /** The folder of the log's files and of the record of signed trees; empty: this machine does not sign. */
  readonly ledgerDir: string
  /** Where the feed of heads is read and given. */
  readonly heads: HeadsSettings
  /** How long the feed of heads may stand still until nothing is permitted; absent, in the demonstration: for ever. */
  readonly logBehindMs: number | undefined
  /** By what keys give the device-bound level; absent: none does. */
  readonly fido: FidoSettings | undefined
  /** host:port of addresses that may be called although they are private or not https. */
  readonly outboundAllow: readonly string[]
  /** smtp: or smtps:, with name and password; absent: no e-mail is sent. */
  readonly smtpUrl: Secret | undefined
  /** The address that e-mails come from. */
  readonly mailFrom: string
  /** How many e-mails one process that works sends at once, each over a connection of its own. */
  readonly mailLanes: number
  /** The URL of the gateway of texts, with name and password; absent: no text is sent. */
  readonly smsGatewayUrl: Secret | undefined
  /** `UPSTREAM_SECRET_…`: at providers of identities that know nothing better. */
  readonly upstreamSecrets: UpstreamSecrets
  /** How many proxies in front of us overwrite X-Forwarded-Proto and X-Forwarded-For. */
  readonly trustedProxies: number
  /** How many requests one service may push in a minute, and how many visits one network may begin. */
  readonly pushedPerMinute: number
  readonly visitsPerMinute: number
  /** How many texts leave in an hour, to all people together: beyond it they wait, and the log says so at level 50. */
  readonly textsPerHour: number
  /** How many files of nobody one body may ask about in a day of Québec. */
  readonly matchingNoMatchesADay: number
  /** From this day in Québec on an introspection tells a holder of no sharing; undefined: it does. */
  readonly holdersMustDecide: string | undefined
  readonly work: boolean
  /** Where a process that works says how it is; absent: nowhere. */
  readonly metricsPort: number | undefined
  readonly metricsHost: string
  /** What this process looks at of its machine. */
  readonly watchedPlaces: WatchedPlaces
  /** Where traces of requests and jobs are sent, and of how many. */
  readonly traces: TraceSettings
  /** A file that names planned work, for the page of the state of the service; absent: none is planned. */
  readonly plannedWork: string | undefined
  /** The folder of the films and recordings that texts of the register name; absent: none is shown. */
  readonly registerMediaDir: string | undefined
  /** Why no standby of PostgreSQL's own has to confirm what is confirmed to people. */
  readonly durability: 'single' | 'platform' | undefined
  /** How long a process that was told to stop still takes requests, so that proxies notice it: `/readyz` says it at once. */
  readonly stopGraceMs: number
  /** Within which time systemd wants to hear that this process goes on, and where; absent: it does not. */
  readonly watchdog: Watchdog | undefined
  readonly attestation: boolean
  /** A second decision point, over the data of AuthZEN's certification scenario. */
  readonly authzenConformance: boolean
  /** This process is the front of public terminals: nothing is remembered there, and sessions are short. */
  readonly kiosk: boolean
  readonly brand: string
  /** What this process is called in log lines; absent: as the machine. */
  readonly instance: string | undefined
  /** Who answers for this broker. */
  readonly operator: Operator
  readonly logLevel: string
  /** The least offset of the clock ahead of the machine's. Present: the clock may be moved further. Absent: it can never be moved. */
  readonly clockOffsetMs: number | undefined
}

export type Watchdog = { readonly everyMs: number; readonly socket: string }

export type FidoSettings = {
  /** Paths of the metadata file, of the roots of its signer (PEM), and of the folder of revocation lists. */
  readonly metadata: string
  readonly roots: string
  readonly lists: string | undefined
  /** The host that the certificate of the file's signer was made for. */
  readonly signer: string
  /** AAGUIDs of the models that may be used, in the place of a certification; absent: every certified one. */
  readonly models: readonly string[] | undefined
}

const flag = z
  .enum(['yes', 'no', '1', '0'])
  .transform((word) => word === 'yes' || word === '1')
  .optional()

const wholeNumber = (from: number, to: number) => z.coerce.number().int().min(from).max(to)

const roleName = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'expects the name of a role: small letters, digits and _')
const aaguid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/
const hostAndPort = /^(?:[a-z0-9.-]+|\[[0-9a-f:]+\]):[1-9]\d{0,4}$/

const environment = z.object({
  NODE_ENV: z.enum(['production', 'staging', 'development', 'test']).optional(),
  ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  HOST: z.string().min(1).optional(),
  PORT: wholeNumber(1, 65_530).optional(),
  DATABASE_URL: z
    .string()
    .refine(
      (url) => serversOf(url) !== undefined,
      'expects postgres://user:password@host:port/database, with one host or several (host:port,host:port) and no target_session_attrs but read-write or primary',
    )
    .optional(),
  SERVING_ROLE: roleName.optional(),
  READING_ROLE: roleName.optional(),
  DATABASE_EXTENSIONS: z
    .string()
    .transform((list) => list.split(',').filter((entry) => entry !== ''))
    .pipe(
      z
        .array(z.string().regex(/^[\w$/.-]{1,63}$/, 'expects names of extensions, with commas'))
        .max(50),
    )
    .optional(),
  DURABILITY: z.enum(['single', 'platform']).optional(),
  DATA_DIR: z.string().min(1).optional(),
  KEYS_DIR: z.string().min(1).optional(),
  SIGNER_SOCKETS: z
    .string()
    .transform((list) => socketsByPurpose(list.split(',').filter((path) => path !== '')))
    .refine(
      (sockets) => sockets !== undefined,
      'expects absolute paths, separated by commas, each named after the purpose of its socket and given once',
    )
    .optional(),
  LEDGER_DIR: z.string().min(1).optional(),
  ...headsFields,
  LOG_BEHIND: wholeNumber(60, 900)
    .transform((seconds) => seconds * 1000)
    .optional(),
  FIDO_METADATA: z.string().min(1).optional(),
  FIDO_ROOTS: z.string().min(1).optional(),
  FIDO_CRLS: z.string().min(1).optional(),
  FIDO_SIGNER: z.string().min(1).max(253).optional(),
  FIDO_MODELS: z
    .string()
    .transform((list) => list.split(',').filter((entry) => entry !== ''))
    .pipe(z.array(z.string().regex(aaguid, 'expects AAGUIDs, separated by commas')))
    .optional(),
  OUTBOUND_ALLOW: z
    .string()
    .transform((list) => list.split(',').filter((entry) => entry !== ''))
    .pipe(z.array(z.string().regex(hostAndPort, 'expects host:port, separated by commas')))
    .optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  MAIL_FROM: z.email().max(254).optional(),
  MAIL_LANES: wholeNumber(1, 100).optional(),
  SMS_GATEWAY_URL: z.url({ protocol: /^https?$/ }).optional(),
  TRUSTED_PROXIES: wholeNumber(0, 3).optional(),
  PUSHED_PER_MINUTE: wholeNumber(16, 1_000_000).optional(),
  VISITS_PER_MINUTE: wholeNumber(16, 1_000_000).optional(),
  TEXTS_PER_HOUR: wholeNumber(1, 1_000_000).optional(),
  MATCHING_NO_MATCHES_A_DAY: wholeNumber(1, 1_000_000).optional(),
  HOLDERS_MUST_DECIDE: z.iso.date('expects a day, such as 2027-04-01').optional(),
  WORK: flag,
  METRICS_PORT: wholeNumber(1, 65_535).optional(),
  METRICS_HOST: z.string().min(1).optional(),
  ...watchedFields,
  ...traceFields,
  PLANNED_WORK: z.string().min(1).optional(),
  REGISTER_MEDIA_DIR: z.string().min(1).optional(),
  STOP_GRACE: wholeNumber(0, 60)
    .transform((seconds) => seconds * 1000)
    .optional(),
  // Set by systemd, for a unit that has WatchdogSec (sd_watchdog_enabled(3)).
  WATCHDOG_USEC: wholeNumber(1000, 86_400_000_000).optional(),
  NOTIFY_SOCKET: z.string().min(1).optional(),
  ATTESTATION: flag,
  AUTHZEN_CONFORMANCE: flag,
  KIOSK: flag,
  BRAND: z.string().min(1).max(60).optional(),
  INSTANCE: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'expects at most 64 letters, digits, dots, hyphens and _')
    .optional(),
  ...operatorFields,
  CLOCK_OFFSET: z
    .string()
    .transform((text, ctx) => {
      const ms = readDuration(text)
      if (ms === undefined) ctx.addIssue('expects a duration ahead, such as P3D or P400DT12H')
      return ms
    })
    .optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional(),
})

type Environment = z.infer<typeof environment>

/**
 * The environment as a Config. Pure: give it plain objects in tests.
 * @param isWeb whether people and programs will call this process, so that proxies must be named
 * @throws OperatorError that names every problem at once.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  isWeb = true,
): Config {
  const set = withoutEmpty(env)
  const { values, malformed } = parsed(set)
  const config = { ...withDefaults(values), upstreamSecrets: upstreamSecretsIn(set) }
  const found = [
    ...malformed.map(describe),
    ...unsafeIn(config, values, isWeb).filter((line) => !isAbout(line, malformed)),
    ...misspeltVariables(Object.keys(set), settingNames).map(askFor),
    ...oddSecretsIn(Object.keys(set)),
  ]
  if (found.length > 0) throw problems(found)
  return config
}

export type SettingName = keyof Environment
/** The variables that this program reads. */
export const settingNames = Object.keys(environment.shape) as readonly SettingName[] // its own keys

type Parsed = { readonly values: Environment; readonly malformed: readonly z.core.$ZodIssue[] }

// What is well formed is judged too, so that all problems are named in one round.
function parsed(env: Readonly<Record<string, string>>): Parsed {
  const read = environment.safeParse(env)
  if (read.success) return { values: read.data, malformed: [] }
  const { issues } = read.error
  const wrong = issues.map(({ path }) => path[0])
  const rest = Object.entries(env).filter(([name]) => !wrong.includes(name))
  return { values: environment.parse(Object.fromEntries(rest)), malformed: issues }
}

// A malformed variable is there: that it is missing, or what would follow from that, is not said. Without NODE_ENV nothing is known.
function isAbout(line: string, malformed: readonly z.core.$ZodIssue[]): boolean {
  return malformed.some(({ path: [name = ''] }) => {
    return name === 'NODE_ENV' || line.startsWith(String(name))
  })
}

function askFor({ name, meant }: MisspeltVariable): string {
  return `${name} is not known: ${meant.join(' or ')}?`
}

function withDefaults(env: Environment): Omit<Config, 'upstreamSecrets'> {
  const mode = modeOf(env.NODE_ENV)
  const port = env.PORT ?? 3000
  const dataDir = env.DATA_DIR ?? '.data'
  const defaults =
    mode === 'demonstration' ? demonstrationDefaults(port, dataDir) : deploymentDefaults
  return {
    ...defaults,
    ...given({
      issuer: env.ISSUER,
      host: env.HOST,
      keysDir: env.KEYS_DIR,
      // Who reads the feed elsewhere has no folder, the demonstration's neither.
      ledgerDir: env.LEDGER_DIR ?? (env.HEADS_URL === undefined ? undefined : ''),
      trustedProxies: env.TRUSTED_PROXIES,
      pushedPerMinute: env.PUSHED_PER_MINUTE,
      visitsPerMinute: env.VISITS_PER_MINUTE,
      mailLanes: env.MAIL_LANES,
      textsPerHour: env.TEXTS_PER_HOUR,
      matchingNoMatchesADay: env.MATCHING_NO_MATCHES_A_DAY,
      holdersMustDecide: env.HOLDERS_MUST_DECIDE,
      work: env.WORK,
      metricsHost: env.METRICS_HOST,
      stopGraceMs: env.STOP_GRACE,
      attestation: env.ATTESTATION,
      authzenConformance: env.AUTHZEN_CONFORMANCE,
      kiosk: env.KIOSK,
      brand: env.BRAND,
      logLevel: env.LOG_LEVEL,
    }),
    mode,
    port,
    dataDir,
    // The addresses that the demonstration itself calls stay allowed beside those that OUTBOUND_ALLOW names.
    outboundAllow: [...defaults.outboundAllow, ...(env.OUTBOUND_ALLOW ?? [])],
    databaseUrl: secret(env.DATABASE_URL),
    databaseRoles: {
      ...usualRoles,
      ...given({ serving: env.SERVING_ROLE, reading: env.READING_ROLE }),
    },
    databaseExtensions: env.DATABASE_EXTENSIONS ?? [],
    signerSockets: env.SIGNER_SOCKETS ?? {},
    heads: headsSettingsOf(env),
    logBehindMs: env.LOG_BEHIND ?? (mode === 'demonstration' ? undefined : usualLogBehindMs),
    fido: fidoOf(env),
    metricsPort: env.METRICS_PORT,
    watchdog: watchdogOf(env),
    watchedPlaces: watchedPlacesOf(env),
    traces: traceSettingsOf(env),
    plannedWork: env.PLANNED_WORK,
    registerMediaDir: env.REGISTER_MEDIA_DIR,
    instance: env.INSTANCE,
    smtpUrl: secret(env.SMTP_URL),
    mailFrom: env.MAIL_FROM ?? `accord@${hostOf(env.ISSUER)}`,
    smsGatewayUrl: secret(env.SMS_GATEWAY_URL),
    operator: operatorOf(env),
    clockOffsetMs: env.CLOCK_OFFSET,
    durability: env.DURABILITY,
  }
}

function watchdogOf({
  WATCHDOG_USEC: usec,
  NOTIFY_SOCKET: socket,
}: Environment): Watchdog | undefined {
  return usec === undefined || socket === undefined ? undefined : { everyMs: usec / 1000, socket }
}

function fidoOf({ FIDO_METADATA: metadata, ...env }: Environment): FidoSettings | undefined {
  if (metadata === undefined) return undefined
  const { FIDO_ROOTS: roots = '', FIDO_CRLS: lists, FIDO_MODELS: models } = env
  return { metadata, roots, lists, models, signer: env.FIDO_SIGNER ?? fidoSigner }
}

// Who signs the file of the FIDO Alliance: the root of that certificate signs those of others too.
const fidoSigner = 'mds.fidoalliance.org'

function secret(value: string | undefined): Secret | undefined {
  return value === undefined ? undefined : new Secret(value)
}

function hostOf(issuer: string | undefined): string {
  return issuer === undefined ? 'localhost' : new URL(issuer).hostname
}

/** How long the log may stand still until nothing is permitted. */
export const usualLogBehindMs = 60_000

const deploymentDefaults = {
  issuer: '',
  host: '0.0.0.0',
  keysDir: '',
  ledgerDir: '',
  outboundAllow: [] as readonly string[],
  trustedProxies: 0,
  pushedPerMinute: 6000,
  visitsPerMinute: 1200,
  mailLanes: 24,
  textsPerHour: 1000,
  matchingNoMatchesADay: 100,
  holdersMustDecide: undefined,
  work: true,
  metricsHost: '127.0.0.1',
  stopGraceMs: 5000,
  attestation: true,
  authzenConformance: false,
  kiosk: false,
  brand: 'Accord',
  logLevel: 'info',
}

function demonstrationDefaults(port: number, dataDir: string): typeof deploymentDefaults {
  return {
    ...deploymentDefaults,
    issuer: `http://localhost:${port}`,
    host: 'localhost',
    keysDir: `${dataDir}/keys`,
    ledgerDir: `${dataDir}/ledger`,
    outboundAllow: [1, 2, 3, 4, 5].map((offset) => `localhost:${port + offset}`),
    stopGraceMs: 0,
    logLevel: 'warn',
  }
}

function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> } // the filter says so
}

function modeOf(nodeEnv: Environment['NODE_ENV']): Mode {
  return nodeEnv === 'production' || nodeEnv === 'staging' ? nodeEnv : 'demonstration'
}

function withoutEmpty(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return Object.fromEntries(kept)
}

function describe(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.')}: ${issue.message}`
}

function problems(found: readonly string[]): OperatorError {
  return new OperatorError(
    `The configuration cannot be used:\n${found.map((line) => `  - ${line}`).join('\n')}`,
  )
}
