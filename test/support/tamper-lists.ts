import type { Copy, Row } from './tampering.ts'
import { sealedTables } from '../../src/house/sealed-tables.ts'
import { rowIn } from './tampering.ts'

// The tables and columns in which the tamper drill expects each change to be found. Each table of the database stands in one of the
// lists.

/** Rows that record what was allowed, shown, decided, sent or erased, and rows that prove it. */
export const guarded = [
  'consent_current',
  'consent_record',
  'consent_request',
  'consent_request_item',
  'counted_month',
  'decision',
  'dek',
  'disclosure',
  'disclosure_anomaly',
  'disclosure_declared',
  'disclosure_received',
  'dispute',
  'erasure',
  'inquiry_day',
  'ledger_event',
  'ledger_position',
  'log',
  'log_node',
  'matching_answer',
  'monthly_count',
  'notice_shown',
  'operator_deed',
  'operator_deed_head',
  'person_head',
  'presentation',
  'public_object',
  'published_file',
  'receipt',
  'refused_day',
  'register_leaf',
  'register_objects',
  'register_seal',
  'rendered_page',
  'revocation_delivery',
  'silenced_question',
] as const

/**
 * Rows that open an access: the code that opens something by one refuses it where it was changed or invented. A row that was deleted is
 * not drawn: a seal tells nothing of it (docs/design/proof.md).
 */
export const sealed = [
  'accounts',
  'claim_answer',
  'connections',
  'contact_point',
  'factors_set_aside',
  'key_attestations',
  'known_devices',
  'oidc_artifacts',
  'oidc_session_authorizations',
  'oidc_sessions',
  'passkeys',
  'password_proposals',
  'passwords',
  'persons',
  'recovery_codes',
  'recovery_holds',
  'service_secret',
  'sign_in_request',
  'signin_attempts',
  'signin_passwords',
  'totp_enrolments',
  'totp_factors',
  'upstream_arrivals',
  'upstream_errands',
  'upstream_identities',
  'upstream_sessions',
  'vouched_values',
  'ways_in',
  'webauthn_challenges',
  'webauthn_users',
] as const

/** Of these, the rows that a sealed list names: an older one that is put back with its own seal opens nothing either. */
export const listed = [
  'contact_point',
  'factors_set_aside',
  'passwords',
  'recovery_codes',
  'recovery_holds',
  'totp_factors',
  'upstream_identities',
  'vouched_values',
  'ways_in',
] as const

const told = 'a line or a message that she is shown: nothing opens by it (docs/design/proof.md)'

/** Tables whose rows matter, and that nothing guards: what follows from that stands in docs/design/proof.md. */
export const notGuarded: Readonly<Record<string, string>> = {
  activity: told,
  notices: told,
  notification: told,
  notification_preference: told,
}

/** Tables that record no past fact: work under way, memories that spare a repetition, marks of jobs. */
export const noFacts: Readonly<Record<string, string>> = {
  answer_draft: 'an answer that is not given yet',
  applied_functions: 'which functions stand in the database: `migrate` makes them anew',
  checkpoint:
    'a list of signed notes: files, witnesses, monitors and the signer’s record hold them',
  asked_again: 'a visit’s way past an earlier no',
  consent_reminder: 'that a reminder went out',
  decision_key: 'spares the repetition of a request, for a day',
  duty_lease: 'which process does a duty now',
  erasure_mark: 'how far a job has come',
  first_seals: 'that a table was sealed as it stood, for an operator who would do it again',
  fido_metadata:
    'the newest metadata file that was seen: it bears a seal, and one that does not fit ends level 3',
  fold_walk: 'how far a job has come, and what it found',
  ledger_pending: 'waits for its place, a second long',
  job_given_up: 'counts of jobs that were given up',
  kept_pepper: 'what is left of a key that was retired: without it passwords open nothing',
  inquiry_excuse: 'waits for the end of its day: the event of that day tells it',
  inquiry_tally: 'counts of a day that is not closed: the event of that day tells them',
  inquiry_total: 'sums of a day, for an alarm: the events tell the days',
  key_check: 'a list of keys: a process that holds others does not start',
  log_key: 'a list of keys that were published: monitors and the secrets of the house hold them',
  log_restore: 'that a log was put back to an older state: it bears a seal, and operators end it',
  log_signing: 'how far the signer has come: its record is kept in files',
  log_witnesses: 'the witnesses that this house asks',
  matching_stop: 'that a body gets no answers: it bears a seal, and operators end it',
  me_answer: 'spares the repetition of a request',
  migration_bears: 'which code may start: `migrate` writes it anew',
  oidc_replays: 'proofs that are used up, for minutes',
  outgoing_mail: 'whether mail goes out',
  held_tries: 'counts of tries that are given back, for hours',
  rate_limits: 'counts of tries',
  refused_mark: 'how far a job has come; the events name the days',
  session_ending: 'what a browser is told once: it opens and allows nothing',
  register_state: 'a number that makes processes read the register again',
  upstream_logouts: 'logout tokens that are used up, for minutes',
  unconfirmed_mark: 'how far a job has come',
  served_minute: 'that a process could serve: the count of a month bears a seal',
  signal_event: 'waits for a body: of a row that is not of its stream nothing is sent',
  signal_note: 'counts of events that were dropped or refused',
  signal_stream: 'where a body is told: it bears a seal, and without it nothing is sent there',
  signal_subject_removed: 'of whom a body does not want to be told',
  sign_in_silence: 'of which bodies she wants no sign-in requests: nothing opens by it',
  worker_beat: 'when a worker gave its last sign of life',
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
