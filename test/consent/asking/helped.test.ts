import { afterAll, beforeAll, expect, test } from 'vitest'
import { check } from '../../../public/js/verifier.js'
import { publicKeys, signStatement } from '../../../src/base/keys/jws.ts'
import type { Keys } from '../../../src/base/keys/keys.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { checkReceipt } from '../../../src/consent/record/receipts/receipt-check.ts'
import { writeId } from '../../../src/base/values/ids.ts'
import type { Browser } from '../../support/browser.ts'
import { formsOf } from '../../support/browser.ts'
import type { Fido } from '../../support/fido.ts'
import { makeFido } from '../../support/fido.ts'
import { differencesOf } from '../../support/fold.ts'
import { atDesk, deskHours as hours, newOfficer, vaultOf } from '../../support/officers.ts'
import { newPerson } from '../../support/person.ts'
import { claimsIn, newestReceipt, receiptProblems, receiptsOn } from '../../support/receipts.ts'
import type { Stage } from '../../support/sharing.ts'
import { answer, ask, share, startStage } from '../../support/sharing.ts'
import { uuidOf } from '../../support/sharing-load.ts'
import { statementsBy } from '../../support/statements.ts'
import { askAll, decideAll, sendAll } from '../../support/together.ts'
import { choose, confirm, consentOf } from '../../pages/my-sharing/living.ts'
import { dayAfter, dayOf } from '../../../src/base/values/calendar.ts'
import { letTimeMove, pass } from '../../support/time.ts'

// What she answers while a desk sees with her says so: in her record, in her chain and in her receipt. She answers in her own session.

const body = 'org_aide-etudes'

let fido: Fido
let stage: Stage
let keys: Keys

beforeAll(async () => {
  letTimeMove()
  fido = await makeFido()
  stage = await startStage(
    (object) =>
      object.id === body ? { ...object, content: { ...object.content, desk: { hours } } } : object,
    undefined,
    undefined,
    { env: fido.env },
  )
  keys = await openKeys(stage.keysDir)
})
afterAll(async () => {
  await stage.stop()
  fido.stop()
})

/** She shows digits, an officer types them. */
async function helpFor(
  helped: Browser,
  role: 'counter' | 'telephone' = 'counter',
): Promise<{ readonly officer: Browser; readonly path: string }> {
  const page = await helped.get('/acces/aide')
  const digitsForm = formsOf(page).find(({ fields }) => fields['org'] === body)
  const shown = await helped.post(digitsForm?.action ?? '', { ...digitsForm?.fields })
  const digits = /<strong>(\d{4} \d{4})<\/strong>/.exec(shown.body)?.[1] ?? ''
  const officer = await atDesk(stage, await newOfficer(stage, { fido, body, roles: [role] }))
  const desk = formsOf(await officer.get('/guichet/aide')).find(({ action }) =>
    action.endsWith('/guichet/aide'),
  )
  const opened = await officer.post('/guichet/aide', { ...desk?.fields, digits })
  return { officer, path: new URL(opened.location ?? '', 'http://x').pathname }
}

async function end(helped: Browser): Promise<void> {
  const form = formsOf(await helped.get('/acces/aide')).find(({ action }) =>
    action.includes('/fin'),
  )
  await helped.post(form?.action ?? '', { ...form?.fields })
}

function soon(): string {
  return dayAfter(dayOf(new Date()), 'P1M')
}

type Told = Readonly<Record<string, unknown>>

/** A yes of somebody new, with what her receipt and her event say. */
async function yesOf(before: (browser: Browser) => Promise<unknown> = () => Promise.resolve()) {
  const { browser, personId } = await newPerson(stage)
  const asked = await ask(stage, browser)
  await before(browser)
  const { consentId } = await share(stage, asked)
  return { browser, personId, consentId, ...(await toldOf(browser, consentId)) }
}

async function toldOf(browser: Browser, consentId: string) {
  const jwt = await newestReceipt(browser, consentId)
  const claims = claimsIn(jwt)
  return { jwt, claims, event: JSON.parse(claims.ledger.payload) as Told }
}

/** Without ids, instants, the words of her page and hashes: those are of one answer alone. */
function plain(told: Told): Told {
  const own =
    /((_id|_at|_from|_until|_sha256|_commitment)|(Id|At|From|Until|Sha256)|^(signed|person_seq))$/
  return Object.fromEntries(Object.entries(told).filter(([name]) => !own.test(name)))
}

async function rowOf(consentId: string): Promise<Told> {
  const row: Told | undefined = await stage
    .db('consentRecord')
    .where({ consentId: uuidOf(consentId) })
    .first()
  return row ?? {}
}

test('a yes with help and one without are equal but for the desk, in the event and in the row', async () => {
  const alone = await yesOf()
  const helped = await yesOf((browser) => helpFor(browser))
  const office = { organisation: body, role: 'counter' }
  const { collected_by: by, ...event } = plain(alone.event)
  expect(plain(helped.event)).toEqual({ ...event, collected_by: { ...(by as object), office } })
  const row = plain(await rowOf(alone.consentId))
  expect(row).toMatchObject({ channel: 'web', officeOrg: null, officeRole: null })
  expect(plain(await rowOf(helped.consentId))).toEqual({
    ...row,
    officeOrg: body,
    officeRole: 'counter',
  })
  expect(alone.claims.helped_by).toBeUndefined()
  expect(helped.claims.helped_by).toEqual({
    ...office,
    name: expect.objectContaining({ fr: expect.stringContaining('Aide aux études') }),
  })
  for (const { personId, claims } of [alone, helped]) {
    expect(receiptProblems(claims)).toEqual([])
    // What her row says is what her event says (I1, I3).
    const { vault } = await vaultOf(stage)
    expect(await differencesOf({ db: stage.db, vault }, personId)).toEqual([])
  }
})

test('a no says it too, and neither says who helped', async () => {
  const { browser, personId } = await newPerson(stage)
  const asked = await ask(stage, browser)
  const { officer, path } = await helpFor(browser)
  await answer(asked, 'refus')
  const refused = await refusalOf(personId)
  const { claims, jwt } = await toldOf(browser, refused)
  expect(claims.event[0].event_kind).toBe('consent.refused')
  expect(claims.helped_by).toMatchObject({ organisation: body, role: 'counter' })
  const { rows } = await stage.db.raw<{ rows: { id: string }[] }>(
    "select person_id as id from accounts where use = 'work'",
  )
  expect(rows.length).toBeGreaterThan(0)
  for (const { id } of rows)
    expect(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()).not.toContain(id)
  expect((await officer.get(path)).status).toBe(200)
})

test('answers sent together and a narrowing name the desk too, which helps by telephone', async () => {
  const { browser, personId } = await newPerson(stage)
  const asked = await askAll(stage, browser)
  await helpFor(browser, 'telephone')
  expect((await browser.get('/acces/aide')).body).toContain('Votre reçu le dit.')
  await sendAll(browser, await decideAll(asked, ['autorisation', 'refus']))
  const { rows } = await stage.db.raw<{ rows: { id: string; granted: string }[] }>(
    'select consent_id as id, categories_granted as granted from consent_record where person_id = ? order by granted desc',
    [personId],
  )
  const [yes, no] = rows.map(({ id }) => writeId('con', id))
  const narrower = await confirm(browser, await choose(browser, yes ?? '', { fin: soon() }))
  const office = { organisation: body, role: 'telephone' }
  for (const consentId of [yes, no, consentOf(narrower)]) {
    const { event } = await toldOf(browser, consentId ?? '')
    expect(event['collected_by']).toMatchObject({ channel: 'web', office })
  }
  expect(consentOf(narrower)).not.toBe(yes)
})

test('once she ended the help, and once its half hour is over, an answer says nothing of it', async () => {
  const ended = await yesOf(async (browser) => {
    await helpFor(browser)
    await end(browser)
  })
  expect(ended.event['collected_by']).not.toHaveProperty('office')
  const late = await yesOf(async (browser) => {
    await helpFor(browser)
    await pass(stage.db, { seconds: 1801 })
  })
  expect(late.event['collected_by']).not.toHaveProperty('office')
})

test('a help that somebody wrote into the database helps nobody’s answer', async () => {
  const forged = await yesOf(async (browser) => {
    await helpFor(browser)
    await stage
      .db('mandate')
      .where({ ground: 'help', endedAt: null })
      .update({ orgId: 'org_agence-revenu' })
  })
  expect(forged.event['collected_by']).not.toHaveProperty('office')
})

test('her receipt says who helped, and a receipt that says otherwise than its event is refused', async () => {
  const [alone, helped] = [await yesOf(), await yesOf((browser) => helpFor(browser))]
  const [path = ''] = await receiptsOn(helped.browser, helped.consentId)
  const words = 'Une personne du comptoir de cet organisme voyait avec'
  expect((await helped.browser.get(path)).body).toContain(`${words} vous\u00A0: Aide aux études`)
  expect((await helped.browser.get(`${path}/fichier`)).body).toContain(
    `${words} la personne\u00A0: Aide`,
  )
  const published = publicKeys(keys)
  const good = await checkReceipt(helped.jwt, published)
  expect(good).toMatchObject({
    holds: true,
    says: expect.arrayContaining([`A desk saw with the person who answered: ${body} (counter).`]),
  })
  const { helped_by: by, ...silent } = helped.claims
  const forgeries = [
    silent,
    { ...helped.claims, helped_by: { ...by, organisation: 'org_agence-revenu' } },
    { ...helped.claims, helped_by: { ...by, role: 'telephone' } },
    { ...alone.claims, helped_by: by },
  ]
  for (const claims of forgeries) {
    const jwt = await signStatement(statementsBy(keys), 'consent-receipt+jwt', claims)
    const checked = await checkReceipt(jwt, published)
    expect(checked).toEqual({ holds: false, because: 'its event has another collected_by' })
    const steps = await check(jwt, '', { keys: published.keys, policy: '' })
    expect(steps.filter(({ holds }) => !holds)).not.toEqual([])
  }
})

async function refusalOf(personId: string): Promise<string> {
  const [row] = await stage.db('consentRecord').select('consentId').where({ personId })
  return writeId('con', row?.consentId ?? '')
}
