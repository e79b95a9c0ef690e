import { dayBefore, dayOf, endOfDay, startOfDay } from '../../base/values/calendar.ts'
import { lookOf } from './confusables.ts'
import type { Fault } from './file-faults.ts'
import { requiresConsent } from './legal-bases.ts'
import type { Agreement, Purpose } from './objects.ts'
import { idOf } from './file-fields.ts'
import type { Shelves } from './object-index.ts'

// A consent is not free where the law would allow the same after a refusal (docs/design/domain.md#i33). The same is the same recipient,
// dataset, category and programme: another name of the purpose is no other thing.

/** For so long after people could answer, no law takes the place of their answers. */
const afterwards = 'P12M'

/** Whether two purposes serve one programme. A purpose that names none may serve any. Pure. */
export function isOfOneProgramme(
  { programme: one }: Pick<Purpose, 'programme'>,
  { programme: other }: Pick<Purpose, 'programme'>,
): boolean {
  return one === undefined || other === undefined || lookOf(one) === lookOf(other)
}

/** The faults of an agreement beside those in force now. Pure. */
export function fakeChoices(agreement: Agreement, world: Shelves): Fault[] {
  return world.agreement.current
    .filter((other) => other.status === 'in_force' && agreement.status === 'in_force')
    .filter((other) => requiresConsent(other) !== requiresConsent(agreement))
    .filter((other) => isSame(other, agreement, world))
    .map(({ ref }) => ({
      path: ['legal_basis_id'],
      message: `${ref} allows the same on another legal basis: a refusal would change nothing`,
    }))
}

/** The faults of an agreement by law that is to be in force, beside what people were asked for in the last months. Pure. */
export function pastChoices(agreement: Agreement, world: Shelves, now: Date): Fault[] {
  if (requiresConsent(agreement) || agreement.status !== 'in_force') return []
  const since = startOfDay(dayBefore(dayOf(now), afterwards))
  const asked = world.agreement.current
    .filter((other) => other.status !== 'in_force')
    .flatMap(({ id }) => inForceSince(world.agreement.versions(id), since))
    .filter((other) => requiresConsent(other) && isSame(other, agreement, world))
  return [...new Set(asked.map(({ id }) => id))].map((id) => ({
    path: ['legal_basis_id'],
    message: `people were asked for the same under ${id} within twelve months: a law may not take the place of their answers yet`,
  }))
}

/** Agreements under which people were ever asked for some of the same, for another programme. Pure. */
export function otherProgrammes(agreement: Agreement, world: Shelves): Agreement[] {
  if (requiresConsent(agreement) || agreement.status !== 'in_force') return []
  return world.agreement.all.filter(
    (other) =>
      requiresConsent(other) &&
      isToOneRecipient(other, agreement) &&
      !isSame(other, agreement, world),
  )
}

function isSame(one: Agreement, other: Agreement, world: Shelves): boolean {
  const [purposes, others] = [one, other].map((agreement) => purposesOf(agreement, world))
  const shared = purposes?.some((purpose) =>
    others?.some((that) => isOfOneProgramme(purpose, that)),
  )
  return isToOneRecipient(one, other) && shared === true
}

function isToOneRecipient(one: Agreement, other: Agreement): boolean {
  return one.recipient === other.recipient && meet(dataOf(one), dataOf(other))
}

function purposesOf({ purposes }: Agreement, { purpose }: Shelves): Purpose[] {
  return purposes.flatMap((ref) => purpose.find(ref) ?? [])
}

// A version is in force until the next one is applied, and until its last day.
function inForceSince(versions: readonly Agreement[], since: Date): Agreement[] {
  return versions.filter(({ status, until }, i) => {
    const replacedAt = versions[i + 1]?.appliedAt
    const isOver = until !== undefined && endOfDay(until) <= since
    return status === 'in_force' && !isOver && (replacedAt === undefined || replacedAt > since)
  })
}

/** Each category with its dataset, whatever its version. */
export function dataOf({ datasets }: Pick<Agreement, 'datasets'>): string[] {
  return datasets.flatMap(({ dataset, categories }) =>
    categories.map((category) => `${idOf(dataset)} ${category}`),
  )
}

function meet(some: readonly string[], others: readonly string[]): boolean {
  return some.some((item) => others.includes(item))
}
