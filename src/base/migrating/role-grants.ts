import type { Transaction } from '../database/database.ts'
import type { DatabaseRoles } from '../settings/database-roles.ts'
import type { Tell } from './apply-migrations.ts'

// Which role may do what in the database (decision 0196). The owner's role is that of `migrate`; what it made is its own, and others have only
// what they are given here. Each migrate gives what is missing and takes what is too much: a table of a new release is among them.

/** Which schema this is, and who bears it: a process that could write here could start on what it does not know. */
const ofMigrateAlone = [
  'public.knex_migrations',
  'public.knex_migrations_lock',
  'public.migration_bears',
  'public.release_catalogue',
  'graphile_worker.migrations',
]
/** Triggers refuse a change of their rows; what the triggers refuse, the role may not ask. */
const neverChanged = [
  'public.ledger_event',
  'public.public_object',
  'public.published_file',
  'public.register_leaf',
  'public.register_objects',
]
const onlyDeleted = [
  'public.consent_record',
  'public.ledger_position',
  'public.log_node',
  'public.receipt',
]

/** A deed holds the register still while it writes (`for share`), which takes the right to write to what it reads. */
const heldStill = ['public.register_epoch']

type Relation = {
  readonly object: string
  readonly isView: boolean
  /** `role privilege`, of everybody but its owner. */
  readonly granted: readonly string[]
}
type Server = {
  readonly roles: readonly string[]
  readonly maintains: boolean
  readonly isTemporaryForAll: boolean
  readonly isMadeByAll: boolean
  readonly database: string
}

/**
 * Gives the roles beside the owner's what they need, and no more. In the caller's transaction.
 * @param tell hears which role is not there
 */
export async function grantRoles(
  tx: Transaction,
  { serving, reading }: DatabaseRoles,
  tell: Tell,
): Promise<void> {
  await openQueue(tx)
  const server = await serverOf(tx, [serving, reading])
  for (const role of [serving, reading])
    if (!server.roles.includes(role)) tell(`no role ${role}: it was given nothing`)
  if (server.roles.length === 0) return
  const statements = [
    ...(server.isTemporaryForAll
      ? [`revoke temporary on database ${quoted(server.database)} from public`]
      : []),
    ...(server.isMadeByAll ? ['revoke create on schema public from public'] : []),
    `grant usage on schema public, graphile_worker to ${server.roles.map(quoted).join(', ')}`,
  ]
  const relations = await relationsOf(tx)
  for (const role of server.roles)
    for (const relation of relations) {
      const wanted = role === serving ? servedWith(relation, server) : ['select']
      statements.push(...changesOf(relation, role, wanted))
    }
  for (const statement of statements) await tx.raw(statement)
}

function servedWith({ object, isView }: Relation, { maintains }: Server): string[] {
  if (isView) return heldStill.includes(object) ? ['select', 'update'] : ['select']
  const rows = ofMigrateAlone.includes(object)
    ? ['select']
    : neverChanged.includes(object)
      ? ['select', 'insert']
      : onlyDeleted.includes(object)
        ? ['select', 'insert', 'delete']
        : ['select', 'insert', 'update', 'delete']
  // Files are written anew behind an erasure (decision 0184).
  return maintains ? [...rows, 'maintain'] : rows
}

function changesOf({ object, granted }: Relation, role: string, wanted: readonly string[]) {
  const has = granted
    .filter((each) => each.startsWith(`${role} `))
    .map((each) => each.slice(role.length + 1))
  const missing = wanted.filter((privilege) => !has.includes(privilege))
  const excess = has.filter((privilege) => !wanted.includes(privilege))
  return [
    ...(excess.length > 0 ? [`revoke ${excess.join(', ')} on ${object} from ${quoted(role)}`] : []),
    ...(missing.length > 0 ? [`grant ${missing.join(', ')} on ${object} to ${quoted(role)}`] : []),
  ]
}

// The queue's tables let nobody in but their owner, by security of rows without a policy. Here rights are given by role.
async function openQueue(tx: Transaction): Promise<void> {
  const { rows } = await tx.raw<{ rows: { object: string }[] }>(
    `select c.oid::regclass::text as object from pg_class c
     where c.relnamespace = 'graphile_worker'::regnamespace and c.relrowsecurity order by 1`,
  )
  for (const { object } of rows) await tx.raw(`alter table ${object} disable row level security`)
}

async function serverOf(tx: Transaction, names: readonly string[]): Promise<Server> {
  const { rows } = await tx.raw<{ rows: Server[] }>(
    `select array(select rolname::text from pg_roles where rolname = any(?::text[])) as roles,
       current_setting('server_version_num')::integer >= 170000 as maintains,
       current_database()::text as database,
       pg_has_role(d.datdba, 'usage')
         and exists (select from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) where grantee = 0 and privilege_type = 'TEMPORARY')
         as is_temporary_for_all,
       pg_has_role(n.nspowner, 'usage')
         and exists (select from aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) where grantee = 0 and privilege_type = 'CREATE')
         as is_made_by_all
     from pg_database d, pg_namespace n where d.datname = current_database() and n.nspname = 'public'`,
    [[...names]],
  )
  const [server] = rows
  if (server === undefined) throw new Error('no schema public')
  return server
}

async function relationsOf(tx: Transaction): Promise<Relation[]> {
  const { rows } = await tx.raw<{ rows: Relation[] }>(
    `select format('%I.%I', n.nspname, c.relname) as object, c.relkind not in ('r', 'p') as is_view,
       array(select format('%s %s', r.rolname, lower(a.privilege_type)) from aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee
             where a.grantee <> c.relowner) as granted
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('public', 'graphile_worker') and c.relkind in ('r', 'p', 'v', 'm')
       and not exists (select from pg_depend x where x.classid = 'pg_class'::regclass and x.objid = c.oid and x.deptype = 'e')
     order by 1`,
  )
  return rows
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
