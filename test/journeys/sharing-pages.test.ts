import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { bursaryWords } from '../../demo/applications/recipient/words.ts'
import { readId } from '../../src/base/values/ids.ts'
import { saidBody } from '../../src/registry/index.ts'
import { home, press, pressNamed, reads, say, sees, seesNamed } from '../support/journey-deeds.ts'
import { look } from '../support/journey-look.ts'
import {
  answer,
  askAsNewcomer,
  askForBursary,
  bursaryFor,
  figuresOf,
  follow,
  goOn,
  happened,
  lineFor,
  looksAgain,
  namesFor,
  openSharings,
  optionalBox,
  readTheQuestion,
  seesQuestion,
  seesSharing,
  stopSharing,
  withoutKey,
} from '../support/journey-sharing.ts'
import { fits } from '../support/journey-fits.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage, toursIn } from '../support/journey-stage.ts'

const stage = openStage()
const tourLimitMs = 180_000

test.each(toursIn('fr'))(
  'the pages of a sharing pass the checks of accessibility and layout, in %s',
  { timeout: tourLimitMs },
  async (language) => {
    const visitor = await stage.visitor({ language })
    const { issuer, studentAid } = stage.demo
    const { file, setbacks, otherWay } = bursaryWords[language]
    const faults: string[] = []
    const at = async (name: string) => void faults.push(...(await look(visitor, name)))

    await askAsNewcomer(visitor, studentAid)
    expect(await visitor.page.getByRole('heading', { level: 1 }).innerText()).toBe(
      questionOf[language],
    )
    await at('question')
    await isShort(visitor)
    for (const fold of await visitor.page.locator('main summary').all()) await fold.click()
    await optionalBox(visitor).check()
    await at('question, unfolded and ticked')
    const other = { ...visitor, page: await visitor.context.newPage() }
    await other.page.goto(visitor.page.url())
    await openSharings(visitor, issuer)
    await reads(visitor, 'standing.right.law', { body: namesFor(visitor).aidInSentence })
    await at('sharings, by law alone')
    await visitor.page.goBack()
    await seesQuestion(visitor)
    await answer(visitor, 'refuse')
    await at('answered, no')
    await withoutKey(other)
    await press(other, 'consent.ask.grant')
    await sees(other, 'refusal.consent.answered.title')
    faults.push(...(await look(other, 'answered otherwise')))
    await goOn(visitor)
    await seesNamed(visitor, setbacks.refused.title)
    await at('service, refused')
    await pressNamed(visitor, otherWay.link)
    await seesNamed(visitor, otherWay.title)
    await pressNamed(visitor, otherWay.send)
    await visitor.page.getByRole('status').waitFor()
    await at('service, other way')

    await askForBursary(visitor, studentAid)
    await reads(
      visitor,
      'consent.again.lead',
      saidBody('recipient', namesFor(visitor).aidInSentence, visitor.language),
    )
    await at('asked again')
    await looksAgain(visitor)
    const reference = await answer(visitor, 'grant')
    await at('answered, yes')
    await follow(visitor, say(visitor, 'consent.answered.receipt'))
    await sees(visitor, 'my-sharing.receipt.title.granted')
    await at('receipt, yes')
    await visitor.page.locator('details.specialists > summary').click()
    await reads(visitor, `my-sharing.receipt.text-${language}`)
    await at('receipt, unfolded')
    await visitor.page.goBack()
    await openSharings(visitor, issuer, `/${reference}`)
    await reads(visitor, 'my-sharing.sharing.events-none')
    await at('sharing, nothing yet')
    await visitor.page.goBack()
    await goOn(visitor)
    await figuresOf(visitor)
    await at('service, figures')
    await openSharings(visitor, issuer, `/${reference}`)
    const { income, situation } = namesFor(visitor)
    const line = lineFor(visitor)
    await happened(visitor, [line.sent([income, situation])])
    await at('sharing, active')
    await openSharings(visitor, issuer)
    await at('sharings, active and ended')
    await openSharings(visitor, issuer, `/${reference}/arret`)
    await at('stop')
    await press(visitor, 'my-sharing.stop.stop')
    await reads(visitor, 'my-sharing.done.stopped')
    await at('sharing, stopped')
    await visitor.page.locator('a[href*="/recus/"]').first().click()
    await sees(visitor, 'my-sharing.receipt.title.revoked')
    await at('receipt, stopped')
    await openSharings(visitor, issuer, `/${reference}/recus/rcp_0`)
    await sees(visitor, 'refusal.receipt.not-found.title')
    await at('receipt, not found')
    await visitor.page.goto(home(visitor, studentAid))
    await at('service, with a file')
    await follow(visitor, bursaryWords[language].offer.file)
    await follow(visitor, file.again)
    await seesNamed(visitor, setbacks.stopped.title)
    await at('service, stopped')
    await openSharings(visitor, issuer, `/${reference}`)
    await happened(visitor, [line.refused([income, situation]), line.sent([income, situation])])
    await at('sharing, refused attempt')
    await openSharings(visitor, issuer)
    await at('sharings, ended')
    await openSharings(visitor, issuer, `/${reference}/arret`)
    await sees(visitor, 'refusal.sharing.not-live.title')
    await at('stop, too late')
    await askForBursary(visitor, studentAid)
    await at('asked again after a stop')
    await press(visitor, 'consent.again.silence')
    await seesNamed(visitor, setbacks.refused.title)
    await askForBursary(visitor, studentAid)
    await seesNamed(visitor, setbacks.refused.title)
    await openSharings(visitor, issuer)
    await reads(visitor, 'my-sharing.silenced.title')
    for (const fold of await visitor.page.locator('main summary').all()) await fold.click()
    await at('sharings, asked no more')
    await visitor.page
      .getByRole('button', { name: say(visitor, 'my-sharing.silenced.again') })
      .click()
    await sees(visitor, 'my-sharing.sharings.title')
    expect(await visitor.page.getByText(say(visitor, 'my-sharing.silenced.title')).count()).toBe(0)
    await openSharings(visitor, issuer, '/con_0')
    await sees(visitor, 'refusal.sharing.not-found.title')
    await at('sharing, not found')
    expect(faults).toEqual([])
  },
)

test('the question has two answers of one weight, a way to decide later, and nothing else to press', async () => {
  const visitor = await stage.visitor()
  const { page } = visitor
  await askAsNewcomer(visitor, stage.demo.studentAid)
  const main = page.getByRole('main')
  const [grant, refuse] = ['grant', 'refuse'].map((deed) => say(visitor, `consent.ask.${deed}`))
  const later = say(visitor, 'consent.ask.later')
  const aids = await aidsOf(visitor)
  expect(await main.getByRole('button').allInnerTexts()).toEqual([aids[0], grant, refuse, later])
  expect(await main.getByRole('link').allInnerTexts()).toEqual([...aids.slice(1), ...telephones])
  expect(await main.locator('summary').allInnerTexts()).toEqual([
    say(visitor, 'consent.terms.earlier'),
    ...['who', 'what', 'why', 'answers', 'rights'].map((group) =>
      say(visitor, `consent.group.${group}`),
    ),
  ])
  // A box that nobody ticked, a day that nobody chose, and the way without her key.
  expect(await main.locator('input:not([type=hidden]), select, textarea').count()).toBe(5)
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 720 })
    const [first, second] = await looksOfButtons(page)
    expect(first).toEqual(second)
  }
})

test('with the keyboard alone a box can be ticked; Enter in it does not answer, a focused button does', async () => {
  const visitor = await stage.visitor()
  const { page } = visitor
  const { dependants } = namesFor(visitor)
  await askAsNewcomer(visitor, stage.demo.studentAid)
  const posts: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'POST') posts.push(new URL(request.url()).pathname)
  })
  await page.getByRole('link', { name: say(visitor, 'base.layout.skip') }).focus()
  await page.keyboard.press('Enter')
  const met: string[] = []
  const aids = await aidsOf(visitor)
  for (const _ of [...aids, dependants]) met.push(await tab(page))
  await page.keyboard.press('Enter')
  await page.keyboard.press('Space')
  expect(await optionalBox(visitor).isChecked()).toBe(true)
  await page.keyboard.press('Enter')
  for (let stops = 1; stops <= 3; stops++) met.push(await tab(page))
  expect(met).toEqual([
    ...aids,
    dependants,
    say(visitor, 'consent.terms.earlier'),
    say(visitor, 'consent.ask.grant'),
    say(visitor, 'consent.ask.refuse'),
  ])
  expect(posts).toEqual([])
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Enter')
  await sees(visitor, 'consent.answered.granted')
  expect(posts).toEqual([expect.stringMatching(/\/autorisation$/)])
  const sent = page.getByRole('definition').filter({ hasText: dependants })
  expect(await sent.count()).toBe(1)
  await page.getByRole('link', { name: say(visitor, 'base.layout.skip') }).focus()
  await page.keyboard.press('Enter')
  expect([await tab(page), await tab(page), await tab(page)]).toEqual([
    say(visitor, 'consent.answered.see'),
    say(visitor, 'consent.sign.only-change'),
    say(visitor, 'consent.answered.next', { service: namesFor(visitor).aid }),
  ])
  await page.keyboard.press('Enter')
  await figuresOf(visitor)
})

test('without JavaScript a sharing is allowed, seen, stopped and refused', async () => {
  const { issuer, studentAid } = stage.demo
  const owner = await stage.visitor()
  await askAsNewcomer(owner, studentAid)
  const visitor = await stage.visitor({ javaScriptEnabled: false })
  await visitor.context.addCookies(await owner.context.cookies())
  await visitor.page.goto(owner.page.url())
  await readTheQuestion(visitor)
  await fits(visitor)
  await optionalBox(visitor).check()
  const reference = await answer(visitor, 'grant')
  await fits(visitor)
  await goOn(visitor)
  const { file, setbacks } = bursaryWords.fr
  expect((await figuresOf(visitor)).dependants).toMatch(/^\d$/)
  await pressNamed(visitor, file.sharings)
  const { income, situation, dependants } = namesFor(visitor)
  const whole = [income, situation, dependants]
  await press(visitor, 'my-sharing.picture.see')
  await sees(visitor, 'my-sharing.picture.title')
  await showsAllowed(visitor, whole)
  await fits(visitor)
  await press(visitor, 'my-sharing.sharing.back')
  await press(visitor, 'my-sharing.sharings.see-of', bursaryFor(visitor, whole))
  await seesSharing(visitor)
  await fits(visitor)
  await happened(visitor, [lineFor(visitor).sent(whole)])
  await stopSharing(visitor)
  await fits(visitor)
  expect(visitor.page.url()).toContain(`/mes-partages/${reference}`)
  await reads(visitor, 'my-sharing.done.stopped')
  await visitor.page.goto(`${studentAid}/demande`)
  await follow(visitor, file.again)
  await seesNamed(visitor, setbacks.stopped.title)
  await pressNamed(visitor, setbacks.stopped.retry)
  await looksAgain(visitor)
  await readTheQuestion(visitor)
  await answer(visitor, 'refuse')
  await goOn(visitor)
  await seesNamed(visitor, setbacks.refused.title)
  await openSharings(visitor, issuer)
  await reads(visitor, 'standing.right.law', { body: namesFor(visitor).aidInSentence })
})

test('the other language asks the same question, and the answer is kept in the language that was read', async () => {
  const visitor = await stage.visitor()
  const { page } = visitor
  const { issuer, studentAid } = stage.demo
  await askAsNewcomer(visitor, studentAid)
  const french = page.url()
  await page.getByRole('banner').getByRole('link', { name: 'English', exact: true }).click()
  await pressNamed(visitor, say(visitor, 'base.attestation.attest'))
  await page.waitForURL(french.replace(issuer, `${issuer}/en`))
  const english = { ...visitor, language: 'en' as const }
  await readTheQuestion(english)
  const reference = await answer(english, 'grant')
  const [recorded] = await stage.sql(
    `select lang, grant_label, (select count(*)::integer from presentation p where p.request_id = r.request_id) as shown
     from consent_record r join presentation using (presentation_id) where consent_id = $1`,
    [readId('con', reference)],
  )
  expect(recorded).toEqual({
    lang: 'en-CA',
    grant_label: say(english, 'consent.ask.grant'),
    shown: 2,
  })
  // The page after the answer has both languages too, and the service goes on in its own.
  await page.getByRole('banner').getByRole('link', { name: 'Français', exact: true }).click()
  await page.waitForURL(french)
  await sees(visitor, 'consent.answered.granted')
  await goOn(visitor)
  await figuresOf(visitor)
})

const questionOf = {
  fr: 'Autorisez-vous l’Agence du revenu (démo) à envoyer votre revenu net et votre situation familiale à l’Aide aux études (démo)?',
  en: 'Do you allow the Revenue Agency (demo) to send your net income and your family situation to Student Aid (demo)?',
}

// Text, because the compiler knows no DOM here. What is folded away has no place on the page.
const beforeAnswer = `(() => {
  const heading = document.querySelector('h1').innerText
  const [grant, refuse] = [...document.querySelectorAll('main .answer button')]
  const shown = document.querySelector('main').innerText
  const end = shown.indexOf(refuse.innerText, shown.indexOf(grant.innerText) + 1)
  const words = shown.slice(shown.indexOf(heading), end + refuse.innerText.length).split(/\\s+/).length
  const tops = [grant, refuse].map((button) => Math.round(button.getBoundingClientRect().top + scrollY))
  return { words, tops }
})()`

/** A person reads little before she answers, and on the smallest screen neither answer is on the first one, where the other is not. */
async function isShort({ page }: Visitor): Promise<void> {
  const seen = page.viewportSize() ?? { width: 1280, height: 720 }
  await page.setViewportSize({ width: 320, height: 640 })
  await page.evaluate('(document.body.offsetHeight, document.fonts).ready.then(() => true)')
  type Measured = { readonly words: number; readonly tops: readonly [number, number] }
  const { words, tops } = await page.evaluate<Measured>(beforeAnswer)
  expect(words).toBeLessThanOrEqual(180)
  expect(tops[1]).toBeLessThanOrEqual(1280)
  expect(tops[0]).toBeGreaterThan(640)
  await page.setViewportSize({ width: 1280, height: 900 })
  const { tops: wide } = await page.evaluate<Measured>(beforeAnswer)
  expect(wide[0]).toBe(wide[1])
  await page.setViewportSize(seen)
}

type Look = {
  readonly width: number
  readonly height: number
  readonly style: Readonly<Record<string, string>>
}

// Text, because the compiler knows no DOM here.
const buttonLooks = `[...document.querySelectorAll('main .answer button')].map((button) => {
  const { width, height } = button.getBoundingClientRect()
  const style = getComputedStyle(button)
  return { width: Math.round(width), height: Math.round(height), style: Object.fromEntries(
    ['backgroundColor', 'backgroundImage', 'color', 'border', 'outline', 'fontSize', 'fontWeight', 'opacity', 'boxShadow', 'textDecoration']
      .map((name) => [name, style[name]])) }
})`

function looksOfButtons(page: Page): Promise<Look[]> {
  return page.evaluate<Look[]>(buttonLooks)
}

const focused = `(() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
  const { activeElement: { labels, textContent } } = document
  const isVisible = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2
  return { name: (labels?.[0]?.textContent ?? textContent).trim(), isVisible }
})()`

/** Presses Tab. @returns the name of what has the focus now, which must be seen */
async function tab(page: Page): Promise<string> {
  await page.keyboard.press('Tab')
  const { name, isVisible } = await page.evaluate<{ name: string; isVisible: boolean }>(focused)
  expect(isVisible, `${name} shows its focus`).toBe(true)
  return name
}

// Of the two bodies of the question, as its help names them.
const telephones = ['418\u00a0555-0118', '418\u00a0555-0142']

/** The portrait's thread from the agency to Student Aid has a bead for each of these, which she allowed. */
async function showsAllowed(visitor: Visitor, labels: readonly string[]): Promise<void> {
  const { aid, agency } = namesFor(visitor)
  const { page } = visitor
  const thread = page
    .locator('.strand')
    .filter({ has: page.getByRole('heading', { level: 2 }).filter({ hasText: aid }) })
  await thread.getByText(agency).waitFor()
  const beads = await thread.getByRole('list').getByRole('listitem').allTextContents()
  const choice = say(visitor, 'my-sharing.picture.choice')
  expect(beads.map((bead) => bead.toLowerCase())).toEqual(
    expect.arrayContaining(labels.map((label) => `${label}, ${choice}`)),
  )
}

// What helps to read, apart from what answers; a script puts the first one there.
async function aidsOf(visitor: Visitor): Promise<readonly string[]> {
  const aids = [
    'base.reading.listen',
    'base.reading.large',
    'base.reading.plain',
    'base.reading.help',
  ].map((key) => say(visitor, key))
  await visitor.page.getByRole('button', { name: aids[0] ?? '' }).waitFor()
  return aids
}
