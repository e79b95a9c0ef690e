import { Client } from 'pg'
import { catalogueText, comparedSettings } from '../../src/base/migrating/catalogue-query.ts'

// A house, and each command of the tool, compares what its database runs with the release when it starts. PostgreSQL worked a tenth of a
// second for each answer, and nearly all databases of the tests are copies of one template. So a process of the tests keeps the answers:
// where PostgreSQL's own tables have the very same row versions, and roles, rights and settings are the same, the answer is, too.

// Read by the statement, and no tables of one database alone: they stand in the state below, each in its way.
const apart = [
  'pg_auth_members',
  'pg_database',
  'pg_db_role_setting',
  'pg_parameter_acl',
  'pg_roles',
  'pg_settings',
  'pg_subscription',
]

const tables = [...new Set(catalogueText.match(/(?<=(?:from|join) pg_catalog\.)pg_\w+\b(?!\()/g))]
  .filter((name) => !apart.includes(name))
  .toSorted()

const settings = comparedSettings.map((name) => `pg_catalog.current_setting('${name}', true)`)

// A row version is where it lies and which transaction wrote it: a copy of a database has the same, and what is written later another.
// Libraries that are loaded are the server's, or those of a role or a database. Null where somebody counts the statements of this database.
const stateText = /* sql */ `select /* looked at code */
  case when pg_catalog.current_setting('pg_stat_statements.track', true) is distinct from 'top' then pg_catalog.concat_ws(' ',
    ${tables
      .map(
        (name) =>
          `(select pg_catalog.count(*) || ':' || pg_catalog.sum(pg_catalog.hashtidextended(t.ctid, t.xmin::pg_catalog.text::pg_catalog.int8)) from pg_catalog.${name} t)`,
      )
      .join(',\n    ')},
    (select pg_catalog.string_agg(r::pg_catalog.text, ' ' order by r.oid) from pg_catalog.pg_roles r),
    (select pg_catalog.string_agg(m::pg_catalog.text, ' ' order by m.oid) from pg_catalog.pg_auth_members m),
    (select pg_catalog.string_agg(a::pg_catalog.text, ' ' order by a.parname) from pg_catalog.pg_parameter_acl a),
    (select pg_catalog.string_agg(s.subname::pg_catalog.text, ' ' order by s.subname) from pg_catalog.pg_subscription s
      where s.subdbid = d.oid),
    (select pg_catalog.string_agg(s.setrole || ' ' || s.setconfig::pg_catalog.text, ' ' order by s.setrole, s.setdatabase)
      from pg_catalog.pg_db_role_setting s where s.setdatabase in (0, d.oid)),
    pg_catalog.concat_ws(',', ${settings.join(', ')}),
    pg_catalog.pg_postmaster_start_time(), pg_catalog.pg_conf_load_time(), d.datdba, d.datacl, current_user, session_user) end as state
  from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`

type Answer = (error: Error | null, result?: unknown) => void
type Query = (asked: unknown, ...more: readonly unknown[]) => unknown
type Asked = { readonly text: string; readonly values: readonly unknown[] }

// A database whose clock is moved, or that a test alters, has another state each time, of which nobody asks again later.
const mostKept = 12
const kept = new Map<string, unknown>()
let isKeeping = false

/** From now on this process asks PostgreSQL once for each state of its tables. */
export function keepCodeAnswers(): void {
  if (isKeeping) return
  isKeeping = true
  const ask = Client.prototype.query as unknown as (this: Client, ...words: unknown[]) => unknown
  function query(this: Client, asked: unknown, ...more: unknown[]): unknown {
    const [answer] = more
    if (!isComparison(asked) || typeof answer !== 'function') return ask.call(this, asked, ...more)
    void answerOnce((...words) => ask.call(this, ...words), asked, answer as Answer)
    return undefined
  }
  Object.assign(Client.prototype, { query })
}

async function answerOnce(ask: Query, asked: Asked, answer: Answer): Promise<void> {
  const before = await stateOf(ask, asked)
  if (before !== undefined && kept.has(before)) return answer(null, kept.get(before))
  ask(asked, async (error: Error | null, result: unknown) => {
    // What is written meanwhile would belong to neither.
    const isSame = error === null && before !== undefined && before === (await stateOf(ask, asked))
    if (isSame) keep(before, result)
    answer(error, result)
  })
}

function keep(state: string, result: unknown): void {
  kept.set(state, result)
  if (kept.size > mostKept) kept.delete([...kept.keys()][0] ?? '')
}

/** An error is the statement's own to tell. */
function stateOf(ask: Query, { values }: Asked): Promise<string | undefined> {
  return new Promise((resolve) => {
    ask(
      { text: stateText, values: [], name: 'state of the code' },
      (
        error: Error | null,
        result?: { readonly rows: readonly { readonly state: string | null }[] },
      ) => {
        const state = error === null ? result?.rows[0]?.state : undefined
        resolve(typeof state === 'string' ? `${JSON.stringify(values)} ${state}` : undefined)
      },
    )
  })
}

// knex writes the parameters in PostgreSQL's way.
const beginning = catalogueText.slice(0, catalogueText.indexOf('?'))

function isComparison(asked: unknown): asked is Asked {
  if (typeof asked !== 'object' || asked === null || !('text' in asked)) return false
  return typeof asked.text === 'string' && asked.text.startsWith(beginning)
}
