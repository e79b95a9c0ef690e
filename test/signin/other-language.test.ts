import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAuthenticator } from '../support/authenticator.ts'
import type { Answer, Browser } from '../support/browser.ts'
import { formOf, makeBrowser } from '../support/browser.ts'
import type { Broker } from '../support/broker.ts'
import { issuer, startBroker } from '../support/broker.ts'
import type { Service } from '../support/service.ts'

// A page that answers a form stands at an address that has no page of its own: its link to the other language must not.

let broker: Broker
let library: Service

beforeAll(async () => {
  broker = await startBroker()
  library = broker.services.library
})

afterAll(() => broker.stop())

test.each(['cle', 'creation', 'recuperation'])(
  'the answer to a refused form of %s is one link away from the same visit in English',
  async (step) => {
    const { browser, page } = await visit()
    const { csrf = '' } = formOf(page).fields

    const refused = await browser.post(`${page.url}/${step}`, { csrf, credential: '{}', code: 'X' })

    expect(refused.status).toBe(400)
    expect(await otherLanguageOf(browser, refused)).toBe(200)
  },
)

test('the recovery codes are one link away from where the visit stands, in English', async () => {
  const { browser, page } = await visit()
  const { action, fields, options } = formOf(await browser.get(`${page.url}/creation`))
  const credential = makeAuthenticator({ origin: issuer }).create(options)

  const codes = await browser.post(action, { ...fields, credential })

  expect(codes.status).toBe(200)
  expect(await otherLanguageOf(browser, codes)).toBe(200)
})

async function visit(): Promise<{ browser: Browser; page: Answer }> {
  const browser = makeBrowser(broker)
  const notice = formOf(await browser.get(`${issuer}/en/attestation`))
  await browser.post(notice.action, notice.fields)
  return { browser, page: await browser.follow((await library.begin()).url) }
}

async function otherLanguageOf(browser: Browser, { body, url }: Answer): Promise<number> {
  const [, href = ''] = /class="language" href="([^"]+)"/.exec(body) ?? []
  expect(href).toMatch(/^\/en\/connexion\//)
  return (await browser.get(new URL(href, url).href)).status
}
