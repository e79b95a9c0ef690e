import { z } from 'zod'
import type { Lookback } from '../record/index.ts'
import { agreementObstacle, maskOf } from '../record/index.ts'
import { dayOf, endOfDay, isDay } from '../../base/values/calendar.ts'
import { present } from '../../base/values/present.ts'
import { inPlainWords, describeFault } from '../../base/values/shape-faults.ts'
import { readId } from '../../base/values/ids.ts'
import type { Agreement, ConsentText, Dataset, Purpose, Register } from '../../registry/index.ts'
import { legalBasis } from '../../registry/index.ts'
import type { Frequency } from './limits.ts'
import { check, DetailError, frequencyOf, lastDayOf, lookbackIn } from './limits.ts'

// `authorization_details` of our one type (RFC 9396): a service's request to a person. The agreement, the purpose and the text limit
// everything in it.

/** A request with every reference resolved. */
export type ResolvedQuestion = {
  readonly agreement: Agreement
  readonly purpose: Purpose
  readonly dataset: Dataset
  readonly text: ConsentText
  readonly required: bigint
  readonly optional: bigint
  /** The last day, in Québec, and the instant at which it is over. */
  readonly lastDay: string
  readonly validUntil: Date
  readonly frequency: Frequency | undefined
  readonly maxUses: number | undefined
  readonly lookback: Lookback | undefined
  /** The arrangement that the service asks to change, a uuid: it may be another person's, or unknown. */
  readonly arrangement: string | undefined
}

/** A sharing that the law allows and that the person is told of, with every reference resolved. */
export type ResolvedNotice = Pick<
  ResolvedQuestion,
  'agreement' | 'purpose' | 'dataset' | 'required'
>

/** The organisation that asks, and the register and instant by which its request is judged. */
type DetailContext = {
  readonly recipient: string
  readonly register: Register
  readonly now: Date
  /** Whether the request was pushed earlier, some hours ago at most: its days stay valid though midnight has passed. */
  readonly isGoingOn?: boolean
}

const reference = z
  .string()
  .regex(/^[a-z]{3}_[\w-]{1,60}(@\d{1,6})?$/, 'must be a name of the register, like pur_name@1')
const organisation = z
  .string()
  .regex(/^org_[a-z0-9-]{1,60}$/, 'must be an organisation of the register, like org_name')
const day = z.string().refine(isDay, 'must be a day, YYYY-MM-DD')
const categories = z.array(z.string().max(64)).max(50)

// Strict: RFC 9396, section 5, has unknown members refused.
const shape = z.strictObject({
  type: z.string(),
  locations: z.array(z.string().max(512)).length(1),
  actions: z.array(z.literal('disclose')).length(1),
  datatypes: categories.min(1),
  optional_datatypes: categories.optional(),
  identifier: reference,
  agreement: reference,
  purpose: reference,
  recipient: organisation,
  holder: organisation,
  duration: z.strictObject({ until: day }).optional(),
  frequency: z
    .strictObject({ count: z.int().min(1).max(10_000), per: z.string().max(16) })
    .optional(),
  lookback: z.strictObject({ from: day, to: day }).optional(),
  text: reference.optional(),
  // The arrangement to change. Only after the sign-in is it known whether it is this person's.
  arrangement: z.string().max(64).nullable().optional(),
})

type Detail = z.infer<typeof shape>

/** @throws DetailError for a detail that is malformed, names an unknown object, or is wider than the agreement */
export function readDetail(detail: unknown, asking: DetailContext): ResolvedQuestion {
  const read = shape.safeParse(asRequest(detail, asking), inPlainWords)
  if (!read.success) throw new DetailError(describeFault(read.error, 'authorization_details'))
  const { register, now } = asking
  const agreement = agreementOf(read.data, asking)
  const purpose = purposeOf(read.data, agreement, register)
  const dataset = datasetOf(read.data, agreement, register)
  const chosen = categoriesOf(read.data, { agreement, purpose, dataset, register })
  const lastDay = lastDayOf(read.data, agreement, purpose, now)
  return {
    agreement,
    purpose,
    dataset,
    text: textOf(read.data, agreement, purpose, register),
    ...chosen,
    lastDay,
    validUntil: endOfDay(lastDay),
    frequency: frequencyOf(read.data, purpose),
    maxUses: purpose.maxUses,
    lookback: lookbackIn(read.data, purpose, { ...asking, lastDay }),
    arrangement: arrangementOf(read.data),
  }
}

/**
 * Reads a detail whose agreement rests on the law. @returns undefined for any other detail, which `readDetail` judges
 * @throws DetailError as `readDetail`
 */
export function readNotice(detail: unknown, asking: DetailContext): ResolvedNotice | undefined {
  const read = shape.safeParse(asRequest(detail, asking))
  const named = read.success ? asking.register.agreement(read.data.agreement) : undefined
  const basis = named && legalBasis(named.legalBasis)
  if (!read.success || named === undefined || basis?.requiresConsent !== false) return undefined
  const { register, now } = asking
  const agreement = agreementOf(read.data, asking, true)
  // The page would warn the person of a use that the agreement shows her only later.
  check(agreement.shownAfterDays === 0, `agreement: nobody is informed ahead of ${agreement.ref}`)
  for (const member of choices) {
    check(
      read.data[member] === undefined,
      `${member}: ${agreement.ref} rests on the law and leaves nothing to choose`,
    )
  }
  const purpose = purposeOf(read.data, agreement, register)
  const obstacle = agreementObstacle(agreement, purpose, register, now)
  check(obstacle === undefined, `agreement: ${agreement.ref} allows nothing now: ${obstacle}`)
  const dataset = datasetOf(read.data, agreement, register)
  // Sensitive categories need no express act here: the law, and no consent, allows them.
  requireAgreed('datatypes', read.data.datatypes, { agreement, purpose, dataset, register })
  return { agreement, purpose, dataset, required: maskOf(dataset, read.data.datatypes) }
}

const choices = [
  'optional_datatypes',
  'duration',
  'frequency',
  'lookback',
  'text',
  'arrangement',
] as const

function agreementOf(
  detail: Detail,
  { recipient, register, now }: DetailContext,
  isByLaw = false,
): Agreement {
  check(
    detail.recipient === recipient,
    `recipient: must be ${recipient}, the client's organisation`,
  )
  const agreement = register.agreement(detail.agreement)
  check(agreement !== undefined, `agreement: ${detail.agreement} is unknown`)
  const inForce = present(register.agreement(agreement.id), 'the version in force').ref
  check(inForce === agreement.ref, `agreement: the version in force is ${inForce}`)
  const today = dayOf(now)
  const isDated =
    agreement.from <= today && (agreement.until === undefined || today <= agreement.until)
  check(agreement.status === 'in_force' && isDated, `agreement: ${agreement.ref} is not in force`)
  check(
    isByLaw || legalBasis(agreement.legalBasis)?.requiresConsent === true,
    `agreement: ${agreement.ref} rests on the law and needs no consent`,
  )
  check(agreement.recipient === recipient, `recipient: not the recipient of ${agreement.ref}`)
  check(agreement.holder === detail.holder, `holder: not the holder of ${agreement.ref}`)
  for (const party of [agreement.holder, agreement.recipient]) {
    check(register.organisation(party)?.status === 'active', `agreement: ${party} is not active`)
  }
  return agreement
}

function purposeOf({ purpose: ref }: Detail, agreement: Agreement, register: Register): Purpose {
  const purpose = register.purpose(ref)
  check(purpose !== undefined, `purpose: ${ref} is unknown`)
  check(agreement.purposes.includes(purpose.ref), `purpose: not one of ${agreement.ref}`)
  check(
    register.purpose(purpose.id)?.status === 'published' && purpose.status === 'published',
    `purpose: ${purpose.ref} is not published`,
  )
  return purpose
}

function datasetOf(detail: Detail, agreement: Agreement, register: Register): Dataset {
  const dataset = register.dataset(detail.identifier)
  check(dataset !== undefined, `identifier: ${detail.identifier} is unknown`)
  check(
    agreement.datasets.some((item) => item.dataset === dataset.ref),
    `identifier: not a dataset of ${agreement.ref}`,
  )
  check(
    detail.locations[0] === dataset.resourceServer,
    `locations: must be ${dataset.resourceServer}`,
  )
  return dataset
}

type Objects = Pick<ResolvedQuestion, 'agreement' | 'purpose' | 'dataset'> & {
  readonly register: Register
}

function categoriesOf(
  { datatypes, optional_datatypes: optional = [] }: Detail,
  { agreement, purpose, dataset, register }: Objects,
): { required: bigint; optional: bigint } {
  for (const [member, ids] of Object.entries({ datatypes, optional_datatypes: optional })) {
    requireAgreed(member, ids, { agreement, purpose, dataset, register })
    for (const category of ids) {
      // A sensitive category needs an express consent that names it (Access Act, s. 59); only such an agreement provides for it.
      check(
        register.category(category)?.sensitivity === 'ordinary' ||
          agreement.legalBasis === 'consent_59_sensitive',
        `${member}: ${category} is sensitive, and ${agreement.ref} foresees no express consent`,
      )
    }
  }
  for (const category of datatypes) {
    check(
      purpose.necessity[category] === 'required',
      `datatypes: ${category} is optional for ${purpose.ref}: ask for it in optional_datatypes`,
    )
  }
  const [required, offered] = [maskOf(dataset, datatypes), maskOf(dataset, optional)]
  check((required & offered) === 0n, 'optional_datatypes: names a category of datatypes again')
  return { required, optional: offered }
}

function requireAgreed(
  member: string,
  ids: readonly string[],
  { agreement, purpose, dataset }: Objects,
): void {
  const agreed = agreement.datasets
    .filter((item) => item.dataset === dataset.ref)
    .flatMap(({ categories }) => categories)
  for (const category of ids) {
    check(
      agreed.includes(category) && dataset.categories.includes(category),
      `${member}: ${category} is not in ${agreement.ref} for ${dataset.ref}`,
    )
    check(
      purpose.necessity[category] !== undefined,
      `${member}: ${category} does not serve ${purpose.ref}`,
    )
  }
}

function textOf(
  { text: ref }: Detail,
  agreement: Agreement,
  purpose: Purpose,
  register: Register,
): ConsentText {
  const current = register.textFor(purpose.ref, agreement.id)
  check(current !== undefined, `text: none is approved for ${purpose.ref} and ${agreement.id}`)
  check(
    ref === undefined || register.text(ref)?.ref === current.ref,
    `text: the version in force is ${current.ref}`,
  )
  return current
}

function arrangementOf({ arrangement }: Detail): string | undefined {
  if (arrangement === undefined || arrangement === null) return undefined
  const id = readId('arr', arrangement)
  check(id !== undefined, 'arrangement: must be that of a token, arr_ and 26 characters')
  return id
}

// A token's detail of a sharing (RFC 9396, section 7) has more members than a request may have. A service may send such a detail back
// unchanged: to ask for the same again, or to narrow a token at `/token`.

type TokenDetail = Readonly<Record<string, unknown>>

/** Whether a detail comes from a token, by a consent or by the law. */
export function isTokenDetail(detail: unknown): detail is TokenDetail {
  if (typeof detail !== 'object' || detail === null) return false
  return 'consent_id' in detail || 'legal_basis' in detail
}

/**
 * Turns a token's detail into the request for the same sharing, so that a living consent answers it; any other detail stays as it is.
 * @throws DetailError
 */
function asRequest(
  detail: unknown,
  { register, now }: { readonly register: Register; readonly now: Date },
): unknown {
  if (!isTokenDetail(detail)) return detail
  const {
    consent_id: _consent,
    status: _status,
    declined: _declined,
    legal_basis: law,
    valid_until: end,
    ...asked
  } = detail
  if (law !== undefined) return asked
  const purpose =
    typeof asked['purpose'] === 'string' ? register.purpose(asked['purpose']) : undefined
  return { ...withinDays(asked, end, now), ...chosen(asked['datatypes'], purpose) }
}

// Optional categories in a token were chosen by the person: the new request leaves them optional.
function chosen(datatypes: unknown, purpose: Purpose | undefined) {
  if (!Array.isArray(datatypes)) return { datatypes }
  const isOptional = (id: unknown) => purpose?.necessity[String(id)] === 'optional'
  const optional = datatypes.filter(isOptional)
  return {
    datatypes: datatypes.filter((id) => !isOptional(id)),
    ...(optional.length === 0 ? {} : { optional_datatypes: optional }),
  }
}

// A request for a sharing may not end on the sharing's last day: without the end, a living consent answers it, or it is asked anew.
function withinDays({ arrangement, ...asked }: TokenDetail, end: unknown, now: Date): TokenDetail {
  const instant = typeof end === 'string' ? Date.parse(end) : Number.NaN
  check(!Number.isNaN(instant), 'valid_until: must be that of a token')
  const until = dayOf(new Date(instant - 1))
  if (until <= dayOf(now)) return asked
  return { ...asked, duration: { until }, ...(arrangement === undefined ? {} : { arrangement }) }
}
