import type { Locator } from 'playwright-core'
import { expect } from 'vitest'
import { bursaryWords } from '../../demo/applications/recipient/words.ts'
import { shortNumber } from '../../src/base/values/ids.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { listHeading } from '../../src/base/web/lists.ts'
import { saidParties } from '../../src/registry/index.ts'
import {
  createAccess,
  goTo,
  home,
  leaveCodes,
  press,
  pressNamed,
  reads,
  say,
  sees,
  seesAbout,
  seesNamed,
} from './journey-deeds.ts'
import { demoRegister } from './demo-register.ts'
import type { Visitor } from './journey-stage.ts'

// Actions of people about a sharing, at the service that asks, on the page of the question and in « Mes partages ».

const { objects } = await demoRegister()
const reportLimitMs = 30_000

type InBoth = Readonly<Record<Language, string>>

/** A text of the register that a page must show. */
export function registered({ language }: Visitor, id: string, member = 'label'): string {
  const said = objects.find((object) => object.id === id)?.content[member]
  if (said === undefined) throw new Error(`the register has no ${member} of ${id}`)
  return (said as InBoth)[language] // as the register's schemas say
}

export function namesFor(visitor: Visitor) {
  return {
    aid: registered(visitor, 'org_aide-etudes', 'name'),
    aidInSentence: registered(visitor, 'org_aide-etudes', 'name_in_sentence'),
    agency: registered(visitor, 'org_agence-revenu', 'name'),
    agencyInSentence: registered(visitor, 'org_agence-revenu', 'name_in_sentence'),
    purpose: registered(visitor, 'pur_calcul-aide'),
    income: registered(visitor, 'cat_revenu-net'),
    situation: registered(visitor, 'cat_situation-familiale'),
    dependants: registered(visitor, 'cat_personnes-a-charge'),
  }
}

/** What the links of the bursary in « Mes partages » say it is. @param granted what she allowed */
export function bursaryFor(visitor: Visitor, granted?: readonly string[]) {
  const { aid: recipient, purpose, income, situation } = namesFor(visitor)
  const what = listHeading(granted ?? [income, situation], visitor.language)
  return { what, recipient, purpose }
}

/** « Demander une bourse », signed in or not. */
export async function askForBursary(visitor: Visitor, studentAid: string): Promise<void> {
  await visitor.page.goto(home(visitor, studentAid))
  await pressNamed(visitor, bursaryWords[visitor.language].offer.label)
}

/** The question: whose title says who sends what to whom. */
export async function seesQuestion(visitor: Visitor): Promise<void> {
  await reads(visitor, 'consent.ask.kind')
}

/** The same by somebody who has just moved in: the question is open now. */
export async function askAsNewcomer(visitor: Visitor, studentAid: string): Promise<void> {
  await visitor.moveIn()
  await askForBursary(visitor, studentAid)
  if (visitor.language === 'en') await press(visitor, 'base.attestation.attest')
  await seesQuestion(visitor)
}

/** Ticks the box by which she answers without her key: the virtual device is of one tab, and this is another one. */
export async function withoutKey(tab: Visitor): Promise<void> {
  await tab.page.getByLabel(say(tab, 'consent.sign.skip')).check()
}

/** The same by somebody new, who makes her access on the way. */
export async function askAsStranger(visitor: Visitor, studentAid: string): Promise<void> {
  await askForBursary(visitor, studentAid)
  if (visitor.language === 'en') await press(visitor, 'base.attestation.attest')
  await createAccess(visitor)
  await leaveCodes(visitor)
  await seesQuestion(visitor)
}

/** A newcomer who allowed what is required and no more, back at the service. @returns `con_…` */
export async function shareAsNewcomer(visitor: Visitor, studentAid: string): Promise<string> {
  await askAsNewcomer(visitor, studentAid)
  const reference = await answer(visitor, 'grant')
  await goOn(visitor)
  await figuresOf(visitor)
  return reference
}

// The rows of the question, in their order, and the block of the register's text in each.
const rows = {
  'who-asks': 'who_asks',
  'who-gives': 'who_gives',
  what: 'what',
  optional: 'optional_items',
  why: 'why',
  'how-long': 'how_long',
  'how-often': 'how_often',
  'if-refuse': 'if_refuse',
  'if-accept': 'if_accept',
  withdraw: 'withdraw',
  help: 'rights_help',
  legal: 'legal',
} as const

/** The whole question as the register words it, one purpose, nothing ticked. @returns its last day, as written */
export async function readTheQuestion(visitor: Visitor): Promise<string> {
  await seesQuestion(visitor)
  const facts = await factsIn(visitor.page.getByRole('main').locator('.steps'))
  const terms = Object.keys(rows).map((row) => say(visitor, `consent.terms.${row}`))
  expect(Object.keys(facts)).toEqual(terms)
  for (const [row, role] of Object.entries(rows))
    for (const piece of blockOf(visitor, role))
      expect(facts[say(visitor, `consent.terms.${row}`)]).toContain(piece)
  const { income, situation, dependants } = namesFor(visitor)
  const what = facts[say(visitor, 'consent.terms.what')]
  for (const label of [income, situation]) expect(what).toContain(label)
  expect(what).not.toContain(dependants)
  expect(await optionalBox(visitor).isChecked()).toBe(false)
  const [before = '', after = ''] = blockOf(visitor, 'how_long')
  const said = facts[say(visitor, 'consent.terms.how-long')] ?? ''
  return said.slice(before.length, said.indexOf(after, before.length))
}

/** The plain words of a block, cut where a value stands. */
function blockOf({ language }: Visitor, role: string): string[] {
  const text = objects.find(({ id }) => id === 'txt_calcul-aide')
  const blocks = text?.content['blocks'] as readonly (InBoth & { role: string })[] // as the register's schemas say
  const words = blocks.find((block) => block.role === role)?.[language] ?? ''
  return words.replaceAll('**', '').split(/\{\w+\}/)
}

export function optionalBox(visitor: Visitor): Locator {
  const { dependants } = namesFor(visitor)
  return visitor.page.getByRole('checkbox', { name: dependants, exact: true })
}

/** @returns the id of the answer's record: `con_…` */
export async function answer(visitor: Visitor, deed: 'grant' | 'refuse'): Promise<string> {
  await press(visitor, `consent.ask.${deed}`)
  await sees(visitor, deed === 'grant' ? 'consent.answered.granted' : 'consent.answered.refused')
  return referenceIn(visitor)
}

export async function referenceIn(visitor: Visitor): Promise<string> {
  const main = visitor.page.getByRole('main')
  const receipt = await main.locator('a[href*="/recus/rcp_"]').first().getAttribute('href')
  const [reference = ''] = /con_\w{26}/.exec(receipt ?? '') ?? []
  expect(await main.getByRole('code').first().innerText()).toBe(shortNumber(reference))
  return reference
}

/** From « Vous avez dit non » or « Vous avez arrêté ce partage » to the question. */
export async function looksAgain(visitor: Visitor): Promise<void> {
  await press(visitor, 'consent.again.see', { count: 1 })
  await seesQuestion(visitor)
}

/** From the page after the answer back to the service. */
export async function goOn(visitor: Visitor): Promise<void> {
  await press(visitor, 'consent.answered.next', { service: namesFor(visitor).aid })
}

/** The figures on « Votre demande » at Student Aid. */
export async function figuresOf(visitor: Visitor) {
  const { page, language } = visitor
  const { file } = bursaryWords[language]
  await seesNamed(visitor, file.title)
  const income = page.getByRole('paragraph').filter({ hasText: file.income }).getByRole('strong')
  const facts = await factsIn(page.getByRole('main'))
  return {
    income: Number((await income.innerText()).replaceAll(/\D/g, '')),
    situation: facts[file.situation],
    dependants: facts[file.dependants],
  }
}

/** Presses a button or link, and waits for any next page. */
export async function follow(visitor: Visitor, name: string): Promise<void> {
  const arrival = visitor.page.waitForEvent('framenavigated')
  await pressNamed(visitor, name)
  await arrival
}

/** Each term of a description list with what it says. */
export async function factsIn(place: Locator): Promise<Readonly<Record<string, string>>> {
  const terms = await place.locator('dt').allTextContents()
  const texts = await place.locator('dd').allTextContents()
  return Object.fromEntries(terms.map((term, i) => [tidy(term), tidy(texts[i] ?? '')]))
}

/** The facts of the page that is open, by the keys of their terms. */
export async function factOf(visitor: Visitor, key: string): Promise<string | undefined> {
  return (await factsIn(visitor.page.getByRole('main')))[say(visitor, key)]
}

export async function openSharings(visitor: Visitor, issuer: string, path = ''): Promise<void> {
  const base = visitor.language === 'en' ? '/en' : ''
  await goTo(visitor, `${issuer}${base}/mes-partages${path}`)
}

export async function seesSharing(visitor: Visitor): Promise<void> {
  await sees(visitor, 'my-sharing.sharing.title', { recipient: namesFor(visitor).aidInSentence })
}

/** The lines of the open page of a sharing, newest first: the title and subject of each. */
export async function linesOf(visitor: Visitor): Promise<string[]> {
  // Folded right after a stop.
  const hasText = say(visitor, 'my-sharing.sharing.whole')
  const folded = visitor.page.locator('details:not([open]) > summary', { hasText })
  if ((await folded.count()) > 0) await folded.click()
  const lines = await linesIn(visitor).all()
  return Promise.all(
    lines.map(async (line) => {
      const what = await line.getByRole('listitem').allTextContents()
      return `${await line.getByRole('heading').innerText()}: ${what.map(tidy).join(', ')}`
    }),
  )
}

/** Waits until the page shows these lines, which need the reports of the organisations. */
export async function happened(visitor: Visitor, lines: readonly string[]): Promise<void> {
  const seen = async () => {
    await visitor.page.reload()
    return linesOf(visitor)
  }
  await expect.poll(seen, { timeout: reportLimitMs }).toEqual(lines)
}

export function linesIn(visitor: Visitor): Locator {
  return sectionOf(visitor, 'my-sharing.sharing.events').locator('> ol > li')
}

export function sectionOf(visitor: Visitor, key: string): Locator {
  const heading = visitor.page.getByRole('heading', { level: 2, name: say(visitor, key) })
  return visitor.page.locator('section').filter({ has: heading })
}

/** The lines that `linesOf` gives, in the words of the visitor's language. */
export function lineFor(visitor: Visitor) {
  const { aidInSentence, agencyInSentence } = namesFor(visitor)
  const said = saidParties(agencyInSentence, aidInSentence, visitor.language)
  const event = (kind: string) => say(visitor, `my-sharing.event.${kind}`, said)
  return {
    sent: (what: readonly string[]) => `${event('sent')}: ${what.join(', ')}`,
    refused: (what: readonly string[]) => `${event('refused')}: ${what.join(', ')}`,
  }
}

/** The page that asks whether she is sure. */
export async function seesStop(visitor: Visitor): Promise<void> {
  await seesAbout(visitor, 'my-sharing.stop.title', ['what', 'recipient', 'purpose'])
}

/** From a sharing's page through the one that asks whether she is sure. */
export async function stopSharing(visitor: Visitor): Promise<void> {
  await press(visitor, 'my-sharing.sharing.stop')
  await seesStop(visitor)
  await press(visitor, 'my-sharing.stop.stop')
  await visitor.page.getByRole('status').waitFor()
}

// Line breaks of the template do not count, but non-breaking spaces do.
function tidy(text: string): string {
  return text.replaceAll(/[ \n]+/g, ' ').trim()
}
