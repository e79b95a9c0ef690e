import { expect, test } from 'vitest'
import { bursaryWords } from '../../demo/applications/recipient/words.ts'
import { press, pressNamed, reads, say, sees, seesNamed } from '../support/journey-deeds.ts'
import { capital } from '../../src/base/web/lists.ts'
import { look } from '../support/journey-look.ts'
import { beforeDeciding, lengthOf, openMeter } from '../support/measures.ts'
import {
  bursaryFor,
  factsIn,
  figuresOf,
  goOn,
  openSharings,
  optionalBox,
  registered,
  seesQuestion,
  seesStop,
  shareAsNewcomer,
} from '../support/journey-sharing.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage, toursIn } from '../support/journey-stage.ts'
import { wholePages } from '../support/whole-pages.ts'

// Student Aid asks for two things at once: to renew what a person allowed, and something new. She reads each, changes her
// mind on the page that shows both, and sends them together.

const stage = openStage()
const tourLimitMs = 180_000

/** Of the page before a stop where the same body gets the same data by another way, too. */
const mostBeforeStop = { words: 160, top: 1280 }
const mostToStopBoth = 3

test.each(toursIn('en'))(
  'a renewal and another purpose are read one by one, checked, changed and sent together, in %s',
  { timeout: tourLimitMs },
  async (language) => {
    const visitor = await stage.visitor({ language })
    const { issuer, studentAid } = stage.demo
    const words = bursaryWords[language].file
    const faults: string[] = []
    const at = async (name: string) => void faults.push(...(await look(visitor, name)))
    const bursary = registered(visitor, 'pur_calcul-aide')
    const loan = registered(visitor, 'pur_remboursement-pret')

    const reference = await shareAsNewcomer(visitor, studentAid)
    const before = await factsAtService(visitor)
    expect(before[words.loan]).toBe(words.loanNo)
    await at('service, before')

    await pressNamed(visitor, words.nextYear)
    await seesQuestion(visitor)
    await reads(visitor, 'consent.ask.progress', { n: 1, of: 2 })
    await reads(visitor, 'consent.terms.changes')
    await at('a change, the first of two')
    await press(visitor, 'consent.ask.grant-change')
    await seesQuestion(visitor)
    await reads(visitor, 'consent.ask.progress', { n: 2, of: 2 })
    await at('the second of two')
    await press(visitor, 'consent.ask.refuse')
    await sees(visitor, 'consent.check.title', { count: 2 })
    await at('all answers')

    await press(visitor, 'consent.check.change-of', { purpose: loan })
    await seesQuestion(visitor)
    expect(await optionalBox(visitor).isChecked()).toBe(false)
    await at('the second again')
    await press(visitor, 'consent.ask.grant')
    await sees(visitor, 'consent.check.title', { count: 2 })
    for (const purpose of [bursary, loan]) await seesSecondary(visitor, purpose)
    await press(visitor, 'consent.check.send', { count: 2 })
    await sees(visitor, 'consent.together.title')
    await at('sent')
    // One press and one prompt for both.
    const signed = visitor.page.getByText(say(visitor, 'consent.answered.signed'))
    expect(await signed.count()).toBe(2)
    for (const purpose of [bursary, loan]) await seesSecondary(visitor, purpose)

    await goOn(visitor)
    await figuresOf(visitor)
    const after = await factsAtService(visitor)
    expect(after[words.loan]).toBe(words.loanYes)
    expect(after[words.until]).not.toBe(before[words.until])
    await at('service, after')

    // What was replaced says so; what waits is nothing.
    await openSharings(visitor, issuer, `/${reference}`)
    await at('sharing, renewed')
    await openSharings(visitor, issuer)
    await reads(visitor, 'standing.ways.choices', waysFor(visitor))
    await at('sharings, four ways')
    const { screens, words: count } = await lengthOf(visitor.page)
    expect(screens).toBeLessThanOrEqual(wholePages.sharings.screens)
    expect(count).toBeLessThanOrEqual(wholePages.sharings.words)
    expect(await visitor.page.getByText(say(visitor, 'my-sharing.sharings.waiting')).count()).toBe(
      0,
    )
    expect(await stopBoth(visitor, () => at('stop, beside another way'))).toBeLessThanOrEqual(
      mostToStopBoth,
    )
    expect(faults).toEqual([])
  },
)

/** Stops the bursary, and the loan by its box, from « Mes partages ». @returns how often she pressed */
async function stopBoth(visitor: Visitor, look: () => Promise<void>): Promise<number> {
  const { page } = visitor
  const meter = await openMeter(visitor)
  // The meter counts from the next page on.
  await page.reload()
  const { clicks } = await meter.effortOf(async () => {
    await press(visitor, 'my-sharing.sharings.stop-of', bursaryFor(visitor))
    await seesStop(visitor)
    const { words, top } = await beforeDeciding(page, [say(visitor, 'my-sharing.stop.stop')])
    expect(words).toBeLessThanOrEqual(mostBeforeStop.words)
    expect(top).toBeLessThanOrEqual(mostBeforeStop.top)
    await look()
    await page.getByLabel(say(visitor, 'my-sharing.still.stop-too')).check()
    await press(visitor, 'my-sharing.stop.stop')
    await reads(visitor, 'my-sharing.done.stopped-together', { count: 2 })
  })
  return clicks
}

test('a renewal that she refuses leaves her file as it is', { timeout: tourLimitMs }, async () => {
  const visitor = await stage.visitor({ language: 'fr' })
  const words = bursaryWords.fr.file
  await shareAsNewcomer(visitor, stage.demo.studentAid)
  const before = await factsAtService(visitor)
  await pressNamed(visitor, words.nextYear)
  await press(visitor, 'consent.ask.refuse-change')
  await press(visitor, 'consent.ask.refuse')
  await press(visitor, 'consent.check.send', { count: 2 })
  await sees(visitor, 'consent.together.title')
  await goOn(visitor)
  await seesNamed(visitor, words.title)
  expect(await factsAtService(visitor)).toEqual(before)
  await pressNamed(visitor, words.again)
  await figuresOf(visitor)
})

/** The income goes to Student Aid for the bursary and for the loan. */
function waysFor(visitor: Visitor) {
  const begins = capital(registered(visitor, 'org_aide-etudes', 'pronoun'))
  const data = registered(visitor, 'cat_revenu-net', 'in_sentence')
  return { begins, data, count: 2, choices: 2 }
}

function factsAtService({ page }: Visitor) {
  return factsIn(page.getByRole('main'))
}

async function seesSecondary({ page }: Visitor, name: string): Promise<void> {
  await page.getByRole('heading', { level: 2, name, exact: true }).waitFor()
}
