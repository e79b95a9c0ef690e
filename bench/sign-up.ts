import { makeAuthenticator } from '../test/support/authenticator.ts'
import type { Browser } from './browser.ts'
import { firstForm, formsIn, makeBrowser } from './browser.ts'
import type { Answer, Client } from './client.ts'
import { stringIn } from './client.ts'
import type { Service } from './flow.ts'
import { authorizationPath, freshNonce, prepareFlow, redeem } from './flow.ts'
import type { Jar } from './jar.ts'
import { makeJar } from './jar.ts'

/** A signed-in browser, and a refresh token of the service that it signed in to. */
export type SignedIn = { readonly jar: Jar; readonly refreshToken: string }

export const holderApi = 'https://agence-revenu.test/api'

/** A new person of ours: she makes an access with a software passkey, and allows the sharing that the service asks for. */
export async function shareAsNewcomer(
  client: Client,
  issuer: string,
  service: Service,
): Promise<SignedIn> {
  const jar = makeJar()
  const browser = makeBrowser(client, issuer, jar)
  const nonce = await freshNonce(client, service)
  const flow = prepareFlow(service, nonce, sharing(issuer))
  const signIn = await browser.follow(await authorizationPath(client, flow))
  const creation = await browser.get(`${signIn.url}/creation`)
  const authenticator = makeAuthenticator({ origin: issuer, counter: 0 })
  const credential = authenticator.create(firstForm(creation).options)
  const codes = await browser.submit(creation, { credential })
  const question = await keepCodes(browser, codes)
  const { fields } = firstForm(question)
  const answered = await browser.post(`${new URL(question.url).pathname}/autorisation`, fields)
  const tokens = await redeem(client, flow, await browser.submit(answered))
  return { jar, refreshToken: stringIn(tokens, 'refresh_token') }
}

/** Goes on from the page of the codes. Where she is asked for an address to be warned at: not now. */
export async function keepCodes(browser: Browser, codes: Answer): Promise<Answer> {
  const page = await browser.submit(codes)
  const asked = formsIn(page).some(({ action }) => action.endsWith('/adresse'))
  return asked ? browser.submit(page, { later: 'oui' }, '/adresse') : page
}

function sharing(issuer: string): Readonly<Record<string, string>> {
  const detail = {
    type: `${issuer}/rar/communication/v1`,
    locations: [holderApi],
    actions: ['disclose'],
    datatypes: ['cat_revenu-net', 'cat_situation-familiale'],
    identifier: 'dst_avis-cotisation',
    agreement: 'agr_2026-001',
    purpose: 'pur_calcul-aide',
    recipient: 'org_aide-etudes',
    holder: 'org_agence-revenu',
  }
  return { resource: holderApi, authorization_details: JSON.stringify([detail]) }
}

/** A person at a baseline: one form with a name, and she is signed in. */
export async function signInByForm(
  client: Client,
  issuer: string,
  service: Service,
  login: string,
): Promise<SignedIn> {
  const jar = makeJar()
  const browser = makeBrowser(client, issuer, jar)
  const flow = prepareFlow(service, await freshNonce(client, service))
  const page = await browser.follow(await authorizationPath(client, flow))
  const tokens = await redeem(client, flow, await browser.submit(page, { login, password: 'none' }))
  return { jar, refreshToken: stringIn(tokens, 'refresh_token') }
}
