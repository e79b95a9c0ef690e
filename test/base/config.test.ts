import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../src/base/settings/config.ts'
import { effectiveSettings } from '../../src/base/settings/effective-settings.ts'
import { collectorOf, pairsOf } from '../../src/base/settings/trace-settings.ts'
import { OperatorError } from '../../src/base/values/operator-error.ts'
import { operatorEnv } from '../support/operator.ts'

const deployed = {
  NODE_ENV: 'production',
  ISSUER: 'https://accord.example.test',
  DATABASE_URL: 'postgres://accord:s3cret-word@db.example.test/accord',
  KEYS_DIR: '/etc/accord/keys',
  LEDGER_DIR: '/var/lib/accord/ledger',
  TRUSTED_PROXIES: '1',
  ...operatorEnv,
}

test('without any variable the demonstration runs, on localhost only', () => {
  expect(readConfig({})).toEqual({
    mode: 'demonstration',
    issuer: 'http://localhost:3000',
    host: 'localhost',
    port: 3000,
    databaseUrl: undefined,
    databaseRoles: { serving: 'accord_serve', reading: 'accord_read' },
    dataDir: '.data',
    keysDir: '.data/keys',
    ledgerDir: '.data/ledger',
    outboundAllow: [
      'localhost:3001',
      'localhost:3002',
      'localhost:3003',
      'localhost:3004',
      'localhost:3005',
    ],
    smtpUrl: undefined,
    mailFrom: 'accord@localhost',
    mailLanes: 24,
    smsGatewayUrl: undefined,
    upstreamSecrets: new Map(),
    trustedProxies: 0,
    pushedPerMinute: 6000,
    visitsPerMinute: 1200,
    textsPerHour: 1000,
    matchingNoMatchesADay: 100,
    holdersMustDecide: undefined,
    watchdog: undefined,
    stopGraceMs: 0,
    work: true,
    metricsPort: undefined,
    metricsHost: '127.0.0.1',
    heads: { dir: undefined, url: undefined, port: undefined, host: '127.0.0.1' },
    traces: {
      base: undefined,
      endpoint: undefined,
      exporter: 'otlp',
      isDisabled: false,
      headers: undefined,
      serviceName: 'accord',
      resource: '',
      sampler: 'parentbased_always_on',
      ratio: 1,
    },
    watchedPlaces: { audit: undefined, database: undefined, marks: undefined },
    plannedWork: undefined,
    registerMediaDir: undefined,
    signerSockets: {},
    instance: undefined,
    attestation: true,
    authzenConformance: false,
    kiosk: false,
    brand: 'Accord',
    operator: {
      name: { fr: 'Centre d’aide (démo)', en: 'Help centre (demo)' },
      privacyOfficer: {
        fr: 'Responsable de la protection des renseignements personnels',
        en: 'Officer for the protection of personal information',
      },
      telephone: '+14185550100',
      hours: {
        fr: 'Du lundi au vendredi, de 8\u00a0h\u00a030 à 16\u00a0h\u00a030',
        en: 'Monday to Friday, 8:30 a.m. to 4:30 p.m.',
      },
      email: 'aide@accord.exemple.test',
      address: {
        fr: '1, rue de l’Exemple, Ville-Inventée (Québec)',
        en: '1 Exemple Street, Ville-Inventée, Québec',
      },
    },
    logLevel: 'warn',
    clockOffsetMs: undefined,
    databaseExtensions: [],
  })
})

test('an empty variable counts as missing', () => {
  const names = ['NODE_ENV', 'ISSUER', 'PORT', 'DATABASE_URL', 'DATA_DIR', 'KEYS_DIR', 'WORK']
  expect(readConfig(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(readConfig({}))
})

test('secrets at providers stand in variables of their own, and are shown to nobody', () => {
  const env = { ...deployed, UPSTREAM_SECRET_AILLEURS: 's3cret-word', UPSTREAM_SECRETS: 'x' }
  const config = readConfig(env)
  expect(config.upstreamSecrets.get('UPSTREAM_SECRET_AILLEURS')?.reveal()).toBe('s3cret-word')
  expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toContain('s3cret-word')
  expect(effectiveSettings(config, env).at(-1)).toEqual({
    name: 'UPSTREAM_SECRET_AILLEURS',
    value: '[secret]',
    isDefault: false,
  })
  expect(() => readConfig({ ...deployed, upstream_secret_x: 'y' })).toThrow(
    'upstream_secret_x: after UPSTREAM_SECRET_ come 1 to 60 of A-Z, 0-9 and _',
  )
})

describe('traces', () => {
  const collector = 'https://traces.example.test:4318/x/'
  const on = { ...deployed, OTEL_EXPORTER_OTLP_ENDPOINT: collector }

  test.each([
    [{}, `${collector}v1/traces`],
    [
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://t.example.test/in' },
      'https://t.example.test/in',
    ],
    [{ OTEL_SDK_DISABLED: 'true' }, undefined],
    [{ OTEL_TRACES_EXPORTER: 'none' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, undefined],
  ])('with %j go to %s', (env, target) => {
    expect(collectorOf(readConfig({ ...on, ...env }).traces)).toBe(target)
  })

  test.each([
    'http://127.0.0.1:4318',
    'http://[::1]:4318',
    'http://10.1.2.3:4318',
    'https://traces.example.test',
  ])('go to %s in production', (target) => {
    const env = { ...deployed, OTEL_EXPORTER_OTLP_ENDPOINT: target }
    expect(collectorOf(readConfig(env).traces)).toBe(`${target}/v1/traces`)
  })

  test.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://traces.example.test', 'must begin with https://'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://203.0.113.5:4318', 'must begin with https://'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://me:s3cret@traces.example.test', 'expects no user'],
    [
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
      'https://t.example.test/in?key=s3cret',
      'expects no user',
    ],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'grpc://traces.example.test', 'Invalid URL'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'http/json'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'no pair', 'expects name=value'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%E0', 'expects name=value'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=b;c', 'expects name=value'],
    ['OTEL_TRACES_SAMPLER', 'sometimes', 'OTEL_TRACES_SAMPLER'],
    ['OTEL_TRACES_SAMPLER_ARG', '2', 'OTEL_TRACES_SAMPLER_ARG'],
    ['OTEL_SDK_DISABLED', 'yes', 'OTEL_SDK_DISABLED'],
  ])('%s=%s is refused', (name, value, says) => {
    expect(problemsOf({ ...on, [name]: value })).toContain(says)
    expect(problemsOf({ ...on, [name]: value })).not.toContain('s3cret')
  })

  test('the headers are a secret', () => {
    const env = { ...on, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20s3cret-word' }
    const config = readConfig(env)
    expect(pairsOf(config.traces.headers?.reveal() ?? '')).toEqual({
      authorization: 'Bearer s3cret-word',
    })
    const shown = JSON.stringify([config, effectiveSettings(config, env)])
    expect(inspect(config, { depth: 9 }) + shown).not.toContain('s3cret-word')
  })
})

test('PORT moves the issuer and the addresses of the applications', () => {
  const { issuer, port, outboundAllow } = readConfig({ PORT: '4000' })
  expect({ issuer, port, outboundAllow }).toEqual({
    issuer: 'http://localhost:4000',
    port: 4000,
    outboundAllow: [
      'localhost:4001',
      'localhost:4002',
      'localhost:4003',
      'localhost:4004',
      'localhost:4005',
    ],
  })
})

test('OUTBOUND_ALLOW adds to what the demonstration calls', () => {
  const { outboundAllow } = readConfig({ OUTBOUND_ALLOW: 'localhost:4000' })
  expect(outboundAllow).toEqual([...readConfig({}).outboundAllow, 'localhost:4000'])
  const named = { ...deployed, OUTBOUND_ALLOW: 'sp.example.test:443' }
  expect(readConfig(named).outboundAllow).toEqual(['sp.example.test:443'])
})

test('a process without HTTP needs no TRUSTED_PROXIES, but a given value must be valid', () => {
  const { TRUSTED_PROXIES: _, ...without } = deployed
  expect(readConfig(without, false).trustedProxies).toBe(0)
  expect(problemsOf(without)).toContain('TRUSTED_PROXIES is required')
  expect(() => readConfig({ ...deployed, TRUSTED_PROXIES: '4' }, false)).toThrow('TRUSTED_PROXIES')
})

test('a deployment has none of the demonstration’s defaults', () => {
  expect(readConfig(deployed)).toMatchObject({
    mode: 'production',
    host: '0.0.0.0',
    outboundAllow: [],
    trustedProxies: 1,
    logLevel: 'info',
  })
  expect(readConfig({ ...deployed, NODE_ENV: 'staging' }).mode).toBe('staging')
})

const reached = [
  'OPERATOR_NAME',
  'PRIVACY_OFFICER',
  'CONTACT_PHONE',
  'CONTACT_HOURS',
  'CONTACT_HOURS_EN',
  'CONTACT_EMAIL',
  'CONTACT_ADDRESS',
]

test.each(['production', 'staging'])('%s without anything names every problem at once', (mode) => {
  const said = problemsOf({ NODE_ENV: mode })
  const names = ['ISSUER', 'DATABASE_URL', 'KEYS_DIR', 'LEDGER_DIR', ...reached]
  expect(said.match(/^ {2}- .*is required/gm)).toHaveLength(names.length)
  for (const name of names) expect(said).toContain(`- ${name} `)
})

test.each(reached)('a process that people see does not start without %s', (name) => {
  const without = { ...deployed, [name]: undefined }
  expect(problemsOf(without)).toMatch(new RegExp(`^  - ${name} is required`, 'm'))
  // Nobody reads a page of the others.
  expect(readConfig(without, false).mode).toBe('production')
})

test('a process that decides does not start without the feed of heads; one that works alone does', () => {
  const without = { ...deployed, LEDGER_DIR: '' }
  expect(problemsOf(without)).toMatch(/^ {2}- LEDGER_DIR is required, or HEADS_DIR or HEADS_URL/m)
  expect(readConfig(without, false).ledgerDir).toBe('')
  const shared = readConfig({ ...without, HEADS_DIR: '/share/heads' }).heads
  expect(shared).toEqual({
    dir: '/share/heads',
    url: undefined,
    port: undefined,
    host: '127.0.0.1',
  })
  for (const url of ['http://accord-log:9465', 'http://10.1.2.3:9465/a/', 'https://8.8.8.8'])
    expect(readConfig({ ...without, HEADS_URL: url })).toMatchObject({
      ledgerDir: '',
      heads: { url },
    })
  const given = { ...deployed, HEADS_PORT: '9465', HEADS_HOST: '10.1.2.3' }
  expect(readConfig(given).heads).toMatchObject({ port: 9465, host: '10.1.2.3' })
  expect(readConfig({ HEADS_URL: 'http://localhost:1' }).ledgerDir).toBe('')
})

test('the operator is named in both languages: without an English name the French one is used', () => {
  expect(readConfig(deployed).operator).toEqual({
    name: { fr: 'Ministère de l’Essai', en: 'Ministry of Trials' },
    privacyOfficer: { fr: 'Responsable des renseignements', en: 'Information officer' },
    telephone: '+14185550111',
    hours: { fr: 'Tous les jours', en: 'Every day' },
    email: 'aide@essai.test',
    address: { fr: '1, rue de l’Essai', en: '1, rue de l’Essai' },
  })
})

test('every value that cannot be read is named at once', () => {
  const said = problemsOf({
    ...deployed,
    PORT: 'many',
    ISSUER: 'accord',
    DATABASE_URL: 'mysql://db/accord',
    OUTBOUND_ALLOW: 'localhost',
    TRUSTED_PROXIES: '-1',
    WORK: 'perhaps',
    LOG_LEVEL: 'loud',
  })
  const names = ['PORT', 'ISSUER', 'DATABASE_URL', 'OUTBOUND_ALLOW', 'TRUSTED_PROXIES', 'WORK']
  for (const name of [...names, 'LOG_LEVEL']) expect(said).toContain(`  - ${name}`)
})

test('malformed, unsafe, missing and misspelt variables are named in one round, each once', () => {
  const said = problemsOf({
    ...deployed,
    PORT: 'http',
    TRUSTED_PROXIES: 'one',
    ISSUER: 'https://accord.example.test/',
    CONTACT_PHONE: undefined,
    CONTACT_PHON: '+14185550111',
    OPERATOR_EMAIL: 'aide@essai.test',
    SMS_GATEWAY_URL: 'http://sms.example.test',
    HOME: '/root',
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
  })
  const lines = [...said.matchAll(/^ {2}- (.*)$/gm)].map(([, line = '']) => line)
  expect(lines.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    'CONTACT_PHON is not known: CONTACT_PHONE?',
    expect.stringMatching(/^CONTACT_PHONE is required/),
    expect.stringMatching(/^ISSUER must be an origin/),
    'OPERATOR_EMAIL is not known: OPERATOR_NAME or OPERATOR_NAME_EN?',
    expect.stringMatching(/^PORT: /),
    'SMS_GATEWAY_URL must begin with https://',
    expect.stringMatching(/^TRUSTED_PROXIES: /),
  ])
})

test('a variable that is spelt almost as one of ours is refused in the demonstration too', () => {
  expect(problemsOf({ DATABASE_UR: 'postgres://db/accord' })).toContain('DATABASE_URL?')
  expect(readConfig({ DATABASE_UR: '', DATABASE_HOST: 'db' }).databaseUrl).toBeUndefined()
})

test('several servers and a reason for having no standby are taken as they are', () => {
  const DATABASE_URL =
    'postgres://accord:word@one:5432,two:5433/accord?target_session_attrs=read-write'
  const { databaseUrl, durability } = readConfig({
    ...deployed,
    DATABASE_URL,
    DURABILITY: 'single',
  })
  expect(databaseUrl?.reveal()).toBe(DATABASE_URL)
  expect(durability).toBe('single')
  expect(readConfig(deployed).durability).toBeUndefined()
})

test('the settings are shown under the names under which they are set, and defaults are marked', () => {
  const env = { ...deployed, WORK: 'no', CLOCK_OFFSET: '', HOST: '' }
  const settings = effectiveSettings(readConfig(env), env)
  const of = (name: string) => settings.find((one) => one.name === name)
  expect(of('ISSUER')).toEqual({ name: 'ISSUER', value: deployed.ISSUER, isDefault: false })
  expect(of('WORK')).toMatchObject({ value: 'no', isDefault: false })
  expect(of('HOST')).toMatchObject({ value: '0.0.0.0', isDefault: true })
  expect(of('DATABASE_URL')).toMatchObject({
    value: 'postgres://accord:[secret]@db.example.test:5432/accord',
    isDefault: false,
  })
  expect(of('SMTP_URL')).toEqual({ name: 'SMTP_URL', value: undefined, isDefault: true })
  expect(JSON.stringify(settings)).not.toContain('s3cret-word')
  // What is shown can be set again.
  const again = settings.flatMap(({ name, value }) =>
    value === undefined || value === '[secret]' ? [] : [[name, value] as const],
  )
  const config = readConfig({ ...Object.fromEntries(again), DATABASE_URL: deployed.DATABASE_URL })
  expect(JSON.stringify(config)).toEqual(JSON.stringify(readConfig(env)))
})

test.each([
  ['http', { ISSUER: 'http://accord.example.test' }, 'ISSUER must begin with https://'],
  ['a slash at the end', { ISSUER: 'https://accord.example.test/' }, 'ISSUER must be an origin'],
  ['a path', { ISSUER: 'https://accord.example.test/accord' }, 'ISSUER must be an origin'],
  ['a query', { ISSUER: 'https://accord.example.test?x' }, 'ISSUER must be an origin'],
  ['a fragment', { ISSUER: 'https://accord.example.test#x' }, 'ISSUER must be an origin'],
  ['credentials', { ISSUER: 'https://me:too@accord.example.test' }, 'ISSUER'],
  ['capitals', { ISSUER: 'https://Accord.example.test' }, 'ISSUER'],
  ['the usual port written out', { ISSUER: 'https://accord.example.test:443' }, 'ISSUER'],
  ['another scheme', { ISSUER: 'ftp://accord.example.test' }, 'ISSUER'],
  ['no proxy', { TRUSTED_PROXIES: '0' }, 'TRUSTED_PROXIES'],
  ['too many proxies', { TRUSTED_PROXIES: '4' }, 'TRUSTED_PROXIES'],
  ['a loopback name', { OUTBOUND_ALLOW: 'localhost:8080' }, 'localhost:8080 is loopback'],
  ['a loopback address', { OUTBOUND_ALLOW: '127.0.0.1:80' }, '127.0.0.1:80 is loopback'],
  ['another of them', { OUTBOUND_ALLOW: '127.9.9.9:80' }, '127.9.9.9:80 is loopback'],
  ['loopback of IPv6', { OUTBOUND_ALLOW: '[::1]:80' }, '[::1]:80 is loopback'],
  ['loopback as a mapped address', { OUTBOUND_ALLOW: '[::ffff:7f00:1]:80' }, 'OUTBOUND_ALLOW'],
  ['every address', { OUTBOUND_ALLOW: '0.0.0.0:80' }, 'OUTBOUND_ALLOW'],
  ['a name below localhost', { OUTBOUND_ALLOW: 'x.localhost:80' }, 'OUTBOUND_ALLOW'],
  ['the metadata service', { OUTBOUND_ALLOW: '169.254.169.254:80' }, 'loopback or link-local'],
  ['one of several', { OUTBOUND_ALLOW: 'sp.example.test:443,localhost:1' }, 'localhost:1'],
  ['another database', { DATABASE_URL: 'http://db.example.test/accord' }, 'DATABASE_URL'],
  ['a word as database', { DATABASE_URL: 'accord' }, 'DATABASE_URL'],
  ['the data of a certification', { AUTHZEN_CONFORMANCE: '1' }, 'AUTHZEN_CONFORMANCE'],
  [
    'a server that only reads',
    { DATABASE_URL: 'postgres://a,b/c?target_session_attrs=standby' },
    'DATABASE_URL',
  ],
  ['another reason for no standby', { DURABILITY: 'none' }, 'DURABILITY'],
  ['a word as port', { PORT: 'http' }, 'PORT'],
  ['port 0', { PORT: '0' }, 'PORT'],
  ['a port that leaves no room', { PORT: '65535' }, 'PORT'],
  ['half a port', { PORT: '80.5' }, 'PORT'],
  ['a telephone as it is dialled', { CONTACT_PHONE: '418 555-0111' }, 'CONTACT_PHONE'],
  ['a telephone that is a script', { CONTACT_PHONE: '+1"onclick=' }, 'CONTACT_PHONE'],
  ['an address that is none', { CONTACT_EMAIL: 'aide' }, 'CONTACT_EMAIL'],
  ['blank hours', { CONTACT_HOURS: ' ' }, 'CONTACT_HOURS'],
  ['models without the roots of their signer', { FIDO_METADATA: 'metadata.jwt' }, 'FIDO_ROOTS'],
  ['an address of the feed beside its folder', { HEADS_URL: 'http://log:1' }, 'HEADS_URL is for'],
  [
    'the feed read over http at a public address',
    { LEDGER_DIR: '', HEADS_URL: 'http://8.8.8.8:9465' },
    'HEADS_URL must lead',
  ],
  [
    'a password in the address of the feed',
    { LEDGER_DIR: '', HEADS_URL: 'http://a:b@log:9465' },
    'HEADS_URL: expects',
  ],
  [
    'a feed given by who has no folder',
    { LEDGER_DIR: '', HEADS_URL: 'http://log:1', HEADS_PORT: '9465' },
    'HEADS_PORT is for',
  ],
  [
    'a feed given to everybody',
    { HEADS_PORT: '9465', HEADS_HOST: '0.0.0.0' },
    'HEADS_HOST must be',
  ],
  ['a model that is no AAGUID', { FIDO_MODELS: 'YubiKey 5' }, 'FIDO_MODELS'],
])('production refuses %s', (_, env, words) => {
  expect(problemsOf({ ...deployed, ...env })).toContain(words)
})

test.each([
  ['http elsewhere', { ISSUER: 'http://accord.example.test' }],
  ['http on every address', { ISSUER: 'http://0.0.0.0:3000' }],
  ['a name that only begins like ours', { ISSUER: 'http://localhost.example.test' }],
  ['a path', { ISSUER: 'http://localhost:3000/accord' }],
  ['an unknown NODE_ENV', { NODE_ENV: 'prod' }],
  ['roots without a metadata file', { FIDO_ROOTS: 'roots.pem' }],
])('the demonstration refuses %s', (_, env) => {
  expect(problemsOf(env)).toContain(Object.keys(env)[0])
})

test('a metadata file of the models of keys comes with its roots, and with FIDO’s signer unless another is named', () => {
  const aaguid = '0a0b0c0d-0000-4000-8000-000000000001'
  const files = { FIDO_METADATA: 'metadata.jwt', FIDO_ROOTS: 'roots.pem' }
  expect(readConfig({ ...deployed, ...files }).fido).toEqual({
    metadata: 'metadata.jwt',
    roots: 'roots.pem',
    lists: undefined,
    signer: 'mds.fidoalliance.org',
    models: undefined,
  })
  const more = { FIDO_SIGNER: 'keys.example.test', FIDO_MODELS: aaguid, FIDO_CRLS: 'crls' }
  expect(readConfig({ ...deployed, ...files, ...more }).fido).toMatchObject({
    lists: 'crls',
    signer: 'keys.example.test',
    models: [aaguid],
  })
  expect(readConfig(deployed).fido).toBeUndefined()
})

test('the conformance endpoints are off in every deployment unless they are turned on', () => {
  const env = { ...deployed, NODE_ENV: 'staging' }
  expect(readConfig({ ...env, AUTHZEN_CONFORMANCE: '1' }).authzenConformance).toBe(true)
  expect(readConfig(env).authzenConformance).toBe(false)
})

test('a database URL is printed only by an explicit call', () => {
  const config = readConfig(deployed)
  const shown = [
    JSON.stringify(config),
    inspect(config, { depth: 9, showHidden: true }),
    `at ${config.databaseUrl?.toString()}`,
    [config.databaseUrl].join(),
  ]
  for (const text of shown) {
    expect(text).toContain('[secret]')
    expect(text).not.toContain('s3cret-word')
  }
  expect(config.databaseUrl?.reveal()).toBe(deployed.DATABASE_URL)
})

test('the error about a wrong variable contains no secret', () => {
  const wrong = { ...deployed, DATABASE_URL: 'mysql://accord:s3cret-word@db/accord' }
  expect(problemsOf(wrong)).not.toContain('s3cret-word')
})

function problemsOf(env: Readonly<Record<string, string | undefined>>): string {
  try {
    readConfig(env)
  } catch (error) {
    expect(error).toBeInstanceOf(OperatorError)
    return String(error)
  }
  throw new Error('the configuration was accepted')
}

test.each([
  '0.0.0.0',
  '::',
  '0:0::0',
  '8.8.8.8',
  '2606:4700::1111',
  '::ffff:8.8.8.8',
  'host.example.test',
])(
  'how a worker is, is not said to everybody: METRICS_HOST=%s is refused in production',
  (host) => {
    const env = { ...deployed, METRICS_PORT: '9100', METRICS_HOST: host }
    expect(() => readConfig(env)).toThrow('METRICS_HOST must be')
    expect(readConfig({ METRICS_HOST: host }).metricsHost).toBe(host)
  },
)

test.each(['localhost', '127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.1.1', '::1', 'fd00::1'])(
  'a worker says how it is on this machine or an internal network: METRICS_HOST=%s',
  (host) => {
    const env = { ...deployed, METRICS_PORT: '9100', METRICS_HOST: host }
    expect(readConfig(env)).toMatchObject({ metricsPort: 9100, metricsHost: host })
  },
)
