import { Client } from 'pg'

// Fills the tables with as many rows as a busy house has, because plans depend on the numbers. References and triggers are off meanwhile.

// With this many rows a full scan costs forty times an index scan. More rows would only raise that, and take as much longer to write.
const count = 8000
const u = 'gen_random_uuid()'
const hash = `sha256(i::text::bytea)`
const old = `now() - i * interval '1 minute'`
// What a list of a body names is in the register.
const dataset = `(select min(object_no) from register_objects where kind = 'dataset')`

/** Every table that grows with people or time, and how it grows. */
const growing: Readonly<Record<string, string>> = {
  persons: `(person_id, created_at) select ${u}, ${old}`,
  accounts: `(person_id, opened_at) select ${u}, ${old}`,
  ways_in: `(person_id, ways) select ${u}, '{}'`,
  activity: `(activity_id, person_id, kind, result, request_id, at) select ${u}, ${u}, 'access.signed-in', 'done', 'r', ${old}`,
  connections: `(connection_id, person_id, service_id, scopes, first_used_at, last_used_at)
    select ${u}, ${u}, 'service-' || i % 50, '{openid}', ${old}, ${old}`,
  webauthn_users: `(person_id, user_handle) select ${u}, ${hash}`,
  passkeys: `(passkey_id, person_id, credential_id, public_key, sign_count, transports, aaguid, backup_eligible, backup_state, name, created_at)
    select ${u}, ${u}, ${hash}, ${hash}, 0, '{}', ${u}, false, false, 'clé', ${old}`,
  webauthn_challenges: `(challenge, ceremony, errand, expires_at) select ${hash}, 'get', 'e' || i, ${old}`,
  recovery_codes: `(code_index, person_id, proof, created_at) select lpad(i::text, 6, '0'), ${u}, ${hash}, ${old}`,
  signin_attempts: `(visit_id_sha256, person_id, proof, proved_at, expires_at) select ${hash}, ${u}, 'passkey', ${old}, ${old}`,
  held_tries: `(name, key, ends, place, points) select ${hash}, 'k' || i, i, 1, 1`,
  rate_limits: `(key, points, expire) select 'k' || i, 1, i`,
  oidc_sessions: `(id, uid, account_id, payload, device, last_seen_at, expires_at) select ${hash}, 'u' || i, ${u}, '{}', 'd', ${old}, ${old}`,
  oidc_session_authorizations: `(session_uid, client_id, content) select 'u' || i, 'c', '{}'`,
  oidc_artifacts: `(id, model, payload, grant_id, account_id, expires_at) select ${hash}, 'AccessToken', '{}', 'g' || i, ${u}, ${old}`,
  oidc_replays: `(id, expires_at) select ${hash}, ${old}`,
  session_ending: `(id, because, ended_at, expires_at) select ${hash}, 'recovery', ${old}, ${old}`,
  consent_request: `(request_id, visit, person_id, client_id, recipient, created_at, expires_at) select ${u}, ${hash}, ${u}, 'c', 1, ${old}, ${old}`,
  consent_request_item: `(request_id, item_no, consent_id, agreement, purpose, dataset, text, categories_required, categories_optional, valid_until, valid_until_local)
    select ${u}, 1, ${u}, 1, 1, 1, 1, 1, 0, ${old}, '2027-01-01'`,
  rendered_page: `(sha256, html, first_shown_at) select sha256(convert_to('page ' || i, 'UTF8')), 'page ' || i, ${old}`,
  presentation: `(presentation_id, request_id, item_no, text, lang, canonical_sha256, rendered_sha256, grant_label, refuse_label, order_of_items, shown_at, channel, assistance_offered, assistance_used)
    select ${u}, ${u}, 1, 1, 'fr-CA', ${hash}, ${hash}, 'oui', 'non', '{}', ${old}, 'web', true, false`,
  consent_record: `(consent_id, arrangement_id, version_in_arrangement, person_id, request_id, agreement, purpose, dataset, legal_basis_id, holder, recipient,
      categories_granted, categories_declined, express, one_time, valid_from, valid_until, valid_until_local, tz, presentation_id, text_pair_sha256, channel, acr, amr, created_at)
    select ${u}, ${u}, 1, ${u}, ${u}, 1, 1, 1, 'consent_53', 1, 2, 1, 0, false, false, ${old}, now() + interval '1 year', '2027-01-01', 'America/Toronto', ${u}, ${hash}, 'web', 'a', '{}', ${old}`,
  consent_current: `(person_id, consent_id, arrangement_id, holder, recipient, dataset, purpose, agreement, categories, state, state_seq, state_at, valid_from, valid_until)
    select ${u}, ${u}, ${u}, 1, 2, 1, 1, 1, 1, 'active', 1, ${old}, ${old}, now() + interval '1 year'`,
  person_head: `(person_id) select ${u}`,
  dek: `(person_id, year, wrapped_key, kek_id, created_at) select ${u}, 2026, ${hash}, substr(${hash}, 1, 8), ${old}`,
  ledger_event: `(person_id, event_id, recorded_at, visible_from, person_seq, shard, dek_year, kind, commitment, body)
    select ${u}, ${u}, ${old}, ${old}, 1, 0, 2026, 'consent.granted', ${hash}, ${hash}`,
  decision: `(decision_id, evaluated_at, person_id, holder, recipient, dataset, purpose, asked, permitted, outcome, reason_code, policy_version, last_at)
    select ${u}, ${old}, ${u}, 1, 2, 1, 1, 1, 0, 'deny', 'NO_CONSENT', 1, ${old}`,
  refused_day: `(person_id, day, event_id) select ${u}, date '2026-01-01' + i % 300, ${u}`,
  decision_key: `(request_key, decision_id, content_sha256, at) select ${u}, ${u}, ${hash}, ${old}`,
  disclosure: `(disclosure_id, decision_id, person_id, person_seq, status, occurred_at, recorded_at, categories_actual, delivery, late, in_flight, anomaly, report_sha256)
    select ${u}, ${u}, ${u}, 1, 'recorded', ${old}, ${old}, 1, 'pull', false, false, false, ${hash}`,
  disclosure_received: `(received_id, decision_id, consent_id, person_id, person_seq, holder, recipient, dataset, query_id, occurred_at, recorded_at, categories, content_sha256)
    select ${u}, case when i % 100 > 0 then ${u} end, ${u}, ${u}, 1, 1, 2, 1, 'q' || i, ${old}, ${old}, 1, ${hash}`,
  disclosure_declared: `(declaration_id, person_id, person_seq, holder, recipient, dataset, legal_basis_id, law, reference, occurred_at, recorded_at, categories)
    select ${u}, ${u}, 1, 1, 2, ${dataset}, 'law_67', '{}', 'r' || i, ${old}, ${old}, 1`,
  inquiry_day: `(inquiry_id, person_id, person_seq, day, holder, recipient, dataset, purpose, agreement, consent_id, introspected, decided, excused, undecided, recorded_at)
    select ${u}, ${u}, 1, date '2026-01-01' + i % 300, 1, 2, 1, 1, 1, ${u}, 1, 0, '{}', 1, ${old}`,
  inquiry_tally: `(person_id, day, holder, recipient, dataset, purpose, agreement, consent_id, introspected)
    select ${u}, date '2026-01-01' + i % 300, 1, 2, 1, 1, 1, ${u}, 1`,
  receipt: `(receipt_id, person_id, consent_id, event_id, kind, dek_year, body, jwt_sha256, issued_at)
    select ${u}, ${u}, ${u}, ${u}, 'consent.granted', 2026, ${hash}, ${hash}, ${old}`,
  revocation_delivery: `(consent_id, party, role, person_id, queued_at) select ${u}, i % 2, 'holder', ${u}, ${old}`,
  notification: `(notification_id, person_id, kind, channel, contact_id, language, template_version, queued_at, tried_at, sent_at)
    select ${u}, ${u}, 'disclosure.new', 'email', ${u}, 'fr', 1, ${old}, now(), case when i % 100 > 0 then now() end`,
  notification_preference: `(person_id, channel, language, changed_at, sendings, sendings_told_until, question_reminders)
    select ${u}, 'none', 'fr', ${old}, 'each', ${old}, true`,
  notice_shown: `(notice_id, person_id, agreement, purpose, dataset, categories, lang, rendered_sha256, shown_at)
    select ${u}, ${u}, 1, 1, 1, 1, 'fr-CA', ${hash}, ${old}`,
}

export const growingTables: readonly string[] = Object.keys(growing)

export async function fillWithCrowd(url: string): Promise<void> {
  const client = new Client({ connectionString: url, statement_timeout: 120_000 })
  await client.connect()
  try {
    await client.query('set session_replication_role = replica')
    for (const [table, rows] of Object.entries(growing)) {
      await client.query(`insert into ${table} ${rows} from generate_series(1, ${count}) i`)
    }
    await client.query('analyze')
  } finally {
    await client.end()
  }
}

const [copies, rowsOfEach] = [500, 3]

type Column = { readonly name: string; readonly type: string; readonly unique: boolean }

/**
 * Gives five hundred strangers rows as a person has them, with the same bodies, the same purpose, at the same moment, as on a busy day of
 * one body. Nobody counts them.
 */
export async function crowdAround(client: Client, personId: string): Promise<void> {
  await client.query('set session_replication_role = replica')
  for (const table of growingTables) {
    const { rows: columns } = await client.query<Column>(
      `select attname as name, format_type(atttypid, null) as type, exists (select from pg_index i
         where i.indrelid = attrelid and i.indisunique and attnum = any(i.indkey)) as unique
       from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
      [table],
    )
    if (!columns.some(({ name }) => name === 'person_id')) continue
    await client.query(
      `insert into ${table} (${columns.map(({ name }) => name).join(', ')})
       select ${columns.map(strange).join(', ')}
       from (select * from ${table} where person_id = $1 limit ${rowsOfEach}) t, generate_series(1, ${copies}) on conflict do nothing`,
      [personId],
    )
  }
  await client.query('set session_replication_role = origin')
}

function strange({ name, type, unique }: Column): string {
  if (type === 'uuid') return `case when t.${name} is not null then gen_random_uuid() end`
  return unique && type === 'bytea' ? 'sha256(uuid_send(gen_random_uuid()))' : `t.${name}`
}
