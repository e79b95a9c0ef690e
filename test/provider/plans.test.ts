import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase, planSettings } from '../../src/base/database/database.ts'
import { readId } from '../../src/base/values/ids.ts'
import { readingSession } from '../../src/base/database/db-session.ts'
import { peopleWithEndingQuestions } from '../../src/consent/asking/store.ts'
import { refusedPage } from '../../src/consent/decisions/refused-store.ts'
import { sweepKeys } from '../../src/consent/decisions/store.ts'
import { unreportedPermits } from '../../src/consent/disclosures/store.ts'
import { nextPeople } from '../../src/consent/erasure/store.ts'
import { overdueBetween, unreportedStops } from '../../src/consent/stops/store.ts'
import { unusedAccounts } from '../../src/people/accounts/closing-store.ts'
import { sweepActivity } from '../../src/people/accounts/store.ts'
import {
  awaitingReminders,
  awaitingSendings,
} from '../../src/people/notifications/preference-store.ts'
import { messageStanding, unsentByChannel } from '../../src/people/notifications/store.ts'
import { sweepExpired, sweepUnpushed } from '../../src/provider/unit/session-store.ts'
import { sweepAttempts } from '../../src/signin/journey/store.ts'
import { sweepChallenges } from '../../src/webauthn/store.ts'
import { codeOf, signUp } from '../support/broker.ts'
import { formOf, makeBrowser } from '../support/browser.ts'
import type { Explained, ExplainedDatabase } from '../support/counted.ts'
import { explainedDatabase } from '../support/counted.ts'
import { crowdAround, fillWithCrowd, growingTables } from '../support/crowd.ts'
import { askAgain, looksOf } from '../support/replayed.ts'
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

// No statement of a request reads a growing table from end to end, nor the rows of others: PostgreSQL says how it would run each of those
// that a whole life sends, over tables of eight thousand rows.

let database: ExplainedDatabase
let stage: Stage
let life: readonly Explained[]
let personId: string

beforeAll(async () => {
  database = await explainedDatabase()
  stage = await startStage(undefined, database)
  // After the start: a house does not start among rows that name keys which it does not hold.
  await fillWithCrowd(database.url)
  const before = (await database.plans()).length
  await wholeLife()
  life = (await database.plans()).slice(before)
}, 180_000)
afterAll(() => stage.stop())

async function wholeLife(): Promise<void> {
  const person = await signUp(stage, stage.aid)
  await stage.aid.redeem(codeOf(person.callback), person.errand)
  const shared = await shareAsNewcomer(stage)
  await stage.aid.refresh(String(shared.tokens['refresh_token']))
  const [row]: { personId: string }[] = await stage
    .db('consentRecord')
    .select('personId')
    .where({ consentId: readId('con', shared.consentId) })
  personId = row?.personId ?? ''
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
  // A browser that still has the cookie of a session which is over.
  const left = shared.browser.clone()
  const { action, fields } = formOf(await shared.browser.get('/session/end'))
  await shared.browser.post(action, { ...fields, logout: 'yes' })
  expect((await left.get('/acces')).status).toBe(403)
}

test('all statements of a whole history use indexes', async () => {
  const scanned = life.flatMap((explained) =>
    seqScans(explained.Plan)
      .filter((table) => growingTables.includes(table))
      .map((table) => `${table}: ${explained['Query Text'].slice(0, 200)}`),
  )
  expect([...new Set(scanned)]).toEqual([])
  // So that the test cannot pass by seeing nothing: the reads and writes of every room are among them.
  const seen = new Set(life.flatMap(({ Plan }) => relations(Plan)))
  expect(growingTables.filter((table) => !seen.has(table))).toEqual([])
})

test('nor does a plan that PostgreSQL would keep for values that it does not know', async () => {
  const texts = new Set(life.map((explained) => explained['Query Text']))
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
  const own = life.filter((explained) => explained['Query Text'].includes('lines_of_'))
  expect(own.length).toBeGreaterThanOrEqual(4)
  const walked = own.flatMap(({ Plan }) => nodesOf(Plan).filter(isWalked))
  expect(walked.map((node) => `${node['Relation Name']} by ${node['Index Name']}`)).toEqual([])
})

test('a body’s permits are read by its own two indexes', async () => {
  const own = life.filter((explained) => explained['Query Text'].includes('permits_of_bodies'))
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
  for (const isSilent of [true, false])
    await overdueBetween(db, { from: epoch, to: epoch, isSilent })
  await unreportedStops(session)
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

test('no statement looks at the rows of others, whatever the statistics know', async () => {
  const from = (await database.plans()).length
  const client = new Client({ connectionString: database.url })
  await client.connect()
  await crowdAround(client, personId)
  for (const known of [noPermit, nothingElse, nothing]) {
    for (const statement of known) await client.query(statement)
    // As a hot statement is asked; the others too, because nine thousand rows are hashed for little, and a million are not.
    expect(await askAgain(database.url, life, planSettings)).toBeGreaterThan(100)
  }
  await client.end()
  const looks = (await database.plans())
    .slice(from)
    .flatMap(({ 'Query Text': text, Plan }) => looksOf(Plan).map((look) => ({ ...look, text })))
  const wrong = looks.filter(({ rows }) => rows > mostOwnRows)
  expect(wrong.map(({ at, rows, text }) => `${rows} ${at}: ${text.slice(0, 300)}`)).toEqual([])
  // Nor would one where it has not come to it.
  const far = looks.filter(
    ({ at, text }) => ofEverybody.test(at) && !text.includes('permits_of_bodies'),
  )
  expect(far.map(({ at, text }) => `${at}: ${text.slice(0, 300)}`)).toEqual([])
  expect(new Set(looks.map(({ at }) => at))).toContain('decision decision_of_person')
})

// Indexes of all rows of one kind, for jobs and for bodies' lists.
const ofEverybody =
  /(decision_(denied|of_holder|of_recipient)|consent_current_(by_end|by_start|counted|noes))$/

// She has some dozens of each; a stranger's like hers there are five hundred of.
const mostOwnRows = 300

// Statistics of a day on which there were few people with many rows each, and nothing of what is looked for: PostgreSQL then takes an index
// of that alone for empty.
const few = ['decision', 'consent_current'].map((table) =>
  statistics(table, 'person_id', "'n_distinct', 5::real"),
)
const noPermit = [...few, onlyOne('decision', 'outcome', 'deny')]
const nothingElse = [
  onlyOne('decision', 'outcome', 'permit'),
  onlyOne('consent_current', 'state', 'expired'),
  onlyOne('consent_request_item', 'state', 'answered'),
]
// As after a restore.
const nothing = [
  `select pg_clear_relation_stats('public', c.relname) from pg_class c
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'i')`,
  `select pg_clear_attribute_stats('public', c.relname, a.attname, false)
   from pg_class c join pg_attribute a on a.attrelid = c.oid
   where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped`,
]

function onlyOne(table: string, column: string, value: string): string {
  const known = `'n_distinct', 1::real, 'most_common_vals', '{${value}}', 'most_common_freqs', '{1}'::real[]`
  return statistics(table, column, known)
}

function statistics(table: string, column: string, known: string): string {
  return `select pg_restore_attribute_stats('schemaname', 'public', 'relname', '${table}', 'attname', attname::text, 'inherited', false,
    'null_frac', 0::real, 'avg_width', 8, ${known}) from pg_attribute where attrelid = '${table}'::regclass and attname = '${column}'`
}

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
