import * as jose from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Broker } from '../support/broker.ts'
import { callbackOf, codeOf, keepCodes, startBroker } from '../support/broker.ts'
import type { Answer, Browser } from '../support/browser.ts'
import { formsOf, makeBrowser } from '../support/browser.ts'
import { freePorts } from '../support/house.ts'
import type { Errand } from '../support/service.ts'
import type { Lemonldap, PersonThere } from './installed-providers.ts'
import { isLemonldapThere, startLemonldap } from './installed-providers.ts'

// `npm run test:clients`: people sign in by a provider of identities that nobody here wrote.

const id = 'lemonldap'
const packages =
  'liblemonldap-ng-portal-perl libplack-perl libcrypt-jwt-perl libstring-random-perl libgd-securityimage-perl libimage-magick-perl libemail-address-xs-perl libemail-sender-perl'
if (!isLemonldapThere())
  test.skip(`${id} is not tried: apt-get install ${packages}`, () => undefined)

describe.runIf(isLemonldapThere())('an account at LemonLDAP::NG', () => {
  let there: Lemonldap | undefined
  let broker: Broker

  beforeAll(async () => {
    const port = await freePorts(1)
    const issuer = `http://localhost:${port}/`
    const content = {
      provider_id: id,
      version: 1,
      name: { fr: 'Compte LemonLDAP', en: 'LemonLDAP account' },
      issuer,
      client_id: 'accord',
      scopes: ['openid', 'profile'],
      levels: [{ acr: 'loa-2', level: 'urn:accord:aal:1' }],
      ceiling: 'urn:accord:aal:1',
      vouches_for: ['given_name', 'family_name'],
      status: 'active',
    }
    const object = { kind: 'identity-provider', id, version: 1, content } as const
    const env = { OUTBOUND_ALLOW: `localhost:${port}` }
    broker = await startBroker(undefined, [object], undefined, env, { upstream: true })
    const keys = await makeBrowser(broker).get(`${broker.issuer}/retour/${id}/jwks`)
    const redirectUri = `${broker.issuer}/retour/${id}`
    there = await startLemonldap(issuer, { redirectUri, jwks: keys.body })
  })
  afterAll(async () => {
    await there?.stop()
    await broker.stop()
  })

  type Arrived = { readonly page: Answer; readonly errand: Errand }

  async function arrive(browser: Browser, person: PersonThere, asked = {}): Promise<Arrived> {
    const errand = await broker.services.library.begin(asked)
    const signIn = await browser.follow(errand.url)
    const gone = await browser.get(`${signIn.url}/fournisseurs/${id}`)
    const back = await there?.signsIn(gone.location ?? gone.body, person)
    return { page: await browser.follow(back?.href ?? ''), errand }
  }

  async function press(browser: Browser, page: Answer, step: string): Promise<Answer> {
    const form = formsOf(page).find(({ action }) => action.endsWith(step))
    if (form === undefined) throw new Error(`no ${step}: ${page.body}\n${broker.output()}`)
    const answer = await browser.post(form.action, form.fields)
    const isHere = answer.location?.startsWith(broker.issuer) === true
    return isHere ? browser.follow(answer.location ?? '') : answer
  }

  async function claimsOf(back: Answer, errand: Errand): Promise<jose.JWTPayload> {
    const answer = await broker.services.library.redeem(codeOf(callbackOf(back)), errand)
    return jose.decodeJwt((JSON.parse(answer.body) as { id_token: string }).id_token)
  }

  async function openAccess(person: PersonThere): Promise<jose.JWTPayload> {
    const browser = makeBrowser(broker)
    const { page, errand } = await arrive(browser, person)
    const codes = await press(browser, page, '/arrivee/nouveau')
    const invited = await keepCodes(browser, codes)
    return claimsOf(await press(browser, invited, '/plus-tard'), errand)
  }

  test('opens an access, the same one from another browser, and another one for somebody else', async () => {
    const first = await openAccess('dwho')
    expect(first).toMatchObject({ acr: 'urn:accord:aal:1', amr: [] })
    const again = await arrive(makeBrowser(broker), 'dwho')
    expect((await claimsOf(again.page, again.errand)).sub).toBe(first.sub)
    expect((await openAccess('rtyler')).sub).not.toBe(first.sub)
  })

  test('is asked anew where a service asks for a new sign-in', async () => {
    const browser = makeBrowser(broker)
    const { page } = await arrive(browser, 'dwho', { prompt: 'login' })
    expect(callbackOf(page).searchParams.get('code')).toMatch(/^[\w-]{43}$/)
  })

  test('opens nothing by an answer that comes twice', async () => {
    const browser = makeBrowser(broker)
    const errand = await broker.services.library.begin({})
    const signIn = await browser.follow(errand.url)
    const gone = await browser.get(`${signIn.url}/fournisseurs/${id}`)
    const back = await there?.signsIn(gone.location ?? '', 'dwho')
    expect((await browser.follow(back?.href ?? '')).location).toContain('code=')
    const again = await makeBrowser(broker).follow(back?.href ?? '')
    expect([again.status, again.location]).toEqual([expect.any(Number), undefined])
    expect(again.status).toBeGreaterThanOrEqual(400)
  })
})
