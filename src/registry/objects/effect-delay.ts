import { secondsAfter } from '../../base/values/clock.ts'
import { isOutdatedSince, millisecondAfter } from './agreements.ts'
import { settingsId } from './file-fields.ts'
import { legalBasis } from './legal-bases.ts'
import type { Agreement } from './objects.ts'
import type { Shelves } from './object-index.ts'

// An agreement under a basis that fits everybody could be written, applied and used in one evening. So what is new in it is public for
// some time first: the register is read by others than its operator.

const leastCoolingDays = 1
const daySeconds = 24 * 3600

/**
 * When agreements take effect, by their ids: the cooling time counts from the first version since which an agreement allows no more than
 * today. An agreement that is not there may permit at once. The first register, which nobody had used yet, is exempt. Pure.
 */
export function effectTimes(world: Shelves): ReadonlyMap<string, Date> {
  const first = firstApplied(world)
  const cooling = world.agreement.current
    .filter((agreement) => legalBasis(agreement.legalBasis)?.cools === true)
    .map((agreement) => ({ id: agreement.id, since: publicSince(agreement, world) }))
    .filter(({ since }) => since.getTime() !== first)
  return new Map(
    cooling.map(({ id, since }) => [id, secondsAfter(since, coolingDays(world) * daySeconds)]),
  )
}

function coolingDays({ setting }: Shelves): number {
  return setting.find(settingsId)?.coolingDays ?? leastCoolingDays
}

function publicSince(agreement: Agreement, world: Shelves): Date {
  const versions = world.agreement.versions(agreement.id).toReversed()
  const other = versions.findIndex(
    (version) =>
      !allowsNoMore(agreement, version) ||
      isOutdatedSince(version, millisecondAfter(version.appliedAt), world),
  )
  const [first = agreement] = versions.slice(0, other === -1 ? undefined : other).slice(-1)
  return first.appliedAt
}

// A suspension, its end, or another word of the file is nothing new. New is what reaches further: other bodies, information, purposes,
// another law, a longer time, a later day on which the person sees it.
function allowsNoMore(agreement: Agreement, before: Agreement): boolean {
  const { until = '9999' } = agreement
  return (
    agreement.legalBasis === before.legalBasis &&
    JSON.stringify(agreement.law) === JSON.stringify(before.law) &&
    agreement.holder === before.holder &&
    agreement.recipient === before.recipient &&
    agreement.purposes.every((purpose) => before.purposes.includes(purpose)) &&
    agreement.datasets.every(({ dataset, categories }) => {
      const agreed = before.datasets.find((item) => item.dataset === dataset)?.categories ?? []
      return categories.every((category) => agreed.includes(category))
    }) &&
    agreement.shownAfterDays <= before.shownAfterDays &&
    agreement.from >= before.from &&
    until <= (before.until ?? '9999')
  )
}

function firstApplied(world: Shelves): number {
  const times = Object.values(world).flatMap(({ all }) =>
    all.map(({ appliedAt }) => appliedAt.getTime()),
  )
  return times.reduce((least, time) => Math.min(least, time), Infinity)
}
