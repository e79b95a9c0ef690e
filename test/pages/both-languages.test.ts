import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Language } from '../../src/base/values/languages.ts'
import type { Answer, Browser } from '../support/browser.ts'
import { formOf, formsOf } from '../support/browser.ts'
import { callbackOf, issuer, postAndFollow } from '../support/broker.ts'
import type { Stage } from '../support/sharing.ts'
import {
  ask,
  asking,
  pastReminder,
  press,
  shareAsNewcomer,
  startStage,
} from '../support/sharing.ts'
import { newPerson } from '../support/person.ts'

// Whoever reads in one language stays in it: on each page that a person with a sharing comes to by links, after each form there, and where
// a service asks.
// Tours in a browser are walked in one language each (test/support/journey-stage.ts#toursIn).

const mostPages = 300
const leastPages = 40
const mostOfOne = 2
const leastForms = 20
// These end her session: they are sent last.
const exitStatuses = /deconnexion|fermeture|fin$|session|pas-moi|connexion/

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())

test.each<Language>(['fr', 'en'])(
  'each link and each form of the pages of a person leads on in her language: %s',
  { timeout: 180_000 },
  async (language) => {
    const { browser, consentId } = await shareAsNewcomer(stage)
    browser.take({ name: 'attested', path: '/', value: 'yes' })
    const base = language === 'en' ? '/en' : ''
    const begins = ['/', '/acces', '/activite', '/mes-partages', `/mes-partages/${consentId}`]
    const pages = await walk(
      browser,
      [...begins, await questionTo(browser)].map((path) => base + path),
    )
    for (const page of pages)
      expect([page.url, languageOf(page), strangeIn(page, language)]).toEqual([
        page.url,
        language,
        [],
      ])
    expect(pages.length).toBeGreaterThan(leastPages)

    const forms = formsToSend(pages)
    expect(forms.length).toBeGreaterThan(leastForms)
    for (const { action, fields } of forms) {
      const page = await postAndFollow(browser, action, fields)
      if (!isFile(page))
        expect([action, page.url, languageOf(page)]).toEqual([action, page.url, language])
    }
  },
)

test.each<Language>(['fr', 'en'])(
  'a service that asks in her language is answered in it, by no, again, and by yes: %s',
  async (language) => {
    const { browser } = await newPerson(stage)
    const seen: Answer[] = []
    const see = (page: Answer) => {
      seen.push(page)
      return page
    }
    const open = async () => {
      const { url } = await stage.aid.begin({ ...asking(), ui_locales: language })
      return see(await browser.follow(url))
    }
    const send = async (page: Answer) => {
      const { action, fields } = formOf(page)
      return postAndFollow(browser, action, fields)
    }
    const first = await open()
    // Her first English page is the one where she attests.
    const question = language === 'en' ? see(await send(first)) : first
    const refused = see(await press({ browser, page: question }, 'refus'))
    expect(callbackOf(await send(refused)).searchParams.get('error')).toBe('access_denied')
    const reminded = see(await pastReminder(browser, await open()))
    const allowed = see(await press({ browser, page: reminded }, 'autorisation'))
    expect(callbackOf(await send(allowed)).searchParams.has('code')).toBe(true)

    for (const page of seen)
      expect([page.url, languageOf(page), strangeIn(page, language)]).toEqual([
        page.url,
        language,
        [],
      ])
    // The notice, the question, the no, its reminder, the question again, and the yes.
    expect(new Set(seen.map(titleOf)).size).toBe(language === 'en' ? 5 : 4)
  },
)

/** Where a page leads that is of the other language. */
function strangeIn(page: Answer, language: Language): readonly string[] {
  const actions = formsOf(page).map(({ action }) => action)
  const ofButtons = [...page.body.matchAll(/\sformaction="([^"]*)"/g)]
    .map(([, action = '']) => new URL(action, page.url))
    .filter(({ origin }) => origin === issuer)
    .map(({ href }) => href)
  return [...linksOf(page), ...actions, ...ofButtons].filter((url) => languageAt(url) !== language)
}

/** Where she is asked for another sharing: no link leads there. */
async function questionTo(browser: Browser): Promise<string> {
  const purpose = { datatypes: ['cat_situation-familiale'], optional_datatypes: undefined }
  return pathOf((await ask(stage, browser, purpose)).page.url)
}

/** The pages at these paths, and all to which their links lead; files are none. */
async function walk(browser: Browser, begins: readonly string[]): Promise<readonly Answer[]> {
  const seen = new Map<string, Answer>()
  const ahead = [...begins]
  for (let path = ahead.shift(); path !== undefined; path = ahead.shift()) {
    if (seen.has(path) || isMoreOfOne(path, seen)) continue
    const page = await browser.follow(path)
    seen.set(path, page)
    if (seen.size > mostPages) throw new Error(`more than ${mostPages} pages`)
    if (!isFile(page)) ahead.push(...linksOf(page).map(pathOf))
  }
  return [...seen.values()].filter((page) => !isFile(page))
}

/** A further object of a list of the register that was seen: all of them are of one template. */
function isMoreOfOne(path: string, seen: ReadonlyMap<string, Answer>): boolean {
  const [list] = /^(?:\/en)?\/(?:register\/[\w-]+|organismes)\/(?=.)/.exec(path) ?? []
  if (list === undefined) return false
  return [...seen.keys()].filter((one) => one.startsWith(list)).length >= mostOfOne
}

function pathOf(url: string): string {
  return new URL(url).pathname
}

/** The links of a page within the house, but for the one to the other language, and those to files, which have one spelling. */
function linksOf({ body, url }: Answer): string[] {
  // What a script writes is no link yet.
  return [...body.replaceAll(/<script\b.*?<\/script>/gs, '').matchAll(/<a\b([^>]*)>/g)]
    .filter(([, tag = '']) => !/\s(?:hreflang|type)=/.test(tag))
    .map(([, tag = '']) => new URL(/\shref="([^"]*)"/.exec(tag)?.[1] ?? '', url).href)
    .filter(
      (href) => new URL(href).origin === issuer && !/\.(?:csv|json|jsonld)$/.test(pathOf(href)),
    )
}

/** A form of each address on these pages, those that end her session last; a question is answered in other tests. */
function formsToSend(pages: readonly Answer[]) {
  const own = pages
    .filter(({ url }) => !/\/demande\//.test(url))
    .flatMap((page) => formsOf(page).filter(({ fields }) => 'csrf' in fields))
  const byPath = new Map(own.map((form) => [pathOf(form.action), form]))
  return [...byPath.values()].toSorted(
    (a, b) => Number(exitStatuses.test(a.action)) - Number(exitStatuses.test(b.action)),
  )
}

function isFile({ headers }: Answer): boolean {
  return headers['content-disposition'] !== undefined
}

function titleOf({ body }: Answer): string | undefined {
  return /<title>([^<]*)/.exec(body)?.[1]
}

function languageOf({ body }: Answer): string | undefined {
  return /<html lang="(\w+)"/.exec(body)?.[1]
}

function languageAt(url: string): Language {
  return /^\/en(\/|$)/.test(pathOf(url)) ? 'en' : 'fr'
}
