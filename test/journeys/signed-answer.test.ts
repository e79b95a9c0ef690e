import { expect, test } from 'vitest'
import { press, reads, say, sees } from '../support/journey-deeds.ts'
import { answer, askAsNewcomer, optionalBox } from '../support/journey-sharing.ts'
import { openStage } from '../support/journey-stage.ts'

// An answer that a real browser signs: one press, one prompt, one form.

const stage = openStage()
const narrow = { viewport: { width: 320, height: 640 } }

test.each([
  { language: 'fr', deed: 'grant', ...narrow },
  { language: 'en', deed: 'refuse', ...narrow },
] as const)(
  'at 320 px her passkey signs her answer ($language, $deed)',
  async ({ deed, ...given }) => {
    const visitor = await stage.visitor(given)
    await askAsNewcomer(visitor, stage.demo.studentAid)
    await reads(visitor, 'consent.sign.with')
    await optionalBox(visitor).check()

    await answer(visitor, deed)

    await reads(visitor, 'consent.answered.signed')
    const wide = await visitor.page.evaluate('document.documentElement.scrollWidth')
    expect(wide).toBeLessThanOrEqual(320)
  },
)

test('she may answer without her key, also after it did not answer', async () => {
  const visitor = await stage.visitor()
  await askAsNewcomer(visitor, stage.demo.studentAid)
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
