import { expect, test } from 'vitest'
import {
  askToSignIn,
  chooseNewKey,
  comeBackByKey,
  enterCode,
  openAccess,
  openPlace,
  openSpace,
  press,
  readCodes,
  reads,
  recover,
  say,
  sees,
  signedInAt,
  signInWithPasskey,
} from '../support/journey-deeds.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage } from '../support/journey-stage.ts'

const stage = openStage()

test('a wrong code is named, with a way to its field, and opens nothing', async () => {
  const visitor = await stage.visitor()
  const { page } = visitor
  await openSpace(visitor, stage.demo.issuer)
  await recover(visitor, 'AAAA-BBBB-CCCC-DDDD')
  const field = page.getByLabel(say(visitor, 'signin.recover.code'), { exact: true })
  const summary = page.getByRole('alert')
  const sentence = say(visitor, 'refusal.recovery.code-refused.title')
  await summary.getByRole('link', { name: sentence }).click()
  expect(await page.evaluate('document.activeElement.id')).toBe(await field.getAttribute('id'))
  expect(await field.getAttribute('aria-invalid')).toBe('true')
  await page.locator('#code-error').getByText(sentence).waitFor()
  await sees(visitor, 'signin.recover.title')
})

test('a code typed in lower case and without hyphens leads to a new passkey and then back to the service', async () => {
  const { owner, codes } = await accessWithCodes()
  const [code = ''] = codes
  const studentAid = stage.demo.studentAid
  await askToSignIn(owner, studentAid)
  const before = await signedInAt(owner, studentAid)

  const visitor = await stage.visitor()
  await askToSignIn(visitor, studentAid)
  await recover(visitor, code.toLowerCase().replaceAll('-', ''))
  await comeBackByKey(visitor)
  expect(await signedInAt(visitor, studentAid)).toBe(before)
})

test('until a new way in is made a code opens neither « Mon accès » nor a service', async () => {
  const { codes } = await accessWithCodes()
  const visitor = await stage.visitor()
  const { page } = visitor
  const { issuer, studentAid } = stage.demo
  await openSpace(visitor, issuer)
  await recover(visitor, codes[1] ?? '')
  await sees(visitor, 'signin.ways-back.title')
  const here = page.url()

  await openSpace(visitor, issuer)
  await sees(visitor, 'signin.sign-in.title')
  await askToSignIn(visitor, studentAid)
  await sees(visitor, 'signin.sign-in.title')
  // The visit of the code still waits for a way in, and for nothing else.
  await page.goto(here)
  await chooseNewKey(visitor)
  await press(visitor, 'signin.add-passkey.cancel')
  await sees(visitor, 'signin.ways-back.title')
})

test('a code works once, and the set that it was of waits beside the new one', async () => {
  const { codes } = await accessWithCodes()
  const [code = ''] = codes
  const first = await stage.visitor()
  await openSpace(first, stage.demo.issuer)
  await recover(first, code)
  const fresh = await comeBackByKey(first)
  await sees(first, 'my-access.overview.title')

  const second = await stage.visitor()
  await openSpace(second, stage.demo.issuer)
  await recover(second, code)
  await reads(second, 'refusal.recovery.code-refused.text')
  await enterCode(second, codes[1] ?? '')
  await sees(second, 'signin.ways-back.title')
  const third = await stage.visitor()
  await openSpace(third, stage.demo.issuer)
  await recover(third, fresh[0] ?? '')
  await sees(third, 'signin.ways-back.title')
})

test('a recovery is shown in the new session, and can be undone in a session of an older key', async () => {
  const { owner, codes } = await accessWithCodes()
  const visitor = await recovered(codes[4] ?? '')
  await openSpace(visitor, stage.demo.issuer)
  await visitor.page
    .getByRole('main')
    .getByText(/^Vous avez rétabli votre accès avec un code le .+\.$/)
    .waitFor()
  await reads(visitor, 'my-access.overview.hold-how')
  await openPlace(visitor, stage.demo.issuer, 'enter')
  await reads(visitor, 'my-access.overview.codes-left', { count: 10 })

  await openSpace(owner, stage.demo.issuer)
  await signInWithPasskey(owner)
  await reads(owner, 'my-access.alarm.held')
  const held = owner.page.locator('.panel.alarm')
  await held.getByRole('button', { name: say(owner, 'my-access.alarm.not-mine') }).click()

  await reads(owner, 'my-access.done.recovery-undone')
  await press(owner, 'my-access.places.enter')
  await reads(owner, 'my-access.overview.codes-left', { count: 0 })
  await openSpace(visitor, stage.demo.issuer)
  await sees(visitor, 'signin.sign-in.title')
  await signInWithPasskey(visitor)
  await reads(visitor, 'refusal.passkey.refused.text')
})

test('a new set of codes works at once, and the old one waits', async () => {
  const { owner, codes } = await accessWithCodes()
  await press(owner, 'my-access.places.enter')
  await press(owner, 'my-access.overview.codes-new')
  await sees(owner, 'my-access.new-codes.title')
  await press(owner, 'my-access.new-codes.make')
  const fresh = await readCodes(owner)
  expect(new Set([...codes, ...fresh]).size).toBe(20)
  await press(owner, 'signin.recovery-codes.next')
  await sees(owner, 'my-access.overview.title')
  await press(owner, 'my-access.places.enter')
  await reads(owner, 'my-access.overview.codes-left', { count: 10 })

  const visitor = await stage.visitor()
  await openSpace(visitor, stage.demo.issuer)
  await recover(visitor, fresh[9] ?? '')
  await sees(visitor, 'signin.ways-back.title')
  const older = await stage.visitor()
  await openSpace(older, stage.demo.issuer)
  await recover(older, codes[0] ?? '')
  await sees(older, 'signin.ways-back.title')
})

async function accessWithCodes(): Promise<{ owner: Visitor; codes: readonly string[] }> {
  const owner = await stage.visitor()
  return { owner, codes: await openAccess(owner, stage.demo.issuer, 5) }
}

/** Another browser, whose owner came in with a code and made a new passkey. */
async function recovered(code: string): Promise<Visitor> {
  const visitor = await stage.visitor()
  await openSpace(visitor, stage.demo.issuer)
  await recover(visitor, code)
  await comeBackByKey(visitor)
  await sees(visitor, 'my-access.overview.title')
  return visitor
}
