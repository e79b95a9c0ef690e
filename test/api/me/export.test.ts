import { createHash, createHmac } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { readConfig } from '../../../src/base/settings/config.ts'
import { exportPartsOf } from '../../../src/tool/export-parts.ts'
import { houseOf } from '../../../src/tool/house.ts'
import { putAnswer } from '../../../src/consent/claims/store.ts'
import { writeId } from '../../../src/base/values/ids.ts'
import { canonical, openBook } from '../../../src/ledger/chain/index.ts'
import type { JsonValue } from '../../../src/ledger/chain/index.ts'
import { revocation } from '../../ledger/chain/stage.ts'
import type { Answer } from '../../support/browser.ts'
import { formsOf, isSignedOut, makeBrowser } from '../../support/browser.ts'
import { codesOf, issuer, signUp } from '../../support/broker.ts'
import { handOverCommand } from '../../support/commands.ts'
import { twoSigners } from '../../support/two-signers.ts'
import { bodiesOf } from '../../support/reporting.ts'
import type { PortalStage } from '../../support/portal.ts'
import { startPortalStage, tokenFor, tokensFor } from '../../support/portal.ts'
import { json } from '../../support/service.ts'
import type { Json } from '../../support/sharing.ts'
import { answer, ask, decide, evaluation, holderToken, reportOf } from '../../support/sharing.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import { newSharer, openLoad, stopAt, uuidOf } from '../../support/sharing-load.ts'
import { typeUp } from '../../support/ways.ts'
import { gateFor } from '../../support/gate.ts'
import { giveEmail } from '../../support/emails.ts'
import { vouchFor } from '../../support/vouching.ts'
import { changeSessions } from '../../support/resealed-access.ts'

// What a person takes with her: everything held about her, whole and in a form that others read, and nothing that opens
// anything or names her elsewhere.

const evil = '=HYPERLINK("http://x.test","clic")'

let stage: PortalStage
let load: Load
let marie: Sharer
let token: string
let codes: string[]

beforeAll(async () => {
  stage = await startPortalStage(undefined, (object) =>
    object.id === 'org_aide-etudes'
      ? {
          ...object,
          content: {
            ...object.content,
            name: { fr: evil, en: '+1 "quoted", name' },
            name_in_sentence: undefined,
          },
        }
      : object,
  )
  load = await openLoad(stage)
  marie = await newSharer(load)
  codes = await live()
  token = await tokenFor(stage.portal, marie.browser)
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

/** A refusal, a permit that was reported, one that was not, a deny, a stop, a sign-in elsewhere, new recovery codes. */
async function live(): Promise<string[]> {
  const [decideToken, reportToken] = [
    await holderToken(stage, 'decide'),
    await holderToken(stage, 'report'),
  ]
  const permit = await decide(stage, decideToken, evaluation(marie.sub))
  await stage.revenue.api('/disclosures', reportToken, reportOf(permit))
  const bodies = await bodiesOf(stage)
  await bodies.receive({ decision_id: permit.context['decision_id'], record_count: 2 })
  await decide(stage, decideToken, evaluation(marie.sub))
  await decide(
    stage,
    decideToken,
    evaluation(marie.sub, { categories: ['cat_personnes-a-charge'] }),
  )
  await stopAt(marie, marie.consentId, stage.ports[0] ?? 0)
  await bodies.asHolder('/disclosures/effects', { consent_id: marie.consentId, effect: 'stopped' })
  await answer(await ask(stage, marie.browser), 'refus')
  const page = await marie.browser.get('/acces/codes')
  const [form] = formsOf(page).filter(({ action }) => action.endsWith('/acces/codes'))
  const made = await marie.browser.post('/acces/codes', form?.fields ?? {})
  return codesOf(made)
}

async function exported(own = token): Promise<{ text: string; whole: Json }> {
  const answered = await stage.portal.read('/me/export', own)
  expect(answered.status).toBe(200)
  expect(answered.headers['content-type']).toBe('application/json; charset=utf-8')
  return { text: answered.body, whole: json(answered) }
}

function list(whole: Json, name: string): Json[] {
  return whole[name] as Json[]
}

test('an export holds everything about the person, each thing once', async () => {
  const { whole } = await exported()
  expect(whole).toMatchObject({
    format: 'accord-export',
    version: 1,
    account: { language: 'fr-CA', opened_at: expect.any(String) },
    passkeys: [{ key_id: expect.stringMatching(/^key_/), last_used_at: null }],
    sessions: [{ device: 'Firefox, Linux', network: expect.stringMatching(/\/24$/) }],
  })
  // With the ten in whose place others came: these wait.
  expect(list(whole, 'recovery_codes')).toHaveLength(20)
  const [waits] = list(whole, 'waiting')
  expect(waits).toMatchObject({ kind: 'recovery_codes', because: 'replaced' })
  const since = String(waits?.['since'])
  expect(Date.parse(String(waits?.['until'])) - Date.parse(since)).toBe(72 * 3600 * 1000)
  const these = list(whole, 'recovery_codes').filter((one) => one['made_at'] === waits?.['made_at'])
  expect(these).toHaveLength(10)
  const kinds = list(whole, 'activity').map(({ kind }) => kind)
  for (const kind of ['access.opened', 'service.signed-in', 'recovery-codes.made', 'data.taken'])
    expect(kinds).toContain(kind)
  expect(list(whole, 'connections').map(({ service }) => service)).toEqual(
    expect.arrayContaining(['aide-etudes', 'portail']),
  )
  expect(list(whole, 'requests').map(({ state }) => state)).toEqual(['answered', 'answered'])
  expect(list(whole, 'consents').map(({ state }) => state)).toEqual(['refused', 'revoked'])
  const decisions = list(whole, 'decisions').map(({ outcome, status }) => [outcome, status])
  expect(decisions).toEqual([
    ['deny', null],
    ['permit', 'authorised'],
    ['permit', 'recorded'],
  ])
  expect(list(whole, 'received')).toMatchObject([{ consent_id: marie.consentId, record_count: 2 }])
  expect(list(whole, 'stops').map(({ role, effect }) => [role, effect])).toEqual(
    expect.arrayContaining([
      ['holder', 'stopped'],
      ['recipient', null],
    ]),
  )
  expect(list(whole, 'receipts').map(({ kind }) => kind)).toEqual([
    'consent.refused',
    'consent.revoked',
    'consent.granted',
  ])
  const events = list(whole, 'timeline').map(({ kind }) => kind)
  expect(events).toEqual([
    'access.opened',
    'consent.presented',
    'consent.granted',
    'disclosure.authorised',
    'disclosure.recorded',
    'disclosure.received',
    'disclosure.authorised',
    'consent.revoked',
    'revocation.effect-reported',
    'consent.presented',
    'consent.refused',
  ])
})

test('the export has the pages that she was shown, byte for byte', async () => {
  const { whole } = await exported()
  const shown = list(whole, 'presentations')
  expect(shown).toHaveLength(2)
  for (const { html, shown_sha256: hash, buttons } of shown) {
    expect(createHash('sha256').update(String(html)).digest('hex')).toBe(hash)
    expect(String(html)).toContain('HYPERLINK')
    expect(buttons).toEqual({ grant: 'Autoriser le partage', refuse: 'Refuser le partage' })
  }
  const given = list(whole, 'consents').map(
    (consent) => (consent['given'] as Json)['presentation_id'],
  )
  expect(shown.map((item) => item['presentation_id'])).toEqual(given)
})

test('her chain can be verified with nothing but the export', async () => {
  const { whole } = await exported()
  expectChain(list(whole, 'timeline'))
  const pages: Json[] = []
  for (let after = 0, pageNo = 0; pageNo < 4; pageNo++) {
    const page = json(await stage.portal.read(`/me/timeline?after=${after}&limit=3`, token))
    pages.push(...list(page, 'items'))
    after = Number(page['next'])
  }
  expect(pages).toEqual(list(whole, 'timeline'))
  const last = json(await stage.portal.read('/me/timeline?after=11', token))
  expect(last).toEqual({ items: [], next: null })
  for (const query of ['after=-1', 'after=x', 'after=1.5', 'after=99999999999', 'before=1'])
    expect((await stage.portal.read(`/me/timeline?${query}`, token)).status).toBe(400)
})

function expectChain(events: readonly Json[]): void {
  let previous: unknown = null
  for (const [i, event] of events.entries()) {
    const payload = event['payload'] as Record<string, JsonValue>
    const salt = Buffer.from(String(event['salt']), 'base64')
    const made = createHmac('sha256', salt).update(canonical(payload)).digest('base64')
    expect(made).toBe(event['commitment'])
    expect(payload).toMatchObject({
      prev_commitment: previous,
      person_seq: i + 1,
      event_id: event['event_id'],
      recorded_at: event['recorded_at'],
    })
    previous = event['commitment']
  }
}

test('neither an internal id nor a secret is in any answer, file or table', async () => {
  const texts = [(await exported()).text]
  for (const path of [
    '/me/consents',
    '/me/disclosures',
    '/me/timeline',
    `/me/consents/${marie.consentId}`,
  ])
    texts.push((await stage.portal.read(path, token)).body)
  for (const what of ['tout', 'partages', 'envois', 'activite'])
    texts.push((await take(marie, what)).body)
  const key = '{}'
  texts.push((await stage.portal.api('/me/revocations', token, key)).body)
  const hidden = await hiddenValues(marie.personId)
  expect(hidden.length).toBeGreaterThan(150)
  for (const text of texts) {
    expect(text.length).toBeGreaterThan(10)
    const plain = text.toLowerCase()
    expect(hidden.filter((value) => plain.includes(value.toLowerCase()))).toEqual([])
  }
})

test('the export for a service of the house has no identifier of hers at another organisation (I21)', async () => {
  const tokens = await tokensFor(stage.counter, marie.browser)
  const own = String(tokens['access_token'])
  const answers = [
    await stage.counter.read('/me/consents', own),
    await stage.counter.read('/me/disclosures', own),
    await stage.counter.read('/me/timeline', own),
    await stage.counter.read('/me/export', own),
    await stage.counter.api('/me/revocations', own, {}),
  ]
  const { pairwise, live } = load
  const organisations = ['org_aide-etudes', 'org_agence-revenu', 'org_portail', 'org_culture']
  const names = organisations.map((id) => pairwise.subject(marie.personId, id))
  expect(live.current().organisation('org_portail')).toBeDefined()
  expect(names).toContain(marie.sub)
  for (const { body, headers } of answers)
    expect(names.filter((name) => (body + JSON.stringify(headers)).includes(name))).toEqual([])
})

/** Every id and every string of bytes in rows about this person, in each way of writing it, but for what is shown on purpose. */
async function hiddenValues(personId: string): Promise<string[]> {
  const shown = new Set([
    'ledger_event.commitment',
    'person_head.head_commitment',
    'presentation.canonical_sha256',
    'presentation.rendered_sha256',
    // Of the register's words: the same for everybody.
    'consent_record.text_pair_sha256',
    // Of reports and receptions: her events hold it, and the body that reported knows it.
    'disclosure.report_sha256',
    'disclosure_received.content_sha256',
  ])
  const { rows } = await stage.db.raw<{ rows: { t: string; c: string; p: string }[] }>(
    `select c.table_name as t, c.column_name as c, p.column_name as p
     from information_schema.columns c
     join information_schema.columns p on p.table_name = c.table_name and p.column_name in ('person_id', 'account_id')
     join information_schema.tables t on t.table_name = c.table_name and t.table_type = 'BASE TABLE'
     where c.table_schema = 'public' and c.data_type in ('uuid', 'bytea')`,
  )
  const tables = new Set(rows.map(({ t }) => t))
  for (const table of ['passkeys', 'oidc_sessions', 'recovery_codes', 'decision', 'ledger_event'])
    expect(tables).toContain(table)
  const values: string[] = codes.flatMap((code) => [
    code,
    code.replaceAll('-', ''),
    code.slice(0, 9),
  ])
  for (const { t, c, p } of rows.filter(({ t, c }) => !shown.has(`${t}.${c}`))) {
    const found = await stage.db.raw<{ rows: { value: string | Buffer | null }[] }>(
      `select ${c} as value from ${t} where ${p} = ?`,
      [personId],
    )
    for (const { value } of found.rows) if (value !== null) values.push(...writings(value))
  }
  const sessions: { uid: string; payload: object }[] = await stage
    .db('oidcSessions')
    .where({ accountId: personId })
  values.push(...sessions.map(({ uid }) => uid))
  const { pairwise } = load
  for (const id of ['org_aide-etudes', 'org_agence-revenu', 'org_portail'])
    values.push(pairwise.subject(personId, id))
  values.push(writeId('', personId).slice(1), token, marie.csrf)
  values.push(...marie.browser.cookies().map(({ value }) => value))
  return [...new Set(values)].filter((value) => value.length >= 8)
}

function writings(value: string | Buffer): string[] {
  const bytes = typeof value === 'string' ? Buffer.from(value.replaceAll('-', ''), 'hex') : value
  const forms = [bytes.toString('hex'), bytes.toString('base64url'), bytes.toString('base64')]
  return typeof value === 'string' ? [value, ...forms] : forms
}

describe('on the page', () => {
  test('« Prendre mes données » is linked from the last row of « Mon accès » and explains the export', async () => {
    expect((await marie.browser.get('/acces/depart')).body).toContain('href="/acces/donnees"')
    const page = await marie.browser.get('/acces/donnees')
    expect(page.status).toBe(200)
    expect(page.body).toContain('Prendre mes données')
    expect(page.headers['cache-control']).toBe('no-store')
    expect(formsOf(page)).toHaveLength(4)
  })

  test('the file equals the API’s answer but for her name, is a download, and must not be cached', async () => {
    const claims = { given_name: 'Canari-Ève', birthdate: '1987-02-28' }
    await vouchFor({ ...stage, db: load.db }, marie.personId, claims)
    const taken = await take(marie, 'tout')
    expect(taken.headers['content-disposition']).toMatch(
      /^attachment; filename="accord-mes-donnees-\d{4}-\d\d-\d\d\.json"$/,
    )
    expect(taken.headers['cache-control']).toBe('no-store')
    expect(taken.headers['content-type']).toBe('application/json; charset=utf-8')
    const { whole, text } = await exported()
    const {
      activity: _then,
      exported_at: _when,
      sessions: _seen,
      verified_identity: identity,
      ...own
    } = JSON.parse(taken.body) as Json
    expect(whole).toMatchObject(own)
    const issuer = 'https://id.elsewhere.test'
    expect(identity).toMatchObject([{ issuer, level: 'urn:accord:aal:2', claims }])
    // A service that acts for her gets a name as any service does, or not at all.
    expect(text).not.toContain(claims.given_name)
    expect(list(own, 'timeline').length).toBeGreaterThan(5)
  })

  test('two signers have the same made of one who cannot sign in, into a new file, once; she reads who and why', async () => {
    const two = await twoSigners()
    const env = { DATABASE_URL: stage.databaseUrl, KEYS_DIR: stage.keysDir, ISSUER: issuer }
    const own = await exportPartsOf(houseOf(readConfig(env, false), env), stage.db)
    const { signers } = two
    const live = { ...own.live, current: () => ({ ...own.live.current(), signers }) }
    const handOver = (...words: string[]) =>
      handOverCommand(stage.db, ['export', marie.consentId, ...words], new Date(), () =>
        Promise.resolve({ ...own, notary: { ...own.notary, live } }),
      )
    const why = ['--reason', 'demande par la poste', '--reason-en', 'asked by post']
    const orderBy = async (file: string, ...keys: readonly string[]) => {
      await handOver('--out', file, ...why)
      await two.sign(file, ...keys)
      return file
    }
    const hers = { personId: marie.personId }
    const told = () => stage.db('notification').where({ ...hers, kind: 'data.handed-over' })
    const into = two.file('hers.json')
    for (const words of [
      ['--key', two.keys[0], ...why],
      ['--operator', 'Anna', ...why],
      ['--order', await orderBy(two.file('one'), two.keys[0])],
    ])
      await expect(handOver('--into', into, ...words)).rejects.toThrow(/signers must/)
    expect(await handOver('--order', two.file('one'))).toBeUndefined()
    expect([existsSync(into), await told()]).toEqual([false, []])

    const order = await orderBy(two.file('both'), ...two.keys)
    writeFileSync(two.file('there'), 'mine')
    await expect(handOver('--into', two.file('there'), '--order', order)).rejects.toThrow('there')
    expect(readFileSync(two.file('there'), 'utf8')).toBe('mine')
    // Suspended, she cannot take it herself.
    const suspended = (at: Date | null) =>
      load.db('accounts').where(hers).update({ suspendedAt: at })
    await suspended(new Date())
    const [said] = (await handOver('--into', into, '--order', order)) ?? []
    await suspended(null)
    expect(said).toContain('She is told that it was made.')
    expect(statSync(into).mode & 0o777).toBe(0o600)
    const taken = JSON.parse((await take(marie, 'tout')).body) as Json
    const file = JSON.parse(readFileSync(into, 'utf8')) as Json
    const changing = { exported_at: '', activity: [], sessions: [], may_flow: [] }
    expect({ ...file, ...changing }).toEqual({ ...taken, ...changing })
    const again = two.file('again')
    await expect(handOver('--into', again, '--order', order)).rejects.toThrow('carried out before')
    expect([existsSync(again), (await told()).length]).toEqual([false, 1])

    const { body } = await marie.browser.get('/activite/impression?quoi=acces')
    expect(body).toContain(
      'Tout ce que nous gardons sur vous a été mis dans un fichier, sur ordre.',
    )
    expect(body).toContain('demande par la poste')
    two.remove()
  })

  test('a table file has a byte order mark, headings in its language, and no formula', async () => {
    const taken = await take(marie, 'partages')
    expect(taken.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(taken.headers['content-disposition']).toContain('accord-mes-partages-')
    expect(taken.body.startsWith('\uFEFF"Numéro du partage","État",')).toBe(true)
    const [headings = [], ...rows] = cellsOf(taken.body)
    expect(rows.map((row) => row[headings.indexOf('État')])).toEqual(['Refusé', 'Arrêté'])
    expect(rows.map((row) => row[headings.indexOf('Qui reçoit')])).toEqual([`'${evil}`, `'${evil}`])
    for (const row of [headings, ...rows]) {
      expect(row).toHaveLength(headings.length)
      for (const cell of row) expect(cell).not.toMatch(/^[=+\-@\t\r]/)
    }
    const english = cellsOf((await take(marie, 'partages', '/en')).body)
    expect(english[0]?.slice(0, 3)).toEqual(['Sharing number', 'State', 'State since'])
    expect(english[1]).toContain(`'+1 "quoted", name`)
  })

  test('the tables of sendings and of activity say what happened in words', async () => {
    const [headings = [], ...sendings] = cellsOf((await take(marie, 'envois')).body)
    const column = (name: string) => sendings.map((row) => row[headings.indexOf(name)])
    expect(column('Résultat')).toEqual(['Refusé', 'Permis, pas encore confirmé', 'Envoyé'])
    expect(column('Motif du refus')[0]).toBe(
      'La demande portait sur un renseignement que vous n’avez pas autorisé.',
    )
    expect(column('Demandé le')[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
    const [titles = [], ...deeds] = cellsOf((await take(marie, 'activite')).body)
    const what = deeds.map((row) => row[titles.indexOf('Geste')])
    expect(what).toContain('Accès créé')
    expect(what).toContain('Mes données téléchargées')
  })

  test('only the person gets it, from her own form, after a recent sign-in', async () => {
    const paul = await newSharer(load)
    const page = await marie.browser.get('/acces/donnees')
    const csrf = formsOf(page)[0]?.fields['csrf'] ?? ''
    const path = '/acces/donnees/tout'
    const foreign = await paul.browser.post(path, { csrf })
    expect(foreign.status).toBe(403)
    expect((await marie.browser.post(path, {})).status).toBe(403)
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }
    expect((await marie.browser.post(path, { csrf }, { headers })).status).toBe(403)
    const answered = await makeBrowser(stage).post(path, { csrf })
    expect([answered.status, answered.location]).toEqual([
      303,
      expect.stringContaining('/auth?client_id=accord&'),
    ])
    expect(isSignedOut(await makeBrowser(stage).get('/acces/donnees'))).toBe(true)
    expect((await marie.browser.get(path)).status).toBe(405)
    expect((await take(marie, 'secrets')).status).toBe(404)
    // A token opens no page.
    const bearer = { headers: { authorization: `DPoP ${token}` } }
    expect((await makeBrowser(stage).post(path, { csrf }, bearer)).status).toBe(303)

    await changeSessions(
      stage,
      `update oidc_sessions set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload->>'loginTs')::bigint - 1000))
       where account_id = ?`,
      [paul.personId],
    )
    const stale = await paul.browser.get('/acces/donnees')
    expect([stale.status, stale.location]).toEqual([
      303,
      expect.stringContaining('/auth?client_id=accord&'),
    ])
  })
})

describe('limits', () => {
  test('a long history is exported completely, page by page', async () => {
    const olga = await newSharer(load)
    const own = await tokenFor(stage.portal, olga.browser)
    await transact(load.db, async (tx) => {
      const book = await openBook(tx, load.vault, olga.personId)
      for (let n = 0; n < 230; n++) await book.append(revocation(book.now))
    })
    await stage.db.raw(
      `insert into activity (activity_id, person_id, kind, result, request_id, at)
       select gen_random_uuid(), ?, 'access.signed-in', 'done', 'r', now() - (n / 7) * interval '1 minute'
       from generate_series(1, 350) n`,
      [olga.personId],
    )
    // Denies of days that are over are added by nobody: the triggers are off.
    await transact(stage.db, async (tx) => {
      await tx.raw('set local session_replication_role = replica')
      await tx.raw(
        `insert into decision (decision_id, evaluated_at, person_id, consent_id, holder, recipient, dataset, purpose, asked,
         permitted, outcome, reason_code, policy_version, last_at, period_from, period_to)
       select gen_random_uuid(), now() - (n / 7) * interval '1 day', person_id, consent_id, holder, case when n > 1 then recipient end,
         dataset, case when n > 1 then purpose end, 1, 0, 'deny', 'CONSENT_REVOKED', 1, now(), date '2026-01-01', date '2026-03-31'
       from consent_current, generate_series(1, 350) n where consent_id = ?`,
        [uuidOf(olga.consentId)],
      )
    })
    await copyAnswer(uuidOf(olga.consentId), 101)
    const whole = json(await stage.portal.read('/me/export', own))
    for (const [name, id] of [
      ['requests', 'request_id'],
      ['presentations', 'presentation_id'],
      ['consents', 'consent_id'],
    ] as const)
      expect(new Set(list(whole, name).map((item) => item[id])).size, name).toBe(102)
    expect(list(whole, 'connections').length).toBeGreaterThan(101)
    expect(list(whole, 'notifications').length).toBeGreaterThan(101)
    expect(list(whole, 'decisions')).toHaveLength(350)
    const [strange, ...others] = list(whole, 'decisions').filter(
      (item) => item['recipient'] === null || item['purpose'] === null,
    )
    const period = { from: '2026-01-01', to: '2026-03-31' }
    expect(strange).toMatchObject({ recipient: null, purpose: null, agreement: null, period })
    expect(others).toEqual([])
    expect(new Set(list(whole, 'decisions').map((item) => item['decision_id'])).size).toBe(350)
    expect(
      list(whole, 'activity').filter(({ kind }) => kind === 'access.signed-in').length,
    ).toBeGreaterThanOrEqual(350)
    expect(list(whole, 'timeline')).toHaveLength(233)
    expectChain(list(whole, 'timeline'))
    const [titles = [], ...sendings] = cellsOf((await take(olga, 'envois')).body)
    expect(sendings).toHaveLength(350)
    const places = ['Qui reçoit', 'Pourquoi'].map((title) => titles.indexOf(title))
    expect(sendings.filter((row) => places.every((place) => row[place] === ''))).toEqual([
      expect.arrayContaining(['2026-01-01/2026-03-31']),
    ])
    let cursor = ''
    const seen = new Set<unknown>()
    for (let page = 0; page < 4; page++) {
      const found = json(await stage.portal.read(`/me/disclosures${cursor}`, own))
      for (const item of list(found, 'items')) seen.add(item['decision_id'])
      cursor = `?cursor=${String(found['next'])}`
    }
    expect(seen.size).toBe(350)
    expect(cursor).toBe('?cursor=null')
  })

  test('an export that fails half-way is never taken for a complete file', async () => {
    const iris = await newSharer(load)
    const own = await tokenFor(stage.portal, iris.browser)
    await transact(stage.db, async (tx) => {
      await tx.raw('set local session_replication_role = replica')
      await tx.raw(`update ledger_event set body = '\\x00' where person_id = ?`, [iris.personId])
    })
    await expect(stage.portal.read('/me/export', own)).rejects.toThrow(/aborted|hang up|reset/)
    const timeline = await stage.portal.read('/me/timeline', own)
    expect([timeline.status, json(timeline)['code']]).toEqual([500, 'server-error'])
    expect(timeline.body).not.toContain('open')
  })

  test('a person gets twenty exports an hour, from pages and services together', async () => {
    const hugo = await newSharer(load)
    const own = await tokenFor(stage.portal, hugo.browser)
    for (let n = 0; n < 10; n++) {
      expect((await stage.portal.read('/me/export', own)).status).toBe(200)
      expect((await take(hugo, 'activite')).status).toBe(200)
    }
    const refused = await stage.portal.read('/me/export', own)
    expect([refused.status, json(refused)['code']]).toEqual([429, 'data.too-often'])
    const seconds = Number(refused.headers['retry-after'])
    expect(seconds).toBeGreaterThan(3000)
    expect(seconds).toBeLessThanOrEqual(3600)
    const page = await take(hugo, 'tout')
    expect(page.status).toBe(429)
    expect(page.body).toContain('Réessayez dans une heure')
    const many = await newSharer(load)
    const other = await tokenFor(stage.portal, many.browser)
    // A busy machine may break some of them off.
    const atOnce = await Promise.allSettled(
      Array.from({ length: 30 }, () => stage.portal.read('/me/export', other)),
    )
    const answered = atOnce.filter(
      (one) => one.status === 'fulfilled' && one.value.status === 200,
    ).length
    expect(answered).toBeGreaterThan(0)
    expect(answered).toBeLessThanOrEqual(20)
    // Nobody else waits for that.
    expect((await take(marie, 'activite')).status).toBe(200)
  })
})

test('a new person has an export too', async () => {
  const { browser } = await signUp(stage, stage.portal)
  const own = await tokenFor(stage.portal, browser)
  const whole = json(await stage.portal.read('/me/export', own))
  for (const name of ['requests', 'presentations', 'consents', 'decisions'])
    expect(list(whole, name)).toEqual([])
  expect(list(whole, 'timeline').map(({ kind }) => kind)).toEqual(['access.opened'])
})

test('her export holds what only some people have: a password, an application, an address, notices, silences, claims', async () => {
  const own = await typeUp(stage, stage.portal)
  const { rows } = await stage.db.raw<{ rows: { personId: string }[] }>(
    `with her as (select person_id from accounts order by opened_at desc limit 1),
     silence as (insert into sign_in_silence select person_id, 'org_culture', now() from her),
     notice as (insert into notices (notice_id, person_id, kind, device, at)
       select gen_random_uuid(), person_id, 'new-device', 'Firefox, Linux', now() from her),
     used as (update recovery_codes r set used_at = now() from her where r.person_id = her.person_id)
     select person_id from her`,
  )
  const personId = rows[0]?.personId ?? ''
  const claim = { personId, serviceId: 'portail', claim: 'email' } as const
  await transact(stage.db, (tx) =>
    putAnswer(tx, load.vault.seals, gateFor(personId), {
      ...claim,
      purposeSha256: Buffer.alloc(32, 1),
      answeredAt: new Date(),
    }),
  )
  for (const address of ['avant@exemple.test', 'apres@exemple.test'])
    await giveEmail(stage, personId, address)
  const { text, whole } = await exported(await tokenFor(stage.portal, own.browser))
  const day = expect.stringMatching(/^2\d{3}-\d\d-\d\dT/)
  expect(whole).toMatchObject({
    passkeys: [],
    password: { address: own.address, created_at: day, suspended_at: null },
    code_application: { created_at: day, suspended_at: null },
    notices: [{ kind: 'new-device', device: 'Firefox, Linux', answer: null, at: day }],
    recovery_codes: expect.arrayContaining([{ made_at: day, used_at: day }]),
    messages: {
      addresses: expect.arrayContaining([
        { channel: 'email', address: 'avant@exemple.test', confirmed_at: day, removed_at: day },
        { channel: 'email', address: 'apres@exemple.test', confirmed_at: day, removed_at: null },
      ]),
    },
    waiting: [{ kind: 'address', made_at: day, because: 'removed', since: day, until: day }],
    sign_in_silences: [{ organisation: 'org_culture', silenced_at: day }],
    claims: [{ service: 'portail', claim: 'email', given: true, answered_at: day }],
  })
  expect(text).not.toContain(personId)
})

function newId(column: string): string {
  return `'${column}', ${column === 'visit' ? 'sha256(int4send(n))' : `md5('${column}' || n)::uuid`}`
}

/** More of what an answer leaves, as rows alone: under ids of their own, in the tables from which an export is read. */
async function copyAnswer(consentId: string, times: number): Promise<void> {
  const newIds = {
    consent_current: ['consent_id', 'arrangement_id'],
    consent_record: ['consent_id', 'arrangement_id', 'presentation_id', 'request_id'],
    presentation: ['presentation_id', 'request_id'],
    consent_request_item: ['consent_id', 'request_id'],
    consent_request: ['request_id', 'visit'],
  }
  await transact(stage.db, async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw(
      `create temporary table hers on commit drop as select * from consent_record where consent_id = ?`,
      [consentId],
    )
    for (const [table, ids] of Object.entries(newIds))
      await tx.raw(
        `insert into ${table} select (jsonb_populate_record(t, jsonb_build_object(${ids.map(newId).join()}))).*
         from ${table} t join hers using (${ids.at(0)}), generate_series(1, ?) n`,
        [times],
      )
    await tx.raw(
      `insert into connections (connection_id, person_id, service_id, scopes, first_used_at, last_used_at, ended_at)
       select gen_random_uuid(), person_id, 'portail', '{openid}', now(), now(), now() from hers, generate_series(1, ?)`,
      [times],
    )
    await tx.raw(
      `insert into notification (notification_id, person_id, kind, channel, language, template_version, queued_at)
       select gen_random_uuid(), person_id, 'consent.given', 'none', 'fr', 1, now() from hers, generate_series(1, ?)`,
      [times + 1],
    )
  })
}

async function take(
  { browser }: Pick<Sharer, 'browser'>,
  what: string,
  base = '',
): Promise<Answer> {
  if (base === '/en') await attest({ browser })
  const page = await browser.get(`${base}/acces/donnees`)
  return browser.post(`${base}/acces/donnees/${what}`, formsOf(page)[0]?.fields ?? {})
}

async function attest({ browser }: Pick<Sharer, 'browser'>): Promise<void> {
  const notice = await browser.follow('/en/acces/donnees')
  const [form] = formsOf(notice)
  if (form?.action.endsWith('/en/attestation') === true)
    await browser.post(form.action, form.fields)
}

/** RFC 4180. */
function cellsOf(csv: string): string[][] {
  expect(csv.endsWith('\r\n')).toBe(true)
  const lines: string[][] = [[]]
  for (const [, quoted, end] of csv.slice(1).matchAll(/"((?:[^"]|"")*)"(,|\r\n)/g)) {
    lines.at(-1)?.push((quoted ?? '').replaceAll('""', '"'))
    if (end === '\r\n') lines.push([])
  }
  return lines.slice(0, -1)
}
