import type { Locator } from 'playwright-core'
import { expect, test } from 'vitest'
import { addAuthenticator } from '../support/chromium.ts'
import {
  askToSignIn,
  goTo,
  openAccess,
  openPlace,
  openSpace,
  press,
  reads,
  say,
  sees,
  signInWithPasskey,
  signedInAt,
  signedOutAt,
} from '../support/journey-deeds.ts'
import { look } from '../support/journey-look.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage } from '../support/journey-stage.ts'

const stage = openStage()

test('without a session « Mon accès » asks for a sign-in and leads back to the wanted page', async () => {
  const visitor = await stage.visitor()
  const { issuer } = stage.demo
  await openAccess(visitor, issuer)
  await visitor.context.clearCookies()
  await visitor.page.goto(`${issuer}/acces/codes`)
  await sees(visitor, 'base.begin.title')
  await press(visitor, 'base.begin.go-on')
  await reads(visitor, 'signin.sign-in.own-space')
  await signInWithPasskey(visitor)
  await sees(visitor, 'my-access.new-codes.title')
  expect(visitor.page.url()).toBe(`${issuer}/acces/codes`)
})

test('a sign-in page that was open for longer than its challenge asks for another, and keeps the address typed there', async () => {
  const visitor = await stage.visitor()
  const { issuer } = stage.demo
  await openAccess(visitor, issuer)
  await visitor.context.clearCookies()
  await visitor.page.clock.install()
  await goTo(visitor, `${issuer}/acces`)
  const field = visitor.page.getByLabel(say(visitor, 'signin.address.label'), { exact: true })
  await field.fill('marie@exemple.test')
  // The form for a key is hidden until its script ran, which notes then when the page was opened.
  await visitor.page
    .getByRole('button', { name: say(visitor, 'signin.sign-in.use'), exact: true })
    .waitFor()
  await visitor.page.clock.fastForward('05:00')

  await press(visitor, 'signin.sign-in.use')
  await reads(visitor, 'refusal.challenge.unusable.text')
  expect(await field.inputValue()).toBe('marie@exemple.test')
  await signInWithPasskey(visitor)
  await sees(visitor, 'my-access.overview.title')
})

test('choices on a page are kept over a sign-in in between', async () => {
  const visitor = await stage.visitor()
  const { issuer } = stage.demo
  await openAccess(visitor, issuer)
  await visitor.context.clearCookies()
  const wanted = `${issuer}/activite?quoi=connexions&organisme=&renseignement=&periode=2026`
  await goTo(visitor, wanted)
  await signInWithPasskey(visitor)
  await sees(visitor, 'my-activity.title')
  expect(visitor.page.url()).toBe(wanted)
})

test('a passkey keeps the name that it is given, shown as plain text', async () => {
  const visitor = await owner()
  const name = `"><script>document.title='taken'</script> ' & <b>`
  await keysOf(visitor).getByRole('link').click()
  await rename(visitor, name)
  await reads(visitor, 'my-access.done.passkey-renamed')
  expect(await namesOf(visitor)).toEqual([name])
  expect(await visitor.page.title()).not.toContain('taken')
  await keysOf(visitor).getByRole('link').click()
  expect(await nameField(visitor).inputValue()).toBe(name)
  expect(await visitor.page.title()).not.toContain('taken')
})

test('an invalid name is refused beside its field', async () => {
  const visitor = await owner()
  await keysOf(visitor).getByRole('link').click()
  const before = await nameField(visitor).inputValue()
  await rename(visitor, '   ')
  await visitor.page.getByRole('alert').waitFor()
  expect(await nameField(visitor).getAttribute('aria-invalid')).toBe('true')
  expect(await namesOf(visitor)).toEqual([before])
})

test('a device that already has a key says so, and another device adds a second one', async () => {
  const visitor = await owner()
  await press(visitor, 'my-access.overview.passkey-add')
  await sees(visitor, 'signin.add-passkey.title')
  await press(visitor, 'signin.add-passkey.create')
  await reads(visitor, 'signin.passkey.already')
  const older = await visitor.device.credentials()
  expect(older).toHaveLength(1)

  const other = await changeDevice(visitor)
  await press(visitor, 'signin.add-passkey.create')
  // The first device comes near, and its key vouches for the new one.
  await reads(visitor, 'signin.add-passkey.endorse-why')
  expect(await other.device.credentials()).toHaveLength(1)
  // A virtual device has one key a person.
  await other.device.clear()
  for (const key of older) await other.device.addCredential(key)
  await press(visitor, 'signin.add-passkey.endorse')
  await reads(visitor, 'my-access.done.passkey-added')
  expect(await namesOf(visitor)).toHaveLength(2)
})

test('a removed key waits: until it is gone whoever has it sees, and lets nothing flow', async () => {
  const visitor = await owner()
  const { issuer } = stage.demo
  const [lost] = await visitor.device.credentials()
  await nameOnlyKey(visitor, 'Ancienne')
  const other = await addSecondKey(visitor)
  await openPlace(visitor, issuer, 'enter')
  await visitor.page
    .getByRole('link', {
      name: say(visitor, 'my-access.overview.passkey-change-of', { name: 'Ancienne' }),
      exact: true,
    })
    .click()
  await press(visitor, 'my-access.passkey.remove-confirm')
  await reads(visitor, 'my-access.done.removal-waits')

  await visitor.context.clearCookies()
  await openSpace(other, issuer)
  await signInWithPasskey(other)
  await sees(other, 'my-access.overview.title')

  const finder = await stage.visitor()
  if (lost !== undefined) await finder.device.addCredential(lost)
  await openSpace(finder, issuer)
  await signInWithPasskey(finder)
  await sees(finder, 'my-access.overview.title')
  await reads(finder, 'my-access.waiting.held-waiting')

  await stage.endWaits()
  await finder.context.clearCookies()
  await openSpace(finder, issuer)
  await signInWithPasskey(finder)
  await finder.page.getByRole('alert').getByRole('heading').waitFor()
  await sees(finder, 'signin.sign-in.title')
})

test('the last key cannot be removed: the page says why, and a forged form is refused', async () => {
  const visitor = await owner()
  await keysOf(visitor).getByRole('link').click()
  await reads(visitor, 'my-access.passkey.only')
  const confirm = say(visitor, 'my-access.passkey.remove-confirm')
  expect(await visitor.page.getByRole('button', { name: confirm, exact: true }).count()).toBe(0)

  const csrf = await visitor.page.locator('input[name=csrf]').first().inputValue()
  const answer = await visitor.context.request.post(`${visitor.page.url()}/retrait`, {
    form: { csrf },
    maxRedirects: 0,
  })
  expect(answer.status()).toBe(409)
  expect(await namesOf(visitor)).toHaveLength(1)
})

test.each([
  { says: 'Sec-Fetch-Site', headers: { 'sec-fetch-site': 'cross-site' } },
  { says: 'Origin alone, as older browsers do', headers: { origin: 'https://ailleurs.example' } },
])('a form of another site is refused, even with the right token: $says', async ({ headers }) => {
  const visitor = await owner()
  await keysOf(visitor).getByRole('link').click()
  const before = await nameField(visitor).inputValue()
  const csrf = await visitor.page.locator('input[name=csrf]').first().inputValue()
  const answer = await visitor.context.request.post(`${visitor.page.url()}/nom`, {
    form: { csrf, name: 'Prise' },
    headers,
    maxRedirects: 0,
  })
  expect(answer.status()).toBe(403)
  expect(await namesOf(visitor)).toEqual([before])
})

test('a session closed from another browser has to sign in again, and its services are told', async () => {
  const visitor = await owner()
  const { issuer, studentAid } = stage.demo
  const elsewhere = await secondBrowser(visitor)
  await askToSignIn(elsewhere, studentAid)
  await signedInAt(elsewhere, studentAid)

  await openPlace(visitor, issuer, 'open')
  const sessions = visitor.page.getByRole('main').getByRole('listitem')
  expect(await sessions.count()).toBe(2)
  const current = say(visitor, 'my-access.overview.session-current')
  expect(await sessions.filter({ hasText: current }).count()).toBe(1)
  expect(await sessions.filter({ hasText: current }).getByRole('button').count()).toBe(0)
  await sessions.filter({ hasNotText: current }).getByRole('button').click()
  await reads(visitor, 'my-access.done.session-ended')
  await press(visitor, 'my-access.places.open')
  await reads(visitor, 'my-access.overview.sessions-only')

  await openSpace(elsewhere, issuer)
  await sees(elsewhere, 'signin.sign-in.title')
  await signedOutAt(elsewhere, studentAid)
})

test('all other sessions are closed at once, and the present one stays', async () => {
  const visitor = await owner()
  const { issuer } = stage.demo
  const others = [await secondBrowser(visitor), await secondBrowser(visitor)]
  await openPlace(visitor, issuer, 'open')
  await press(visitor, 'my-access.overview.sessions-end')
  await reads(visitor, 'my-access.done.sessions-ended')
  await press(visitor, 'my-access.places.open')
  await reads(visitor, 'my-access.overview.sessions-only')
  for (const other of others) {
    await openSpace(other, issuer)
    await sees(other, 'signin.sign-in.title')
  }
})

test('the services that were used are listed with their days', async () => {
  const visitor = await owner()
  const { issuer, studentAid } = stage.demo
  await openPlace(visitor, issuer, 'services')
  await reads(visitor, 'my-access.overview.services-none')
  await askToSignIn(visitor, studentAid)
  await signedInAt(visitor, studentAid)
  await openPlace(visitor, issuer, 'services')
  const services = visitor.page.getByRole('main').getByRole('listitem')
  expect(await services.count()).toBe(1)
  expect(await services.getByRole('heading').innerText()).toBe('Aide aux études (démo)')
  const day = new Intl.DateTimeFormat('fr-CA', { dateStyle: 'long', timeZone: 'America/Toronto' })
  const year = day.formatToParts(new Date()).find(({ type }) => type === 'year')?.value ?? ''
  expect(await services.innerText()).toMatch(
    new RegExp(`Première utilisation.+${year}[^]+Dernière utilisation.+${year}`),
  )
})

test('ways to sign in can be changed only after a recent sign-in', async () => {
  const visitor = await owner()
  await stage.letTimePass(visitor)
  await press(visitor, 'my-access.overview.passkey-add')
  await sees(visitor, 'signin.step-up.title')
  expect(await look(visitor, 'step-up')).toEqual([])
  await press(visitor, 'signin.step-up.leave')
  await sees(visitor, 'my-access.overview.title')

  await press(visitor, 'my-access.places.enter')
  await press(visitor, 'my-access.overview.passkey-add')
  await sees(visitor, 'signin.step-up.title')
  await press(visitor, 'signin.sign-in.use')
  await sees(visitor, 'signin.add-passkey.title')
})

async function owner(): Promise<Visitor> {
  const visitor = await stage.visitor()
  await openAccess(visitor, stage.demo.issuer)
  await press(visitor, 'my-access.places.enter')
  return visitor
}

/** The same person in another browser: her passkey is synchronised to the device there. */
async function secondBrowser(visitor: Visitor): Promise<Visitor> {
  const [credential] = await visitor.device.credentials()
  const other = await stage.visitor()
  if (credential !== undefined) await other.device.addCredential(credential)
  await openSpace(other, stage.demo.issuer)
  await signInWithPasskey(other)
  await sees(other, 'my-access.overview.title')
  // Its counter went on: the first device must not seem to be a copy.
  const [used] = await other.device.credentials()
  await visitor.device.clear()
  if (used !== undefined) await visitor.device.addCredential(used)
  return other
}

async function addSecondKey(visitor: Visitor): Promise<Visitor> {
  await openPlace(visitor, stage.demo.issuer, 'enter')
  await press(visitor, 'my-access.overview.passkey-add')
  await sees(visitor, 'signin.add-passkey.title')
  const other = await changeDevice(visitor)
  await press(other, 'signin.add-passkey.create')
  await press(other, 'signin.add-passkey.endorse-without')
  await reads(other, 'my-access.done.passkey-added')
  return other
}

/** The same page with another device at hand, empty, instead of the first one. */
async function changeDevice(visitor: Visitor): Promise<Visitor> {
  await visitor.device.remove()
  return { ...visitor, device: await addAuthenticator(visitor.page) }
}

async function nameOnlyKey(visitor: Visitor, name: string): Promise<void> {
  await keysOf(visitor).getByRole('link').click()
  await rename(visitor, name)
  await reads(visitor, 'my-access.done.passkey-renamed')
}

async function rename(visitor: Visitor, name: string): Promise<void> {
  await sees(visitor, 'my-access.passkey.title')
  await nameField(visitor).fill(name)
  await press(visitor, 'my-access.passkey.save')
}

function nameField(visitor: Visitor): Locator {
  return visitor.page.getByLabel(say(visitor, 'my-access.passkey.name'), { exact: true })
}

function keysOf(visitor: Visitor): Locator {
  return sectionOf(visitor, 'my-access.overview.passkeys').getByRole('listitem')
}

async function namesOf(visitor: Visitor): Promise<string[]> {
  await openPlace(visitor, stage.demo.issuer, 'enter')
  await sees(visitor, 'my-access.places.enter')
  return keysOf(visitor).getByRole('heading').allInnerTexts()
}

function sectionOf(visitor: Visitor, key: string): Locator {
  const heading = visitor.page.getByRole('heading', { level: 2, name: say(visitor, key) })
  return visitor.page.locator('section').filter({ has: heading })
}
