import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Step } from '../../../public/js/verifier.js'
import { check } from '../../../public/js/verifier.js'
import { checkProof } from '../../../src/consent/record/receipt-check.ts'
import { readPolicy } from '../../../src/base/tlog/log-policy.ts'
import { signatureLine, signerFrom, splitNote } from '../../../src/base/tlog/note.ts'
import { publicKeys, signStatement } from '../../../src/base/platform/jws.ts'
import type { Keys } from '../../../src/base/platform/keys.ts'
import { openKeys } from '../../../src/base/platform/keys.ts'
import { pageOf } from '../../../src/ledger/verifier/page.ts'
import { words } from '../../../src/ledger/verifier/words.ts'
import { formOf } from '../../support/browser.ts'
import { openWindows } from '../../support/chromium.ts'
import { newFolder } from '../../support/fault-process.ts'
import { claimsIn, newestReceipt } from '../../support/receipts.ts'
import type { Shared, Stage } from '../../support/sharing.ts'
import { shareAsNewcomer, startStage } from '../../support/sharing.ts'
import { signLog } from '../../support/sign-log.ts'

let stage: Stage
let shared: Shared
let keys: Keys
let receipt: string
let proof: string
let trust: Parameters<typeof check>[2]

beforeAll(async () => {
  stage = await startStage()
  keys = await openKeys(stage.keysDir)
  shared = await shareAsNewcomer(stage)
  receipt = await newestReceipt(shared.browser, shared.consentId)
  await signLog(stage.db, stage.keysDir)
  const path = `/mes-partages/${shared.consentId}/recus/${claimsIn(receipt).receipt_id}/preuve`
  proof = (await shared.browser.get(path)).body
  trust = { keys: publicKeys(keys).keys, policy: (await shared.browser.get('/log/policy')).body }
}, 120_000)

afterAll(() => stage.stop())

const broken = (steps: readonly Step[]) =>
  steps.filter(({ holds }) => !holds).map(({ step }) => step)

test('a receipt and its proof are verified step by step', async () => {
  const steps = await check(receipt, proof, trust)
  expect(steps.map(({ step, holds }) => [step, holds])).toEqual(
    ['signature', 'entry', 'event', 'unsigned', 'proof', 'path', 'log', 'unwitnessed'].map(
      (step) => [step, true],
    ),
  )
  expect(broken(await check(receipt, '', trust))).toEqual([])
})

test('each change makes its own step fail', async () => {
  const claims = claimsIn(receipt)
  const resigned = (change: object) =>
    signStatement(keys, 'consent-receipt+jwt', { ...claims, ...change })
  const { ledger } = claims
  const witness =
    'witness w temoin.cai.example/1+5bd9e2c0+BKCapfR6Z1mAL/lV+NwtKhSlyZ0jvpf4ZBJ/+Tg0VaTw\nquorum w\n'
  const strict = { ...trust, policy: trust.policy.replace('quorum none\n', witness) }
  const cases: readonly [string, string, string, typeof trust][] = [
    ['signature', `${receipt.slice(0, -4)}AAAA`, proof, trust],
    ['signature', receipt, proof, { ...trust, keys: [] }],
    ['signature', 'x', proof, trust],
    [
      'entry',
      await resigned({ ledger: { ...ledger, salt: Buffer.alloc(32).toString('base64') } }),
      proof,
      trust,
    ],
    ['entry', await resigned({ ledger: {} }), proof, trust],
    ['event', await resigned({ record_id: 'con_0' }), proof, trust],
    ['proof', await resigned({ ledger: { ...ledger, origin: 'other/log/2026/p0' } }), proof, trust],
    ['proof', receipt, 'x', trust],
    ['proof', receipt, proof.replace('index ', 'index 0'), trust],
    [
      'path',
      receipt,
      proof.replace(/^index (\d+)/m, (_, n) => `index ${Number(n) === 0 ? 1 : Number(n) - 1}`),
      trust,
    ],
    [
      'path',
      receipt,
      proof.replace(/\n\n([^\n]+)\n(\d+)\n/, (_, o, n) => `\n\n${o}\n${Number(n) + 64}\n`),
      trust,
    ],
    ['log', receipt, proof.replace(/\S{8}=?\n$/, 'AAAAAA==\n'), trust],
    ['log', receipt, proof, { ...trust, policy: 'quorum none\n' }],
    ['witnesses', receipt, proof, strict],
  ]
  for (const [step, jwt, file, trusted] of cases)
    expect([step, broken(await check(jwt, file, trusted))]).toEqual([step, [step]])
})

test('the page is one file under 60 kB that loads nothing, with a CSP of hashes', async () => {
  const answer = await shared.browser.get('/verifier')
  expect(answer.status).toBe(200)
  const csp = String(answer.headers['content-security-policy'])
  expect(csp).toMatch(/^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'/)
  expect(csp).not.toContain('unsafe')
  const english = pageOf({ language: 'en', trust, csrf: 'x' })
  expect(english).toContain('<html lang="en-CA">')
  for (const page of [answer.body, english]) {
    expect(Buffer.byteLength(page)).toBeLessThan(60_000)
    expect(page).not.toMatch(/\s(?:src|href)=/)
    expect(page).not.toMatch(/\burl\(|@import|fetch\(|XMLHttpRequest|import\(/)
  }
  expect(Object.keys(words.en).toSorted()).toEqual(Object.keys(words.fr).toSorted())
})

test('the saved page works offline and requests nothing', async () => {
  const dir = newFolder()
  const saved = join(dir, 'verifier.html')
  writeFileSync(saved, (await shared.browser.get('/verifier')).body)
  for (const [name, text] of [
    ['r.jwt', receipt],
    ['p.tlog-proof', proof],
  ] as const)
    writeFileSync(join(dir, name), text)
  const chromium = await openWindows()
  const context = await chromium.newContext({
    offline: true,
    viewport: { width: 320, height: 900 },
  })
  const page = await context.newPage()
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(`file://${saved}`)
  await page.setInputFiles('#receipt-file', join(dir, 'r.jwt'))
  await page.setInputFiles('#proof-file', join(dir, 'p.tlog-proof'))
  await page.waitForFunction('document.querySelector("#proof").value.length > 0')
  await page.getByRole('button', { name: 'Vérifier' }).click()
  await page.getByRole('heading', { name: 'Tout est vérifié.' }).waitFor()
  expect(await page.locator('li.yes').count()).toBe(7)
  const width = await page.evaluate('document.documentElement.scrollWidth')
  expect(width).toBe(320)
  const shots = process.env['SHOTS']
  if (shots !== undefined) {
    await page.screenshot({ path: `${shots}/verifier-320.png`, fullPage: true })
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.screenshot({ path: `${shots}/verifier-1280.png`, fullPage: true })
  }
  await page.fill('#receipt', receipt.replace('.', '.A'))
  await page.getByRole('button', { name: 'Vérifier' }).click()
  await page.getByRole('heading', { name: 'Quelque chose ne va pas.' }).waitFor()
  expect(asked).toEqual([`file://${saved}`])
  await chromium.close()
})

test('an ML-DSA-44 witness counts if the browser can check it; otherwise the page says that it is not counted', async () => {
  const { text } = splitNote(proof.slice(proof.indexOf('\n\n') + 2))
  const edwards = signerFrom('temoin.test/1', 'cosignature', Buffer.alloc(32, 2))
  const lattice = signerFrom('temoin.test/2', 'ml-dsa-44', Buffer.alloc(32, 3))
  const file =
    proof + [edwards, lattice].map((one) => signatureLine(one, text, 1_800_000_000)).join('')
  const trusting = (...quorum: string[]) => {
    const lines = [edwards, lattice].map(({ verifier }, i) => `witness w${i + 1} ${verifier.vkey}`)
    return {
      ...trust,
      policy: trust.policy.replace('quorum none', [...lines, ...quorum].join('\n')),
    }
  }
  const [needed, either] = [
    trusting('quorum w2'),
    trusting('group any-of any w1 w2', 'quorum any-of'),
  ]
  expect(broken(await check(receipt, file, needed))).toEqual([])
  expect(checkProof(receipt, file, readPolicy(needed.policy)).holds).toBe(true)

  const chromium = await openWindows()
  const context = await chromium.newContext({
    offline: true,
    viewport: { width: 320, height: 900 },
  })
  await context.addInitScript({
    content: `const own = crypto.subtle.importKey.bind(crypto.subtle)
      crypto.subtle.importKey = (format, key, algorithm, ...rest) => algorithm === 'ML-DSA-44'
        ? Promise.reject(new DOMException('none', 'NotSupportedError')) : own(format, key, algorithm, ...rest)`,
  })
  const shots = process.env['SHOTS']
  for (const [name, language, trusted, heading, remark, classes] of [
    [
      'unsure',
      'fr',
      needed,
      'Ici, on ne peut pas tout vérifier.',
      'Elles ne comptent pas\u00a0: temoin.test/2',
      ['remark', 'no'],
    ],
    [
      'all-but',
      'en',
      either,
      'All that can be verified here is verified.',
      'They do not count: temoin.test/2',
      ['remark', 'yes'],
    ],
    [
      'unasked',
      'fr',
      trusting('quorum none'),
      'Tout ce qui peut être vérifié ici l’est.',
      'temoin.test/2',
      ['remark', 'yes'],
    ],
  ] as const) {
    const saved = join(newFolder(), 'verifier.html')
    writeFileSync(saved, pageOf({ language, trust: trusted, csrf: 'x' }))
    const page = await context.newPage()
    await page.goto(`file://${saved}`)
    await page.fill('#receipt', receipt)
    await page.fill('#proof', file)
    await page.locator('button').click()
    await page.getByRole('heading', { name: heading }).waitFor()
    expect(await page.locator('li.remark').last().innerText()).toContain(remark)
    const last = await page
      .locator('li')
      .evaluateAll((items) => items.map((item) => item.className))
    expect(last.slice(-2)).toEqual(classes)
    if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
    await page.close()
  }
  await chromium.close()
})

test('without JavaScript the form accepts a note with sixteen signatures of 5 kB', async () => {
  const { action, fields } = formOf(await shared.browser.get('/verifier'))
  const strangers = Array.from(
    { length: 16 },
    (_, i) => `— inconnu.test/${i} ${Buffer.alloc(5000, 255).toString('base64')}\n`,
  )
  const long = await shared.browser.post(action, {
    ...fields,
    receipt,
    proof: proof + strangers.join(''),
  })
  expect(long.status).toBe(200)
  expect(long.body).toContain('Tout est vérifié.')
})

test('without JavaScript the form gives the same result in words, and keeps the typed text', async () => {
  const { action, fields } = formOf(await shared.browser.get('/verifier'))
  const good = await shared.browser.post(action, {
    ...fields,
    receipt,
    proof: proof.replaceAll('\n', '\r\n'),
  })
  expect(good.status).toBe(200)
  expect(good.body).toContain('Tout est vérifié.')
  expect(good.body).toContain('Il dit : autorisé')
  expect(good.body).toContain('Aucun témoin indépendant')
  const bad = await shared.browser.post(action, { ...fields, receipt: '<b>&"', proof: '' })
  expect(bad.body).toContain('Quelque chose ne va pas.')
  expect(bad.body).toContain('&lt;b>&amp;&quot;')
  expect((await shared.browser.post(action, { ...fields, csrf: 'x', receipt, proof })).status).toBe(
    403,
  )
})

test('an independent check in Python gives the same result', () => {
  const dir = newFolder()
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const judge = (jwt: string, given: string) => {
    const args = [
      join(import.meta.dirname, 'judge.py'),
      file('receipt', jwt),
      file('proof', given),
      file('policy', trust.policy),
      file('keys', JSON.stringify(trust)),
    ]
    try {
      return execFileSync('python3', args, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }).trim()
    } catch (error) {
      return String((error as { stdout?: string }).stdout).trim()
    }
  }
  expect(judge(receipt, proof)).toMatch(/^holds/)
  const claims = claimsIn(receipt)
  expect(judge(receipt, proof.replace(/^index (\d+)/m, 'index 999'))).toBe('refused: path')
  const parts = receipt.split('.')
  const other = Buffer.from(
    JSON.stringify({ ...claims, ledger: { ...claims.ledger, payload: '{}' } }),
  ).toString('base64url')
  expect(judge([parts[0], other, parts[2]].join('.'), proof)).toMatch(
    /^refused: (signature|entry)$/,
  )
})
