import { createHash } from 'node:crypto'
import * as jose from 'jose'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readId } from '../../../src/base/values/ids.ts'
import type { Answer } from '../../support/browser.ts'
import { formOf } from '../../support/browser.ts'
import { callbackOf, codeOf, issuer, postAndFollow } from '../../support/broker.ts'
import { thumbprintOf } from '../../support/endorsing.ts'
import { claimsIn, newestReceipt } from '../../support/receipts.ts'
import { json } from '../../support/service.ts'
import { sendForm } from '../../support/signed-answers.ts'
import { signedFields } from '../../support/signing.ts'
import type { Shared, Stage } from '../../support/sharing.ts'
import {
  askNewcomer,
  decide,
  detail,
  evaluation,
  holderToken,
  redeem,
  reportOf,
  startStage,
  stop,
} from '../../support/sharing.ts'

// Two organisations that lay side by side everything we gave them about one person find nothing that is equal, but for the
// one consent whose parties they are (I21). Nor do our own logs tell.

const shortest = 8
const dependants = 'cat_personnes-a-charge'

/** What one person's life here gave to each side, and what we know of her. */
type Life = {
  readonly aid: ReadonlySet<string>
  readonly revenue: ReadonlySet<string>
  readonly consentId: string
  /** What each calls her and her session, `sub` and `sid`. */
  readonly names: { readonly aid: readonly string[]; readonly revenue: readonly string[] }
  /** What leaves to nobody. */
  readonly inside: readonly string[]
  /** Her key, its id, what it signed, and hashes of them, in hex and base64: they are in her own events and receipts alone. */
  readonly key: readonly string[]
  /** What only its holder may have. */
  readonly bearers: readonly string[]
}

let stage: Stage
let first: Life
let second: Life

beforeAll(async () => {
  vi.stubEnv('LOG_LEVEL', 'debug')
  stage = await startStage()
  first = await live()
  second = await live()
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await stage.stop()
})

async function live(): Promise<Life> {
  const [aid, revenue] = [new Set<string>(), new Set<string>()]
  const asked = await askNewcomer(stage)
  const fields = signedFields(asked.page, asked.authenticator, {
    choice: 'granted',
    optional: [dependants],
  })
  const sent = await sendForm(
    asked.browser,
    `${new URL(asked.page.url).pathname}/autorisation`,
    fields,
  )
  const next = formOf(await asked.browser.follow(sent.location ?? ''))
  const callback = callbackOf(await postAndFollow(asked.browser, next.action, next.fields))
  const shared = await redeem(stage, asked, callback)
  const key = await ofHerKey(shared, String(fields['credential']))
  const refresh = String(shared.tokens['refresh_token'])
  collect(aid, callback.href, shared.tokens)
  collectAnswer(aid, await stage.aid.introspect(shared.accessToken))
  collectAnswer(aid, await stage.aid.introspect(refresh))
  collectAnswer(aid, await stage.aid.refresh(refresh))

  const signedIn = await signInAtRevenue(shared)
  collect(revenue, signedIn.callback.href, signedIn.tokens)
  collectAnswer(revenue, await stage.revenue.introspect(shared.accessToken))
  collectAnswer(revenue, await stage.revenue.userinfo(String(signedIn.tokens['access_token'])))
  const [token, reportToken] = [
    await holderToken(stage, 'decide'),
    await holderToken(stage, 'report'),
  ]
  const permit = await decide(stage, token, evaluation(shared.sub, { categories: [dependants] }))
  collect(revenue, permit)
  collectAnswer(revenue, await stage.revenue.api('/disclosures', reportToken, reportOf(permit)))
  const inside = [...(await known(shared)), ...(await sessionsOf(shared))]

  await stop(shared.browser, shared.consentId)
  const { items } = json(await stage.revenue.read('/disclosures/effects', reportToken)) as {
    items: readonly { consent_id: string }[]
  }
  collect(
    revenue,
    items.filter(({ consent_id: id }) => id === shared.consentId),
  )
  collect(revenue, await decide(stage, token, evaluation(shared.sub)))
  collectAnswer(revenue, await stage.revenue.introspect(shared.accessToken))
  collectAnswer(aid, await stage.aid.refresh(refresh))
  return {
    aid,
    revenue,
    consentId: shared.consentId,
    names: { aid: namesIn(shared.tokens), revenue: namesIn(signedIn.tokens) },
    inside,
    key,
    bearers: [shared.accessToken, refresh, codeOf(callback), codeOf(signedIn.callback), token],
  }
}

async function signInAtRevenue({ browser }: Shared) {
  const errand = await stage.revenue.begin()
  const callback = callbackOf(await browser.follow(errand.url))
  return { callback, tokens: json(await stage.revenue.redeem(codeOf(callback), errand)) }
}

function namesIn(tokens: Shared['tokens']): string[] {
  const { sub, sid } = jose.decodeJwt(String(tokens['id_token']))
  return [sub, sid].map(String)
}

/** The ids of the person and of what is hers in our tables. */
async function known({ consentId }: Shared): Promise<string[]> {
  const key = { consentId: readId('con', consentId) }
  const row = await stage.db('consentRecord').where(key).first<Record<string, string>>()
  return [row?.['personId'], row?.['requestId'], row?.['presentationId']].map(String)
}

async function ofHerKey(shared: Shared, credential: string): Promise<string[]> {
  const jwt = await newestReceipt(shared.browser, shared.consentId)
  const { signed } = JSON.parse(claimsIn(jwt).ledger.payload) as {
    signed: { jwk: Record<string, string>; authenticator_data: string; signature: string }
  }
  const { id, response } = JSON.parse(credential) as {
    id: string
    response: { clientDataJSON: string }
  }
  const { x = '', y = '' } = signed.jwk
  const own = [id, x, y, signed.signature, signed.authenticator_data, response.clientDataJSON]
  const bytes = own.map((text) => Buffer.from(text, 'base64url'))
  const point = Buffer.concat([
    Buffer.from([4]),
    Buffer.from(x, 'base64url'),
    Buffer.from(y, 'base64url'),
  ])
  const hashed = [...bytes, point, Buffer.from(JSON.stringify(signed.jwk))].map((one) =>
    createHash('sha256').update(one).digest(),
  )
  const thumbprint = Buffer.from(thumbprintOf(signed.jwk), 'base64url')
  const forms = ['hex', 'base64', 'base64url'] as const
  return [...bytes, point, ...hashed, thumbprint].flatMap((one) =>
    forms.map((form) => one.toString(form).replaceAll('=', '')),
  )
}

async function sessionsOf(shared: Shared): Promise<string[]> {
  const [accountId] = await known(shared)
  const sessions: { uid: string }[] = await stage.db('oidcSessions').where({ accountId })
  const uids = sessions.map(({ uid }) => uid)
  const keys: { credentialId: Buffer }[] = await stage.db('passkeys').where({ personId: accountId })
  return [...uids, ...keys.map(({ credentialId }) => credentialId.toString('base64url'))]
}

function collectAnswer(into: Set<string>, { body, headers }: Answer): void {
  collect(into, JSON.parse(body), headers['x-request-id'])
}

/** Every text inside, JWTs and URLs opened. */
function collect(into: Set<string>, ...values: readonly unknown[]): void {
  for (const value of values) {
    if (typeof value === 'object' && value !== null) collect(into, ...Object.values(value))
    if (typeof value !== 'string' || value.length < shortest) continue
    into.add(value)
    collect(into, ...partsOf(value))
  }
}

function partsOf(text: string): unknown[] {
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text))
    return [jose.decodeProtectedHeader(text), jose.decodeJwt(text), text.split('.')[2]]
  const url = /^https?:/.test(text) ? URL.parse(text) : null
  return url === null ? [] : [...url.searchParams.values()]
}

const ofTheRegister = `aide-etudes agence-revenu dst_avis-cotisation@1 pur_calcul-aide@1
  agr_2026-001@1 consent_53`
const ofTheProtocol = `stop_disclosing CONSENT_ACTIVE CONSENT_REVOKED ask_consent report_disclosure recorded
  invalid_grant decision+jwt disclosure-ack+jwt urn:accord:aal:2`
const words = new Set([
  ...`${ofTheRegister} ${ofTheProtocol}`.split(/\s+/),
  ...Object.values(detail()).flat().map(String),
  issuer,
  `${issuer}/disclosures`,
  `${issuer}/api/errors#grant`,
  // The log of the year is everybody's.
  `${new URL(issuer).host}/log/${new Date().getUTCFullYear()}/p0`,
])

/** Words of the protocol and of the register, sentences, times, and names of keys: of services, and of ours. */
function isPublic(text: string): boolean {
  const isKey = [stage.aid.thumbprint, stage.revenue.thumbprint, ...keyIds].includes(text)
  const isTime = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)
  const isSentence = /^[^\d_]+ [^\d_]+$/.test(text)
  return words.has(text) || isKey || isTime || isSentence
}

const keyIds = new Set<string>()
beforeAll(() => {
  for (const { aid, revenue } of [first, second])
    for (const text of [...aid, ...revenue])
      if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text))
        keyIds.add(jose.decodeProtectedHeader(text).kid ?? '')
})

function common(one: ReadonlySet<string>, other: ReadonlySet<string>): string[] {
  return [...one].filter((text) => other.has(text) && !isPublic(text))
}

test('both sides have collected enough for a comparison', () => {
  for (const { aid, revenue, consentId } of [first, second]) {
    expect(aid.size).toBeGreaterThan(25)
    expect(revenue.size).toBeGreaterThan(40)
    for (const side of [aid, revenue]) expect(side).toContain(consentId)
  }
  // The few keys that sign, and not an identifier for each person.
  expect(keyIds.size).toBe(2)
})

test('about one person the two sides have only the consent’s id in common', () => {
  for (const { aid, revenue, consentId } of [first, second])
    expect(common(aid, revenue)).toEqual([consentId])
})

test('about two people no side has a value in common', () => {
  const sides = [first.aid, first.revenue]
  for (const side of sides)
    for (const other of [second.aid, second.revenue]) expect(common(side, other)).toEqual([])
})

test('each side has its own identifiers for the person and her session, and never the other side’s', () => {
  for (const { aid, revenue, names } of [first, second]) {
    for (const name of names.aid) expect(aid).toContain(name)
    for (const name of names.revenue) expect(revenue).toContain(name)
    for (const text of revenue) expect(names.aid.filter((name) => text.includes(name))).toEqual([])
    for (const text of aid) expect(names.revenue.filter((name) => text.includes(name))).toEqual([])
  }
})

test('only the recipient learns the arrangement’s id', () => {
  for (const { aid, revenue } of [first, second]) {
    expect([...aid].filter((text) => text.startsWith('arr_'))).toHaveLength(1)
    expect([...revenue].filter((text) => text.startsWith('arr_'))).toEqual([])
  }
})

test('internal ids are given to nobody, in no encoding', () => {
  for (const { aid, revenue, inside } of [first, second]) {
    const hidden = inside.flatMap(writings)
    expect(hidden.length).toBeGreaterThan(5)
    for (const text of [...aid, ...revenue])
      expect(hidden.filter((form) => text.includes(form))).toEqual([])
  }
})

test('her key, its id, what it signed and any hash of them are given to no body, to no log and to nobody who reads ours', async () => {
  const published = await publicBytes()
  for (const { aid, revenue, key } of [first, second]) {
    expect(key.length).toBeGreaterThan(40)
    for (const text of [...aid, ...revenue])
      expect(key.filter((form) => text.includes(form))).toEqual([])
    expect(key.filter((form) => stage.output().includes(form))).toEqual([])
    expect(key.filter((form) => published.includes(form))).toEqual([])
  }
})

/**
 * What everybody can read: the commitments of people's events, which are the entries of the log and the bytes of its tiles, in hex and base64;
 * the register; and what leads to them.
 */
async function publicBytes(): Promise<string> {
  const rows: { commitment: Buffer }[] = await stage.db('ledgerEvent').select('commitment')
  expect(rows.length).toBeGreaterThan(10)
  const forms = ['hex', 'base64', 'base64url'] as const
  const entries = rows.flatMap(({ commitment }) => forms.map((form) => commitment.toString(form)))
  const { browser } = await askNewcomer(stage)
  const paths = [
    '/log/leaves',
    '/log/policy',
    '/keys',
    '/jwks',
    '/.well-known/openid-configuration',
  ]
  const served = await Promise.all(paths.map((path) => browser.get(path)))
  expect(served.map(({ status }) => status)).toEqual(paths.map(() => 200))
  const register = await stage.db('registerObjects').select('content')
  return [...entries, ...served.map(({ body }) => body), JSON.stringify(register)].join(' ')
}

test('no log line of either process identifies a person', () => {
  const lines = stage.output()
  expect(lines.split('\n').length).toBeGreaterThan(40)
  for (const { inside, names, bearers, consentId } of [first, second]) {
    const secret = [
      ...inside.flatMap(writings),
      ...names.aid,
      ...names.revenue,
      ...bearers,
      consentId,
    ]
    expect(secret.filter((text) => lines.includes(text))).toEqual([])
  }
})

/** An id as uuid, hex, base64 and base32. */
function writings(id: string): string[] {
  if (!/^[\da-f]{8}-[\da-f-]{27}$/.test(id)) return [id]
  const hex = id.replaceAll('-', '')
  const bytes = Buffer.from(hex, 'hex')
  return [id, hex, bytes.toString('base64url'), bytes.toString('base64')]
}
