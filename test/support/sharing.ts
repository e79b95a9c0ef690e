import type { RegisterObject } from '../../src/registry/index.ts'
import { demoRegister } from './demo-register.ts'
import type { Broker, Person } from './broker.ts'
import {
  callbackOf,
  codeOf,
  creationPage,
  issuer,
  keepCodes,
  postAndFollow,
  startBroker,
} from './broker.ts'
import type { Authenticator } from './authenticator.ts'
import { makeAuthenticator } from './authenticator.ts'
import type { Answer, Browser, Site } from './browser.ts'
import { formOf, makeBrowser } from './browser.ts'
import type { FreshDatabase } from './database.ts'
import { newPerson } from './person.ts'
import type { Errand, Params, Service } from './service.ts'
import { json, makeService } from './service.ts'

export const api = 'https://agence-revenu.test/api'
export const detailType = `${issuer}/rar/communication/v1`

/** The two organisations' services, and where they find the broker. */
export type Parties = Site & { readonly aid: Service; readonly revenue: Service }

/** A broker with the demonstration's register, and its two organisations' services. */
export type Stage = Broker & Parties

export async function makeParties(site: Site): Promise<Parties> {
  return { ...site, aid: await aidService(site), revenue: await revenueService(site) }
}

type StageMore = {
  readonly env?: Readonly<Record<string, string>>
  readonly keys?: Parameters<typeof startBroker>[4]
}

/** A text without its plain lines: they say which limits its purpose has, and this test gives it others. */
export function withoutPlain(object: RegisterObject): RegisterObject {
  const kept = Object.entries(object.content).filter(([name]) => name !== 'plain')
  return { ...object, content: Object.fromEntries(kept) }
}

export async function startStage(
  change: (object: RegisterObject) => RegisterObject = (o) => o,
  database?: FreshDatabase,
  moreServices: (site: Site) => Promise<readonly Service[]> = () => Promise.resolve([]),
  more: StageMore = {},
): Promise<Stage> {
  const files = await demoRegister()
  const objects = files.objects
    .filter(({ kind }) => kind !== 'service')
    .map(atTestApi)
    .map(withProgramme)
    .map(change)
  const made: Service[] = []
  const broker = await startBroker(
    async (site) => {
      made.push(await aidService(site), await revenueService(site))
      return [...made, ...(await moreServices(site))]
    },
    objects,
    database,
    more.env,
    more.keys,
  )
  const [aid, revenue] = made
  if (aid === undefined || revenue === undefined) throw new Error('the services were not made')
  return { ...broker, aid, revenue }
}

function atTestApi(object: RegisterObject): RegisterObject {
  if (object.kind !== 'dataset') return object
  return { ...object, content: { ...object.content, resource_server: api } }
}

// A purpose without a programme may serve any, and beside a question for such a purpose no law may stand (docs/design/domain.md#i33).
function withProgramme(object: RegisterObject): RegisterObject {
  if (object.kind !== 'purpose' || 'programme' in object.content) return object
  return { ...object, content: { ...object.content, programme: `Demandes de ${object.id}` } }
}

// As in the demonstration: each service gets its own `sid` for a session, which no other service may learn.
const toldOfSignOut = {
  backchannel_logout_uri: 'https://service.test/logout',
  backchannel_logout_session_required: true,
}

function aidService(site: Site): Promise<Service> {
  return makeService(site, {
    clientId: 'aide-etudes',
    organisation: 'org_aide-etudes',
    more: {
      authorization_details_types: [detailType],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      ...toldOfSignOut,
    },
  })
}

function revenueService(site: Site): Promise<Service> {
  return makeService(site, {
    clientId: 'agence-revenu',
    organisation: 'org_agence-revenu',
    more: {
      resource_server: api,
      grant_types: ['authorization_code', 'client_credentials'],
      ...toldOfSignOut,
    },
  })
}

export type Json = Readonly<Record<string, unknown>>

/** What Student Aid asks for; `change` replaces members, undefined removes one. */
export function detail(change: Json = {}): Json {
  const whole: Json = {
    type: detailType,
    locations: [api],
    actions: ['disclose'],
    datatypes: ['cat_revenu-net', 'cat_situation-familiale'],
    optional_datatypes: ['cat_personnes-a-charge'],
    identifier: 'dst_avis-cotisation',
    agreement: 'agr_2026-001',
    purpose: 'pur_calcul-aide',
    recipient: 'org_aide-etudes',
    holder: 'org_agence-revenu',
    ...change,
  }
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined))
}

export function asking(change: Json = {}): Params {
  return { resource: api, authorization_details: JSON.stringify([detail(change)]) }
}

export type Asked = { readonly browser: Browser; readonly errand: Errand; readonly page: Answer }

/** Pushes a request for consent and goes where it leads: the consent page, also after an earlier no, or back at once. */
export async function ask(stage: Parties, browser: Browser, change: Json = {}): Promise<Asked> {
  const errand = await stage.aid.begin(asking(change))
  return { browser, errand, page: await pastReminder(browser, await browser.follow(errand.url)) }
}

/** Goes on from « Vous avez dit non » to the question; gives any other page unchanged. */
export async function pastReminder(browser: Browser, page: Answer): Promise<Answer> {
  if (!page.body.includes('/rappel/question"')) return page
  const path = `${new URL(page.url).pathname}/rappel/question`
  return postAndFollow(browser, path, formOf(page).fields)
}

export type Newcomer = Pick<Person, 'browser' | 'authenticator'>

/** A new person whom Student Aid asks for her consent. Her access was made before (`newPerson`). */
export async function askNewcomer(
  stage: Stage,
  change: Json = {},
): Promise<Asked & { readonly authenticator: Authenticator; readonly personId: string }> {
  const { browser, authenticator, personId } = await newPerson(stage)
  return { ...(await ask(stage, browser, change)), authenticator, personId }
}

/** The same of somebody new, who makes her access on the way: she proved who she is for this question. */
export async function askNewcomerByPages(
  stage: Parties,
  change: Json = {},
): Promise<Asked & { readonly authenticator: Authenticator }> {
  const browser = makeBrowser(stage)
  const authenticator = makeAuthenticator({ origin: issuer, counter: 0 })
  const errand = await stage.aid.begin(asking(change))
  const creation = await creationPage(browser, errand.url)
  const { action, fields, options } = formOf(creation)
  const made = await browser.post(action, { ...fields, credential: authenticator.create(options) })
  const page = await keepCodes(browser, made)
  return { browser, authenticator, errand, page }
}

/** Answers the consent page, and goes on to the service. */
export async function answer(
  { browser, page }: Asked,
  deed: 'autorisation' | 'refus',
  optional: readonly string[] = [],
): Promise<URL> {
  const answered = await press({ browser, page }, deed, optional)
  const { action, fields } = formOf(answered)
  return callbackOf(await postAndFollow(browser, action, fields))
}

/** Presses one of the two buttons. @returns the page after it */
export async function press(
  { browser, page }: Pick<Asked, 'browser' | 'page'>,
  deed: 'autorisation' | 'refus',
  optional: readonly string[] = [],
): Promise<Answer> {
  const { fields } = formOf(page)
  const body = new URLSearchParams({ ...fields })
  for (const category of optional) body.append('optional', category)
  return browser
    .post(`${new URL(page.url).pathname}/${deed}`, body.toString())
    .then((sent) => (sent.location === undefined ? sent : browser.follow(sent.location)))
}

/** From « Votre question vous attend » back to the service. @param sent the answer to « Décider plus tard » */
export async function leave(browser: Browser, sent: Answer): Promise<Answer> {
  const { action, fields } = formOf(await browser.follow(sent.location ?? ''))
  return postAndFollow(browser, action, fields)
}

export type Shared = Asked & {
  readonly tokens: Json
  readonly accessToken: string
  readonly consentId: string
  readonly detail: Json
  /** The person's identifier at the holder. */
  readonly sub: string
}

/** A newcomer who allows the sharing, and the tokens that Student Aid gets for it. */
export async function shareAsNewcomer(
  stage: Stage,
  change: Json = {},
  optional: readonly string[] = [],
): Promise<Shared & { readonly authenticator: Authenticator }> {
  const asked = await askNewcomer(stage, change)
  return { ...(await share(stage, asked, optional)), authenticator: asked.authenticator }
}

export async function share(
  stage: Parties,
  asked: Asked,
  optional: readonly string[] = [],
): Promise<Shared> {
  const callback = await answer(asked, 'autorisation', optional)
  return redeem(stage, asked, callback)
}

export async function redeem(stage: Parties, asked: Asked, callback: URL): Promise<Shared> {
  const redeemed = await stage.aid.redeem(codeOf(callback), asked.errand)
  const tokens = json(redeemed)
  const [granted] = (tokens['authorization_details'] ?? []) as Json[]
  if (granted === undefined) throw new Error(`nothing granted: ${redeemed.status} ${redeemed.body}`)
  const accessToken = String(tokens['access_token'])
  const seen = json(await stage.revenue.introspect(accessToken))
  return {
    ...asked,
    tokens,
    accessToken,
    consentId: String(granted['consent_id']),
    detail: granted,
    sub: String(seen['sub']),
  }
}

/** Stops a sharing on its page, as the person does. @returns the page after it */
export async function stop(browser: Browser, consentId: string): Promise<Answer> {
  const page = await browser.get(`/mes-partages/${consentId}/arret`)
  const { action, fields } = formOf(page)
  return postAndFollow(browser, action, fields)
}

export async function holderToken(stage: Parties, scope: 'decide' | 'report'): Promise<string> {
  const resource = `${issuer}/${scope === 'decide' ? 'access' : 'disclosures'}`
  const answered = await stage.revenue.clientCredentials(resource, scope)
  const token = json(answered)['access_token']
  if (typeof token !== 'string') throw new Error(`no token: ${answered.status} ${answered.body}`)
  return token
}

/** An evaluation request as the holder makes it. */
export function evaluation(sub: string, change: Evaluating = {}): Json {
  return {
    subject: { type: 'organization', id: change.recipient ?? 'org_aide-etudes' },
    action: { name: 'disclose', properties: { purpose: change.purpose ?? 'pur_calcul-aide@1' } },
    resource: {
      type: 'dataset',
      id: change.dataset ?? 'dst_avis-cotisation@1',
      properties: {
        categories: change.categories ?? ['cat_revenu-net'],
        data_subject: { format: 'iss_sub', iss: issuer, sub },
        ...(change.period === undefined ? {} : { period: change.period }),
      },
    },
    context: {
      request_id: change.requestId ?? crypto.randomUUID(),
      ...(change.agreement === undefined ? {} : { agreement: change.agreement }),
      ...(change.lawCase ? { case: change.lawCase } : {}),
    },
  }
}

type Evaluating = {
  readonly recipient?: string
  readonly purpose?: string
  readonly dataset?: string
  readonly categories?: readonly string[]
  readonly period?: Json
  readonly requestId?: string
  readonly agreement?: string
  readonly lawCase?: Json | undefined
}

export type Decision = { readonly decision: boolean; readonly context: Json }

export async function decide(
  stage: Parties,
  token: string,
  request: Json,
  port?: number,
): Promise<Decision> {
  const answered = await stage.revenue.api(
    '/access/v1/evaluation',
    token,
    request,
    port === undefined ? {} : { port },
  )
  if (answered.status !== 200) throw new Error(`${answered.status} ${answered.body}`)
  return json(answered) as unknown as Decision
}

export function reportOf(decision: Decision, change: Json = {}): Json {
  return {
    decision_token: decision.context['decision_token'],
    status: 'recorded',
    occurred_at: new Date().toISOString(),
    categories: decision.context['permitted_categories'],
    record_count: 1,
    result: 'found',
    ...change,
  }
}
