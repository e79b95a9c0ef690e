import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { join } from 'node:path'
import Koa from 'koa'
import type { Adapter, AdapterPayload, KoaContextWithOIDC } from 'oidc-provider'
import { describe, expect, test } from 'vitest'
import { openLog } from '../../../src/base/logging/log.ts'
import { Refusal, Unavailable } from '../../../src/base/values/refusal.ts'
import type { Foundation } from '../../../src/base/web/foundation.ts'
import { makeAdapter } from '../../../src/provider/unit/adapter.ts'
import {
  backchannelFeature,
  mayInitiateCiba,
} from '../../../src/provider/ciba/backchannel-authentication.ts'
import { claimsIn, registeredClaims } from '../../../src/provider/tokens/claims.ts'
import { commit } from '../../../src/provider/unit/commit.ts'
import { openConnection } from '../../../src/provider/unit/grant-model.ts'
import { queueLogoutTokens } from '../../../src/provider/unit/backchannel-logout.ts'
import { proofsOfToken } from '../../../src/provider/unit/replay-model.ts'
import { ensureRead } from '../../../src/provider/unit/unit-reads.ts'
import { goOnIn, requestUnit } from '../../../src/provider/unit/request-unit.ts'
import { emptyRowsRead, withRows } from '../../../src/provider/unit/rows-read.ts'
import { endSession } from '../../../src/provider/unit/session-model.ts'
import { pingSeals } from '../../../src/provider/ciba/ciba-seal.ts'
import type { Unit } from '../../../src/provider/unit/unit.ts'
import { newUnit, rowId, runInUnit } from '../../../src/provider/unit/unit.ts'
import type { ArtifactRow, Row, SessionRow, Writes } from '../../../src/provider/unit/unit-rows.ts'
import { closedVisit, leaveVisit } from '../../../src/provider/unit/interaction-model.ts'
import type { UntrustedRow } from '../../../src/people/accounts/index.ts'
import type { LiveRegister, Register } from '../../../src/registry/index.ts'

const now = new Date('2026-05-04T10:00:00Z')
const seconds = now.getTime() / 1000
const accountId = '0196a000-0000-7000-8000-000000000001'
const adapterOf = makeAdapter(
  () => ({}),
  () => [],
)

// What was seen.

test('a later read makes a new value and does not change the earlier one', () => {
  const first = withRows(emptyRowsRead, [artifactRow('a'), sessionRow('s1', 'u')])
  const second = withRows(first, [
    artifactRow('b'),
    { kind: 'account', account_id: accountId, payload: { use: 'own' }, nickname: null },
    { kind: 'account', account_id: 'work', payload: { use: 'work' }, nickname: null },
  ])

  expect([...first.artifacts.keys()]).toEqual(['a'])
  expect(first.accounts.size).toBe(0)
  expect([...second.artifacts.keys()]).toEqual(['a', 'b'])
  // A work access is nobody here.
  expect([...second.accounts.keys()]).toEqual([accountId])
  expect(second.sessions.get('s1')).toBe(first.sessions.get('s1'))
  expect(emptyRowsRead.artifacts.size).toBe(0)
})

test('a row that is read twice keeps its first version', () => {
  const first = withRows(emptyRowsRead, [artifactRow('a', { version: 1 })])
  const second = withRows(first, [artifactRow('a', { version: 2 })])
  expect(second.artifacts.get('a')?.version).toBe(1)
})

test('of two rows of one session, the last used one is found by the uid', () => {
  const rows: Row[] = [
    sessionRow('s1', 'u'),
    sessionRow('s2', 'u'),
    { kind: 'authorization', uid: 'u', client_id: 'app', payload: { sid: 'sid' }, seal: null },
    { kind: 'authorization', uid: 'other', client_id: 'app', payload: { sid: 'no' }, seal: null },
  ]
  const seen = withRows(emptyRowsRead, rows)
  expect(seen.sessionsByUid.get('u')?.id).toBe('s2')
  expect([...seen.sessions.keys()]).toEqual(['s1', 's2'])
  expect(seen.sessions.get('s1')?.authorizations).toEqual({ app: { sid: 'sid' } })
})

test('rows that a read brought along are not read again', async () => {
  const { unit, reads } = makeUnit([artifactRow('a', { uid: 'u', account_id: accountId })])
  await ensureRead(unit, { artifacts: ['a'] })
  await ensureRead(unit, { artifacts: ['a'], sessionUids: ['u'], accounts: [accountId] })
  expect(reads).toHaveLength(1)
  await ensureRead(unit, { artifacts: ['b'] })
  expect(reads).toHaveLength(2)
})

// What is pending.

test('the library sees a pending code as put, used or deleted', async () => {
  const { unit } = makeUnit()
  await runInUnit(unit, async () => {
    const codes = adapterOf('AuthorizationCode')
    await codes.upsert('raw', codePayload(), 60)
    expect(await codes.find('raw')).toMatchObject({ jti: 'raw', accountId, exp: seconds + 60 })
    await codes.consume('raw')
    expect(await codes.find('raw')).toMatchObject({ consumed: seconds })
    await codes.destroy('raw')
    expect(await codes.find('raw')).toBeUndefined()
  })
})

test('the library sees a read code as used or deleted as soon as that is pending', async () => {
  const key = rowId('AuthorizationCode', 'raw')
  const { unit, writes } = makeUnit([artifactRow(key, { payload: { ...codePayload() } })])
  await runInUnit(unit, async () => {
    const codes = adapterOf('AuthorizationCode')
    expect(await codes.find('raw')).not.toHaveProperty('consumed')
    await codes.consume('raw')
    expect(await codes.find('raw')).toMatchObject({ consumed: seconds })
    await codes.destroy('raw')
    expect(await codes.find('raw')).toBeUndefined()
  })
  expect(unit.seen.artifacts.get(key)?.payload).not.toHaveProperty('consumed')
  await commit(unit)
  expect(writes[0]).toMatchObject({
    consumed: [{ id: key, row: { consumed_at: seconds } }],
    dropped: [key],
    artifacts: [],
  })
})

test('changes that the library makes to a payload do not reach the rows or the pending writes', async () => {
  const key = rowId('AuthorizationCode', 'seen')
  const { unit } = makeUnit([artifactRow(key, { payload: { ...codePayload(), amr: ['pwd'] } })])
  await runInUnit(unit, async () => {
    const codes = adapterOf('AuthorizationCode')
    const given = { ...codePayload(), amr: ['pwd'] }
    await codes.upsert('put', given, 60)
    given.amr.push('otp')
    for (const id of ['seen', 'put']) {
      const found = await codes.find(id)
      found?.amr?.push('otp')
      expect(await codes.find(id)).toMatchObject({ amr: ['pwd'] })
    }
  })
})

test('a code becomes a row without its id, a use of its connection and a line of activity', async () => {
  const { unit, writes } = makeUnit()
  const connection = openConnection(unit, accountId, 'app')
  const grantId = `${connection.connection_id}.uid`
  await put(unit, adapterOf('AuthorizationCode'), 'raw', { ...codePayload(), jti: 'raw', grantId })
  await commit(unit)

  expect(JSON.stringify(writes)).not.toContain('"raw"')
  const [{ artifacts, opened, activities }] = one(writes)
  expect(artifacts).toMatchObject([
    {
      id: rowId('AuthorizationCode', 'raw'),
      grant_id: grantId,
      connection_id: connection.connection_id,
      version: 0,
      expires_at: seconds + 60,
    },
  ])
  expect(opened).toMatchObject([
    {
      row: { connection_id: connection.connection_id, account_id: accountId },
      opened: { payload: { scopes: ['openid'] } },
    },
  ])
  expect(activities).toMatchObject([{ kind: 'service.signed-in', person_id: accountId }])
})

test('an access token is a row, without a use or a line of activity', async () => {
  const { unit, writes } = makeUnit()
  await put(unit, adapterOf('AccessToken'), 'raw', { ...codePayload(), grantId: 'c.u' })
  await commit(unit)
  const [{ artifacts, opened, activities }] = one(writes)
  expect([artifacts.length, opened.length, activities.length]).toEqual([1, 0, 0])
})

test('a connection opened for a code that was not issued is not written', async () => {
  const { unit, writes } = makeUnit()
  openConnection(unit, accountId, 'app')
  await commit(unit)
  expect(writes).toEqual([])
})

test('the row of a visit has no bearer value, and the library gets the visit unchanged', async () => {
  const { unit, writes } = makeUnit()
  const visit = {
    iat: seconds,
    returnTo: 'https://accord.test/auth/visit-id',
    parJti: 'pushed-id',
    params: { client_id: 'app' },
    session: { accountId, uid: 'u', cookie: 'cookie-id' },
  } as unknown as AdapterPayload
  await put(unit, adapterOf('Interaction'), 'visit-id', visit, 4 * 3600)
  await commit(unit)

  for (const raw of ['visit-id', 'pushed-id', 'cookie-id'])
    expect(JSON.stringify(writes)).not.toContain(raw)
  const row = one(one(writes)[0].artifacts)[0] as { id: string; payload: ArtifactRow['payload'] }
  expect(row).toMatchObject({
    account_id: accountId,
    client_id: 'app',
    parent_id: rowId('PushedAuthorizationRequest', 'pushed-id'),
    expires_at: seconds + 3600,
  })

  const ids = ['pushed-id', 'row:guessed'].map((id) => rowId('PushedAuthorizationRequest', id))
  const later = makeUnit([
    artifactRow(row.id, { payload: row.payload, version: 1 }),
    ...ids.map((id) => artifactRow(id)),
  ])
  await runInUnit(later.unit, async () => {
    const found = await adapterOf('Interaction').find('visit-id')
    expect(found).toMatchObject({ returnTo: 'https://accord.test/auth/visit-id', jti: 'visit-id' })
    // By the name that the visit gives it, and by no other, its pushed request is found.
    const pushed = adapterOf('PushedAuthorizationRequest')
    for (const name of [String(found?.['parJti']), 'row:guessed']) {
      expect(await pushed.find(name)).toMatchObject({ jti: name })
      await pushed.consume(name)
    }
  })
  await commit(later.unit)
  expect(one(later.writes)[0].consumed.map(({ id }) => id)).toEqual(ids)
})

test('an ended visit is no longer found, and ends once', async () => {
  const key = rowId('Interaction', 'id')
  const payload = { browser: browser.held, iat: seconds }
  const { unit, writes } = makeUnit([artifactRow(key, { payload })])
  await runInUnit(unit, async () => {
    const visits = adapterOf('Interaction')
    expect(await visits.find('id')).toBeDefined()
    await visits.destroy('id')
    expect(await visits.find('id')).toBeUndefined()
  })
  await commit(unit)
  expect(writes).toMatchObject([{ ended: [{ id: key }], dropped: [], artifacts: [] }])
  // Nothing about the person is left, and an answer under way finds another version.
  expect(one(one(writes)[0].ended)[0].row).toMatchObject({
    payload: { browser: browser.held },
    version: 2,
    consumed_at: seconds,
    account_id: null,
  })
})

test('a session with a new cookie is one row that names the old one; a sign-out ends the session', async () => {
  const old = sessionRow(rowId('Session', 'old'), 'u')
  const rotated = makeUnit([old])
  await runInUnit(rotated.unit, async () => {
    const sessions = adapterOf('Session')
    expect(await sessions.find('old')).toMatchObject({ uid: 'u', jti: 'old' })
    await sessions.destroy('old')
    const given = { uid: 'u', accountId, jti: 'new', amr: ['pwd'] }
    await sessions.upsert('new', given, 60)
    given.amr.push('otp')
  })
  await commit(rotated.unit)
  expect(one(rotated.writes)[0].sessions).toMatchObject([
    {
      deed: 'put',
      row: { uid: 'u', id: rowId('Session', 'new'), account_id: accountId },
      old_id: old.id,
    },
  ])
  expect(one(rotated.writes)[0].sessions).toMatchObject([{ row: { payload: { amr: ['pwd'] } } }])

  const signedOut = makeUnit([old])
  await runInUnit(signedOut.unit, async () => {
    const sessions = adapterOf('Session')
    await sessions.find('old')
    await sessions.destroy('old')
  })
  await commit(signedOut.unit)
  expect(one(signedOut.writes)[0].sessions).toEqual([{ deed: 'end', uid: 'u' }])

  // Nothing that was saved in the same request outlives the end.
  const savedBefore = makeUnit([old])
  await runInUnit(savedBefore.unit, async () => {
    const sessions = adapterOf('Session')
    await sessions.find('old')
    await sessions.upsert('old', { uid: 'u', accountId }, 60)
    await sessions.destroy('old')
  })
  await commit(savedBefore.unit)
  expect(one(savedBefore.writes)[0].sessions).toEqual([{ deed: 'end', uid: 'u' }])
})

test('all pending parts go into one write, even two parts with rows of one kind', async () => {
  const { unit, writes } = makeUnit([sessionRow('s', 'u')])
  await runInUnit(unit, async () => {
    await adapterOf('Session').findByUid('u')
    for (const model of ['AccessToken', 'Interaction'])
      await adapterOf(model).upsert(`put-${model}`, { ...codePayload(), iat: seconds }, 60)
    await adapterOf('AccessToken').destroy('dropped')
    await adapterOf('AccessToken').revokeByGrantId('revoked')
    await adapterOf('ReplayDetection').upsert(Buffer.alloc(32).toString('base64url'), {}, 60)
  })
  leaveVisit(unit, 'left')
  endSession(unit, 'u')
  queueLogoutTokens(unit, accountId, { told: { sid: 'sid' }, never: {} })
  await commit(unit)

  const [write] = one(writes)
  expect(write).toMatchObject({
    artifacts: [{ model: 'AccessToken' }, { model: 'Interaction' }],
    dropped: [rowId('AccessToken', 'dropped'), rowId('Interaction', 'left')],
    revoked: ['revoked'],
    sessions: [{ deed: 'end', uid: 'u' }],
    jobs: [{ payload: { clientId: 'told', accountId, sid: 'sid' }, max_attempts: 15 }],
  })
  expect(write.replays).toHaveLength(1)
})

test('a refused request writes only its proofs', async () => {
  const { unit, writes } = makeUnit()
  const proof = Buffer.alloc(32, 7)
  await put(unit, adapterOf('AccessToken'), 'raw', codePayload())
  await put(unit, adapterOf('ReplayDetection'), proof.toString('base64url'), {}, 300)
  unit.verdict.isRefused = true
  await commit(unit)
  const replays = [{ id: proof.toString('hex'), until: new Date(now.getTime() + 300_000) }]
  expect(writes).toMatchObject([{ replays, artifacts: [], activities: [] }])
})

test('a row that another request has put is a lost race; no other error is', async () => {
  const { unit } = makeUnit()
  const grantId = `${openConnection(unit, accountId, 'app').connection_id}.uid`
  await put(unit, adapterOf('AuthorizationCode'), 'raw', { ...codePayload(), jti: 'raw', grantId })
  const failing = (thrown: Error) => ({
    ...unit,
    store: { ...unit.store, apply: () => Promise.reject(thrown) },
  })
  const double = Object.assign(new Error('duplicate key'), { code: '23505' })
  expect(await commit(failing(double))).toEqual({ what: 'put', id: '' })
  await expect(commit(failing(new Error('the disk is full')))).rejects.toThrow('the disk is full')
})

test('who is asked for while the database is away is not said to be unknown', async () => {
  const { unit } = makeUnit()
  const away = new Error('away')
  const failing = { ...unit, store: { ...unit.store, servicesUsed: () => Promise.reject(away) } }
  const pings = pingSeals([randomBytes(32)])
  const { processLoginHint } = backchannelFeature({
    pairwise: { person: () => accountId },
    levels: [],
    pings,
  })
  const ctx = { oidc: { client: { organisation: 'org_desk' } } } as unknown as KoaContextWithOIDC
  const named = runInUnit(failing, async () => processLoginHint?.(ctx, 'sub'))
  await expect(named).rejects.toThrow(away)
  expect(unit.verdict.fault).toBe(away)
})

test('a service that has left the register asks for nothing, and may ask for nobody', () => {
  const { unit } = makeUnit()
  expect(registeredClaims(unit, 'left')).toEqual([])
  expect(mayInitiateCiba(unit.live.current(), 'left')).toBe(false)
  expect(claimsIn({})).toEqual([])
})

test('another look at a request knows the stored proofs of the earlier look, and nothing else', async () => {
  const { unit: before } = makeUnit([artifactRow('a')])
  await ensureRead(before, { artifacts: ['a'] })
  before.reading.notedProofs.add('noted')
  before.seen = { ...before.seen, usedProofs: new Set(['used']) }
  await put(before, adapterOf('AccessToken'), 'raw', codePayload())

  const again = newUnit({ ...before, before })
  expect([...again.reading.notedProofs, ...again.seen.usedProofs]).toEqual(['noted', 'used'])
  expect([again.seen.artifacts.size, again.pending.tokens.put.size]).toEqual([0, 0])

  // The proof beside its token is inserted by the first look that read at all.
  const hints = {
    ...before.request.hints,
    proof: { jti: 'jti', token: 'raw', until: now },
  }
  const request = { ...before.request, hints }
  const unread = newUnit({ ...before, before: undefined })
  expect(proofsOfToken(newUnit({ ...before, request, before }))).toEqual([])
  expect(proofsOfToken(newUnit({ ...before, request, before: unread }))).toMatchObject([
    hints.proof,
  ])
})

test('a visit that the library did not find is over, even if it stood open at the last look', async () => {
  const { unit } = makeUnit()
  const visits = adapterOf('Interaction')
  expect(closedVisit(unit, 'raw')).toEqual({ is: 'unknown' })
  await put(unit, visits, 'raw', { params: { client_id: 'app' } })
  expect(closedVisit(unit, 'raw')).toEqual({ is: 'expired', clientId: 'app', ownPath: undefined })
})

// Who was first.

describe('a request that lost a race is answered', () => {
  const ended = { refused: 'session.ended' }
  const used = { status: 400, body: { error: 'invalid_grant' } }
  test.each([
    ['GET', '/auth', 'session', { status: 303, location: '/auth' }],
    ['GET', '/auth', 'connection', { status: 303, location: '/auth' }],
    ['GET', '/auth/visit', 'ended', { status: 303, location: '/auth/visit' }],
    ['POST', '/session/end/confirm', 'session', ended],
    ['POST', '/auth', 'connection', { refused: 'visit.at-once' }],
    ['GET', '/auth/visit', 'proof', { refused: 'sign-in.overtaken' }],
    ['GET', '/auth/visit', 'put', { refused: 'visit.at-once' }],
    ['GET', '/device/visit', 'put', { status: 303, location: '/device/visit' }],
    ['POST', '/token', 'put', used],
  ])('%s %s by what it is now: %s', async (method, path, what, expected) => {
    expect(await afterRace(method, path, { what })).toMatchObject(expected)
  })

  test('at userinfo with a used proof, by the challenge of its scheme', async () => {
    const { status, body, challenge } = await afterRace('GET', '/userinfo', { what: 'replayed' })
    expect([status, body]).toMatchObject([401, { error: 'invalid_dpop_proof' }])
    expect(challenge).toBe('DPoP error="invalid_dpop_proof", algs="ES256"')
  })

  test('by 503 if the register moves at each of its looks', async () => {
    const looks: number[] = []
    const moves = { what: 'register', onLook: () => looks.push(looks.length) }
    expect(await afterRace('POST', '/token', moves)).toEqual({ refused: 'unavailable' })
    expect(looks).toHaveLength(3)
  })
})

test('work of our own ends without a write where its proof was used meanwhile', async () => {
  const { unit, writes } = makeUnit()
  const work = goOnIn(unit, async () => {
    const proof = Buffer.alloc(32, 3).toString('base64url')
    await adapterOf('ReplayDetection').upsert(proof, {}, 300)
    await adapterOf('AccessToken').upsert('raw', codePayload(), 60)
    // This read inserts the proof, and does not bring it back as new.
    await ensureRead(unit, { artifacts: ['a'] })
  })
  await expect(work).rejects.toMatchObject({ code: 'visit.at-once', status: 409 })
  expect(writes).toEqual([])
})

type Lost = { readonly what: string; readonly onLook?: () => unknown }

/** How a request of the provider is answered that writes a token, and of whose writes the database says that another was first. */
async function afterRace(method: string, path: string, { what, onLook }: Lost) {
  const { unit } = makeUnit()
  const lost = Object.assign(new Error(what), { code: 'AC001', detail: '2' })
  const store = { ...unit.store, apply: () => Promise.reject(lost) }
  const foundation = {
    clock: () => now,
    config: { kiosk: false },
    log: openLog('warn', { write: () => undefined }),
  } as unknown as Foundation // the request needs no more of it
  const serve = requestUnit({ foundation, live: unit.live, store, names: { session: 'sid' } }, () =>
    adapterOf('AccessToken').upsert('raw', codePayload(), 60).then(onLook),
  )
  const req = Object.assign(new IncomingMessage(new Socket()), { method, url: path })
  const ctx = new Koa().createContext(req, new ServerResponse(req))
  try {
    await serve(ctx, () => Promise.resolve())
  } catch (error) {
    if (error instanceof Unavailable) return { refused: 'unavailable' }
    if (error instanceof Refusal) return { refused: error.code }
    throw error
  }
  const { status, body, response } = ctx
  const [location, challenge] = [response.get('Location'), response.get('WWW-Authenticate')]
  return { status, body, location, challenge }
}

// Who touches which part.

const owners = {
  'pending.tokens': 'unit/token-model.ts',
  'pending.visits': 'unit/interaction-model.ts',
  'pending.session': 'unit/session-model.ts',
  'pending.connections': 'unit/grant-model.ts',
  'pending.proofs': 'unit/replay-model.ts',
  'pending.requests': 'unit/ciba-model.ts',
  'pending.notices': 'unit/backchannel-logout.ts',
  'seen =': 'unit/unit-reads.ts',
}

test('only its owner changes a pending part, and only reads replace the rows that were read', () => {
  const folder = join(import.meta.dirname, '../../../src/provider')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  const touched = names.flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8')
    const parts = [...text.matchAll(/\bpending\.\w+|(?<=\.)seen =(?!=)/g)].map(([part]) => part)
    return [...new Set(parts)].map((part) => [part, name])
  })
  expect(new Set(touched)).toEqual(new Set(Object.entries(owners)))
  // Nobody takes a part by another spelling.
  const spelt = names.filter((name) =>
    /pending: \{|= (unit|currentUnit\(\))\.pending$/m.test(
      readFileSync(join(folder, name), 'utf8'),
    ),
  )
  expect(spelt).toEqual([])
})

const browser = { held: 'ab'.repeat(32), make: () => 'ab'.repeat(32) }

/** A unit whose reads find these rows, if they are asked for them, and whose writes are kept. */
function makeUnit(rows: readonly Row[] = []) {
  const reads: unknown[] = []
  const writes: Writes[] = []
  const told: UntrustedRow[] = []
  const register = { epoch: 1, services: new Map<string, never>() } as Partial<Register> as Register
  const live: LiveRegister = { current: () => register, at: () => Promise.resolve(register) }
  const unit = newUnit({
    live,
    before: undefined,
    store: {
      read(read) {
        reads.push(read)
        const asked = rows.filter(({ kind }) => kind !== 'artifact')
        const found = rows.filter(
          (row) => row.kind === 'artifact' && read.wanted.artifacts.includes(row.id),
        )
        return Promise.resolve([...asked, ...found, { kind: 'register', payload: { epoch: 1 } }])
      },
      apply(applied) {
        writes.push(applied.writes)
        return Promise.resolve()
      },
      ending: () => Promise.resolve(undefined),
      poll: () => Promise.resolve(undefined),
      servicesUsed: () => Promise.resolve([]),
      tell(row) {
        told.push(row)
        return Promise.resolve()
      },
    },
    request: {
      now,
      requestId: 'request',
      hints: { wanted: {}, proof: undefined },
      device: () => 'Chrome, Linux',
      network: undefined,
      browser: () => browser,
      isKiosk: false,
      canDeny: false,
      locales: () => ({}),
    },
  })
  return { unit, reads, writes, told }
}

function put(unit: Unit, model: Adapter, id: string, payload: AdapterPayload, ttl = 60) {
  return runInUnit(unit, async () => {
    await model.upsert(id, payload, ttl)
  })
}

function codePayload(): AdapterPayload {
  return { accountId, clientId: 'app', grantId: 'connection.uid' }
}

function artifactRow(id: string, more: Partial<ArtifactRow> = {}): ArtifactRow {
  return {
    kind: 'artifact',
    id,
    model: 'AuthorizationCode',
    payload: {},
    version: 1,
    consumed_at: null,
    expires_at: seconds + 60,
    client_id: null,
    account_id: null,
    connection_id: null,
    grant_id: null,
    uid: null,
    parent_id: null,
    seal: null,
    ...more,
  }
}

function sessionRow(id: string, uid: string): SessionRow {
  return {
    kind: 'session',
    id,
    uid,
    payload: {},
    account_id: accountId,
    device: 'Chrome, Linux',
    network: null,
    signed_in_at: seconds,
    last_seen_at: seconds,
    expires_at: seconds + 60,
    factor_ids: [],
    session_epoch: 0,
    seal: null,
  }
}

function one<T>(list: readonly T[]): [T] {
  const [first] = list
  if (first === undefined || list.length !== 1)
    throw new Error(`${list.length} in the place of one`)
  return [first]
}
