import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CountedDatabase } from '../../support/counted.ts'
import { countedDatabase } from '../../support/counted.ts'
import type { Answer } from '../../support/browser.ts'
import { makeBrowser } from '../../support/browser.ts'
import { until } from '../../support/fault-process.ts'
import { oneSuffices } from '../../../src/base/values/one-signature.ts'
import { NotProvedError } from '../../../src/base/values/operator-error.ts'
import { holdsProof, readProof } from '../../../src/base/tlog/log-proof.ts'
import { transact } from '../../../src/base/database/database.ts'
import { groundIds, groundOf } from '../../../src/people/mandates/index.ts'
import { applyRegister } from '../../../src/registry/index.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { startMovingStage } from '../../support/moving-stage.ts'
import { newPerson } from '../../support/person.ts'
import { json } from '../../support/service.ts'
import { sealsOf } from '../../support/seals.ts'
import { signLog } from '../../support/sign-log.ts'
import { receiptCommand } from '../../support/commands.ts'

// The public register as everybody reads it: pages, files, feeds.

const consented = 'agr_2026-001'
const lawful = 'agr_2026-017'

let database: CountedDatabase
let stage: MovingStage
beforeAll(async () => {
  database = await countedDatabase()
  stage = await startMovingStage(undefined, database)
  await stage.apply(
    { of: lawful, set: { periodicity: 'une fois par siècle' } },
    { of: consented, as: 'agr_brouillon', set: { status: 'draft' } },
    { of: 'pur_calcul-aide', as: 'pur_brouillon', set: { status: 'draft' } },
    { of: 'agr_2026-014', set: { status: 'suspended' } },
    { of: 'org_transport-adapte', set: { status: 'suspended' } },
    { of: 'pur_preuve-residence', set: { status: 'retired' } },
  )
  await signLog(stage.db, stage.keysDir)
  // A change of the register is known in every process within two seconds.
  for (const port of stage.ports) {
    const applied = () => makeBrowser(stage).get(`/register/agreements/${lawful}@3`, { port })
    await until('the change is known', async () => (await applied()).status === 200)
  }
})
afterAll(() => stage.stop())

async function read(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return makeBrowser(stage).get(path, { headers })
}

/** Without markup, and with one space for many. */
function wordsOf({ body }: Answer): string {
  return body
    .slice(body.indexOf('<main'))
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', '’')
    .replaceAll(/[\s\u00a0]+/g, ' ')
}

test('a demonstration says that one signature is enough here, and what production needs', async () => {
  const [french, english] = [await read('/register'), await inEnglish('/register')]
  expect(wordsOf(french)).toContain(oneSuffices.fr)
  expect(wordsOf(english)).toContain(oneSuffices.en)
  expect(wordsOf(french)).not.toContain('Deux personnes signent')
})

function inEnglish(path: string): Promise<Answer> {
  const english = makeBrowser(stage)
  english.take({ name: 'attested', path: '/', value: 'yes' })
  return english.get(`/en${path}`)
}

test('every list, object and version has its page in both languages, without a cookie, and may be kept', async () => {
  const map = await read('/sitemap.xml')
  const places = [...map.body.matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, url = '']) => url)
  expect(places.length).toBeGreaterThan(60)
  const english = makeBrowser(stage)
  english.take({ name: 'attested', path: '/', value: 'yes' })
  for (const place of places) {
    const path = new URL(place).pathname
    const [french, other] = [await read(path), await english.get(`/en${path}`)]
    for (const page of [french, other])
      expect([path, page.status, page.headers['set-cookie']]).toEqual([path, 200, undefined])
    expect(french.headers['cache-control']).toBe('public, max-age=60')
    expect(french.headers['vary']).toContain('Cookie')
    expect(french.body).not.toMatch(/<script/)
    expect(wordsOf(french)).not.toBe(wordsOf(other))
  }
  const { headers } = await read('/register/agreements')
  const again = await read('/register/agreements', { 'if-none-match': String(headers['etag']) })
  expect([again.status, again.body]).toEqual([304, ''])
})

test('what everybody reads is made of one read a process and a minute, however many ask', async () => {
  const paths = [
    '/register',
    '/register/agreements',
    `/register/agreements/${lawful}`,
    '/organismes/org_aide-etudes',
    '/register/67.3/org_aide-etudes',
    '/register/12.17/org_aide-etudes/2026-2027',
    '/register/open-data',
    '/transparence',
    '/transparence/mois.csv',
  ]
  // With a question of its own each time, as whoever wants a page made anew would ask.
  const askAll = async (round: number) => {
    for (const port of stage.ports)
      for (const path of paths) {
        const at = round % 2 === 0 ? path : `${path}?n=${round}`
        const { status } = await makeBrowser(stage).get(path.endsWith('.csv') ? path : at, { port })
        expect([at, [200, 400].includes(status)]).toEqual([at, true])
      }
  }
  await askAll(0)
  await database.statements()
  for (let round = 1; round <= 4; round++) await askAll(round)
  // One read a page would be a minute that ended meanwhile; there are four times as many answers.
  expect(await database.statements()).toBeLessThanOrEqual(stage.ports.length * paths.length)
})

test('somebody who is signed in keeps her menu, and nobody keeps her page', async () => {
  const { browser } = await newPerson(stage)
  const page = await browser.get('/register/organisations')
  expect(page.body).toContain('href="/mes-partages"')
  expect(page.headers['cache-control']).toBe('no-store')
  expect(page.headers['etag']).toBeUndefined()
})

test('an agreement says in a sentence who may send what to whom, by which right, and whom to call', async () => {
  const page = await read(`/register/agreements/${consented}`)
  const words = wordsOf(page)
  expect(words).toContain(
    'L’Agence du revenu (démo) peut envoyer votre revenu net, votre situation familiale et le nombre de vos personnes à charge à l’Aide aux études (démo)',
  )
  expect(words).toContain('Si vous l’autorisez · En vigueur')
  expect(words).toContain('418 555-0118')
  expect(page.body).toContain(
    'href="https://www.legisquebec.gouv.qc.ca/fr/version/lc/A-2.1?code=se:53_1"',
  )
})

test('the words of a question are there, without the marks in which each question has its own day', async () => {
  const page = await read('/register/texts/txt_calcul-aide')
  expect(wordsOf(page)).toContain('Jusqu’au …. Après, le partage s’arrête tout seul.')
  expect(page.body).not.toContain('{')
})

test('two versions stand side by side: what has changed, and nothing else', async () => {
  const page = await read(`/register/agreements/${lawful}`)
  const table = page.body.slice(page.body.indexOf('<table'), page.body.indexOf('</table>'))
  const labels = [...table.matchAll(/scope="row">([^<]+)</g)].map(([, label]) => label)
  expect(labels).toEqual(['Quand', 'Changé par', 'Pourquoi'])
  expect(table).toMatch(/class="changed"[^>]*><span><strong>Changé\.<\/strong> une fois par siècle/)
  const before = await read(`/register/agreements/${lawful}@2`)
  expect(wordsOf(before)).toContain('C’est une ancienne version. Voir celle d’aujourd’hui')
  expect((await read(`/register/agreements/${lawful}@9`)).status).toBe(404)
})

test('the document of a version is its entry in the log, and the proof leads there', async () => {
  const { shown, versions } = json(await read(`/register/agreements/${lawful}.json`)) as {
    shown: { document: string; sha256: string; entry: { proof: string; index: number } }
    versions: readonly { version: number }[]
  }
  const document = await read(shown.document)
  const hash = createHash('sha256').update(document.body).digest()
  expect(hash.toString('hex')).toBe(shown.sha256)
  const proof = readProof((await read(shown.entry.proof)).body)
  expect(proof.index).toBe(shown.entry.index)
  expect(holdsProof(proof, Buffer.concat([Buffer.from([1, 0x52]), hash]))).toBe(true)
  expect(versions.map(({ version }) => version)).toEqual([3, 2])
  // With the command that needs no house: as everybody may check it.
  const folder = mkdtempSync(join(tmpdir(), 'register-'))
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const policy = file('policy', (await read('/log/policy')).body)
  const proofAt = file('proof', (await read(shown.entry.proof)).body)
  const verify = (text: string) =>
    receiptCommand('', ['verify', file('document.json', text), proofAt, '--policy', policy])
  // Without a witness nothing is proved; what was found is said nevertheless.
  await expect(verify(document.body)).rejects.toMatchObject({
    constructor: NotProvedError,
    lines: expect.arrayContaining([expect.stringContaining(`agreement ${lawful}@3`)]),
  })
  await expect(verify(document.body.replace('siècle', 'jour'))).rejects.toThrow(
    'its path does not lead from the entry of the document to the root',
  )
  rmSync(folder, { recursive: true })
  const page = wordsOf(await read(`/register/agreements/${lawful}`))
  expect(page).toContain(`Place ${shown.entry.index} de /log/`)
})

test('no draft is on any page or in any file; what is suspended, or of a body that is, is shown so', async () => {
  const lists = ['agreements', 'purposes']
  for (const list of lists)
    for (const ending of ['', '.json', '.csv'])
      expect((await read(`/register/${list}${ending}`)).body).not.toContain('brouillon')
  expect((await read('/register/agreements/agr_brouillon')).status).toBe(404)
  expect((await read('/register/agreements/agr_brouillon.json')).status).toBe(404)
  expect((await read('/register/search?q=brouillon')).body).not.toContain('agr_brouillon')
  for (const place of ['/sitemap.xml', '/register/changes.atom'])
    expect((await read(place)).body).not.toContain('brouillon')
  // Suspended by its file; and with its body.
  const states = await statesOf('agreements')
  expect([states.get('agr_2026-014'), states.get('agr_2024-018')]).toEqual([
    'suspended',
    'suspended',
  ])
  expect(states.get(consented)).toBe('in_force')
  expect((await statesOf('purposes')).get('pur_preuve-residence')).toBe('retired')
  const page = wordsOf(await read('/register/agreements/agr_2026-014'))
  expect(page).toContain('pouvait envoyer')
  expect(page).toContain('Rien n’est permis pour le moment.')
})

async function statesOf(list: string): Promise<ReadonlyMap<string, string>> {
  const { objects } = json(await read(`/register/${list}.json`)) as {
    objects: readonly { id: string; state: string }[]
  }
  return new Map(objects.map(({ id, state }) => [id, state]))
}

test('the content of each object fits the published schema of its kind', async () => {
  const kinds: Readonly<Record<string, string>> = {
    agreements: 'agreement',
    organisations: 'organisation',
    purposes: 'purpose',
    categories: 'category',
    datasets: 'dataset',
    texts: 'text',
    services: 'service',
  }
  const ajv = new Ajv2020({ allErrors: true, strict: false, formats: fullFormats })
  for (const [list, kind] of Object.entries(kinds)) {
    const schema = new URL(`../../../docs/schemas/register/${kind}.json`, import.meta.url)
    const fits = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')) as object)
    const { objects } = json(await read(`/register/${list}.json`)) as {
      objects: readonly { id: string; content: unknown }[]
    }
    expect(objects.length).toBeGreaterThan(0)
    for (const { id, content } of objects)
      expect([id, fits(content), fits.errors]).toEqual([id, true, null])
  }
})

test('the grounds under which somebody may act are listed, with what each allows at most; one that nothing lets begin is not', async () => {
  const { objects } = json(await read('/register/grounds.json')) as {
    objects: readonly { id: string; content: { acts: string[] } }[]
  }
  const open = groundIds.filter((id) => groundOf(id).isOpen)
  expect(objects.map(({ id, content: { acts } }) => [id, acts])).toEqual(
    open.map((id) => [id, groundOf(id).most]),
  )
  expect(objects.flatMap(({ content: { acts } }) => acts)).not.toContain('answer')
  for (const id of groundIds) {
    const { status } = await read(`/register/grounds/${id}`)
    expect([id, status]).toEqual([id, open.includes(id) ? 200 : 404])
    if (open.includes(id)) expect((await inEnglish(`/register/grounds/${id}`)).status).toBe(200)
  }
  const table = (await read('/register/grounds.csv')).body.trim().split('\r\n')
  expect(table).toHaveLength(1 + open.length)
})

test('a table has stable columns, and no cell that a spreadsheet would run', async () => {
  const table = await read('/register/agreements.csv?holder=org_agence-revenu')
  expect(table.headers['content-type']).toBe('text/csv; charset=utf-8')
  const [headings, ...lines] = table.body.replace('\uFEFF', '').trim().split('\r\n')
  expect(headings).toBe(
    '"id","version","state","applied_at","holder","recipient","legal_basis","act_fr","act_en","section","law_url","datasets","categories","purposes","from","until","in_force_from","pia_conclusion_date","cai_received_on","shown_after_days","status","sha256","log","index","document","title_fr","title_en"',
  )
  expect(lines).toHaveLength(4)
  expect(lines.every((line) => line.includes('"org_agence-revenu"'))).toBe(true)
  const bodies = await read('/register/organisations.csv')
  expect(bodies.body).toContain(`"'+14185550118"`)
  const both = await read(`/register/agreements/${lawful}.csv`)
  expect(both.body.trim().split('\r\n')).toHaveLength(3)
})

test('a filter finds; one that is not known, or has no such value, is said and not ignored', async () => {
  const found = async (search: string) =>
    [
      ...(await read(`/register/agreements?${search}`)).body.matchAll(
        /<h3><a href="[^"]*\/(agr_[^"]+)"/g,
      ),
    ].map(([, id]) => id)
  expect(await found('topic=studies&status=in_force')).toHaveLength(3)
  expect(await found('basis=agreement_68_1')).toEqual(expect.arrayContaining([lawful]))
  expect(await found('q=RÉSIDENCE+québec')).toEqual([lawful])
  for (const search of [
    'status=open',
    'basis=x',
    'etat=x',
    'q=a&q=b',
    'page=0',
    `q=${'x'.repeat(101)}`,
  ]) {
    const page = await read(`/register/agreements?${search}`)
    expect([search, page.status]).toEqual([search, 400])
    expect(wordsOf(page)).toContain('Ce choix n’existe pas ici')
    const file = await read(`/register/agreements.json?${search}`)
    expect([file.status, json(file)['code']]).toEqual([400, 'request.malformed'])
  }
  expect((await read('/register?q=a')).status).toBe(400)
  expect((await read('/register/agreements?page=2')).status).toBe(404)
})

test('the search finds in both languages with or without accents, and what is missing offers it', async () => {
  const found = wordsOf(await read('/register/search?q=PRET+etudiant'))
  expect(found).toContain('Remboursement de votre prêt étudiant selon votre revenu')
  const none = await read('/register/search?q=%3Cscript%3E')
  expect(none.body).toContain('&lt;script&gt;')
  expect(none.body).not.toContain('<script>')
  const missing = await read('/register/organisations/org_nobody')
  expect(missing.status).toBe(404)
  expect(missing.body).toContain('action="/register/search"')
})

test('the page of a body says what it may receive and send, by which right, how to stop, whom to call', async () => {
  const words = wordsOf(await read('/organismes/org_aide-etudes'))
  expect(words).toContain('Ce qu’il peut recevoir')
  expect(words).toContain('peut envoyer votre résidence au Québec à l’Aide aux études (démo)')
  expect(words).toContain('Vous ne l’arrêtez pas ici.')
  expect(words).toContain('Dans « Mes partages », quand vous voulez.')
  expect(words).toContain('Il ne peut rien envoyer aujourd’hui.')
  expect(words).toContain('418 555-0118')
  const { body } = await read('/organismes/org_aide-etudes')
  const reports = body.match(/(?<=href=")[^"]*\/register\/(?:67\.3|12\.17)\/[^"]*/g) ?? []
  expect(reports.map((href) => href.replace(/\d{4}-\d{4}/, 'YEAR'))).toEqual([
    '/register/67.3/org_aide-etudes',
    '/register/12.17/org_aide-etudes/YEAR',
  ])
  for (const href of reports) expect((await read(href)).status, href).toBe(200)
  expect((await read('/organismes/org_nobody')).status).toBe(404)
  // What it was allowed once is not there.
  expect(wordsOf(await read('/organismes/org_logement-abordable'))).not.toContain('pouvait')
})

test('the feed has an entry for each moment at which versions came', async () => {
  const { body, headers } = await read('/register/changes.atom')
  expect(headers['content-type']).toBe('application/atom+xml; charset=utf-8')
  expect(body.match(/<entry>/g)).toHaveLength(2)
  expect(body.indexOf(`${lawful}@3`)).toBeLessThan(body.indexOf(`${lawful}@2`))
})

test('the first address of the register leads to it', async () => {
  const moved = await read('/transparence/registre')
  expect([moved.status, moved.location]).toEqual([301, `${stage.issuer}/register`])
})

test('a register that keeps less for less time says so, and every process tells it to people', async () => {
  const told = (port: number) => makeBrowser(stage).get('/confidentialite', { port })
  for (const port of stage.ports) expect(wordsOf(await told(port))).toContain('après 13 mois')
  const retention = { activity: 'P6M', messages: 'P45D' }
  const content = { setting_id: 'set_register', version: 1, cooling_days: 1, retention }
  const objects = [{ kind: 'setting', id: 'set_register', version: 1, content }] as const
  const seals = await sealsOf(stage.keysDir)
  await transact(stage.db, (tx) => applyRegister(tx, seals, { objects, problems: [] }, new Date()))
  for (const port of stage.ports)
    await until('the change is known', async () =>
      wordsOf(await told(port)).includes('effacées après 6 mois'),
    )
  expect(wordsOf(await told(stage.ports[0] ?? 0))).toContain('reste noté 45 jours')
  expect(wordsOf(await read('/register/settings/set_register'))).toContain('Activité gardée 6 mois')
})
