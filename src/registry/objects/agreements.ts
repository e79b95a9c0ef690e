import { dayAfter, dayOf } from '../../base/values/calendar.ts'
import { fakeChoices } from './free-choice.ts'
import type { Fault } from './file-faults.ts'
import { unknownReference, faultIf } from './file-faults.ts'
import type { FileOf } from './object-schemas.ts'
import { legalBasis, requiresConsent } from './legal-bases.ts'
import { meansTheSame } from './meanings.ts'
import type { Agreement } from './objects.ts'
import type { Shelves } from './object-index.ts'

type AgreementFile = FileOf<'agreement'>

/** The faults of an agreement by itself, whatever its earlier version. Pure. */
export function agreementFaults(
  agreement: Agreement,
  file: AgreementFile,
  world: Shelves,
): Fault[] {
  return [
    ...unknownReference(world.organisation, agreement.holder, ['holder_org_id']),
    ...unknownReference(world.organisation, agreement.recipient, ['recipient_org_id']),
    ...purposeFaults(agreement, file, world),
    ...datasetFaults(agreement, world),
    ...unexpressed(agreement, world),
    ...fakeChoices(agreement, world),
    ...namingFaults(agreement),
    ...lawFaults(agreement, world),
    ...filingFaults(file),
    ...renewalFaults(agreement, file, world),
  ]
}

function purposeFaults(
  { purposes, recipient }: Agreement,
  file: AgreementFile,
  world: Shelves,
): Fault[] {
  return purposes.flatMap((ref, i) => {
    const path = ['purposes', i]
    const purpose = world.purpose.find(ref)
    if (purpose === undefined) return unknownReference(world.purpose, ref, path)
    return [
      ...faultIf(purpose.recipient !== recipient, path, `${ref} is not a purpose of ${recipient}`),
      ...faultIf(
        purpose.isOutsideQuebec && file.outside_quebec === undefined,
        path,
        `${ref} leads outside Québec: outside_quebec must name the country and the assessment (LAI 70.1)`,
      ),
    ]
  })
}

function datasetFaults({ datasets, holder }: Agreement, world: Shelves): Fault[] {
  return datasets.flatMap(({ dataset: ref, categories }, i) => {
    const path = ['datasets', i, 'dataset_id']
    const dataset = world.dataset.find(ref)
    if (dataset === undefined) return unknownReference(world.dataset, ref, path)
    return [
      ...faultIf(dataset.holder !== holder, path, `${ref} is not a dataset of ${holder}`),
      ...categories.flatMap((item, j) =>
        faultIf(
          !dataset.categories.includes(item),
          ['datasets', i, 'categories', j],
          `${ref} has no category ${item}`,
        ),
      ),
    ]
  })
}

// Sensitive information needs an express consent (LAI 59).
function unexpressed({ legalBasis: basis, datasets }: Agreement, { category }: Shelves): Fault[] {
  if (basis !== 'consent_53') return []
  return datasets.flatMap(({ categories }, i) =>
    categories.flatMap((item, j) =>
      faultIf(
        category.find(item)?.sensitivity === 'sensitive',
        ['datasets', i, 'categories', j],
        `${item} is sensitive: the legal_basis_id must be consent_59_sensitive`,
      ),
    ),
  )
}

// A basis such as LAI 67 is no law by itself: people read which Act requires or allows what they are not asked about. This rule is not in
// the schema: versions applied before it must still be read.
function namingFaults(agreement: Agreement): Fault[] {
  const { law, legalBasis: id, status } = agreement
  const path = ['law']
  if (requiresConsent(agreement))
    return faultIf(
      law !== undefined,
      path,
      `under ${id} the person decides, and no law: leave it out`,
    )
  const said = `law is missing: an agreement under ${id} must name its Act, its section and where people read it`
  return faultIf(law === undefined && status !== 'ended', path, said)
}

// The person sees each use at once, unless a legal basis allows a delay (docs/design/domain.md#i20). Uses shown later are not counted:
// each has a chain of its own, so that two at once could exceed a limit.
function lawFaults(agreement: Agreement, { purpose: purposes }: Shelves): Fault[] {
  const { legalBasis: id, shownAfterDays: days } = agreement
  if (days === 0) return []
  const most = legalBasis(id)?.delay?.maxDays ?? 0
  const counted = agreement.purposes.flatMap((ref, i) => {
    const { frequencyLimit, maxUses } = purposes.find(ref) ?? {}
    return faultIf(
      frequencyLimit !== undefined || maxUses !== undefined,
      ['purposes', i],
      `${ref} limits its uses, which are not counted where they are shown later`,
    )
  })
  const shown =
    most === 0 ? `the person sees every use under ${id} at once` : `the most under ${id} is ${most}`
  return [...counted, ...faultIf(days > most, ['shown_after_days'], shown)]
}

// Contents that LAI 68, third paragraph, requires beside parties, purposes, information and duration, which every file has.
const contents = ['transmission_method', 'security_measures_summary', 'periodicity'] as const

// The agreement is sent to the Commission d’accès à l’information, and is in force 30 days after its receipt there (LAI 68, 67.2.3).
function filingFaults(file: AgreementFile): Fault[] {
  const { legal_basis_id: id, status } = file
  const days = legalBasis(id)?.caiDelayDays ?? 0
  if (days === 0 || status === 'draft') return []
  const due = [
    ...contents,
    'pia_conclusion_date',
    ...(status === 'filed' ? ['cai_sent_on'] : ['cai_received_on', 'in_force_from']),
  ] as const
  const missing = due.flatMap((field) =>
    faultIf(
      !Object.hasOwn(file, field),
      [field],
      `${field} is missing: an agreement under ${id} that is ${status} must say it`,
    ),
  )
  return [...missing, ...delayFaults(file, days)]
}

function delayFaults(
  { status, cai_received_on: received, in_force_from: from }: AgreementFile,
  days: number,
): Fault[] {
  if (status === 'filed' || received === undefined || from === undefined) return []
  const first = dayAfter(received, `P${days}D`)
  return faultIf(
    from < first,
    ['in_force_from'],
    `the law puts ${days} days between the day on which the Commission d’accès à l’information received an agreement and its first day: in_force_from must be ${first} or later`,
  )
}

function renewalFaults(
  agreement: Agreement,
  { supersedes: ref }: AgreementFile,
  world: Shelves,
): Fault[] {
  if (ref === undefined) return []
  const path = ['supersedes']
  const before = world.agreement.find(ref)
  if (before === undefined) return unknownReference(world.agreement, ref, path)
  const { id, holder, recipient, status } = agreement
  const isOfSameParties = before.holder === holder && before.recipient === recipient
  const isOver = world.agreement.find(before.id)?.status === 'ended'
  return [
    ...faultIf(
      before.id === id,
      path,
      `${ref} is this agreement itself, and not one that it renews`,
    ),
    ...faultIf(!isOfSameParties, path, `${ref} is an agreement of other parties`),
    ...faultIf(
      before.id !== id && status === 'in_force' && !isOver,
      path,
      `${before.id} is not ended: two would be in force for one thing`,
    ),
  ]
}

/**
 * Agreements by law that no longer say what they said when they were applied: a category or a body that they name means something
 * else since. They permit nothing until a new version of them names it as it is now. Where a consent is needed, each person is asked
 * again instead. Pure.
 */
export function outdatedByLaw(world: Shelves): Agreement[] {
  return world.agreement.current
    .filter((item) => !requiresConsent(item))
    .filter((item) => isOutdatedSince(item, millisecondAfter(item.appliedAt), world))
}

/** Whether something that an agreement names means another thing than at an instant. Pure. */
export function isOutdatedSince(
  { holder, recipient, datasets }: Agreement,
  since: Date,
  { organisation, category }: Shelves,
): boolean {
  const named = [
    ...[holder, recipient].map((id) => organisation.versions(id)),
    ...datasets.flatMap(({ categories }) => categories).map((id) => category.versions(id)),
  ]
  return !named.every((versions) => meansTheSame(versions, since))
}

/** Versions that were applied together with an agreement are among those that the agreement names. */
export function millisecondAfter(appliedAt: Date): Date {
  return new Date(appliedAt.getTime() + 1)
}

const nextOf: Readonly<Record<Agreement['status'], readonly Agreement['status'][]>> = {
  draft: ['filed'],
  filed: ['in_force'],
  in_force: ['suspended', 'ended'],
  suspended: ['in_force', 'ended'],
  ended: [],
}

/** The faults of an agreement's change since its earlier version, on this day. Pure. @param before undefined: the agreement is new */
export function moveFaults(
  before: Agreement | undefined,
  agreement: Agreement,
  now: Date,
): Fault[] {
  const isTurned = before !== undefined && requiresConsent(before) !== requiresConsent(agreement)
  return [
    // Else the law would allow today what people refused yesterday.
    ...faultIf(
      isTurned,
      ['legal_basis_id'],
      'an agreement cannot turn from consent to law, or back: end it, and make another',
    ),
    ...statusFaults(before, agreement, now),
  ]
}

function statusFaults(
  before: Agreement | undefined,
  { status, from }: Agreement,
  now: Date,
): Fault[] {
  if (before?.status === status) return []
  const isNext = before === undefined || nextOf[before.status].includes(status)
  return [
    ...faultIf(
      !isNext,
      ['status'],
      `an agreement that is ${before?.status} cannot be ${status} next`,
    ),
    ...faultIf(
      status === 'in_force' && from > dayOf(now),
      ['status'],
      `it cannot be in_force before its first day, ${from}: until then it is filed`,
    ),
  ]
}
