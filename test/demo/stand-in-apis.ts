import { EventEmitter, once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import {
  calculateJwkThumbprint,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type CryptoKey,
  SignJWT,
} from 'jose'
import type { Provider } from 'oidc-provider'
import type { Person } from './stand-in-sharing.ts'

export const evaluation = '/access/v1/evaluation'
export const evaluations = '/access/v1/evaluations'
export const disclosures = '/disclosures'

export type Received = {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Json
}

// oxlint-disable-next-line typescript/no-explicit-any -- what JSON.parse gives: the tests look into it
export type Json = any

/** Answers in the issuer's place; `goOn` lets it answer after all. */
export type Answer = (request: IncomingMessage, response: ServerResponse, goOn: () => void) => void

/** What makes a permit another one than the good one. */
export type Change = {
  readonly answer?: object
  readonly context?: object
  readonly claims?: object
  readonly header?: object
  readonly key?: CryptoKey
}

export type OwnApis = {
  /** What came to the decision API and to the reports, in order. */
  readonly received: Received[]
  /** The first so many requests to a path, once they are there. */
  arrivals(path: string, count: number): Promise<readonly Received[]>
  /** From now on, this path is answered like that; undefined gives it back to the issuer. */
  takeOver(path: string, answer: Answer | undefined): void
  /** From now on, permits are changed like that. */
  changePermits(change: Change): void
  /** From now on, the answers of a batch are changed like that. */
  changeBatches(distort: (answers: Json[]) => unknown): void
  /** From now on, of a batch these questions are refused. */
  refuseWhere(isRefused: (question: Json) => boolean): void
  handle(request: IncomingMessage, response: ServerResponse, goOn: () => void): Promise<void>
}

export function answered(status: number, body: unknown, type = 'application/json'): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': type })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

/** The connection is cut. */
export const dies: Answer = (request) => void request.socket.destroy()

/** Nothing comes, ever. */
export const hangs: Answer = () => undefined

/** The first request is answered like that, the others by the issuer. */
export function onlyFirst(answer: Answer): Answer {
  let isFirst = true
  return (request, response, goOn) => {
    if (!isFirst) return goOn()
    isFirst = false
    answer(request, response, goOn)
  }
}

const asItIs = (answers: Json[]): unknown => answers
const isNone = (_question: Json): boolean => false

/** The issuer's own APIs: the decision, its keys, the reports. */
export async function openOwnApis(provider: Provider, person: Person): Promise<OwnApis> {
  const { issuer } = provider
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const publicJwk = { ...(await exportJWK(publicKey)), kid: 'decisions', alg: 'ES256' }
  const arrival = new EventEmitter()
  const received: Received[] = []
  const takeovers = new Map<string, Answer>()
  const reports = new Map<string, string>()
  let change: Change = {}
  let distort = asItIs
  let isRefused = isNone

  const own: Readonly<Record<string, (request: Received) => Promise<[number, unknown]>>> = {
    '/keys': async () => [200, { keys: [publicJwk] }],
    async [evaluation](request) {
      if (!(await isOurs(request, 'decide', `${issuer}/access`))) return [401, {}]
      return [200, person.isSharing() ? await permit(request.body) : refusal]
    },
    async [evaluations](request) {
      if (!(await isOurs(request, 'decide', `${issuer}/access`))) return [401, {}]
      const { evaluations: items, ...common } = request.body
      const answers = items.map((item: Json) =>
        person.isSharing() && !isRefused(item) ? permit({ ...common, ...item }) : refusal,
      )
      return [200, { evaluations: distort(await Promise.all(answers)) }]
    },
    async [disclosures](request) {
      if (!(await isOurs(request, 'report', `${issuer}/disclosures`))) return [401, {}]
      const [key, body] = [String(request.headers['idempotency-key']), JSON.stringify(request.body)]
      const earlier = reports.get(key)
      reports.set(key, earlier ?? body)
      if (earlier === undefined) return [201, { disclosure_id: 'dis_1' }]
      return earlier === body ? [200, { disclosure_id: 'dis_1' }] : [422, {}]
    },
  }

  async function handle(request: IncomingMessage, response: ServerResponse, goOn: () => void) {
    const { pathname: path } = new URL(request.url ?? '/', issuer)
    const answer = own[path]
    const takeover = takeovers.get(path)
    if (answer === undefined) return takeover ? takeover(request, response, goOn) : goOn()
    const body = await text(request)
    const arrived = {
      path,
      headers: request.headers,
      body: body === '' ? undefined : JSON.parse(body),
    }
    if (path !== '/keys') received.push(arrived)
    arrival.emit(path)
    const answerItself = async () => answered(...(await answer(arrived)))(request, response, goOn)
    if (takeover === undefined) return answerItself()
    takeover(request, response, () => void answerItself())
  }

  // As the broker checks it: a live token of this API, and a proof of the key that it is bound to.
  async function isOurs({ headers, path }: Received, scope: string, audience: string) {
    const [, value = ''] = /^DPoP (.+)$/.exec(headers.authorization ?? '') ?? []
    const token = await provider.ClientCredentials.find(value)
    if (token?.scope !== scope || token.aud !== audience) return false
    const [, claims = ''] = String(headers['dpop']).split('.')
    const { jwk = {} } = decodeProtectedHeader(String(headers['dpop']))
    const { htm, htu } = JSON.parse(Buffer.from(claims, 'base64url').toString())
    if (htm !== 'POST' || htu !== issuer + path) return false
    return (await calculateJwkThumbprint(jwk)) === token.jkt
  }

  async function permit(question: Json): Promise<object> {
    const { categories } = question.resource.properties
    const decision_id = `dec_${question.context.request_id}`
    const claims = { decision_id, recipient: question.subject.id, categories, ...change.claims }
    const decision_token = await new SignJWT({
      iss: issuer,
      aud: 'org_agence-revenu',
      exp: Math.floor(Date.now() / 1000) + 60,
      ...claims,
    })
      .setProtectedHeader({
        alg: 'ES256',
        typ: 'decision+jwt',
        kid: 'decisions',
        ...change.header,
      })
      .sign(change.key ?? privateKey)
    const obligations = [reportObligation(issuer)]
    const context = { decision_id, permitted_categories: categories, decision_token, obligations }
    return { decision: true, context: { ...context, ...change.context }, ...change.answer }
  }

  return {
    received,
    async arrivals(path, count) {
      const at = () => received.filter((request) => request.path === path)
      while (at().length < count) await once(arrival, path)
      return at().slice(0, count)
    },
    takeOver: (path, answer) =>
      void (answer === undefined ? takeovers.delete(path) : takeovers.set(path, answer)),
    changePermits: (next) => void (change = next),
    changeBatches: (next) => void (distort = next),
    refuseWhere: (next) => void (isRefused = next),
    handle,
  }
}

export function reportObligation(issuer: string) {
  const endpoint = `${issuer}/disclosures`
  const properties = {
    vendor: 'accord',
    action: 'report_disclosure',
    endpoint,
    within_seconds: 86_400,
  }
  return { id: 'o1', type: 'custom', properties }
}

const refusal = {
  decision: false,
  context: {
    reason_codes: ['CONSENT_REVOKED'],
    permitted_categories: [],
    reason_user: {
      fr: 'La personne a retiré son consentement.',
      en: 'The person withdrew consent.',
    },
  },
}
