import type { BrowserContextOptions } from 'playwright-core'
import { expect, test } from 'vitest'
import type { Language } from '../../src/base/values/languages.ts'
import { press, sees } from '../support/journey-deeds.ts'
import {
  answer,
  askAsNewcomer,
  askAsStranger,
  bursaryFor,
  figuresOf,
  goOn,
  namesFor,
  openSharings,
  seesSharing,
  stopSharing,
} from '../support/journey-sharing.ts'
import { fits } from '../support/journey-fits.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { isWholeTour, openStage } from '../support/journey-stage.ts'

// The whole story as people with other eyes and hands live it: asked, allowed, seen, stopped. `sharing-pages` has it without JavaScript.

const stage = openStage()
const storyLimitMs = 180_000

type Mode = BrowserContextOptions & {
  readonly language: Language
  readonly byKeyboard?: boolean
  /** A style sheet of her own. */
  readonly styles?: string
}

// WCAG 1.4.4 and 1.4.12: nothing is lost in text twice as large, or with these spaces.
const largeText = ':root { font-size: 200% !important }'
const spacedText =
  '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }'

// Habits that do not touch each other are tried in one story.
const modes: Readonly<Record<string, Mode>> = {
  'the keyboard alone, and spaces of one’s own': {
    language: 'fr',
    byKeyboard: true,
    styles: spacedText,
  },
  ...(isWholeTour()
    ? { 'the keyboard alone, in English': { language: 'en', byKeyboard: true } as const }
    : {}),
  // 1280 × 1024 at 400 % (WCAG 1.4.10).
  'a zoom of 400 %, colours of one’s own, and no movement': {
    language: 'en',
    viewport: { width: 320, height: 256 },
    forcedColors: 'active',
    colorScheme: 'dark',
    reducedMotion: 'reduce',
  },
  'text twice as large': { language: 'en', styles: largeText },
}

test.each(Object.entries(modes))(
  'with %s every page and button can be reached',
  { timeout: storyLimitMs },
  async (_, mode) => {
    const visitor = await stage.visitor(mode)
    await wearing(visitor, mode)
    await askedTo(visitor, mode)
    await fits(visitor)
    await answer(visitor, 'grant')
    await fits(visitor)
    await goOn(visitor)
    expect((await figuresOf(visitor)).income).toBeGreaterThan(0)

    await openSharings(visitor, stage.demo.issuer)
    await sees(visitor, 'my-sharing.sharings.title')
    await fits(visitor)
    await seesThePicture(visitor)
    await press(visitor, 'my-sharing.sharings.see-of', bursaryFor(visitor))
    await seesSharing(visitor)
    await fits(visitor)
    await stopSharing(visitor)
    await fits(visitor)
    await seesSharing(visitor)
    expect(await movements(visitor)).toBe(0)
  },
)

// Whoever has no mouse makes her access on the way: a passkey needs a script, and the others press the same buttons.
async function askedTo(visitor: Visitor, { byKeyboard = false }: Mode): Promise<void> {
  const ask = byKeyboard ? askAsStranger : askAsNewcomer
  await ask(visitor, stage.demo.studentAid)
}

// The policy of our pages lets no other style in: a sheet that a script makes is one of the browser, as an extension's is.
async function wearing({ context }: Visitor, { styles }: Mode): Promise<void> {
  if (styles === undefined) return
  const sheet = `const sheet = new CSSStyleSheet(); sheet.replaceSync(${JSON.stringify(styles)})`
  const wear = 'document.adoptedStyleSheets = [sheet]'
  await context.addInitScript({ content: `{ ${sheet}; ${wear} }` })
}

// A line from a body to a body: the same words for the eye and for the ear.
async function seesThePicture(visitor: Visitor): Promise<void> {
  const { aid, agency } = namesFor(visitor)
  await press(visitor, 'my-sharing.picture.see')
  await sees(visitor, 'my-sharing.picture.title')
  await fits(visitor)
  const line = visitor.page.locator('.strand').filter({ hasText: aid })
  // What she allowed comes first, and is told apart without its filling too.
  expect(await line.first().innerText()).toContain(agency)
  expect(await line.locator('.bead.choice').first().isVisible()).toBe(true)
  // Words are there before the style sheet is.
  await visitor.page.waitForLoadState('load')
  const { choice, law, ground } = await visitor.page.evaluate<Looks>(looks)
  expect(choice).not.toContain(ground)
  expect(choice).not.toBe(law)
  await press(visitor, 'my-sharing.picture.by-datum')
  await sees(visitor, 'my-sharing.picture.title')
  await fits(visitor)
  const turned = visitor.page.locator('.bead.choice').filter({ hasText: aid })
  expect(await turned.first().isVisible()).toBe(true)
  await press(visitor, 'my-sharing.sharing.back')
  await sees(visitor, 'my-sharing.sharings.title')
}

type Looks = { readonly choice: string; readonly law: string; readonly ground: string }

// Text, because the compiler knows no DOM here. What is left of a bead in forced colours is its outline.
const looks = `(() => {
  const outlineOf = (kind) => {
    const { borderTopStyle, borderTopWidth, borderTopColor } = getComputedStyle(document.querySelector('.portrait .bead.' + kind))
    return [borderTopStyle, borderTopWidth, borderTopColor].join(' ')
  }
  const isForced = matchMedia('(forced-colors: active)').matches
  const fillOf = (kind) => isForced ? '' : getComputedStyle(document.querySelector('.portrait .bead.' + kind)).backgroundImage
  return {
    choice: outlineOf('choice') + fillOf('choice'),
    law: outlineOf('law') + fillOf('law'),
    ground: getComputedStyle(document.body).backgroundColor,
  }
})()`

async function movements({ page }: Visitor): Promise<number> {
  return page.evaluate<number>(
    "document.getAnimations().filter(({ playState }) => playState === 'running').length",
  )
}
