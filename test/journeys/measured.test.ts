import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Language } from '../../src/base/values/languages.ts'
import {
  askToSignIn,
  chooseNewKey,
  createAccess,
  goTo,
  press,
  readCodes,
  reads,
  recover,
  say,
  sees,
  signedInAt,
  signInWithPasskey,
} from '../support/journey-deeds.ts'
import {
  answer,
  askForBursary,
  bursaryFor,
  figuresOf,
  goOn,
  happened,
  lineFor,
  namesFor,
  openSharings,
  seesQuestion,
  seesStop,
} from '../support/journey-sharing.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage } from '../support/journey-stage.ts'
import type { Before, Decision, Length, Limits, Task } from '../support/measures.ts'
import { beforeDeciding, openMeter, lengthOf } from '../support/measures.ts'
import { pagesDocument } from '../support/measured-document.ts'
import { sampleLengths, wholePages } from '../support/whole-pages.ts'

// The demonstration's story, counted: how much a person reads and presses for each thing she does. `npm run pages` writes the figures and
// the pictures into docs/pages.md and docs/pages.en.md.

const isRecording = process.env['PAGES'] === 'record'
const languages: readonly Language[] = isRecording ? ['fr', 'en'] : ['fr']
const docs = new URL('../../docs/', import.meta.url)
const storyLimitMs = 180_000

/** The most that each thing may take. */
const most: Limits = {
  clicks: { access: 5, second: 1, consent: 3, received: 1, stop: 3, recovery: 4, 'not-me': 1 },
  words: { 'sign-in': 80, question: 140, stop: 120, 'way-back': 40 },
  top: { 'sign-in': 850, question: 1230, stop: 980, 'way-back': 480 },
}

const stage = openStage()

test.each(languages)(
  'each thing of the story takes few words and few presses, in %s',
  { timeout: storyLimitMs },
  async (language) => {
    const { wholes, ...measured } = await liveTheStory(language)
    for (const [task, { clicks }] of Object.entries(measured.efforts))
      expect(clicks, task).toBeLessThanOrEqual(most.clicks[task as Task])
    for (const [decision, { words, top }] of Object.entries(measured.before)) {
      expect(words, decision).toBeLessThanOrEqual(most.words[decision as Decision])
      expect(top, decision).toBeLessThanOrEqual(most.top[decision as Decision])
    }
    for (const [name, { words, screens }] of Object.entries(wholes)) {
      const goal = wholePages[name as keyof typeof wholes]
      expect(words, name).toBeLessThanOrEqual(goal.words)
      expect(screens, name).toBeLessThanOrEqual(goal.screens)
    }
    if (!isRecording) return
    const name = language === 'fr' ? 'pages.md' : 'pages.en.md'
    const lengths = await sampleLengths(language)
    writeFileSync(new URL(name, docs), pagesDocument(language, { ...measured, lengths }, most))
  },
)

async function liveTheStory(language: Language) {
  const visitor = await stage.visitor({ language })
  const { studentAid, revenueAgency, issuer } = stage.demo
  const { page } = visitor
  const meter = await openMeter(visitor)
  const before: Partial<Record<Decision, Before>> = {}
  const base = language === 'en' ? '/en' : ''
  await attests(visitor)
  let codes: readonly string[] = []
  let first: Length = { words: Infinity, screens: Infinity }

  const access = await meter.effortOf(async () => {
    await askToSignIn(visitor, studentAid)
    await sees(visitor, 'signin.sign-in.title')
    before['sign-in'] = await beforeDeciding(page, [say(visitor, 'signin.sign-in.create')])
    codes = await createAccess(visitor)
    await press(visitor, 'signin.recovery-codes.next')
    await sees(visitor, 'signin.reach.title')
    first = await lengthOf(page)
    await press(visitor, 'signin.reach.later')
    await signedInAt(visitor, studentAid)
  })
  const second = await meter.effortOf(async () => {
    await askToSignIn(visitor, revenueAgency)
    await signedInAt(visitor, revenueAgency)
  })
  const consent = await meter.effortOf(async () => {
    await askForBursary(visitor, studentAid)
    await seesQuestion(visitor)
    const answers = ['grant', 'refuse'].map((deed) => say(visitor, `consent.ask.${deed}`))
    before.question = await beforeDeciding(page, answers)
    await photograph(visitor, 'question')
    await answer(visitor, 'grant')
    await goOn(visitor)
    await figuresOf(visitor)
  })
  await seesTheSending(visitor, issuer)
  await page.goto(`${issuer}${base}/`)
  await sees(visitor, 'my-space.space.title')
  const home = await lengthOf(page)
  await page.goto(`${issuer}${base}/acces`)
  await sees(visitor, 'my-access.overview.title')
  const account = await lengthOf(page)
  await page.goto(`${issuer}${base}/espace`)
  const received = await meter.effortOf(async () => {
    await press(visitor, 'my-space.sent.all')
    await page.getByText(namesFor(visitor).aid, { exact: true }).waitFor()
  })
  await photograph(visitor, 'activity')
  await liveBefore(visitor)
  await page.reload()
  const activity = await lengthOf(page)
  expect(await page.locator('main ol.places > li').count()).toBeGreaterThan(8)
  await page.goto(`${issuer}${base}/`)
  const stop = await meter.effortOf(async () => {
    await press(visitor, 'my-space.space.sharings')
    await sees(visitor, 'my-sharing.sharings.title')
    await photograph(visitor, 'sharings')
    await press(visitor, 'my-sharing.sharings.stop-of', bursaryFor(visitor))
    await seesStop(visitor)
    before.stop = await beforeDeciding(page, [say(visitor, 'my-sharing.stop.stop')])
    await press(visitor, 'my-sharing.stop.stop')
    await reads(visitor, 'my-sharing.done.stopped')
  })
  const { recovery, wayBack } = await comeBack(language, codes)
  before['way-back'] = wayBack
  await goTo(visitor, `${issuer}${base}/espace`)
  await signInWithPasskey(visitor)
  await sees(visitor, 'my-space.space.title')
  const notMe = await meter.effortOf(async () => {
    await page.locator('form[action$="/pas-moi"] button').click()
    await reads(visitor, 'my-access.done.recovery-undone')
  })
  return {
    efforts: { access, second, consent, received, stop, recovery, 'not-me': notMe },
    before: before as Readonly<Record<Decision, Before>>, // each was measured above
    wholes: { home, activity, account, first },
  }
}

/** She made her access a week ago, and signed in since: with what the story writes, some thirty lines in eight days. */
async function liveBefore(visitor: Visitor): Promise<void> {
  const person = await stage.accountIn(visitor)
  await stage.sql(
    `update activity set at = at - interval '7 days'
     where person_id = $1::uuid and kind in ('access.opened', 'passkey.added', 'recovery-codes.made')`,
    [person],
  )
  await stage.sql(
    `insert into activity (activity_id, person_id, kind, result, request_id, at)
     select gen_random_uuid(), $1::uuid, kind, 'done', '-', now() + clock_offset() - d * interval '1 day' - n * interval '1 minute'
     from generate_series(1, 7) d, unnest(array['access.signed-in', 'passkey.renamed', 'access.signed-in']) with ordinality k(kind, n)`,
    [person],
  )
}

/** In another browser, with one of the codes: until the access has a key again. */
async function comeBack(language: Language, codes: readonly string[]) {
  const visitor = await stage.visitor({ language })
  const meter = await openMeter(visitor)
  let wayBack: Before = { words: Infinity, top: Infinity }
  await attests(visitor)
  await askToSignIn(visitor, stage.demo.studentAid)
  const recovery = await meter.effortOf(async () => {
    await recover(visitor, codes[0] ?? '')
    await sees(visitor, 'signin.ways-back.title')
    wayBack = await beforeDeciding(visitor.page, [say(visitor, 'signin.ways-back.passkey-go')])
    await chooseNewKey(visitor)
    await press(visitor, 'signin.add-passkey.create')
    await readCodes(visitor)
  })
  return { recovery, wayBack }
}

/** The notice of the Charter, which English opens once: it is no part of any of these things. */
async function attests(visitor: Visitor): Promise<void> {
  if (visitor.language === 'fr') return
  await visitor.page.goto(`${stage.demo.issuer}/en/`)
  await press(visitor, 'base.attestation.attest')
}

/** The two bodies report by themselves: until then there is nothing that somebody received. */
async function seesTheSending(visitor: Visitor, issuer: string): Promise<void> {
  const { income, situation } = namesFor(visitor)
  await openSharings(visitor, issuer)
  await press(visitor, 'my-sharing.sharings.see-of', bursaryFor(visitor))
  await happened(visitor, [lineFor(visitor).sent([income, situation])])
}

/** The top of a page as a person sees it who has not scrolled: of the question, on a telephone too. */
async function photograph(
  { page, language }: Visitor,
  name: 'question' | 'sharings' | 'activity',
): Promise<void> {
  if (!isRecording) return
  const usual = page.viewportSize()
  mkdirSync(new URL('pictures/', docs), { recursive: true })
  for (const look of ['wide', 'narrow'] as const) {
    if (look === 'narrow' && name !== 'question') continue
    await page.setViewportSize(looks[look])
    await page.evaluate('document.fonts.ready.then(() => scrollTo(0, 0))')
    const path = new URL(`pictures/${name}-${look}.${language}.png`, docs).pathname
    await page.screenshot({ path, scale: 'css' })
  }
  if (usual !== null) await page.setViewportSize(usual)
}

const looks = { wide: { width: 880, height: 680 }, narrow: { width: 320, height: 640 } }
