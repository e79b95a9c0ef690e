import { expect, test } from 'vitest'
import { startDemo } from '../support/house.ts'
import {
  askToSignIn,
  home,
  leaveCodes,
  openSpace,
  press,
  proveAddress,
  readCodes,
  reads,
  say,
  sees,
  signedInAt,
} from '../support/journey-deeds.ts'
import { look } from '../support/journey-look.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage, toursIn } from '../support/journey-stage.ts'
import { codeAt } from '../support/totp.ts'

// A public terminal, as two people find it one after the other.

const stage = openStage(() => startDemo({ env: { KIOSK: '1' } }))
const tourLimitMs = 180_000
const password = 'trois huards dorment debout'

test.each(toursIn('fr'))(
  'at a public terminal an access is made, left idle and continued, and nothing is left at the end, in %s',
  { timeout: tourLimitMs },
  async (language) => {
    const visitor = await stage.visitor({ language })
    const { page, context } = visitor
    const { studentAid, issuer } = stage.demo
    const faults: string[] = []
    const at = async (name: string) => void faults.push(...(await look(visitor, name)))
    const own = { address: `public.${language}@exemple.test`, seed: '' }
    await page.goto(home(visitor, issuer))
    await attest(visitor)
    await sees(visitor, 'site.home.title')
    await at('home')

    await askToSignIn(visitor, studentAid)
    await page.getByText(say(visitor, 'signin.sign-in.phone'), { exact: true }).waitFor()
    await press(visitor, 'signin.sign-in.create')
    await sees(visitor, 'signin.create-access.title')
    await reads(visitor, 'signin.create-access.lent-text')
    await at('new access')
    own.seed = await makeAccess(visitor, own.address)
    await at('codes')
    await leaveCodes(visitor)
    const number = await signedInAt(visitor, studentAid)

    await page.clock.install()
    await openSpace(visitor, issuer)
    await sees(visitor, 'my-access.overview.title')
    // The script that counts runs once the whole page is there.
    await page.waitForLoadState('load')
    await page.clock.fastForward(91_000)
    const asked = page.getByRole('alertdialog', { name: say(visitor, 'kiosk.wait.title') })
    await asked.waitFor()
    await at('asked')
    const told = page.waitForResponse((answer) => answer.url().endsWith('/poste-public/suite'))
    await asked.getByRole('button', { name: say(visitor, 'kiosk.wait.stay') }).click()
    expect((await told).status()).toBe(204)
    expect(await asked.isVisible()).toBe(false)
    // What is typed is a step: she is not asked.
    await page.clock.fastForward(60_000)
    await page.keyboard.press('Tab')
    await page.clock.fastForward(60_000)
    expect(await asked.isVisible()).toBe(false)
    await page.clock.fastForward(31_000)
    await asked.waitFor()
    await page.clock.fastForward(31_000)
    await sees(visitor, 'kiosk.over.title')
    await at('over')
    expect(await context.cookies(issuer)).toEqual([])

    await attest(visitor)
    await askToSignIn(visitor, studentAid)
    await signInByPassword(visitor, own)
    await sees(visitor, 'base.at-home.title')
    await at('at home, on the way')
    await press(visitor, 'base.at-home.go-on')
    expect(await signedInAt(visitor, studentAid)).toBe(number)
    await openSpace(visitor, issuer)
    await sees(visitor, 'my-access.overview.title')
    // Another tab, in which she read what she did, leaves the screen with her.
    const other = await context.newPage()
    await other.goto(`${issuer}${language === 'fr' ? '' : '/en'}/activite`)
    await other.waitForLoadState('load')
    // A third one hears nothing of the others: there the answer of the house to her next step leads away.
    const deaf = await context.newPage()
    await deaf.addInitScript('BroadcastChannel.prototype.addEventListener = () => undefined')
    await deaf.goto(other.url())
    await deaf.waitForLoadState('load')
    await page.getByRole('button', { name: say(visitor, 'kiosk.bar.end') }).click()
    await page.waitForURL(`${issuer}/`)
    await sees({ ...visitor, page: other }, 'kiosk.over.title')
    await sees({ ...visitor, page: deaf }, 'my-activity.title')
    await page.clock.fastForward(11_000)
    await deaf.keyboard.press('Shift')
    await sees({ ...visitor, page: deaf }, 'kiosk.over.title')
    expect(await context.cookies(issuer)).toEqual([])
    expect(await stage.accountIn(visitor)).toBeUndefined()
    expect(faults).toEqual([])
  },
)

test('without JavaScript a page asks the person whether she is still there; she goes on, and ends the visit', async () => {
  const visitor = await stage.visitor({ javaScriptEnabled: false })
  const { page, context } = visitor
  const { studentAid, issuer } = stage.demo
  await askToSignIn(visitor, studentAid)
  // There is no button, and nothing speaks of it.
  const elsewhere = page.getByText(say(visitor, 'signin.sign-in.phone'), { exact: true })
  expect([await elsewhere.count(), await elsewhere.isVisible()]).toEqual([1, false])
  await press(visitor, 'signin.sign-in.create')
  await makeAccess(visitor, 'sans.script@exemple.test')
  await leaveCodes(visitor)
  await signedInAt(visitor, studentAid)
  await openSpace(visitor, issuer)
  await sees(visitor, 'my-access.overview.title')
  await page.goto(await leadsTo(visitor, 90))
  await reads(visitor, 'kiosk.wait.text', { seconds: 30 })
  const over = await leadsTo(visitor, 30)
  await press(visitor, 'kiosk.wait.stay')
  await sees(visitor, 'my-access.overview.title')
  await page.goto(over)
  await sees(visitor, 'kiosk.over.title')
  expect(await context.cookies(issuer)).toEqual([])
  await press(visitor, 'kiosk.over.begin')
  await page.waitForURL(`${issuer}/`)
})

/** Where the page goes by itself. */
async function leadsTo({ page }: Visitor, seconds: number): Promise<string> {
  const content = await page.locator('meta[http-equiv="refresh"]').getAttribute('content')
  const [after, url = ''] = content?.split('; url=') ?? []
  expect(after).toBe(String(seconds))
  return new URL(url, stage.demo.issuer).href
}

/** From « Créer mon accès » to the codes. @returns the seed of the application */
async function makeAccess(visitor: Visitor, address: string): Promise<string> {
  await press(visitor, 'signin.create-access.without-go')
  await fill(visitor, 'signin.address.label', address)
  await fill(visitor, 'signin.password.new', password)
  await press(visitor, 'signin.create-password.continue')
  await proveAddress(visitor, stage.demo, address)
  const seed = await visitor.page.locator('.seed code').innerText()
  await fill(visitor, 'signin.totp.code', codeAt(seed))
  await press(visitor, 'signin.totp.confirm')
  await readCodes(visitor)
  return seed
}

async function signInByPassword(
  visitor: Visitor,
  { address, seed }: { address: string; seed: string },
): Promise<void> {
  await fill(visitor, 'signin.address.label', address)
  await press(visitor, 'signin.sign-in.continue')
  await fill(visitor, 'signin.password.label', password)
  await press(visitor, 'signin.password.continue')
  await fill(visitor, 'signin.totp.code', codeAt(seed, 1))
  await press(visitor, 'signin.code.continue')
}

async function fill(visitor: Visitor, key: string, text: string): Promise<void> {
  await visitor.page.getByLabel(say(visitor, key), { exact: true }).fill(text)
}

/** The notice before English, read by each person anew. */
async function attest(visitor: Visitor): Promise<void> {
  if (visitor.language === 'fr') return
  await visitor.page.goto(`${stage.demo.issuer}/en/`)
  await press(visitor, 'base.attestation.attest')
  await sees(visitor, 'site.home.title')
}
