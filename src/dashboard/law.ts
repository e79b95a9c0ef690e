import { agreementObstacle } from '../consent/index.ts'
import { Refusal } from '../foundation/refusal.ts'
import type { Agreement, Purpose } from '../registry/index.ts'
import { articleOf, legalBasis } from '../registry/index.ts'
import type { ByLaw } from '../reports/index.ts'
import { decisionsOf, permittedByLaw } from '../reports/index.ts'
import { eventOf, followedOf, shownEvents } from './aftermath.ts'
import type { LawPage, LawSharing } from './pages.ts'
import type { Reading } from './reading.ts'
import { nameOf } from './reading.ts'

/** An agreement and a purpose, with the versions under which something was permitted. */
type Group = {
  readonly agreement: Agreement
  readonly purpose: Purpose
  readonly rows: readonly ByLaw[]
}

/** What was permitted by law, for « Mes partages »: the latest first. */
export async function lawSharings(reading: Reading): Promise<LawSharing[]> {
  return (await groupsOf(reading)).map((group) => lawSharing(group, reading))
}

/** @throws Refusal sharing.not-found where nothing was permitted so about this person */
export async function lawPage(
  reading: Reading,
  ids: { readonly agreement: string; readonly purpose: string },
  before: Date | undefined,
): Promise<LawPage> {
  const groups = await groupsOf(reading)
  const group = groups.find(
    ({ agreement, purpose }) => agreement.id === ids.agreement && purpose.id === ids.purpose,
  )
  if (group === undefined) throw new Refusal('sharing.not-found', 404)
  const sharing = lawSharing(group, reading)
  const agreements = group.rows.map(({ agreement }) => agreement)
  const purposes = group.rows.map(({ purpose }) => purpose)
  const found = await decisionsOf(reading.db, reading.personId, {
    consentId: undefined,
    byLaw: { agreements, purposes },
    before,
    limit: shownEvents + 1,
  })
  const shown = found.slice(0, shownEvents)
  const followed = await followedOf(reading, shown)
  const oldest = shown.at(-1)?.evaluatedAt.toISOString()
  return {
    sharing,
    events: shown.map((decision) => eventOf(decision, reading, followed)),
    olderHref: found.length > shown.length ? `${sharing.href}?avant=${oldest}` : undefined,
  }
}

// The register keeps every version: what is unknown to it was never permitted.
async function groupsOf({ db, personId, register }: Reading): Promise<Group[]> {
  const rows = await permittedByLaw(db, personId)
  const groups = Map.groupBy(rows, (row) => {
    const agreement = register.agreementByNo(row.agreement)
    return `${agreement?.id} ${register.purposeByNo(row.purpose)?.id}`
  })
  return [...groups.values()].flatMap((of) => {
    const [latest] = of
    const agreement = register.agreementByNo(latest?.agreement ?? 0)
    const purpose = register.purposeByNo(latest?.purpose ?? 0)
    return agreement === undefined || purpose === undefined
      ? []
      : [{ agreement, purpose, rows: of }]
  })
}

function lawSharing({ agreement, purpose, rows }: Group, reading: Reading): LawSharing {
  const { register, language, now } = reading
  const [latest] = rows
  if (latest === undefined) throw new Error('a group of nothing')
  const basis = legalBasis(agreement.legalBasis)
  const dataset = register.datasetByNo(latest.dataset)
  const agreed = agreement.datasets.find((item) => item.dataset === dataset?.ref)
  const current = register.agreement(agreement.id)
  return {
    recipient: nameOf(latest.recipient, register, language),
    holder: nameOf(latest.holder, register, language),
    purpose: purpose.label[language],
    statement: purpose.plainStatement[language],
    topic: purpose.topic ?? 'other',
    what: (agreed?.categories ?? []).map((id) => register.category(id)?.label[language] ?? id),
    article: basis === undefined ? agreement.legalBasis : articleOf(basis)[language],
    why: basis?.plainExplanation[language] ?? '',
    agreement: agreement.ref,
    isInForce:
      current !== undefined && agreementObstacle(current, purpose, register, now) === undefined,
    lastAt: latest.lastAt,
    href: `${language === 'en' ? '/en' : ''}/mes-partages/loi/${agreement.id}/${purpose.id}`,
  }
}
