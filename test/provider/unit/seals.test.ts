import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Transaction } from '../../../src/base/database/database.ts'
import { transact } from '../../../src/base/database/database.ts'
import { newPersonId } from '../../../src/base/values/ids.ts'
import { visitHash } from '../../../src/base/web/visit.ts'
import type { Sessions } from '../../../src/base/ports/sessions-port.ts'
import { makeSessions } from '../../../src/provider/index.ts'
import { sealOfSession, trustedSession } from '../../../src/provider/unit/seals.ts'
import { rowId } from '../../../src/provider/unit/unit.ts'
import type { SessionRow } from '../../../src/provider/unit/unit-rows.ts'
import { callbackOf, codeOf, signUp } from '../../support/broker.ts'
import type { Person } from '../../support/broker.ts'
import type { Browser } from '../../support/browser.ts'
import { formOf, isSignedOut, makeBrowser } from '../../support/browser.ts'
import { untyped } from '../../support/database.ts'
import { setStanding } from '../../support/resealed-access.ts'
import { sealsOf } from '../../support/seals.ts'
import { json } from '../../support/service.ts'
import type { Shared, Stage } from '../../support/sharing.ts'
import {
  decide,
  evaluation,
  holderToken,
  shareAsNewcomer,
  startStage,
} from '../../support/sharing.ts'

// An attacker writes to the database and has no key. He wants Marie's access; Paul's browser is his own.

let stage: Stage
let marie: Person & { readonly personId: string }
let paul: Person & { readonly personId: string }
const errors = () =>
  stage
    .output()
    .split('\n')
    .filter((line) => line.includes('"level":50'))

beforeAll(async () => {
  stage = await startStage()
  marie = await signUp(stage, stage.aid)
}, 180_000)
afterAll(() => stage.stop())

beforeAll(async () => {
  paul = await signUp(stage, stage.aid)
})
afterEach(async () => {
  await stage.db('activity').where({ personId: marie.personId, kind: 'record.untrusted' }).delete()
})

// At rest a session is known by a hash of what its cookie holds.
function sessionId(browser: Browser): Buffer {
  const sid = browser.cookies().find(({ name }) => name === 'sid')?.value ?? ''
  return createHash('sha256').update(`Session:${sid}`).digest()
}

async function told(): Promise<readonly string[]> {
  return stage
    .db('activity')
    .where({ personId: marie.personId, kind: 'record.untrusted' })
    .pluck('reason')
}

describe('a session', () => {
  const hers = ['/acces', '/mes-partages', '/activite', '/acces/donnees']
  const names = ['id', 'uid', 'account_id', 'payload', 'device', 'network', 'signed_in_at']
  const columns = [...names, 'last_seen_at', 'expires_at', 'factor_ids', 'session_epoch', 'seal']
  const toHer = {
    accountId: 'account_id',
    payload: `jsonb_set(payload, '{accountId}', to_jsonb(?::text))`,
  }

  /** Pages that this browser is shown; undefined: none, it is asked who is there. */
  async function shown(browser: Browser): Promise<readonly string[]> {
    const answers = await Promise.all(hers.map((path) => browser.get(path)))
    return answers
      .filter((answer) => answer.status === 200 && !isSignedOut(answer))
      .map(({ url }) => url)
  }

  test('of nobody is believed by its seal alone, and its finding names nobody', async () => {
    const row: SessionRow = {
      kind: 'session',
      id: 'ab'.repeat(32),
      uid: 'uid',
      payload: {},
      account_id: null,
      device: '',
      network: null,
      signed_in_at: null,
      last_seen_at: 0,
      expires_at: 0,
      factor_ids: [],
      session_epoch: null,
      seal: null,
    }
    const seals = await sealsOf(stage.keysDir)
    const sealed = { ...row, seal: sealOfSession(seals, row) }
    expect(trustedSession(seals, sealed)).toBe(sealed)
    const about = { what: 'session', ref: 'ab'.repeat(8), personId: undefined }
    const moved = { ...sealed, uid: 'other' }
    expect(trustedSession(seals, moved)).toEqual({ kind: 'untrusted', row: about })
  })

  test('as it was written opens her pages', async () => {
    expect(await shown(marie.browser)).toHaveLength(hers.length)
    expect(await told()).toEqual([])
  })

  test('that was rewritten opens none of her pages in another browser, and she is told once', async () => {
    const { browser, personId } = await signUp(stage, stage.aid)
    await stage.db.raw(
      `update oidc_sessions set account_id = ?, payload = ${toHer.payload} where id = ?`,
      [marie.personId, marie.personId, sessionId(browser)],
    )
    const before = errors().length
    const answers = await Promise.all(Array.from({ length: 20 }, () => shown(browser)))
    expect(answers.flat()).toEqual([])
    expect((await browser.get('/mes-partages')).body).not.toContain(marie.personId)
    expect(await told()).toEqual(['session'])
    expect(errors().length).toBeGreaterThan(before)
    expect(errors().at(-1)).toContain('RECORD_UNTRUSTED')
    expect(personId).not.toBe(marie.personId)
    expect((await marie.browser.get('/activite')).body).toContain(
      'Un enregistrement de votre accès avait été changé',
    )
  })

  test('of hers that was copied to his cookie, seal and all, opens nothing', async () => {
    const { browser } = await signUp(stage, stage.aid)
    const id = sessionId(browser)
    await stage.db('oidcSessions').where({ id }).delete()
    const list = columns.map((name) => (name === 'id' ? '?' : name)).join(', ')
    await stage.db.raw(
      `insert into oidc_sessions (${columns.join(', ')}) select ${list} from oidc_sessions where id = ?`,
      [id, sessionId(marie.browser)],
    )
    expect(await shown(browser)).toEqual([])
    expect(await shown(marie.browser)).toHaveLength(hers.length)
  })

  test('without a seal opens nothing', async () => {
    const { browser } = await signUp(stage, stage.aid)
    await stage.db.raw('update oidc_sessions set seal = null where id = ?', [sessionId(browser)])
    expect(await shown(browser)).toEqual([])
  })

  test.each([
    ['a later end', `expires_at = expires_at + interval '1 day'`],
    ['a higher level', `payload = jsonb_set(payload, '{acr}', '"urn:accord:aal:3"')`],
    [
      'a younger proof',
      `payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload->>'loginTs')::int + 60))`,
    ],
    ['no terminal', `payload = payload || '{"kiosk": false}'`],
    ['another factor', `factor_ids = array[gen_random_uuid()]`],
    ['another epoch', `session_epoch = session_epoch + 1`],
  ])('with %s opens nothing', async (_, change) => {
    const { browser } = await signUp(stage, stage.aid)
    expect(await shown(browser)).toHaveLength(hers.length)
    await stage.db.raw(`update oidc_sessions set ${change} where id = ?`, [sessionId(browser)])
    expect(await shown(browser)).toEqual([])
  })

  test('opens also after its time of last use was changed, which opens nothing', async () => {
    const { browser } = await signUp(stage, stage.aid)
    await stage.db.raw(
      `update oidc_sessions set last_seen_at = last_seen_at - interval '5 minutes' where id = ?`,
      [sessionId(browser)],
    )
    expect(await shown(browser)).toHaveLength(hers.length)
  })

  test('whose entry of a service was changed goes on, and the service gets a new entry', async () => {
    const { browser, callback, errand } = await signUp(stage, stage.aid)
    await stage.aid.redeem(codeOf(callback), errand)
    const changed = await stage.db.raw<{ rowCount: number }>(
      `update oidc_session_authorizations set content = content || '{"sid": "his"}'
       where session_uid = (select uid from oidc_sessions where id = ?)`,
      [sessionId(browser)],
    )
    expect(changed.rowCount).toBe(1)
    const again = await stage.aid.begin()
    const redeemed = await stage.aid.redeem(codeOf(callbackOf(await browser.get(again.url))), again)
    expect(redeemed.status).toBe(200)
    expect(redeemed.body).not.toContain('"his"')
  })
})

async function change(model: string, value: string, text: string, values: string[] = []) {
  const id = Buffer.from(rowId(model, value), 'hex')
  const done = await stage.db.raw<{ rowCount: number }>(
    `update oidc_artifacts set ${text} where id = ?`,
    [...values, id],
  )
  expect(done.rowCount).toBe(1)
}

async function accessToken(): Promise<string> {
  const errand = await stage.aid.begin()
  const code = codeOf(callbackOf(await paul.browser.get(errand.url)))
  return String(json(await stage.aid.redeem(code, errand))['access_token'])
}

describe('a token', () => {
  let shared: Shared
  beforeAll(async () => {
    shared = await shareAsNewcomer(stage)
  })

  test('as it was written answers', async () => {
    expect((await stage.aid.userinfo(await accessToken())).status).toBe(200)
    expect(json(await stage.revenue.introspect(shared.accessToken))['active']).toBe(true)
  })

  test('that was moved to her says nothing about her', async () => {
    const token = await accessToken()
    await change(
      'AccessToken',
      token,
      `account_id = ?, payload = jsonb_set(payload, '{accountId}', to_jsonb(?::text))`,
      [marie.personId, marie.personId],
    )
    const answer = await stage.aid.userinfo(token)
    expect([answer.status, json(answer)['error']]).toEqual([401, 'invalid_token'])
    expect(json(await stage.aid.introspect(token))).toEqual({ active: false })
    expect(await told()).toEqual(['token'])
  })

  test('whose details were widened is not active', async () => {
    const other = await shareAsNewcomer(stage)
    await change(
      'AccessToken',
      other.accessToken,
      `payload = jsonb_set(payload, '{rar,0,datatypes}', '["cat_x"]')`,
    )
    expect(json(await stage.revenue.introspect(other.accessToken))).toEqual({ active: false })
  })

  test('that lives longer than it was given is not active', async () => {
    const token = await accessToken()
    await change('AccessToken', token, `expires_at = expires_at + interval '1 hour'`)
    expect((await stage.aid.userinfo(token)).status).toBe(401)
  })

  test('a code that was used and is made unused gives nothing', async () => {
    const errand = await stage.aid.begin()
    const code = codeOf(callbackOf(await paul.browser.get(errand.url)))
    expect((await stage.aid.redeem(code, errand)).status).toBe(200)
    await change('AuthorizationCode', code, 'consumed_at = null')
    const again = await stage.aid.redeem(code, errand)
    expect([again.status, json(again)['error']]).toEqual([400, 'invalid_grant'])
  })

  test('a refresh token of his that was moved to her gives nothing', async () => {
    const other = await shareAsNewcomer(stage)
    const refresh = String(other.tokens['refresh_token'])
    await change(
      'RefreshToken',
      refresh,
      `account_id = ?, payload = jsonb_set(payload, '{accountId}', to_jsonb(?::text))`,
      [marie.personId, marie.personId],
    )
    const answer = await stage.aid.refresh(refresh)
    expect([answer.status, json(answer)['error']]).toEqual([400, 'invalid_grant'])
  })

  test('client credentials with a wider scope open no API', async () => {
    const token = String(
      json(await stage.aid.clientCredentials(`${stage.issuer}/access`, 'search'))['access_token'],
    )
    expect((await stage.aid.read('/access/v1/none', token)).status).toBe(404)
    await change(
      'ClientCredentials',
      token,
      `payload = jsonb_set(payload, '{scope}', '"search decide"')`,
    )
    const answer = await stage.aid.api('/access/v1/evaluation', token, {})
    expect(answer.status).toBe(401)
  })
})

describe('a visit', () => {
  test('into which a sign-in of hers was written leads nowhere', async () => {
    const browser = makeBrowser(stage)
    const page = await browser.follow((await stage.aid.begin()).url)
    const id = page.url.split('/').at(-1) ?? ''
    const { rows } = await stage.db.raw<{ rows: { epoch: number }[] }>(
      'select session_epoch as epoch from accounts where person_id = ?',
      [marie.personId],
    )
    const login = {
      accountId: marie.personId,
      acr: 'urn:accord:aal:2',
      amr: ['pop', 'mfa'],
      ts: Math.floor(Date.now() / 1000),
      remember: false,
      factorIds: [],
      sessionEpoch: rows[0]?.epoch ?? 0,
    }
    await untyped(stage.db)('oidc_artifacts')
      .where({ id: Buffer.from(rowId('Interaction', id), 'hex') })
      .update({
        account_id: marie.personId,
        payload: stage.db.raw('payload || ?::jsonb', [JSON.stringify({ result: { login } })]),
      })
    const resumed = await browser.follow(`${stage.issuer}/auth/${id}`)
    expect(resumed.location).toBeUndefined()
    expect(resumed.status).toBe(404)
    expect(isSignedOut(await browser.get('/acces'))).toBe(true)
    expect(await told()).toEqual(['visit'])
  })

  test('as it was written goes on to the service', async () => {
    const browser = makeBrowser(stage)
    const page = await browser.follow((await stage.aid.begin()).url)
    const { action, fields, options } = formOf(page)
    const credential = marie.authenticator.get(options)
    const { location = '' } = await browser.post(action, { ...fields, credential })
    expect(callbackOf(await browser.follow(location)).searchParams.has('code')).toBe(true)
  })
})

describe('a session that was ended and put back with its own seal', () => {
  type Deed = (sessions: Sessions, tx: Transaction, of: Who) => Promise<unknown>
  type Who = { readonly personId: string; readonly uid: string }

  /** Whether her pages open after a deed, with the row of her session as it was before. */
  async function opensAfter(deed: Deed): Promise<boolean> {
    const { browser, personId } = await signUp(stage, stage.aid)
    const id = sessionId(browser)
    const row = await untyped(stage.db)('oidc_sessions').where({ id }).first<{ uid: string }>()
    const sessions = makeSessions(
      { db: stage.db, clock: () => new Date() },
      await sealsOf(stage.keysDir),
    )
    await transact(stage.db, (tx) => deed(sessions, tx, { personId, uid: row.uid }))
    await stage.db.raw('delete from oidc_sessions where id = ?', [id])
    await untyped(stage.db)('oidc_sessions').insert(row)
    return !isSignedOut(await browser.get('/acces'))
  }

  test('is no session of an access that is not there', async () => {
    const seals = await sealsOf(stage.keysDir)
    const sessions = makeSessions({ db: stage.db, clock: () => new Date() }, seals)
    const [nobody, factorId] = [newPersonId(), newPersonId()]
    const by = { factorId, provider: 'none', session: undefined, isUnnamedToo: true }
    expect(
      await transact(stage.db, async (tx) => [
        await sessions.end(tx, nobody),
        await sessions.endFromElsewhere(tx, nobody, by),
      ]),
    ).toEqual([0, 0])
  })

  test('stays ended where all sessions were', async () => {
    expect(await opensAfter((sessions, tx, { personId }) => sessions.end(tx, personId))).toBe(false)
    expect(
      await opensAfter((sessions, tx, { personId }) => sessions.endForGood(tx, personId)),
    ).toBe(false)
  })

  test('stays ended where all others were, and the one at hand goes on', async () => {
    expect(
      await opensAfter((sessions, tx, { personId }) =>
        sessions.end(tx, personId, { but: 'another' }),
      ),
    ).toBe(false)
    expect(
      await opensAfter((sessions, tx, { personId, uid }) =>
        sessions.end(tx, personId, { but: uid }),
      ),
    ).toBe(true)
  })

  // What remains, until the end that its seal covers: docs/design/proof.md says so.
  test('opens where it alone was ended', async () => {
    expect(
      await opensAfter((sessions, tx, { personId, uid }) =>
        sessions.end(tx, personId, { only: uid }),
      ),
    ).toBe(true)
  })
})

describe('a standing', () => {
  test.each([
    ['suspended', 'suspended_at = null'],
    ['closed', 'closed_at = null, erase_at = null'],
  ])('that is %s and was set back opens nothing, and nobody signs in', async (is, change) => {
    const { browser, personId, authenticator } = await signUp(stage, stage.aid)
    const now = new Date()
    await setStanding(
      stage,
      personId,
      is === 'closed'
        ? { closedAt: now, eraseAt: new Date(now.getTime() + 86_400_000) }
        : { suspendedAt: now },
    )
    await stage.db.raw(`update accounts set ${change} where person_id = ?`, [personId])
    expect(isSignedOut(await browser.get('/acces'))).toBe(true)

    const again = makeBrowser(stage)
    const { action, fields, options } = formOf(await again.follow((await stage.aid.begin()).url))
    const answer = await again.post(action, { ...fields, credential: authenticator.get(options) })
    expect([answer.status, answer.location]).toEqual([400, undefined])
    expect(isSignedOut(await again.get('/acces'))).toBe(true)
    const told = await stage.db('activity').where({ personId, reason: 'standing' })
    expect(told).toHaveLength(1)
  })

  test('that was changed permits nothing to bodies', async () => {
    const shared = await shareAsNewcomer(stage)
    const token = await holderToken(stage, 'decide')
    expect((await decide(stage, token, evaluation(shared.sub))).decision).toBe(true)
    const { accountId } = await stage
      .db('oidcArtifacts')
      .where({ id: Buffer.from(rowId('AccessToken', shared.accessToken), 'hex') })
      .first<{ accountId: string }>()
    await setStanding(stage, accountId, { status: 'deceased' })
    await stage.db.raw(`update persons set status = 'active' where person_id = ?`, [accountId])
    const denied = await decide(stage, token, evaluation(shared.sub))
    expect(denied.decision).toBe(false)
    expect(JSON.stringify(denied.context)).toContain('RECORD_UNTRUSTED')
    await setStanding(stage, accountId, { status: 'active' })
    expect((await decide(stage, token, evaluation(shared.sub))).decision).toBe(false)
  })

  test('of a work access permits nothing, and opens no page of a person; whoever writes it by SQL is found by the next decision', async () => {
    const shared = await shareAsNewcomer(stage)
    const { browser } = shared
    const { accountId: personId } = await stage
      .db('oidcArtifacts')
      .where({ id: Buffer.from(rowId('AccessToken', shared.accessToken), 'hex') })
      .first<{ accountId: string }>()
    const token = await holderToken(stage, 'decide')
    const asked = () => decide(stage, token, evaluation(shared.sub))
    const write = (use: string) =>
      stage.db.raw('update accounts set use = ? where person_id = ?', [use, personId])
    await write('work')
    const denied = await asked()
    expect(denied.decision).toBe(false)
    expect(JSON.stringify(denied.context)).toContain('RECORD_UNTRUSTED')
    expect(isSignedOut(await browser.get('/acces'))).toBe(true)
    await write('own')
    expect((await asked()).decision).toBe(true)
    expect(isSignedOut(await browser.get('/acces'))).toBe(false)

    await setStanding(stage, personId, { use: 'work' })
    const ofNobody = await asked()
    expect(ofNobody.decision).toBe(false)
    expect(JSON.stringify(ofNobody.context)).not.toContain('RECORD_UNTRUSTED')
    expect(isSignedOut(await browser.get('/acces'))).toBe(true)
    await write('own')
    expect((await asked()).decision).toBe(false)
    expect(isSignedOut(await browser.get('/acces'))).toBe(true)
  })

  test('that no deed seals again', async () => {
    const { browser, personId } = await signUp(stage, stage.aid)
    await stage.db.raw(
      'update accounts set session_epoch = session_epoch + 1 where person_id = ?',
      [personId],
    )
    await setStanding(stage, personId, { suspendedAt: new Date() })
    await setStanding(stage, personId, { suspendedAt: null })
    expect(isSignedOut(await browser.get('/acces'))).toBe(true)
  })
})

describe('a connection', () => {
  test('that was moved to her gives no token, and the next sign-in opens another', async () => {
    const { browser, personId, callback, errand } = await signUp(stage, stage.aid)
    const tokens = json(await stage.aid.redeem(codeOf(callback), errand))
    const token = String(tokens['access_token'])
    expect((await stage.aid.userinfo(token)).status).toBe(200)
    await stage.db.raw(
      `update connections set claims = '{everything}' where person_id = ? and service_id = ?`,
      [personId, stage.aid.clientId],
    )
    expect((await stage.aid.userinfo(token)).status).toBe(401)
    const again = await stage.aid.begin()
    const redeemed = await stage.aid.redeem(codeOf(callbackOf(await browser.get(again.url))), again)
    expect(redeemed.status).toBe(200)
    const rows = await stage.db('connections').where({ personId, serviceId: stage.aid.clientId })
    expect(rows.filter(({ endedAt }: { endedAt: Date | null }) => endedAt === null)).toHaveLength(1)
    expect(rows).toHaveLength(2)
    expect((await stage.aid.userinfo(token)).status).toBe(401)
  })
})

describe('what was proved in a visit', () => {
  test('counts as it was written, and not once it is hers', async () => {
    const own = await signUp(stage, stage.aid, { workingCodes: 1 })
    const browser = makeBrowser(stage)
    const page = await browser.follow((await stage.aid.begin({ prompt: 'login' })).url)
    const id = page.url.split('/').at(-1) ?? ''
    // He has shown a recovery code of his own, which opens the choice of a new way in.
    const recovery = formOf(await browser.get(`${page.url}/recuperation`))
    const code = own.codes[0] ?? ''
    const shown = await browser.post(recovery.action, { ...recovery.fields, code })
    expect(shown.status).toBe(303)
    expect((await browser.get(`${page.url}/nouvelle-cle`)).status).toBe(200)
    const attempt = { visitIdSha256: visitHash(id) }
    const moved = await stage
      .db('signinAttempts')
      .where(attempt)
      .update({ personId: marie.personId })
    expect(moved).toBe(1)
    expect((await browser.get(`${page.url}/nouvelle-cle`)).status).toBe(303)
    expect(await told()).toEqual(['attempt'])
    await stage
      .db('signinAttempts')
      .where(attempt)
      .update({ personId: own.personId, proof: 'passkey' })
    expect((await browser.get(page.url)).location).toBeUndefined()
  })
})
