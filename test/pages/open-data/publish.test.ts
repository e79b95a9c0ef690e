import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { countMonths, recountMonth } from '../../../src/consent/figures/index.ts'
import { closeDays } from '../../../src/consent/decisions/index.ts'
import { closeInquiries } from '../../../src/consent/disclosures/index.ts'
import { addCounted } from '../../../src/consent/disclosures/inquiry-store.ts'
import { dayClosings } from '../../../src/house/folds.ts'
import { tellClosedDays } from '../../../src/ledger/transparency-log/index.ts'
import { dayAfter, dayOf } from '../../../src/base/values/calendar.ts'
import { present } from '../../../src/base/values/present.ts'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import type { Session } from '../../../src/base/database/db-session.ts'
import { openSession, readingSession } from '../../../src/base/database/db-session.ts'
import { publishedLeaves, publishMonths } from '../../../src/pages/open-data/index.ts'
import type { PublicationInput } from '../../../src/pages/open-data/index.ts'
import { tablesOf } from '../../../src/pages/open-data/count.ts'
import { datasetOf } from '../../../src/pages/open-data/datasets.ts'
import { protectedRows } from '../../../src/pages/open-data/protect.ts'
import { isDue } from '../../../src/pages/open-data/publish.ts'
import { lastTwelve, register673, yearAt } from '../../../src/pages/open-data/reports.ts'
import type { Cell, PageFigure } from '../../support/attacker.ts'
import { attackPages, isOwnCount } from '../../support/attacker.ts'
import { makeBrowser } from '../../support/browser.ts'
import {
  inquiredByLaw,
  investigated,
  investigation,
  lawful,
  newKnownOf,
} from '../../support/law.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { startMovingStage } from '../../support/moving-stage.ts'
import { sequenceNow } from '../../support/leases.ts'
import { bodiesOf } from '../../support/reporting.ts'
import { json } from '../../support/service.ts'
import { evaluation, holderToken } from '../../support/sharing.ts'
import type { Load } from '../../support/sharing-load.ts'
import { openLoad } from '../../support/sharing-load.ts'
import { letTimeMoveFromMidMonth, pass } from '../../support/time.ts'
import { callTool } from '../../support/tool.ts'

// A month as a job publishes it, through the front door (I23).

const people = 13
const home = '/register/open-data'

let stage: MovingStage
let load: Load
// The fiscal year in which something was sent, from April to March: by now it may be over.
let year: string
beforeAll(async () => {
  letTimeMoveFromMidMonth()
  stage = await startMovingStage()
  await stage.apply(...investigation(90))
  load = await openLoad(stage)
  year = yearAt(dayOf(new Date()))
  const token = await holderToken(stage, 'decide')
  const known = await newKnownOf(stage, people)
  const asked = known.flatMap(({ sub }) => [
    lawful(sub),
    investigated(sub),
    evaluation(sub, { purpose: 'pur_inconnue@1' }),
  ])
  const answer = await stage.revenue.api('/access/v1/evaluations', token, { evaluations: asked })
  const answers = json(answer)['evaluations'] as { decision: boolean }[]
  expect(answers.filter(({ decision }) => decision)).toHaveLength(2 * people)
  // One decision about everybody follows three introspections.
  await addCounted(
    load.db,
    known.map(({ personId }) => ({ ...inquiredByLaw(load.live, personId), introspected: 3 })),
  )
  expect(await closeInquiries(load, secondsAfter(new Date(), 2 * 24 * 3600))).toBe(people)
  for (let n = 0; n < 2; n++)
    await closeDays(load.db, load.vault, secondsAfter(new Date(), 2 * 24 * 3600), load.log)
  await pass(stage.db, { days: 42 })
  await closeDays(load.db, load.vault, new Date(), load.log)
  await tellClosedDays(load.db, dayClosings, new Date())
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

function publishing(): PublicationInput {
  const { db, vault, log, live } = load
  return { db, seals: vault.seals, issuer: stage.issuer, register: live.current(), log }
}

async function counted(): Promise<string> {
  const { session, close } = await openSession(stage.databaseUrl)
  try {
    const months = await countMonths(load, session)
    return months.find((month) => month.length > 0) ?? ''
  } finally {
    await close()
  }
}

async function publish(now = new Date()): Promise<number> {
  const { session, close } = await openSession(stage.databaseUrl)
  try {
    return await publishMonths(publishing(), session, now)
  } finally {
    await close()
  }
}

const read = (path: string) => makeBrowser(stage).get(`${home}${path}`)

async function rowsOf(dataset: string, name: string): Promise<Record<string, string>[]> {
  return json(await read(`/${dataset}/${name}.json`))['rows'] as Record<string, string>[]
}

function figure(rows: readonly Record<string, string>[]): string | undefined {
  return rows.find(({ entente }) => entente === 'agr_2026-014')?.['personnes']
}

test.each([
  ['2026-11-11T04:59:59.999Z', false],
  ['2026-11-11T05:00:00.000Z', true],
])('at %s, October may be published: %s', (now, isIt) => {
  expect(isDue('2026-10-01', new Date(now))).toBe(isIt)
})

test('a month is published once: small numbers are protected, and everybody may keep the files', async () => {
  const month = (await counted()).slice(0, 7)
  expect(await publish(new Date(`${month}-28T00:00:00Z`))).toBe(0)
  const files = await publish()
  expect(files % 16).toBe(0)
  expect(files).toBeGreaterThan(0)
  expect(await publish()).toBe(0)

  const communications = await rowsOf('communications-mensuelles', month)
  const agreement = communications.find(({ entente }) => entente === 'agr_2026-014')
  expect(agreement).toMatchObject({
    communications: '15',
    personnes: '15',
    base_legale: 'agreement_68_1',
  })
  // Those that are shown later stand in no row of an agreement: their own file has them, and a page says what it says.
  expect(communications.find(({ entente }) => entente === 'agr_2026-090')).toMatchObject({
    communications: '',
    personnes: '<10',
  })
  // No row is of several agreements together.
  expect(communications.map(({ entente }) => entente)).not.toContain('*')
  expect(await rowsOf('consultations-differees', month)).toEqual([
    { mois: month, communications: '15', personnes: '15' },
  ])
  const shown = await makeBrowser(stage).get('/transparence/consultations-differees')
  expect((json(shown)['months'] as { delayed: string }[]).map(({ delayed }) => delayed)).toContain(
    '15',
  )
  const refusals = await rowsOf('decisions-refusees', month)
  expect(refusals.filter(({ personnes }) => personnes === '15')).toHaveLength(1)
  expect(refusals.length).toBeGreaterThan(15)
  // Each body that holds something has a row, whether it introspected or not.
  const inquiries = await rowsOf('verifications-sans-demande', month)
  const holders = new Set(communications.map((row) => row['organisme_source']))
  expect(new Set(inquiries.map((row) => row['organisme_source']))).toEqual(holders)
  const said = { verifications_raison: '', personnes_raison: '<10' }
  for (const { mois: _month, organisme_source: body, ...figures } of inquiries)
    expect([body, figures]).toEqual([
      body,
      body === 'org_agence-revenu'
        ? { ...said, verifications: '30', personnes: '15' }
        : { ...said, verifications: '', personnes: '<10' },
    ])
  // Nothing happened, so it has its headings.
  const empty = await read(`/confirmations-arret/${month}.csv`)
  expect(empty.body).toBe('\uFEFF"mois","heures_mediane"\r\n')

  const csv = await read(`/communications-mensuelles/${month}.csv`)
  expect(csv.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  expect(csv.headers['set-cookie']).toBeUndefined()
  expect(csv.headers['link']).toContain(`<${month}.csv-metadata.json>; rel="describedby"`)
  const again = await makeBrowser(stage).get(`${home}/communications-mensuelles/${month}.csv`, {
    headers: { 'if-none-match': String(csv.headers['etag']) },
  })
  expect(again.status).toBe(304)
  // Names that no file can have, which the database would not read as a month.
  for (const name of ['0000-01.csv', '0000-12.json', '0000-01.csv-metadata.json', '2026-13.csv'])
    expect([name, (await read(`/communications-mensuelles/${name}`)).status]).toEqual([name, 404])
  const described = json(await read(`/communications-mensuelles/${month}.csv-metadata.json`))
  const schema = json(await read('/communications-mensuelles/schema.json'))
  expect(described['tableSchema']).toBe(
    `${stage.issuer}${home}/communications-mensuelles/schema.json`,
  )
  const heading = csv.body.slice(1).split('\r\n')[0]
  const columns = schema['columns'] as { name: string }[]
  expect(heading).toBe(columns.map(({ name }) => `"${name}"`).join(','))
  for (const wrong of ['2026-13.csv', `${month}-c1.csv`, '2020-01.csv', 'x'])
    expect((await read(`/communications-mensuelles/${wrong}`)).status).toBe(404)
})

test('the catalogue names each file with its hash, and each hash is an entry of the public log', async () => {
  const catalogue = json(await read('/catalogue.jsonld'))
  const series = catalogue['dcat:dataset'] as {
    'dcat:seriesMember'?: { 'dcat:distribution': Record<string, unknown>[] }[]
  }[]
  const named = series
    .flatMap((one) => one['dcat:seriesMember'] ?? [])
    .flatMap((member) => member['dcat:distribution'])
  const leaves = await publishedLeaves(load.db)
  expect(named).toHaveLength(leaves.length)
  expect(leaves.every(({ holds }) => holds)).toBe(true)
  const [first] = named
  const url = String(first?.['@id'])
  const { body } = await read(url.replace(`${stage.issuer}${home}`, ''))
  const sha256 = createHash('sha256').update(body).digest()
  expect(JSON.stringify(first)).toContain(sha256.toString('hex'))
  const { rows } = await load.db.raw<{ rows: { path: string }[] }>(
    'select path from public_leaves where sha256 = ?',
    [sha256],
  )
  expect(rows.map(({ path }) => `${stage.issuer}${path}`)).toContain(url)
  const policies = json(await read('/ententes.jsonld'))['@graph'] as { uid: string }[]
  expect(policies.map(({ uid }) => uid)).toContain(
    `${stage.issuer}/register/agreements/agr_2026-001@1`,
  )
})

test('what the law wants of each body is made of the register and of published figures', async () => {
  const { get } = makeBrowser(stage)
  const today = dayOf(new Date())
  const csv = await get('/register/67.3/org_agence-revenu.csv')
  expect(csv.headers['cache-control']).toBe('public, max-age=60')
  const [heading = '', ...lines] = csv.body.slice(1).trimEnd().split('\r\n')
  expect(heading.replaceAll('"', '').split(',')).toEqual([
    'organisme',
    'nature_ou_type',
    'destinataire',
    'fin',
    'hors_quebec_70_1',
    'raison',
    'article',
    'entente',
    'en_vigueur_depuis',
    'jusqua',
    'communications_12_mois',
    'version',
    'empreinte_sha256',
  ])
  // Every agreement by law of the register that section 67.3 names, and no other (I34).
  const wanted = load.live
    .current()
    .byLaw.filter(
      ({ holder, legalBasis }) =>
        holder === 'org_agence-revenu' && legalBasis.startsWith('agreement_68'),
    )
    .flatMap(({ id, purposes }) => purposes.map(() => id))
  // Before the first month nothing was counted: that is not few.
  const unpublished = new Map(lastTwelve(today).map((month) => [month, []]))
  const before = register673(load.live.current(), 'org_agence-revenu', unpublished, today) ?? []
  expect(before.map(({ communications }) => communications)).toEqual(wanted.map(() => ''))
  const rows = lines.map((line) => line.slice(1, -1).split('","'))
  expect(rows.map((row) => row[7])).toEqual(wanted.toSorted())
  expect(rows.every((row) => row.slice(0, 9).every((cell) => cell !== ''))).toBe(true)
  const own = rows.find((row) => row[7] === 'agr_2026-014')
  expect(own?.[10]).toBe('15')
  const { rows: leaves } = await load.db.raw<{ rows: { path: string }[] }>(
    'select path from public_leaves where sha256 = ?',
    [Buffer.from(own?.[12] ?? '', 'hex')],
  )
  expect(leaves.map(({ path }) => path)).toEqual([
    `/register/objects/agreement/agr_2026-014@${own?.[11]}.json`,
  ])

  const path = `/register/12.17/org_agence-revenu/${year}`
  const report = json(await get(`${path}.json`))
  expect(report).toMatchObject({ exercice: year, exercice_termine: year !== yearAt(today) })
  const told = report['communications'] as Record<string, unknown>[]
  expect(told.find(({ entente }) => entente === 'agr_2026-014')).toMatchObject({
    communications_arrondies: '15',
    organisme_destinataire: { id: 'org_logement-abordable' },
    renseignements: expect.arrayContaining([expect.objectContaining({ fr: expect.any(String) })]),
  })
  for (const page of ['/register/open-data', '/register/67.3/org_agence-revenu', path]) {
    const shown = await get(page)
    expect(shown.status).toBe(200)
    expect(shown.headers['set-cookie']).toBeUndefined()
    expect(shown.headers['cache-control']).toBe('public, max-age=60')
  }
  for (const wrong of [
    '/register/67.3/org_inconnu.csv',
    '/register/12.17/org_agence-revenu/2026-2028.json',
    `/register/12.17/org_agence-revenu/${nextYear()}.json`,
    '/register/12.17/org_inconnu/2026-2027',
  ])
    expect((await get(wrong)).status).toBe(404)
})

/** Of which nobody can know yet. */
function nextYear(): string {
  return yearAt(dayAfter(dayOf(new Date()), 'P1Y'))
}

test('no number of « Ce qui circule » or of a report tells more than the files', async () => {
  const figures = await numbersShown()
  expect(figures.filter(isOwnCount).map(({ what, says }) => [what, says])).toEqual([])
  expect(figures.length).toBeGreaterThan(50)
  expect(figures.filter(({ says }) => says === '15').length).toBeGreaterThan(4)
  expect(await attackPages(figures)).toEqual([])
})

function rests(basis: string): boolean {
  return basis.startsWith('consent_')
}

/** Each number that pages and reports show, with the cells of published files that it is about. */
async function numbersShown(): Promise<PageFigure[]> {
  const tables = await publishedTables()
  const cells: CellsOf = (dataset, people, isAbout) =>
    tables.flatMap(({ table, named }) => {
      const measure = table.dataset.measures.find((one) => one.people === people)
      if (table.dataset.id !== dataset || measure === undefined) return []
      return named.flatMap((row, at) => (isAbout(row) ? [{ table, measure, row: at }] : []))
    })
  const { get } = makeBrowser(stage)
  const csv = async (path: string) => namedIn((await get(path)).body)
  const [months, agreements, topics] = [
    await csv('/transparence/mois.csv'),
    await csv('/transparence/ententes.csv'),
    await csv('/transparence/sujets.csv'),
  ]
  const shown = new Set(months.map(({ mois }) => mois))
  const sums = (what: string, row: Named, isAbout: (cell: Named) => boolean): PageFigure[] => {
    const sent = (isWanted: (basis: string) => boolean) =>
      cells(
        'communications-mensuelles',
        'personnes',
        (cell) => isAbout(cell) && isWanted(cell['base_legale'] ?? ''),
      )
    const said = (people: string) => cells('consentements-mensuels', people, isAbout)
    return [
      { says: row['envois_permis'], counts: 'times' as const, of: sent(() => true) },
      { says: row['envois_autorises'], counts: 'times' as const, of: sent(rests) },
      { says: row['envois_par_la_loi'], counts: 'times' as const, of: sent((one) => !rests(one)) },
      { says: row['personnes_refus'], counts: 'people' as const, of: said('personnes_refus') },
      { says: row['personnes_arret'], counts: 'people' as const, of: said('personnes_arret') },
    ].map((one, at) => ({ ...one, what: `${what}, ${at}`, says: one.says ?? '' }))
  }
  const topicOf = new Map(agreements.map(({ entente, sujet }) => [entente, sujet]))
  const isShown = ({ mois }: Named) => shown.has(mois)
  const figures = [
    ...months.flatMap((row) => sums(`${row['mois']}`, row, ({ mois }) => mois === row['mois'])),
    ...agreements.flatMap((row) =>
      sums(`${row['entente']}`, row, (cell) => isShown(cell) && cell['entente'] === row['entente']),
    ),
    ...topics.flatMap((row) =>
      sums(
        `${row['sujet']}`,
        row,
        (cell) => isShown(cell) && topicOf.get(cell['entente']) === row['sujet'],
      ),
    ),
    ...months.map((row) => ({
      what: `${row['mois']}, later`,
      says: row['envois_montres_plus_tard'] ?? '',
      counts: 'times' as const,
      of: cells('consultations-differees', 'personnes', ({ mois }) => mois === row['mois']),
    })),
  ]
  const bodies = [...new Set(agreements.map((row) => row['organisme_source'] ?? ''))]
  const reports = await Promise.all(bodies.map((body) => numbersOfReports(body, cells)))
  return [...figures, ...reports.flat()]
}

type CellsOf = (dataset: string, people: string, isAbout: (row: Named) => boolean) => Cell[]

/** The numbers of what sections 67.3 and 12.17 want of a body. */
async function numbersOfReports(body: string, cells: CellsOf): Promise<PageFigure[]> {
  const { get } = makeBrowser(stage)
  const today = dayOf(new Date())
  const annual = json(await get(`/register/12.17/${body}/${year}.json`))
  const lines = annual['communications'] as {
    entente: string
    fin: { id: string; libelle: { fr: string } }
    communications_arrondies: string
  }[]
  const register = namedIn((await get(`/register/67.3/${body}.csv`)).body)
  const idOf = new Map(lines.map(({ fin }) => [fin.libelle.fr, fin.id]))
  const figure = (says: string, about: Named, since: string): PageFigure => ({
    what: `a report of ${body}, ${about['entente']}`,
    says,
    counts: 'times',
    of: cells(
      'communications-mensuelles',
      'personnes',
      ({ mois = '', entente, fin }) =>
        mois >= since && entente === about['entente'] && fin === about['fin'],
    ),
  })
  return [
    ...lines.map(({ entente, fin, communications_arrondies: says }) =>
      figure(says, { entente, fin: fin.id }, `${year.slice(0, 4)}-04`),
    ),
    ...register.map((row) =>
      figure(
        row['communications_12_mois'] ?? '',
        { entente: row['entente'], fin: idOf.get(row['fin'] ?? '') },
        lastTwelve(today).at(-1)?.slice(0, 7) ?? '',
      ),
    ),
  ]
}

type Named = Readonly<Record<string, string | undefined>>

/** The rows of a CSV by the names of its columns. */
function namedIn(csv: string): Named[] {
  const [columns = [], ...rows] = csv
    .slice(1)
    .split('\r\n')
    .slice(0, -1)
    .map((line) => line.slice(1, -1).split('","'))
  return rows.map((cells) => Object.fromEntries(columns.map((name, at) => [name, cells[at]])))
}

/** Each published month of each dataset, as a reader has it. */
async function publishedTables() {
  const names = (await publishedLeaves(load.db)).map(({ ref }) => ref.replace(/\.\w+$/, ''))
  return Promise.all(
    [...new Set(names)].map(async (ref) => {
      const [id = '', name = ''] = ref.split('/')
      const dataset = datasetOf(id)
      if (dataset === undefined) throw new Error(`no dataset ${id}`)
      const named = namedIn((await read(`/${ref}.csv`)).body)
      const rows = named.map((row) => dataset.columns.map((column) => row[column.name] ?? ''))
      return { table: { dataset, name, rows }, named }
    }),
  )
}

test('a body reads its own figures exactly, and those of no other body', async () => {
  const path = `/disclosures/figures?year=${year}`
  const own = json(await stage.revenue.read(path, await holderToken(stage, 'report')))
  const items = own['items'] as Record<string, unknown>[]
  const ofAgreement = (id: string) => items.filter(({ agreement }) => agreement === id)
  expect(ofAgreement('agr_2026-014')).toMatchObject([
    { communications: people, people, shown_later: false },
  ])
  expect(ofAgreement('agr_2026-090')).toMatchObject([{ people, shown_later: true }])
  const { asRecipient } = await bodiesOf(stage)
  expect(json(await asRecipient(path))).toMatchObject({
    organisation: 'org_aide-etudes',
    items: [],
  })
  expect((await stage.revenue.read(path, await holderToken(stage, 'decide'))).status).toBe(401)
  for (const wrong of ['2026-2028', nextYear()]) {
    const answer = await stage.revenue.read(
      `/disclosures/figures?year=${wrong}`,
      await holderToken(stage, 'report'),
    )
    expect(answer.status).toBe(404)
  }
})

const changes: readonly (readonly [string, string])[] = [
  [
    'a figure',
    `document = replace(document, '15', '20'), sha256 = sha256(convert_to(replace(document, '15', '20'), 'UTF8'))`,
  ],
  ['its month', `month = month - interval '1 month'`],
  ['its time', `published_at = published_at - interval '1 day'`],
  ['its dataset', `dataset = 'disponibilite-autre'`],
  ['its number', 'correction = 7, reason = \'{"fr":"x","en":"x"}\''],
]

test.each(changes)('a file of which somebody changes %s by SQL is found', async (_, set) => {
  const undone = new Error('undone')
  const before = new Map((await publishedLeaves(load.db)).map((leaf) => [leaf.leafId, leaf]))
  const changed = load.db.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw(
      `update published_file set ${set} where dataset = 'decisions-refusees' and format = 'json'`,
    )
    const found = (await publishedLeaves(tx)).filter(
      ({ leafId, holds, sha256 }) => !holds || before.get(leafId)?.sha256.equals(sha256) !== true,
    )
    expect(found).not.toEqual([])
    throw undone
  })
  await expect(changed).rejects.toBe(undone)
})

// What the files of the month in which something happened say, by whoever owns the database and knows how they are made.
const inBoth = `dataset = 'communications-mensuelles' and document like '%agr_2026-014%"15"%'`
const sixteen = `replace(document, '"15"', '"16"')`
const rewritten = `update published_file set document = ${sixteen}, sha256 = sha256(convert_to(${sixteen}, 'UTF8'))`

test.each<[string, string, string, RegExp]>([
  [
    'one format of a file',
    'published_file',
    `${rewritten} where ${inBoth} and format = 'csv'`,
    /^ {2}communications-mensuelles\/20\d\d-\d\d\.csv: it is not what its entry in the public log is of$/m,
  ],
  [
    'both formats of a file alike',
    'published_file',
    `${rewritten} where ${inBoth}`,
    /^ {2}communications-mensuelles\/20\d\d-\d\d\.csv, entry \d+: its entry is of something else$/m,
  ],
  [
    'whether a file is there',
    'published_file',
    `delete from published_file where ${inBoth} and format = 'csv'`,
    /^ {2}communications-mensuelles\/20\d\d-\d\d\.csv: it is gone: of this month the other format is left$/m,
  ],
  [
    'whether both formats are there',
    'published_file',
    `delete from published_file where ${inBoth}`,
    /^ {2}\S+\/log\/\d{4}\/p0, entry \d+: nothing here has this entry: .* or a published file is gone$/m,
  ],
  [
    'a count',
    'monthly_count',
    `update monthly_count set times = times + 1, people = people + 1 where agreement = 'agr_2026-014'`,
    /^ {2}counted_month 20\d\d-\d\d: its numbers are not those that were counted$/m,
  ],
])('`accord ledger verify` finds whoever changes %s by SQL', async (_, table, statement, says) => {
  // What a process does within a second: each entry gets its place.
  await sequenceNow(readingSession(load.db))
  const before = await load.db.raw<{ rows: { all: object[] }[] }>(
    `select jsonb_agg(to_jsonb(t)) as all from ${table} t`,
  )
  try {
    await byOwner(statement)
    expect(await verify()).toMatchObject({ code: 1, err: expect.stringMatching(says) })
  } finally {
    await byOwner(`delete from ${table}`)
    const kept = JSON.stringify(before.rows[0]?.all)
    await byOwner(
      `insert into ${table} overriding system value select * from jsonb_populate_recordset(null::${table}, ?)`,
      [kept],
    )
  }
  expect(await verify()).toMatchObject({ code: 0, out: expect.stringMatching(/\nIt holds\.\n$/) })
})

function verify() {
  return callTool(['ledger', 'verify'], toolEnvironment())
}

function byOwner(statement: string, values: readonly string[] = []): Promise<void> {
  return load.db.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw(statement, [...values])
  })
}

function toolEnvironment(): Record<string, string> {
  return {
    DATABASE_URL: stage.databaseUrl,
    KEYS_DIR: stage.keysDir,
    ISSUER: stage.issuer,
    CLOCK_OFFSET: process.env['CLOCK_OFFSET'] ?? '',
  }
}

test('a body that adds one of its own people after the other reads the same, with a few people of another body and without', async () => {
  const { session, close } = await openSession(stage.databaseUrl)
  const said = { alone: [] as string[], besideFour: [] as string[] }
  for (let own = 0; own < 5; own++) {
    said.alone.push(await refusedBeside(session, own, 0))
    said.besideFour.push(await refusedBeside(session, own, 4))
  }
  await close()
  // Thirteen to seventeen people of its own, rounded.
  expect(said.alone).toEqual(['15', '15', '15', '15', '15'])
  expect(said.besideFour).toEqual(said.alone)
})

/** What the file would say of a reason where more people of the first body, and so many of another, had that refusal. */
async function refusedBeside(session: Session, own: number, others: number): Promise<string> {
  await session.rows('begin')
  try {
    await session.rows('set local session_replication_role = replica')
    const [refusal] = await session.rows<{ month: string; reason: string }>(
      `with one as (select * from decision where outcome = 'deny' order by decision_id limit 1), more as (
         insert into decision
         select (jsonb_populate_record(null::decision, to_jsonb(one) || jsonb_build_object('person_id', gen_random_uuid(),
           'decision_id', left(one.decision_id::text, 24) || lpad(n::text, 12, '0'),
           'holder', case when n > $1::integer then (select object_no from register_ids where id = 'org_logement-abordable' limit 1) else one.holder end))).*
         from one, generate_series(1, $1::integer + $2::integer) n)
       select date_trunc('month', quebec_day(evaluated_at))::date::text as month, reason_code as reason from one`,
      [own, others],
    )
    const { month = '', reason = '' } = refusal ?? {}
    const { refusals } = tablesOf(load.live.current(), month, await recountMonth(session, month))
    const dataset = present(datasetOf('decisions-refusees'), 'the dataset')
    const rows = protectedRows(dataset, month.slice(0, 7), refusals)
    return rows.find(([, code]) => code === reason)?.at(-1) ?? ''
  } finally {
    await session.rows('rollback')
  }
}

test('a correction is a new file that names the old one, and changes nothing by a few', async () => {
  const { rows: months } = await load.db.raw<{ rows: { name: string }[] }>(
    `select to_char(max(month), 'YYYY-MM') as name from published_file where document like '%agr_2026-014%"15"%'`,
  )
  const name = months[0]?.name ?? ''
  const env = toolEnvironment()
  const correct = (dataset: string) =>
    callTool(
      [
        'open-data',
        'correct',
        dataset,
        name,
        '--reason',
        'Un envoi de trop.',
        '--reason-en',
        'One too many.',
      ],
      env,
    )
  expect(await correct('communications-mensuelles')).toMatchObject({
    code: 1,
    err: expect.stringContaining('stays as it is'),
  })
  await load.db.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw(
      `delete from decision where legal_basis_id = 'agreement_68_1' and outcome = 'permit'`,
    )
    await tx.raw(`delete from decision where outcome = 'deny'`)
  })
  expect(await correct('communications-mensuelles')).toMatchObject({
    code: 0,
    out: expect.stringContaining(`communications-mensuelles/${name}-c1.csv`),
  })
  const old = await rowsOf('communications-mensuelles', name)
  const corrected = json(await read(`/communications-mensuelles/${name}-c1.json`))
  expect(corrected).toMatchObject({
    corrects: `${name}.json`,
    reason: { fr: 'Un envoi de trop.', en: 'One too many.' },
  })
  expect(figure(old)).toBe('15')
  expect(figure(corrected['rows'] as Record<string, string>[])).toBe('<10')
  expect((await publishedLeaves(load.db)).every(({ holds }) => holds)).toBe(true)
  expect(JSON.stringify(json(await read('/catalogue.jsonld')))).toContain('prov:wasRevisionOf')
  // A row of all bodies is corrected part by part, by what its first file was made of: once.
  expect(await correct('decisions-refusees')).toMatchObject({ code: 0 })
  const refusals = json(await read(`/decisions-refusees/${name}-c1.json`))
  expect(new Set((refusals['rows'] as Named[]).map(({ personnes }) => personnes))).toEqual(
    new Set(['<10']),
  )
  expect((await correct('decisions-refusees')).err).toContain('was corrected 1 times: no more')
  expect((await correct('inconnu')).err).toContain('There is no dataset')
  expect((await callTool(['open-data', 'correct', 'x'], env)).code).toBe(2)
})
