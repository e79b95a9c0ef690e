// What a process reads and notes by itself, again and again: what it watches, its clock, and each minute in which it could serve.
const byItself = [
  '%as watched from register_epoch',
  '%as watched from log_standing',
  '/* compared */%',
  '%clock_timestamp() + clock_offset()%',
  'insert into served_minute%',
  'with counted as (%',
  'with nothing as (delete from rate_limits where false)%',
]

/** A condition of `pg_stat_statements`: a statement that somebody asked for. */
export const isAsked = byItself.map((text) => `query not like '${text}'`).join(' and ')
