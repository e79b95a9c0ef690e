import type { Database } from '../../base/database/database.ts'
import { idAtTime } from '../../base/values/ids.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import type { Register } from '../../registry/index.ts'
import { bodyNo } from '../../registry/index.ts'
import type { PermitOfBody } from '../disclosures/index.ts'
import { permitsOfParty, permitsShownLater } from '../disclosures/index.ts'
import { connectionsOfServices } from '../record/index.ts'

// Whom something of the register touched between two instants: whoever something was permitted about, and whoever used a service.

const pageSize = 500
const mostSendings = 100_000
const mostPeople = 50_000
// A million permits of one body, of which an agreement may have few.
const maxPages = 2000

export type BreachObject = {
  readonly kind: 'organisation' | 'service' | 'agreement'
  /** The one body whose identifiers name people on the list. */
  readonly organisation: string
  readonly services: readonly string[]
  /** The numbers of all versions of an agreement; undefined: of any. */
  readonly agreements: ReadonlySet<number> | undefined
}
export type FindingSpan = { readonly since: Date; readonly until: Date; readonly now: Date }
type PersonFound = {
  readonly permits: PermitOfBody[]
  readonly services: {
    readonly service: string
    readonly first_used_at: string
    readonly last_used_at: string
  }[]
}
export type PeopleFound = {
  readonly people: ReadonlyMap<string, PersonFound>
  /** How many sendings the law shows to their people later: the list would tell them now. */
  readonly later: number
}

/** @throws OperatorError where the register has none */
export function touchedObject(
  register: Register,
  kind: BreachObject['kind'],
  id: string,
): BreachObject {
  const has = register.versions.some((one) => one.kind === kind && one.id === id)
  if (!has) throw new OperatorError(`The register has no ${kind} ${id}.`)
  if (kind === 'agreement') {
    const versions = register.agreements.filter((one) => one.id === id)
    const recipient = versions.at(-1)?.recipient ?? ''
    const agreements = new Set(versions.map(({ no }) => no))
    return { kind, organisation: recipient, services: [], agreements }
  }
  const none = { kind, agreements: undefined }
  if (kind === 'service')
    return { ...none, organisation: register.anyService(id)?.orgId ?? '', services: [id] }
  const services = register.versions.filter((one) => one.kind === 'service').map((one) => one.id)
  const own = new Set(services.filter((one) => register.anyService(one)?.orgId === id))
  return { ...none, organisation: id, services: [...own] }
}

/** @throws OperatorError where there are more than a list takes */
export async function findTouched(
  db: Database,
  register: Register,
  object: BreachObject,
  span: FindingSpan,
): Promise<PeopleFound> {
  const people = new Map<string, PersonFound>()
  const personOf = (id: string) => {
    const known = people.get(id) ?? { permits: [], services: [] }
    people.set(id, known)
    if (people.size > mostPeople) throw tooMany(mostPeople, 'people')
    return known
  }
  const { permits, later } = await permitsIn(db, register, object, span)
  for (const permit of permits) personOf(permit.personId).permits.push(permit)
  for (const row of await connectionsOfServices(db, object.services, span, mostPeople + 1))
    personOf(row.personId).services.push({
      service: row.serviceId,
      first_used_at: row.firstUsedAt.toISOString(),
      last_used_at: row.lastUsedAt.toISOString(),
    })
  return { people, later }
}

async function permitsIn(
  db: Database,
  register: Register,
  { kind, organisation, agreements }: BreachObject,
  { since, until, now }: FindingSpan,
) {
  const permits: PermitOfBody[] = []
  let [after, later] = [idAtTime(since), 0]
  if (kind === 'service') return { permits, later }
  const party = bodyNo(register, organisation)
  for (let pages = 0; pages < maxPages; pages++) {
    const page = await permitsOfParty(db, party, { after, until: idAtTime(until) }, pageSize)
    const own = page.filter((one) => agreements === undefined || agreements.has(one.agreement))
    const hidden = await permitsShownLater(
      db,
      own.map(({ decisionId }) => decisionId),
      now,
    )
    later += hidden.size
    permits.push(...own.filter(({ decisionId }) => !hidden.has(decisionId)))
    if (permits.length > mostSendings) throw tooMany(mostSendings, 'sendings')
    const last = page.at(-1)
    if (page.length < pageSize || last === undefined) return { permits, later }
    after = last.decisionId
  }
  throw tooMany(pageSize * maxPages, 'permits')
}

function tooMany(most: number, what: string): OperatorError {
  return new OperatorError(`There are more than ${most} ${what}: ask for fewer days.`)
}
