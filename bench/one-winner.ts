import { codeIn } from './browser.ts'
import type { Answer } from './client.ts'
import { jsonOf, stringIn } from './client.ts'
import type { Form } from './flow.ts'
import { authenticationOf, authorizationPath, freshNonce, prepareFlow, runFlow } from './flow.ts'
import { credentialsRequest, evaluation, evaluationPath, tokenBy } from './jobs.ts'
import type { Target } from './target.ts'

const triers = 20

/** How many of twenty that came at one moment were served, each by another process than the one before. */
export type Winners = {
  /** One code, redeemed with proofs of their own. */
  readonly code: number
  /** One DPoP proof. */
  readonly proof: number
  /** One question (the same `request_id`): how many decisions there are. */
  readonly decisions: number
}

/**
 * What only one may win is tried by many at once.
 * @param sub the identifier at the holder of somebody who allows the sharing; her events are real, so that a permit can be answered again
 * @throws where not exactly one has won
 */
export async function requireOneWinner(target: Target, sub: string): Promise<Winners> {
  const winners = {
    code: await redeemers(target),
    proof: await provers(target),
    decisions: await deciders(target, sub),
  }
  for (const [what, count] of Object.entries(winners))
    if (count !== 1) throw new Error(`${count} of ${triers} won by one ${what}`)
  return winners
}

async function redeemers({ client, services, jars }: Target): Promise<number> {
  const service = services.relying
  const nonce = await freshNonce(client, service)
  const flow = prepareFlow(service, nonce)
  const path = await authorizationPath(client, flow)
  const code = codeIn(await client.send({ path, jar: first(jars) }), flow.redirectUri)
  const sent = times(() => ({
    form: { ...flow.token.form, ...authenticationOf(service), code },
    headers: { dpop: service.signer.proof({ method: 'POST', path: '/token', nonce }) },
  }))
  const answers = await Promise.all(sent.map((each) => client.send({ path: '/token', ...each })))
  return served(answers)
}

async function provers({ client, services, jars }: Target): Promise<number> {
  const service = services.relying
  const nonce = await freshNonce(client, service)
  const tokens = await runFlow(client, prepareFlow(service, nonce), first(jars))
  const token = stringIn(tokens, 'access_token')
  const of = { method: 'GET', path: '/userinfo', nonce, token } as const
  const headers: Form = { authorization: `DPoP ${token}`, dpop: service.signer.proof(of) }
  return served(await Promise.all(times(() => client.send({ path: '/userinfo', headers }))))
}

async function deciders(target: Target, sub: string): Promise<number> {
  const { client, services, issuer } = target
  const token = await tokenBy(
    target,
    credentialsRequest(target, await freshNonce(client, services.holder)),
  )
  const json = evaluation(issuer, sub, 'cat_revenu-net')
  const sent = times(() => {
    const of = { method: 'POST', path: evaluationPath, token } as const
    const dpop = services.holder.signer.proof(of)
    return { path: evaluationPath, json, headers: { authorization: `DPoP ${token}`, dpop } }
  })
  const answers = await Promise.all(sent.map((each) => client.send(each)))
  const ids = answers.map((answer) => {
    const { decision, context } = jsonOf(answer)
    if (decision !== true) throw new Error(`no permit: ${answer.body}`)
    return stringIn(context as Readonly<Record<string, unknown>>, 'decision_id') // an object in every answer (AuthZEN 1.0 5.2)
  })
  return new Set(ids).size
}

function served(answers: readonly Answer[]): number {
  const wrong = answers.find(({ status }) => ![200, 400, 401].includes(status))
  if (wrong !== undefined) throw new Error(`${wrong.url} answered ${wrong.status}`)
  return answers.filter(({ status }) => status === 200).length
}

function times<T>(make: () => T): T[] {
  return Array.from({ length: triers }, make)
}

function first<T>([item]: readonly T[]): T {
  if (item === undefined) throw new Error('nobody is signed in')
  return item
}
