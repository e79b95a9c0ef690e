import { formsOf } from '../test/support/browser.ts'
import { codeIn, makeBrowser } from './browser.ts'
import type { Answer, Client } from './client.ts'
import { jsonOf, makeClient, stringIn } from './client.ts'
import type { Jar } from './jar.ts'
import { makeJar } from './jar.ts'
import { cpuSeconds } from './machine.ts'
import type { Against, Options } from './options.ts'
import { random, sha256 } from './signing.ts'
import { median, percentile, rounded } from './statistics.ts'
import type { Stops } from './stops.ts'
import { say } from './stops.ts'
import type { Job } from './window.ts'
import { refuseErrors, run } from './window.ts'

// Another provider on this machine, with the features that every provider has: a code flow with client_secret_basic and PKCE, refresh
// and userinfo. Its CPU is known where the person who runs the benchmark names its processes.

type Endpoints = {
  readonly authorization: string
  readonly token: string
  readonly userinfo: string
}
type Peer = { readonly client: Client; readonly at: Against; readonly endpoints: Endpoints }
type Held = { accessToken: string; refreshToken: string | undefined; readonly jar: Jar }

// A browser that goes to a page (Fetch Metadata): some providers answer a script with JSON instead of a redirect.
const navigation = { accept: 'text/html', 'sec-fetch-mode': 'navigate' } as const

const maxForms = 4
const warmJobs = 20
const maxJobs = 200_000

export async function driveAgainst(at: Against, options: Options, stops: Stops): Promise<string> {
  const client = makeClient(at.issuer, new URL(at.issuer).origin, options.callers)
  stops.add(() => client.close())
  const peer = { client, at, endpoints: await discover(client, at) }
  const held: Held[] = []
  for (let i = 0; i < options.callers; i++) held.push(await signIn(peer))
  const lines: string[] = []
  for (const [name, job] of Object.entries(jobsOf(peer, held))) {
    if (job === undefined) say(`${name}: no refresh token was given`)
    else lines.push(await measured(name, job, options, at.pids))
  }
  return `${at.issuer}, ${options.callers} callers\n${lines.join('\n')}\n`
}

async function discover(client: Client, { issuer }: Against): Promise<Endpoints> {
  const path = `${new URL(issuer).pathname.replace(/\/$/, '')}/.well-known/openid-configuration`
  const found = jsonOf(await client.send({ path }))
  const endpoint = (name: string) => {
    const url = new URL(stringIn(found, name))
    if (url.origin !== new URL(issuer).origin) throw new Error(`${name} is elsewhere: ${url.href}`)
    return url.pathname
  }
  return {
    authorization: endpoint('authorization_endpoint'),
    token: endpoint('token_endpoint'),
    userinfo: endpoint('userinfo_endpoint'),
  }
}

/** Fills in the login form, and confirms any page before the redirect to the service. */
async function signIn(peer: Peer): Promise<Held> {
  const { client, at } = peer
  const jar = makeJar()
  if (at.cookie !== undefined) jar.keep([`${at.cookie}; Path=/`], '/')
  const browser = makeBrowser(client, new URL(at.issuer).origin, jar, navigation)
  const verifier = random()
  let page = await browser.follow(authorizationPath(peer, verifier))
  for (let i = 0; i < maxForms && page.location === undefined; i++) {
    const forms = formsOf({ ...page, headers: {} })
    const login = forms.find(({ fields }) => Object.hasOwn(fields, at.userField))
    const [form = login] = login === undefined ? forms : [login]
    if (form === undefined) throw new Error(`no form at ${page.url}: ${page.body.slice(0, 300)}`)
    const typed = { [at.userField]: at.user, [at.passwordField]: at.password }
    page = await browser.post(form.action, {
      ...form.fields,
      ...(login === undefined ? {} : typed),
    })
  }
  return { ...(await redeem(peer, page, verifier)), jar }
}

function authorizationPath({ at, endpoints }: Peer, verifier: string): string {
  const query = new URLSearchParams({
    client_id: at.clientId,
    response_type: 'code',
    redirect_uri: at.redirectUri,
    scope: at.scope,
    state: random(),
    nonce: random(),
    code_challenge: sha256(verifier),
    code_challenge_method: 'S256',
  })
  return `${endpoints.authorization}?${query.toString()}`
}

async function redeem(peer: Peer, callback: Answer, verifier: string) {
  const tokens = await tokensFor(peer, {
    grant_type: 'authorization_code',
    code: codeIn(callback, peer.at.redirectUri),
    code_verifier: verifier,
    redirect_uri: peer.at.redirectUri,
  })
  stringIn(tokens, 'id_token')
  const { refresh_token: refreshToken } = tokens
  return {
    accessToken: stringIn(tokens, 'access_token'),
    refreshToken: typeof refreshToken === 'string' ? refreshToken : undefined,
  }
}

async function tokensFor({ client, at, endpoints }: Peer, form: Readonly<Record<string, string>>) {
  // RFC 6749 2.3.1: both parts are form-encoded first.
  const pair = [at.clientId, at.clientSecret].map(encodeURIComponent).join(':')
  const headers = { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
  return jsonOf(await client.send({ path: endpoints.token, form, headers }))
}

function jobsOf(peer: Peer, held: readonly Held[]): Record<string, Job | undefined> {
  const { client, endpoints } = peer
  const of = (caller: number): Held => {
    const mine = held[caller]
    if (mine === undefined) throw new Error(`nobody is caller ${caller}`)
    return mine
  }
  return {
    code: async (caller) => {
      const verifier = random()
      const path = authorizationPath(peer, verifier)
      await redeem(
        peer,
        await client.send({ path, jar: of(caller).jar, headers: navigation }),
        verifier,
      )
    },
    refresh: held.every(({ refreshToken }) => refreshToken !== undefined)
      ? async (caller) => {
          const mine = of(caller)
          const form = { grant_type: 'refresh_token', refresh_token: mine.refreshToken ?? '' }
          const tokens = await tokensFor(peer, form)
          mine.accessToken = stringIn(tokens, 'access_token')
          const { refresh_token: next } = tokens
          if (typeof next === 'string') mine.refreshToken = next
        }
      : undefined,
    userinfo: async (caller) => {
      const headers = { authorization: `Bearer ${of(caller).accessToken}` }
      stringIn(jsonOf(await client.send({ path: endpoints.userinfo, headers })), 'sub')
    },
  }
}

async function measured(
  name: string,
  job: Job,
  { callers, rounds, seconds }: Options,
  pids: readonly number[],
): Promise<string> {
  const jobs = (count: number) => Array.from({ length: count }, () => job)
  refuseErrors(await run(jobs(callers * warmJobs), callers, seconds))
  const all: Record<'rate' | 'p50' | 'p99' | 'cpu', number>[] = []
  for (let round = 1; round <= rounds; round++) {
    const before = cpuOf(pids)
    const ran = await run(jobs(maxJobs), callers, seconds)
    const cpu = ((cpuOf(pids) - before) * 1000) / ran.latenciesMs.length
    refuseErrors(ran)
    const rate = ran.latenciesMs.length / ran.seconds
    const [p50, p99] = [percentile(ran.latenciesMs, 0.5), percentile(ran.latenciesMs, 0.99)]
    all.push({ rate, p50, p99, cpu })
    say(`round ${round}  ${name}  ${rounded(rate)}/s`)
  }
  const of = (figure: 'rate' | 'p50' | 'p99' | 'cpu') =>
    rounded(median(all.map((each) => each[figure])))
  const cpu = pids.length === 0 ? '' : `  ${of('cpu')} CPU s per 1,000`
  return `${name.padEnd(10)} ${of('rate')}/s  p50 ${of('p50')} ms  p99 ${of('p99')} ms${cpu}`
}

function cpuOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
}
