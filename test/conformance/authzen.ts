import { textOf } from './conditions.ts'
import type { Answered, Module, Plan, Trial } from './judging.ts'
import { demand, equal } from './judging.ts'
import { send } from './party.ts'
import { random } from './tokens.ts'

// AuthZEN Authorization API 1.0: the scenario of its certification, at the decision point that holds its data, without credentials.

type Body = Readonly<Record<string, unknown>>

const alice: Body = { type: 'user', id: 'alice' }
const bob: Body = { type: 'user', id: 'bob' }
const first: Body = { type: 'record', id: 'record-1' }
const second: Body = { type: 'record', id: 'record-2' }
const read: Body = { name: 'read' }
const write: Body = { name: 'write' }
const admin = { ...bob, properties: { role: 'admin' } }
const archived = { ...second, properties: { status: 'archived' } }
const active = { ...first, properties: { status: 'active' } }
const whole = { subject: alice, action: read, resource: first }
const context = { time: '2025-06-27T18:03-07:00', ip: '192.168.1.1' }
const extra = { foo: 'bar', futureField: { nested: true } }
const variant = { pdp_auth_type: 'none', authzen_support: 'properties' }

const times = 3

/** Sends what a module asks, and looks at what comes back. */
type Point = {
  readonly path: string
  readonly name: string
  /** A good question, and whether an answer is that of this question. */
  readonly usual: Body
  isUsual(json: Body): boolean
}

const evaluation: Point = {
  path: 'access_evaluation_endpoint',
  name: 'authzen-pdp-evaluation',
  usual: whole,
  isUsual: ({ decision }) => decision === true,
}
const evaluations: Point = {
  path: 'access_evaluations_endpoint',
  name: 'authzen-pdp-evaluations',
  usual: { subject: bob, resource: first, evaluations: [{ action: read }, { action: write }] },
  isUsual: (json) => decisionsIn(json) === '[true,false]',
}
const actionSearch: Point = {
  path: 'search_action_endpoint',
  name: 'authzen-pdp-action-search',
  usual: { subject: alice, resource: first },
  isUsual: (json) => hasAll(json, ['read', 'write']),
}
const resourceSearch: Point = {
  path: 'search_resource_endpoint',
  name: 'authzen-pdp-resource-search',
  usual: { subject: alice, action: read, resource: { type: 'record' } },
  isUsual: (json) => hasAll(json, ['record-1']),
}
const subjectSearch: Point = {
  path: 'search_subject_endpoint',
  name: 'authzen-pdp-subject-search',
  usual: { subject: { type: 'user' }, action: read, resource: first },
  isUsual: (json) => hasAll(json, ['alice', 'bob']),
}

export const authzenPlans: readonly Plan[] = [
  plan(evaluation, [
    decides('fixture-request-permit-decision', whole, true),
    decides('fixture-request-deny-decision', { ...whole, subject: bob, action: write }, false),
    decides('request-with-optional-context', { ...whole, context }, true),
    decides('request-with-additional-properties', withProperties(), true),
    decides('fixture-request-deny-based-on-properties', archivedBy(alice), false),
    decides('fixture-request-permit-based-on-subject-properties', archivedBy(admin), true),
    decides('fixture-request-permit-based-on-action-properties', deleted(true), true),
    decides('fixture-request-deny-based-on-action-properties', deleted(false), false),
    ...malformed(evaluation, ['subject', 'action', 'resource']),
    is400(evaluation, 'subject-is-string', { ...whole, subject: 'alice' }),
    is400(evaluation, 'action-name-is-number', { ...whole, action: { name: 123 } }),
    decides('unknown-subject-fields-ignored', { ...whole, subject: unknown(alice) }, true),
    decides('unknown-resource-fields-ignored', { ...whole, resource: unknown(first) }, true),
    decides('unknown-action-fields-ignored', { ...whole, action: unknown(read) }, true),
  ]),
  plan(evaluations, [
    batch('batch-request-with-evaluations-array', { ...both(alice, read) }, [true, true]),
    batch('batch-with-fixture-decisions-validated', evaluations.usual, [true, false]),
    batch(
      'batch-with-fully-specified-evaluations',
      {
        evaluations: [whole, { ...whole, subject: bob, action: write }],
      },
      [true, false],
    ),
    batch(
      'batch-with-context-inheritance',
      {
        subject: alice,
        action: read,
        context,
        evaluations: [{ resource: first }, { resource: second, context: { source: 'batch' } }],
      },
      [true, true],
    ),
    batch(
      'evaluation-level-errors',
      {
        subject: alice,
        action: read,
        evaluations: [{ resource: first }, {}],
      },
      [true, false],
    ),
    batch('default-semantic-is-execute-all', evaluations.usual, [true, false]),
    batch('execute-all-explicit', semantic('execute_all', evaluations.usual), [true, false]),
    batch('deny-on-first-deny', semantic('deny_on_first_deny', three(read, write, read)), [
      true,
      false,
    ]),
    batch('permit-on-first-permit', semantic('permit_on_first_permit', three(write, read, write)), [
      false,
      true,
    ]),
    is400(evaluations, 'unknown-semantic-value', semantic('bogus_value', evaluations.usual)),
    batch(
      'per-eval-overrides-default',
      {
        subject: bob,
        action: write,
        resource: first,
        evaluations: [{ action: read }, {}],
      },
      [true, false],
    ),
    batch(
      'missing-subject-returns-decision-false',
      {
        action: read,
        resource: first,
        evaluations: [{}],
      },
      [false],
    ),
    single('missing-evaluations-array-backward-compat', whole),
    single('empty-evaluations-array-backward-compat', { ...whole, evaluations: [] }),
    batch(
      'batch-with-properties-validated',
      {
        subject: alice,
        action: write,
        evaluations: [{ resource: active }, { resource: archived }],
      },
      [true, false],
    ),
    batch(
      'batch-with-subject-properties-validated',
      {
        action: write,
        resource: archived,
        evaluations: [{ subject: alice }, { subject: admin }],
      },
      [false, true],
    ),
    batch(
      'batch-with-default-value-merging',
      {
        subject: alice,
        action: write,
        resource: { type: 'record' },
        evaluations: [
          { resource: { id: 'record-1', properties: { status: 'active' } } },
          { resource: archived },
        ],
      },
      [true, false],
    ),
  ]),
  plan(actionSearch, [
    finds(actionSearch, 'valid-action-search-request-with-non-empty-results', {}),
    finds(actionSearch, 'action-search-with-context', { context }),
    finds(
      actionSearch,
      'unknown-entity-identifier',
      { subject: { type: 'user', id: 'nobody' } },
      [],
    ),
    ...malformed(actionSearch, ['subject', 'resource']),
    is400(actionSearch, 'subject-is-string', { ...actionSearch.usual, subject: 'alice' }),
    finds(actionSearch, 'extra-action-ignored', { action: read }),
    finds(actionSearch, 'action-search-with-properties', { subject: admin, resource: archived }, [
      'write',
    ]),
  ]),
  plan(resourceSearch, [
    finds(resourceSearch, 'valid-resource-search-request-with-non-empty-results', {}),
    finds(resourceSearch, 'resource-search-with-resource-id-omitted', {}),
    is400(resourceSearch, 'missing-subject', without(resourceSearch.usual, 'subject')),
    is400(resourceSearch, 'subject-missing-id', {
      ...resourceSearch.usual,
      subject: { type: 'user' },
    }),
    is400(resourceSearch, 'missing-resource', without(resourceSearch.usual, 'resource')),
    is400(resourceSearch, 'resource-missing-type', { ...resourceSearch.usual, resource: {} }),
    is400(resourceSearch, 'missing-action', without(resourceSearch.usual, 'action')),
    is400(resourceSearch, 'action-missing-name', { ...resourceSearch.usual, action: {} }),
    finds(resourceSearch, 'extra-resource-id-ignored', {
      resource: { type: 'record', id: 'stray' },
    }),
    finds(
      resourceSearch,
      'resource-search-with-subject-properties',
      { subject: admin, action: write },
      ['record-2'],
    ),
  ]),
  plan(subjectSearch, [
    finds(subjectSearch, 'valid-subject-search-request-with-non-empty-results', {}),
    finds(subjectSearch, 'subject-search-with-context', { context }),
    finds(subjectSearch, 'subject-search-with-subject-id-omitted', {}),
    { name: `${subjectSearch.name}-request-with-page-limit`, judge: pages },
    finds(subjectSearch, 'unknown-entity-type', { subject: { type: 'spaceship' } }, []),
    is400(subjectSearch, 'missing-action', without(subjectSearch.usual, 'action')),
    is400(subjectSearch, 'action-missing-name', { ...subjectSearch.usual, action: {} }),
    is400(subjectSearch, 'action-is-string', { ...subjectSearch.usual, action: 'read' }),
    is400(subjectSearch, 'missing-resource', without(subjectSearch.usual, 'resource')),
    is400(subjectSearch, 'resource-missing-id', {
      ...subjectSearch.usual,
      resource: { type: 'record' },
    }),
    is400(subjectSearch, 'resource-missing-type', {
      ...subjectSearch.usual,
      resource: { id: 'record-1' },
    }),
    is400(subjectSearch, 'subject-missing-type', { ...subjectSearch.usual, subject: {} }),
    finds(subjectSearch, 'unknown-page-fields-ignored', {
      page: { limit: 10, customAttr: 'ignored' },
    }),
    finds(subjectSearch, 'extra-subject-id-ignored', { subject: { type: 'user', id: 'stray' } }),
    finds(
      subjectSearch,
      'subject-search-with-resource-properties',
      { action: write, resource: archived },
      ['bob'],
    ),
  ]),
]

function plan(point: Point, modules: readonly Module[]): Plan {
  return {
    name: `${point.name}-test-plan`,
    variant,
    modules: [...modules, ...ofTransport(point)],
  }
}

/** What holds of each endpoint (AuthZEN 1.0, section 10.1). */
function ofTransport(point: Point): Module[] {
  const refused = (name: string, how: Sending, statuses: readonly number[]): Module => ({
    name: `${point.name}-${name}`,
    async judge(trial) {
      const { status } = await ask(trial, point, how)
      demand(statuses.includes(status), `the status is ${status}`)
    },
  })
  const some4xx = [400, 404, 405, 406, 415]
  const { usual } = point
  return [
    {
      name: `${point.name}-x-request-id-echoed`,
      async judge(trial) {
        const id = random()
        const { headers } = await ask(trial, point, { headers: { 'x-request-id': id } })
        equal(headers.get('x-request-id'), id, 'X-Request-ID')
      },
    },
    {
      name: `${point.name}-idempotency`,
      async judge(trial) {
        const bodies = new Set<string>()
        for (let time = 0; time < times; time++) bodies.add((await ask(trial, point, {})).body)
        equal(bodies.size, 1, 'the number of different answers')
      },
    },
    {
      name: `${point.name}-unknown-top-level-fields-ignored`,
      judge: (trial) => answersAsUsual(trial, point, { body: { ...usual, ...extra } }),
    },
    refused('reject-get-method', { method: 'GET' }, some4xx),
    refused('reject-put-method', { method: 'PUT' }, some4xx),
    refused('reject-top-level-array', { body: [usual] }, [400]),
    refused('reject-non-json-content-type', { headers: { 'content-type': 'text/plain' } }, some4xx),
    {
      name: `${point.name}-accept-content-type-with-charset`,
      judge: (trial) =>
        answersAsUsual(trial, point, {
          headers: { 'content-type': 'application/json; charset=utf-8' },
        }),
    },
    refused('reject-malformed-json', { text: '{"subject":' }, [400]),
    refused('reject-empty-body', { text: '' }, [400]),
  ]
}

type Sending = {
  readonly method?: string
  readonly body?: unknown
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}

async function ask(trial: Trial, point: Point, sending: Sending): Promise<Answered> {
  const { method = 'POST', body = point.usual, text = JSON.stringify(body) } = sending
  const headers = { 'content-type': 'application/json', ...sending.headers }
  const url = await endpointOf(trial, point)
  return send(trial, url, { method, headers, ...(method === 'GET' ? {} : { body: text }) })
}

async function endpointOf(trial: Trial, { path }: Point): Promise<string> {
  const { issuer } = trial.judged
  const url = `${issuer}/.well-known/authzen-configuration/conformance`
  const { status, json } = await send(trial, url, {})
  equal(status, 200, 'the status of the metadata')
  equal(json?.['policy_decision_point'], `${issuer}/conformance`, 'policy_decision_point')
  const endpoint = json?.[path]
  demand(
    typeof endpoint === 'string' && endpoint.startsWith('https:'),
    `${path} is no https address`,
  )
  return endpoint
}

async function jsonOf(trial: Trial, point: Point, sending: Sending): Promise<Body> {
  const { status, json, headers } = await ask(trial, point, sending)
  equal(status, 200, 'the status')
  demand(/^application\/json\b/.test(headers.get('content-type') ?? ''), 'content-type is not JSON')
  demand(json !== undefined, 'the answer is no JSON object')
  return json
}

async function answersAsUsual(trial: Trial, point: Point, sending: Sending): Promise<void> {
  demand(point.isUsual(await jsonOf(trial, point, sending)), 'another answer than usual')
}

function decides(name: string, body: Body, decision: boolean): Module {
  return {
    name: `${evaluation.name}-${name}`,
    async judge(trial) {
      equal((await jsonOf(trial, evaluation, { body }))['decision'], decision, 'decision')
    },
  }
}

function batch(name: string, body: Body, decisions: readonly boolean[]): Module {
  return {
    name: `${evaluations.name}-${name}`,
    async judge(trial) {
      const json = await jsonOf(trial, evaluations, { body })
      equal(decisionsIn(json), JSON.stringify(decisions), 'the decisions')
      demand(!('decision' in json), 'a batch has a decision of its own')
    },
  }
}

function single(name: string, body: Body): Module {
  return {
    name: `${evaluations.name}-${name}`,
    async judge(trial) {
      const json = await jsonOf(trial, evaluations, { body })
      equal(json['decision'], true, 'decision')
      demand(!('evaluations' in json), 'a single question got a list')
    },
  }
}

/** @param ids what must be found; empty: nothing is. Absent: what is usual */
function finds(point: Point, name: string, more: Body, ids?: readonly string[]): Module {
  return {
    name: `${point.name}-${name}`,
    async judge(trial) {
      const json = await jsonOf(trial, point, { body: { ...point.usual, ...more } })
      if (ids === undefined) demand(point.isUsual(json), 'the results are others')
      else if (ids.length === 0) equal(resultsIn(json).length, 0, 'the number of results')
      else demand(hasAll(json, ids), `the results lack ${ids.join(', ')}`)
    },
  }
}

const mostPages = 5

async function pages(trial: Trial): Promise<void> {
  const found: unknown[] = []
  let token = ''
  for (let page = 0; page < mostPages; page++) {
    const body = { ...subjectSearch.usual, page: { limit: 1, ...(token === '' ? {} : { token }) } }
    const json = await jsonOf(trial, subjectSearch, { body })
    found.push(...resultsIn(json))
    token = textOf((json['page'] as Body | undefined)?.['next_token'])
    if (token === '') break
  }
  equal(token, '', 'the token of the last page')
  demand(hasAll({ results: found }, ['alice', 'bob']), 'the pages together lack somebody')
}

function is400(point: Point, name: string, body: unknown): Module {
  return {
    name: `${point.name}-${name}`,
    async judge(trial) {
      equal((await ask(trial, point, { body })).status, 400, 'the status')
    },
  }
}

/** Each entity that is missing, and each of its members that is. */
function malformed(
  point: Point,
  entities: readonly ('subject' | 'action' | 'resource')[],
): Module[] {
  const members = { subject: ['type', 'id'], action: ['name'], resource: ['type', 'id'] }
  return entities.flatMap((entity) => [
    is400(point, `missing-${entity}`, without(point.usual, entity)),
    ...members[entity].map((member) => {
      const lacking = without(point.usual[entity] as Body, member)
      return is400(point, `${entity}-missing-${member}`, { ...point.usual, [entity]: lacking })
    }),
  ])
}

function decisionsIn(json: Body): string {
  const { evaluations: items } = json
  demand(Array.isArray(items), 'evaluations is no list')
  return JSON.stringify(items.map((item: Body) => item['decision']))
}

function resultsIn({ results }: Body): readonly Body[] {
  demand(Array.isArray(results), 'results is no list')
  return results as readonly Body[]
}

function hasAll(json: Body, ids: readonly string[]): boolean {
  const found = resultsIn(json).map((one) => one['id'] ?? one['name'])
  return ids.every((id) => found.includes(id))
}

function without(body: Body, member: string): Body {
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== member))
}

function unknown(entity: Body): Body {
  return { ...entity, customAttr: 'ignored' }
}

function withProperties(): Body {
  return {
    subject: { ...alice, properties: { department: 'Sales', role: 'manager' } },
    action: { ...read, properties: { method: 'GET' } },
    resource: { ...first, properties: { status: 'active', owner: 'bob' } },
  }
}

function archivedBy(subject: Body): Body {
  return { subject, action: write, resource: archived }
}

function deleted(soft: boolean): Body {
  return { ...whole, action: { name: 'delete', properties: { soft } } }
}

function both(subject: Body, action: Body): Body {
  return { subject, action, evaluations: [{ resource: first }, { resource: second }] }
}

function three(...actions: readonly Body[]): Body {
  return { subject: bob, resource: first, evaluations: actions.map((action) => ({ action })) }
}

function semantic(name: string, body: Body): Body {
  return { ...body, options: { evaluations_semantic: name } }
}
