import { afterAll, beforeAll, expect, test } from 'vitest'
import { dayBefore } from '../../../src/base/values/calendar.ts'
import { readingSession } from '../../../src/base/database/db-session.ts'
import type { MonthlyCount } from '../../../src/consent/figures/index.ts'
import { monthOf } from '../../../src/consent/figures/index.ts'
import { sealedMonth } from '../../../src/consent/figures/seal.ts'
import { insertMonth } from '../../../src/consent/figures/store.ts'
import type { Answer } from '../../support/browser.ts'
import { makeBrowser } from '../../support/browser.ts'
import { sealsOf } from '../../support/seals.ts'
import type { Stage } from '../../support/sharing.ts'
import { startStage } from '../../support/sharing.ts'

// « Ce qui circule », for everybody.

let stage: Stage
let told: { readonly first: Answer; readonly months: readonly string[] }
beforeAll(async () => {
  stage = await startStage()
  const months = [2, 3].map((back) => dayBefore(monthOf(new Date()), `P${back}M`))
  const first = await makeBrowser(stage).get('/transparence')
  told = { first, months }
})
afterAll(() => stage.stop())

const read = (
  path: string,
  headers: Readonly<Record<string, string>> = {},
  port = stage.ports[1],
) => makeBrowser(stage).get(path, { headers, ...(port === undefined ? {} : { port }) })

const permits = (people: number, change: Partial<MonthlyCount> = {}): MonthlyCount => ({
  outcome: 'permitted',
  agreement: 'agr_2026-001',
  holder: 'org_agence-revenu',
  recipient: 'org_aide-etudes',
  purpose: 'pur_calcul-aide',
  basis: 'consent_53',
  detail: null,
  times: people,
  people,
  ...change,
})

test('a house without a month tells what may circulate, and that no number is there yet', async () => {
  const { body, headers } = told.first
  expect(body).toContain('Aucun mois n’est encore compté.')
  expect(body).toContain('href="/register/agreements/agr_2026-001"')
  expect(body).toMatch(/Aide aux études[^<]*\.<\/a>/)
  expect(body).not.toContain('mois.csv')
  // What was not counted is not said to be few.
  expect(body).not.toContain('trop peu')
  for (const file of ['sujets', 'ententes']) {
    const table = await read(`/transparence/${file}.csv`, {}, stage.ports[0])
    expect(table.body).toContain(',"","","","",""\r\n')
    expect(table.body).not.toContain('<10')
  }
  expect(headers['set-cookie']).toBeUndefined()
  expect(headers['cache-control']).toBe('public, max-age=60')
})

test('its numbers are figures, in both languages and as tables, and are read once a minute', async () => {
  const { db, keysDir } = stage
  const [seals, session] = [await sealsOf(keysDir), readingSession(db)]
  const [newest = '', older = ''] = told.months
  const counts = [
    permits(41),
    permits(7, {
      agreement: 'agr_2026-014',
      purpose: 'pur_verification-loyer',
      basis: 'agreement_68_1',
    }),
    permits(22, { outcome: 'refused' }),
  ]
  const counted = { countedAt: new Date(), served: { minutes: 43_200, served: 43_199 } }
  await insertMonth(session, sealedMonth(seals, newest, counts, counted), counts)
  await insertMonth(session, sealedMonth(seals, older, counts, counted), [permits(5000)])

  const page = await read('/transparence')
  expect(page.status).toBe(200)
  expect(page.body).toMatch(/mois\.csv" type="text\/csv">40</)
  expect(page.body).toContain('99,9')
  // The older month is not as it was counted: it is shown to nobody.
  expect(page.body).not.toMatch(/5\s000/)
  const english = await read('/en/transparence', { Cookie: 'attested=yes' })
  expect(english.body).toContain('disclosures allowed')

  const csv = await read('/transparence/mois.csv')
  expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(csv.body.split('\r\n').slice(1, -1)).toEqual([
    `"${newest.slice(0, 7)}","40","40","<10","20","<10","<10","<10","","43200","43199"`,
  ])
  expect((await read('/transparence/ententes.csv')).body).toContain(
    '"agr_2026-014","org_agence-revenu","org_logement-abordable","agreement_68_1","housing","<10","<10","<10","<10","<10"',
  )
  expect((await read('/transparence/sujets.csv')).body).toContain('"studies",')

  // Whatever happens to the rows meanwhile, a minute long nobody reads them.
  const tag = String(page.headers['etag'])
  await db('monthlyCount').delete()
  await db('countedMonth').delete()
  const again = await read('/transparence', { 'If-None-Match': tag })
  expect([again.status, again.body]).toEqual([304, ''])
})
