import { parseArgs } from 'node:util'

/** What can be measured. The first seven are also measured at the baselines, the decisions at the naive one, the rest at ours. */
export const operations = [
  'code',
  'fapi',
  'baseline',
  'refresh',
  'userinfo',
  'introspection',
  'client-credentials',
  'deny',
  'permit',
  'password',
  'password-wrong',
  'password-nobody',
  'sharings-page',
  'activity-page',
] as const
export type Operation = (typeof operations)[number]

/** The operations that are also measured with 64 callers. */
export const decisions: ReadonlySet<Operation> = new Set(['deny', 'permit'])

/** Those of OpenID Connect and OAuth, which the ceiling answers too. */
export const protocol: ReadonlySet<Operation> = new Set(operations.slice(0, 7))

/** Operations, and the public log beside permits. */
export const parts = [...operations, 'log'] as const
export type Part = (typeof parts)[number]

export type Options = {
  readonly callers: number
  readonly rounds: number
  readonly seconds: number
  readonly large: boolean
  /** Ours asks a signer, which has the keys of the purposes that may lie elsewhere. */
  readonly signer: boolean
  /** Undefined: all of them, and the documents are written. */
  readonly only: readonly Part[] | undefined
  readonly against: Against | undefined
  /** How many processes of ours share the load, each number a case of its own; undefined: the usual run. */
  readonly processes: readonly number[] | undefined
  readonly variants: readonly Variant[] | undefined
  /** Of these a profile is made, and nothing else. */
  readonly profile: readonly Operation[] | undefined
}

/** A broker at a commit, `.` being this checkout as it is, with variables of its own. */
export type Variant = {
  readonly name: string
  readonly commit: string
  readonly env: Readonly<Record<string, string>>
}

/** Another provider, with a login form. */
export type Against = {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  readonly scope: string
  readonly userField: string
  readonly user: string
  readonly passwordField: string
  readonly password: string
  /** Of a browser that is signed in already, for a provider whose form is a script. */
  readonly cookie: string | undefined
  /** The processes of the provider and of its database, whose CPU is counted. */
  readonly pids: readonly number[]
}

// A proof is fresh for a minute (src/base/web/dpop.ts), and all of a window's proofs are signed before it.
const limits = { callers: 64, rounds: 9, seconds: 20 }
const maxProcesses = 8

/** What is measured with several processes. */
export const sharedOperations = [
  'permit',
  'deny',
  'introspection',
  'fapi',
] as const satisfies Operation[]
const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

const mostVariants = 10

export const help = `npm run bench -- [options]

Starts a PostgreSQL, the broker as in production, and two baselines (bench/naive.ts, bench/ceiling.ts); measures; stops them.
A whole run prints a table and writes docs/performance.json, docs/performance.md and docs/performance.svg.

  --callers N     how many call at once, 1 to ${limits.callers} (16); decisions also with 64
  --rounds N      interleaved rounds, of which the median counts, 1 to ${limits.rounds} (3)
  --seconds N     length of one window, 1 to ${limits.seconds} (5)
  --only OP,OP    of ${parts.join(', ')}; writes no document
  --signer        with --only: the keys of ours lie with a signer in another process
  --large         decisions again, at a million consents (takes minutes to fill); npm run sizing needs it in a whole run
  --processes N,N instead: so many processes of ours on one database, each up to ${maxProcesses}, directly and through PgBouncer, with 64 callers
                  unless --callers says otherwise; of ${sharedOperations.join(', ')}; writes docs/processes.json and docs/processes.md
  --help

Ours at several commits or settings beside one another on one database, in random order; decisions with 64 callers. The first is the
base; name it twice to see what is noise. Older ones come first: a newer one brings its functions of the database. Writes no document:

  --variant 'NAME=COMMIT;VARIABLE=VALUE'    twice to ${mostVariants} times; COMMIT may be . for this checkout; variables are optional, and
                                            NODE names another executable of Node
                                            (NODE_OPTIONS stands in the place of the flags that are shipped)

  --profile OP,OP   these under V8's profiler, decisions with 64 callers, those of the protocol at the ceiling too; prints the busy
                    time of each part, writes docs/profile/OP.svg

Another OpenID provider on this machine, with a login form, instead of ours; writes no document:

  --against URL             its issuer
  --client-id ID --client-secret SECRET
  --redirect-uri URL        registered there; never called (http://localhost:4999/cb)
  --scope SCOPE             (openid offline_access)
  --user NAME --password WORD
  --user-field NAME --password-field NAME   the names of the form's two fields (login, password)
  --cookie NAME=VALUE       of a browser that is signed in, instead of a form
  --pids PID,PID            the provider and its database, whose CPU is then told
`

export class UsageError extends Error {}

/** @throws UsageError naming what is wrong */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parsed(args)
  if (values.help === true) return 'help'
  return {
    callers: wholeNumber(
      'callers',
      values.callers ?? (values.processes === undefined ? '16' : '64'),
    ),
    rounds: wholeNumber('rounds', values.rounds),
    seconds: wholeNumber('seconds', values.seconds),
    large: values.large,
    signer: values.signer && values.only !== undefined,
    only: values.only === undefined ? undefined : partsIn(values.only),
    against: values.against === undefined ? undefined : againstOf(values, values.against),
    profile: values.profile === undefined ? undefined : operationsIn(values.profile),
    variants: values.variant === undefined ? undefined : variantsOf(values.variant),
    processes: values.processes === undefined ? undefined : processesIn(values.processes),
  }
}

const text = { type: 'string' } as const

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        callers: text,
        processes: text,
        rounds: { ...text, default: '3' },
        seconds: { ...text, default: '5' },
        only: text,
        large: { type: 'boolean', default: false },
        signer: { type: 'boolean', default: false },
        help: { type: 'boolean' },
        against: text,
        profile: text,
        variant: { ...text, multiple: true },
        'client-id': { ...text, default: 'bench' },
        'client-secret': { ...text, default: '' },
        'redirect-uri': { ...text, default: 'http://localhost:4999/cb' },
        scope: { ...text, default: 'openid offline_access' },
        'user-field': { ...text, default: 'login' },
        user: { ...text, default: 'bench' },
        'password-field': { ...text, default: 'password' },
        password: { ...text, default: '' },
        cookie: text,
        pids: text,
      },
    })
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

function wholeNumber(name: keyof typeof limits, given: string): number {
  const number = Number(given)
  if (!/^\d+$/.test(given) || number < 1 || number > limits[name])
    throw new UsageError(`--${name} expects a whole number from 1 to ${limits[name]}`)
  return number
}

function partsIn(list: string): Part[] {
  return list.split(',').map((word) => {
    const known = parts.find((part) => part === word)
    if (known === undefined) throw new UsageError(`--only knows no « ${word} »`)
    return known
  })
}

function variantsOf(given: readonly string[]): Variant[] {
  const variants = given.map(variantOf)
  if (variants.length < 2 || variants.length > mostVariants)
    throw new UsageError(`--variant is given 2 to ${mostVariants} times`)
  if (new Set(variants.map(({ name }) => name)).size < variants.length)
    throw new UsageError('each --variant has a name of its own')
  return variants
}

function variantOf(given: string): Variant {
  const [, name, commit, rest] =
    /^([a-z0-9-]+)=(\.|[0-9A-Za-z~^/_-]+)((?:;[A-Z_]+=[^;]*)*)$/.exec(given) ?? []
  if (name === undefined || commit === undefined || commit.startsWith('-'))
    throw new UsageError('--variant expects NAME=COMMIT, then ;VARIABLE=VALUE if there are any')
  const pairs = (rest ?? '').split(';').slice(1)
  const env = pairs.map(
    (pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const,
  )
  return { name, commit, env: Object.fromEntries(env) }
}

function operationsIn(list: string): Operation[] {
  return list.split(',').map((word) => {
    const known = operations.find((operation) => operation === word)
    if (known === undefined) throw new UsageError(`--profile knows no « ${word} »`)
    return known
  })
}

function pidsIn(list: string): number[] {
  return list.split(',').map((word) => {
    if (!/^[1-9]\d*$/.test(word)) throw new UsageError('--pids expects numbers of processes')
    return Number(word)
  })
}

function processesIn(list: string): number[] {
  return list.split(',').map((word) => {
    const count = Number(word)
    if (!/^\d+$/.test(word) || count < 1 || count > maxProcesses)
      throw new UsageError(`--processes expects whole numbers from 1 to ${maxProcesses}`)
    return count
  })
}

type Values = ReturnType<typeof parsed>['values']

function againstOf(values: Values, issuer: string): Against {
  const url = URL.parse(issuer)
  // A driver that floods another's machine is not a benchmark.
  if (url === null || !loopback.has(url.hostname))
    throw new UsageError('--against expects a URL of this machine: http://localhost:PORT')
  return {
    issuer: issuer.replace(/\/$/, ''),
    clientId: values['client-id'],
    clientSecret: values['client-secret'],
    redirectUri: values['redirect-uri'],
    scope: values.scope,
    userField: values['user-field'],
    user: values.user,
    passwordField: values['password-field'],
    password: values.password,
    cookie: values.cookie,
    pids: values.pids === undefined ? [] : pidsIn(values.pids),
  }
}
