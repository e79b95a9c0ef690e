import { expect, test } from 'vitest'
import { residenceWords } from '../../demo/applications/recipient/residence-words.ts'
import { bursaryWords } from '../../demo/applications/recipient/words.ts'
import {
  createAccess,
  home,
  leaveCodes,
  press,
  pressNamed,
  reads,
  say,
  sees,
  seesAbout,
  seesNamed,
} from '../support/journey-deeds.ts'
import { look } from '../support/journey-look.ts'
import {
  answer,
  askAsNewcomer,
  askForBursary,
  figuresOf,
  follow,
  goOn,
  happened,
  lineFor,
  namesFor,
  openSharings,
  optionalBox,
  registered,
  seesQuestion,
  seesSharing,
} from '../support/journey-sharing.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage, toursIn } from '../support/journey-stage.ts'

// The life of a sharing as its person leads it: put off, allowed where it waited, paused, resumed, made smaller, taken home.

const stage = openStage()
const tourLimitMs = 180_000

test.each(toursIn('en'))(
  'a question is put off, answered where it waits, and its sharing paused, resumed and made smaller, in %s',
  { timeout: tourLimitMs },
  async (language) => {
    const visitor = await stage.visitor({ language })
    const { issuer, studentAid } = stage.demo
    const { setbacks } = bursaryWords[language]
    const faults: string[] = []
    const at = async (name: string) => void faults.push(...(await look(visitor, name)))

    await askAsNewcomer(visitor, studentAid)
    await press(visitor, 'consent.ask.later')
    await reads(visitor, 'consent.later.kind')
    await at('put off')
    await goOn(visitor)
    await seesNamed(visitor, setbacks.refused.title)
    await openSharings(visitor, issuer)
    await reads(visitor, 'my-sharing.sharings.waiting-why')
    await at('sharings, one waits')
    await answerWhereItWaits(visitor, at)
    const reference = await answer(visitor, 'grant')
    await at('answered where it waited')
    await openSharings(visitor, issuer)
    expect(await visitor.page.getByText(say(visitor, 'my-sharing.sharings.waiting')).count()).toBe(
      0,
    )

    // Allowed already: Student Aid asks, and nobody is asked.
    await askForBursary(visitor, studentAid)
    await figuresOf(visitor)
    await openSharings(visitor, issuer, `/${reference}`)
    await press(visitor, 'my-sharing.sharing.pause')
    await reads(visitor, 'my-sharing.done.paused')
    await at('sharing, paused')
    await openSharings(visitor, issuer)
    await at('sharings, paused')
    await askAgain(visitor, studentAid)
    await seesNamed(visitor, setbacks.stopped.title)
    await openSharings(visitor, issuer, `/${reference}`)
    await press(visitor, 'my-sharing.sharing.resume')
    await reads(visitor, 'my-sharing.done.resumed')

    const narrower = await makeSmaller(visitor, at)
    expect(narrower).not.toBe(reference)
    await at('sharing, made smaller')
    await openSharings(visitor, issuer, `/${reference}`)
    await at('sharing, replaced')
    await visitor.page.goto(`${issuer}${language === 'en' ? '/en' : ''}/acces/donnees`)
    await sees(visitor, 'my-data.data.title')
    await at('data')
    expect(faults).toEqual([])
  },
)

async function answerWhereItWaits(
  visitor: Visitor,
  at: (name: string) => Promise<void>,
): Promise<void> {
  const { aid, purpose } = namesFor(visitor)
  await follow(visitor, say(visitor, 'my-sharing.sharings.answer-of', { recipient: aid, purpose }))
  await seesQuestion(visitor)
  expect(await visitor.page.getByText(say(visitor, 'consent.ask.later')).count()).toBe(0)
  await visitor.page.getByText(say(visitor, 'consent.terms.earlier')).click()
  await at('question, where it waits')
  await optionalBox(visitor).check()
}

async function askAgain(visitor: Visitor, studentAid: string): Promise<void> {
  const { file } = bursaryWords[visitor.language]
  await visitor.page.goto(home(visitor, studentAid))
  await follow(visitor, bursaryWords[visitor.language].offer.file)
  await follow(visitor, file.again)
}

/** Without the optional part. @returns the number of what it is now */
async function makeSmaller(visitor: Visitor, at: (name: string) => Promise<void>): Promise<string> {
  const { dependants } = namesFor(visitor)
  await follow(visitor, say(visitor, 'my-sharing.sharing.narrow'))
  await sees(visitor, 'my-sharing.narrow.title')
  await at('what to change')
  await visitor.page.getByRole('checkbox', { name: dependants }).uncheck()
  await press(visitor, 'my-sharing.narrow.continue')
  await sees(visitor, 'my-sharing.narrowing.title')
  await at('what it would be')
  // The whole authorization, to be read: nothing in it is a choice any more.
  expect(await visitor.page.locator('.terms input').count()).toBe(0)
  await press(visitor, 'my-sharing.narrowing.confirm')
  await seesSharing(visitor)
  await reads(visitor, 'my-sharing.done.narrowed')
  return new URL(visitor.page.url()).pathname.split('/').at(-1) ?? ''
}

test.each(toursIn('fr'))(
  'a person reads a notice of the law once, sees it at the service, and finds each sending in her activity, in %s',
  { timeout: tourLimitMs },
  async (language) => {
    const visitor = await stage.visitor({ language })
    const { issuer, studentAid } = stage.demo
    const words = residenceWords[language]
    const { aid } = namesFor(visitor)
    const faults: string[] = []
    const at = async (name: string) => void faults.push(...(await look(visitor, name)))

    await visitor.page.goto(home(visitor, studentAid))
    await at('service')
    await pressNamed(visitor, words.offer.label)
    if (language === 'en') await press(visitor, 'base.attestation.attest')
    await createAccess(visitor)
    await leaveCodes(visitor)
    await seesAbout(visitor, 'consent.notice.title', ['holder', 'what', 'recipient'])
    await at('notice')
    await press(visitor, 'consent.notice.understood')
    await seesNamed(visitor, words.title)
    for (const year of [2024, 2025])
      await visitor.page.getByText(`${words.endOf} ${year}`, { exact: true }).waitFor()
    await at('service, answered')

    // Read once: from here to the answer there is no page of ours.
    await follow(visitor, words.again)
    await seesNamed(visitor, words.title)

    await openSharings(visitor, issuer)
    await sees(visitor, 'my-sharing.sharings.title')
    await reads(visitor, 'my-sharing.flow.right.law')
    await openSharings(visitor, issuer, '/loi/agr_2026-017/pur_verification-residence')
    await sees(visitor, 'my-sharing.law.page-title', { recipient: aid })
    const line = lineFor(visitor).sent([registered(visitor, 'cat_residence-quebec')])
    await happened(visitor, [line, line, line, line])
    await at('what the law allows')
    expect(faults).toEqual([])
  },
)
