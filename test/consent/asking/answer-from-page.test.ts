import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { check } from '../../../public/js/verifier.js'
import { publicKeys, signStatement } from '../../../src/base/keys/jws.ts'
import type { Keys } from '../../../src/base/keys/keys.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { dayAfter, dayOf } from '../../../src/base/values/calendar.ts'
import { limitFields } from '../../../src/consent/asking/limits.ts'
import { checkReceipt } from '../../../src/consent/record/receipts/receipt-check.ts'
import type { Payload, Vault } from '../../../src/ledger/chain/index.ts'
import { canonical, commitmentTo, logEntry } from '../../../src/ledger/chain/index.ts'
import { formOf } from '../../support/browser.ts'
import { differencesOf } from '../../support/fold.ts'
import { vaultOf } from '../../support/law.ts'
import type { NewPerson } from '../../support/person.ts'
import { newPerson } from '../../support/person.ts'
import { claimsIn, claimsTelling } from '../../support/receipts.ts'
import type { Asked, Stage } from '../../support/sharing.ts'
import { answer, ask, press, startStage } from '../../support/sharing.ts'
import { answerBy, chainOf, lastReceipt } from '../../support/signed-answers.ts'
import { signatureFor } from '../../support/signing.ts'
import { statementsBy } from '../../support/statements.ts'
import { askNewcomerAll, decideAll, sendAll } from '../../support/together.ts'

// Somebody who may write to the database, and has no key, changes the rows of a question between its page and her press, and puts them back. What she
// answers follows from the event of its page: nothing else is recorded, and whoever watches is told.

let stage: Stage
let vault: Vault
let keys: Keys
let her: NewPerson

beforeAll(async () => {
  stage = await startStage()
  vault = await vaultOf(stage)
  keys = await openKeys(stage.keysDir)
  her = await newPerson(stage)
})
afterAll(() => stage.stop())

const item = 'consent_request_item'
const widened: readonly (readonly [table: string, columns: string, values: string])[] = [
  [item, 'categories_required', 'categories_required & ~1::bigint'],
  [item, 'categories_optional', '0'],
  [item, 'max_uses', '1000'],
  [item, 'frequency_count', '1000'],
  [item, 'frequency_per', `'P1D'`],
  [item, 'lookback_from, lookback_to', `'1990-01-01', '2090-01-01'`],
  [item, 'valid_until', `valid_until + interval '400 days'`],
  [item, 'valid_until_local', 'valid_until_local + 400'],
  [item, 'amends', 'gen_random_uuid()'],
  ['consent_request', 'client_id', `'other'`],
  ['consent_request', 'expires_at', `expires_at + interval '1 year'`],
  [
    'presentation',
    'rendered_sha256',
    '(select sha256 from rendered_page where sha256 <> rendered_sha256 limit 1)',
  ],
  ['presentation', 'lang', `case lang when 'fr-CA' then 'en-CA' else 'fr-CA' end`],
  ['presentation', 'grant_label', `'Non'`],
  ['presentation', 'order_of_items', 'array[]::text[]'],
  ['presentation', 'assistance_used', 'not assistance_used'],
  ['presentation', 'shown_at', `shown_at - interval '1 second'`],
]

test('a row of a question that says anything else than its page records nothing, rings, and ends it', async () => {
  // A page of other words, by whose hash another one passes for it.
  await ask(stage, her.browser, { optional_datatypes: undefined })
  for (const [table, columns, values] of widened) {
    const asked = await ask(stage, her.browser, { frequency: { count: 4, per: 'P1Y' } })
    const before = await chainOf(stage, vault, her.personId)
    const back = await change(table, columns, values)
    const rung = alarms()
    const pressed = await press(asked, 'autorisation')
    await back()
    const said = { columns, status: pressed.status, rung: alarms() - rung }
    // Another language has another text of the register: the page is shown again, by the words that are in force.
    expect([
      { columns, status: 410, rung: 1 },
      { columns, status: 409, rung: 0 },
    ]).toContainEqual(said)
    expect(await chainOf(stage, vault, her.personId), columns).toEqual(before)
    if (pressed.status === 410) {
      expect(pressed.body).toContain('Cette question a été changée')
      expect((await press(asked, 'autorisation')).status).toBe(410)
    }
    await endQuestions()
  }
  expect(await differencesOf({ db: stage.db, vault }, her.personId)).toEqual([])
})

test('half of a limit, which somebody wrote without the checks of the table, is not the same as no limit', () => {
  const none = {
    maxUses: null,
    frequencyCount: null,
    frequencyPer: null,
    lookbackFrom: null,
    lookbackTo: null,
  }
  const halves = [
    { frequencyCount: 1000 },
    { frequencyPer: 'P1D' },
    { lookbackFrom: '1990-01-01' },
    { lookbackTo: '2090-01-01' },
  ]
  for (const half of halves)
    expect(canonical(limitFields({ ...none, ...half }))).not.toBe(canonical(limitFields(none)))
})

test('nor does a no, nor an answer that her key signed', async () => {
  for (const press of [
    (asked: Asked) => answerBy(asked, 'refus'),
    (asked: Asked) => answerBy(asked, 'autorisation', her.authenticator),
  ]) {
    const asked = await ask(stage, her.browser, { frequency: { count: 4, per: 'P1Y' } })
    const before = await chainOf(stage, vault, her.personId)
    const back = await change(item, 'frequency_count', '1000')
    expect((await press(asked)).status).toBe(410)
    await back()
    expect(await chainOf(stage, vault, her.personId)).toEqual(before)
  }
  // Wider categories, which her key would not have signed either.
  const asked = await ask(stage, her.browser)
  const before = await chainOf(stage, vault, her.personId)
  const back = await change(
    item,
    'categories_required, categories_optional',
    'categories_required | categories_optional, 0',
  )
  expect((await answerBy(asked, 'autorisation', her.authenticator)).status).toBe(410)
  await back()
  expect(await chainOf(stage, vault, her.personId)).toEqual(before)
})

test('a question that was shown is not shown with other terms: it ends', async () => {
  const asked = await ask(stage, her.browser)
  const back = await change(item, 'valid_until_local', 'valid_until_local + 400')
  const again = await her.browser.get(new URL(asked.page.url).pathname)
  expect([again.status, again.body.includes('Cette question a été changée')]).toEqual([410, true])
  await back()
  expect((await press(asked, 'autorisation')).status).toBe(410)
})

test('of several questions the first page fixes those that were not shown yet', async () => {
  const asked = await askNewcomerAll(stage)
  const { requestId: id } = await newestRequest()
  await stage.db.raw(
    `update ${item} set frequency_count = 1000, frequency_per = 'P1D' where request_id = ? and item_no = 2`,
    [id],
  )
  const second = await decideAll(asked, ['autorisation'])
  expect([second.status, second.body.includes('Cette question a été changée')]).toEqual([410, true])
})

test('of several answers that are sent together none is recorded where one question was changed', async () => {
  const asked = await askNewcomerAll(stage)
  const sheet = await decideAll(asked, ['autorisation', 'autorisation'])
  const { requestId: id, personId } = await newestRequest()
  const before = await chainOf(stage, vault, personId)
  await stage.db.raw(
    `update ${item} set frequency_count = 1000, frequency_per = 'P1D' where request_id = ? and item_no = 2`,
    [id],
  )
  expect((await sendAll(asked.browser, sheet)).status).toBe(410)
  expect(await chainOf(stage, vault, personId)).toEqual(before)
})

test('a narrowing ends no later than its page says, signed or not', async () => {
  const { browser, personId, authenticator } = await newPerson(stage)
  await answer(await ask(stage, browser), 'autorisation')
  const [consent = ''] = /con_\w+/.exec((await browser.get('/mes-partages')).body) ?? []
  const page = await browser.get(
    `/mes-partages/${consent}/reduction?fin=${dayAfter(dayOf(new Date()), 'P30D')}`,
  )
  const { action, fields } = formOf(page)
  const before = await chainOf(stage, vault, personId)
  await stage.db.raw(
    `update ${item} set valid_until_local = valid_until_local + 1, valid_until = valid_until + interval '1 day' where narrows is not null`,
  )
  const credential = signatureFor(page, authenticator, { choice: 'granted' })
  expect((await browser.post(action, { ...fields, credential })).status).toBe(410)
  expect((await browser.post(action, fields)).status).toBe(410)
  expect(await chainOf(stage, vault, personId)).toEqual(before)
})

test('the receipt of an answer, signed or not, has the event of its page, and both checks hold the answer to it', async () => {
  const { browser, personId } = await newPerson(stage)
  await answer(await ask(stage, browser, { frequency: { count: 4, per: 'P1Y' } }), 'autorisation')
  const { jwt } = await lastReceipt(stage, vault, { browser, personId })
  const claims = claimsIn(jwt)
  const checked = await checkReceipt(jwt, publicKeys(keys))
  expect(checked.holds && checked.says).toContain('It says no more than the page that was shown.')
  expect(await pageStep(jwt)).toBe(true)
  for (const change of [
    { frequency_limit: { count: 1000, per: 'P1Y' } },
    { valid_until_local: '2099-12-31' },
    { max_uses: 7 },
  ]) {
    // Whoever has every key of the house can write and sign such an event, and not the event of a page that was never shown.
    const event = { ...(JSON.parse(claims.ledger.payload) as Payload), ...change }
    const forged = await signStatement(statementsBy(keys), 'consent-receipt+jwt', {
      ...JSON.parse(
        JSON.stringify(claimsTelling({ ...claims, ledger: ledgerOf(event) }, canonical(event))),
      ),
    })
    expect(await checkReceipt(forged, publicKeys(keys))).toMatchObject({
      holds: false,
      because: expect.stringContaining('it says more than the page that was shown'),
    })
    expect(await pageStep(forged)).toBe(false)
  }

  function ledgerOf(event: Payload) {
    const payload = canonical(event)
    const entry = logEntry(commitmentTo(Buffer.from(claims.ledger.salt, 'base64'), payload))
    const payload_jcs_sha256 = createHash('sha256').update(payload).digest('hex')
    return { ...claims.ledger, payload, payload_jcs_sha256, entry: entry.toString('base64') }
  }
})

async function pageStep(jwt: string): Promise<boolean | undefined> {
  const steps = await check(jwt, '', { keys: publicKeys(keys).keys, policy: '' })
  return steps.find(({ step }) => step === 'page')?.holds
}

/** Changes the newest question, or its page. @returns what puts it back */
async function change(
  table: string,
  columns: string,
  values: string,
): Promise<() => Promise<unknown>> {
  const { requestId } = await newestRequest()
  const { rows } = await stage.db.raw<{ rows: { held: object }[] }>(
    `select to_jsonb(t) as held from ${table} t where request_id = ?`,
    [requestId],
  )
  await stage.db.raw(`update ${table} set (${columns}) = row(${values}) where request_id = ?`, [
    requestId,
  ])
  return () =>
    stage.db.raw(
      `update ${table} set (${columns}) = (select ${columns} from jsonb_populate_record(null::${table}, ?)) where request_id = ?`,
      [JSON.stringify(rows[0]?.held), requestId],
    )
}

async function newestRequest(): Promise<{ requestId: string; personId: string }> {
  const { rows } = await stage.db.raw<{ rows: { requestId: string; personId: string }[] }>(
    'select request_id, person_id from consent_request order by created_at desc limit 1',
  )
  const [row] = rows
  if (row === undefined) throw new Error('nothing was asked')
  return row
}

async function endQuestions(): Promise<void> {
  await stage.db.raw(`update ${item} set state = 'lapsed' where state = 'requested'`)
}

function alarms(): number {
  return stage.output().split('a question is not as its page was').length - 1
}
