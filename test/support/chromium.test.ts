import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Windows } from './chromium.ts'
import { addAuthenticator, openWindows } from './chromium.ts'

const cookies = [
  'plain=1; Path=/; HttpOnly; SameSite=Lax',
  '__Host-sid=1; Path=/; HttpOnly; SameSite=Lax; Secure',
  '__Secure-int=1; Path=/visit; HttpOnly; SameSite=Lax; Secure',
  '__Host-without-secure=1; Path=/',
  '__Host-with-path=1; Path=/visit; Secure',
]

type Created = { readonly id: string }
type Used = { readonly id: string; readonly userHandle: string; readonly isVerified: boolean }

// Both run inside the page; text, because the compiler knows no DOM here.
const createPasskey = `(async () => {
  const created = await navigator.credentials.create({ publicKey: {
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    rp: { name: 'Accord' },
    user: { id: new TextEncoder().encode('someone'), name: 'someone', displayName: 'Someone' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  } })
  return { id: created.id }
})()`
const usePasskey = `(async () => {
  const { id, response } = await navigator.credentials.get({ publicKey: {
    challenge: crypto.getRandomValues(new Uint8Array(32)), userVerification: 'required', timeout: 5000,
  } })
  const flags = new Uint8Array(response.authenticatorData)[32]
  return { id, userHandle: new TextDecoder().decode(response.userHandle), isVerified: (flags & 4) !== 0 }
})()`

let browser: Windows
let server: Server
let port: number

beforeAll(async () => {
  server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port // Always so for a TCP server.
  browser = await openWindows()
})

afterAll(async () => {
  await browser.close()
  server.close()
})

test('a resident passkey is created and used on http://localhost', async () => {
  const page = await browser.newPage()
  await page.goto(`http://localhost:${port}/`)
  const authenticator = await addAuthenticator(page)

  const created = await page.evaluate<Created>(createPasskey)
  const used = await page.evaluate<Used>(usePasskey)

  expect(used).toEqual({ id: created.id, userHandle: 'someone', isVerified: true })
  expect(await authenticator.credentials()).toMatchObject([
    { isResidentCredential: true, rpId: 'localhost', userName: 'someone' },
  ])
  await page.close()
})

test('a passkey can be used in another page once it is added there', async () => {
  const first = await browser.newPage()
  await first.goto(`http://localhost:${port}/`)
  const authenticator = await addAuthenticator(first)
  const created = await first.evaluate<Created>(createPasskey)
  const [credential] = await authenticator.credentials()
  if (credential === undefined) throw new Error('no passkey was created')
  await first.close()
  const second = await browser.newPage()
  await second.goto(`http://localhost:${port}/`)
  await (await addAuthenticator(second)).addCredential(credential)

  expect(await second.evaluate<Used>(usePasskey)).toMatchObject({ id: created.id })
  await second.close()
})

test('a person who is not verified, or has no passkey left, is refused by the browser', async () => {
  const page = await browser.newPage()
  await page.goto(`http://localhost:${port}/`)
  const authenticator = await addAuthenticator(page)
  await page.evaluate<Created>(createPasskey)

  await authenticator.setUserVerified(false)
  await expect(page.evaluate<Used>(usePasskey)).rejects.toThrow('NotAllowedError')

  await authenticator.setUserVerified(true)
  await authenticator.clear()
  expect(await authenticator.credentials()).toEqual([])
  await expect(page.evaluate<Used>(usePasskey)).rejects.toThrow('NotAllowedError')
  await page.close()
})

// The demonstration's cookies carry these names too: no second set of names for http.
test('Chromium keeps and sends __Host- and __Secure- cookies over http://localhost', async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`http://localhost:${port}/`)
  await page.goto(`http://localhost:${port}/visit`)

  const sent = (await page.textContent('body'))?.split('; ').toSorted()
  expect(sent).toEqual(['__Host-sid=1', '__Secure-int=1', 'plain=1'])
  await context.close()
})

function answer(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('content-type', 'text/html; charset=utf-8')
  if (request.url === '/') response.setHeader('set-cookie', cookies)
  response.end(`<title>page</title><body>${request.headers.cookie ?? ''}`)
}
