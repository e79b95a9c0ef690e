import type { ConsentListed } from '../../consent/record/index.ts'
import {
  activeConsents,
  categoriesIn,
  longestLookback,
  lookbackOf,
  maskOf,
} from '../../consent/record/index.ts'
import type {
  DecisionContext,
  PreviewQuestion,
  Question,
  Verdict,
} from '../../consent/decisions/index.ts'
import { previewDecisions, lawfulFor } from '../../consent/decisions/index.ts'
import { dayOf } from '../../base/values/calendar.ts'
import type { Caller } from '../../base/web/caller.ts'
import { writeId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import { Unavailable } from '../../base/values/refusal.ts'
import type { Dataset, Purpose, Register } from '../../registry/index.ts'

// The register changes a few times a day: these rounds suffice.
const registerRounds = 4
// The most questions about one person for one body.
const mostQuestions = 500

/** Filters of a search; undefined: no filter. */
export type SharingsSought = {
  readonly recipient: string | undefined
  readonly dataset: string | undefined
  readonly purpose: string | undefined
  readonly categories: readonly string[] | undefined
  /** Undefined: the identifier is of another issuer. */
  readonly sub: string | undefined
  readonly period: Question['period']
  readonly agreement: string | undefined
}

/** A sharing that would be permitted. */
export type PermissibleSharing = {
  readonly recipient: string
  readonly dataset: string
  readonly purpose: string
  /** The agreement that it would rest on. */
  readonly agreement: string
  /** Categories, basis and end. */
  readonly terms: object
}

/** The caller's role in a search: holder of the data, or possible recipient. */
export type SearchRole = 'holder' | 'recipient'

/** The sharings that would be permitted at this moment, and pass the filters. */
export async function permittedSharings(
  context: DecisionContext,
  { orgId }: Caller,
  role: SearchRole,
  sought: SharingsSought,
): Promise<PermissibleSharing[]> {
  const personId = context.pairwise.person(sought.sub ?? '', orgId)
  if (personId === undefined) return []
  for (let round = 0; round < registerRounds; round++) {
    const { consents, at, epoch } = await activeConsents(context.db, context.vault, personId)
    const register = await context.live.at(epoch)
    const asking = { orgId, role, sought, register, today: dayOf(at) }
    const allowed = [...byConsent(consents, asking), ...byLaw(asking)].slice(0, mostQuestions)
    const questions = allowed.map((one) => questionOf(one, asking))
    const verdicts = await previewDecisions(context, personId, questions, register.epoch)
    if (verdicts !== undefined)
      return allowed.flatMap((one, i) => sharingOf(one, questions[i], verdicts[i], asking))
  }
  throw new Unavailable(new Error('the register kept moving'))
}

type Asking = {
  readonly orgId: string
  readonly role: SearchRole
  readonly sought: SharingsSought
  readonly register: Register
  readonly today: string
}

/** A sharing that a consent or the law may allow: the search asks about all its categories, unless a filter names fewer. */
type Allowed = Parties & {
  readonly categories: bigint
  readonly period: Question['period']
}

// Takes each recipient, dataset and purpose once: at most one consent about them lives.
function byConsent(consents: readonly ConsentListed[], asking: Asking): Allowed[] {
  const { register } = asking
  const allowed = consents.flatMap((consent): Allowed[] => {
    const parties = partiesOf(asking, {
      dataset: present(register.datasetByNo(consent.dataset), 'the dataset of a consent'),
      purpose: present(register.purposeByNo(consent.purpose), 'the purpose of a consent'),
      recipient: present(register.organisationByRoot(consent.recipient), 'a body of a consent'),
    })
    if (parties === undefined) return []
    return [{ ...parties, categories: consent.categories, period: lookbackOf(consent) }]
  })
  const nameOf = ({ recipient, dataset, purpose }: Allowed) =>
    `${recipient.root} ${dataset.no} ${purpose.no}`
  return [...new Map(allowed.map((one) => [nameOf(one), one])).values()]
}

function byLaw(asking: Asking): Allowed[] {
  const { register, today } = asking
  return register.byLaw.flatMap((agreement) =>
    agreement.datasets.flatMap(({ dataset: ref, categories }) =>
      agreement.purposes.flatMap((purposeRef): Allowed[] => {
        const parties = partiesOf(asking, {
          dataset: present(register.dataset(ref), 'the dataset of an agreement'),
          purpose: present(register.purpose(purposeRef), 'the purpose of an agreement'),
          recipient: present(register.organisation(agreement.recipient), 'a body of an agreement'),
        })
        if (parties === undefined) return []
        const period = longestLookback(parties.purpose, today)
        return [{ ...parties, categories: maskOf(parties.dataset, categories), period }]
      }),
    ),
  )
}

/** @returns undefined where the caller is neither body, or a filter excludes it */
function partiesOf(
  { orgId, role, sought, register }: Asking,
  parties: Parties,
): Parties | undefined {
  const { dataset, recipient } = parties
  const isTheirs = orgId === (role === 'holder' ? dataset.holder : recipient.id)
  return isTheirs && isSought(parties, register, sought) ? parties : undefined
}

function questionOf(
  { dataset, purpose, recipient, categories, period }: Allowed,
  { sought, register }: Asking,
): PreviewQuestion {
  const asked = sought.categories === undefined ? categories : maskOf(dataset, sought.categories)
  return {
    holder: present(register.organisation(dataset.holder), 'the holder of a dataset').root,
    recipient: recipient.root,
    dataset,
    purpose,
    asked,
    lawful: lawfulFor({ dataset, asked }, { recipient: recipient.id, purpose }, register),
    period: sought.period ?? period,
    agreement: sought.agreement?.split('@', 1)[0],
    isCaseNamed: true,
  }
}

type Parties = {
  readonly dataset: Dataset
  readonly purpose: Purpose
  readonly recipient: { readonly id: string; readonly root: number }
}

function isSought(
  { dataset, purpose, recipient }: Parties,
  register: Register,
  sought: SharingsSought,
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

function sharingOf(
  { recipient, dataset, purpose }: Parties,
  question: Question | undefined,
  verdict: Verdict | undefined,
  { register, today }: Asking,
): PermissibleSharing[] {
  if (question === undefined || verdict?.permit !== true) return []
  const { usesLeft } = verdict
  const consent = 'consent' in verdict ? verdict.consent : undefined
  const lookback =
    'consent' in verdict ? lookbackOf(verdict.consent) : longestLookback(purpose, today)
  const agreement =
    'consent' in verdict
      ? present(register.agreementByNo(verdict.consent.agreement), 'the agreement of a consent')
      : verdict.agreement
  const terms = {
    permitted_categories: categoriesIn(dataset, question.asked),
    legal_basis: agreement.legalBasis,
    agreement: agreement.ref,
    ...(consent === undefined
      ? {}
      : {
          consent_id: writeId('con', consent.consentId),
          valid_until: consent.validUntil.toISOString(),
        }),
    ...(usesLeft === undefined ? {} : { uses_left: usesLeft }),
    ...(lookback === undefined ? {} : { lookback }),
  }
  return [
    {
      recipient: recipient.id,
      dataset: dataset.ref,
      purpose: purpose.ref,
      agreement: agreement.ref,
      terms,
    },
  ]
}
