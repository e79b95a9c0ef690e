import type { FoundEntity } from './page.ts'
import type { DecisionPoint } from './point.ts'
import type { EvaluationRequest } from './requests.ts'
import { evaluationRequest, parse } from './requests.ts'

// The data of the AuthZEN Authorization API 1.0 certification scenario, section 1 (openid/authzen,
// certification/authorization-api-1_0-scenario.md): its entities, and its eight rules by number.

type Properties = Readonly<Record<string, unknown>>
type Entity = {
  readonly type: string
  readonly id: string
  readonly properties?: Properties | undefined
}
type Action = { readonly name: string; readonly properties?: Properties | undefined }

const subjects: readonly Entity[] = [
  { type: 'user', id: 'alice' },
  { type: 'user', id: 'bob', properties: { role: 'admin' } },
]
const resources: readonly Entity[] = [
  { type: 'record', id: 'record-1', properties: { status: 'active' } },
  { type: 'record', id: 'record-2', properties: { status: 'archived' } },
]
const actions: readonly Action[] = [{ name: 'read' }, { name: 'write' }, { name: 'delete' }]

/** A rule with its conditions; a member that it does not name may have any value. */
type Rule = {
  readonly decision: boolean
  readonly subject: { readonly id?: string; readonly role?: string }
  readonly action: { readonly name: string; readonly soft?: boolean }
  readonly resource: { readonly id?: string; readonly status?: string }
}

// The first rule that applies decides; without one the answer is a deny. Rules about properties stand before rules about identifiers.
const rules: readonly Rule[] = [
  /* 5 */ {
    decision: false,
    subject: { id: 'alice' },
    action: { name: 'write' },
    resource: { status: 'archived' },
  },
  /* 6 */ {
    decision: true,
    subject: { role: 'admin' },
    action: { name: 'write' },
    resource: { status: 'archived' },
  },
  /* 7 */ {
    decision: true,
    subject: { id: 'alice' },
    action: { name: 'delete', soft: true },
    resource: { id: 'record-1' },
  },
  /* 8 */ {
    decision: false,
    subject: { id: 'alice' },
    action: { name: 'delete', soft: false },
    resource: { id: 'record-1' },
  },
  /* 1 */ {
    decision: true,
    subject: { id: 'alice' },
    action: { name: 'read' },
    resource: { id: 'record-1' },
  },
  /* 2 */ {
    decision: true,
    subject: { id: 'alice' },
    action: { name: 'write' },
    resource: { id: 'record-1' },
  },
  // This rule is ours, in a case that the scenario leaves open: with it a search for the resources that alice may read has two pages.
  {
    decision: true,
    subject: { id: 'alice' },
    action: { name: 'read' },
    resource: { id: 'record-2' },
  },
  /* 3 */ {
    decision: true,
    subject: { id: 'bob' },
    action: { name: 'read' },
    resource: { id: 'record-1' },
  },
  /* 4 */ {
    decision: false,
    subject: { id: 'bob' },
    action: { name: 'write' },
    resource: { id: 'record-1' },
  },
]

/** A decision point about this data alone, which anybody may ask. It records nothing. */
export function scenario(url: string): DecisionPoint<undefined, EvaluationRequest> {
  return {
    url,
    obligations: [],
    read: (body) => parse(evaluationRequest, body),
    decide: (_, question) => Promise.resolve({ decision: isPermitted(question) }),
    touches: () => [],
    failed: (fault) => Promise.resolve({ decision: false, context: { error: fault } }),
    search: {
      subject: (_, { subject, ...asked }) =>
        found(subjects, (one) => isPermitted({ ...asked, subject: merged(one, subject) })),
      resource: (_, { resource, ...asked }) =>
        found(resources, (one) => isPermitted({ ...asked, resource: merged(one, resource) })),
      action: (_, asked) =>
        Promise.resolve(
          actions
            .filter((action) => isPermitted({ ...asked, action }))
            .map(({ name }) => ({ key: name, entity: { name } })),
        ),
    },
  }
}

function isPermitted({ subject, action, resource }: Question): boolean {
  const [who, what] = [known(subjects, subject), known(resources, resource)]
  if (who === undefined || what === undefined) return false
  const asked = {
    subject: { ...who.properties, id: who.id },
    action: { ...action.properties, name: action.name },
    resource: { ...what.properties, id: what.id },
  }
  const applies = (rule: Rule) =>
    isWithin(rule.subject, asked.subject) &&
    isWithin(rule.action, asked.action) &&
    isWithin(rule.resource, asked.resource)
  return rules.find(applies)?.decision === true
}

type Question = { readonly subject: Entity; readonly action: Action; readonly resource: Entity }

/** A known entity; properties of the request override its own. */
function known(all: readonly Entity[], { type, id, properties }: Entity): Entity | undefined {
  const one = all.find((entity) => entity.type === type && entity.id === id)
  return one && { ...one, properties: { ...one.properties, ...properties } }
}

function isWithin(part: Properties, whole: Properties): boolean {
  return Object.entries(part).every(([name, value]) => whole[name] === value)
}

function merged(one: Entity, { type, properties }: Omit<Entity, 'id'>): Entity {
  // An entity is found only under the type that was searched for.
  return { type, id: one.id, properties }
}

function found(
  all: readonly Entity[],
  is: (one: Entity) => boolean,
): Promise<readonly FoundEntity[]> {
  const those = all.filter(is).map(({ type, id }) => ({ key: id, entity: { type, id } }))
  return Promise.resolve(those)
}
