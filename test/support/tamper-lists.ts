import type { Copy, Row } from './tampering.ts'
import { rowIn } from './tampering.ts'

// The tables and columns in which the tamper drill expects each change to be found. Each table of the database stands in one of the
// lists.

/** Rows that record what was allowed, shown, decided, sent or erased, and rows that prove it. */
export const guarded = [
  'consent_current',
  'consent_record',
  'consent_request',
  'consent_request_item',
  'decision',
  'dek',
  'disclosure',
  'disclosure_anomaly',
  'disclosure_received',
  'dispute',
  'erasure',
  'ledger_event',
  'ledger_position',
  'log',
  'log_node',
  'notice_shown',
  'person_head',
  'presentation',
  'public_object',
  'receipt',
  'refused_day',
  'register_leaf',
  'register_objects',
  'register_seal',
  'rendered_page',
  'revocation_delivery',
  'silenced_question',
] as const

const access = 'opens an access: sealed by a later step'
const told = 'a line or a message that she is shown, and no event tells it'

/** Tables whose rows matter, and that nothing guards yet. The list gets shorter. */
export const notGuarded: Readonly<Record<string, string>> = {
  accounts: access,
  activity: told,
  connections: access,
  contact_point: access,
  factors_set_aside: access,
  known_devices: told,
  notices: told,
  notification: told,
  notification_preference: told,
  oidc_artifacts: access,
  oidc_session_authorizations: access,
  oidc_sessions: access,
  passkeys: access,
  password_proposals: access,
  passwords: access,
  persons: access,
  recovery_codes: access,
  recovery_holds: access,
  signin_attempts: access,
  signin_passwords: access,
  totp_enrolments: access,
  totp_factors: access,
  webauthn_challenges: access,
  webauthn_users: access,
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
  erasure_mark: 'how far a job has come',
  first_seals: 'that a table was sealed as it stood, for an operator who would do it again',
  fold_walk: 'how far a job has come, and what it found',
  ledger_pending: 'waits for its place, a second long',
  log_key: 'a list of keys that were published: monitors and the secrets of the house hold them',
  log_witnesses: 'the witnesses that this house asks',
  me_answer: 'spares the repetition of a request',
  oidc_replays: 'proofs that are used up, for minutes',
  outgoing_mail: 'whether mail goes out',
  rate_limits: 'counts of tries',
  refused_mark: 'how far a job has come; the events name the days',
  register_state: 'a number that makes processes read the register again',
  unconfirmed_mark: 'how far a job has come',
}

/** Columns of guarded tables that record no past fact. */
export const noFactColumns: Readonly<Record<string, string>> = {
  'consent_request.visit': 'the browser’s number of a request, gone with the visit',
  'consent_request.answers_sha256': 'knows an equal answer again',
  'dek.created_at': 'a key opens or does not; events tell when one was destroyed',
  'dek.destroyed_at': 'a key opens or does not; events tell when one was destroyed',
  'dek.destroy_event_id': 'a key opens or does not; events tell when one was destroyed',
  'log.state': 'whether it still takes entries',
  'person_head.shard': 'in which queue the next entries wait; there is one',
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
  dek: {
    why: 'a key of a year without an event',
    is: (row, now) =>
      !rowsIn(now, 'ledger_event').some(
        (event) => event['person_id'] === row['person_id'] && event['dek_year'] === row['year'],
      ),
  },
  disclosure_anomaly: {
    why: 'not guarded yet: a contradiction about a decision that is not there',
    is: (row, now) =>
      !rowsIn(now, 'decision').some((one) => one['decision_id'] === row['about']) &&
      !rowsIn(now, 'disclosure_received').some((one) => one['received_id'] === row['about']),
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

function rowsIn(now: Copy, table: string): Row[] {
  return (now.get(table) ?? []).map(rowIn)
}
