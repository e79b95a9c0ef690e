import { expect, test } from 'vitest'
import { words as applicationWords } from '../../demo/applications/words.ts'
import { provinceNames } from '../../demo/province/configuration.ts'
import { residents } from '../../demo/province/people.ts'
import { provinceWords } from '../../demo/province/words.ts'
import {
  askToSignIn,
  createAccess,
  home,
  leaveCodes,
  openPlace,
  press,
  pressNamed,
  proveAddress,
  readCodes,
  reads,
  say,
  sees,
  seesNamed,
  signedInAt,
} from '../support/journey-deeds.ts'
import { addAuthenticator } from '../support/chromium.ts'
import { look } from '../support/journey-look.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage, toursIn } from '../support/journey-stage.ts'
import { codeAt } from '../support/totp.ts'

// The way in without a passkey, as people walk it.

const stage = openStage()
const tourLimitMs = 180_000
const password = 'trois huards dorment debout'

test.each(toursIn('en'))(
  'an access is made and used with a password and an application, on pages that pass the checks, in %s',
  { timeout: tourLimitMs },
  async (language) => {
    const visitor = await stage.visitor({ language })
    await attest(visitor)
    const { studentAid } = stage.demo
    const faults: string[] = []
    const at = async (name: string) => void faults.push(...(await look(visitor, name)))
    const address = `marie.${language}@exemple.test`

    await askToSignIn(visitor, studentAid)
    await press(visitor, 'signin.sign-in.create')
    await press(visitor, 'signin.create-access.without-go')
    await sees(visitor, 'signin.create-password.title')
    await at('password chosen')
    await fill(visitor, 'signin.address.label', address)
    await fill(visitor, 'signin.password.new', 'motdepasse1234')
    await press(visitor, 'signin.create-password.continue')
    await reads(visitor, 'refusal.password.common.text')
    await at('password refused')
    await fill(visitor, 'signin.password.new', password)
    await press(visitor, 'signin.create-password.continue')
    await sees(visitor, 'notifications.address-code.title')
    await at('code of the address')
    await proveAddress(visitor, stage.demo, address)
    await sees(visitor, 'signin.create-code.title')
    await at('application')
    const seed = await visitor.page.locator('.seed code').innerText()
    await fill(visitor, 'signin.totp.code', codeAt(seed))
    await press(visitor, 'signin.totp.confirm')
    await readCodes(visitor)
    await leaveCodes(visitor)
    const number = await signedInAt(visitor, studentAid)

    await visitor.context.clearCookies()
    await attest(visitor)
    await askToSignIn(visitor, studentAid)
    await fill(visitor, 'signin.address.label', address)
    await press(visitor, 'signin.sign-in.continue')
    await sees(visitor, 'signin.password.title')
    await at('password')
    await fill(visitor, 'signin.password.label', password)
    await press(visitor, 'signin.password.continue')
    await sees(visitor, 'signin.code.title')
    await fill(visitor, 'signin.totp.code', '000000')
    await press(visitor, 'signin.code.continue')
    await reads(visitor, 'refusal.sign-in.refused.text')
    await at('code refused')
    await fill(visitor, 'signin.totp.code', codeAt(seed, 1))
    await press(visitor, 'signin.code.continue')
    await sees(visitor, 'signin.invitation.title')
    await at('invitation')
    await press(visitor, 'signin.invitation.later')
    expect(await signedInAt(visitor, studentAid)).toBe(number)

    await openPlace(visitor, stage.demo.issuer, 'enter')
    await sees(visitor, 'my-access.places.enter')
    await plugIn(visitor)
    await press(visitor, 'my-access.overview.security-key-add')
    await sees(visitor, 'my-access.security-key.title')
    await at('security key')
    await press(visitor, 'my-access.security-key.add')
    await reads(visitor, 'my-access.done.security-key-added')
    await at('my access')

    await visitor.context.clearCookies()
    await attest(visitor)
    await askToSignIn(visitor, studentAid)
    await fill(visitor, 'signin.address.label', address)
    await press(visitor, 'signin.sign-in.continue')
    await fill(visitor, 'signin.password.label', password)
    await press(visitor, 'signin.password.continue')
    await at('code or key')
    await press(visitor, 'signin.code.use-key')
    expect(await signedInAt(visitor, studentAid)).toBe(number)
    await openPlace(visitor, stage.demo.issuer, 'enter')
    await press(visitor, 'my-access.overview.password-remove')
    await reads(visitor, 'refusal.way.last.text')
    await at('last way')
    expect(faults).toEqual([])
  },
)

test('the invitation makes a passkey, and the field for the address offers it the next time', async () => {
  const visitor = await stage.visitor({ autofill: true })
  const { studentAid } = stage.demo
  await askToSignIn(visitor, studentAid)
  await createAccess(visitor)
  await leaveCodes(visitor)
  await signedInAt(visitor, studentAid)

  // The authenticator of the tests chooses what the browser lists, by itself.
  await visitor.context.clearCookies()
  await askToSignIn(visitor, studentAid)

  await signedInAt(visitor, studentAid)
})

test('a password can be looked at, and is never sent from a field of plain text', async () => {
  const visitor = await stage.visitor()
  await visitor.page.goto(home(visitor, stage.demo.studentAid))
  await askToSignIn(visitor, stage.demo.studentAid)
  await fill(visitor, 'signin.address.label', 'marie@exemple.test')
  await press(visitor, 'signin.sign-in.continue')
  const field = visitor.page.getByLabel(say(visitor, 'signin.password.label'), { exact: true })
  await field.fill(password)
  await press(visitor, 'signin.password.show')
  expect(await field.getAttribute('type')).toBe('text')
  await press(visitor, 'signin.password.hide')
  expect(await field.getAttribute('type')).toBe('password')
})

test('without JavaScript an access is made with a password and an application', async () => {
  const visitor = await stage.visitor({ javaScriptEnabled: false })
  const { studentAid } = stage.demo
  await askToSignIn(visitor, studentAid)
  await press(visitor, 'signin.sign-in.create')
  await press(visitor, 'signin.create-access.without-go')
  await fill(visitor, 'signin.address.label', 'sans@exemple.test')
  await fill(visitor, 'signin.password.new', password)
  await press(visitor, 'signin.create-password.continue')
  await proveAddress(visitor, stage.demo, 'sans@exemple.test')
  const seed = await visitor.page.locator('.seed code').innerText()
  await fill(visitor, 'signin.totp.code', codeAt(seed))
  await press(visitor, 'signin.totp.confirm')
  await readCodes(visitor)
  await leaveCodes(visitor)
  await signedInAt(visitor, studentAid)
})

// The levels of both are held by `test/signin/upstream/signing-in.test.ts`.
const residentOf = {
  fr: [1, 'urn:accord:aal:1'],
  en: [0, 'urn:accord:aal:2'],
} as const

test.each(toursIn('en'))(
  'with an account in another province an access is made, and opened again without JavaScript, in %s',
  async (language) => {
    const [nth, level] = residentOf[language]
    const { studentAid, revenueAgency, port } = stage.demo
    const province = { provider: provinceNames[language] }
    const given = residents[nth]?.claims.given_name
    const { home: atHome, choice } = provinceWords[language]
    const faults: string[] = []
    const first = await stage.visitor({ language })
    await attest(first)
    await first.page.goto(home(first, `http://localhost:${port + 4}`))
    faults.push(...(await look(first, 'the province')))
    await pressNamed(first, atHome.go)
    await throughProvince(first)
    await seesNamed(first, choice.title)
    faults.push(...(await look(first, 'who signs in')))
    await pressNamed(first, choice.cancel)
    await reads(first, 'refusal.upstream.declined.text')
    await press(first, 'signin.providers.continue', province)
    await pressNamed(first, `${choice.as} ${given}`)
    await press(first, 'signin.arrival.create')
    await readCodes(first)
    await leaveCodes(first)
    await press(first, 'signin.invitation.later')
    const number = await signedInAt(first, studentAid)
    await first.page.getByText(applicationWords[language].levels[level]).waitFor()

    // One press leads from there through the broker to the service: the policy of the page lets it.
    const again = await stage.visitor({ language, javaScriptEnabled: false })
    await attest(again)
    await again.page.goto(home(again, studentAid))
    await throughProvince(again)
    await pressNamed(again, `${choice.as} ${given}`)
    expect(await signedInAt(again, studentAid)).toBe(number)

    // The Revenue Agency asks for her name: she sees it, and lets it have the two parts of it.
    await again.page.goto(home(again, revenueAgency))
    await pressNamed(again, applicationWords[language].signIn)
    for (const box of await again.page.getByRole('checkbox').all()) await box.check()
    await press(again, 'claims.ask.give')
    if (level === 'urn:accord:aal:1') {
      // Who signed in by one factor gives nobody her name.
      await sees(again, 'signin.step-up.title')
      expect(faults).toEqual([])
      return
    }
    expect(await signedInAt(again, revenueAgency)).not.toBe(number)
    const { given_name, family_name } = residents[nth]?.claims ?? {}
    const row = again.page.locator('dl > div').filter({ hasText: applicationWords[language].who })
    const shown = await row.getByRole('definition').innerText()
    expect(shown).toContain(`${given_name} ${family_name}`)
    expect(shown).toContain(`${applicationWords[language].vouchedBy} Une autre province (démo)`)
    expect(faults).toEqual([])

    async function throughProvince(visitor: Visitor): Promise<void> {
      await pressNamed(visitor, applicationWords[language].signIn)
      await press(visitor, 'signin.providers.continue', province)
    }
  },
)

/** A key of the oldest kind in the place of the device: it verifies nobody, and has no memory. */
async function plugIn(visitor: Visitor): Promise<void> {
  await visitor.device.remove()
  await addAuthenticator(visitor.page, {
    protocol: 'u2f',
    transport: 'usb',
    hasResidentKey: false,
    hasUserVerification: false,
  })
}

async function fill(visitor: Visitor, key: string, text: string): Promise<void> {
  await visitor.page.getByLabel(say(visitor, key), { exact: true }).fill(text)
}

/** The notice before English, read once. */
async function attest(visitor: Visitor): Promise<void> {
  if (visitor.language === 'fr') return
  await visitor.page.goto(`${stage.demo.issuer}/en/`)
  await press(visitor, 'base.attestation.attest')
  await sees(visitor, 'site.home.title')
}
