import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import type { CodeMarks } from '../../../src/base/migrating/code-marks.ts'
import { changeBetween, readMarks } from '../../../src/base/migrating/code-marks.ts'
import { decidingFunctions, decidingRelations } from '../../../src/base/migrating/code-stamp.ts'
import { pruneDoubtful } from '../../../src/base/migrating/doubtful-permits.ts'
import { factsText, permitsText } from '../../../src/consent/decisions/store.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, patience } from '../../support/database.ts'

// I37: the stamp under which permits are written names all that a decision may run, and nothing that is not there.

let database: FreshDatabase
let db: Database

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, patience)
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

type Named = {
  readonly kind: 'relation' | 'function'
  readonly name: string
  readonly text: string
  /** What a word in it means otherwise. */
  readonly own: readonly string[] | null
}

/**
 * Each of our relations and functions, with what it names: a view its query, a function its body, a table its triggers, but for those of
 * columns that a decision does not write.
 */
async function namedOnes(): Promise<Named[]> {
  const { rows } = await db.raw<{ rows: Named[] }>(`
    select 'function' as kind, proname::text as name, proargnames as own, concat_ws(' ', prosrc, format_type(prorettype, null),
      (select string_agg(format_type(t, null), ' ') from unnest(proargtypes) t)) as text
    from pg_proc where pronamespace = 'public'::regnamespace
    union all
    select 'relation', relname::text, null, concat_ws(' ', case relkind when 'v' then pg_get_viewdef(oid) end,
      (select string_agg(p.proname, ' ') from pg_trigger t join pg_proc p on p.oid = t.tgfoid
        where t.tgrelid = c.oid and not t.tgisinternal and cardinality(t.tgattr::int2[]) = 0),
      (select string_agg(format_type(a.atttypid, null), ' ') from pg_attribute a where a.attrelid = c.oid and c.relkind = 'c'))
    from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'c')`)
  return rows
}

test('all that a decision may run is in it, by name', async () => {
  const known = await namedOnes()
  const reached = new Set<Named>()
  const texts: string[] = []
  const began = permitsText.slice(permitsText.lastIndexOf('public.write_permits'))
  const open: Pick<Named, 'text' | 'own'>[] = [{ text: `${factsText} ${began}`, own: null }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { text, own } = next
    const code = text.replaceAll(/--.*/g, '').replaceAll(/'[^']*'/g, '')
    texts.push(code)
    const words = new Set(code.match(/[a-z_0-9]+/g)?.filter((word) => own?.includes(word) !== true))
    for (const one of known)
      if (words.has(one.name) && !reached.has(one)) {
        reached.add(one)
        open.push(one)
      }
  }
  const of = (kind: Named['kind']) =>
    [...new Set([...reached].filter((one) => one.kind === kind).map(({ name }) => name))].toSorted()
  expect(of('relation')).toEqual([...decidingRelations].toSorted())
  // Of a trigger the stamp has the function, too; in `use_consents` a variable is called as a function elsewhere.
  const { rows } = await db.raw<{ rows: { name: string; isBuiltIn: boolean }[] }>(
    `select distinct proname::text as name, pronamespace = 'pg_catalog'::regnamespace as is_built_in from pg_proc
     where prorettype <> 'trigger'::regtype`,
  )
  const run = new Set(of('function'))
  const called = new Set(
    texts.flatMap((text) => [...text.matchAll(/(\w+)\(/g)].map(([, name]) => name)),
  )
  const names = rows.filter(({ name, isBuiltIn }) => (isBuiltIn ? called : run).has(name))
  const listed: readonly string[] = [...decidingFunctions, 'clock_offset', 'written']
  expect(names.map(({ name }) => name).filter((name) => !listed.includes(name))).toEqual([])
  const there = new Set([...rows.map(({ name }) => name), 'written'])
  expect(listed.filter((name) => !there.has(name))).toEqual([])
})

const marks: CodeMarks = {
  stamp: '{1}/{2}/{3}/origin',
  counts: [5, 5],
  started: 'noon',
  at: new Date(),
}

test.each<[string, Partial<CodeMarks>, boolean, RegExp | undefined]>([
  ['nothing', {}, false, undefined],
  ['a table that was written anew', { stamp: '{9}/{2}/{3}/origin' }, false, undefined],
  ['a function', { stamp: '{1}/{9}/{3}/origin' }, true, /replaced and put back/],
  ['the clock', { stamp: '{1}/{2}/{9}/origin' }, false, /replaced and put back/],
  ['the clock, where it may be moved', { stamp: '{1}/{2}/{9}/origin' }, true, undefined],
  ['a trigger that came and went', { counts: [5, 7] }, true, /^2 definitions/],
  ['counts that were set back', { counts: [5, 0] }, false, /went back/],
  ['another PostgreSQL, which counts anew', { counts: [0, 0], started: 'one' }, false, undefined],
])('what changed between two looks: %s', (_, change, isMovable, says) => {
  const said = changeBetween(marks, { ...marks, ...change }, isMovable)
  if (says === undefined) expect(said).toBeUndefined()
  else expect(said).toMatch(says)
})

test('a trigger that came and went moved the counts, and not the stamp', async () => {
  const before = await readMarks(db)
  await db.raw(`create trigger one_more after delete on decision for each row execute function refuse_past_deny();
    drop trigger one_more on decision; select pg_stat_force_next_flush()`)
  const now = await readMarks(db)
  expect(now.stamp).toBe(before.stamp)
  expect(changeBetween(before, now, true)).toMatch(/definitions were written/)
})

test('permits that are old, and of too many the oldest, are in doubt no more', () => {
  const now = performance.now()
  const permits = new Map([['dec_old', now - 60_000]])
  for (let n = 0; n < 20_001; n++) permits.set(`dec_${n}`, now)
  pruneDoubtful(permits)
  expect([
    permits.size,
    permits.has('dec_old'),
    permits.has('dec_0'),
    permits.has('dec_1'),
  ]).toEqual([20_000, false, false, true])
})
