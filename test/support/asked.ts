// What a process reads and notes by itself, again and again: what it watches, its clock, and each minute in which it could serve.
const byItself = [
  '%as watched from register_epoch',
  '%as watched from log_standing',
  '%/* compared */%',
  '%/* looked at code */%',
  '%clock_timestamp() + clock_offset()%',
  'insert into served_minute%',
  'with counted as (%',
  // Of each connection, when it is opened.
  '%current_setting($1) as triggers,%',
  // PostgreSQL shows a constant of a statement as a parameter.
  'with nothing as (delete from rate_limits where %',
]

/** A condition of `pg_stat_statements`: a statement that somebody asked for. */
export const isAsked = byItself.map((text) => `query not like '${text}'`).join(' and ')

/** The same, of the one that compares what the database runs with the release. */
export const isComparison = "query like '%/* looked at code */%pg_get_functiondef%'"
