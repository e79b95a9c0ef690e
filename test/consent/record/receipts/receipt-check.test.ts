import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as jose from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReceiptClaims } from '../../../../src/consent/record/index.ts'
import { dpvView } from '../../../../src/consent/record/index.ts'
import { checkReceipt } from '../../../../src/consent/record/receipts/receipt-check.ts'
import { publicKeys, signStatement } from '../../../../src/base/keys/jws.ts'
import { createMissingKeys, openKeys } from '../../../../src/base/keys/keys.ts'
import type { Keys } from '../../../../src/base/keys/keys.ts'
import { callTool } from '../../../support/tool.ts'
import { claimsIn, newestReceipt, receiptProblems, receiptsOn } from '../../../support/receipts.ts'
import { signLog } from '../../../support/sign-log.ts'
import type { Shared, Stage } from '../../../support/sharing.ts'
import { shareAsNewcomer, startStage } from '../../../support/sharing.ts'
import { statementsBy } from '../../../support/statements.ts'
import { canonical, commitmentTo, logEntry } from '../../../../src/ledger/chain/index.ts'
import type { Payload } from '../../../../src/ledger/chain/index.ts'

// Anybody checks a receipt without us: by the published keys alone. Whoever changes a letter is found out.

let stage: Stage
let shared: Shared
let keys: Keys
let jwt: string
let claims: ReceiptClaims
let dir: string

beforeAll(async () => {
  stage = await startStage()
  keys = await openKeys(stage.keysDir)
  shared = await shareAsNewcomer(stage, {}, ['cat_personnes-a-charge'])
  jwt = await newestReceipt(shared.browser, shared.consentId)
  claims = claimsIn(jwt)
  dir = mkdtempSync(join(tmpdir(), 'accord-receipt-'))
}, 180_000)

afterAll(async () => {
  rmSync(dir, { recursive: true, force: true })
  await stage.stop()
})

function resigned(change: object): Promise<string> {
  return signStatement(statementsBy(keys), 'consent-receipt+jwt', { ...claims, ...change })
}

function withClaims(changed: object): string {
  const [head, , end] = jwt.split('.')
  return [head, Buffer.from(JSON.stringify(changed)).toString('base64url'), end].join('.')
}

/** Every member that holds no other, by its path. */
function leavesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]))
}

function changedAt<T>(value: T, [name = '', ...rest]: readonly string[]): T {
  const copy: unknown = Array.isArray(value) ? [...(value as unknown[])] : { ...value }
  const members = copy as Record<string, unknown>
  members[name] = rest.length === 0 ? other(members[name]) : changedAt(members[name], rest)
  return copy as T
}

function other(leaf: unknown): unknown {
  if (typeof leaf === 'boolean') return !leaf
  return typeof leaf === 'number' ? leaf + 1 : `${String(leaf)}x`
}

test('an unchanged receipt is verified with the published keys alone', async () => {
  const checked = await checkReceipt(jwt, publicKeys(keys))
  expect(checked).toMatchObject({ holds: true })
  expect(JSON.stringify(checked)).toContain(claims.ledger.entry)
})

test('a receipt with any member changed or removed is refused by its signature', async () => {
  const paths = leavesOf(claims)
  expect(paths.length).toBeGreaterThan(50)
  for (const path of paths) {
    const changed = changedAt(claims, path)
    expect(changed).not.toEqual(claims)
    expect({ path, ...(await checkReceipt(withClaims(changed), publicKeys(keys))) }).toMatchObject({
      holds: false,
      because: expect.stringContaining('signature'),
    })
  }
  for (const name of Object.keys(claims)) {
    const { [name as 'iss']: _left, ...rest } = claims
    expect(await checkReceipt(withClaims(rest), publicKeys(keys))).toMatchObject({ holds: false })
  }
})

test.each<[string, () => object, RegExp]>([
  ['another payload', () => ({ ledger: { ...claims.ledger, payload: '{}' } }), /hash of its event/],
  [
    'another hash',
    () => ({ ledger: { ...claims.ledger, payload_jcs_sha256: '0'.repeat(64) } }),
    /hash of its event/,
  ],
  [
    'another salt',
    () => ({ ledger: { ...claims.ledger, salt: Buffer.alloc(32).toString('base64') } }),
    /another entry/,
  ],
  [
    'another entry',
    () => ({ ledger: { ...claims.ledger, entry: Buffer.alloc(34).toString('base64') } }),
    /another entry/,
  ],
  ['no event of a ledger', () => ({ ledger: {} }), /no event of a ledger/],
  ['no ledger', () => ({ ledger: null }), /no event of a ledger/],
  [
    'another kind',
    () => ({ event: [{ ...claims.event[0], event_kind: 'consent.refused' }] }),
    /another kind/,
  ],
  [
    'another time',
    () => ({ event: [{ ...claims.event[0], event_time: '2020-01-01T00:00:00.000Z' }] }),
    /another recorded_at/,
  ],
  ['another event', () => ({ event: [{ ...claims.event[0], event_id: 'evt_1' }] }), /event_id/],
  ['another consent', () => ({ record_id: 'con_1' }), /consent_id/],
  ['no event', () => ({ event: [] }), /another kind/],
  [
    'a lifting that is none',
    () => ({ signature_lifted: claims.ledger }),
    /of a lifting is of some/,
  ],
])('a receipt with %s is refused although we signed it', async (_, change, because) => {
  const checked = await checkReceipt(await resigned(change()), publicKeys(keys))
  expect(checked).toMatchObject({ holds: false, because: expect.stringMatching(because) })
})

test('what a receipt of ours does not name is left open in what is said of it', async () => {
  const { collected_by: _by, ...event } = JSON.parse(claims.ledger.payload) as Payload
  const payload = canonical(event)
  const entry = logEntry(commitmentTo(Buffer.from(claims.ledger.salt, 'base64'), payload))
  const hash = createHash('sha256').update(payload).digest('hex')
  const ledger = { ...claims.ledger, payload, entry: entry.toString('base64') }
  const checked = await checkReceipt(
    await resigned({ ledger: { ...ledger, payload_jcs_sha256: hash }, receipt_id: undefined }),
    publicKeys(keys),
  )
  expect(checked).toMatchObject({
    holds: true,
    says: [
      `The signature holds. Signed by ${claims.iss}, receipt ?.`,
      expect.anything(),
      expect.anything(),
      'The answer has no signature of a passkey: the broker recorded it, after ?.',
      'It says no more than the page that was shown.',
    ],
  })
})

test('a receipt by a key of decisions or of another broker, or another document, is refused', async () => {
  await createMissingKeys(join(dir, 'others'))
  const others = await openKeys(join(dir, 'others'))
  const [decision] = keys.decision
  const header = { typ: 'consent-receipt+jwt', alg: 'ES256', kid: decision?.kid ?? '' }
  const byDecisionKey = new jose.SignJWT({ ...claims }).setProtectedHeader(header)
  for (const [text, by] of [
    [await byDecisionKey.sign(decision ?? new Uint8Array()), publicKeys(keys)],
    [await signStatement(statementsBy(others), 'consent-receipt+jwt', claims), publicKeys(keys)],
    [await signStatement(statementsBy(keys), 'decision+jwt', claims), publicKeys(keys)],
    [jwt, publicKeys(others)],
    [jwt, { keys: [] }],
    ['', publicKeys(keys)],
    ['not a receipt', publicKeys(keys)],
  ] as const)
    expect(await checkReceipt(text, by)).toMatchObject({ holds: false })
})

test('the schema accepts exactly the receipts that are issued', () => {
  expect(receiptProblems(claims)).toEqual([])
  expect(receiptProblems({ ...claims, person_id: 'x' })).toHaveLength(1)
  for (const name of Object.keys(claims)) {
    const { [name as 'iss']: _left, ...rest } = claims
    // Of an answer alone: a stop has nothing to say of what an answer leads to.
    const isOptional = ['sending', 'presented'].includes(name)
    expect(receiptProblems(rest)).toEqual(isOptional ? [] : [expect.stringContaining(name)])
  }
})

test('as JSON-LD it says the same in the words of the Data Privacy Vocabulary', async () => {
  const [path = ''] = await receiptsOn(shared.browser, shared.consentId)
  const file = await shared.browser.get(`${path}/dpv`)
  const asked = await shared.browser.get(path, { headers: { accept: 'application/ld+json' } })
  expect(file.headers).toMatchObject({
    'content-type': expect.stringContaining('application/ld+json'),
    'content-disposition': `attachment; filename="${claims.receipt_id}.json"`,
    'cache-control': 'no-store',
  })
  expect(asked.body).toBe(file.body)
  expect((await shared.browser.get(path)).headers).toMatchObject({
    'content-type': expect.stringContaining('text/html'),
    vary: expect.stringContaining('Accept'),
  })
  expect(JSON.parse(file.body)).toMatchObject({
    '@type': ['dpv:ConsentRecord'],
    'dct:conformsTo': expect.stringContaining('dpv-27560:'),
    'dpv:hasIdentifier': shared.consentId,
    'dpv:hasProcess': [
      {
        'dpv:hasDataController': ['org_aide-etudes'],
        'dpv:hasDataSource': ['org_agence-revenu'],
        'dpv:hasProcess': [
          {
            'dpv:hasPersonalData': [{}, {}, { 'dpv:hasNecessity': 'dpv:Optional' }],
            'dpv:hasConsentStatus': [{ '@type': ['dpv:ConsentGiven'] }],
          },
        ],
      },
    ],
    'dpv:hasEntity': { 'org_aide-etudes': {}, 'org_agence-revenu': {} },
  })
})

test('in JSON-LD every prefix is declared, and salt and payload stay in the signed file', () => {
  // The receipt of an answer lists its effects; that of a later deed names the state after it.
  const { sending, ...later } = claims
  const statuses = {
    active: 'dpv:ConsentGiven',
    refused: 'dpv:ConsentRefused',
    revoked: 'dpv:ConsentWithdrawn',
    suspended: 'dpv:ConsentStatusInvalidForProcessing',
    expired: 'dpv:ConsentExpired',
    superseded: 'dpv:ConsentStatusInvalidForProcessing',
    void: 'dpv:ConsentInvalidated',
  } as const
  const views = (Object.keys(statuses) as (keyof typeof statuses)[]).map((state) => {
    const view = dpvView({ ...later, event: [{ ...claims.event[0], event_state: state }] })
    expect(statusesIn(view)).toEqual([statuses[state]])
    return view
  })
  expect(sending).toBeDefined()
  for (const view of [dpvView(claims), ...views]) {
    const { '@context': context, ...rest } = view as Record<string, object>
    const text = JSON.stringify(rest)
    const prefixes = [...text.matchAll(/"([a-z0-9-]+):[A-Za-z]/g)].map(([, prefix = '']) => prefix)
    const known = [...Object.keys(context ?? {}), 'urn', 'http', 'https', 'iss_sub']
    expect(prefixes.filter((prefix) => !known.includes(prefix))).toEqual([])
    for (const secret of [claims.ledger.salt, claims.ledger.entry, 'prev_commitment'])
      expect(text).not.toContain(secret)
  }
})

/** The status of each list of categories in a view. */
function statusesIn(view: object): string[] {
  return [...JSON.stringify(view).matchAll(/ConsentStatus":\[\{"@type":\["([^"]+)"/g)].map(
    ([, status = '']) => status,
  )
}

test('in JSON-LD a category that she left out, one that is sensitive, and a body with its policy say so', () => {
  const [purpose] = claims.purposes
  const [first, second, ...others] = purpose.pii_information
  const { sending: _sending, ...later } = claims
  if (first === undefined || second === undefined) throw new Error('a sharing of two categories')
  const { pii_iri: _iri, ...plain } = first
  const information = [
    { ...plain, sensitive_pii_category: true, pii_consented: true },
    { ...second, sensitive_pii_category: false, pii_iri: 'https://w3id.org/dpv/pd#Income' },
    ...others.map((one) => ({ ...one, pii_consented: false })),
  ]
  const [holder, ...bodies] = claims.parties
  if (holder === undefined) throw new Error('a body that holds')
  const { party_contact: _contact, ...silent } = holder
  const view = dpvView({
    ...later,
    purposes: [{ ...purpose, pii_information: information }],
    parties: [{ ...silent, party_url: 'https://exemple.test/politique' }, ...bodies],
  })
  expect(statusesIn(view)).toEqual(['dpv:ConsentGiven', 'dpv:ConsentRefused'])
  expect(view).toMatchObject({
    'dpv:hasProcess': [
      {
        'dpv:hasProcess': [
          {
            'dpv:hasPersonalData': [
              { '@type': ['dpv:SensitivePersonalData'] },
              { '@type': ['dpv:PersonalData'], 'skos:broader': 'https://w3id.org/dpv/pd#Income' },
            ],
          },
          { 'dpv:hasPersonalData': others.map(({ pii_type }) => ({ 'dct:identifier': pii_type })) },
        ],
      },
    ],
    'dpv:hasEntity': { [holder.party_id]: { 'dct:source': 'https://exemple.test/politique' } },
  })
  expect(view).not.toHaveProperty(['dpv:hasEntity', holder.party_id, 'dpv:hasContact'])
})

test('the file is the signed text byte for byte, named by its number, and not cached', async () => {
  const [path = ''] = await receiptsOn(shared.browser, shared.consentId)
  const file = await shared.browser.get(`${path}/jwt`)
  expect(file.headers).toMatchObject({
    'content-type': expect.stringContaining('application/jwt'),
    'content-disposition': `attachment; filename="${claims.receipt_id}.jwt"`,
    'cache-control': 'no-store',
  })
  expect(file.body).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
})

function kept(name: string, text: string): string {
  const file = join(dir, name)
  writeFileSync(file, text)
  return file
}

async function verify(...args: readonly string[]) {
  return verifyBy(stage.keysDir, ...args)
}

async function verifyBy(keysDir: string, ...args: readonly string[]) {
  const { code, out, err } = await callTool(['receipt', ...args], { KEYS_DIR: keysDir })
  return { code, output: out, complaint: err }
}

test('`accord receipt verify` needs no database: 0 for one that holds, 1 for one that does not', async () => {
  const good = kept('good.jwt', `${jwt}\n`)
  const bad = kept('bad.jwt', withClaims({ ...claims, record_id: 'con_1' }))
  const published = kept('keys.json', (await shared.browser.get('/keys')).body)
  const [plain, byFile, changed] = await Promise.all([
    verify('verify', good),
    verify('verify', good, '--keys', published),
    verify('verify', bad),
  ])
  expect([plain.code, byFile.code, changed.code]).toEqual([0, 0, 1])
  expect(plain.output).toContain('The signature holds.')
  expect(plain.output).toContain(claims.ledger.entry)
  expect(byFile.output).toBe(plain.output)
  expect(changed.complaint).toMatch(/^The receipt does not hold: its signature/)
  // What was not checked, and how it is.
  expect(plain.output).toContain('Not checked here: whether a public log holds this entry. ')
  expect(plain.output).toContain('receipt verify FILE PROOF --policy')
  const [path = ''] = await receiptsOn(shared.browser, shared.consentId)
  const file = (await shared.browser.get(`${path}/fichier`)).body
  expect(await verify('verify', kept('recu.html', file))).toEqual(plain)
  const other = file.replace(/(<pre id="receipt">[^<]{200})./, '$1_')
  expect((await verify('verify', kept('other.html', other))).complaint).toBe(changed.complaint)
})

test('the command names a wrong argument in one sentence, and shows its usage', async () => {
  const good = kept('same.jwt', jwt)
  const [large, noKeys] = [kept('large', 'x'.repeat(70_000)), kept('no-keys', '{"keys":7}')]
  const runs = await Promise.all([
    verify('verify', join(dir, 'nowhere')),
    verify('verify', dir),
    verify('verify', large),
    verify('verify', good, '--keys', noKeys),
    verify('verify', good, '--keys', 'http://127.0.0.1:9/keys'),
    verify('verify'),
    verify('verify', good, '--keys'),
    verify('verify', good, '--key', 'x'),
    verify('show', good),
  ])
  expect(runs.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2])
  for (const { code, complaint } of runs)
    expect(complaint.trim().split('\n').length === 1).toBe(code === 1)
})

test('the command says which keys, which log or which file it cannot use', async () => {
  const good = kept('whose.jwt', jwt)
  const document = kept('agreement.json', '{"kind":"agreement","id":"agr_x","version":1}')
  const [none, broken] = [kept('none', '{"keys":[7]}'), kept('broken', '{')]
  const [large, policy] = [kept('much', 'x'.repeat(300_000)), kept('whose', 'quorum none\n')]
  const published = (await shared.browser.get('/keys')).body
  const house = createServer((request, response) => {
    const isThere = request.url === '/keys'
    response.writeHead(isThere ? 200 : 404).end(isThere ? published : '')
  }).listen(0, '127.0.0.1')
  await once(house, 'listening')
  const at = `http://127.0.0.1:${(house.address() as AddressInfo).port}`
  const told = async (run: ReturnType<typeof verify>) => (await run).complaint.trim()
  expect(await told(verifyBy(dir, 'verify', good))).toBe(
    'Which keys? Give --keys: the key of receipts is not in KEYS_DIR.',
  )
  for (const file of [none, broken])
    expect(await told(verify('verify', good, '--keys', file))).toBe(
      `${file} holds no keys as /keys publishes them.`,
    )
  expect(await told(verify('verify', good, '--keys', large))).toBe(
    `${large} is larger than 262144 bytes.`,
  )
  expect(await told(verify('verify', good, large))).toBe('Whose log? Give --policy.')
  const ofDocument = 'A document is shown by its place in a log: give its proof, and --policy.'
  expect(await told(verify('verify', document))).toBe(ofDocument)
  expect(await told(verify('verify', document, good))).toBe(ofDocument)
  expect(await told(verify('verify', document, good, '--policy', policy))).toBe(
    'The proof does not hold: it is no proof of a log.',
  )
  expect(await told(verify('verify', good, good, '--policy', `${at}/nowhere`))).toBe(
    `${at}/nowhere is not there.`,
  )
  expect(await told(verify('verify', good, good, '--policy', `${at}/keys`))).toBe(
    `${at}/keys has a line 1 that is none of a policy.`,
  )
  expect(await verify('verify', good, '--keys', `${at}/keys`)).toMatchObject({ code: 0 })
  house.close()
  await once(house, 'close')
  expect(await told(verify('verify', good, '--keys', `${at}/keys`))).toBe(
    `${at}/keys does not answer as it should.`,
  )
})

test('with a proof the command confirms the entry in the public log; a changed or foreign proof is refused', async () => {
  const path = `/mes-partages/${shared.consentId}/recus/${claims.receipt_id}/preuve`
  // Nothing is in a signed tree yet.
  expect((await shared.browser.get(path)).status).toBe(409)
  await signLog(stage.db, stage.keysDir)
  const proof = await shared.browser.get(path)
  expect(proof.status).toBe(200)
  expect(String(proof.headers['content-disposition'])).toContain('.tlog-proof')
  const policy = kept('policy', (await shared.browser.get('/log/policy')).body)
  const [receipt, good] = [kept('proved.jwt', jwt), kept('good.tlog-proof', proof.body)]
  const other = await shareAsNewcomer(stage)
  const otherJwt = kept('other.jwt', await newestReceipt(other.browser, other.consentId))
  expect((await other.browser.get(path)).status).toBe(404)
  const lines = proof.body.split('\n')
  const cut = kept('cut', [...lines.slice(0, 2), ...lines.slice(3)].join('\n'))
  const moved = kept(
    'moved',
    proof.body.replace(/^index (\d+)/m, (_, n) => `index ${Number(n) + 1}`),
  )
  const forged = kept(
    'forged',
    proof.body.replace(/\n(\d+)\n/, (_, n) => `\n${Number(n) + 1}\n`),
  )
  const stranger = kept(
    'stranger',
    'log journal.quebec.example/2026/p0+d3ac454e+AdBKsjJ0K7SrOhNovUYV5ObQIkq3GgFrr4UgozLJd4c3\nquorum none\n',
  )
  const strict = kept(
    'strict',
    `${(await shared.browser.get('/log/policy')).body.replace('quorum none', '')}
witness w temoin.cai.example/1+5bd9e2c0+BKCapfR6Z1mAL/lV+NwtKhSlyZ0jvpf4ZBJ/+Tg0VaTw
quorum w
`,
  )
  const runs = await Promise.all([
    verify('verify', receipt, good, '--policy', policy),
    verify('verify', otherJwt, good, '--policy', policy),
    ...[cut, moved, forged, receipt].map((bad) =>
      verify('verify', receipt, bad, '--policy', policy),
    ),
    verify('verify', receipt, good, '--policy', stranger),
    verify('verify', receipt, good, '--policy', strict),
    verify('verify', receipt, good, '--policy', receipt),
    verify('verify', receipt, good),
  ])
  // The demonstration of a test has no witness: nothing wrong is found, and nothing is proved.
  expect(runs.map(({ code }) => code)).toEqual([3, 1, 1, 1, 1, 1, 1, 1, 1, 1])
  expect(runs[0]?.output).toContain(`of ${claims.ledger.origin}, in the signed tree of `)
  expect(runs[0]?.output).not.toContain('Not checked')
  expect(runs[7]?.complaint).toContain('too few of the witnesses')
  expect(runs[0]?.complaint).toContain('demands no witness')
  const json = await verify('verify', receipt, good, '--policy', policy, '--json')
  expect(json.code).toBe(3)
  expect(JSON.parse(json.output)).toMatchObject({
    holds: false,
    because: expect.stringContaining('demands no witness'),
    says: expect.arrayContaining([expect.stringContaining('in the signed tree of')]),
  })
  for (const { complaint } of runs.slice(1)) expect(complaint.trim().split('\n')).toHaveLength(1)
})
