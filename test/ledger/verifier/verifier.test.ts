import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linesOf } from '../../../public/js/receipt-said.js'
import type { Step } from '../../../public/js/verifier.js'
import { check } from '../../../public/js/verifier.js'
import { checkProof, checkReceipt } from '../../../src/consent/record/receipts/receipt-check.ts'
import { readPolicy } from '../../../src/base/tlog/log-policy.ts'
import { signatureLine, signerFrom, splitNote } from '../../../src/base/tlog/note.ts'
import { publicKeys, signStatement } from '../../../src/base/keys/jws.ts'
import type { Keys } from '../../../src/base/keys/keys.ts'
import { createMissingKeys, openKeys } from '../../../src/base/keys/keys.ts'
import { receiptFile, verifierFile } from '../../../src/ledger/verifier/page.ts'
import { saidWords } from '../../../src/ledger/verifier/said-words.ts'
import { words } from '../../../src/ledger/verifier/words.ts'
import { formOf } from '../../support/browser.ts'
import { openWindows } from '../../support/chromium.ts'
import { newFolder } from '../../support/fault-process.ts'
import { claimsIn, newestReceipt } from '../../support/receipts.ts'
import type { Shared, Stage } from '../../support/sharing.ts'
import { shareAsNewcomer, startStage } from '../../support/sharing.ts'
import { signLog } from '../../support/sign-log.ts'
import { statementsBy } from '../../support/statements.ts'

const tourLimitMs = 180_000

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
}, 180_000)

afterAll(() => stage.stop())

const broken = (steps: readonly Step[]) =>
  steps.filter(({ holds }) => !holds).map(({ step }) => step)

test('a receipt and its proof are verified step by step', async () => {
  const steps = await check(receipt, proof, trust)
  expect(steps.map(({ step, holds }) => [step, holds])).toEqual(
    ['signature', 'entry', 'event', 'unsigned', 'page', 'proof', 'path', 'log', 'unwitnessed'].map(
      (step) => [step, true],
    ),
  )
  expect(broken(await check(receipt, '', trust))).toEqual([])
  // No file is made of what these keys did not sign.
  const unsigned = { receipt: `${receipt.slice(0, -4)}AAAA`, proof, shown: undefined, trust }
  await expect(receiptFile(unsigned, 'fr')).rejects.toThrow('none of the published keys signed')
})

test('each change makes its own step fail', async () => {
  const claims = claimsIn(receipt)
  const resigned = (change: object) =>
    signStatement(statementsBy(keys), 'consent-receipt+jwt', { ...claims, ...change })
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

test('who has the key of receipts, a true receipt and its proof makes no other that both readers believe', async () => {
  const claims = claimsIn(receipt)
  const [purpose, [event]] = [claims.purposes[0], claims.event]
  const [first, ...rest] = purpose.pii_information
  const { sending } = claims
  const other = { pii_type: 'cat_dossier-sante', pii_label: { fr: 'santé', en: 'health' } }
  const party = (at: number, change: object) =>
    claims.parties.map((one, n) => (n === at ? { ...one, ...change } : one))
  const ofPurpose = (change: object) => ({ purposes: [{ ...purpose, ...change }] })
  const ofEvent = (change: object) => ({ event: [{ ...event, ...change }] })
  const changes: Readonly<Record<string, object>> = {
    'no in the place of yes': ofEvent({ event_type: 'refused' }),
    'another state': ofEvent({ event_state: 'refused' }),
    'a later end': ofEvent({ validity_duration: 'until 2099-01-01' }),
    'another recipient of the event': ofEvent({ entity_id: 'org_other' }),
    'another recipient': { parties: party(1, { party_id: 'org_other' }) },
    'another holder': { parties: party(0, { party_id: 'org_other' }) },
    'one more party': { parties: [...claims.parties, { ...claims.parties[1], party_id: 'org_x' }] },
    'another controller': ofPurpose({ pii_controllers: ['org_other'] }),
    'a third party': ofPurpose({ recipient_third_parties: ['org_aide-etudes', 'org_other'] }),
    'another source': ofPurpose({ collection_method: 'from org_other' }),
    'another agreement': { agreement: 'agr_2026-001@2' },
    'another dataset': { dataset: 'dst_other@1' },
    'another purpose': ofPurpose({ purpose_id: 'pur_other@1' }),
    'two purposes': { purposes: [purpose, purpose] },
    'another law': ofPurpose({ legal_basis_id: 'law_67' }),
    'days that were not asked for': ofPurpose({
      lookback: { from: '2000-01-01', to: '2026-01-01' },
    }),
    'one category more': ofPurpose({
      pii_information: [...purpose.pii_information, { ...first, ...other }],
    }),
    'one category less': ofPurpose({ pii_information: rest }),
    'a category as declined': ofPurpose({
      pii_information: [{ ...first, pii_consented: false }, ...rest],
    }),
    'another page': { privacy_notice: { ...claims.privacy_notice, rendered_sha256: '0' } },
    'a record that it replaces': { supersedes_record_id: 'con_1' },
    'one category sent more': { sending: { ...sending, sent: [...(sending?.sent ?? []), other] } },
    'what a stop leaves': { still: { data: [], not_counted: 'shown_later' } },
    'one category added': { sending: { ...sending, added: [other] } },
    'one category not sent': { sending: { ...sending, not_sent: [other] } },
    'a last day of its own': {
      sending: { ...sending, stands: [{ ...sending?.stands[0], last_day: '2099-01-01' }] },
    },
    'another frequency': {
      sending: {
        ...sending,
        stands: [{ ...sending?.stands[0], frequency: { count: 9, per: 'P1D' } }],
      },
    },
  }
  const published = publicKeys(keys)
  const found = await Promise.all(
    Object.entries(changes).map(async ([name, change]) => {
      const forged = { ...claims, ...change }
      const jwt = await signStatement(statementsBy(keys), 'consent-receipt+jwt', forged)
      expect(checkProof(jwt, proof, readPolicy(trust.policy)).holds).toBe(true)
      const [steps, command] = [await check(jwt, proof, trust), await checkReceipt(jwt, published)]
      return [name, broken(steps), command.holds]
    }),
  )
  expect(found).toEqual(Object.keys(changes).map((name) => [name, ['event'], false]))
  expect(await checkReceipt(receipt, published)).toMatchObject({ holds: true })
})

test('the words of a page as it was kept: a line each, also where only a break parts them', () => {
  expect(linesOf('<p>8&#39;30<br>40, avenue</p><dl><dt>Quoi</dt><dd>A <b>B</b></dd></dl>')).toEqual(
    ["8'30", '40, avenue', 'Quoi', 'A B'],
  )
})

test('the page stands in the frame of the site, and its policy lets one script run and nothing be sent', async () => {
  const answer = await shared.browser.get('/verifier')
  expect(answer.status).toBe(200)
  const csp = String(answer.headers['content-security-policy'])
  expect(csp).toMatch(/^default-src 'none'; script-src 'sha256-[^']+'; style-src 'self'/)
  expect(csp).not.toMatch(/unsafe|connect-src|https?:/)
  expect(answer.body).toContain('<nav class="menu"')
  expect(answer.body).toContain('href="/en/verifier" lang="en"')
  const [, script = ''] = /<script type="module">([^]*?)<\/script>/.exec(answer.body) ?? []
  expect(csp).toContain(createHash('sha256').update(script).digest('base64'))
  expect(script).not.toMatch(/\burl\(|fetch\(|XMLHttpRequest|import\b|sendBeacon|WebSocket/)
  const files = [await verifierFile('en', trust), await fileNow(), answer.body]
  for (const file of files) expect(Buffer.byteLength(file)).toBeLessThan(125_000)
  expect(Object.keys(words.fr).filter((key) => key in saidWords.fr)).toEqual([])
  for (const all of [words, saidWords])
    expect(Object.keys(all.en).toSorted()).toEqual(Object.keys(all.fr).toSorted())
})

test(
  'a file that is dropped is answered in one sentence, and nothing leaves the browser',
  { timeout: tourLimitMs },
  async () => {
    const { page, asked, close } = await window({ isAtSite: true })
    await page.goto(`${stage.issuer}/verifier`)
    await page.waitForLoadState('networkidle')
    asked.length = 0
    const drop = async (...files: readonly string[]) => {
      await page.setInputFiles('#file', [...files])
    }
    const says = async (title: string, lead: string) => {
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
      expect(await page.locator('#lead').innerText()).toContain(lead)
      expect(await page.evaluate('document.activeElement.id')).toBe('title')
    }
    const allowed = 'une personne a autorisé ce partage.'
    const file = await fileNow()
    await drop(kept('r.html', file))
    await says('Ce reçu est authentique', allowed)
    expect(await page.getByText('Il est inscrit au journal public').count()).toBe(1)
    expect(await page.locator('#answer .summary').innerText()).toContain('revenu net')
    await drop(kept('other.txt', 'Bonjour'))
    await says('Ce n’est pas un reçu', 'Ce fichier n’a pas la forme d’un reçu.')
    await drop(kept('r.jwt', receipt))
    await says('Ce reçu est authentique', allowed)
    expect(await page.getByText('n’a pas été vérifiée').count()).toBe(1)
    await drop(kept('p.tlog-proof', proof))
    await says('Il manque le reçu', 'Déposez-la avec son reçu.')
    await drop(kept('r.jwt', receipt), kept('p.tlog-proof', proof))
    await says('Ce reçu est authentique', allowed)
    expect(await page.locator('#steps li.yes').count()).toBe(8)
    await drop(kept('f.html', await signedByAnother()))
    await says('Ce reçu a été changé', 'une autre clé l’a signé')
    // What the file shows is compared with what was signed, in the file's own language.
    const english = await inEnglish(file)
    await drop(kept('e.html', english))
    await says('Ce reçu est authentique', allowed)
    await drop(kept('e.html', english.replace('<h1>You allowed', '<h1>You refused')))
    await says('Ce reçu a été changé', 'ne sont pas ceux qui sont signés')
    await drop(kept('h.html', file.replace('<h1>', '<h1 hidden>')))
    await says('Ce reçu a été changé', 'ne sont pas ceux qui sont signés')
    await drop(kept('lines.html', file.replaceAll('\n', '\r\n')))
    await says('Ce reçu est authentique', allowed)
    // A file of another version cannot be compared. Whoever changes one, or makes his own look like one, gets no more from the page than that.
    const older = file.replaceAll('Vous avez autorisé', 'Vous avez accepté')
    const others = [
      older,
      older.replace('<h1>Vous avez accepté', '<h1>Vous avez refusé'),
      file.replace('<h1>', '<h1>Tout est permis. ').replace('<style>', '<style>/* older */'),
      file.replace('<style>', '<style>h1 { display: none }'),
      file.replace('</main>', '</main><p>Et tout le reste.</p>'),
      file.replace('<script type="module">', '<script type="module">document.body.append("!");'),
      file.replace('<meta http-equiv', '<meta-http-equiv'),
    ]
    for (const [i, other] of others.entries()) {
      expect([i, other === file]).toEqual([i, false])
      await drop(kept('r.jwt', 'x'))
      await says('Ce n’est pas un reçu', '')
      await drop(kept('other.html', other))
      await says('Fiez-vous à cette page, pas au fichier', 'il peut montrer autre chose')
      expect(await page.locator('#kind-said').innerText()).toContain('son fichier ne l’est pas')
      expect(await page.locator('#head').getAttribute('class')).toBe('head warned')
      const told = await page.locator('#answer').innerText()
      expect(told).toContain(allowed)
      expect(told).toContain('revenu net')
      expect(told).not.toMatch(/accepté|refusé|Tout/)
    }
    expect(await page.locator('#steps .remark').last().textContent()).toContain('pas comparé')
    // What was signed decides first.
    await drop(kept('o.html', older.replace(/(<pre id="receipt">[^<]{200})./, '$1_')))
    await says('Ce reçu a été changé', 'une autre clé l’a signé')
    expect(asked.filter((url) => !/\/(?:icons|css|fonts)\/[\w.-]+$/.test(url))).toEqual([])
    await close()
  },
)

test(
  'the file of a receipt is read, and checks itself, without a network; what was changed in it is said in a sentence',
  { timeout: tourLimitMs },
  async () => {
    const file = await fileNow()
    const one = (from: RegExp | string, to: string) => {
      const changed = file.replace(from, to)
      expect([String(from).slice(0, 40), changed === file]).toEqual([
        String(from).slice(0, 40),
        false,
      ])
      return changed
    }
    const otherTree = proof.replace(
      /\n\n([^\n]+)\n(\d+)\n/,
      (_, o, n) => `\n\n${o}\n${Number(n) + 64}\n`,
    )
    const unchanged = 'La partie signée de ce fichier n’a pas changé'
    const reversed = file.replaceAll('Vous avez autorisé', 'Vous avez refusé')
    const cases: readonly [string, string, string][] = [
      ['as it is', file, unchanged],
      ['in English', await inEnglish(file), 'The signed part of this file has not changed'],
      ['whose words say the opposite, where the check finds them, too', reversed, unchanged],
      [
        'a letter of the receipt',
        one(/(<pre id="receipt">[^<]{200})./, '$1_'),
        'Ce reçu a été changé',
      ],
      ['another key', one(/"x":"[\w-]{4}/, '"x":"AAAA'), 'Ce reçu a été changé'],
      ['a proof of another tree', one(proof, otherTree), 'La preuve n’est pas celle de ce reçu'],
      [
        'a letter of what it says',
        one('<h1>Vous avez autorisé', '<h1>Vous avez refusé'),
        'Ce reçu a été changé',
      ],
      ['a word more', one('</dl>', '</dl><p>Et tout le reste.</p>'), 'Ce reçu a été changé'],
      ['a fingerprint', one(/(<code translate="no">)..../, '$10000'), 'Ce reçu a été changé'],
      [
        'a letter of what she read',
        one(/("shown":"[^]*?Autorisez)-vous/, '$1 vous'),
        'Ce reçu a été changé',
      ],
    ]
    const { page, asked, close } = await window()
    for (const [name, html, said] of cases) {
      const saved = kept('recu.html', html)
      await page.goto(`file://${saved}`)
      await page.locator('#verdict:not([class=""])[class]').waitFor()
      expect([name, await page.locator('#verdict h2').innerText()]).toEqual([name, said])
      expect(asked.splice(0)).toEqual([`file://${saved}`])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
      const box = await page.locator('#verdict').innerText()
      // A file vouches for its signed part alone: it shows that part, by no word of its own, and sends its reader to the page that compares.
      expect([name, /authenti/.test(box)]).toEqual([name, false])
      if (said !== unchanged) continue
      expect(await page.locator('#verdict').getAttribute('class')).toBe('plain')
      expect(await page.locator('#verdict a').getAttribute('href')).toBe(`${stage.issuer}/verifier`)
      const signed = await page.locator('#signed').innerText()
      for (const line of ['event_kind: consent.granted', 'pii_consented true: revenu net'])
        expect(signed).toContain(line)
    }
    await close()
    const plain = await window({ javaScriptEnabled: false })
    await plain.page.goto(`file://${kept('recu.html', file)}`)
    expect(await plain.page.locator('#verdict h2').innerText()).toBe('Rien n’est vérifié')
    const read = await plain.page.locator('main').textContent()
    for (const said of [
      'Vous avez autorisé un partage',
      'revenu net',
      'Un fichier ne peut pas se porter garant',
      `${stage.issuer}/verifier`,
      'Autorisez-vous',
    ])
      expect(read).toContain(said)
    await plain.close()
  },
)

test(
  'the verifier is one file, too, which works without a network',
  { timeout: tourLimitMs },
  async () => {
    const { page, asked, close } = await window()
    const answer = await shared.browser.get('/verifier/fichier')
    expect(answer.headers['content-disposition']).toContain('accord-verifier.html')
    const saved = kept('verifier.html', answer.body)
    await page.goto(`file://${saved}`)
    await page.setInputFiles('#file', kept('recu.html', await fileNow()))
    await page.getByRole('heading', { level: 1, name: 'Ce reçu est authentique' }).waitFor()
    await page.setInputFiles('#file', kept('r.jwt', receipt.replace('.', '.A')))
    await page.getByRole('heading', { level: 1, name: 'Ce reçu a été changé' }).waitFor()
    expect(asked).toEqual([`file://${saved}`])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
    await close()
  },
)

/** The file as its person downloads it. */
async function fileNow(): Promise<string> {
  const path = `/mes-partages/${shared.consentId}/recus/${claimsIn(receipt).receipt_id}`
  return (await shared.browser.get(`${path}/fichier`)).body
}

/** The same in English, which is told by the words of the French file alone. */
async function inEnglish(file: string): Promise<string> {
  const [, given = '{}'] = /id="given">([^<]*)</.exec(file) ?? []
  const { shown } = JSON.parse(given) as { shown?: string }
  return receiptFile({ receipt, proof, shown, trust }, 'en')
}

/** A file that is right by its own keys, which are not the broker's. */
async function signedByAnother(): Promise<string> {
  const dir = newFolder()
  await createMissingKeys(dir)
  const others = await openKeys(dir)
  const jwt = await signStatement(statementsBy(others), 'consent-receipt+jwt', claimsIn(receipt))
  const own = { ...trust, keys: publicKeys(others).keys }
  return receiptFile({ receipt: jwt, proof, shown: undefined, trust: own }, 'fr')
}

function kept(name: string, text: string): string {
  const path = join(newFolder(), name)
  writeFileSync(path, text)
  return path
}

type WindowOf = { readonly isAtSite?: boolean; readonly javaScriptEnabled?: boolean }

/** A window without a network; at the site it is given what the house answers. */
async function window({ isAtSite = false, ...more }: WindowOf = {}) {
  const chromium = await openWindows()
  const viewport = { width: 320, height: 900 }
  const context = await chromium.newContext({ offline: true, viewport, ...more })
  const page = await context.newPage()
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  if (isAtSite)
    await page.route(`${stage.issuer}/**`, async (route) => {
      const { status, headers, body } = await shared.browser.get(
        new URL(route.request().url()).pathname,
      )
      await route.fulfill({ status, headers: plainOf(headers), body })
    })
  return { page, asked, close: () => chromium.close() }
}

function plainOf(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const kept = ['content-type', 'content-security-policy']
  return Object.fromEntries(kept.map((name) => [name, String(headers[name] ?? '')]))
}

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
      'Ici, on ne peut pas tout vérifier',
      'Elles ne comptent pas\u00a0: temoin.test/2',
      ['remark', 'no'],
    ],
    [
      'all-but',
      'en',
      either,
      'This receipt is authentic',
      'They do not count: temoin.test/2',
      ['remark', 'yes'],
    ],
    [
      'unasked',
      'fr',
      trusting('quorum none'),
      'Ce reçu est authentique',
      'temoin.test/2',
      ['remark', 'yes'],
    ],
  ] as const) {
    const saved = join(newFolder(), 'verifier.html')
    writeFileSync(saved, await verifierFile(language, trusted))
    const page = await context.newPage()
    await page.goto(`file://${saved}`)
    await page.setInputFiles('#file', [kept('r.jwt', receipt), kept('p.tlog-proof', file)])
    await page.getByRole('heading', { name: heading }).waitFor()
    expect(await page.locator('li.remark').last().textContent()).toContain(remark)
    const last = await page
      .locator('#steps li')
      .evaluateAll((items) => items.map((item) => item.className))
    expect(last.slice(-2)).toEqual(classes)
    // When a witness saw it, as people say a time.
    if (name === 'all-but')
      expect(await page.locator('ul.rows').textContent()).toMatch(
        /temoin\.test\/1 \(January\u00a015, 2027 at 3:00\sa\.m\.\)/,
      )
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
  expect(long.body).toContain('<h1 id="title" tabindex="-1">Ce reçu est authentique</h1>')
})

test('without JavaScript the form gives the same result in words, and keeps the typed text', async () => {
  const { action, fields } = formOf(await shared.browser.get('/verifier'))
  const good = await shared.browser.post(action, {
    ...fields,
    receipt,
    proof: proof.replaceAll('\n', '\r\n'),
  })
  expect(good.status).toBe(200)
  expect(good.body).toContain('<h1 id="title" tabindex="-1">Ce reçu est authentique</h1>')
  expect(good.body).toContain('Il dit\u00a0: autorisé')
  expect(good.body).toContain('Aucun témoin indépendant')
  const bad = await shared.browser.post(action, { ...fields, receipt: '<b>&"', proof: '' })
  expect(bad.body).toContain('Ce reçu a été changé')
  expect(bad.body).toContain('&lt;b&gt;&amp;&quot;')
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
