import { expect, test } from 'vitest'
import { axeFaults } from '../support/axe.ts'
import { openAccess, press, reads, say, sees } from '../support/journey-deeds.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { startDemo } from '../support/house.ts'
import { openStage, toursIn } from '../support/journey-stage.ts'
import { mailboxWords } from '../../demo/mailbox/words.ts'

const arrivalMs = 30_000
const stage = openStage(() => startDemo({ env: { ATTESTATION: 'no' } }))

function mailboxOf({ language }: Visitor): string {
  return `http://localhost:${stage.demo.port + 3}${language === 'en' ? '/en/' : '/'}`
}

/** What the newest message in the mailbox holds. */
async function newestLetter(visitor: Visitor, subject: string): Promise<string> {
  const page = await visitor.context.newPage()
  await page.goto(mailboxOf(visitor))
  const letter = page.getByRole('article').first()
  const read = async () => {
    await page.reload()
    return (await letter.count()) === 0 ? '' : letter.innerText()
  }
  await expect.poll(read, { timeout: arrivalMs }).toContain(subject)
  const text = await letter.innerText()
  await page.close()
  return text
}

function codeIn(text: string): string {
  return /\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/.exec(text)?.[0] ?? ''
}

test.each(toursIn('en'))(
  'she gives an address, is told of a new choice, and checks the message (%s)',
  async (language) => {
    const visitor = await stage.visitor({ language })
    await openAccess(visitor, stage.demo.issuer)
    await press(visitor, 'my-access.places.told')
    await sees(visitor, 'notifications.messages.title')
    const field = visitor.page.getByLabel(say(visitor, 'notifications.messages.label-email'))
    await field.fill(`visiteuse-${language}@exemple.test`)
    await press(visitor, 'notifications.messages.send-email')
    await sees(visitor, 'notifications.confirm.title')
    const confirm = say(visitor, 'notifications.message.contact.confirm.subject')
    const code = codeIn(await newestLetter(visitor, confirm))
    const codeField = visitor.page.getByLabel(say(visitor, 'notifications.confirm.code'), {
      exact: true,
    })
    await codeField.fill('0000 0000')
    await press(visitor, 'notifications.confirm.continue')
    await reads(visitor, 'refusal.contact.code-refused.title')
    await codeField.fill(code)
    await press(visitor, 'notifications.confirm.continue')
    await reads(visitor, 'notifications.done.added')
    await visitor.page.getByLabel(say(visitor, 'notifications.messages.by-none')).check()
    await press(visitor, 'notifications.messages.save')
    await reads(visitor, 'notifications.done.chosen')
    const changed = say(visitor, 'notifications.message.messages.changed.subject')
    const letter = await newestLetter(visitor, changed)

    // Somebody else, without an access, asks whether it is real.
    const other = await stage.visitor({ language })
    const { issuer } = stage.demo
    await other.page.goto(`${issuer}${language === 'en' ? '/en' : ''}/aide`)
    await other.page
      .getByRole('contentinfo')
      .getByRole('link', { name: say(other, 'base.layout.check-message') })
      .click()
    await sees(other, 'notifications.check.title')
    const asked = other.page.getByLabel(say(other, 'notifications.check.code'))
    await asked.fill(codeIn(letter))
    await press(other, 'notifications.check.continue')
    await reads(other, 'notifications.check.words')
    await reads(other, 'notifications.message.messages.changed.subject')
    await asked.fill('0000-0000')
    await press(other, 'notifications.check.continue')
    await reads(other, 'notifications.check.not-ours')
  },
  180_000,
)

test.each(['fr', 'en'] as const)(
  'the mailbox has no fault that axe finds (%s)',
  async (language) => {
    const visitor = await stage.visitor({ language, viewport: { width: 320, height: 640 } })
    await visitor.page.goto(mailboxOf(visitor))
    await visitor.page
      .getByRole('heading', { level: 1, name: mailboxWords[language].title })
      .waitFor()
    expect(await axeFaults(visitor.page)).toEqual([])
    const wide = await visitor.page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    expect(wide).toBe(0)
  },
)
