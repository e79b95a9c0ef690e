// Settings by which a statement means what it says. Each connection of ours asks for them when it is opened, so that what somebody set
// for the database or for our role counts for nothing (decision 0196).

/** A parameter of PostgreSQL, and its value as a connection asks for it. */
export const pinnedSettings = {
  // PostgreSQL's own names come first, then ours, and names of a session last: there nobody stands before us.
  search_path: 'public,pg_temp',
  row_security: 'on',
  transform_null_equals: 'off',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  backslash_quote: 'safe_encoding',
  gin_fuzzy_search_limit: '0',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  TimeZone: 'UTC',
  DateStyle: 'ISO,MDY',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  // Of what a migration makes.
  check_function_bodies: 'on',
  default_table_access_method: 'heap',
  default_tablespace: '',
} as const

export const pinnedOptions: readonly string[] = Object.entries(pinnedSettings).map(
  ([name, value]) => `${name}=${value}`,
)

/**
 * What only a superuser may set, for a role, a database or all: a role like ours cannot ask for it, and looks. Without triggers nothing
 * refuses a change of the ledger.
 */
export const superuserSettings = `select pg_catalog.current_setting('session_replication_role') as triggers,
  pg_catalog.current_setting('plpgsql.variable_conflict', true) as names`
export type SuperuserSettings = { readonly triggers: string; readonly names: string | null }

/** What of it changes the meaning of a statement; undefined: nothing. */
export function changedMeaning({ triggers, names }: SuperuserSettings): string | undefined {
  if (triggers !== 'origin') return `session_replication_role is ${triggers}`
  return names === null || names === 'error' ? undefined : `plpgsql.variable_conflict is ${names}`
}
