import type { Form, Service } from './flow.ts'
import { authenticationOf, freshNonce, prepareFlow, runFlow, tokenRequest } from './flow.ts'
import { jsonOf, stringIn } from './client.ts'
import type { Operation } from './options.ts'
import { passwordJobs } from './passwords.ts'
import type { Target } from './target.ts'
import type { Job } from './window.ts'

type Prepare = (target: Target, count: number) => Promise<Job[]>

// Every operation is checked by its answer: a fast refusal is no result.
const preparations: Readonly<Record<Operation, Prepare>> = {
  code: (target, count) => flows(target, target.services.app, count),
  fapi: (target, count) => flows(target, target.services.relying, count),
  baseline: (target, count) => flows(target, target.services.desk, count),
  refresh,
  userinfo,
  introspection,
  'client-credentials': clientCredentials,
  deny: (target, count) => decisions(target, count, false),
  permit: (target, count) => decisions(target, count, true),
  password: (target, count) => passwordJobs(target, count, 'right'),
  'password-wrong': (target, count) => passwordJobs(target, count, 'wrong'),
  'password-nobody': (target, count) => passwordJobs(target, count, 'nobody'),
  'sharings-page': (target, count) => pages(target, '/mes-partages', count),
  'activity-page': (target, count) => pages(target, '/activite', count),
}

/** Makes `count` operations ready: keys are used here, not in the window. */
export function prepareJobs(operation: Operation, target: Target, count: number): Promise<Job[]> {
  return preparations[operation](target, count)
}

async function flows(target: Target, service: Service, count: number): Promise<Job[]> {
  const { client, jars } = target
  const nonce = await freshNonce(client, target.services.holder)
  return times(count, () => {
    const flow = prepareFlow(service, nonce)
    return async (caller) => {
      await runFlow(client, flow, at(jars, caller))
    }
  })
}

async function refresh(target: Target, count: number): Promise<Job[]> {
  const { client, services, refreshTokens } = target
  const nonce = await freshNonce(client, services.holder)
  return times(count, () => {
    const { form, headers } = tokenRequest(services.relying, nonce, {
      grant_type: 'refresh_token',
    })
    return async (caller) => {
      const whole = { ...form, refresh_token: at(refreshTokens, caller) }
      const answer = await client.send({ path: '/token', form: whole, headers })
      stringIn(jsonOf(answer), 'access_token')
    }
  })
}

async function userinfo(target: Target, count: number): Promise<Job[]> {
  const { client, services } = target
  const tokens = await accessTokens(target)
  const nonce = await freshNonce(client, services.holder)
  return times(count, (i) => {
    const token = at(tokens, i % tokens.length)
    const of = { method: 'GET', path: '/userinfo', nonce, token } as const
    const headers = { authorization: `DPoP ${token}`, dpop: services.relying.signer.proof(of) }
    return async () => {
      stringIn(jsonOf(await client.send({ path: '/userinfo', headers })), 'sub')
    }
  })
}

async function introspection(target: Target, count: number): Promise<Job[]> {
  const { client, services } = target
  const tokens = await accessTokens(target)
  return times(count, (i) => {
    const form = { ...authenticationOf(services.relying), token: at(tokens, i % tokens.length) }
    return async () => {
      const answer = jsonOf(await client.send({ path: '/token/introspection', form }))
      if (answer['active'] !== true) throw new Error('a live token is not active')
    }
  })
}

/** One for each caller, by a code flow of the service that will use them. */
async function accessTokens({ client, services, jars }: Target): Promise<string[]> {
  const nonce = await freshNonce(client, services.holder)
  return Promise.all(
    jars.map(async (jar) => {
      const tokens = await runFlow(client, prepareFlow(services.relying, nonce), jar)
      return stringIn(tokens, 'access_token')
    }),
  )
}

// A page that sends her to the sign-in has neither. Her newest activity is whatever this run did before, a sign of its own on each line; all sign-ins
// of a day are one line.
const lineOf = { '/mes-partages': 'Agence du revenu', '/activite': '/icons/chevron.svg' } as const
const leastLines = { '/mes-partages': 2, '/activite': 7 } as const

function pages({ client, jars }: Target, path: keyof typeof lineOf, count: number): Promise<Job[]> {
  const one: Job = async (caller) => {
    const { status, body } = await client.send({ path, jar: at(jars, caller) })
    if (status !== 200 || body.split(lineOf[path]).length < leastLines[path])
      throw new Error(`${path} answered ${status}`)
  }
  return Promise.resolve(times(count, () => one))
}

async function clientCredentials(target: Target, count: number): Promise<Job[]> {
  const nonce = await freshNonce(target.client, target.services.holder)
  return times(count, () => {
    const sent = credentialsRequest(target, nonce)
    return async () => {
      await tokenBy(target, sent)
    }
  })
}

export function credentialsRequest({ issuer, services }: Target, nonce: string) {
  return tokenRequest(services.holder, nonce, {
    grant_type: 'client_credentials',
    resource: `${issuer}/access`,
    scope: 'decide',
  })
}

export async function tokenBy(
  { client }: Target,
  sent: { form: Form; headers: Form },
): Promise<string> {
  const tokens = jsonOf(await client.send({ path: '/token', ...sent }))
  if (tokens['token_type'] !== 'DPoP') throw new Error('the token is not bound')
  return stringIn(tokens, 'access_token')
}

export const evaluationPath = '/access/v1/evaluation'

// A permit asks for what every seeded consent covers, a deny for one category that none does.
async function decisions(target: Target, count: number, permitted: boolean): Promise<Job[]> {
  const { client, services, anyone } = target
  if (anyone === undefined) throw new Error('nobody was seeded')
  const nonce = await freshNonce(client, services.holder)
  const token = await tokenBy(target, credentialsRequest(target, nonce))
  const category = permitted ? 'cat_revenu-net' : 'cat_personnes-a-charge'
  return times(count, () => {
    const proof = services.holder.signer.proof({ method: 'POST', path: evaluationPath, token })
    const headers = { authorization: `DPoP ${token}`, dpop: proof }
    const json = evaluation(target.issuer, anyone(), category)
    return async () => {
      const answer = jsonOf(await client.send({ path: evaluationPath, json, headers }))
      const context = (answer['context'] ?? {}) as Record<string, unknown> // an object in every answer (AuthZEN 1.0 5.2)
      if (answer['decision'] !== permitted)
        throw new Error(`another decision: ${JSON.stringify(answer)}`)
      stringIn(context, permitted ? 'decision_token' : 'decision_id')
    }
  })
}

export function evaluation(issuer: string, sub: string, category: string): object {
  return {
    subject: { type: 'organization', id: 'org_aide-etudes' },
    action: { name: 'disclose', properties: { purpose: 'pur_calcul-aide@1' } },
    resource: {
      type: 'dataset',
      id: 'dst_avis-cotisation@1',
      properties: {
        categories: [category],
        data_subject: { format: 'iss_sub', iss: issuer, sub },
      },
    },
    context: { request_id: crypto.randomUUID() },
  }
}

function times(count: number, make: (i: number) => Job): Job[] {
  return Array.from({ length: count }, (_, i) => make(i))
}

function at<T>(list: readonly T[], i: number): T {
  const item = list[i]
  if (item === undefined) throw new Error(`nothing at ${i}`)
  return item
}
