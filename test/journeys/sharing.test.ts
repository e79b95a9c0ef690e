import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inventNotice } from '../../demo/applications/holder/notices.ts'
import { bursaryWords } from '../../demo/applications/recipient/words.ts'
import { reasonUser } from '../../src/consent/decisions/reasons.ts'
import { openDatabase } from '../../src/base/database/database.ts'
import { readId } from '../../src/base/values/ids.ts'
import { listHeading } from '../../src/base/web/lists.ts'
import {
  askToSignIn,
  createAccess,
  goTo,
  home,
  leaveCodes,
  press,
  pressNamed,
  reads,
  say,
  sees,
  seesNamed,
  signedInAt,
  signedOutAt,
} from '../support/journey-deeds.ts'
import { look } from '../support/journey-look.ts'
import {
  answer,
  askAsStranger,
  askForBursary,
  bursaryFor,
  factOf,
  factsIn,
  figuresOf,
  follow,
  goOn,
  looksAgain,
  happened,
  lineFor,
  linesIn,
  linesOf,
  namesFor,
  openSharings,
  optionalBox,
  readTheQuestion,
  registered,
  seesSharing,
  seesStop,
  shareAsNewcomer,
} from '../support/journey-sharing.ts'
import type { Visitor } from '../support/journey-stage.ts'
import { openStage, toursIn } from '../support/journey-stage.ts'
import { housePatience } from '../support/patience.ts'

const stage = openStage()
const storyLimitMs = 180_000

test.each(toursIn('en').map((language) => ({ language, isTicked: language === 'en' })))(
  'a sharing is allowed, seen, stopped and allowed again ($language, the optional part too: $isTicked)',
  { timeout: storyLimitMs },
  async ({ language, isTicked }) => {
    const visitor = await stage.visitor({ language })
    const { issuer, studentAid } = stage.demo
    const { file, setbacks, told, kept, otherWay } = bursaryWords[language]
    const { income, situation, dependants } = namesFor(visitor)
    const line = lineFor(visitor)
    const required = [income, situation]
    const granted = isTicked ? [...required, dependants] : required

    await askAsStranger(visitor, studentAid)
    const lastDay = await readTheQuestion(visitor)
    if (isTicked) await optionalBox(visitor).check()
    const first = await answer(visitor, 'grant')
    await tellsWhatWasAllowed(visitor, { lastDay, isTicked })
    await goOn(visitor)
    const figures = await figuresOf(visitor)
    expect(figures).toEqual(await whatTheAgencyHas(visitor, isTicked))

    await openFile(visitor)
    await pressNamed(visitor, file.sharings)
    await showsSharing(visitor, granted, lastDay)
    expect(await factOf(visitor, 'my-sharing.sharing.reference')).toBe(first)
    await happened(visitor, [line.sent(granted)])
    await openFile(visitor)
    await follow(visitor, file.again)
    expect(await figuresOf(visitor)).toEqual(figures)
    await openSharings(visitor, issuer, `/${first}`)
    await happened(visitor, [line.sent(granted), line.sent(granted)])

    await stopAfterReading(visitor)
    await openFile(visitor)
    await follow(visitor, file.again)
    await seesNamed(visitor, setbacks.stopped.title)
    await visitor.page.getByText(kept).waitFor()
    await showsOnReload(visitor, told[1] ?? '')
    await visitor.page.getByRole('link', { name: otherWay.link, exact: true }).waitFor()
    const past = [line.refused(granted), line.sent(granted), line.sent(granted)]
    await openSharings(visitor, issuer, `/${first}`)
    await happened(visitor, past)
    const reason = say(visitor, 'my-sharing.reason.CONSENT_REVOKED')
    expect(await linesIn(visitor).first().innerText()).toContain(reason)

    await openFile(visitor)
    await pressNamed(visitor, setbacks.stopped.retry)
    await looksAgain(visitor)
    expect(await readTheQuestion(visitor)).toBe(lastDay)
    const second = await answer(visitor, 'grant')
    expect(second).not.toBe(first)
    await goOn(visitor)
    const without = { ...figures, dependants: file.keptBack + file.keptBackHint }
    expect(await figuresOf(visitor)).toEqual(without)
    await follow(visitor, file.again)
    expect(await figuresOf(visitor)).toEqual(without)
    await openSharings(visitor, issuer, `/${second}`)
    await happened(visitor, [line.sent(required), line.sent(required)])

    // Nothing old revives.
    await openSharings(visitor, issuer)
    await reads(visitor, 'standing.right.both', { body: namesFor(visitor).aidInSentence })
    await openEnded(visitor, granted)
    expect(await factOf(visitor, 'my-sharing.sharing.reference')).toBe(first)
    await isStopped(visitor)
    expect(await linesOf(visitor)).toEqual(past)
    await bothConfirm(visitor)
  },
)

test('a person who has allowed a sharing is not asked again, and beyond its limit nothing is sent', async () => {
  const visitor = await stage.visitor()
  const { issuer, studentAid } = stage.demo
  const { file, setbacks, kept, otherWay } = bursaryWords.fr
  const { income, situation } = namesFor(visitor)
  const line = lineFor(visitor)
  const reference = await shareAsNewcomer(visitor, studentAid)
  const figures = await figuresOf(visitor)
  const ours: string[] = []
  visitor.page.on('response', (page) => {
    if (page.url().startsWith(`${issuer}/`) && page.status() === 200) ours.push(page.url())
  })
  await askForBursary(visitor, studentAid)
  expect(await figuresOf(visitor)).toEqual(figures)
  expect(ours).toEqual([])
  for (let use = 3; use <= 4; use++) await follow(visitor, file.again)
  expect(await figuresOf(visitor)).toEqual(figures)

  await follow(visitor, file.again)
  await seesNamed(visitor, setbacks.denied.title)
  const main = visitor.page.getByRole('main')
  for (const sentence of [reasonUser('FREQUENCY_EXCEEDED').fr, kept])
    await main.getByText(sentence).waitFor()
  await main.getByRole('link', { name: otherWay.link, exact: true }).waitFor()
  expect(await look(visitor, 'service, denied')).toEqual([])
  await follow(visitor, setbacks.denied.retry)
  await seesNamed(visitor, setbacks.denied.title)

  await openSharings(visitor, issuer, `/${reference}`)
  const sent = line.sent([income, situation])
  await happened(visitor, [line.refused([income, situation]), sent, sent, sent, sent])
  expect(await look(visitor, 'sharing, limit reached')).toEqual([])
  const refusal = await linesIn(visitor).first().innerText()
  expect(refusal).toContain(say(visitor, 'my-sharing.reason.FREQUENCY_EXCEEDED'))
  expect(refusal).toContain('La même demande est venue 2 fois.')
  expect(await factOf(visitor, 'my-sharing.sharing.uses')).toContain(
    say(visitor, 'my-sharing.sharing.uses-text', { count: 4 }),
  )
})

test('another person in the same browser sees nothing of a sharing, even with its address', async () => {
  const { issuer, studentAid } = stage.demo
  const shared = await stage.visitor()
  const reference = await shareAsNewcomer(shared, studentAid)
  const left = { ...shared, page: await shared.context.newPage() }
  await openSharings(left, issuer, `/${reference}/arret`)
  await stage.letTimePass(shared)
  await goTo(shared, `${issuer}/acces/codes`)
  await createAccess(shared, 'signin.step-up.not-me')
  await leaveCodes(shared)
  await sees(shared, 'my-access.new-codes.title')

  await openSharings(shared, issuer)
  await reads(shared, 'standing.right.law', { body: namesFor(shared).aidInSentence })
  expect(await shared.page.content()).not.toContain(reference)
  for (const path of [`/${reference}`, `/${reference}/arret`]) {
    await openSharings(shared, issuer, path)
    await sees(shared, 'refusal.sharing.not-found.title')
  }
  await follow(left, say(left, 'my-sharing.stop.stop'))
  await sees(left, 'refusal.form.forged.title')
  const [kept] = await stage.sql('select state from consent_current where consent_id = $1', [
    readId('con', reference),
  ])
  expect(kept).toEqual({ state: 'active' })
  await signedOutAt(shared, studentAid)
  await shared.page.goto(`${studentAid}/demande`)
  await shared.page.waitForURL(home(shared, studentAid))
  await askForBursary(shared, studentAid)
  // Somebody else sat here: an access that never entered this service is not taken to it without a word.
  await press(shared, 'signin.entering.yes')
  await readTheQuestion(shared)
})

async function tellsWhatWasAllowed(
  visitor: Visitor,
  { lastDay, isTicked }: { readonly lastDay: string; readonly isTicked: boolean },
): Promise<void> {
  const { aid, agency, purpose, income, situation, dependants } = namesFor(visitor)
  const sent = isTicked ? [income, situation, dependants] : [income, situation]
  expect(await factsIn(visitor.page.getByRole('main'))).toMatchObject({
    [say(visitor, 'consent.answered.recipient')]: aid,
    [say(visitor, 'consent.answered.holder')]: agency,
    [say(visitor, 'consent.answered.purpose')]: purpose,
    [say(visitor, 'consent.sending.sent')]: sent.join(' '),
    [say(visitor, 'consent.answered.until')]: say(visitor, 'consent.answered.until-text', {
      date: lastDay,
    }),
  })
  const declined = await factOf(visitor, 'consent.sending.not_sent')
  expect(declined).toBe(isTicked ? undefined : dependants)
}

/** The notice is in the agency's file under the number that it knows the person by. */
async function whatTheAgencyHas(visitor: Visitor, isTicked: boolean) {
  const { revenueAgency } = stage.demo
  await askToSignIn(visitor, revenueAgency)
  const notice = inventNotice(await signedInAt(visitor, revenueAgency))
  const { situations, file } = bursaryWords[visitor.language]
  const named: Readonly<Record<string, string>> = situations
  return {
    income: notice.get('cat_revenu-net'),
    situation: named[String(notice.get('cat_situation-familiale'))],
    dependants: isTicked
      ? String(notice.get('cat_personnes-a-charge'))
      : file.keptBack + file.keptBackHint,
  }
}

/** « Mes partages » is open: the card, and from there the sharing's own page. */
async function showsSharing(visitor: Visitor, granted: readonly string[], lastDay: string) {
  await sees(visitor, 'my-sharing.sharings.title')
  const { aid, agency, aidInSentence } = namesFor(visitor)
  await reads(visitor, 'standing.right.both', { body: aidInSentence })
  const until = {
    [say(visitor, 'my-sharing.sharing.until')]: expect.stringContaining(lastDay) as string,
  }
  const facts = {
    [say(visitor, 'my-sharing.sharing.what')]: granted.join(' '),
    [say(visitor, 'my-sharing.sharing.holder')]: agency,
    ...until,
  }
  const title = listHeading(granted, visitor.language)
  const block = visitor.page.getByRole('region', { name: aid, exact: true })
  expect(await block.innerText()).toContain(agency)
  const row = block.getByRole('article', { name: title, exact: true })
  expect(await row.innerText()).toContain(lastDay)
  await press(visitor, 'my-sharing.sharings.see-of', bursaryFor(visitor, granted))
  await seesSharing(visitor)
  expect(await factsIn(visitor.page.getByRole('main'))).toMatchObject(facts)
}

async function stopAfterReading(visitor: Visitor): Promise<void> {
  await press(visitor, 'my-sharing.sharing.stop')
  await seesStop(visitor)
  expect(await factOf(visitor, 'my-sharing.stop.consequence')).toBe(
    registered(visitor, 'pur_calcul-aide', 'refusal_consequence'),
  )
  expect(await factOf(visitor, 'my-sharing.stop.other-way')).toBe(
    registered(visitor, 'pur_calcul-aide', 'alternative_path'),
  )
  await press(visitor, 'my-sharing.stop.stop')
  await reads(visitor, 'my-sharing.done.stopped')
  await isStopped(visitor)
}

async function isStopped(visitor: Visitor): Promise<void> {
  const [stopped = ''] = say(visitor, 'my-sharing.ended.revoked', { date: '|' }).split('|')
  expect(await factOf(visitor, 'my-sharing.sharing.state')).toContain(stopped)
  const stop = visitor.page.getByRole('link', { name: say(visitor, 'my-sharing.sharing.stop') })
  expect(await stop.count()).toBe(0)
}

/** Both bodies are told of the stop, one by push and one by poll, and say what it led to. */
async function bothConfirm(visitor: Visitor): Promise<void> {
  const { aid, agency } = namesFor(visitor)
  for (const organisation of [agency, aid]) {
    const said = { organisation, date: '|' }
    const [words = ''] = say(visitor, 'my-sharing.stops.stopped', said).split('|')
    await showsOnReload(visitor, words)
  }
  const [delivered = ''] = say(visitor, 'my-sharing.stops.delivered', { date: '|' }).split('|')
  await showsOnReload(visitor, delivered, 2)
}

async function showsOnReload({ page }: Visitor, words: string, times = 1): Promise<void> {
  const shown = async () => {
    await page.reload()
    return page.getByText(words).count()
  }
  await expect.poll(shown, { interval: 500 }).toBe(times)
}

test('the agency keeps the acknowledgement, and Student Aid’s report agrees with it', async () => {
  const { dataDir, databaseUrl } = stage.demo
  const acks = readFileSync(join(dataDir, 'demo', 'agence-revenu.acks.txt'), 'utf8')
    .trim()
    .split('\n')
  const db = openDatabase(databaseUrl, housePatience)
  try {
    const received: object[] = await db('disclosureReceived').whereNotNull('decisionId')
    expect(acks.length).toBeGreaterThanOrEqual(6)
    expect(received.length).toBeGreaterThanOrEqual(6)
    expect(await db('disclosureAnomaly').where({ settledAt: null })).toEqual([])
  } finally {
    await db.destroy()
  }
})

async function openEnded(visitor: Visitor, granted: readonly string[]): Promise<void> {
  const ended = visitor.page.getByRole('group')
  await ended.getByText(say(visitor, 'my-sharing.sharings.ended', { count: 1 })).click()
  const name = say(visitor, 'my-sharing.sharings.see-of', bursaryFor(visitor, granted))
  await ended.getByRole('link', { name, exact: true }).click()
  await seesSharing(visitor)
}

async function openFile(visitor: Visitor): Promise<void> {
  const { studentAid } = stage.demo
  await visitor.page.goto(home(visitor, studentAid))
  await follow(visitor, bursaryWords[visitor.language].offer.file)
}
