import { readdirSync, readFileSync, statSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bareNamesIn } from '../support/body-names.ts'
import type { Windows } from '../support/chromium.ts'
import { openWindows } from '../support/chromium.ts'
import type { Site } from '../support/sample-site.ts'
import { renderSamples, serveSamples, writePage } from '../support/sample-site.ts'
import { wholeLength, wholePages } from '../support/whole-pages.ts'

// What is read in another way than with the eyes on our design: aloud, in large type, without any style.

let browser: Windows
let site: Site
let pages: ReadonlyMap<string, string>
beforeAll(async () => {
  pages = await renderSamples()
  site = await serveSamples((path) => pages.get(path))
  browser = await openWindows()
})
afterAll(async () => {
  await browser.close()
  site.close()
})

// A voice that speaks to us: what it was given, in which language.
const voice = `
  globalThis.said = []
  Object.defineProperty(globalThis, 'speechSynthesis', { value: {
    speaking: false,
    speak(piece) { said.push([piece.lang, piece.text]); this.speaking = true; this.last = piece },
    cancel() { this.speaking = false },
  } })`

async function open(name: string, init?: string): Promise<Page> {
  const page = await browser.newPage()
  if (init !== undefined) await page.addInitScript({ content: init })
  await page.goto(`${site.origin}/${name}`)
  return page
}

describe.each([
  ['fr', 'Écouter', 'Arrêter'],
  ['en', 'Listen', 'Stop'],
] as const)('aloud, in %s', (language, listen, stop) => {
  test('the whole question is read in order, and nothing beside it', async () => {
    const page = await open(`asking.ask.plain.${language}`, voice)
    await page.getByRole('button', { name: listen }).click()
    const said = await page.evaluate<[string, string][]>('said')
    expect(new Set(said.map(([lang]) => lang))).toEqual(new Set([`${language}-CA`]))
    const text = said.map(([, piece]) => piece)
    const shown = await page.getByRole('main').innerText()
    expect(text[1]).toBe(await page.getByRole('heading', { level: 1 }).innerText())
    expect(text).not.toContain(stop)
    // Each piece is on the page, after the one before it.
    let at = 0
    for (const piece of text) {
      const next = shown.indexOf(piece, at)
      expect(next, piece).toBeGreaterThanOrEqual(at)
      at = next
    }
    // And nothing of the question is left out: every row, and both answers at its end.
    const rows = await page.locator('main dt:visible').allInnerTexts()
    expect(rows.length).toBeGreaterThan(3)
    const answers = await page.locator('.answer .button').allInnerTexts()
    for (const row of [...rows, ...answers]) expect(text).toContain(row)
    // A fold is named, and read when it is open.
    const folds = await page.locator('main summary').allInnerTexts()
    for (const fold of folds) expect(text).toContain(fold)
    await page.close()
  })

  test('reading stops at a press, and can begin anew', async () => {
    const page = await open(`asking.ask.plain.${language}`, voice)
    await page.getByRole('button', { name: listen }).click()
    await page.getByRole('button', { name: stop }).click()
    expect(await page.evaluate('speechSynthesis.speaking')).toBe(false)
    await page.getByRole('button', { name: listen }).click()
    expect(await page.evaluate('speechSynthesis.speaking')).toBe(true)
    await page.evaluate("speechSynthesis.last.dispatchEvent(new Event('end'))")
    await page.getByRole('button', { name: listen }).waitFor()
    await page.close()
  })
})

test('without a voice there is no such button', async () => {
  const page = await open('asking.ask.plain.fr', 'delete globalThis.speechSynthesis')
  expect(await page.locator('.tools').getByRole('button').count()).toBe(0)
  await page.close()
})

test('each page reads from its top: the skip link, one main heading first, and the visual order', () => {
  for (const [name, html] of pages) {
    const order = [...html.matchAll(/class="skip"|<header|<main|<h[1-6]|<\/main>|<footer/g)].map(
      ([found]) => found,
    )
    const [skip, header, main, first] = order
    expect([name, skip, header, main, first]).toEqual([
      name,
      'class="skip"',
      '<header',
      '<main',
      // What went wrong with a form stands before the heading.
      isBefore(html, 'class="box problem"', '<h1') ? '<h2' : '<h1',
    ])
    expect(order.slice(-2), name).toEqual(['</main>', '<footer'])
  }
  const styles = new URL('../../public/css/', import.meta.url).pathname
  for (const file of readdirSync(styles))
    expect(readFileSync(styles + file, 'utf8'), file).not.toMatch(/[\s;]order:|-reverse/)
})

test('what went wrong with a form has the focus, on each page that says so, and nothing else has', async () => {
  const failed = [...pages].filter(([, html]) => html.includes('class="box problem"'))
  const rooms = new Set(failed.map(([name]) => name.split('.').slice(0, 2).join('.')))
  expect(rooms.size).toBeGreaterThan(15)
  for (const [name, html] of pages) {
    const focused = [...html.matchAll(/<[^>]+\sautofocus\b[^>]*>/g)].map(([tag]) => tag)
    const isFailed = html.includes('class="box problem"')
    // A field that is wrong is never shown without the box that leads to it.
    expect(html.includes('aria-invalid="true"') && !isFailed, name).toBe(false)
    if (isFailed)
      expect([name, focused]).toEqual([name, [expect.stringContaining('class="box problem"')]])
  }
  const page = await open(failed[0]?.[0] ?? '')
  expect(await page.evaluate('document.activeElement.className')).toBe('box problem')
  await page.close()
})

test('styles of each page are under 50 kB, with scripts and icons under 60 kB, before fonts and before they are sent compressed', () => {
  const files = new URL('../../public/', import.meta.url).pathname
  const sizes = new Map<string, number>()
  const sizeOf = (path: string): number => {
    const known = sizes.get(path) ?? statSync(files + path).size
    sizes.set(path, known)
    return known
  }
  for (const [name, html] of pages) {
    // A browser asks for the touch icon where the page is put on a home screen, and not to show the page.
    const loaded = html.replaceAll(/<link rel="apple-touch-icon"[^>]*>/g, '')
    const named = loaded.matchAll(/(?:href|src)="\/((?:css|js|icons)\/[^"?]+)"/g)
    const paths = new Set([...named].map(([, path = '']) => path))
    expect(paths.size, name).toBeGreaterThan(2)
    const sum = [...paths].reduce((bytes, path) => bytes + sizeOf(path), 0)
    expect(sum, name).toBeLessThan(60_000)
    const styles = [...paths].filter((path) => path.startsWith('css/'))
    expect(
      styles.reduce((bytes, path) => bytes + sizeOf(path), 0),
      name,
    ).toBeLessThan(50_000)
  }
})

// What is pressed has no place on paper, nor its heading, nor what says how to print. A link that names a thing does: in a cell, a fact or a heading.
const deeds =
  'button, .button, .buttons, .deeds, .way-back, .tools, .reading, .people, .on-screen, nav, form:not(.asking, [action$="/arret"]), .still .tick, .asking .fold:has(.parts), .steps > div:has(> dd > p:only-child > a.act:only-child), a.act:not(:is(th, td, td > span, dd, h2, h3, h4) > a), .acts, :is(h2, h3):not(li > *):has(+ :is(form:not(.asking), .acts:last-child)), svg, .event summary'

// Text, because the compiler knows no DOM here.
const wordsPrinted = "document.querySelector('main').innerText.match(/[\\p{L}\\p{N}]+/gu) ?? []"
// A name with nothing beside it: the fact was a link alone, and is not printed.
const bareNames =
  "[...document.querySelectorAll('main dt')].filter((name) => name.checkVisibility() && (name.nextElementSibling?.innerText ?? '').trim() === '' && !name.nextElementSibling?.querySelector('img')).map((name) => name.innerText)"
const printedButtons =
  "[...document.querySelectorAll('main :is(button, .button)')].filter((one) => one.checkVisibility()).length"
// A word may stand elsewhere on the page too: a row that lost its name is looked for by itself.
const rowsWithoutName =
  "[...document.querySelectorAll('main [scope=row]')].filter((name) => name.innerText.trim() === '').length"
const wordsSeen = `(() => {
  const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
  const words = []
  while (texts.nextNode()) {
    const { data, parentElement: parent } = texts.currentNode
    if (parent.checkVisibility() && parent.closest(${JSON.stringify(deeds)}) === null)
      words.push(...(data.match(/[\\p{L}\\p{N}]+/gu) ?? []))
  }
  return words
})()`

/** What one presses, and paper cannot do. */
const deadWords = ['détail', 'signaler', 'chercher']

// A style may begin a label with a capital.
function small(word: string): string {
  return word.toLowerCase()
}

const unfolded = "document.querySelectorAll('details').forEach((fold) => { fold.open = true })"

test(
  'paper says all that a page of hers or of the register says, folds and all, but what is pressed',
  { timeout: 120_000 },
  async () => {
    const missing: string[] = []
    const [first = ''] = pages.keys()
    const page = await open(first)
    for (const [name, html] of pages) {
      if (!/^(?:my-|disputes\.|asking\.|register\.object).*\.fr$/.test(name)) continue
      await writePage(page, html)
      await page.emulateMedia({ media: 'print' })
      const printed = new Set((await page.evaluate<string[]>(wordsPrinted)).map(small))
      const nameless = await page.evaluate<number>(rowsWithoutName)
      const bare = await page.evaluate<string[]>(bareNames)
      const buttons = await page.evaluate<number>(printedButtons)
      await page.emulateMedia({ media: 'screen' })
      await page.evaluate(unfolded)
      const seen = await page.evaluate<string[]>(wordsSeen)
      const lost = seen.filter((word) => !printed.has(small(word)))
      const dead = name.startsWith('my-activity')
        ? deadWords.filter((word) => printed.has(word))
        : []
      if (bare.length > 0) missing.push(`${name}: nothing beside ${bare.join(', ')}`)
      if (buttons > 0) missing.push(`${name}: ${buttons} buttons`)
      if (nameless > 0) missing.push(`${name}: ${nameless} rows without a name`)
      if (lost.length + dead.length > 0)
        missing.push(`${name}: ${lost.join(' ')} + ${dead.join(' ')}`)
    }
    await page.close()
    expect(missing).toEqual([])
  },
)

test('no sentence has the name of a body without its article', () => {
  const found = [...pages].flatMap(([name, html]) => {
    const language = name.endsWith('.en') ? 'en' : 'fr'
    const main = /<main[\s\S]*<\/main>/.exec(html)?.[0] ?? ''
    return bareNamesIn(main, language).map((line) => `${name}: ${line}`)
  })
  expect(found).toEqual([])
})

test('no thread stands without its words', () => {
  const threads = [...pages.values()].join('').split('/icons/thread-').slice(1)
  expect(threads.length).toBeGreaterThan(1)
  for (const thread of threads)
    expect(thread).toMatch(
      /^(?:[a-z]+)\.svg" alt="" [^>]*><span>(?:<strong>[^<]+<\/strong> )?[^<]{2,}<\/span>/,
    )
})

function isBefore(html: string, one: string, other: string): boolean {
  const at = html.indexOf(one)
  return at >= 0 && at < html.indexOf(other)
}

test.each(['fr', 'en'] as const)(
  'each page of hers is as short on a small telephone as it is to be, in %s',
  async (language) => {
    const page = await open(`my-space.space.plain.${language}`)
    // One row of four words: each is pressed where it is read.
    const menu = "document.querySelector('.menu').getBoundingClientRect().height"
    await page.setViewportSize({ width: 320, height: 640 })
    expect(await page.evaluate<number>(menu)).toBeLessThan(48)
    for (const [name, goal] of Object.entries(wholePages)) {
      const { screens, words } = await wholeLength(page, pages, goal, language)
      expect(screens, name).toBeLessThanOrEqual(goal.screens)
      expect(words, name).toBeLessThanOrEqual(goal.words)
    }
    await page.close()
  },
)

test('a film stands after the two answers, which come where they come without one', async () => {
  const places: number[][] = []
  for (const sample of ['clear', 'with a film']) {
    const page = await open(`asking.ask.${sample}.fr`)
    await page.setViewportSize({ width: 320, height: 640 })
    const answers = page.locator('.answers button')
    const [last, film] = [answers.last(), page.locator('details:has(video), details:has(audio)')]
    const top = async (one: typeof last) => Math.round((await one.boundingBox())?.y ?? 0)
    places.push([await film.count(), await top(last)])
    for (const one of await film.all()) expect(await top(one)).toBeGreaterThan(await top(last))
    await page.close()
  }
  const [[, without] = [], [films, withFilm] = []] = places
  expect([films, withFilm]).toEqual([2, without])
})

test('after a stop what still flows is open, what waits is folded, and its first words alone are bold', async () => {
  const page = await open('my-sharing.sharing.stopped.fr')
  const buttons = page.locator('.still').getByRole('button')
  expect(await page.locator('.still > ul > li').count()).toBe(3)
  expect(await buttons.count()).toBe(1)
  await page.locator('.still summary').click()
  expect(await buttons.count()).toBe(2)
  const weights = await page.evaluate<string[]>(
    "[...document.querySelectorAll('.note.done p')].map((line) => getComputedStyle(line).fontWeight)",
  )
  expect(weights).toEqual(['600', ...weights.slice(1).map(() => '400')])
  expect(weights.length).toBeGreaterThan(4)
  await page.close()
})

test('thirty lines of activity stand in days that say what is inside; one day is open', async () => {
  const page = await open('my-activity.activity.month.fr')
  const days = page.locator('main details.fold.line:has(ol)')
  expect(await days.count()).toBe(8)
  expect(await page.locator('main details.fold.line:has(ol)[open]').count()).toBe(1)
  await page.close()
})
