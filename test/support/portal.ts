import type { Browser, Site } from './browser.ts'
import { callbackOf, codeOf, issuer } from './broker.ts'
import type { Params, Service } from './service.ts'
import { json, makeService } from './service.ts'
import type { Stage } from './sharing.ts'
import { detailType, startStage } from './sharing.ts'
import type { FreshDatabase } from './database.ts'

/** A stage with services that act for people at `/me`: two first-party services, and one that only looks like it. */
export type PortalStage = Stage & {
  readonly portal: Service
  /** First party too, of another organisation. */
  readonly counter: Service
  /** First party by its file, and without a key of its own. */
  readonly phone: Service
  /** First party, and a recipient too. */
  readonly desk: Service
}

export const meResource = `${issuer}/me`

export async function startPortalStage(
  database?: FreshDatabase,
  change?: Parameters<typeof startStage>[0],
  more?: Parameters<typeof startStage>[3],
): Promise<PortalStage> {
  const made: Service[] = []
  const addServices = async (site: Site) => {
    made.push(await makePortal(site, 'portail', 'org_portail', { more: { matching } }))
    made.push(await makePortal(site, 'comptoir', 'org_comptoir'))
    made.push(await makePortal(site, 'telephone', 'org_portail', { isPublic: true }))
    const types = { authorization_details_types: [detailType] }
    made.push(await makePortal(site, 'guichet', 'org_aide-etudes', { more: types }))
    return made
  }
  const stage = await startStage(change, database, addServices, more)
  const [portal, counter, phone, desk] = made
  if (!portal || !counter || !phone || !desk) throw new Error('the services were not made')
  return { ...stage, portal, counter, phone, desk }
}

const matching = { purpose: { fr: 'Trouver votre dossier', en: 'Find your file' } }

type Kind = { readonly isPublic?: boolean; readonly more?: Readonly<Record<string, unknown>> }

function makePortal(site: Site, clientId: string, organisation: string, kind: Kind = {}) {
  const { isPublic = false } = kind
  const more = { first_party: true, grant_types: ['authorization_code'], ...kind.more }
  return makeService(site, { clientId, organisation, isPublic, more })
}

export const forMe: Params = { resource: meResource, scope: 'openid me' }

/** The tokens that a service gets for the person who is signed in in this browser. */
export async function tokensFor(
  service: Service,
  browser: Browser,
  params: Params = forMe,
): Promise<Readonly<Record<string, unknown>>> {
  const errand = await service.begin(params)
  const callback = callbackOf(await browser.follow(errand.url))
  return json(await service.redeem(codeOf(callback), errand))
}

export async function tokenFor(
  service: Service,
  browser: Browser,
  params: Params = forMe,
): Promise<string> {
  const { access_token: token, ...rest } = await tokensFor(service, browser, params)
  if (typeof token !== 'string') throw new Error(`no token: ${JSON.stringify(rest)}`)
  return token
}
