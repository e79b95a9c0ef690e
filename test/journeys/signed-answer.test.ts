import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { dayOf } from '../../src/base/values/calendar.ts'
import { saidWords } from '../../src/ledger/verifier/said-words.ts'
import { newFolder } from '../support/fault-process.ts'
import { goTo, press, reads, say, sees } from '../support/journey-deeds.ts'
import {
  answer,
  askAsNewcomer,
  askForBursary,
  looksAgain,
  openSharings,
  optionalBox,
  shareAsNewcomer,
  stopSharing,
} from '../support/journey-sharing.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage, toursIn } from '../support/journey-stage.ts'
import { lastDayBoxes } from '../support/signing.ts'

// An answer that a real browser signs: one press, one prompt, one form.

const stage = openStage()
const narrow = { viewport: { width: 320, height: 640 } }

test.each([
  { language: 'fr', deed: 'grant', ...narrow },
  { language: 'en', deed: 'refuse', ...narrow },
] as const)(
  'at 320 px her passkey signs her answer, and the file of its receipt says all that it signed ($language, $deed)',
  async ({ deed, ...given }) => {
    const visitor = await stage.visitor(given)
    await askAsNewcomer(visitor, stage.demo.studentAid)
    await reads(visitor, 'consent.sign.with')
    await optionalBox(visitor).check()

    await answer(visitor, deed)

    await reads(visitor, 'consent.answered.signed')
    await fits(visitor)
    await readsFile(visitor, deed)
  },
)

test('she may answer without her key, also after it did not answer: the fold that holds this way opens', async () => {
  const visitor = await stage.visitor()
  await askAsNewcomer(visitor, stage.demo.studentAid)
  await press(visitor, 'base.reading.plain')
  await sees(visitor, 'consent.plain.title')
  expect(await visitor.page.getByLabel(say(visitor, 'consent.sign.skip')).isVisible()).toBe(false)
  await visitor.page.evaluate('navigator.credentials.get = () => Promise.reject(new Error())')
  await press(visitor, 'consent.ask.grant')
  await reads(visitor, 'consent.sign.failed')
  await visitor.page.getByLabel(say(visitor, 'consent.sign.skip')).check()

  await answer(visitor, 'grant')

  await reads(visitor, 'consent.answered.unsigned')
})

test('without JavaScript the page says that the answer has no signature, and records it so', async () => {
  const visitor = await stage.visitor({ javaScriptEnabled: false })
  await askAsNewcomer(visitor, stage.demo.studentAid)
  await reads(visitor, 'consent.sign.without')
  await press(visitor, 'consent.ask.refuse')
  await sees(visitor, 'consent.answered.refused')
  await reads(visitor, 'consent.answered.unsigned')
})

test.each(toursIn('fr'))(
  'at 320 px her key narrows a sharing, and lifts that a yes needs it (%s)',
  async (language) => {
    const visitor = await stage.visitor({ language, ...narrow })
    const reference = await shareAsNewcomer(visitor, stage.demo.studentAid)
    await confirmNarrower(visitor, reference, 'consent.sign.with')
    await visitor.page.locator('a[href*="/recus/rcp_"]').first().click()
    await visitor.page.getByText(openedWith[language]).first().waitFor()
    await fits(visitor)

    await openSignature(visitor)
    await fits(visitor)
    await press(visitor, 'my-access.signature.lift-key')
    await reads(visitor, 'my-access.done.signature-lifted')
    await openSignature(visitor)
    await visitor.page.getByText(lifted[language]).waitFor()
  },
)

// What stands beside a date.
const openedWith = {
  fr: 'Votre réponse est signée avec la clé créée avec cet accès',
  en: 'Your answer is signed with the key',
} as const
const lifted = {
  fr: 'un oui ne demande plus votre clé. Il la demandera',
  en: 'a yes no longer needs your passkey. It will need it',
} as const

test('without JavaScript she who signs can narrow, stop and refuse; a yes and the lifting need her key, and it is said', async () => {
  const visitor = await stage.visitor()
  const { studentAid } = stage.demo
  const reference = await shareAsNewcomer(visitor, studentAid)
  const storageState = await visitor.context.storageState()
  const plain = await stage.visitor({ javaScriptEnabled: false, storageState })
  await openSignature(plain)
  expect(await plain.page.locator('noscript').innerText()).toBe(
    say(plain, 'signin.passkey.no-script'),
  )
  const lifting = plain.page.getByRole('button', {
    name: say(plain, 'my-access.signature.lift-key'),
  })
  expect(await lifting.isVisible()).toBe(false)
  await confirmNarrower(plain, reference, 'consent.sign.without')
  await stopSharing(plain)
  await askForBursary(plain, studentAid)
  await looksAgain(plain)
  await press(plain, 'consent.ask.grant')
  await reads(plain, 'refusal.consent.key-needed.text')
  await press(plain, 'consent.ask.refuse')
  await sees(plain, 'consent.answered.refused')
})

/** Narrows a sharing to this day, its first possible last one, on the page that says how it is signed. */
async function confirmNarrower(visitor: Visitor, reference: string, how: string): Promise<void> {
  const { page } = visitor
  await openSharings(visitor, stage.demo.issuer, `/${reference}`)
  await press(visitor, 'my-sharing.sharing.narrow')
  const days = page.getByRole('group', { name: say(visitor, 'my-sharing.narrow.day') })
  for (const [name, typed] of Object.entries(lastDayBoxes(dayOf(new Date()))))
    await days.locator(`[name=${name}]`).fill(typed)
  await press(visitor, 'my-sharing.narrow.continue')
  await sees(visitor, 'my-sharing.narrowing.title')
  await reads(visitor, how)
  await press(visitor, 'my-sharing.narrowing.confirm')
  await reads(visitor, 'my-sharing.done.narrowed')
}

/** The file of her receipt, as she opens what she kept: the nineteen lines in words. */
async function readsFile(visitor: Visitor, deed: 'grant' | 'refuse'): Promise<void> {
  const { page, language } = visitor
  const t = saidWords[language]
  await page.locator('a[href*="/recus/rcp_"]').first().click()
  const href = (await page.locator('a[href$="/fichier"]').first().getAttribute('href')) ?? ''
  const file = await visitor.context.request.get(new URL(href, page.url()).href)
  const place = join(newFolder(), 'receipt.html')
  writeFileSync(place, await file.text())
  // Elsewhere: in a browser that knows no site.
  const other = await visitor.context.browser()?.newPage(narrow)
  if (other === undefined) throw new Error('there is no browser')
  await other.goto(pathToFileURL(place).href)
  await other.getByRole('heading', { name: t['verdict.own-title'] }).waitFor()
  await other.locator('summary', { hasText: t['text.title'] }).click()
  const lines = await other.locator('details', { hasText: t['text.title'] }).innerText()
  for (const word of ['text.herself', 'text.holder', 'text.limit', 'text.no-replaces'] as const)
    expect(lines).toContain(t[word])
  expect(lines).toContain(t[deed === 'grant' ? 'text.granted' : 'text.refused'])
  expect(lines).toContain('accord.answer.v2')
  await fits({ ...visitor, page: other })
  await other.close()
}

async function openSignature(visitor: Visitor): Promise<void> {
  const base = visitor.language === 'en' ? '/en' : ''
  await goTo(visitor, `${stage.demo.issuer}${base}/acces/signature`)
  await sees(visitor, 'my-access.signature.title')
}

async function fits({ page }: Visitor): Promise<void> {
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
    320,
  )
}
