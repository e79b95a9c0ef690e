import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayAfter, dayOf, endOfDay } from '../../../src/base/values/calendar.ts'
import { publicKeys } from '../../../src/base/keys/jws.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { checkReceipt } from '../../../src/consent/record/receipts/receipt-check.ts'
import { makeSessions } from '../../../src/provider/index.ts'
import type { RegisterObject } from '../../../src/registry/index.ts'
import type { Answer } from '../../support/browser.ts'
import { formOf, formsOf } from '../../support/browser.ts'
import { codesOfWhich } from '../../support/codes.ts'
import { counts, weaken } from '../../support/moving-stage.ts'
import { personOfKey } from '../../support/many-sessions.ts'
import type { PortalStage } from '../../support/portal.ts'
import { startPortalStage, tokenFor } from '../../support/portal.ts'
import type { Asked } from '../../support/sharing.ts'
import { chainOf, lastReceipt, textIn } from '../../support/signed-answers.ts'
import { lastDayBoxes, signatureFor } from '../../support/signing.ts'
import {
  ask,
  askNewcomer,
  askNewcomerByPages,
  decide,
  evaluation,
  holderToken,
  redeem,
  stop,
} from '../../support/sharing.ts'
import { callbackOf, issuer, postAndFollow, signIn, signUp } from '../../support/broker.ts'
import type { Load } from '../../support/sharing-load.ts'
import { eventsOf, openLoad } from '../../support/sharing-load.ts'
import { letTimeMove, pass } from '../../support/time.ts'
import { twoSigners } from '../../support/two-signers.ts'
import { recoverAt } from '../../support/ways.ts'
import { untyped } from '../../support/database.ts'
import { sealAsWritten } from '../../support/sealed-rows.ts'
import { accountCommand } from '../../support/commands.ts'

// What a person chooses beside yes: express acts for what is sensitive (LAI 59; I8), and an earlier last day.

const recorded = ['consentRecord', 'consentCurrent', 'ledgerEvent'] as const
const family = 'cat_situation-familiale'
const dependants = 'cat_personnes-a-charge'

// Student Aid's agreements, as if the family's situation were sensitive.
function sensitive(object: RegisterObject): RegisterObject {
  const { id, content } = object
  if (id === family || id === dependants)
    return { ...object, content: { ...content, sensitivity: 'sensitive' } }
  if (id === 'agr_2026-001' || id === 'agr_2026-009')
    return { ...object, content: { ...content, legal_basis_id: 'consent_59_sensitive' } }
  return object
}

let stage: PortalStage
let load: Load
beforeAll(async () => {
  letTimeMove()
  stage = await startPortalStage(undefined, sensitive)
  load = await openLoad(stage)
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

type Said = {
  readonly express?: readonly string[]
  readonly optional?: readonly string[]
  readonly until?: string
}

async function say(asked: Asked, deed: 'autorisation' | 'refus', said: Said = {}): Promise<Answer> {
  const body = new URLSearchParams({ ...formOf(asked.page).fields })
  for (const category of said.express ?? []) body.append('express', category)
  for (const category of said.optional ?? []) body.append('optional', category)
  for (const [box, typed] of Object.entries(lastDayBoxes(said.until ?? ''))) body.set(box, typed)
  const sent = await asked.browser.post(
    `${new URL(asked.page.url).pathname}/${deed}`,
    body.toString(),
  )
  return sent.location === undefined ? sent : asked.browser.follow(sent.location)
}

/** Yes, and back to the service with it. */
async function allow(asked: Asked, said: Said) {
  const answered = await say(asked, 'autorisation', said)
  const { action, fields } = formOf(answered)
  return redeem(stage, asked, callbackOf(await postAndFollow(asked.browser, action, fields)))
}

function today(): string {
  return dayOf(new Date())
}

function inDays(days: number): string {
  return dayAfter(today(), `P${days}D`)
}

/** An hour in which a recovery of hers can be undone. */
async function hold(personId: string): Promise<void> {
  await stage.db.raw(
    `insert into recovery_holds (person_id, since, until, added)
     values (?, now() + clock_offset(), now() + clock_offset() + interval '1 hour', '{}')`,
    [personId],
  )
  await sealAsWritten(stage, 'recovery_holds')
}

async function grantOf(sub: string) {
  const personId = load.pairwise.person(sub, 'org_agence-revenu') ?? ''
  const [granted] = await eventsOf(load, personId, 'consent.granted')
  return granted
}

describe('a sensitive category', () => {
  test('has a box of its own, which is not ticked', async () => {
    const { page } = await askNewcomer(stage)
    for (const category of [family, dependants])
      expect(page.body).toContain(`name="express" value="${category}"`)
    expect(page.body).not.toContain('name="optional"')
    expect(page.body).not.toContain('checked')
  })

  test.each<[string, Said]>([
    ['nothing', {}],
    ['only the optional one', { express: [dependants] }],
  ])(
    'is not allowed with %s ticked: the page is shown again, and nothing is recorded',
    async (_, said) => {
      const asked = await askNewcomer(stage)
      const before = await counts(stage, recorded)
      const again = await say(asked, 'autorisation', said)
      expect(again.status).toBe(400)
      expect(again.body).toContain('votre accord exprès')
      // What she ticked stays as she left it, and nothing else is ticked.
      const ticked = [...again.body.matchAll(/value="([^"]*)"[^>]*\schecked/g)]
      expect(ticked.map(([, value]) => value)).toEqual(said.express ?? [])
      expect(await counts(stage, recorded)).toEqual(before)
      // From there she can say yes.
      const shared = await allow(
        { ...asked, page: { ...again, url: asked.page.url } },
        { express: [family] },
      )
      expect(shared.detail['datatypes']).toContain(family)
    },
  )

  test('cannot be allowed or resumed during the hold of a recovery, but can be refused, paused and stopped', async () => {
    const asked = await askNewcomer(stage)
    const personId = await personOfKey(stage.db, asked.authenticator)
    await hold(personId)
    const before = await counts(stage, recorded)
    const held = await say(asked, 'autorisation', { express: [family] })
    expect([held.status, held.body.includes('Cet accès vient d’être rétabli')]).toEqual([409, true])
    expect(await counts(stage, recorded)).toEqual(before)

    await stage.db('recoveryHolds').where({ personId }).delete()
    await sealAsWritten(stage, 'recovery_holds')
    const { consentId } = await allow(asked, { express: [family] })
    await hold(personId)
    const path = `/mes-partages/${consentId}`
    const deeds: number[] = []
    for (const deed of ['pause', 'reprise', 'arret']) {
      const { csrf = '' } = formOf(await asked.browser.get(path)).fields
      deeds.push((await asked.browser.post(`${path}/${deed}`, { csrf })).status)
    }
    expect(deeds).toEqual([303, 409, 303])
  })

  test('is allowed only by the act that names it', async () => {
    const asked = await askNewcomer(stage)
    const shared = await allow(asked, { express: [family] })
    expect(shared.detail).toMatchObject({ declined: [dependants] })
    expect(await grantOf(shared.sub)).toMatchObject({
      express: true,
      categories_express: [family],
      categories_declined: [dependants],
      legal_basis: 'consent_59_sensitive',
    })
    const decision = await decide(stage, await holderToken(stage, 'decide'), evaluation(shared.sub))
    expect(decision.decision).toBe(true)
  })

  test('that is optional is allowed only if it was ticked', async () => {
    const shared = await allow(await askNewcomer(stage), { express: [family, dependants] })
    const granted = await grantOf(shared.sub)
    expect(new Set(granted?.['categories_express'] as string[])).toEqual(
      new Set([family, dependants]),
    )
    expect(granted).toMatchObject({ categories_declined: [] })
  })

  test.each<[string, Said]>([
    ['an ordinary category by an express act', { express: [family, 'cat_revenu-net'] }],
    ['a sensitive one as merely optional', { express: [family], optional: [dependants] }],
    ['a category that nobody asked for', { express: [family, 'cat_adresse'] }],
    ['nonsense', { express: [family, '../..'] }],
  ])('%s is not accepted as an answer, and records nothing', async (_, said) => {
    const asked = await askNewcomer(stage)
    const before = await counts(stage, recorded)
    expect((await say(asked, 'autorisation', said)).status).toBe(400)
    expect(await counts(stage, recorded)).toEqual(before)
  })

  test('can be refused without ticking anything', async () => {
    const refused = await say(await askNewcomer(stage), 'refus')
    expect(refused.body).toContain('Vous avez refusé ce partage')
  })
})

describe('an earlier last day', () => {
  test.each([
    ['tomorrow', () => inDays(1)],
    ['today', today],
  ])('%s ends the sharing at the midnight that ends this day', async (_, day) => {
    const until = day()
    const shared = await allow(await askNewcomer(stage), { express: [family], until })
    const end = endOfDay(until).toISOString()
    expect(shared.detail['valid_until']).toBe(end)
    expect(await grantOf(shared.sub)).toMatchObject({ valid_until: end, valid_until_local: until })
  })

  test('left empty means the day that was asked for', async () => {
    const asked = await askNewcomer(stage, { duration: { until: inDays(40) } })
    const shared = await allow(asked, { express: [family], until: '' })
    expect(shared.detail['valid_until']).toBe(endOfDay(inDays(40)).toISOString())
  })

  test.each([
    ['yesterday', () => dayAfter('2026-01-01', 'P1D')],
    ['one day too late', () => inDays(41)],
    ['no day', () => '2027-02-30'],
    ['words', () => 'demain'],
  ])('%s shows the page again, and records nothing', async (_, day) => {
    const asked = await askNewcomer(stage, { duration: { until: inDays(40) } })
    const before = await counts(stage, recorded)
    const again = await say(asked, 'autorisation', { express: [family], until: day() })
    const [year = ''] = day().split('-')
    expect(again.body).toContain(
      `name="until_year" inputmode="numeric" autocomplete="off" maxlength="4" value="${year}"`,
    )
    expect([again.status, again.body.includes('La date ne convient pas')]).toEqual([400, true])
    expect(await counts(stage, recorded)).toEqual(before)
  })
})

describe('a yes with both means needs a recent proof', () => {
  type Newcomer = Awaited<ReturnType<typeof askNewcomer>>

  /** Proves who she is on the page that asks for it, and goes where it leads. */
  async function prove({ browser, authenticator }: Newcomer, page: Answer): Promise<Answer> {
    expect(page.body).toContain('Une vérification de plus')
    const { action, fields, options } = formOf(page)
    const credential = authenticator.get(options)
    return postAndFollow(browser, action, { ...fields, credential })
  }

  /** Sends the answer that was kept. @returns the page after it */
  function sendKept({ browser }: Pick<Newcomer, 'browser'>, page: Answer): Promise<Answer> {
    const { action, fields } = formOf(page)
    return postAndFollow(browser, action, fields)
  }

  const here = ({ page }: Newcomer) => new URL(page.url).pathname

  test('and her choices are kept while she gives the proof, and count when she sends them', async () => {
    const asked = await askNewcomer(stage, { duration: { until: inDays(40) } })
    await weaken(stage)
    const before = await counts(stage, recorded)
    const asking = await say(asked, 'autorisation', { express: [family], until: inDays(9) })
    expect(await counts(stage, recorded)).toEqual(before)
    const kept = await prove(asked, asking)
    expect(kept.url).toBe(`${asked.page.url}/reponse`)
    expect(kept.body).toContain('Vérifiez votre réponse')
    expect(await counts(stage, recorded)).toEqual(before)
    await expectHeld(asked, kept, before)
    const form = formOf(kept)
    const other = { ...form.fields, answers: 'A'.repeat(43) }
    const stale = await asked.browser.post(form.action, other)
    expect([stale.status, stale.body.includes('Vos réponses ont changé')]).toEqual([409, true])
    expect(await counts(stage, recorded)).toEqual(before)
    const { action, fields } = formOf(await sendKept(asked, kept))
    const answered = await postAndFollow(asked.browser, action, fields)
    const shared = await redeem(stage, asked, callbackOf(answered))
    expect(shared.detail['valid_until']).toBe(endOfDay(inDays(9)).toISOString())
    expect(await grantOf(shared.sub)).toMatchObject({
      categories_express: [family],
      actor: { acr: 'urn:accord:aal:2' },
    })
    expect(await untyped(stage.db)('answerDraft').count('* as count')).toEqual([{ count: '0' }])
  })

  test('and are signed, where her key signs what she sends', async () => {
    const asked = await askNewcomer(stage)
    await weaken(stage)
    const kept = await prove(asked, await say(asked, 'autorisation', { express: [family] }))
    const { action, fields } = formOf(kept)
    // What she sends is what she chose before the proof, whatever this form says.
    const credential = signatureFor(kept, asked.authenticator, { choice: 'refused' })
    const sent = await postAndFollow(asked.browser, action, { ...fields, credential })
    expect(sent.body).toContain('Elle est signée avec votre clé')
    const receipt = await lastReceipt(stage, load.vault, asked)
    const checked = await checkReceipt(receipt.jwt, publicKeys(await openKeys(stage.keysDir)))
    expect(checked.holds && checked.says.join(' ')).toContain('A passkey signed this answer')
    // The signature of the proof answers nothing.
    const again = await askNewcomer(stage)
    await weaken(stage)
    const other = await prove(again, await say(again, 'autorisation', { express: [family] }))
    const form = formOf(other)
    const refused = { ...form.fields, credential }
    expect((await again.browser.post(form.action, refused)).status).toBe(400)
  })

  test('but a no does not', async () => {
    const asked = await askNewcomer(stage)
    await weaken(stage)
    expect((await say(asked, 'refus')).body).toContain('Vous avez refusé ce partage')
  })

  test('and giving it up keeps her choices; sending without it asks for it again', async () => {
    const asked = await askNewcomer(stage)
    await weaken(stage)
    const asking = await say(asked, 'autorisation', { express: [family] })
    const leaving = formsOf(asking).find(({ action }) => action.endsWith('/abandon'))
    const kept = await postAndFollow(asked.browser, leaving?.action ?? '', leaving?.fields ?? {})
    expect(kept.url).toBe(`${asked.page.url}/reponse`)
    const before = await counts(stage, recorded)
    expect((await sendKept(asked, kept)).body).toContain('Une vérification de plus')
    expect(await counts(stage, recorded)).toEqual(before)
    const refused = await say(asked, 'refus')
    expect(refused.body).toContain('Vous avez refusé ce partage')
    expect((await asked.browser.get(`${here(asked)}/reponse`)).location).toContain(here(asked))
  })

  test('of the person who was asked: another person’s proof answers nothing', async () => {
    const asked = await askNewcomer(stage)
    const other = await askNewcomer(stage)
    await weaken(stage)
    const before = await counts(stage, recorded)
    const asking = await say(asked, 'autorisation', { express: [family] })
    const end = await prove({ ...asked, authenticator: other.authenticator }, asking)
    expect([end.status, end.body.includes('Vérifiez votre réponse')]).toEqual([410, false])
    expect(await counts(stage, recorded)).toEqual(before)
  })

  test('of this visit or of the last five minutes, for a sensitive category', async () => {
    const asked = await askNewcomerByPages(stage)
    await pass(stage.db, { seconds: 1800 })
    // She signed in for this question, however long she read it.
    await allow(asked, { express: [family] })
    const person = await signUp(stage, stage.aid)
    await pass(stage.db, { seconds: 240 })
    const soon = await ask(stage, person.browser)
    const first = await say(soon, 'autorisation', { express: [family] })
    expect(first.body).toContain('Vous avez autorisé ce partage')
    const other = await signUp(stage, stage.aid)
    await pass(stage.db, { seconds: 301 })
    const late = { ...other, ...(await ask(stage, other.browser)) }
    const before = await counts(stage, recorded)
    const kept = await prove(late, await say(late, 'autorisation', { express: [family] }))
    expect(await counts(stage, recorded)).toEqual(before)
    expect((await sendKept(late, kept)).body).toContain('Vous avez autorisé ce partage')
  })

  test('also for a question that waits in « Mes partages »', async () => {
    const asked = await askNewcomer(stage)
    const { csrf = '' } = formOf(asked.page).fields
    await asked.browser.post(`${here(asked)}/report`, { csrf })
    const { body } = await asked.browser.get('/mes-partages')
    const [, href = ''] = /href="(\/partage\/demandes\/req_[0-9A-Z]{26}\/1)"/.exec(body) ?? []
    const waiting = { ...asked, page: await asked.browser.get(href) }
    await pass(stage.db, { seconds: 301 })
    const before = await counts(stage, recorded)
    const bare = await say(waiting, 'autorisation')
    expect([bare.status, bare.body.includes('votre accord exprès')]).toEqual([400, true])
    const asking = await say(waiting, 'autorisation', { express: [family] })
    expect(await counts(stage, recorded)).toEqual(before)
    const kept = await prove(asked, asking)
    expect(kept.url).toBe(`${issuer}${href}/reponse`)
    await expectHeld(asked, kept, before)
    expect((await sendKept(asked, kept)).body).toContain('Vous avez autorisé ce partage')
  })

  /** During a hold the question is shown again, with why; nothing is recorded. The hold is over afterwards. */
  async function expectHeld(
    asked: Newcomer,
    kept: Answer,
    before: Readonly<Record<string, number>>,
  ): Promise<void> {
    const personId = await personOfKey(stage.db, asked.authenticator)
    await hold(personId)
    const held = await sendKept(asked, kept)
    expect([held.status, held.body.includes('Cet accès vient d’être rétabli')]).toEqual([409, true])
    expect(held.body).toContain('name="express"')
    expect(await counts(stage, recorded)).toEqual(before)
    await stage.db('recoveryHolds').where({ personId }).delete()
    await sealAsWritten(stage, 'recovery_holds')
  }

  test('also to resume a sharing, but not to pause or stop it', async () => {
    const asked = await askNewcomer(stage)
    const { consentId } = await allow(asked, { express: [family] })
    const path = `/mes-partages/${consentId}`
    const deed = async (name: string) => {
      const { csrf = '' } = formOf(await asked.browser.get(path)).fields
      return postAndFollow(asked.browser, `${path}/${name}`, { csrf })
    }
    await pass(stage.db, { seconds: 301 })
    expect((await deed('pause')).status).toBe(200)
    const before = await counts(stage, recorded)
    const back = await prove(asked, await deed('reprise'))
    expect(await counts(stage, recorded)).toEqual(before)
    expect(back.url).toBe(`${issuer}${path}`)
    expect((await deed('reprise')).url).toContain('fait=reprise')
    await deed('pause')
    await pass(stage.db, { seconds: 301 })
    // A service that acts for her is told what to ask for.
    const token = await tokenFor(stage.portal, asked.browser)
    const resumed = await stage.portal.api(`/me/consents/${consentId}/resumption`, token, {})
    expect(resumed.headers['www-authenticate']).toBe(
      'DPoP error="insufficient_user_authentication", acr_values="urn:accord:aal:2", max_age="300", algs="ES256"',
    )
    await weaken(stage)
    expect((await deed('reprise')).body).toContain('Une vérification de plus')
    expect((await deed('arret')).url).toContain('fait=arret')
  })
})

// The last one: 72 hours pass.
test('what a counter code of two operators opens allows nothing sensitive for 72 hours', async () => {
  const before = await askNewcomer(stage)
  const { consentId } = await allow(before, { express: [family] })
  await stop(before.browser, consentId)
  const code = await counterCode(consentId)
  const { authenticator } = await recoverAt(stage, stage.aid, { codes: [code] })
  const { browser } = await signIn(stage, stage.aid, authenticator)
  const held = await say(await ask(stage, browser), 'autorisation', { express: [family] })
  expect([held.status, held.body.includes('Cet accès vient d’être rétabli')]).toEqual([409, true])
  expect((await say(await ask(stage, browser), 'refus')).body).toContain('Vous avez refusé')
  const kinds = (await chainOf(stage, load.vault, before.personId)).map((event) =>
    textIn(event, 'kind'),
  )
  expect(kinds.filter((kind) => kind.startsWith('access.'))).toEqual([
    'access.opened',
    'access.ordered',
    'access.recovered',
  ])
  // Who and why, at its line.
  const lines = (await browser.get('/activite/impression?quoi=acces')).body
  for (const words of ['Bureau un', 'Bureau deux', 'papiers vus au comptoir'])
    expect(lines).toContain(words)

  await pass(stage.db, { hours: 71 })
  const soon = (await signIn(stage, stage.aid, authenticator)).browser
  const still = await say(await ask(stage, soon), 'autorisation', { express: [family] })
  expect(still.status).toBe(409)
  await pass(stage.db, { hours: 2 })
  const late = (await signIn(stage, stage.aid, authenticator)).browser
  const free = await say(await ask(stage, late), 'autorisation', { express: [family] })
  expect(free.body).toContain('Vous avez autorisé ce partage')
})

/** As « accord account counter-code » gives it, by an order that two signers signed. */
async function counterCode(reference: string): Promise<string> {
  const two = await twoSigners()
  const current = { ...load.live.current(), signers: two.signers }
  const notary = { ...load.notary, live: { ...load.live, current: () => current } }
  const parts = {
    notary,
    codeProofs: codesOfWhich(1, (await openKeys(stage.keysDir)).data),
    sessions: makeSessions({ db: stage.db, clock: () => new Date() }, load.vault.seals),
  }
  const run = (...words: string[]) =>
    accountCommand(stage.db, ['counter-code', reference, ...words], new Date(), () =>
      Promise.resolve(parts),
    )
  try {
    const file = two.file('order.json')
    await run('--out', file, '--reason', 'papiers vus au comptoir', '--reason-en', 'papers seen')
    await two.sign(file, ...two.keys)
    const [line = ''] = (await run('--order', file, '--json')) ?? []
    return (JSON.parse(line) as { code: string }).code // written by the command
  } finally {
    two.remove()
  }
}
