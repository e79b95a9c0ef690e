import { randomUUID } from 'node:crypto'
import { jwtVerify } from 'jose'
import { isCompact } from '../compact.ts'
import { gaveNoAnswer, ProviderTrouble } from '../provider.ts'
import { areSame, isObject, isTextList } from '../shape.ts'
import type { Bilingual } from '../words.ts'
import type { Holder } from './holder.ts'
import type { Communication, Token } from './introspect.ts'

const maxTries = 2
const worthAnotherTry = new Set([429, 503])
const clockToleranceSeconds = 5

export type Permit = {
  readonly isPermitted: true
  readonly decisionId: string
  readonly decisionToken: string
  /** All that may be sent. */
  readonly categories: readonly string[]
}

export type Decision =
  | Permit
  | { readonly isPermitted: false; readonly toldToPerson: Bilingual | undefined }

/** What of a dataset is asked about, when it is not all of it: days, the last one included. */
export type Period = { readonly from: string; readonly to: string }

/**
 * Asks the broker whether this may be disclosed now (AuthZEN Authorization API 1.0). It fails closed: only a 200 with
 * `decision: true`, signed for us and about what we asked, is a permit. What is no answer at all is thrown.
 * @param period the days that the answer is about, told where only certain days were allowed
 * @param inVain called where the broker gave no answer
 */
export async function decide(
  holder: Holder,
  token: Token,
  asked: Communication,
  {
    period,
    queryId,
    inVain,
  }: {
    readonly period: Period
    readonly queryId: string | undefined
    readonly inVain: () => void
  },
): Promise<Decision> {
  const days = asked.isOfDays ? { period } : {}
  const body = { ...who(token, asked), ...what(holder, token, asked, { ...days, queryId }) }
  return decisionIn(await ask(holder, 'evaluation', body, inVain), holder, asked)
}

/** The same for each of these periods, in one call: an answer each, in their order, and a permit each to report on. */
export async function decideEach(
  holder: Holder,
  token: Token,
  asked: Communication,
  {
    periods,
    queryId,
    inVain,
  }: {
    readonly periods: readonly Period[]
    readonly queryId?: string | undefined
    readonly inVain: () => void
  },
): Promise<Decision[]> {
  const body = {
    ...who(token, asked),
    evaluations: periods.map((period) => what(holder, token, asked, { period, queryId })),
    options: { evaluations_semantic: 'execute_all' },
  }
  const answer = await ask(holder, 'evaluations', body, inVain)
  const answers = isObject(answer) ? answer['evaluations'] : undefined
  if (!Array.isArray(answers) || answers.length !== periods.length)
    throw unusable('not an answer to each question')
  const decisions = await Promise.all(answers.map((one) => decisionIn(one, holder, asked)))
  const permits = decisions.flatMap((one) => (one.isPermitted ? [one.decisionId] : []))
  if (new Set(permits).size < permits.length) throw unusable('one permit for two questions')
  return decisions
}

async function decisionIn(
  answer: unknown,
  holder: Holder,
  asked: Communication,
): Promise<Decision> {
  if (!isObject(answer) || typeof answer['decision'] !== 'boolean') throw unusable('no decision')
  const context = isObject(answer['context']) ? answer['context'] : {}
  if (!answer['decision']) return { isPermitted: false, toldToPerson: reasonIn(context) }
  // Whoever cannot carry out an obligation may not use the permit either.
  if (!canCarryOut(context['obligations'], holder))
    return { isPermitted: false, toldToPerson: undefined }
  return signedPermit(context, holder, asked)
}

function who({ clientId }: Token, asked: Communication): object {
  return {
    subject: { type: 'organization', id: asked.recipient, properties: { client_id: clientId } },
    action: { name: 'disclose', properties: { purpose: asked.purpose, delivery: 'pull' } },
  }
}

function what(
  holder: Holder,
  { sub }: Token,
  asked: Communication,
  { period, queryId }: { readonly period?: Period; readonly queryId: string | undefined },
): object {
  const person = { format: 'iss_sub', iss: holder.issuer, sub }
  return {
    resource: {
      type: 'dataset',
      id: asked.dataset,
      properties: {
        categories: asked.categories,
        data_subject: person,
        ...(period === undefined ? {} : { period }),
      },
    },
    context: {
      // The same at each try: the broker then answers again, and counts one use.
      request_id: randomUUID(),
      agreement: asked.agreement,
      ...(queryId === undefined ? {} : { query_id: queryId }),
      supported_obligations: ['custom'],
    },
  }
}

async function ask(
  holder: Holder,
  point: 'evaluation' | 'evaluations',
  body: object,
  inVain: () => void,
): Promise<unknown> {
  for (let tries = 1; ; tries++) {
    const outcome = await tryOnce(holder, point, body)
    if ('answer' in outcome) return outcome.answer
    if (tries < maxTries && outcome.isWorthAnother) continue
    inVain()
    throw new ProviderTrouble(outcome.cause)
  }
}

type Try =
  | { readonly answer: unknown }
  | { readonly cause: unknown; readonly isWorthAnother: boolean }

async function tryOnce(holder: Holder, point: string, body: object): Promise<Try> {
  try {
    const response = await holder.askForDecision(`${holder.issuer}/access/v1/${point}`, body)
    const { status } = response
    if (status === 200) return { answer: await response.json() }
    return { cause: new Error(`status ${status}`), isWorthAnother: worthAnotherTry.has(status) }
  } catch (cause) {
    return { cause, isWorthAnother: gaveNoAnswer(cause) }
  }
}

/** The permit, if the broker's signature is under it: what a proxy or a cache on the way changed is no permit. */
async function signedPermit(
  context: Readonly<Record<string, unknown>>,
  holder: Holder,
  asked: Communication,
): Promise<Permit> {
  const { decision_id: decisionId, decision_token: token, permitted_categories: given } = context
  if (typeof decisionId !== 'string' || typeof token !== 'string' || !isTextList(given))
    throw unusable('a permit without its members')
  if (given.some((category) => !asked.categories.includes(category)))
    throw unusable('a permit that is wider than what was asked')
  if (!isCompact(token)) throw unusable('a signature that is not exactly encoded')
  const { payload } = await jwtVerify(token, holder.findDecisionKeys, {
    issuer: holder.issuer,
    audience: holder.organisation,
    typ: 'decision+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['exp'],
    clockTolerance: clockToleranceSeconds,
  }).catch((cause: unknown) => {
    throw new ProviderTrouble(cause)
  })
  const { decision_id, recipient, categories } = payload
  const isAboutThis = decision_id === decisionId && recipient === asked.recipient
  if (!isAboutThis || !isTextList(categories) || !areSame(categories, given))
    throw unusable('a signature under another decision')
  return { isPermitted: true, decisionId, decisionToken: token, categories: given }
}

function canCarryOut(obligations: unknown = [], { issuer }: Holder): boolean {
  return Array.isArray(obligations) && obligations.every(isKnown)

  function isKnown(obligation: unknown): boolean {
    if (!isObject(obligation) || obligation['type'] !== 'custom') return false
    const { properties } = obligation
    if (!isObject(properties) || properties['vendor'] !== 'accord') return false
    // The address is compared: our token for reports goes nowhere else.
    const { action, endpoint } = properties
    return action === 'report_disclosure' && endpoint === `${issuer}/disclosures`
  }
}

function reasonIn({
  reason_user: reason,
}: Readonly<Record<string, unknown>>): Bilingual | undefined {
  if (!isObject(reason)) return undefined
  const { fr, en } = reason
  return typeof fr === 'string' && typeof en === 'string' ? { fr, en } : undefined
}

function unusable(because: string): ProviderTrouble {
  return new ProviderTrouble(new Error(because))
}
