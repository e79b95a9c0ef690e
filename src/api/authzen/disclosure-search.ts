import { z } from 'zod'
import type { DecisionContext } from '../../consent/decisions/index.ts'
import type { Caller } from '../../base/web/caller.ts'
import { present } from '../../base/values/present.ts'
import type { FoundEntity } from './page.ts'
import type { SearchRole, PermissibleSharing, SharingsSought } from './permitted-sharings.ts'
import { permittedSharings } from './permitted-sharings.ts'
import type { DecisionPoint } from './point.ts'
import { entityName, parse, period, person, text } from './requests.ts'

// The three searches of AuthZEN 1.0 over disclosures: their questions, and their results as entities.

const inResource = z.object({
  data_subject: person,
  categories: z.array(text(64)).min(1).max(50).optional(),
  period: period.optional(),
})
const inAction = z.object({ purpose: entityName.optional() })
const inContext = z.object({ agreement: entityName.optional() })

/** Members of a search beyond the standard's; only the person is required. */
export const disclosureSearchRequest = z.object({
  action: z.object({ properties: inAction.optional() }).optional(),
  resource: z.object({ properties: inResource }),
  context: inContext.optional(),
})

/**
 * Finds disclosures about a person that would be permitted at this moment. A holder searches its own datasets; a recipient searches
 * disclosures to itself, by its own identifier of the person. Any other search finds nothing, as if there were nothing. A search
 * records nothing and counts no use.
 */
export function disclosureSearch(
  issuer: string,
  context: DecisionContext,
): DecisionPoint<Caller, unknown>['search'] {
  async function find(
    caller: Caller,
    role: SearchRole,
    request: Request,
  ): Promise<PermissibleSharing[]> {
    const { subject, action, resource } = request
    const isOurs =
      subject.type === 'organization' &&
      resource.type === 'dataset' &&
      (action === undefined || action.name === 'disclose')
    return isOurs ? permittedSharings(context, caller, role, soughtIn(request, issuer)) : []
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
      // One purpose may be found twice: by consent and by law.
      return found.map(({ purpose, agreement, terms }) => ({
        key: `${purpose} ${agreement}`,
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

function soughtIn(request: Request, issuer: string): SharingsSought {
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
  found: readonly PermissibleSharing[],
  entityOf: (sharing: PermissibleSharing) => { readonly type: string; readonly id: string },
): FoundEntity[] {
  const groups = Map.groupBy(found, (sharing) => entityOf(sharing).id)
  return [...groups].map(([key, sharings]) => {
    const named = entityOf(present(sharings[0], 'the first of a group'))
    const permitted = sharings.map(({ purpose, terms }) => ({ purpose, ...terms }))
    return { key, entity: { ...named, properties: { permitted } } }
  })
}
