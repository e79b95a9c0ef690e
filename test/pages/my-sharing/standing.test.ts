import * as jose from 'jose'
import type { RegisterObject } from '../../../src/registry/index.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dayAfter, dayOf } from '../../../src/base/values/calendar.ts'
import { check } from '../../../public/js/verifier.js'
import { publicKeys, signStatement } from '../../../src/base/keys/jws.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { checkReceipt, stillWords } from '../../../src/consent/record/receipts/receipt-check.ts'
import type { ReceiptClaims } from '../../../src/consent/record/index.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf } from '../../support/browser.ts'
import type { Json, Shared, Stage } from '../../support/sharing.ts'
import {
  ask,
  decide,
  evaluation,
  holderToken,
  press as pressAnswer,
  share,
  shareAsNewcomer,
  startStage,
  stop,
  withoutPlain,
} from '../../support/sharing.ts'
import { allowAgain, openLoad, uuidOf } from '../../support/sharing-load.ts'
import { statementsBy } from '../../support/statements.ts'
import { loan } from '../../support/together.ts'
import { choose, confirm, pathOf, press } from './living.ts'

// Who has two sharings with one body reads what each deed leaves of both, and the bodies are answered the same.

let stage: Stage
let toDecide: string

beforeAll(async () => {
  stage = await startStage(otherSharings, undefined, undefined, { env: { ATTESTATION: 'no' } })
  toDecide = await holderToken(stage, 'decide')
})
afterAll(() => stage.stop())

const income = 'cat_revenu-net'
const residence = {
  agreement: 'agr_2026-022',
  purpose: 'pur_admission-transport',
  datatypes: ['cat_residence-quebec'],
  optional_datatypes: [],
  identifier: 'dst_residence-fiscale',
}
const housing = {
  agreement: 'agr_2026-031',
  purpose: 'pur_preuve-residence',
  datatypes: [income],
  optional_datatypes: [],
  recipient: 'org_logement-abordable',
}
const holder = { holder_org_id: 'org_agence-revenu', legal_basis_id: 'consent_53' }
const changed: Readonly<Record<string, Json>> = {
  'agr_2026-022': {
    ...holder,
    recipient_org_id: 'org_aide-etudes',
    datasets: [{ dataset_id: 'dst_residence-fiscale@1', categories: ['cat_residence-quebec'] }],
  },
  'pur_admission-transport': {
    recipient_org_id: 'org_aide-etudes',
    necessity_by_category: { 'cat_residence-quebec': 'required' },
  },
  'agr_2026-031': {
    ...holder,
    supersedes: undefined,
    datasets: [{ dataset_id: 'dst_avis-cotisation@1', categories: [income] }],
  },
  'pur_preuve-residence': {
    necessity_by_category: { cat_adresse: 'required', [income]: 'required' },
  },
}

// Student Aid may be allowed other data, too, and another body her income.
function otherSharings(object: RegisterObject): RegisterObject {
  const { content } = withoutPlain(object)
  return { ...object, content: { ...content, ...changed[object.id] } }
}

/** The bursary with her income and her family situation, and the loan with her income. */
async function shareTwice(): Promise<{ readonly aid: Shared; readonly loan: Shared }> {
  const aid = await shareAsNewcomer(stage)
  return { aid, loan: await share(stage, await ask(stage, aid.browser, loan)) }
}

async function personOf({ consentId }: Shared): Promise<{ readonly personId: string }> {
  return stage
    .db('consentCurrent')
    .where({ consentId: uuidOf(consentId) })
    .first()
}

function said({ body }: Answer): string {
  return body
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', '’')
    .replaceAll(/\s+/g, ' ')
}

function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\d]+/gu) ?? []
}

async function mayReceive({ sub }: Shared, purpose: string): Promise<boolean> {
  const asked = evaluation(sub, { purpose, categories: ['cat_revenu-net'] })
  return (await decide(stage, toDecide, asked)).decision
}

test('a stop says what the other sharing still allows, before and after, in both languages', async () => {
  const { aid } = await shareTwice()
  const page = `${pathOf(aid.consentId)}/arret`
  const before = said(await aid.browser.get(page))
  expect(before).toContain(
    'Arrêter d’envoyer votre revenu net et votre situation familiale à l’Aide aux études (démo), pour calculer votre bourse?',
  )
  expect(said(await aid.browser.get(`/en${page}`))).toContain(
    'Stop sending your net income and your family situation to Student Aid (demo), to calculate your bursary?',
  )
  expect(before).toMatch(
    /L’Aide aux études \(démo\) ne pourra plus recevoir votre revenu net pour cette raison\. Elle ne pourra plus recevoir votre situation familiale\./,
  )
  expect(before).toMatch(
    /Elle pourra encore recevoir votre revenu net Pour fixer le remboursement de votre prêt\. Vous l’avez autorisé, jusqu’au [^.]+\. Arrêter aussi ce partage/,
  )
  const clear = await aid.browser.get(`${page}?forme=claire`)
  const lines = [...clear.body.matchAll(/<li><img src="\/icons\/\w+\.svg"[^>]*><p>([^<]+)/g)]
  expect(lines.map(([, line]) => line)).toEqual([
    'L’Aide aux études (démo) ne pourra plus recevoir votre situation familiale.',
    expect.stringMatching(
      /^Elle pourra encore recevoir votre revenu net, pour fixer le remboursement de votre prêt.: vous l’avez autorisé\.$/,
    ),
    'Aucun envoi ne nous a été annoncé.',
  ])
  // In few words, and folded all of the others; the same boxes and buttons.
  expect(wordsOf(lines.map(([, line = '']) => line).join(' ')).length).toBeLessThanOrEqual(60)
  const clearWords = new Set(wordsOf(said(clear)))
  expect(wordsOf(before).filter((word) => !clearWords.has(word))).toEqual(['En', 'clair'])
  expect(formOf(clear)).toEqual(formOf(await aid.browser.get(`${page}?forme=complete`)))
  const after = said(await stop(aid.browser, aid.consentId))
  expect(after).toContain(
    'L’Aide aux études (démo) ne peut plus recevoir votre situation familiale. Elle peut encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
  )
  expect(after).not.toMatch(/plus rien/i)
  const english = said(await aid.browser.get(`/en${pathOf(aid.consentId)}?fait=arret`))
  expect(english).toContain(
    'Student Aid (demo) can no longer receive your family situation. It can still receive your net income, to set your loan repayment: you allowed it.',
  )
  expect(await mayReceive(aid, 'pur_remboursement-pret')).toBe(true)
  expect(await mayReceive(aid, 'pur_calcul-aide')).toBe(false)
})

test('a pause says the same while it lasts, and a stop beside it what the end of the pause would open', async () => {
  const { aid, loan: other } = await shareTwice()
  const paused = said(await press(aid.browser, aid.consentId, 'pause'))
  expect(paused).toContain(
    'Pendant la pause, l’Aide aux études (démo) ne peut pas recevoir votre situation familiale. Elle peut encore recevoir votre revenu net,',
  )
  // Whoever opens the page later reads it once, beside the pause.
  const [own, english] = await Promise.all(
    ['', '/en'].map(async (base) => said(await aid.browser.get(base + pathOf(aid.consentId)))),
  )
  expect(own).toContain(
    'Vous avez mis ce partage en pause. La date de fin ne change pas. Pendant la pause, l’Aide aux études (démo) ne peut pas recevoir votre situation familiale. Elle peut encore recevoir votre revenu net, pour fixer le remboursement de votre prêt : vous l’avez autorisé.',
  )
  expect(english).toContain(
    'You paused this sharing. Its end date does not change. During the pause, Student Aid (demo) cannot receive your family situation. It can still receive your net income, to set your loan repayment: you allowed it.',
  )
  expect(paused.match(/Pendant la pause, l’Aide/g)).toHaveLength(1)
  const stopped = said(await stop(aid.browser, other.consentId))
  expect(stopped).toContain(
    'L’Aide aux études (démo) ne peut plus recevoir votre revenu net. Si vous reprenez le partage en pause, elle pourra de nouveau recevoir votre revenu net.',
  )
})

test('the end of a pause says what it opens, and a no what the body may receive all the same', async () => {
  const aid = await shareAsNewcomer(stage)
  await press(aid.browser, aid.consentId, 'pause')
  const resumed = said(await press(aid.browser, aid.consentId, 'reprise'))
  expect(resumed).toMatch(
    /L’Aide aux études \(démo\) peut de nouveau recevoir votre revenu net et votre situation familiale, jusqu’au \d/,
  )
  const refused = said(await pressAnswer(await ask(stage, aid.browser, loan), 'refus'))
  expect(refused).toContain(
    'L’Aide aux études (démo) ne peut pas recevoir le nombre de vos personnes à charge. Elle peut quand même recevoir votre revenu net, pour calculer votre bourse : vous l’avez autorisé.',
  )
  expect(await mayReceive(aid, 'pur_calcul-aide')).toBe(true)
  expect(await mayReceive(aid, 'pur_remboursement-pret')).toBe(false)
})

test('a last stop leaves nothing, and an address says of a sharing only what is so', async () => {
  const { aid, loan: other } = await shareTwice()
  const untrue = said(await aid.browser.get(`${pathOf(aid.consentId)}?fait=arret`))
  expect(untrue).not.toContain('Ce partage est arrêté.')
  await stop(aid.browser, other.consentId)
  const last = said(await stop(aid.browser, aid.consentId))
  expect(last).toContain(
    'L’Aide aux études (démo) ne peut plus recevoir votre revenu net ni votre situation familiale.',
  )
  expect(await mayReceive(aid, 'pur_remboursement-pret')).toBe(false)
})

test('of two ways for one datum the list says that stopping one leaves the other, in both languages', async () => {
  const { aid, loan: other } = await shareTwice()
  const list = said(await aid.browser.get('/mes-partages'))
  expect(list).toContain(
    'Elle peut recevoir votre revenu net pour deux raisons : arrêter l’une n’arrête pas l’autre.',
  )
  const english = said(await aid.browser.get('/en/mes-partages'))
  expect(english).toContain(
    'It can receive your net income for two reasons: stopping one does not stop the other.',
  )
  await press(aid.browser, aid.consentId, 'pause')
  const paused = said(await aid.browser.get('/mes-partages'))
  expect(paused).not.toContain('deux raisons')
  expect(paused).toMatch(
    /Aide aux études \(démo\) Peut recevoir de l’Agence du revenu \(démo\)\. .*Fixer le remboursement de votre prêt\. .*En pause .*Calculer votre bourse\./,
  )
  await stop(aid.browser, other.consentId)
  expect(said(await aid.browser.get('/mes-partages'))).toMatch(
    /Calculer votre bourse\. .*Terminé ou refusé \(1\)/,
  )
})

/** Presses « Arrêter le partage » with boxes ticked. @returns the answer to the form, and the page after it */
async function stopWith(shared: Shared, also: readonly string[]): Promise<Answer> {
  return (await stopReady(shared, also))()
}

/** Her page of a stop is open; what comes back presses it. */
async function stopReady({ browser, consentId }: Shared, also: readonly string[]) {
  const { action, fields } = formOf(await browser.get(`${pathOf(consentId)}/arret`))
  const body = new URLSearchParams(fields)
  for (const id of also) body.append('aussi', id)
  return async (): Promise<Answer> => {
    const sent = await browser.post(action, body.toString())
    return sent.location === undefined ? sent : browser.follow(sent.location)
  }
}

async function receiptsOf(browser: Browser, consentId: string): Promise<readonly string[]> {
  const { body } = await browser.get(pathOf(consentId))
  return [...body.matchAll(/\/recus\/(rcp_\w+)"/g)].map(([, id = '']) => id)
}

async function claimsOf(browser: Browser, consentId: string): Promise<ReceiptClaims> {
  const [newest = ''] = await receiptsOf(browser, consentId)
  const { body } = await browser.get(`${pathOf(consentId)}/recus/${newest}/jwt`)
  return jose.decodeJwt<ReceiptClaims>(body)
}

test('a box ticked stops both at one moment, each with its receipt, and what each receipt says is what the two leave', async () => {
  const { aid, loan: other } = await shareTwice()
  const page = await aid.browser.get(`${pathOf(aid.consentId)}/arret`)
  expect(page.body).toMatch(
    new RegExp(`<input type="checkbox" id="[^"]+" name="aussi" value="${other.consentId}">`),
  )
  const done = said(await stopWith(aid, [other.consentId]))
  expect(done).toContain(
    'L’Aide aux études (démo) ne peut plus recevoir votre revenu net ni votre situation familiale.',
  )
  expect(done).toContain('2 partages sont arrêtés.')
  expect(await mayReceive(aid, 'pur_remboursement-pret')).toBe(false)
  const ids = [aid.consentId, other.consentId]
  const claims = await Promise.all(ids.map((id) => claimsOf(aid.browser, id)))
  const moments = new Set(claims.map(({ event: [event] }) => event.event_time))
  expect([moments.size, claims.map(({ event: [event] }) => event.event_state)]).toEqual([
    1,
    ['revoked', 'revoked'],
  ])
  for (const { still } of claims) {
    expect(still?.data.map(({ ways, waits }) => [ways, waits]).flat(2)).toEqual([])
    expect(still?.not_counted).toBe('shown_later')
  }
  // Pressed again, with the box still ticked, it changes nothing.
  const { fields } = formOf(page)
  const again = { ...fields, aussi: other.consentId }
  expect((await aid.browser.post(`${pathOf(aid.consentId)}/arret`, again)).status).toBe(303)
  expect((await receiptsOf(aid.browser, aid.consentId)).length).toBe(2)
})

test('a receipt of one stop says what this body could still get, by which right, and names no other', async () => {
  const { aid } = await shareTwice()
  await stop(aid.browser, aid.consentId)
  const { still } = await claimsOf(aid.browser, aid.consentId)
  const [income, family] = still?.data ?? []
  expect(income).toMatchObject({
    pii_type: 'cat_revenu-net',
    ways: [{ right: 'choice', purpose_id: expect.stringMatching(/^pur_remboursement-pret@/) }],
    waits: [],
  })
  expect(family).toMatchObject({ pii_type: 'cat_situation-familiale', ways: [], waits: [] })
  expect(JSON.stringify(still)).not.toMatch(/org_|con_|agr_/)
  const [newest = ''] = await receiptsOf(aid.browser, aid.consentId)
  const path = `${pathOf(aid.consentId)}/recus/${newest}`
  const [page, english, file] = await Promise.all(
    [path, `/en${path}`, `${path}/fichier`].map(async (at) => said(await aid.browser.get(at))),
  )
  const left =
    'L’organisme ne pouvait plus recevoir : situation familiale. L’organisme pouvait encore recevoir : revenu net (« Remboursement de votre prêt étudiant selon votre revenu », autorisé par la personne). Les enquêtes ne sont pas comptées ici : une loi peut ne les montrer que plus tard.'
  for (const text of [page, file]) {
    expect(text).toMatch(/Arrêté revenu net/)
    expect(text).toContain(left)
    expect(text).toMatch(/Ce reçu dit ce qui était vrai le \d+(er)?\s\p{L}+ \d{4} à /u)
  }
  expect(english).toMatch(
    /The organisation could no longer receive: family situation\. The organisation could still receive: net income \([^)]+, allowed by the person\)\./,
  )
})

test('both checks say in words what a stop left, read a receipt of before, and refuse what is of other data', async () => {
  const { aid } = await shareTwice()
  await stop(aid.browser, aid.consentId)
  const claims = await claimsOf(aid.browser, aid.consentId)
  const keys = await openKeys(stage.keysDir)
  const trust = { keys: publicKeys(keys).keys, policy: '' }
  const { still, ...older } = claims
  const [income] = still?.data ?? []
  const data = [{ ...income, pii_type: 'cat_personnes-a-charge' }]
  const tried = await Promise.all(
    [claims, older, { ...claims, still: { ...still, data } }, { ...claims, still: null }].map(
      async (changed) => {
        const jwt = await signStatement(statementsBy(keys), 'consent-receipt+jwt', changed)
        const broken = (await check(jwt, '', trust)).filter(({ holds }) => !holds)
        const command = await checkReceipt(jwt, publicKeys(keys))
        return {
          says: stillWords(jwt),
          steps: broken.map(({ step }) => step),
          holds: command.holds,
        }
      },
    ),
  )
  expect(tried.map(({ steps, holds }) => [steps, holds])).toEqual([
    [[], true],
    [[], true],
    [['event'], false],
    [['event'], false],
  ])
  const [whole, before] = tried
  expect(before?.says).toEqual([])
  expect(whole?.says).toEqual([
    'À ce moment:',
    expect.stringMatching(/^ {2}L’organisme ne pouvait plus recevoir\s: situation familiale\.$/),
    expect.stringMatching(/^ {2}L’organisme pouvait encore recevoir\s: revenu net \(/),
    expect.stringMatching(/^ {2}Les enquêtes ne sont pas comptées ici/),
    expect.stringMatching(/^ {2}Ce reçu dit ce qui était vrai le .+\.$/),
    'At that moment:',
    '  The organisation could no longer receive: family situation.',
    expect.stringMatching(/^ {2}The organisation could still receive: net income \(/),
    expect.stringMatching(/^ {2}Investigations are not counted here/),
    expect.stringMatching(/^ {2}This receipt says what was true on .+[^.]\.$/),
  ])
})

test('a box is believed for another way to the same data alone, of her own, and nothing is stopped otherwise', async () => {
  const { aid, loan: other } = await shareTwice()
  const stranger = await shareAsNewcomer(stage)
  const none = `con_${'0'.repeat(26)}`
  const forged: readonly (readonly [readonly string[], number])[] = [
    [[stranger.consentId], 409],
    [[none], 409],
    [[other.consentId, stranger.consentId], 409],
    [["con_' or 1=1"], 404],
    [Array.from({ length: 21 }, () => other.consentId), 400],
  ]
  for (const [also, status] of forged) expect((await stopWith(aid, also)).status).toBe(status)
  // She narrowed nothing away: both still live, and so does the stranger's.
  expect(await mayReceive(aid, 'pur_remboursement-pret')).toBe(true)
  expect(await mayReceive(aid, 'pur_calcul-aide')).toBe(true)
  expect(await mayReceive(stranger, 'pur_calcul-aide')).toBe(true)
})

test('a form that was changed stops no other data and no other body, and nothing at all by itself', async () => {
  const aid = await shareAsNewcomer(stage)
  const load = await openLoad(stage)
  const { personId } = await personOf(aid)
  const others = []
  for (const asked of [residence, housing]) others.push(await allowAgain(load, personId, asked))
  const page = await aid.browser.get(`${pathOf(aid.consentId)}/arret`)
  expect(page.body).not.toContain('name="aussi"')
  for (const id of others) {
    const sent = await stopWith(aid, [id])
    expect([sent.status, said(sent)]).toEqual([409, expect.stringContaining('Relisez')])
  }
  const unused = `${pathOf(others[0] ?? '')}/arret`
  expect(said(await aid.browser.get(unused))).toContain('Ce partage n’a jamais servi.')
  expect(said(await aid.browser.get(`/en${unused}`))).toContain('This sharing was never used.')
  // The address of the form names what ends: with another one there it is a stop of that one, alone.
  const states = async () => {
    const rows: { state: string }[] = await load
      .db('consentCurrent')
      .where({ personId })
      .orderBy('consentId')
    return rows.map(({ state }) => state)
  }
  expect(await states()).toEqual(['active', 'active', 'active'])
  expect((await stopWith({ ...aid, consentId: others[0] ?? '' }, [aid.consentId])).status).toBe(409)
  expect(await states()).toEqual(['active', 'active', 'active'])
  await load.close()
})

test('of two stops at once that name each other one wins, and the other finds it done', async () => {
  const { aid, loan: other } = await shareTwice()
  const both = [
    { ...aid, also: other.consentId },
    { ...other, also: aid.consentId },
  ]
  // Both pages are open before either is pressed: who comes later to a page finds that it is over.
  const presses = await Promise.all(both.map((one) => stopReady(one, [one.also])))
  const answers = await Promise.all(presses.map((press) => press()))
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  for (const { consentId } of both)
    expect((await receiptsOf(aid.browser, consentId)).length).toBe(2)
  expect(await mayReceive(aid, 'pur_remboursement-pret')).toBe(false)
})

test('a reduction says what ends of the data, what comes after an earlier end, and what another sharing still allows', async () => {
  const aid = await shareAsNewcomer(stage, {}, ['cat_personnes-a-charge'])
  await share(stage, await ask(stage, aid.browser, loan))
  const day = dayAfter(dayOf(new Date()), 'P40D')
  const check = await choose(aid.browser, aid.consentId, { fin: day })
  const before = said(check)
  expect(before).toContain(
    'L’Aide aux études (démo) ne pourra plus recevoir le nombre de vos personnes à charge.',
  )
  expect(before).toMatch(
    /Ensuite, l’Aide aux études \(démo\) ne pourra plus recevoir votre situation familiale\. Ensuite, elle pourra encore recevoir votre revenu net, pour fixer le remboursement de votre prêt, jusqu’au [^:]+ : vous l’avez autorisé\./,
  )
  const done = said(await confirm(aid.browser, check))
  expect(done).toContain(
    'L’Aide aux études (démo) ne peut plus recevoir le nombre de vos personnes à charge.',
  )
})
