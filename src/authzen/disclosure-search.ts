import { z } from 'zod'
import type { ConsentListed } from '../consent/index.ts'
import { activeConsents, categoriesIn, maskOf } from '../consent/index.ts'
import type { Desk, Question, Verdict } from '../disclosure/index.ts'
import { foresee } from '../disclosure/index.ts'
import type { Caller } from '../foundation/caller.ts'
import { writeId } from '../foundation/ids.ts'
import { Unavailable } from '../foundation/refusal.ts'
import type { Dataset, Purpose, Register } from '../registry/index.ts'
import type { Found } from './page.ts'
import type { DecisionPoint } from './point.ts'
import { parse, period, person, text } from './requests.ts'

// The register changes a few times a day.
const registerRounds = 4

const inResource = z.object({
  data_subject: person,
  categories: z.array(text(64)).min(1).max(50).optional(),
  period: period.optional(),
})
const inAction = z.object({ purpose: text(128).optional() })
const inContext = z.object({ agreement: text(128).optional() })

/** What a search has beyond the standard's members; only the person is required. */
export const disclosureSearchRequest = z.object({
  action: z.object({ properties: inAction.optional() }).optional(),
  resource: z.object({ properties: inResource }),
  context: inContext.optional(),
})

/** What is looked for. Undefined is anything. */
type Sought = {
  readonly recipient: string | undefined
  readonly dataset: string | undefined
  readonly purpose: string | undefined
  readonly categories: readonly string[] | undefined
  /** Undefined: another issuer's person. */
  readonly sub: string | undefined
  readonly period: Question['period']
  readonly agreement: string | undefined
}

/** Something that would be permitted. */
type Sharing = {
  readonly recipient: string
  readonly dataset: string
  readonly purpose: string
  /** What of it, by what, until when. */
  readonly terms: object
}

// In whose name one asks: the holder of the data, or who would receive them.
type Role = 'holder' | 'recipient'

/**
 * What may be disclosed about a person, and to whom. A holder searches in what it holds itself; a recipient for what it may
 * receive itself, by its own identifier of the person (DOMAIN 3.2). Whoever asks for anything else finds nothing, as if
 * there were nothing. What is found would be permitted at this moment; nothing is recorded, and no use is counted.
 */
export function disclosureSearch(
  issuer: string,
  desk: Desk,
): DecisionPoint<Caller, unknown>['search'] {
  async function find(caller: Caller, role: Role, request: Request): Promise<Sharing[]> {
    const { subject, action, resource } = request
    const isOurs =
      subject.type === 'organization' &&
      resource.type === 'dataset' &&
      (action === undefined || action.name === 'disclose')
    return isOurs ? sharings(desk, caller, role, soughtIn(request, issuer)) : []
  }
  return {
    async subject(caller, request) {
      const found = await find(caller, 'holder', request)
      return byEntity(found, ({ recipient }) => ({ type: 'organization', id: recipient }))
    },
    async resource(caller, request) {
      const role = request.subject.id === caller.orgId ? 'recipient' : 'holder'
      const found = await find(caller, role, request)
      return byEntity(found, ({ dataset }) => ({ type: 'dataset', id: dataset }))
    },
    async action(caller, request) {
      const found = await find(caller, 'holder', request)
      return found.map(({ purpose, terms }) => ({
        key: purpose,
        entity: { name: 'disclose', properties: { purpose, ...terms } },
      }))
    },
  }
}

type Request = {
  readonly subject: { readonly type: string; readonly id?: string }
  readonly action?: { readonly name: string; readonly properties?: unknown }
  readonly resource: { readonly type: string; readonly id?: string; readonly properties?: unknown }
  readonly context?: unknown
}

function soughtIn(request: Request, issuer: string): Sought {
  const { subject, resource } = request
  const asked = parse(disclosureSearchRequest, request)
  const { data_subject: about, categories, period: days } = asked.resource.properties
  return {
    recipient: subject.id,
    dataset: resource.id,
    purpose: asked.action?.properties?.purpose,
    categories,
    sub: about.iss === issuer ? about.sub : undefined,
    period: days,
    agreement: asked.context?.agreement,
  }
}

function byEntity(
  found: readonly Sharing[],
  entityOf: (sharing: Sharing) => { readonly type: string; readonly id: string },
): Found[] {
  const groups = Map.groupBy(found, (sharing) => entityOf(sharing).id)
  return [...groups].flatMap(([key, [first, ...more]]) => {
    if (first === undefined) return []
    const permitted = [first, ...more].map(({ purpose, terms }) => ({ purpose, ...terms }))
    return [{ key, entity: { ...entityOf(first), properties: { permitted } } }]
  })
}

async function sharings(
  desk: Desk,
  { orgId }: Caller,
  role: Role,
  sought: Sought,
): Promise<Sharing[]> {
  const personId = desk.pairwise.person(sought.sub ?? '', orgId)
  if (personId === undefined) return []
  for (let round = 0; round < registerRounds; round++) {
    const { consents, epoch } = await activeConsents(desk.db, personId)
    const register = await desk.live.at(epoch)
    const questions = questionsOf(consents, register, { orgId, role, sought })
    const verdicts = await foresee(desk, personId, questions, register.epoch)
    if (verdicts !== undefined)
      return questions.flatMap((question, i) => sharingOf(question, verdicts[i], register))
  }
  throw new Unavailable(new Error('the register kept moving'))
}

type Asking = { readonly orgId: string; readonly role: Role; readonly sought: Sought }

/** What could be permitted, each recipient, dataset and purpose once, with all that was allowed of it. */
function questionsOf(
  consents: readonly ConsentListed[],
  register: Register,
  asking: Asking,
): Question[] {
  const questions = consents.flatMap((consent) => questionOf(consent, register, asking) ?? [])
  return [...new Map(questions.map((question) => [nameOf(question), question])).values()]
}

function nameOf({ recipient, dataset, purpose }: Question): string {
  return `${recipient} ${dataset.no} ${purpose?.no}`
}

function questionOf(
  consent: ConsentListed,
  register: Register,
  { orgId, role, sought }: Asking,
): Question | undefined {
  const [dataset, purpose, recipient] = [
    register.datasetByNo(consent.dataset),
    register.purposeByNo(consent.purpose),
    register.organisationByRoot(consent.recipient),
  ]
  if (dataset === undefined || purpose === undefined || recipient === undefined) return undefined
  const isTheirs = orgId === (role === 'holder' ? dataset.holder : recipient.id)
  if (!isTheirs || !isSought({ dataset, purpose, recipient }, register, sought)) return undefined
  const { categories, period, agreement } = sought
  const asked = categories === undefined ? consent.categories : maskOf(dataset, categories)
  return {
    holder: consent.holder,
    recipient: consent.recipient,
    dataset,
    purpose,
    asked,
    lawful: [],
    period: period ?? lookback(consent),
    agreement: agreement?.split('@', 1)[0],
  }
}

type Parties = {
  readonly dataset: Dataset
  readonly purpose: Purpose
  readonly recipient: { readonly id: string }
}

function isSought(
  { dataset, purpose, recipient }: Parties,
  register: Register,
  sought: Sought,
): boolean {
  return (
    isOr(sought.recipient, (id) => id === recipient.id) &&
    isOr(sought.dataset, (ref) => register.dataset(ref)?.no === dataset.no) &&
    isOr(sought.purpose, (ref) => register.purpose(ref)?.no === purpose.no) &&
    isOr(sought.categories, (ids) => ids.every((id) => dataset.categories.includes(id)))
  )
}

function isOr<T>(sought: T | undefined, is: (sought: T) => boolean): boolean {
  return sought === undefined || is(sought)
}

function lookback({ lookbackFrom: from, lookbackTo: to }: ConsentListed): Question['period'] {
  return from === null || to === null ? undefined : { from, to }
}

function sharingOf(
  { recipient, dataset, purpose, asked }: Question,
  verdict: Verdict | undefined,
  register: Register,
): Sharing[] {
  const receiving = register.organisationByRoot(recipient ?? 0)
  if (verdict?.permit !== true || !('consent' in verdict)) return []
  if (receiving === undefined || purpose === undefined) return []
  const { consent, usesLeft } = verdict
  const agreement = register.agreementByNo(consent.agreement)
  const terms = {
    permitted_categories: categoriesIn(dataset, asked),
    legal_basis: agreement?.legalBasis,
    agreement: agreement?.ref,
    consent_id: writeId('con', consent.consentId),
    valid_until: consent.validUntil.toISOString(),
    ...(usesLeft === undefined ? {} : { uses_left: usesLeft }),
  }
  return [{ recipient: receiving.id, dataset: dataset.ref, purpose: purpose.ref, terms }]
}
