import { activityKinds } from '../../people/accounts/index.ts'
import { categoriesIn } from '../../consent/record/index.ts'
import { readBase32, readId, shortLength } from '../../base/values/ids.ts'
import { plain } from '../../base/web/lists.ts'
import { saidParties } from '../../registry/index.ts'
import type { ActivityReading } from './activity-reading.ts'
import { nameOf } from './activity-reading.ts'
import type { LineSubject, SearchMeaning } from './rows.ts'

/** A longer word is cut: no name is longer. */
export const maxWord = 60

const lineKinds = [
  'consent.granted',
  'consent.changed',
  'consent.refused',
  'consent.confirmed',
  'consent.suspended',
  'consent.resumed',
  'consent.revoked',
  'consent.expired',
  'consent.voided',
  'notice.shown',
  'refused',
]

/** What a word that she typed stands for, among the bodies, services and categories of her lines; or the number of one line. */
export function meaningOfWord(
  typed: string,
  about: readonly LineSubject[],
  reading: ActivityReading,
): SearchMeaning {
  const { register, language, t } = reading
  const has = (name: string | undefined) => name !== undefined && plain(name).includes(plain(typed))
  const hasBody = (id: string | undefined) => id !== undefined && has(nameOf(reading, id))
  const hasService = (id: string | null) => {
    const service = register.anyService(id ?? '')
    return has(service?.name[language]) || has(service?.organisationName[language])
  }
  const hasAgreed = (no: number | null) => {
    const agreed = register.agreementByNo(no ?? 0)
    return hasBody(agreed?.holder) || hasBody(agreed?.recipient)
  }
  const bits = about.flatMap(({ dataset, categories }) => {
    const found = register.datasetByNo(dataset ?? 0)
    if (found === undefined) return []
    return categoriesIn(found, categories)
      .filter((id) => has(nameOf(reading, id)))
      .map((id) => ({ dataset: found.no, mask: 1n << BigInt(found.categories.indexOf(id)) }))
  })
  const kinds = [
    ...activityKinds.filter((kind) => has(t(`my-activity.kind.${kind}`))),
    ...lineKinds.filter((kind) =>
      has(t(`my-activity.line.${kind}`, saidParties('', '', language))),
    ),
  ]
  const roots = about.flatMap(({ holder, recipient }) => [holder ?? [], recipient ?? []].flat())
  return {
    roots: once(roots).filter((root) => hasBody(register.organisationByRoot(root)?.id)),
    services: once(about.flatMap(({ serviceId }) => serviceId ?? [])).filter(hasService),
    agreements: once(about.flatMap(({ agreement }) => agreement ?? [])).filter(hasAgreed),
    kinds,
    datasets: bits.map(({ dataset }) => dataset),
    masks: bits.map(({ mask }) => mask),
    ending: endingOf(typed),
  }
}

function once<T>(items: readonly T[]): T[] {
  return [...new Set(items)]
}

// Eight characters of base32 are ten hexadecimal digits. One number in twenty has letters alone, as a word has.
function endingOf(typed: string): string | undefined {
  const code = readBase32(typed).slice(-shortLength)
  const uuid = readId('act', `act_${code.padStart(26, '0')}`)
  return code.length === shortLength ? uuid?.slice(-10) : undefined
}
