import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { newUuid, uuidText } from '../../../src/base/values/ids.ts'
import { investigated, investigation, newKnownOf } from '../../support/law.ts'
import { refusalOf } from '../../support/house.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { startMovingStage } from '../../support/moving-stage.ts'
import { usualLooks } from '../../support/patience.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import { newSharer, openLoad, portOf, reasonOf, stopAt } from '../../support/sharing-load.ts'
import { decide, evaluation, holderToken, shareAsNewcomer } from '../../support/sharing.ts'

// I37: somebody with the database's owner, and no key of ours, replaces what the database runs. Nothing is permitted by it, on the processes that
// run and on one that starts.

let stage: MovingStage
let load: Load
let token: string

beforeAll(async () => {
  stage = await startMovingStage(undefined, undefined, { env: usualLooks })
  load = await openLoad(stage)
  token = await holderToken(stage, 'decide')
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

const both = [0, 1]
const untrusted = 'RECORD_UNTRUSTED'
// A look each second, and PostgreSQL tells its counters up to ten seconds later.
const limit = { timeout: 30_000 }

async function reasonAt(n: number, { sub }: Pick<Sharer, 'sub'>, requestId?: string) {
  const change = requestId === undefined ? {} : { requestId }
  return reasonOf(await decide(stage, token, evaluation(sub, change), portOf(stage, n)))
}

/** Each of the two processes looks for itself. Of these answers none is written. */
async function trustedAgain(sharer: Sharer): Promise<void> {
  for (const n of both)
    await vi.waitFor(async () => {
      expect(await reasonAt(n, sharer)).not.toBe(untrusted)
    }, limit)
}

async function read(what: string): Promise<string> {
  const { rows } = await stage.db.raw<{ rows: { text: string }[] }>(`select ${what} as text`)
  return rows[0]?.text ?? ''
}
const functionNow = (name: string) => read(`pg_get_functiondef('${name}'::regproc)`)
const viewText = (name: string) => read(`pg_get_viewdef('${name}'::regclass)`)
const viewNow = async (name: string) => `create or replace view ${name} as ${await viewText(name)}`

const outputLines = () => stage.output().split('\n')
const putBackLines = () =>
  outputLines().filter((line) => /"level":50.*something was replaced and put back/.test(line))
    .length

function fresh(): Promise<string | undefined> {
  return refusalOf('serve', {
    DATABASE_URL: stage.databaseUrl,
    KEYS_DIR: stage.keysDir,
    WORK: 'no',
    PORT: '20003',
  })
}

// Each: what is done, how it is put back, and the object that is named.
const changes: [string, string, string | (() => Promise<string>), RegExp][] = [
  [
    'a permit is said to be written, and is not',
    `create or replace function write_permits(permits json) returns text[] language sql as $$ select array['written'] $$`,
    () => functionNow('write_permits'),
    /function public\.write_permits\(permits json\) is another one/,
  ],
  [
    'a trigger is added',
    'create trigger one_more before insert on decision for each row execute function suppress_redundant_updates_trigger()',
    'drop trigger one_more on decision',
    /trigger public\.decision\.one_more is not of this version/,
  ],
  [
    'the triggers of a table are off',
    'alter table ledger_event disable trigger all',
    'alter table ledger_event enable trigger all',
    /trigger public\.ledger_event\.\w+ is another one/,
  ],
  [
    'a rule writes elsewhere',
    'create rule nothing as on insert to decision_key do instead nothing',
    'drop rule nothing on decision_key',
    /rule public\.decision_key\.nothing is not of this version/,
  ],
  [
    'rows are hidden',
    'alter table decision_key enable row level security',
    'alter table decision_key disable row level security',
    /relation public\.decision_key is another one/,
  ],
  [
    'a default says another thing',
    'alter table decision alter times set default 0',
    'alter table decision alter times set default 1',
    /column public\.decision\.\d+ is another one/,
  ],
  [
    'a function of the same name takes other words',
    `create function quebec_day(moment timestamp) returns date language sql as $$ select date '2000-01-01' $$`,
    'drop function quebec_day(timestamp)',
    /function public\.quebec_day\(moment timestamp without time zone\) is not of this version/,
  ],
]

test.each(changes)(
  'where %s nothing is permitted, and it is named',
  async (_, change, back, named) => {
    const sharer = await newSharer(load)
    const undo = typeof back === 'string' ? back : await back()
    await stage.db.raw(change)
    try {
      for (const n of both) expect(await reasonAt(n, sharer)).toBe(untrusted)
      expect(stage.output()).toMatch(named)
    } finally {
      await stage.db.raw(undo)
    }
    await trustedAgain(sharer)
  },
)

test('D5: the epoch of the register stands still while an agreement is suspended', async () => {
  const sharer = await newSharer(load)
  const undo = await viewNow('register_epoch')
  const epoch = await read('(select epoch from register_epoch)')
  await stage.db.raw(`create or replace view register_epoch as select ${epoch}::bigint as epoch`)
  try {
    await stage.apply({ of: 'agr_2026-001', set: { status: 'suspended' } })
    for (const n of both) expect(await reasonAt(n, sharer)).toBe(untrusted)
    expect(await fresh()).toMatch(/relation public\.register_epoch is another one/)
  } finally {
    await stage.db.raw(undo)
  }
  await trustedAgain(sharer)
  for (const n of both) expect(await reasonAt(n, sharer)).toBe('AGREEMENT_NOT_IN_FORCE')
  await stage.apply({ of: 'agr_2026-001', set: { status: 'in_force' } })
})

test('D6, K1: at her stop the views lead to how it was before, at processes that knew her and at one that starts', async () => {
  const sharer = await newSharer(load)
  for (const n of both) expect(await reasonAt(n, sharer)).toBe('CONSENT_ACTIVE')
  const views = ['consent_states', 'ledger_heads']
  const undo = [...(await Promise.all(views.map(viewNow))), await functionNow('write_permits')]
  const [states, heads] = await Promise.all(views.map(viewText))
  await stage.db.raw('create table old_current as select * from consent_current')
  await stage.db.raw('create table old_head as select * from person_head')
  try {
    await stopAt(sharer, sharer.consentId, portOf(stage, 0))
    await transact(stage.db, async (tx) => {
      for (const [name, text = '', table, old] of [
        ['consent_states', states, 'consent_current', 'old_current'],
        ['ledger_heads', heads, 'person_head', 'old_head'],
      ] as const)
        await tx.raw(`create or replace view ${name} as ${text.replaceAll(table, old)}`)
      await tx.raw(
        `create or replace function write_permits(permits json) returns text[] language sql as $$ select array_fill('written'::text, array[json_array_length(permits)]) $$`,
      )
    })
    for (const n of [0, 1, 0, 1, 0, 1]) expect(await reasonAt(n, sharer)).toBe(untrusted)
    expect(await fresh()).toMatch(
      /function public\.write_permits\(permits json\) is another one; .*ledger_heads|ledger_heads.*write_permits/,
    )
  } finally {
    for (const one of undo) await stage.db.raw(one)
    await stage.db.raw('drop table old_current, old_head')
  }
  await trustedAgain(sharer)
  for (const n of both) expect(await reasonAt(n, sharer)).toBe('CONSENT_REVOKED')
})

test('meanwhile people sign in and stop, each page says it, introspection knows nothing, and a process does not start', async () => {
  const sharer = await newSharer(load)
  const { accessToken } = await shareAsNewcomer(stage)
  await stage.db.raw('create view third as select 1 as one')
  try {
    for (const port of stage.ports)
      await vi.waitFor(async () => {
        const { body } = await sharer.browser.get('/mes-partages', { port })
        expect(body).toContain('Nous vérifions nos systèmes')
      }, limit)
    expect((await sharer.browser.get('/readyz')).status).toBe(200)
    expect((await sharer.browser.get('/status.json')).body).toMatch(/"decisions"[^}]*"down"/)
    for (const n of both) expect(await reasonAt(n, sharer)).toBe(untrusted)
    expect(JSON.parse((await stage.revenue.introspect(accessToken)).body)).toEqual({
      active: false,
    })
    expect(await fresh()).toMatch(
      /other code than this version: relation public\.third is not of this version\. « npm run migrate »/,
    )
    expect((await stopAt(sharer, sharer.consentId, portOf(stage, 0))).status).toBe(303)
  } finally {
    await stage.db.raw('drop view third')
  }
  await trustedAgain(sharer)
  for (const n of both) expect(await reasonAt(n, sharer)).toBe('CONSENT_REVOKED')
})

test('a view that is replaced and put back before a permit is written: it is decided again, and told', async () => {
  const sharer = await newSharer(load)
  const undo = await viewNow('register_epoch')
  const before = putBackLines()
  await stage.db.raw(
    'create or replace view register_epoch as select epoch + 0 as epoch from register_state',
  )
  await stage.db.raw(undo)
  for (const n of both) expect(await reasonAt(n, sharer)).toBe('CONSENT_ACTIVE')
  expect(putBackLines()).toBeGreaterThan(before)
})

// `npm run drill -- replaced` has 200, beside 64 callers.
const replacements = Number(process.env['DRILL_RUNS'] ?? 6)
const callers = process.env['DRILL_RUNS'] === undefined ? 8 : 64
const longestMs = 60
const clock = async () => Number(await read('extract(epoch from clock_timestamp()) * 1000'))

test(
  'what is read of replaced code beside many callers permits nothing',
  async () => {
    await stage.apply(...investigation(90))
    const people = await newKnownOf(stage, callers)
    const permits: { readonly id: string; readonly at: number }[] = []
    const over = new AbortController()
    const calling = people.map(async ({ sub }, n) => {
      while (!over.signal.aborted) {
        const given = await decide(stage, token, investigated(sub), portOf(stage, n))
        const at = Date.parse(String(given.context['evaluated_at']))
        if (given.decision) permits.push({ id: String(given.context['decision_id']), at })
      }
    })
    const undo = await viewNow('register_epoch')
    const windows: (readonly [number, number])[] = []
    for (let n = 0; n < replacements; n++) {
      const before = permits.length
      await vi.waitFor(() => expect(permits.length).toBeGreaterThan(before), limit)
      await pause(Math.random() * longestMs)
      await stage.db.raw(
        'create or replace view register_epoch as select epoch + 0 as epoch from register_state',
      )
      const from = await clock()
      await pause(Math.random() * longestMs)
      const until = await clock()
      await stage.db.raw(undo)
      windows.push([from, until])
    }
    over.abort()
    await Promise.all(calling)
    expect(permits.length).toBeGreaterThan(replacements)
    // Times are of whole milliseconds.
    const isMeanwhile = ({ at }: { readonly at: number }) =>
      windows.some(([from, to]) => from + 1 < at && at < to - 1)
    expect(permits.filter(isMeanwhile)).toEqual([])
  },
  60_000 + replacements * 3000,
)

test('code that comes after a permit began, and is gone before the next look, is counted, and the permit named', async () => {
  const sharer = await newSharer(load)
  await trustedAgain(sharer)
  const requestId = crypto.randomUUID()
  await stage.db.raw(
    'create function widened() returns trigger language plpgsql as $$ begin new.query_id := tg_name; return new; end $$',
  )
  // A permit that is being written waits at the key of its request, which somebody else holds.
  const holding = await stage.db.transaction()
  const asking = holding('decisionKey')
    .insert({
      requestKey: keyOf(requestId),
      decisionId: newUuid(new Date()),
      contentSha256: Buffer.alloc(32),
      at: new Date(),
    })
    .then(() => decide(stage, token, evaluation(sharer.sub, { requestId }), portOf(stage, 0)))
  try {
    await vi.waitFor(async () => {
      expect(await read(waitingForKey)).not.toBe('0')
    }, limit)
    const widen = 'create trigger widened before insert on decision for each row execute function'
    await stage.db.raw(`${widen} widened()`)
  } finally {
    await holding.rollback()
  }
  const { context } = await asking
  // A session tells its counts at once where it is asked to.
  await stage.db.raw(
    'drop trigger widened on decision; drop function widened(); select pg_stat_force_next_flush()',
  )
  await vi.waitFor(() => {
    const line = outputLines().find((one) => one.includes(String(context['decision_id'])))
    expect(line).toContain('"level":50')
    expect(line).toContain('"code":"CODE_UNTRUSTED"')
  }, limit)
  await trustedAgain(sharer)
})

const waitingForKey =
  "(select count(*)::text from pg_stat_activity where wait_event_type = 'Lock' and query like 'select case when (%')"

function keyOf(requestId: string): string {
  const hash = createHash('sha256').update(`org_agence-revenu ${requestId}`).digest()
  return uuidText(hash.subarray(0, 16))
}

test('what an operator does to tables denies nobody', async () => {
  for (const work of [
    'reindex table decision',
    'analyze decision',
    'vacuum full decision_key',
    'create index one_more on decision (query_id)',
  ]) {
    const sharer = await newSharer(load)
    await stage.db.raw(work)
    for (const n of both)
      expect([work, await reasonAt(n, sharer)]).toEqual([work, 'CONSENT_ACTIVE'])
  }
  await stage.db.raw('drop index one_more')
})
