import { expect, test } from 'vitest'
import { words as applicationWords } from '../../demo/applications/words.ts'
import type { Language } from '../../src/base/values/languages.ts'
import {
  askToSignIn,
  chooseNewKey,
  comeBackByKey,
  enterCode,
  home,
  openAccess,
  openPlace,
  openSpace,
  press,
  pressNamed,
  readCodes,
  reads,
  recover,
  say,
  sees,
  signedInAt,
} from '../support/journey-deeds.ts'
import { look } from '../support/journey-look.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage, toursIn } from '../support/journey-stage.ts'

// Every page that the other journeys meet. That none of them makes an error or calls elsewhere is seen to in each journey.

const stage = openStage()
const tourLimitMs = 180_000

test.each(toursIn('fr'))(
  'the pages of a sign-in pass the checks of accessibility and layout, in %s',
  { timeout: tourLimitMs },
  async (language) => {
    const visitor = await visitorIn(language)
    const { studentAid } = stage.demo
    const faults: string[] = []
    const at = async (name: string) => void faults.push(...(await look(visitor, name)))

    await visitor.page.goto(home(visitor, studentAid))
    await at('service, signed out')
    await askToSignIn(visitor, studentAid)
    await sees(visitor, 'signin.sign-in.title')
    await at('sign-in')
    await press(visitor, 'signin.sign-in.recover')
    await sees(visitor, 'signin.recover.title')
    await at('recovery')
    await enterCode(visitor, 'AAAA')
    await reads(visitor, 'refusal.recovery.code-refused.title')
    await at('recovery, refused')
    await press(visitor, 'signin.recover.back')
    await press(visitor, 'signin.sign-in.create')
    await sees(visitor, 'signin.create-access.title')
    await at('creation')
    await press(visitor, 'signin.create-access.create')
    await readCodes(visitor)
    await at('recovery codes')
    await visitor.page.reload()
    await sees(visitor, 'signin.recovery-codes-left.title')
    await at('recovery codes, left')
    await press(visitor, 'signin.recovery-codes-left.next')
    await sees(visitor, 'signin.reach.title')
    await at('where to warn')
    await press(visitor, 'signin.reach.later')
    await signedInAt(visitor, studentAid)
    await at('service, signed in')
    expect(faults).toEqual([])
  },
)

test.each(toursIn('en'))(
  'the pages of « Mon accès » pass the checks of accessibility and layout, in %s',
  { timeout: tourLimitMs },
  async (language) => {
    const visitor = await visitorIn(language)
    const { issuer, studentAid } = stage.demo
    const faults: string[] = []
    const at = async (name: string) => void faults.push(...(await look(visitor, name)))

    const [code = ''] = await openAccess(visitor, issuer, 1)
    await at('space, new')
    await visitor.context.clearCookies({ name: 'sid' })
    await openSpace(visitor, issuer)
    await recover(visitor, code)
    await sees(visitor, 'signin.ways-back.title')
    await at('ways back after a code')
    await visitor.device.clear()
    await comeBackByKey(visitor)
    await sees(visitor, 'my-access.overview.title')
    await askToSignIn(visitor, studentAid)
    await signedInAt(visitor, studentAid)
    await openSpace(visitor, issuer)
    await at('space, recovered and held, two keys, one service')
    await stage.endHolds()
    await press(visitor, 'my-access.places.enter')

    await visitor.page
      .getByRole('link', { name: /^(Renommer|Rename)/ })
      .first()
      .click()
    await sees(visitor, 'my-access.passkey.title')
    const field = visitor.page.getByLabel(say(visitor, 'my-access.passkey.name'), { exact: true })
    await field.fill(' ')
    await press(visitor, 'my-access.passkey.save')
    await visitor.page.getByRole('alert').waitFor()
    await at('passkey, name refused')
    await field.fill('W'.repeat(64))
    await press(visitor, 'my-access.passkey.save')
    await reads(visitor, 'my-access.done.passkey-renamed')
    await press(visitor, 'my-access.places.enter')
    await at('ways in, a name without a break')
    await visitor.page.getByRole('link', { name: 'WWWW' }).click()
    await sees(visitor, 'my-access.passkey.title')
    await at('passkey, removable')
    await press(visitor, 'my-access.passkey.remove-confirm')
    // A recovery is one factor: what it opened changes nothing before the new key has signed in.
    await sees(visitor, 'signin.step-up.title')
    await press(visitor, 'signin.sign-in.use')
    await sees(visitor, 'my-access.overview.title')
    await openPlace(visitor, issuer, 'enter')
    await visitor.page.getByRole('link', { name: 'WWWW' }).click()
    await press(visitor, 'my-access.passkey.remove-confirm')
    await reads(visitor, 'my-access.done.removal-waits')
    await at('space, a key that waits to be removed')
    await stage.endWaits()
    await openPlace(visitor, issuer, 'enter')
    await visitor.page.getByRole('link', { name: /^(Renommer|Rename)/ }).click()
    await reads(visitor, 'my-access.passkey.only')
    await at('passkey, the last one')
    await press(visitor, 'my-access.passkey.add')
    await press(visitor, 'signin.add-passkey.create')
    await reads(visitor, 'signin.passkey.already')
    await at('new passkey, already there')
    await openPlace(visitor, issuer, 'enter')
    await press(visitor, 'my-access.overview.codes-new')
    await sees(visitor, 'my-access.new-codes.title')
    await at('new codes')
    expect(faults).toEqual([])
  },
)

test.each(toursIn('fr'))(
  'the pages of a sign-out and the public pages pass the checks of accessibility and layout, in %s',
  { timeout: tourLimitMs },
  async (language) => {
    const visitor = await visitorIn(language)
    const { issuer, revenueAgency } = stage.demo
    const { page } = visitor
    const base = `${issuer}${language === 'en' ? '/en' : ''}`
    const faults: string[] = []
    const at = async (name: string) => void faults.push(...(await look(visitor, name)))

    for (const path of [
      '/',
      '/aide',
      '/accessibilite',
      '/confidentialite',
      '/register',
      '/register/agreements/agr_2026-017',
      '/organismes/org_aide-etudes',
      '/nulle-part',
      '/connexion/nulle-part',
    ]) {
      await page.goto(base + path)
      await at(path)
    }
    await page.goto(`${base}/session/end`)
    await reads(visitor, 'provider.sign-out.nobody')
    await at('sign-out, of nobody')
    await openAccess(visitor, issuer)
    await page.goto(`${base}/session/end`)
    await reads(visitor, 'provider.sign-out.explain')
    await at('sign-out')
    await page.goto(`${base}/session/end/success`)
    await sees(visitor, 'provider.signed-out.title')
    await at('signed out')
    await page.goto(`${home(visitor, revenueAgency)}?signed-out`)
    await at('service, just left')
    expect(faults).toEqual([])
  },
)

test('the notice of attestation passes the checks of accessibility', async () => {
  const visitor = await stage.visitor()
  await visitor.page.goto(`${stage.demo.issuer}/en/aide`)
  await visitor.page.waitForURL('**/en/attestation?**')
  expect(await look({ ...visitor, language: 'en' }, 'attestation')).toEqual([])
})

test('an access is created, used and left with the keyboard alone', async () => {
  const visitor = await stage.visitor()
  const { page } = visitor
  const { issuer, studentAid } = stage.demo
  await page.goto(`${studentAid}/`)
  await tabTo(visitor, applicationWords.fr.signIn)
  await page.keyboard.press('Enter')
  await sees(visitor, 'signin.sign-in.title')
  await tabTo(visitor, say(visitor, 'signin.sign-in.create'))
  await page.keyboard.press('Enter')
  await sees(visitor, 'signin.create-access.title')
  await skipToFirst(visitor, say(visitor, 'signin.create-access.create'))
  await page.keyboard.press('Enter')
  await sees(visitor, 'signin.recovery-codes.title')
  await skipToFirst(visitor, say(visitor, 'signin.recovery-codes.print'))
  await tabTo(visitor, say(visitor, 'signin.recovery-codes.next'))
  await page.keyboard.press('Enter')
  await sees(visitor, 'signin.reach.title')
  await tabTo(visitor, say(visitor, 'signin.reach.later'))
  await page.keyboard.press('Enter')
  await signedInAt(visitor, studentAid)
  await tabTo(visitor, applicationWords.fr.signOut)
  await page.keyboard.press('Enter')
  await sees(visitor, 'provider.sign-out.title')
  await skipToFirst(visitor, say(visitor, 'provider.sign-out.everywhere'))
  await page.keyboard.press('Enter')
  await page.waitForURL(`${studentAid}/?signed-out`)
  await openSpace(visitor, issuer)
  await sees(visitor, 'signin.sign-in.title')
  await skipToFirst(visitor, say(visitor, 'signin.sign-in.use'))
  await page.keyboard.press('Enter')
  await sees(visitor, 'my-access.overview.title')
})

test('without JavaScript the sign-in page says what is missing, and a code can still be entered', async () => {
  const owner = await stage.visitor()
  const [code = ''] = await openAccess(owner, stage.demo.issuer, 1)
  const visitor = await stage.visitor({ javaScriptEnabled: false })
  await openSpace(visitor, stage.demo.issuer)
  await sees(visitor, 'signin.sign-in.title')
  await saysThatScriptIsMissing(visitor)
  await recover(visitor, 'AAAA')
  await reads(visitor, 'refusal.recovery.code-refused.title')
  await enterCode(visitor, code)
  await sees(visitor, 'signin.ways-back.title')
  await press(visitor, 'signin.ways-back.password-title')
  await sees(visitor, 'signin.ways-back.password-title')
  await press(visitor, 'signin.add-passkey.cancel')
  await chooseNewKey(visitor)
  await saysThatScriptIsMissing(visitor)
})

test('without JavaScript « Mon accès » and the sign-out work', async () => {
  const { issuer } = stage.demo
  const owner = await stage.visitor()
  await openAccess(owner, issuer)
  const visitor = await stage.visitor({ javaScriptEnabled: false })
  await visitor.context.addCookies(await owner.context.cookies())
  await openPlace(visitor, issuer, 'enter')
  await visitor.page.getByRole('link', { name: /^Renommer/ }).click()
  await visitor.page.getByLabel(say(visitor, 'my-access.passkey.name')).fill('Téléphone')
  await press(visitor, 'my-access.passkey.save')
  await reads(visitor, 'my-access.done.passkey-renamed')
  await press(visitor, 'my-access.places.enter')
  await press(visitor, 'my-access.overview.codes-new')
  await press(visitor, 'my-access.new-codes.make')
  expect(await readCodes(visitor)).toHaveLength(10)
  await press(visitor, 'signin.recovery-codes.next')
  await reads(visitor, 'my-access.done.codes-made')
  await visitor.page
    .getByRole('banner')
    .getByRole('link', { name: say(visitor, 'base.layout.sign-out') })
    .click()
  await press(visitor, 'provider.sign-out.everywhere')
  await sees(visitor, 'provider.signed-out.title')
  await openSpace(visitor, issuer)
  await sees(visitor, 'signin.sign-in.title')
})

/** A visitor who has attested already, where her language asks for it. */
async function visitorIn(language: Language): Promise<Visitor> {
  const visitor = await stage.visitor({ language })
  if (language === 'fr') return visitor
  await visitor.page.goto(`${stage.demo.issuer}/en/`)
  await pressNamed(visitor, say(visitor, 'base.attestation.attest'))
  await sees(visitor, 'site.home.title')
  return visitor
}

const tabLimit = 12
const focused = `(document.activeElement.ariaLabel ?? document.activeElement.textContent).trim()`

/** Presses Tab until what has the focus bears this name. */
async function tabTo({ page }: Visitor, name: string): Promise<void> {
  const met: string[] = []
  while (met.at(-1) !== name && met.length < tabLimit) {
    await page.keyboard.press('Tab')
    met.push(await page.evaluate<string>(focused))
  }
  expect(met.at(-1), met.join(' → ')).toBe(name)
}

/** The skip link, and then one Tab: the first thing of the page's main part is what the page is for. */
async function skipToFirst(visitor: Visitor, name: string): Promise<void> {
  const { page } = visitor
  await page.getByRole('main').getByText(name, { exact: true }).waitFor()
  await tabTo(visitor, say(visitor, 'base.layout.skip'))
  await page.keyboard.press('Enter')
  await page.locator('main:focus').waitFor()
  await page.keyboard.press('Tab')
  expect(await page.evaluate<string>(focused)).toBe(name)
}

async function saysThatScriptIsMissing(visitor: Visitor): Promise<void> {
  const { page } = visitor
  expect(await page.locator('noscript').innerText()).toBe(say(visitor, 'signin.passkey.no-script'))
  await reads(visitor, 'signin.passkey.no-browser')
  expect(await page.locator('form[data-passkey]').isVisible()).toBe(false)
}
