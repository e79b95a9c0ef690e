import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import {
  askToSignIn,
  createAccess,
  goTo,
  leaveCodes,
  leaveService,
  press,
  pressNamed,
  readCodes,
  say,
  sees,
  signedInAt,
  signedOutAt,
  signInWithPasskey,
} from '../support/journey-deeds.ts'
import { openStage } from '../support/journey-stage.ts'
import { shapeOf } from '../support/journey-watch.ts'

const stage = openStage()
const codeShape = /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/

test('a newcomer creates an access with a passkey and comes back to the service signed in', async () => {
  const visitor = await stage.visitor()
  const { studentAid } = stage.demo
  await askToSignIn(visitor, studentAid)
  await sees(visitor, 'signin.sign-in.title')
  await visitor.page.getByText('Aide aux études (démo)').first().waitFor()
  await createAccess(visitor)
  await leaveCodes(visitor)
  await signedInAt(visitor, studentAid)
  expect(await visitor.device.credentials()).toHaveLength(1)
})

test('ten recovery codes are shown once: after a reload the visit goes on and new ones are offered', async () => {
  const visitor = await stage.visitor()
  await askToSignIn(visitor, stage.demo.studentAid)
  const codes = await createAccess(visitor)
  expect(codes).toHaveLength(10)
  expect(new Set(codes).size).toBe(10)
  for (const code of codes) expect(code).toMatch(codeShape)
  const [download] = await Promise.all([
    visitor.page.waitForEvent('download'),
    press(visitor, 'signin.recovery-codes.download'),
  ])
  const file = readFileSync(await download.path(), 'utf8')
  expect(codes.filter((code) => !file.includes(code))).toEqual([])
  for (const name of ['print', 'copy']) {
    const button = visitor.page.getByRole('button', {
      name: say(visitor, `signin.recovery-codes.${name}`),
      exact: true,
    })
    expect(await button.isVisible()).toBe(true)
  }

  await visitor.page.reload()
  await sees(visitor, 'signin.recovery-codes-left.title')
  const shown = await visitor.page.content()
  expect(codes.filter((code) => shown.includes(code))).toEqual([])

  await press(visitor, 'signin.recovery-codes-left.again')
  const others = await readCodes(visitor)
  expect(new Set([...codes, ...others]).size).toBe(20)
  await leaveCodes(visitor)
  await signedInAt(visitor, stage.demo.studentAid)
  expect(await visitor.device.credentials()).toHaveLength(1)
})

test('the second service knows the same person by another identifier, without another page of ours', async () => {
  const visitor = await stage.visitor()
  const { issuer, studentAid, revenueAgency } = stage.demo
  await visitor.moveIn()
  await askToSignIn(visitor, studentAid)
  const first = await signedInAt(visitor, studentAid)
  const ours = pagesShown(visitor.page, issuer)
  await askToSignIn(visitor, revenueAgency)
  const second = await signedInAt(visitor, revenueAgency)
  expect(second).not.toBe(first)
  expect(ours).toEqual([])
  expect(await visitor.page.content()).not.toContain(first)
  await visitor.page.goto(`${studentAid}/`)
  expect(await signedInAt(visitor, studentAid)).toBe(first)
  expect(await visitor.page.content()).not.toContain(second)
})

test('the same passkey in a later session gives the same identifiers', async () => {
  const visitor = await stage.visitor()
  const { studentAid, revenueAgency } = stage.demo
  await visitor.moveIn()
  await askToSignIn(visitor, studentAid)
  const before = [await signedInAt(visitor, studentAid)]
  await askToSignIn(visitor, revenueAgency)
  before.push(await signedInAt(visitor, revenueAgency))

  await leaveService(visitor, studentAid)
  await press(visitor, 'provider.sign-out.everywhere')
  await visitor.page.waitForURL(`${studentAid}/**`)
  await signedOutAt(visitor, revenueAgency)

  await askToSignIn(visitor, revenueAgency)
  await signInWithPasskey(visitor)
  const after = [await signedInAt(visitor, revenueAgency)]
  await askToSignIn(visitor, studentAid)
  after.unshift(await signedInAt(visitor, studentAid))
  expect(after).toEqual(before)
})

test('the attestation is asked once before the first English page, and every later page is English', async () => {
  const visitor = await stage.visitor({ language: 'en' })
  const { issuer, studentAid } = stage.demo
  const languages: string[] = []
  await askToSignIn(visitor, studentAid)
  await attest()
  await visitor.page.waitForURL(`${issuer}/en/connexion/*`)
  await sees(visitor, 'signin.sign-in.title')
  languages.push((await shapeOf(visitor.page)).language)
  await visitor.page.getByText('Student Aid (demo)').first().waitFor()
  await createAccess(visitor)
  languages.push((await shapeOf(visitor.page)).language)
  await leaveCodes(visitor)
  await signedInAt(visitor, studentAid)
  await goTo(visitor, `${issuer}/en/acces`)
  await sees(visitor, 'my-access.overview.title')
  languages.push((await shapeOf(visitor.page)).language)
  expect(languages).toEqual(['en', 'en', 'en'])

  async function attest(): Promise<void> {
    await sees(visitor, 'base.attestation.title')
    await press(visitor, 'base.attestation.attest')
  }
})

test('signing out of an English service shows an English page', async () => {
  const visitor = await stage.visitor({ language: 'en' })
  const { issuer, studentAid } = stage.demo
  await visitor.moveIn()
  await visitor.page.goto(`${issuer}/en/acces`)
  await press(visitor, 'base.attestation.attest')
  await sees(visitor, 'my-access.overview.title')
  await askToSignIn(visitor, studentAid)
  await signedInAt(visitor, studentAid)
  await leaveService(visitor, studentAid)
  expect((await shapeOf(visitor.page)).language).toBe('en')
  await press(visitor, 'provider.sign-out.everywhere')
  await visitor.page.waitForURL(`${studentAid}/en/?signed-out`)
})

test('changing the language keeps the visit, and either language can finish it', async () => {
  const visitor = await stage.visitor()
  const { page } = visitor
  const { issuer, studentAid } = stage.demo
  await askToSignIn(visitor, studentAid)
  await sees(visitor, 'signin.sign-in.title')
  const french = page.url()
  await page.getByRole('banner').getByRole('link', { name: 'English', exact: true }).click()
  await pressNamed(visitor, say(visitor, 'base.attestation.attest'))
  await page.waitForURL(french.replace(issuer, `${issuer}/en`))
  await sees({ ...visitor, language: 'en' }, 'signin.sign-in.title')
  await page.getByRole('banner').getByRole('link', { name: 'Français', exact: true }).click()
  await page.waitForURL(french)
  await sees(visitor, 'signin.sign-in.title')

  // The attestation holds: English opens at once, and there the visit is finished.
  await page.getByRole('banner').getByRole('link', { name: 'English', exact: true }).click()
  await page.waitForURL(french.replace(issuer, `${issuer}/en`))
  const english = { ...visitor, language: 'en' as const }
  await createAccess(english)
  await leaveCodes(english)
  // The service asked in French, and goes on in French.
  await signedInAt(visitor, studentAid)
})

/** The pages that `origin` shows from now on; that it sends the browser on is no page. */
function pagesShown(page: Page, origin: string): readonly string[] {
  const shown: string[] = []
  page.on('response', (answer) => {
    if (!answer.request().isNavigationRequest() || !answer.url().startsWith(`${origin}/`)) return
    if (answer.status() < 300 || answer.status() > 399) shown.push(answer.url())
  })
  return shown
}

test.each([
  ['fr', 'Calcule et verse les bourses d’études.'],
  ['en', 'Works out and pays student bursaries.'],
] as const)('the home page says what each service does (%s)', async (language, words) => {
  const { issuer, studentAid } = stage.demo
  const path = language === 'en' ? '/en/' : '/'
  const page = await fetch(issuer + path, { headers: { cookie: 'attested=yes' } })
  const items = (await page.text()).split('<li').filter((item) => item.includes(words))
  expect(items).toHaveLength(1)
  expect(items[0]).toContain(`href="${studentAid}"`)
})
