import * as jose from 'jose'
import type { Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer, Browser, Site } from '../../support/browser.ts'
import { makeBrowser } from '../../support/browser.ts'
import type { Broker } from '../../support/broker.ts'
import { callbackOf, issuer, startBroker } from '../../support/broker.ts'
import { openWindows } from '../../support/chromium.ts'
import { newPerson } from '../../support/person.ts'
import { publishedKeys } from '../../support/published-keys.ts'
import { secret } from '../../support/secrets.ts'
import type { Service } from '../../support/service.ts'
import { json, makeService } from '../../support/service.ts'

// How the answer to an authorization request gets to its service: by a form, or signed (JARM), where the service registered it.

let broker: Broker
/** It takes answers in the address and by a form; `signed` also signed, and by RSA. */
let desk: Service
let signed: Service
/** It takes no answer but a signed one, and pushes its requests. */
let always: Service
/** It registered no mode. */
let plain: Service
let browser: Browser
let keys: ReturnType<typeof jose.createLocalJWKSet>

const anyMode = ['query', 'form_post', 'jwt', 'query.jwt', 'form_post.jwt']

async function makeServices(site: Site): Promise<Service[]> {
  const common = { organisation: 'org_modes', isBearer: true }
  const baseline = (clientId: string, more: object) =>
    makeService(site, { ...common, clientId, more: { profile: 'baseline', ...more } })
  desk = await baseline('desk', { response_modes: ['query', 'form_post'] })
  signed = await baseline('signed', {
    response_modes: anyMode,
    id_token_signed_response_alg: 'RS256',
  })
  always = await makeService(site, {
    organisation: 'org_modes',
    clientId: 'always',
    more: { response_modes: ['jwt'] },
  })
  plain = await baseline('plain', {})
  return [desk, signed, always, plain]
}

beforeAll(async () => {
  broker = await startBroker(makeServices, [], undefined, {}, { rsa: true })
  browser = (await newPerson(broker)).browser
  keys = await publishedKeys(broker)
})

afterAll(() => broker.stop())

/** The page that posts an answer: where to, and what. */
function postOf({ body }: Answer): { action: string; fields: Record<string, string> } {
  const action = /<form method="post" action="([^"]*)" data-return>/.exec(body)?.[1] ?? 'no form'
  const inputs = body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)
  const fields = Object.fromEntries(
    [...inputs].map(([, name = '', value = '']) => [name, unescaped(value)]),
  )
  if (fields['code'] !== undefined) secret('authorization code', fields['code'])
  return { action, fields }
}

function pageOf({ status, body, headers }: Answer) {
  const kept = ['content-type', 'content-security-policy', 'referrer-policy']
  return {
    status,
    body,
    headers: Object.fromEntries(kept.map((name) => [name, String(headers[name])])),
  }
}

function unescaped(text: string): string {
  const signs = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' }
  return text.replaceAll(/&(?:lt|gt|quot|#39|amp);/g, (one) => signs[one as keyof typeof signs])
}

async function opened(response: string | null | undefined, service: Service) {
  const { payload, protectedHeader } = await jose.jwtVerify(response ?? '', keys, {
    issuer,
    audience: service.clientId,
  })
  if (typeof payload['code'] === 'string') secret('authorization code', payload['code'])
  return { payload, protectedHeader }
}

async function redeem(service: Service, code: unknown, errand: ReturnType<Service['plain']>) {
  return (await service.redeem(String(code), errand)).status
}

describe('by a form', () => {
  test('the code is posted to the service alone, which redeems it', async () => {
    const state = `"><script>alert('x')</script>&amp;`
    const errand = desk.plain({ response_mode: 'form_post', state })
    const answer = await browser.follow(errand.url)

    expect([answer.status, answer.location]).toEqual([200, undefined])
    const { action, fields } = postOf(answer)
    expect(action).toBe(desk.redirectUri)
    expect(Object.keys(fields).toSorted()).toEqual(['code', 'iss', 'state'])
    expect(fields).toMatchObject({ iss: issuer, state })
    expect(answer.body).not.toContain('<script>alert')
    expect(await redeem(desk, fields['code'], errand)).toBe(200)
    const { headers } = answer
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['referrer-policy']).toBe('strict-origin')
    const policy = String(headers['content-security-policy']).split(';')
    expect(policy).toContain('form-action https://desk.test')
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("default-src 'none'")
  })

  test('the page is in both languages, and has a button for a browser without scripts', async () => {
    const { body } = await browser.follow(desk.plain({ response_mode: 'form_post' }).url)
    const [french, english] = [...body.matchAll(/<section lang="(?:fr|en)"[\s\S]*?<\/section>/g)]
    expect(french?.[0]).toMatch(
      /Service desk[\s\S]*<button class="button" type="submit">Continuer</,
    )
    expect(english?.[0]).toMatch(
      /desk service[\s\S]*<button class="button" type="submit">Continue</,
    )
    expect(body).toContain('<script type="module" src="/js/return.js"></script>')
    expect(body).not.toMatch(/<script(?![^>]* src=)/)
  })

  test('a browser posts it by itself, and says where it comes from', async () => {
    const errand = desk.plain({ response_mode: 'form_post' })
    const answer = await browser.follow(errand.url)
    const windows = await openWindows()
    const page = await windows.newPage()
    const posted = new Promise<Request>((resolve) => {
      void page.route('**', async (route) => {
        const request = route.request()
        if (request.method() === 'POST') {
          resolve(request)
          return route.fulfill({ status: 200, body: '' })
        }
        const { pathname } = new URL(request.url())
        return route.fulfill(
          request.url() === errand.url
            ? pageOf(answer)
            : { path: `public${pathname}`, status: 200 },
        )
      })
    })
    void page.goto(errand.url).catch(() => undefined) // it leaves the page while it loads
    const request = await posted
    expect(request.url()).toBe(desk.redirectUri)
    expect(new URLSearchParams(request.postData() ?? '').get('code')).toBe(
      postOf(answer).fields['code'],
    )
    expect(request.headers()['origin']).toBe(issuer)
    await windows.close()
  })

  test('an error is posted too, with the page about it', async () => {
    const errand = desk.plain({ response_mode: 'form_post', scope: 'openid profile' })
    const answer = await makeBrowser(broker).get(errand.url)
    expect(answer.status).toBe(400)
    const { action, fields } = postOf(answer)
    expect(action).toBe(desk.redirectUri)
    expect(fields).toEqual({
      error: 'invalid_scope',
      error_description: 'scope: this service may ask for openid alone',
      error_uri: `${issuer}/api/errors#beyond-profile`,
      scope: 'openid',
      state: errand.state,
      iss: issuer,
    })
  })

  test('nothing is posted to an address that the service has not registered', async () => {
    const redirect_uri = 'https://evil.test/cb'
    const answer = await browser.get(desk.plain({ response_mode: 'form_post', redirect_uri }).url)
    expect(answer.status).toBe(400)
    expect(answer.body).not.toContain('evil.test')
    expect(answer.body).not.toContain('data-return')
  })
})

describe('signed', () => {
  test.each(['jwt', 'query.jwt'])('a code comes in one parameter by %s', async (response_mode) => {
    const errand = signed.plain({ response_mode })
    const { searchParams } = callbackOf(await browser.follow(errand.url))
    expect([...searchParams.keys()]).toEqual(['response'])
    const { payload, protectedHeader } = await opened(searchParams.get('response'), signed)
    expect(protectedHeader.alg).toBe('RS256')
    const { code, exp, ...rest } = payload
    expect(rest).toEqual({ iss: issuer, aud: 'signed', state: errand.state })
    expect(Number(exp) - Date.now() / 1000).toBeLessThanOrEqual(121)
    expect(await redeem(signed, code, errand)).toBe(200)
  })

  test('and posted', async () => {
    const errand = signed.plain({ response_mode: 'form_post.jwt' })
    const { action, fields } = postOf(await browser.follow(errand.url))
    expect([action, Object.keys(fields)]).toEqual([signed.redirectUri, ['response']])
    const { payload } = await opened(fields['response'], signed)
    expect(await redeem(signed, payload['code'], errand)).toBe(200)
  })

  test('an error is signed too', async () => {
    for (const [service, params] of [
      [signed, { response_mode: 'jwt', prompt: 'none' }],
      // Whatever it asks for, and where it asks for nothing.
      [always, {}],
      [always, { response_mode: 'query' }],
    ] as const) {
      const { searchParams } = callbackOf(await makeBrowser(broker).get(service.plain(params).url))
      expect([...searchParams.keys()]).toEqual(['response'])
      const { payload } = await opened(searchParams.get('response'), service)
      const error = service === always ? 'invalid_request' : 'login_required'
      expect(payload).toMatchObject({ error, iss: issuer, aud: service.clientId })
    }
  })

  test('the service that takes signed answers alone signs people in', async () => {
    const errand = await always.begin({ response_mode: 'jwt' })
    const { searchParams } = callbackOf(await browser.follow(errand.url))
    const { payload, protectedHeader } = await opened(searchParams.get('response'), always)
    expect(protectedHeader.alg).toBe('ES256')
    expect(await redeem(always, payload['code'], errand)).toBe(200)
    expect(json(await always.push())['error']).toBe('invalid_request')
  })

  test('an answer is no ID token: it proves nobody', async () => {
    const { searchParams } = callbackOf(
      await browser.follow(signed.plain({ response_mode: 'jwt' }).url),
    )
    const id_token_hint = searchParams.get('response') ?? ''
    const answer = await browser.get(signed.plain({ id_token_hint, prompt: 'none' }).url)
    expect(callbackOf(answer).searchParams.get('error')).toBe('invalid_request')
  })
})

test.each(['form_post', 'jwt', 'query.jwt', 'form_post.jwt', 'fragment', 'fragment.jwt'])(
  'whoever has not registered %s is refused, by the way that it has',
  async (response_mode) => {
    const answer = await asked(plain, response_mode)
    expect(answer.status).toBe(303)
    const { searchParams, hash } = callbackOf(answer)
    expect([searchParams.get('error'), hash]).toEqual(['invalid_request', ''])
    expect(json(await plain.push({ response_mode }))['error']).toBe('invalid_request')
    if (!anyMode.includes(response_mode))
      expect(callbackOf(await asked(signed, response_mode)).searchParams.get('error')).toBe(
        'invalid_request',
      )
  },
)

function asked(service: Service, response_mode: string): Promise<Answer> {
  return makeBrowser(broker).get(service.plain({ response_mode }).url)
}
