import type { Locator } from 'playwright-core'
import { expect, test } from 'vitest'
import { capital } from '../../src/base/web/lists.ts'
import { saidBody } from '../../src/registry/index.ts'
import { home, press, say, sees } from '../support/journey-deeds.ts'
import { look } from '../support/journey-look.ts'
import { follow, namesFor, shareAsNewcomer } from '../support/journey-sharing.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage, toursIn } from '../support/journey-stage.ts'

// « Mon activité » as a person goes through it: who received what, one click from home; a choice by the keyboard; a question in
// place; « Ce n’était pas moi ».

const stage = openStage()
const tourLimitMs = 180_000
const reportLimitMs = 30_000

test.each(toursIn('en'))(
  'a person finds who received her income, asks about it, and confirms a sign-in, in %s',
  { timeout: tourLimitMs },
  async (language) => {
    const visitor = await stage.visitor({ language })
    const { issuer, studentAid } = stage.demo
    const faults: string[] = []
    const at = async (name: string) => void faults.push(...(await look(visitor, name)))
    await shareAsNewcomer(visitor, studentAid)

    await visitor.page.goto(home(visitor, issuer))
    await follow(visitor, say(visitor, 'my-space.sent.all'))
    await sees(visitor, 'my-activity.title')
    await at('activity')
    const { income, aid } = namesFor(visitor)
    const body = visitor.page.locator('details', { hasText: aid }).first()
    await body.locator('summary').click()
    expect(await body.innerText()).toContain(say(visitor, 'my-activity.right.consent'))
    await at('activity, what a body received')
    await body.getByRole('link', { name: capital(income), exact: true }).click()
    await visitor.page.waitForURL(/renseignement=/)
    expect(await visitor.page.getByRole('main').innerText()).toContain(aid)
    await at('activity, who received it')

    await chooseByKeyboard(visitor)
    const sent = visitor.page.locator('li.sent').first()
    await isReported(visitor, sent)
    await at('activity, sendings')
    await sent.getByRole('link').click()
    await visitor.page.waitForURL(/\/activite\/dec_/)
    expect(await visitor.page.getByRole('main').innerText()).toContain(
      say(visitor, 'my-activity.result.sent'),
    )
    await at('activity, one sending')
    await visitor.page.getByRole('link', { name: say(visitor, 'my-activity.act.ask') }).click()
    await visitor.page.getByLabel(say(visitor, 'disputes.question')).fill('Pourquoi ce jour-là?')
    await at('question')
    const { agencyInSentence: agency } = namesFor(visitor)
    await press(visitor, 'disputes.send', saidBody('organisation', agency, visitor.language))
    await follow(visitor, say(visitor, 'my-activity.print-back'))
    await follow(visitor, say(visitor, 'my-activity.print'))
    await at('activity, on paper')

    await visitor.page.goto(`${home(visitor, issuer).replace(/\/$/, '')}/activite?quoi=connexions`)
    await visitor.page.locator('li.sign-ins a').first().click()
    await visitor.page.waitForURL(/\/activite\/act_/)
    await at('activity, the sign-ins of a day')
    await visitor.page.getByText(say(visitor, 'my-activity.act.not-me')).first().click()
    await sees(visitor, 'my-access.asked.title')
    await at('was it you')
    await press(visitor, 'my-access.alarm.mine')
    await sees(visitor, 'my-access.overview.title')
    expect(faults).toEqual([])
  },
)

/** The agency reports by itself, after its answer: a page that was opened before does not say that it sent something. */
async function isReported({ page }: Visitor, sent: Locator): Promise<void> {
  const isThere = async () => {
    await page.reload()
    return sent.count()
  }
  await expect.poll(isThere, { timeout: reportLimitMs }).toBe(1)
}

async function chooseByKeyboard(visitor: Visitor): Promise<void> {
  const { page } = visitor
  await page.locator('details:has(form) > summary').focus()
  await page.keyboard.press('Enter')
  await page.getByLabel(say(visitor, 'my-activity.filter.what'), { exact: true }).focus()
  await page.keyboard.type(say(visitor, 'my-activity.what.envois'))
  for (let n = 0; n < 2; n++) await page.keyboard.press('Tab')
  const arrival = page.waitForEvent('framenavigated')
  await page.keyboard.press('Enter')
  await arrival
  expect(page.url()).toContain('quoi=envois')
}
