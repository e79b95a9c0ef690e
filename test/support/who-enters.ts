import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { transact } from '../../src/base/database/database.ts'
import { readConfig } from '../../src/base/settings/config.ts'
import type { Endpoint } from '../../src/base/web/endpoints.ts'
import { endpointIn } from '../../src/base/web/endpoints.ts'
import { buildApp } from '../../src/house/app.ts'
import { endOffice } from '../../src/people/mandates/index.ts'
import type { DeskRole } from '../../src/people/offices/index.ts'
import { roleNames } from '../../src/people/offices/index.ts'
import type { SigninProof } from '../../src/signin/journey/assurance.ts'
import type { RegisterObject } from '../../src/registry/index.ts'
import { issuer, ownEnv } from './broker.ts'
import type { Answer, Browser } from './browser.ts'
import { formsOf, makeBrowser } from './browser.ts'
import { enterByCard, giveCard } from './cards.ts'
import type { Fido } from './fido.ts'
import { makeFido } from './fido.ts'
import type { Officer } from './officers.ts'
import { atDesk, deskHours, deskSignIn, newOfficer, useDeskKey, vaultOf } from './officers.ts'
import { signedInAgain } from './person.ts'
import type { Sharer } from './sharing-load.ts'
import { newSharer, openLoad } from './sharing-load.ts'
import type { Stage } from './sharing.ts'
import { ask, startStage } from './sharing.ts'

// Who finds what at each endpoint of the house: everybody who may come, with the cookies of a real sign-in, and what each is answered.

/** Somebody who may come, and the process that she comes to. */
export type Visitor = { readonly browser: Browser; readonly port: number }

/** An officer with whom a test may also look into the database. */
export type DeskVisitor = Visitor & Officer

export type Comers = {
  readonly stage: Stage
  readonly endpoints: readonly Endpoint[]
  readonly sharer: Sharer
  /** Another person, with whom the officer at the counter sees. */
  readonly helped: Sharer
  readonly visitors: Readonly<Record<string, Visitor>>
  /** In every office at once. */
  readonly everyOffice: DeskVisitor
  /** A path with ids of things that exist: of this sharing. */
  pathOf(endpoint: Endpoint, consentId?: string): string
  stop(): Promise<void>
}

const deskBody = 'org_aide-etudes'
export const levelProofs = {
  'aal:1': 'recovery-code',
  'aal:2': 'passkey',
  'aal:3': 'attested-passkey',
} as const satisfies Readonly<Record<string, SigninProof>>

function withDesk(object: RegisterObject): RegisterObject {
  if (object.id !== deskBody) return object
  return { ...object, content: { ...object.content, desk: { hours: deskHours } } }
}

/** A house with a desk and one at a public terminal, over one database, and everybody who may come. */
export async function openComers(): Promise<Comers> {
  const fido = await makeFido()
  const stage = await startStage(withDesk, undefined, undefined, {
    env: fido.env,
    keys: { signals: true },
  })
  const usual = await openApp(stage, { ...fido.env, AUTHZEN_CONFORMANCE: '1' })
  const kiosk = await openApp(stage, { ...fido.env, KIOSK: '1' })
  const load = await openLoad(stage)
  const sharer = await newSharer(load, { optional_datatypes: undefined })
  const helped = await newSharer(load)
  await load.close()
  const known = new Set(usual.endpoints.map(({ path }) => path))
  const onlyThere = kiosk.endpoints.filter(({ path }) => !known.has(path))
  const everyOffice = await atHisDesk(stage, usual.port, fido, roleNames)
  const people = await comePeople(stage, sharer, usual.port)
  const officers = await comeOfficers(stage, usual.port, fido)
  const man = await openHelp(helped.browser, officers['counter'])
  const card = await comeByCard(stage, sharer, kiosk.port)
  const ids = await idsOf(stage, sharer, people)
  return {
    stage,
    sharer,
    helped,
    endpoints: [...usual.endpoints, ...onlyThere],
    everyOffice,
    visitors: {
      ...people,
      helped: { browser: helped.browser, port: usual.port },
      card,
      ...officers,
    },
    pathOf: ({ path }, consent = ids.consent) => filled(path, { ...ids, consent, man }),
    async stop() {
      await usual.close()
      await kiosk.close()
      await stage.stop()
      fido.stop()
    },
  }
}

async function openApp({ databaseUrl, keysDir }: Stage, more: Readonly<Record<string, string>>) {
  const env = { ...ownEnv, ISSUER: issuer, DATABASE_URL: databaseUrl, KEYS_DIR: keysDir }
  const app = await buildApp(readConfig({ ...env, LOG_LEVEL: 'silent', ...more }), databaseUrl)
  app.server.listen(0, 'localhost')
  await once(app.server, 'listening')
  const { port } = app.server.address() as AddressInfo // always so for a TCP listener
  return {
    port,
    endpoints: app.endpoints,
    async close() {
      app.server.close()
      app.server.closeAllConnections()
      await app.close()
    },
  }
}

/** Nobody, and the person of a sharing at each level. */
async function comePeople(stage: Stage, { personId }: Sharer, port: number) {
  const key = { personId, passkeyId: await keyOf(stage, personId) }
  const nobody: Visitor = { browser: makeBrowser(stage), port }
  const found: Record<string, Visitor> = { nobody }
  for (const [level, proof] of Object.entries(levelProofs))
    found[level] = { browser: await signedInAgain(stage, key, proof), port }
  return { ...found, nobody, 'aal:2': found['aal:2'] ?? nobody }
}

async function keyOf({ db }: Stage, personId: string): Promise<string> {
  const row = await db('passkeys').select('passkeyId').where({ personId }).first()
  return row?.passkeyId ?? ''
}

async function atHisDesk(
  stage: Stage,
  port: number,
  fido: Fido,
  roles: readonly DeskRole[],
): Promise<DeskVisitor> {
  const officer = await newOfficer(stage, { fido, roles, body: deskBody })
  return { ...officer, browser: await atDesk(stage, officer), port }
}

/** Each role, somebody whose office was ended behind a session that is open, and somebody who never had one. */
async function comeOfficers(stage: Stage, port: number, fido: Fido) {
  const found: Record<string, Visitor> = {}
  const refused = await newOfficer(stage, { fido, roles: [], body: deskBody })
  const browser = makeBrowser(stage)
  await useDeskKey(browser, await deskSignIn(browser), refused.key)
  found['no office'] = { browser, port }
  // The session of a person, made for a work access by somebody who can.
  const { officerId: personId, passkeyId } = refused
  const planted = await signedInAgain(stage, { personId, passkeyId }, 'attested-passkey')
  found['work as person'] = { browser: planted, port }
  for (const role of roleNames) found[role] = await atHisDesk(stage, port, fido, [role])
  const ended = await atHisDesk(stage, port, fido, ['counter'])
  const vault = await vaultOf(stage)
  const [mandateId = ''] = ended.offices
  const ending = { officerId: ended.officerId, mandateId }
  await transact(stage.db, (tx) => endOffice(tx, vault, ending, 'body', { type: 'broker' }))
  found['ended office'] = ended
  const { counter = ended } = found
  return { ...found, counter }
}

/** She shows this officer her digits. @returns the name of the help in addresses */
async function openHelp(browser: Browser, officer: Visitor): Promise<string> {
  const forms = formsOf(await browser.get('/acces/aide'))
  const form = forms.find(({ fields }) => fields['org'] === deskBody)
  const shown = await browser.post(form?.action ?? '', { ...form?.fields })
  const digits = /<strong>(\d{4} \d{4})<\/strong>/.exec(shown.body)?.[1] ?? ''
  const [typing] = formsOf(await officer.browser.get('/guichet/aide')).filter(
    ({ fields }) => 'digits' in fields,
  )
  const opened = await officer.browser.post(typing?.action ?? '', { ...typing?.fields, digits })
  const man = opened.location?.split('/').at(-1)
  if (man === undefined) throw new Error(`no help: ${opened.status} for ${digits}`)
  return man
}

async function comeByCard(stage: Stage, { personId }: Sharer, port: number): Promise<Visitor> {
  const card = await giveCard(stage, personId)
  const browser = makeBrowser({ issuer, ports: [port] })
  const given = { number: card.number, code: card.codes[0] ?? '' }
  const { location = '' } = await enterByCard(browser, '/espace', given)
  await browser.follow(location)
  return { browser, port }
}

/** Of a sharing, of visits that wait, and of a key: what the parameters of an address may stand for. */
async function idsOf(
  stage: Stage,
  { personId, consentId }: Sharer,
  { nobody, 'aal:2': person }: Readonly<Record<'nobody' | 'aal:2', Visitor>>,
) {
  const key = await keyOf(stage, personId)
  const visit = visitAt(await nobody.browser.follow((await stage.aid.begin()).url))
  const question = visitAt((await ask(stage, person.browser)).page)
  return { key, consent: consentId, visit, question }
}

type Ids = Awaited<ReturnType<typeof idsOf>> & { readonly man: string }

function filled(path: string, ids: Ids): string {
  const visit = path.startsWith('/partage/demande/') ? ids.question : ids.visit
  const id = path.startsWith('/acces/') ? ids.key : ids.consent
  const known: Readonly<Record<string, string>> = { id, visit, man: ids.man, item: '1' }
  return path.replaceAll(/[:*](\w+)/g, (_, name: string) => known[name] ?? '1')
}

function visitAt({ url }: Answer): string {
  const [, visit] = /\/(?:connexion|demande)\/([\w-]+)/.exec(new URL(url).pathname) ?? []
  if (visit === undefined) throw new Error(`no visit at ${url}`)
  return visit
}

const unknownPath = '/nulle-part'
const methodsOfForms = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** The methods that an endpoint takes, as it says itself to somebody from whom nothing of the house is hidden. */
export async function methodsAt(
  { everyOffice: { browser, port }, pathOf, visitors }: Comers,
  endpoint: Endpoint,
): Promise<readonly string[]> {
  const more = { method: 'PROPFIND', port }
  const here = await browser.clone().get(pathOf(endpoint), more)
  const terminal = { ...more, port: visitors['card']?.port ?? port }
  const allow =
    here.headers.allow ?? (await browser.clone().get(pathOf(endpoint), terminal)).headers.allow
  return methodsOfForms.filter((method) => allow?.split(', ').includes(method))
}

/** What this visitor finds there; she has no form of a page, so that nothing is done. */
export async function answerTo(
  { browser, port }: Visitor,
  method: string,
  { path, at }: { readonly path: Endpoint; readonly at: string },
): Promise<Answer> {
  const own = browser.clone()
  if (method === 'GET') return own.get(at, { port })
  if (path.errors === 'page' || path.errors === 'oauth') return own.post(at, {}, { port, method })
  return own.post(at, '{}', { port, method, headers: { 'content-type': 'application/json' } })
}

/**
 * An answer in a word: its status, where it leads, and « as nowhere » where it is the very answer of an address that does not exist.
 */
export function wordFor(
  comers: Pick<Comers, 'endpoints'>,
  answer: Answer,
  nowhere: Answer,
): string {
  if (answer.status === 404 && bare(answer) === bare(nowhere)) return 'as nowhere'
  const { location } = answer
  if (location === undefined) return String(answer.status)
  const target = new URL(location)
  const isOurs = target.origin === issuer
  const to = isOurs ? endpointIn(comers.endpoints)(target.pathname)?.path : undefined
  return `${answer.status} to ${to ?? (isOurs ? target.pathname : 'a service')}`
}

export function nowhereFor({ browser, port }: Visitor, method: string): Promise<Answer> {
  const own = browser.clone()
  if (method === 'GET') return own.get(unknownPath, { port })
  return own.post(unknownPath, {}, { port, method })
}

/** Without what differs between two answers to one question: the number of the request, the address, tokens. */
function bare({ body, url }: Answer): string {
  const { pathname } = new URL(url)
  return body
    .replaceAll(pathname, '/')
    .replaceAll(encodeURIComponent(pathname), '/')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '')
    .replaceAll(/[\w-]{40,}/g, '')
    .replaceAll(/<(?:code|strong)[^>]*>[^<]*</g, '<')
}
