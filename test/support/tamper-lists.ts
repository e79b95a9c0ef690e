import type { Copy, Row } from './tampering.ts'
import type { ChangeFound } from '../../src/base/database/plain-table.ts'
import { declaredTables, sealedTables } from '../../src/house/sealed-tables.ts'
import { rowIn } from './tampering.ts'

// The tables and columns in which the tamper drill expects each change to be found: of a table, its room says it (`ChangeFound`).

/** Rows that record what was allowed, shown, decided, sent or erased, and rows that prove it. */
export const guarded = tablesWhere((change) => change === 'events')

/**
 * Rows that open an access: the code that opens something by one refuses it where it was changed or invented. A row that was deleted is
 * not drawn: a seal tells nothing of it (docs/design/proof.md).
 */
export const sealed = tablesWhere((change) => change === 'seal' || change === 'list')

/** Of these, the rows that a sealed list names: an older one that is put back with its own seal opens nothing either. */
export const listed = tablesWhere((change) => change === 'list')

/** Tables whose rows matter, and that nothing guards: what follows from that stands in docs/design/proof.md. */
export const notGuarded = reasons((change) =>
  typeof change === 'object' && 'unnoticed' in change ? change.unnoticed : undefined,
)

/** Tables that record no past fact: work under way, memories that spare a repetition, marks of jobs. */
export const noFacts = reasons((change) =>
  typeof change === 'object' && 'noFact' in change ? change.noFact : undefined,
)

function tablesWhere(is: (change: ChangeFound) => boolean): readonly string[] {
  return declaredTables
    .filter(({ inventory: { change } }) => is(change))
    .map(({ table }) => table)
    .toSorted()
}

function reasons(
  why: (change: ChangeFound) => string | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    declaredTables.flatMap(({ table, inventory: { change } }) => {
      const reason = why(change)
      return reason === undefined ? [] : [[table, reason]]
    }),
  )
}

/** The columns that the seals of rows leave out, each with the reason that its room gives. */
const unsealed = sealedTables.flatMap(({ table, unsealed: left }) =>
  Object.entries(left).map(([column, why]): [string, string] => [`${table}.${column}`, why]),
)

/** Columns of guarded tables that record no past fact. */
export const noFactColumns: Readonly<Record<string, string>> = {
  ...Object.fromEntries(unsealed),
  'connections.ended_at': 'a connection that ended opens nothing, as one that was deleted',
  'consent_request.visit': 'the browser’s number of a request, gone with the visit',
  'consent_request.answers_sha256': 'knows an equal answer again',
  'dek.created_at': 'a key opens or does not; events tell when one was destroyed',
  'dek.destroyed_at': 'a key opens or does not; events tell when one was destroyed',
  'dek.destroy_event_id': 'a key opens or does not; events tell when one was destroyed',
  'log.queue':
    'whose waiting entries it takes: by another number it takes none, and a monitor says so',
  'log.state': 'whether it still takes entries',
  'persons.created_at': 'the standing has the instant of its own',
  'public_object.announced_at': 'when it was queued: its entry has a place in the log',
  'rendered_page.first_shown_at': 'each presentation has the instant of its own',
  'silenced_question.times': 'a count of questions that were not shown',
  'silenced_question.last_at': 'a count of questions that were not shown',
}

export function isFact(table: string, column: string): boolean {
  return noFactColumns[`${table}.${column}`] === undefined
}

/** Whether two values of a column say the same fact: that a question lapsed is told by no event. */
export function isSame(table: string, column: string, one: unknown, other: unknown): boolean {
  if (JSON.stringify(one) === JSON.stringify(other)) return true
  return table === 'consent_request_item' && column === 'state' && isOpen(one) && isOpen(other)
}

function isOpen(state: unknown): boolean {
  return state === 'requested' || state === 'lapsed'
}

type NoFact = { readonly why: string; is(row: Row, now: Copy): boolean }

/** Rows of guarded tables that say nothing of anybody. */
export const noFactRows: Readonly<Record<string, NoFact>> = {
  accounts: {
    why: 'an account of nobody',
    is: (row, now) => !rowsIn(now, 'persons').some((one) => one['person_id'] === row['person_id']),
  },
  connections: {
    why: 'a connection that ended',
    is: (row) => row['ended_at'] !== null,
  },
  counted_month: {
    why: 'a month in which nothing happened: the job counts it again',
    is: (row) => row['cells'] === 0,
  },
  persons: {
    why: 'a person without an account: nothing opens by her',
    is: (row, now) => !rowsIn(now, 'accounts').some((one) => one['person_id'] === row['person_id']),
  },
  dek: {
    why: 'a key of a year without an event',
    is: (row, now) =>
      !rowsIn(now, 'ledger_event').some(
        (event) => event['person_id'] === row['person_id'] && event['dek_year'] === row['year'],
      ),
  },
  passwords: { why: 'a person who is not there', is: isOfNobody },
  recovery_holds: { why: 'a person who is not there', is: isOfNobody },
  totp_factors: { why: 'a person who is not there', is: isOfNobody },
  webauthn_users: { why: 'a person who is not there', is: isOfNobody },
  person_head: {
    why: 'the end of a chain of its own whose permit or day is erased',
    is: (row, now) =>
      row['delayed'] === true &&
      !rowsIn(now, 'decision').some((one) => one['decision_id'] === row['person_id']) &&
      !rowsIn(now, 'refused_day').some((one) => one['event_id'] === row['person_id']),
  },
  register_seal: {
    why: 'a seal of a version that is not there',
    is: (row, now) =>
      !rowsIn(now, 'register_objects').some((one) => one['object_no'] === row['object_no']),
  },
  rendered_page: {
    why: 'a page that nobody was shown',
    is: (row, now) =>
      !['presentation', 'notice_shown'].some((table) =>
        rowsIn(now, table).some((shown) => shown['rendered_sha256'] === row['sha256']),
      ),
  },
}

function isOfNobody(row: Row, now: Copy): boolean {
  return !rowsIn(now, 'webauthn_users').some((one) => one['person_id'] === row['person_id'])
}

function rowsIn(now: Copy, table: string): Row[] {
  return (now.get(table) ?? []).map(rowIn)
}
