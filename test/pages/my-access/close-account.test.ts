import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeUnused } from '../../../src/pages/my-access/index.ts'
import {
  closeAccount,
  eraseAccounts,
  erasureJobs,
  findClosure,
  openAccount,
} from '../../../src/people/accounts/index.ts'
import { forgets } from '../../../src/house/forgets.ts'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { makeSessions } from '../../../src/provider/index.ts'
import { sweepExpired } from '../../../src/provider/unit/session-store.ts'
import type { Register } from '../../../src/registry/index.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import { creationPage, issuer, postAndFollow, signIn } from '../../support/broker.ts'
import type { Authenticator } from '../../support/authenticator.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import { housePatience } from '../../support/patience.ts'
import type { Load } from '../../support/sharing-load.ts'
import { openLoad } from '../../support/sharing-load.ts'
import type { Stage } from '../../support/sharing.ts'
import {
  decide,
  evaluation,
  holderToken,
  shareAsNewcomer,
  startStage,
} from '../../support/sharing.ts'
import { ended, forgotten, keptByLaw } from '../../support/kept-lists.ts'
import { sealAsWritten } from '../../support/sealed-rows.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import type { Database } from '../../../src/base/database/database.ts'

const daySeconds = 24 * 3600
const month = 30 * daySeconds

let stage: Stage
let load: Load
beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

type Sharer = {
  readonly personId: string
  readonly sub: string
  readonly browser: Browser
  readonly authenticator: Authenticator
}

async function newSharer(): Promise<Sharer> {
  const shared = await shareAsNewcomer(stage)
  const personId = load.pairwise.person(shared.sub, 'org_agence-revenu')
  if (personId === undefined) throw new Error('the identifier at the holder names nobody')
  return { ...shared, personId }
}

async function close(browser: Browser): Promise<Answer> {
  const page = await browser.follow('/acces/fermeture')
  const form = formsOf(page).find(({ action }) => action.endsWith('/acces/fermeture'))
  if (form === undefined) throw new Error(`no form at ${page.url}: ${page.body}`)
  const answer = await browser.post(form.action, form.fields)
  return answer.location === undefined ? answer : browser.follow(answer.location)
}

async function reasons({ sub }: Pick<Sharer, 'sub'>): Promise<unknown> {
  const answer = await decide(stage, await holderToken(stage, 'decide'), evaluation(sub))
  return answer.decision ? 'permit' : answer.context['reason_codes']
}

/** Signs in with the passkey. @returns the page that follows */
async function comeBack(sharer: Sharer): Promise<{ browser: Browser; page: Answer }> {
  const browser = makeBrowser(stage)
  const { url } = await stage.services.library.begin()
  const form = formOf(await browser.follow(url))
  const credential = sharer.authenticator.get(form.options)
  return { browser, page: await browser.post(form.action, { ...form.fields, credential }) }
}

test('closing an access ends every sharing and session at once', async () => {
  const sharer = await newSharer()
  expect(await reasons(sharer)).toBe('permit')
  const other = await signIn(stage, stage.services.library, sharer.authenticator)
  expect((await other.browser.get('/acces')).status).toBe(200)
  const closed = await close(sharer.browser)
  expect(closed.body).toContain('Votre accès est fermé')
  // A closed access is nobody's for whoever asks; once it is open again her stop is what they read.
  expect(await reasons(sharer)).toEqual(['PERSON_UNKNOWN'])
  for (const browser of [sharer.browser, other.browser])
    expect((await browser.get('/acces')).status).toBe(403)
})

test('within thirty days the person can open the access again, without its sharings', async () => {
  const sharer = await newSharer()
  await close(sharer.browser)
  const { browser, page } = await comeBack(sharer)
  expect(page.body).toContain('Rouvrir mon accès')
  expect((await browser.get('/acces')).status).toBe(403)
  const form = formOf(page)
  const back = await browser.post(form.action, form.fields)
  expect((await browser.follow(back.location ?? '')).location).toContain('library.test/cb?')
  expect((await browser.get('/acces')).status).toBe(200)
  expect(await reasons(sharer)).toEqual(['CONSENT_REVOKED'])
  expect(await eraseDue(load.db, secondsAfter(new Date(), month + 1))).toBe(1)
})

test('after thirty days the access is erased once, by one of the processes, and its passkey opens nothing', async () => {
  const sharer = await newSharer()
  await close(sharer.browser)
  expect(await eraseDue(load.db, secondsAfter(new Date(), month - 60))).toBe(0)
  const stranger = openDatabase(stage.databaseUrl, housePatience)
  const over = secondsAfter(new Date(), month + 60)
  const erased = await Promise.all(
    [load.db, stranger, load.db, stranger].map((db) => eraseDue(db, over)),
  )
  await stranger.destroy()
  expect(erased.reduce((sum, n) => sum + n)).toBe(1)
  const { page } = await comeBack(sharer)
  expect(page.body).toContain('n’a pas réussi')
  expect(page.status).toBeGreaterThanOrEqual(400)
})

test('a closing that somebody wrote by hand erases nothing, and she is told', async () => {
  const sharer = await newSharer()
  await closeByHand(sharer.personId)
  await eraseDue(load.db, new Date())
  expect(await load.db('passkeys').where({ personId: sharer.personId })).toHaveLength(1)
  const told = { personId: sharer.personId, kind: 'record.untrusted', reason: 'standing' }
  const origin = { requestId: 'r', network: undefined }
  const { seals } = load.vault
  const reading = { ...guarded(load.db), seals, origin, now: new Date() }
  await expect(findClosure(reading, sharer.personId)).rejects.toMatchObject({
    code: 'sign-in.refused',
  })
  expect(await load.db('activity').where(told)).toHaveLength(1)
})

test('what cannot be erased holds up nobody behind it, and the queue is told of it', async () => {
  const [forged, failing, next] = await Promise.all([1, 2, 3].map(closedLongAgo))
  if (forged === undefined || failing === undefined || next === undefined) throw new Error('three')
  await closeByHand(forged)
  const fail = async (_: unknown, personId: string) => {
    if (personId === failing) throw new Error('not this one')
  }
  const one = { batch: 1, batches: 1 }
  const jobs = erasureJobs(
    guarded(load.db),
    () => new Date(),
    () => [fail, ...forgets],
    one,
  )
  await jobs['accounts.erase']?.({}, attempt)
  let failure: unknown
  for (let on = await takeNext(); on !== undefined; on = await takeNext())
    await jobs['accounts.erase-on']?.(on, attempt).catch((error: unknown) => (failure = error))
  expect(String(failure)).toBe('Error: 1 accounts could not be erased')
  const rows: { personId: string }[] = await load.db('accounts').select('personId')
  const left = rows.filter(({ personId }) => [forged, failing, next].includes(personId))
  expect(new Set(left)).toEqual(new Set([{ personId: forged }, { personId: failing }]))
  await eraseDue(load.db, new Date())
})

const attempt = { attempt: 1, maxAttempts: 3 }

/** Takes the job that goes on out of the queue. */
async function takeNext(): Promise<unknown> {
  const { rows } = await load.db.raw<{ rows: { payload: unknown }[] }>(
    `delete from graphile_worker._private_jobs
     where id in (select id from graphile_worker.jobs where task_identifier = 'accounts.erase-on') returning payload`,
  )
  return rows[0]?.payload
}

/** An access without a factor, closed so that its erasure is due, the first number's first. */
async function closedLongAgo(n: number): Promise<string> {
  const at = secondsAfter(new Date(), -2 * month + n)
  const opening = {
    language: 'fr',
    origin: { requestId: 'r', network: undefined },
    now: at,
  } as const
  return transact(load.db, async (tx) => {
    const personId = await openAccount(tx, load.vault.seals, opening)
    const by = { actor: { type: 'person' } } as const
    await closeAccount(tx, load.vault, personId, { by, origin: opening.origin }, at)
    return personId
  })
}

async function closeByHand(personId: string): Promise<void> {
  const [closedAt, eraseAt] = [
    secondsAfter(new Date(), -3 * month),
    secondsAfter(new Date(), -2 * month),
  ]
  await load.db('accounts').where({ personId }).update({ closedAt, eraseAt })
}

test('of a reopening and an erasure at the same moment one happens completely', async () => {
  const sharers = [await newSharer(), await newSharer(), await newSharer()]
  for (const sharer of sharers) {
    await close(sharer.browser)
    const { browser, page } = await comeBack(sharer)
    const form = formOf(page)
    // The erasure's clock is ahead: it may come at any time of the change of mind.
    const [, erased] = await Promise.all([
      browser.post(form.action, form.fields),
      eraseDue(load.db, secondsAfter(new Date(), month + 60)),
    ])
    const [account] = await load.db('accounts').where({ personId: sharer.personId })
    const keys = await load.db('passkeys').where({ personId: sharer.personId })
    const isThere = erased === 0
    expect([account !== undefined, keys.length > 0]).toEqual([isThere, isThere])
    if (isThere) expect(account).toMatchObject({ closedAt: null, eraseAt: null })
  }
})

// What this person's day on the pages does not make.
const madeByHand: readonly string[] = [
  `insert into webauthn_challenges (challenge, ceremony, errand, person_id, expires_at)
   values (sha256('x'), 'create', 'x', :id, now())`,
  `insert into totp_factors (person_id, factor_id, sealed, wrapped_key, kek_id, sealed_year, last_step, created_at)
   values (:id, :id, 'x', 'x', 'x', 2026, 0, now())`,
  `insert into card (card_id, person_id, number_mark, last_four, made_at) values (:id, :id, sha256('x'), '0514', now())`,
  `insert into work_access (person_id, org_id, sealed, number_mark, opened_at) values (:id, 'org_a', 'x', sha256('x'), now())`,
  `insert into desk_code (naming_id, person_id, first_mark, second_mark, expires_at)
   values (:id, :id, sha256('x'), sha256('y'), now())`,
  `insert into desk_session (officer_id, session_sha256, org_id, passkey_id, session_epoch, began_at, seen_at)
   values (:id, sha256('x'), 'org_a', (select passkey_id from passkeys where person_id = :id limit 1), 0, now(), now())`,
  `insert into desk_search (search_id, officer_id, office_id, org_id, reason, reference, is_found, sealed, at)
   values (:id, :id, :id, 'org_a', 'other', 'card', false, 'x', now())`,
  `insert into card_code (proof, card_id, person_id) values (sha256('x'), :id, :id)`,
  `insert into upstream_identities (factor_id, person_id, issuer, identity_sha256, created_at, seal)
   values (:id, :id, 'https://id.elsewhere.test', sha256('x'), now(), substring(sha256('x') from 1 for 20))`,
  `insert into vouched_values (factor_id, person_id, issuer, level, sealed, vouched_at, seal)
   values (:id, :id, 'https://id.elsewhere.test', 'urn:accord:aal:2', sha512('x'), now(), substring(sha256('x') from 1 for 20))`,
  `insert into key_attestations (passkey_id, person_id, aaguid, format, certificates, metadata_no, attested_at, seal)
   select passkey_id, person_id, passkey_id, 'packed', array['x'], 1, now(), substring(sha256('x') from 1 for 20)
   from passkeys where person_id = :id`,
  `insert into claim_answer (person_id, service_id, claim, is_given, purpose_sha256, answered_at, seal)
   values (:id, 'aide-etudes', 'email', true, sha256('x'), now(), substring(sha256('x') from 1 for 20))`,
  `insert into totp_enrolments (errand_sha256, person_id, factor_id, sealed, wrapped_key, kek_id, sealed_year, expires_at)
   values (sha256('x'), :id, :id, 'x', 'x', 'x', 2026, now())`,
  `insert into passwords (person_id, factor_id, proof, address_mark, sealed, wrapped_key, kek_id, sealed_year,
     address_proved_at, created_at)
   values (:id, :id, sha256('x'), sha256('x'), 'x', 'x', 'x', 2026, now(), now())`,
  `insert into signin_passwords (visit_id_sha256, person_id, address_mark, tries_key, expires_at)
   values (sha256('x'), :id, 'x', 'x', now())`,
  `insert into password_proposals (errand_sha256, person_id, factor_id, proof, address_mark, sealed, wrapped_key, kek_id,
     sealed_year, message_id, code_by, expires_at)
   values (sha256('x'), :id, :id, sha256('x'), sha256('x'), 'x', 'x', 'x', 2026, :id, now(), now())`,
  `insert into contact_point (contact_id, person_id, channel, sealed, digest, created_at, message_id, confirm_by)
   values (:id, :id, 'email', 'x', sha256('x'), now(), :id, now())`,
  `insert into recovery_holds (person_id, since, until, added) values (:id, now() - interval '1 hour', now(), '{}')`,
  `insert into factors_set_aside (factor_id, person_id, kind, content, stands_until)
   values (:id, :id, 'totp', '{}', now())`,
  `insert into known_devices (person_id, device_sha256, first_seen_at, last_seen_at) values (:id, sha256('x'), now(), now())`,
  `insert into mandate (mandate_id, principal_id, ground, holder_kind, sealed, acts, invited_at)
   values (:id, :id, 'helper', 'person', 'x', 1, now())`,
  `insert into mandate_held (held_id, holder_id, sealed, ground) values (:id, :id, 'x', 'helper')`,
  `insert into help_code (person_id, help_id, org_id, digits_mark, session_uid, language, made_at, expires_at)
   values (:id, :id, 'org_aide-etudes', substring(sha256('x') from 1 for 20), 'x', 'fr', now(), now() + interval '10 minutes')`,
  `insert into help_request (help_id, person_id, org_id, sealed, made_at, expires_at)
   values (:id, :id, 'org_aide-etudes', 'x', now(), now() + interval '5 minutes')`,
  `insert into help_look (help_id, no, person_id, what, at) values (:id, 1, :id, 'lines', now())`,
  `insert into proposal (proposal_id, org_id, deed, sealed, payload_sha256, made_by, made_at, expires_at)
   values (:id, 'org_aide-etudes', 'office.name', 'x', sha256('x'), :id, now(), now() + interval '1 hour')`,
  `insert into notices (notice_id, person_id, kind, at) values (:id, :id, 'new-device', now())`,
  `insert into notification_preference (person_id, channel, language, changed_at) values (:id, 'none', 'fr', now())`,
  `insert into consent_reminder (person_id, consent_id, due, reminded_at)
   select person_id, consent_id, 'week', now() from consent_current where person_id = :id`,
  `insert into silenced_question (silence_id, person_id, recipient, holder, dataset, categories, silenced_at)
   values (:id, :id, 1, 1, 1, 1, now())`,
  `insert into matching_answer (reference, person_id, org_id, service_id, result, reason, answered_at)
   values ('7K2P9-QX4AB', :id, 'org_culture', 'library', 'match', 'same', now())`,
  `insert into sign_in_request (request_id, artifact_id, person_id, org_id, service_id, words, requested_at, expires_at, seal)
   values (:id, sha256('x'), :id, 'org_culture', 'library', '{}', now() + interval '40 days', now() + interval '40 days 1 minute',
     substring(sha256('x') from 1 for 20))`,
  `insert into sign_in_silence (person_id, org_id, silenced_at) values (:id, 'org_culture', now())`,
  `with s as (
     insert into signal_stream (stream_id, org_id, party, method, requested, kinds, status, created_at, seal)
     values (:id, 'org_culture', 1, 'poll', '{}', '{}', 'enabled', now(), substring(sha256('x') from 1 for 20)) returning stream_id),
   t as (insert into signal_told (stream_id, person_id, person_seq, ahead, seal) select stream_id, :id, 1, '{}', substring(sha256('x') from 1 for 20) from s)
   insert into signal_subject_removed (stream_id, person_id) select stream_id, :id from s`,
]

test('an erased account leaves no row in any table about a person, except records that the law keeps', async () => {
  const { browser, personId } = await newSharer()
  for (const sql of madeByHand) await load.db.raw(sql, { id: personId })
  await sealAsWritten(stage, 'recovery_holds')
  await close(browser)
  const tables = await tablesOfPeople()
  expect(tables.length).toBeGreaterThan(25)
  const before = await rowsOf(tables, personId)
  const over = secondsAfter(new Date(), month + 60)
  while ((await sweepExpired(load.db, over)) > 0);

  expect(await eraseDue(load.db, over)).toBe(1)

  const after = await rowsOf(tables, personId)
  expect(after.filter((table) => keptByLaw[table] === undefined)).toEqual([])
  const gone = before.filter((table) => !after.includes(table))
  expect(gone.filter((table) => keptByLaw[table] === undefined)).toEqual(forgotten)
})

test('every table about a person is either emptied at an erasure or kept by law', async () => {
  const known = [...forgotten, ...ended, ...Object.keys(keptByLaw)]
  const unknown = (await tablesOfPeople())
    .map(({ table }) => table)
    .filter((table) => !known.includes(table))
  expect(unknown).toEqual([])
})

type PeopleTable = { readonly table: string; readonly column: string }

async function tablesOfPeople(): Promise<PeopleTable[]> {
  const { rows } = await load.db.raw<{ rows: PeopleTable[] }>(
    `select c.table_name as "table", c.column_name as "column"
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.column_name in ('person_id', 'account_id')
     union
     select k.conrelid::regclass::text, a.attname
     from pg_constraint k join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any(k.conkey)
     where k.contype = 'f' and k.confrelid = 'persons'::regclass`,
  )
  return rows
}

async function rowsOf(tables: readonly PeopleTable[], personId: string): Promise<string[]> {
  const found: string[] = []
  for (const { table, column } of tables) {
    const { rows } = await load.db.raw<{ rows: object[] }>(
      `select 1 from ${table} where ${column} = ? limit 1`,
      [personId],
    )
    if (rows.length > 0) found.push(table)
  }
  return [...new Set(found)].toSorted((a, b) => a.localeCompare(b))
}

const now = () => new Date(Date.now() + (month + 60) * 1000)
// One access a statement, one statement a run: each goes on where the one before stopped.
const few = { lookedAtOnce: 1, batches: 1 }
async function run(at = now()): Promise<number> {
  const sessions = makeSessions({ db: stage.db, clock: () => at }, load.vault.seals)
  const register = { services: new Map([['ours', ownService]]) } as unknown as Register
  const parts = { notary: load.notary, sessions, log: openLog('silent') }
  let all = 0
  for (let from: string | undefined, n = 0; n < mostRuns; n++) {
    const { closed, next } = await closeUnused(stage.db, parts, register, at, { from, limits: few })
    all += closed
    if (next === undefined) return all
    from = next
  }
  throw new Error('a walk without end')
}
const mostRuns = 1000
const ownService = { serviceId: 'ours', metadata: { first_party: true } }
const closedAt = async (personId: string) => {
  const [row] = await stage.db('accounts').where({ personId })
  return (row as { closedAt: Date | null } | undefined)?.closedAt
}

/** An access that was made at our own pages. */
async function made(): Promise<{ personId: string; authenticator: Authenticator }> {
  const browser = makeBrowser(stage)
  const authenticator = makeAuthenticator({ origin: issuer, counter: 0 })
  const form = formOf(await creationPage(browser, '/acces'))
  const credential = authenticator.create(form.options)
  const codes = formOf(await browser.post(form.action, { ...form.fields, credential }))
  expect((await postAndFollow(browser, codes.action, codes.fields)).status).toBe(200)
  const { credentialId } = authenticator
  const [row] = await stage.db('passkeys').where({ credentialId })
  return { personId: (row as { personId: string }).personId, authenticator }
}

async function connect(personId: string, serviceId: string): Promise<void> {
  const used = { firstUsedAt: new Date(), lastUsedAt: new Date() }
  await stage
    .db('connections')
    .insert({ connectionId: randomUUID(), personId, serviceId, scopes: ['openid'], ...used })
}

describe('an unused access', () => {
  test('is closed once after thirty days, its person is told, and it is erased thirty days later', async () => {
    const [alone, ours, sharer, back] = [
      await made(),
      await made(),
      await newSharer(),
      await made(),
    ]
    await connect(ours.personId, 'ours')
    await connect(back.personId, 'library')
    const [sealed, digest] = [Buffer.alloc(40), Buffer.alloc(32, 1)]
    const contactId = randomUUID()
    const times = { createdAt: new Date(), confirmedAt: new Date(), confirmBy: new Date() }
    const { personId } = alone
    await stage.db('contactPoint').insert({
      contactId,
      personId,
      channel: 'email',
      sealed,
      digest,
      messageId: randomUUID(),
      ...times,
    })

    expect(await run(new Date(Date.now() + (month - 3600) * 1000))).toBe(0)
    await stage.db.raw(
      `alter table accounts add constraint fails check (person_id <> '${personId}' or closed_at is null) not valid`,
    )
    expect(await run()).toBe(1)
    await stage.db.raw('alter table accounts drop constraint fails')
    const both = await Promise.all([run(), run()])

    expect(both[0] + both[1]).toBe(1)
    for (const person of [alone, ours]) expect(await closedAt(person.personId)).not.toBeNull()
    for (const person of [sharer, back]) expect(await closedAt(person.personId)).toBeNull()
    const told = await stage.db('notification').where({ personId, kind: 'account.closed' })
    expect(told).toMatchObject([{ channel: 'email', contactId }])
    expect(await run()).toBe(0)
    await eraseDue(stage.db, secondsAfter(now(), month + 60))
    for (const person of [alone, ours]) expect(await closedAt(person.personId)).toBeUndefined()
    expect(await stage.db('passkeys').where({ personId })).toEqual([])
  })

  test('stays open after a sign-in on another day, a question, or a ledger event', async () => {
    const [signedIn, asked] = [await made(), await newSharer()]
    await stage
      .db('accounts')
      .where({ personId: signedIn.personId })
      .update({ openedAt: new Date(Date.now() - 2 * daySeconds * 1000) })
    await stage.db('connections').where({ personId: asked.personId }).delete()

    expect(await run()).toBe(0)
    for (const { personId } of [signedIn, asked]) expect(await closedAt(personId)).toBeNull()
  })

  test('can be opened again by its person within a month', async () => {
    const one = await made()
    await run()
    const { browser, page } = await comeBack({ ...one, sub: '', browser: makeBrowser(stage) })
    expect(page.body).toContain('Votre accès est fermé')
    const form = formsOf(page).find(({ action }) => action.endsWith('/reouverture'))
    await postAndFollow(browser, form?.action ?? '', form?.fields ?? {})

    expect(await closedAt(one.personId)).toBeNull()
  })
})

async function eraseDue(db: Database, at: Date): Promise<number> {
  return (await eraseAccounts(guarded(db), forgets, at)).erased
}

function guarded(db: Database) {
  return { db, vault: load.vault, log: openLog('silent') }
}
