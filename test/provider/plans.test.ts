import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/base/platform/database.ts'
import { readingSession } from '../../src/base/platform/db-session.ts'
import { peopleWithEndingQuestions } from '../../src/consent/asking/store.ts'
import { refusedPage } from '../../src/consent/decisions/refused-store.ts'
import { sweepKeys } from '../../src/consent/decisions/store.ts'
import { unreportedPermits } from '../../src/consent/disclosures/store.ts'
import { nextPeople } from '../../src/consent/erasure/store.ts'
import { overdueBetween, unsaidByBody } from '../../src/consent/stops/store.ts'
import { unusedAccounts } from '../../src/people/accounts/closing-store.ts'
import { sweepActivity } from '../../src/people/accounts/store.ts'
import {
  awaitingReminders,
  awaitingSendings,
} from '../../src/people/notifications/preference-store.ts'
import { messageStanding, unsentByChannel } from '../../src/people/notifications/store.ts'
import { sweepExpired, sweepUnpushed } from '../../src/provider/store.ts'
import { sweepAttempts } from '../../src/signin/journey/store.ts'
import { sweepChallenges } from '../../src/webauthn/store.ts'
import { codeOf, signUp } from '../support/broker.ts'
import { makeBrowser } from '../support/browser.ts'
import type { ExplainedDatabase } from '../support/counted.ts'
import { explainedDatabase } from '../support/counted.ts'
import { fillWithCrowd, growingTables } from '../support/crowd.ts'
import type { Stage } from '../support/sharing.ts'
import { housePatience } from '../support/patience.ts'
import { codeAt } from '../support/totp.ts'
import { showCodeAt, typeIn, typeUp } from '../support/ways.ts'
import {
  decide,
  evaluation,
  holderToken,
  reportOf,
  shareAsNewcomer,
  startStage,
  stop,
} from '../support/sharing.ts'

// No statement of a request reads a growing table from end to end: PostgreSQL says how it would run each of those that a
// whole life sends, over tables of eight thousand rows.

let database: ExplainedDatabase
let stage: Stage
let before: number

beforeAll(async () => {
  database = await explainedDatabase()
  stage = await startStage(undefined, database)
  // After the start: a house does not start among rows that name keys which it does not hold.
  await fillWithCrowd(database.url)
  before = (await database.plans()).length
  await wholeLife()
}, 180_000)
afterAll(() => stage.stop())

async function wholeLife(): Promise<void> {
  const person = await signUp(stage, stage.aid)
  await stage.aid.redeem(codeOf(person.callback), person.errand)
  const shared = await shareAsNewcomer(stage)
  await stage.aid.refresh(String(shared.tokens['refresh_token']))
  const token = await holderToken(stage, 'decide')
  const permit = await decide(stage, token, evaluation(shared.sub))
  await stage.revenue.api('/disclosures', await holderToken(stage, 'report'), reportOf(permit))
  await shared.browser.get('/mes-partages')
  await shared.browser.get(`/mes-partages/${shared.consentId}`)
  await shared.browser.get('/acces')
  await shared.browser.get('/activite')
  await shared.browser.get('/acces/rien-ne-manque')
  await shared.browser.get('/preuves')
  await shared.browser.get(
    '/activite?quoi=envois&organisme=org_aide-etudes&renseignement=cat_revenu-net',
  )
  // A code that is nobody's: the counts of tries.
  await showCodeAt(stage, stage.aid, '0123456789ABCDEF')
  const own = await typeUp(stage, stage.aid)
  const typed = await typeIn(
    makeBrowser(stage),
    (await stage.aid.begin()).url,
    own,
    codeAt(own.seed),
  )
  expect(typed.answer.status).toBe(200)
  const span = 'from=2026-01-01T00:00:00Z&to=2026-12-31T00:00:00Z'
  const reports = await holderToken(stage, 'report')
  for (const list of ['/disclosures', '/disclosures/declarations'])
    expect((await stage.revenue.read(`${list}?${span}`, reports)).status).toBe(200)
  await stop(shared.browser, shared.consentId)
  await decide(stage, token, evaluation(shared.sub))
  await stage.revenue.introspect(shared.accessToken)
}

const sent = async () => (await database.plans()).slice(before)
test('all statements of a whole history use indexes', async () => {
  const plans = await sent()
  const scanned = plans.flatMap((explained) =>
    seqScans(explained.Plan)
      .filter((table) => growingTables.includes(table))
      .map((table) => `${table}: ${explained['Query Text'].slice(0, 200)}`),
  )
  expect([...new Set(scanned)]).toEqual([])
  // So that the test cannot pass by seeing nothing: the reads and writes of every room are among them.
  const seen = new Set(plans.flatMap(({ Plan }) => relations(Plan)))
  expect(growingTables.filter((table) => !seen.has(table))).toEqual([])
})

test('nor does a plan that PostgreSQL would keep for values that it does not know', async () => {
  const texts = new Set((await sent()).map((explained) => explained['Query Text']))
  const named = [...texts].filter((text) => text.includes('$1'))
  const client = new Client({ connectionString: database.url })
  await client.connect()
  const scanned: string[] = []
  let explained = 0
  for (const text of named) {
    const plan = await client
      .query<{ 'QUERY PLAN': unknown }>(`explain (generic_plan, format json) ${text}`)
      .then(({ rows }) => rows[0]?.['QUERY PLAN'])
      // Inside of a function a value has a name too, and a type that its text does not say.
      .catch(() => undefined)
    if (plan !== undefined) explained += 1
    const tables = seqScans(plan).filter((table) => growingTables.includes(table))
    scanned.push(...tables.map((table) => `${table}: ${text.slice(0, 200)}`))
  }
  await client.end()
  expect(scanned).toEqual([])
  expect(explained).toBeGreaterThan(100)
})

test('lines of activity are read by person: no plan walks a whole index', async () => {
  const own = (await sent()).filter((explained) => explained['Query Text'].includes('lines_of_'))
  expect(own.length).toBeGreaterThanOrEqual(4)
  const walked = own.flatMap(({ Plan }) => nodesOf(Plan).filter(isWalked))
  expect(walked.map((node) => `${node['Relation Name']} by ${node['Index Name']}`)).toEqual([])
})

test('a body’s permits are read by its own two indexes', async () => {
  const own = (await sent()).filter((explained) =>
    explained['Query Text'].includes('permits_of_bodies'),
  )
  const used = own.flatMap(({ Plan }) => nodesOf(Plan).flatMap((node) => node['Index Name'] ?? []))
  expect(new Set(used)).toEqual(new Set(['decision_of_holder', 'decision_of_recipient']))
})

test('what jobs look for is found by an index, also by a plan for values that nobody knows', async () => {
  const db = openDatabase(database.url, housePatience)
  const texts = new Set<string>()
  db.on('query', ({ sql }: { readonly sql: string }) => texts.add(sql))
  const [epoch, nobody] = [new Date(0), '00000000-0000-0000-0000-000000000000']
  const session = {
    rows: (text: string, values: readonly unknown[] = []) => (
      texts.add(text),
      readingSession(db).rows<never>(text, values)
    ),
  }
  for (const sweep of [sweepExpired, sweepUnpushed, sweepActivity, sweepAttempts, sweepChallenges])
    expect(await sweep(db, epoch)).toBe(0)
  expect(await sweepKeys(db, epoch)).toBe(0)
  await unusedAccounts(db, nobody, 100, { before: epoch, own: [] })
  await awaitingSendings(db, { after: nobody, weekAgo: epoch, limit: 100 })
  await awaitingReminders(db, { after: nobody, limit: 100 })
  await peopleWithEndingQuestions(db, [nobody], { now: epoch, soon: epoch })
  await nextPeople(db, 2000, 100)
  await unreportedPermits(db, nobody, 100)
  await refusedPage(db, '2026-01-01', undefined, 100)
  await overdueBetween(db, epoch, epoch)
  await unsaidByBody(session)
  await unsentByChannel(session, epoch)
  await messageStanding(db, epoch)
  await db.destroy()
  const client = new Client({ connectionString: database.url })
  await client.connect()
  const wrong: string[] = []
  for (const text of texts) {
    if (!text.includes('$1')) continue
    const { rows } = await client.query(`explain (generic_plan, format json) ${text}`)
    const found = nodesOf(rows).filter((node) => node['Node Type'] === 'Seq Scan' || isWalked(node))
    for (const node of found)
      if (growingTables.includes(node['Relation Name'] ?? '') && !isFirstBody(node))
        wrong.push(`${node['Relation Name']}: ${text.slice(0, 200)}`)
  }
  await client.end()
  expect(wrong).toEqual([])
  expect(texts.size).toBeGreaterThan(15)
})

test('a deny is looked for among those of its person, also while the statistics know of no deny', async () => {
  const shared = await shareAsNewcomer(stage)
  await stop(shared.browser, shared.consentId)
  const token = await holderToken(stage, 'decide')
  const client = new Client({ connectionString: database.url })
  await client.connect()
  // As after a night with permits alone, many of each person.
  for (const [column, known] of [
    [
      'outcome',
      "'n_distinct', 1::real, 'most_common_vals', '{permit}', 'most_common_freqs', '{1}'::real[]",
    ],
    ['person_id', "'n_distinct', 5::real"],
  ] as const)
    await client.query(
      `select pg_restore_attribute_stats('schemaname', 'public', 'relname', 'decision', 'attname', '${column}', 'inherited', false,
         'null_frac', 0::real, 'avg_width', 8, ${known})`,
    )
  // Plans that are kept are made anew, and nobody counts again.
  await client.query('alter table decision set (autovacuum_enabled = false)')
  await client.end()
  const from = (await database.plans()).length
  await decide(stage, token, evaluation(shared.sub))
  const plans = (await database.plans()).slice(from)
  const used = plans
    .filter((explained) => explained['Query Text'].includes('e.reason_code'))
    .flatMap(({ Plan }) => nodesOf(Plan).flatMap((node) => node['Index Name'] ?? []))
  expect(new Set(used)).toEqual(new Set(['decision_of_person', 'decision_pkey']))
})

test('the check finds a statement without an index', async () => {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  await client.query("select * from decision where reason_code = 'NONE'")
  await client.end()
  // The house reads the register meanwhile.
  const planned = (await database.plans()).findLast((one) => one['Query Text'].includes("'NONE'"))
  expect(seqScans(planned?.Plan)).toEqual(['decision'])
})

/** Tables that a plan reads from end to end, and has more than a few rows of to read. */
function seqScans(plan: unknown): string[] {
  return nodesOf(plan)
    .filter((node) => node['Node Type'] === 'Seq Scan')
    .map((node) => String(node['Relation Name']))
}

function relations(plan: unknown): string[] {
  return nodesOf(plan).flatMap((node) => node['Relation Name'] ?? [])
}

// The first body for which a stop waits: one row of an index.
const isFirstBody = (node: Node) => node['Index Name'] === 'revocation_delivery_waiting'

// What PostgreSQL would read of a table or an index without knowing whose rows.
function isWalked(node: Node): boolean {
  const isIndexScan = ['Index Scan', 'Index Only Scan', 'Bitmap Index Scan'].includes(
    node['Node Type'] ?? '',
  )
  return isIndexScan && node['Index Cond'] === undefined
}

type Node = {
  readonly 'Node Type'?: string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
}

function nodesOf(plan: unknown): Node[] {
  if (Array.isArray(plan)) return plan.flatMap(nodesOf)
  if (typeof plan !== 'object' || plan === null) return []
  return [plan, ...Object.values(plan).flatMap(nodesOf)]
}
