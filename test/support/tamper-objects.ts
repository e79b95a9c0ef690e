import type { Transaction } from '../../src/base/database/database.ts'
import { usualRoles } from '../../src/base/settings/database-roles.ts'
import type { Chance } from './tampering.ts'
import { pick } from './tampering.ts'

// Objects of the database's catalogue, changed by hand: somebody who owns the database, or is a superuser, and has no key. What stands in
// the schema is drawn from it as it is, so that a new function, view, table or trigger is drawn, too.

/** One change of an object, and what puts it back. */
export type ObjectChange = {
  readonly kind: string
  readonly said: string
  readonly change: readonly string[]
  readonly undo: readonly string[]
  /** The operator may do it: nothing names it, and no answer is another one. */
  readonly isAllowed?: true
}

type Routine = {
  readonly name: string
  readonly def: string
  readonly language: string
  readonly returns: string
  readonly isSet: boolean
}
type View = { readonly name: string; readonly def: string; readonly columns: readonly string[] }
type OfTable = { readonly on: string; readonly name: string; readonly def: string }

/** What the schema has, by kinds. */
export type Objects = {
  readonly routines: readonly Routine[]
  readonly views: readonly View[]
  readonly tables: readonly string[]
  readonly triggers: readonly OfTable[]
  readonly checks: readonly OfTable[]
  readonly keys: readonly OfTable[]
  readonly columns: readonly OfTable[]
}

export async function objectsOf(db: Pick<Transaction, 'raw'>): Promise<Objects> {
  const listed = async <Row>(text: string): Promise<Row[]> =>
    (await db.raw<{ rows: Row[] }>(text)).rows
  return {
    routines: await listed(
      `select p.oid::regprocedure::text as name, pg_get_functiondef(p.oid) as def, l.lanname as language,
         p.prorettype::regtype::text as returns, p.proretset as "isSet"
       from pg_proc p join pg_language l on l.oid = p.prolang
       where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' order by 1`,
    ),
    views: await listed(
      `select c.relname as name, trim(trailing ';' from pg_get_viewdef(c.oid)) as def,
         (select json_agg(a.attname order by a.attnum) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0) as columns
       from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'v' order by 1`,
    ),
    tables: (
      await listed<{ name: string }>(
        `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
      )
    ).map(({ name }) => name),
    triggers: await listed(
      `select t.tgrelid::regclass::text as on, t.tgname as name, pg_get_triggerdef(t.oid) as def
       from pg_trigger t join pg_class c on c.oid = t.tgrelid
       where c.relnamespace = 'public'::regnamespace and not t.tgisinternal order by 1, 2`,
    ),
    checks: await listed(constraints('c')),
    keys: await listed(constraints('f')),
    columns: await listed(
      `select a.attrelid::regclass::text as on, a.attname as name, pg_get_expr(d.adbin, d.adrelid) as def
       from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum join pg_class c on c.oid = a.attrelid
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attgenerated = '' order by 1, 2`,
    ),
  }
}

function constraints(kind: 'c' | 'f'): string {
  return `select k.conrelid::regclass::text as on, k.conname as name, pg_get_constraintdef(k.oid) as def
    from pg_constraint k where k.connamespace = 'public'::regnamespace and k.contype = '${kind}' and k.conrelid <> 0 order by 1, 2`
}

type Drawing = (objects: Objects, chance: Chance) => Omit<ObjectChange, 'kind'>

const drawings: Readonly<Record<string, Drawing>> = {
  'function replaced': functionReplaced,
  'view replaced': viewReplaced,
  'trigger off': ({ triggers }, chance) => {
    const { on, name } = pick(chance, triggers)
    return {
      said: `${name} on ${on}`,
      change: [`alter table ${on} disable trigger ${name}`],
      undo: [`alter table ${on} enable trigger ${name}`],
    }
  },
  'trigger gone': ({ triggers }, chance) => {
    const { on, name, def } = pick(chance, triggers)
    return { said: `${name} on ${on}`, change: [`drop trigger ${name} on ${on}`], undo: [def] }
  },
  'trigger made': ({ tables }, chance) => {
    const on = pick(chance, tables)
    const [when, answer] = pick(chance, [
      ['before insert', 'null'],
      ['before update', 'old'],
      ['after insert', 'null'],
    ] as const)
    return {
      said: `${when} on ${on}`,
      change: [
        `create function not_ours() returns trigger language plpgsql as 'begin return ${answer}; end'`,
        `create trigger not_ours ${when} on ${on} for each row execute function not_ours()`,
      ],
      undo: [`drop trigger not_ours on ${on}`, 'drop function not_ours()'],
    }
  },
  'rule made': ({ tables }, chance) => {
    const [on, deed] = [pick(chance, tables), pick(chance, ['insert', 'update', 'delete'])]
    return {
      said: `${deed} on ${on} does nothing`,
      change: [`create rule not_ours as on ${deed} to ${on} do instead nothing`],
      undo: [`drop rule not_ours on ${on}`],
    }
  },
  'rows hidden': ({ tables }, chance) => {
    const on = pick(chance, tables)
    return {
      said: on,
      change: [
        `alter table ${on} enable row level security`,
        `create policy not_ours on ${on} using (false)`,
      ],
      undo: [`drop policy not_ours on ${on}`, `alter table ${on} disable row level security`],
    }
  },
  'default changed': ({ columns }, chance) => {
    const { on, name, def } = pick(chance, columns)
    const change = pick(chance, [
      `alter table ${on} alter ${name} drop default`,
      `alter table ${on} alter ${name} set default null`,
    ])
    const undo = [`alter table ${on} alter ${name} set default ${def}`]
    return { said: `${on}.${name}`, change: [change], undo }
  },
  'check gone': ({ checks }, chance) => constraintGone(pick(chance, checks)),
  'foreign key gone': ({ keys }, chance) => constraintGone(pick(chance, keys)),
  'view in the place of a table': ({ tables }, chance) => {
    const on = pick(chance, tables)
    return {
      said: on,
      change: [
        `alter table ${on} rename to not_ours`,
        `create view ${on} as select * from not_ours`,
      ],
      undo: [`drop view ${on}`, `alter table not_ours rename to ${on}`],
    }
  },
  'function of the same name': ({ routines }, chance) => {
    const name = pick(chance, routines).name.replace(/\(.*/, '')
    const change = `create function ${name}(not_ours point) returns text language sql as $$ select 'x' $$`
    return { said: name, change: [change], undo: [`drop function ${name}(point)`] }
  },
  'function among PostgreSQL’s own': () => ({
    said: 'lower(uuid)',
    change: [
      `create function pg_catalog.lower(uuid) returns text language sql as $$ select 'x'::text $$`,
    ],
    undo: ['drop function pg_catalog.lower(uuid)'],
  }),
  'operator made': () => ({
    said: 'text = uuid',
    change: [
      `create function not_ours(text, uuid) returns bool language sql as 'select true'`,
      'create operator public.= (leftarg = text, rightarg = uuid, function = not_ours)',
    ],
    undo: ['drop operator public.= (text, uuid)', 'drop function not_ours(text, uuid)'],
  }),
  'cast made': () => ({
    said: 'bytea as boolean',
    change: [
      `create function not_ours(bytea) returns bool language sql as 'select true'`,
      'create cast (bytea as bool) with function not_ours(bytea) as implicit',
    ],
    undo: ['drop cast (bytea as bool)', 'drop function not_ours(bytea)'],
  }),
  'event trigger made': () => ({
    said: 'ddl_command_end',
    change: [
      `create function not_ours() returns event_trigger language plpgsql as 'begin end'`,
      'create event trigger not_ours on ddl_command_end execute function not_ours()',
    ],
    undo: ['drop event trigger not_ours', 'drop function not_ours()'],
  }),
  'right given': ({ tables }, chance) => {
    const right = pick(chance, [
      `truncate on ${pick(chance, tables)}`,
      `trigger on ${pick(chance, tables)}`,
      'create on schema public',
    ])
    const role = usualRoles.serving
    return {
      said: `${right} to ${role}`,
      change: [`grant ${right} to ${role}`],
      undo: [`revoke ${right} from ${role}`],
    }
  },
  'owner changed': ({ tables, views, routines }, chance) => {
    const one = pick(chance, [
      `table ${pick(chance, tables)}`,
      `view ${pick(chance, views).name}`,
      `function ${pick(chance, routines).name}`,
    ])
    return {
      said: one,
      change: [`alter ${one} owner to ${usualRoles.serving}`],
      undo: [`alter ${one} owner to current_user`],
    }
  },
  'unique index made': ({ tables }, chance) => {
    const on = pick(chance, tables)
    const change = `create unique index not_ours on ${on} ((1)) where false`
    return { said: on, change: [change], undo: ['drop index not_ours'] }
  },
  'plain index made': ({ columns }, chance) => {
    const { on, name } = pick(chance, columns)
    return {
      said: `${on}.${name}`,
      change: [`create index not_ours on ${on} (${name})`],
      undo: ['drop index not_ours'],
      isAllowed: true,
    }
  },
  'schema made': () => ({
    said: 'with a table of a name that is ours',
    change: ['create schema not_ours', 'create table not_ours.consent_current (seal bytea)'],
    undo: ['drop schema not_ours cascade'],
    isAllowed: true,
  }),
}

function functionReplaced({ routines }: Objects, chance: Chance): Omit<ObjectChange, 'kind'> {
  const { name, def, language, returns, isSet } = pick(chance, routines)
  const signature = def.slice(0, def.search(/\n\s*(?:AS \$|BEGIN ATOMIC|RETURN )/))
  const answer = (() => {
    if (returns === 'trigger') return 'begin return null; end'
    if (language === 'sql' && !isSet && returns !== 'void' && returns !== 'record')
      return `select null::${returns}`
    return undefined
  })()
  const other =
    answer !== undefined && chance() < 0.7
      ? [`${signature}\nas $not_ours$ ${answer} $not_ours$`]
      : [
          `alter function ${name} ${pick(chance, ['security definer', 'set work_mem = 64', 'strict'])}`,
        ]
  return {
    said: `${name}: ${other[0]?.slice(-80) ?? ''}`,
    change: other,
    undo: [def, ...putsBack(def, name)],
  }
}

// `create or replace` leaves what it does not name as it was: security, strictness, settings.
function putsBack(def: string, name: string): string[] {
  return [
    ...(/\bSECURITY DEFINER\b/.test(def) ? [] : [`alter function ${name} security invoker`]),
    ...(/\bSTRICT\b/.test(def) ? [] : [`alter function ${name} called on null input`]),
    ...(/\bSET work_mem\b/.test(def) ? [] : [`alter function ${name} reset work_mem`]),
  ]
}

function viewReplaced({ views }: Objects, chance: Chance): Omit<ObjectChange, 'kind'> {
  const { name, def, columns } = pick(chance, views)
  const isOfState = columns.includes('state')
  const lines = columns.map((column) =>
    column === 'state' ? `replace(state, 'revoked', 'active')::text as state` : column,
  )
  const how = pick(chance, [
    { said: 'says nothing', select: '*', where: 'where false' },
    { said: 'the same in other words', select: '*', where: 'where true' },
    ...(isOfState ? [{ said: 'active for revoked', select: lines.join(', '), where: '' }] : []),
  ])
  return {
    said: `${name}: ${how.said}`,
    change: [
      `create or replace view ${name} as select ${how.select} from (${def}) was ${how.where}`,
    ],
    undo: [`create or replace view ${name} as ${def}`],
  }
}

function constraintGone({ on, name, def }: OfTable): Omit<ObjectChange, 'kind'> {
  return {
    said: `${name} of ${on}`,
    change: [`alter table ${on} drop constraint ${name}`],
    undo: [`alter table ${on} add constraint ${name} ${def}`],
  }
}

export const objectKinds: readonly string[] = Object.keys(drawings)

const maxDraws = 100

/** Makes one change of an object. @returns undefined where none that was drawn could be made and put back */
export async function changeObject(
  tx: Transaction,
  objects: Objects,
  chance: Chance,
): Promise<ObjectChange | undefined> {
  for (let draw = 0; draw < maxDraws; draw++) {
    const kind = pick(chance, objectKinds)
    const drawn = drawings[kind]?.(objects, chance)
    if (drawn === undefined) continue
    const one = { kind, ...drawn }
    if (!(await canBeMade(tx, one))) continue
    await runAll(tx, one.change)
    return one
  }
  return undefined
}

export async function runAll(tx: Transaction, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await tx.raw(statement.replaceAll('?', '\\?'))
}

class Undone extends Error {}

// What PostgreSQL refuses, as a view that would have columns of other types, is drawn anew.
async function canBeMade(tx: Transaction, { change, undo }: ObjectChange): Promise<boolean> {
  try {
    await tx.transaction(async (inner) => {
      await runAll(inner, change)
      await runAll(inner, undo)
      throw new Undone()
    })
  } catch (error) {
    return error instanceof Undone
  }
  return false
}
