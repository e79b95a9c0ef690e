import type { Fault } from './file-faults.ts'
import { faultIf } from './file-faults.ts'
import type { VersionMeaning, SaidMembers } from './meanings.ts'
import { keyOf } from './meanings.ts'
import type { ObjectVersion } from './objects.ts'

/** The faults of what a version declares of its wording, beside the version before. Pure. @param today the day on which it is applied */
export function wordingFaults<T extends ObjectVersion & VersionMeaning>(
  before: T | undefined,
  version: T,
  saidOf: (version: T) => SaidMembers,
  today: string,
): Fault[] {
  const { wordingChange, ref } = version
  if (wordingChange === undefined) return []
  const path = ['wording_change']
  const { approvedOn } = wordingChange
  if (before === undefined)
    return [{ path, message: `${ref} has no version before it, whose wording it could change` }]
  const [was, is] = [saidOf(before), saidOf(version)]
  const facts = Object.keys(was.facts).filter(
    (name) => was.facts[name] !== undefined && was.facts[name] !== is.facts[name],
  )
  return [
    ...faultIf(
      keyOf(was) === keyOf(is),
      path,
      `${ref} says the same as ${before.ref}: leave wording_change out`,
    ),
    ...faultIf(
      facts.length > 0,
      path,
      `another ${facts.join(' and ')} is more than another wording: leave wording_change out, and people are asked again`,
    ),
    ...faultIf(
      approvedOn > today,
      [...path, 'approved_on'],
      `${approvedOn} has not come yet: apply it when it was approved`,
    ),
  ]
}
