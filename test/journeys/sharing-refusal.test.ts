import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { bursaryWords } from '../../demo/applications/recipient/words.ts'
import {
  createAccess,
  goTo,
  leaveCodes,
  press,
  pressNamed,
  reads,
  say,
  sees,
  seesNamed,
} from '../support/journey-deeds.ts'
import {
  answer,
  askAsNewcomer,
  askForBursary,
  bursaryFor,
  factOf,
  figuresOf,
  follow,
  goOn,
  looksAgain,
  namesFor,
  openSharings,
  optionalBox,
  readTheQuestion,
  referenceIn,
  seesQuestion,
  seesSharing,
  withoutKey,
} from '../support/journey-sharing.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage, toursIn } from '../support/journey-stage.ts'

const stage = openStage()

test.each(toursIn('en'))(
  'a person who refuses is shown another way, and can change her mind, in %s',
  async (language) => {
    const visitor = await stage.visitor({ language })
    const { page } = visitor
    const { issuer, studentAid } = stage.demo
    const { setbacks, otherWay } = bursaryWords[language]
    const { aid, income, situation, dependants } = namesFor(visitor)
    await askAsNewcomer(visitor, studentAid)
    await optionalBox(visitor).check()
    const refused = await answer(visitor, 'refuse')
    expect(await factOf(visitor, 'consent.sending.sent')).toBeUndefined()
    expect(await factOf(visitor, 'consent.answered.until')).toBeUndefined()
    const nothing = await factOf(visitor, 'consent.sending.not_sent')
    expect(nothing).toBe([income, situation, dependants].join(' '))
    await reads(visitor, 'consent.answered.other-way', { service: aid })

    const callback = page.waitForRequest((request) => request.url().includes('/callback?'))
    await goOn(visitor)
    const told = new URL((await callback).url()).searchParams
    expect(told.get('error')).toBe('access_denied')
    await seesNamed(visitor, setbacks.refused.title)
    await pressNamed(visitor, otherWay.link)
    await seesNamed(visitor, otherWay.title)
    await pressNamed(visitor, otherWay.send)
    await page.getByRole('status').getByText(otherWay.sent).waitFor()

    await openSharings(visitor, issuer)
    await reads(visitor, 'standing.right.law', { body: namesFor(visitor).aidInSentence })
    await page.getByText(say(visitor, 'my-sharing.sharings.ended', { count: 1 })).click()
    await press(
      visitor,
      'my-sharing.sharings.see-of',
      bursaryFor(visitor, [income, situation, dependants]),
    )
    await seesSharing(visitor)
    expect(await factOf(visitor, 'my-sharing.sharing.reference')).toBe(refused)
    await reads(visitor, 'my-sharing.sharing.events-never')

    await page.goto(`${studentAid}${language === 'en' ? '/en' : ''}/demande/refus`)
    await pressNamed(visitor, setbacks.refused.retry)
    await looksAgain(visitor)
    await readTheQuestion(visitor)
    expect(await answer(visitor, 'grant')).not.toBe(refused)
    await goOn(visitor)
    await figuresOf(visitor)
    await openSharings(visitor, issuer)
    await reads(visitor, 'standing.right.both', { body: namesFor(visitor).aidInSentence })
    await reads(visitor, 'my-sharing.sharings.ended', { count: 1 })
  },
)

test('after an answer, back, forward and reload show the answer and ask nothing', async () => {
  const visitor = await stage.visitor()
  const { page } = visitor
  await askAsNewcomer(visitor, stage.demo.studentAid)
  const given = await answer(visitor, 'grant')
  const again = [() => page.goBack(), () => page.goForward(), () => page.reload()]
  for (const turn of again) {
    await turn()
    await sees(visitor, 'consent.answered.granted')
    expect(await referenceIn(visitor)).toBe(given)
  }
  await goOn(visitor)
  await figuresOf(visitor)
  expect(await consentsOf(await stage.accountIn(visitor))).toEqual(['active'])
})

test.each(['grant', 'refuse'] as const)('a double click answers once: %s', async (deed) => {
  const visitor = await stage.visitor()
  await askAsNewcomer(visitor, stage.demo.studentAid)
  await visitor.page
    .getByRole('button', { name: say(visitor, `consent.ask.${deed}`), exact: true })
    .dblclick()
  await sees(visitor, deed === 'grant' ? 'consent.answered.granted' : 'consent.answered.refused')
  const back = say(visitor, 'consent.answered.next', { service: namesFor(visitor).aid })
  await visitor.page.getByRole('button', { name: back, exact: true }).dblclick()
  const { file, setbacks } = bursaryWords.fr
  await seesNamed(visitor, deed === 'grant' ? file.title : setbacks.refused.title)
  expect(await consentsOf(await stage.accountIn(visitor))).toEqual([
    deed === 'grant' ? 'active' : 'refused',
  ])
})

test('in a second tab the first answer counts, whatever the other tab says', async () => {
  const visitor = await stage.visitor()
  await askAsNewcomer(visitor, stage.demo.studentAid)
  const [same, contrary] = [await secondTab(visitor), await secondTab(visitor)]
  const given = await answer(visitor, 'refuse')
  expect(await answer(same, 'refuse')).toBe(given)
  await press(contrary, 'consent.ask.grant')
  await sees(contrary, 'refusal.consent.answered.title')
  expect(await consentsOf(await stage.accountIn(visitor))).toEqual(['refused'])
  await goOn(visitor)
  await seesNamed(visitor, bursaryWords.fr.setbacks.refused.title)
})

test('two questions open at once are both answered, and the later yes replaces the earlier', async () => {
  const [visitor, later] = await twoQuestions()
  // After a yes with her key, one without it would be refused.
  await withoutKey(visitor)
  await answer(visitor, 'grant')
  await answer(later, 'grant')
  expect(await consentsOf(await stage.accountIn(visitor))).toEqual(['superseded', 'active'])
  for (const tab of [visitor, later]) {
    await goOn(tab)
    await figuresOf(tab)
  }
})

test('a question that was answered meanwhile in another visit is not asked again', async () => {
  const [visitor, later] = await twoQuestions()
  await answer(visitor, 'grant')
  await later.page.reload()
  await figuresOf(later)
  expect(await consentsOf(await stage.accountIn(visitor))).toEqual(['active'])
})

test.each([
  { comes: 'nobody', takeOver: signOut, isNoticed: true },
  { comes: 'somebody else', takeOver: createOther, isNoticed: false },
])(
  'a question left open cannot be answered by the next person: $comes comes',
  async ({ takeOver, isNoticed }) => {
    const visitor = await stage.visitor()
    await askAsNewcomer(visitor, stage.demo.studentAid)
    const person = await stage.accountIn(visitor)
    const left = await secondTab(visitor)
    await takeOver(visitor)
    // A tab that notices the sign-out leaves the question by itself.
    if (isNoticed) await sees(left, 'refusal.visit.other-session.title')
    else await follow(left, say(left, 'consent.ask.grant'))
    expect(await consentsOf(person)).toEqual([])
    await left.page.waitForLoadState()
    await left.page.reload()
    await sees(left, 'refusal.visit.other-session.title')
  },
)

/** The same thing asked twice, each in a tab of its own, answered by nobody yet. */
async function twoQuestions(): Promise<readonly [Visitor, Visitor]> {
  const visitor = await stage.visitor()
  await askAsNewcomer(visitor, stage.demo.studentAid)
  const later = { ...visitor, page: await visitor.context.newPage() }
  await askForBursary(later, stage.demo.studentAid)
  await seesQuestion(later)
  await withoutKey(later)
  return [visitor, later]
}

async function secondTab(visitor: Visitor): Promise<Visitor> {
  const page: Page = await visitor.context.newPage()
  await page.goto(visitor.page.url())
  const tab = { ...visitor, page }
  await seesQuestion(tab)
  await withoutKey(tab)
  return tab
}

async function signOut(visitor: Visitor): Promise<void> {
  await visitor.page.goto(`${stage.demo.issuer}/session/end`)
  await press(visitor, 'provider.sign-out.everywhere')
  await sees(visitor, 'provider.signed-out.title')
}

/** Another person makes her access in the browser where the first is signed in still. */
async function createOther(visitor: Visitor): Promise<void> {
  await stage.letTimePass(visitor)
  await goTo(visitor, `${stage.demo.issuer}/acces/codes`)
  await createAccess(visitor, 'signin.step-up.not-me')
  await leaveCodes(visitor)
  await sees(visitor, 'my-access.new-codes.title')
}

/** The states of all that a person ever answered. */
async function consentsOf(person: unknown): Promise<unknown[]> {
  const rows = await stage.sql(
    'select state from consent_current where person_id = $1 order by consent_id',
    [person],
  )
  return rows.map(({ state }) => state)
}
