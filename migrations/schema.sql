-- The present schema. `npm run schema` writes this file from PostgreSQL's catalogs; a test fails while they differ. It
-- is only read, never run: the migrations make the tables, and migrations/functions/ the functions and views.

create table accounts (
  person_id uuid not null,
  locale text not null default 'fr-CA'::text,
  opened_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  invited_at timestamp with time zone,
  erase_at timestamp with time zone,
  suspended_at timestamp with time zone,
  session_epoch integer not null default 0,
  sessions_from integer not null default 0,
  session_kept text,
  seal bytea,
  nickname bytea,
  use text not null default 'own'::text,
  constraint accounts_pkey PRIMARY KEY (person_id),
  constraint accounts_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint accounts_closed_with_an_end CHECK (((closed_at IS NULL) = (erase_at IS NULL))),
  constraint accounts_locale_check CHECK ((locale = ANY (ARRAY['fr-CA'::text, 'en-CA'::text]))),
  constraint accounts_nickname_check CHECK (((octet_length(nickname) >= 37) AND (octet_length(nickname) <= 1024))),
  constraint accounts_seal_check CHECK ((octet_length(seal) = 20)),
  constraint accounts_use_check CHECK ((use = ANY (ARRAY['own'::text, 'work'::text])))
);
CREATE INDEX accounts_to_erase_in_order ON public.accounts USING btree (erase_at, person_id) WHERE (erase_at IS NOT NULL);
CREATE TRIGGER accounts_end_desk_session AFTER UPDATE ON public.accounts FOR EACH ROW WHEN (((new.use = 'work'::text) AND ((new.suspended_at IS NOT NULL) OR (new.closed_at IS NOT NULL) OR (new.session_epoch <> old.session_epoch)))) EXECUTE FUNCTION end_desk_session_of_access();

create table activity (
  activity_id uuid not null,
  person_id uuid,
  kind text not null,
  service_id text,
  acr text,
  amr text[],
  result text not null,
  reason text,
  request_id text not null,
  network text,
  at timestamp with time zone not null,
  device text,
  settled_at timestamp with time zone,
  factor_ids uuid[],
  constraint activity_pkey PRIMARY KEY (activity_id),
  constraint activity_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint activity_result_check CHECK ((result = ANY (ARRAY['done'::text, 'refused'::text])))
);
CREATE INDEX activity_by_time ON public.activity USING btree (at);
CREATE INDEX activity_of_person ON public.activity USING btree (person_id, at DESC) WHERE (person_id IS NOT NULL);

create table answer_draft (
  request_id uuid not null,
  item_no smallint not null,
  presentation_id uuid,
  answer text not null,
  chosen text[] not null,
  express text[] not null,
  until date,
  at timestamp with time zone not null,
  resumes boolean not null default false,
  constraint answer_draft_pkey PRIMARY KEY (request_id, item_no),
  constraint answer_draft_presentation_id_fkey FOREIGN KEY (presentation_id) REFERENCES presentation(presentation_id),
  constraint answer_draft_request_id_item_no_fkey FOREIGN KEY (request_id, item_no) REFERENCES consent_request_item(request_id, item_no),
  constraint answer_draft_answer_check CHECK ((answer = ANY (ARRAY['granted'::text, 'refused'::text, 'later'::text]))),
  constraint answer_draft_check CHECK (((presentation_id IS NULL) = (answer = 'later'::text)))
);
CREATE INDEX answer_draft_by_age ON public.answer_draft USING btree (at);
CREATE INDEX answer_draft_by_presentation ON public.answer_draft USING btree (presentation_id) WHERE (presentation_id IS NOT NULL);

create table asked_again (
  visit bytea not null,
  item_no smallint not null,
  recipient integer not null,
  asked_at timestamp with time zone not null,
  became text not null,
  constraint asked_again_pkey PRIMARY KEY (visit, item_no),
  constraint asked_again_became_check CHECK ((became = ANY (ARRAY['reminded'::text, 'kept'::text, 'seen'::text, 'silenced'::text]))),
  constraint asked_again_item_no_check CHECK ((item_no > 0)),
  constraint asked_again_visit_check CHECK ((octet_length(visit) = 32))
);
CREATE INDEX asked_again_by_time ON public.asked_again USING btree (asked_at, recipient);

create table card (
  card_id uuid not null,
  person_id uuid not null,
  number_mark bytea not null,
  last_four text not null,
  made_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  seal bytea,
  constraint card_pkey PRIMARY KEY (card_id),
  constraint card_number_mark_key UNIQUE (number_mark),
  constraint card_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint card_last_four_check CHECK ((last_four ~ '^[0-9]{4}$'::text)),
  constraint card_number_mark_check CHECK ((octet_length(number_mark) = 32)),
  constraint card_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE UNIQUE INDEX card_of_person ON public.card USING btree (person_id) WHERE (ended_at IS NULL);
CREATE INDEX card_of_person_ever ON public.card USING btree (person_id);
CREATE TRIGGER card_of_no_work_access BEFORE INSERT ON public.card FOR EACH ROW EXECUTE FUNCTION refuse_work_access();

create table card_code (
  proof bytea not null,
  card_id uuid not null,
  person_id uuid not null,
  used_at timestamp with time zone,
  seal bytea,
  constraint card_code_pkey PRIMARY KEY (proof),
  constraint card_code_card_id_fkey FOREIGN KEY (card_id) REFERENCES card(card_id),
  constraint card_code_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint card_code_proof_check CHECK ((octet_length(proof) = 32)),
  constraint card_code_seal_check CHECK ((octet_length(seal) = 20)),
  constraint card_code_used_has_no_seal CHECK (((used_at IS NULL) OR (seal IS NULL)))
);
CREATE INDEX card_code_of_card ON public.card_code USING btree (card_id);
CREATE INDEX card_code_of_person ON public.card_code USING btree (person_id);
CREATE TRIGGER card_code_of_no_work_access BEFORE INSERT ON public.card_code FOR EACH ROW EXECUTE FUNCTION refuse_work_access();

create table checkpoint (
  log_id smallint not null,
  tree_size bigint not null,
  root bytea not null,
  note text not null,
  signed_at timestamp with time zone not null,
  constraint checkpoint_pkey PRIMARY KEY (log_id, tree_size),
  constraint checkpoint_note_check CHECK ((length(note) <= 131072)),
  constraint checkpoint_root_check CHECK ((octet_length(root) = 32))
);

create table claim_answer (
  person_id uuid not null,
  service_id text not null,
  claim text not null,
  is_given boolean not null,
  purpose_sha256 bytea not null,
  answered_at timestamp with time zone not null,
  seal bytea not null,
  constraint claim_answer_pkey PRIMARY KEY (person_id, service_id, claim),
  constraint claim_answer_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint claim_answer_claim_check CHECK ((claim ~ '^[a-z_]{1,60}$'::text)),
  constraint claim_answer_purpose_sha256_check CHECK ((octet_length(purpose_sha256) = 32)),
  constraint claim_answer_seal_check CHECK ((octet_length(seal) = 20)),
  constraint claim_answer_service_id_check CHECK ((service_id ~ '^[a-z0-9-]{1,60}$'::text))
);
CREATE TRIGGER claim_answer_of_no_work_access BEFORE INSERT ON public.claim_answer FOR EACH ROW EXECUTE FUNCTION refuse_work_access();

create table connections (
  connection_id uuid not null,
  person_id uuid not null,
  service_id text not null,
  scopes text[] not null,
  claims text[] not null default '{}'::text[],
  first_used_at timestamp with time zone not null,
  last_used_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  seal bytea,
  constraint connections_pkey PRIMARY KEY (connection_id),
  constraint connections_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint connections_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE UNIQUE INDEX connections_live ON public.connections USING btree (person_id, service_id) WHERE (ended_at IS NULL);
CREATE INDEX connections_of_person ON public.connections USING btree (person_id);
CREATE TRIGGER connections_of_no_work_access BEFORE INSERT ON public.connections FOR EACH ROW EXECUTE FUNCTION refuse_work_access();

create table consent_current (
  person_id uuid not null,
  consent_id uuid not null,
  arrangement_id uuid not null,
  holder integer not null,
  recipient integer not null,
  dataset integer not null,
  purpose integer not null,
  agreement integer not null,
  categories bigint not null,
  state text not null,
  state_seq integer not null,
  state_at timestamp with time zone not null,
  suspended_reasons text[] not null default '{}'::text[],
  valid_from timestamp with time zone not null,
  valid_until timestamp with time zone not null,
  max_uses integer,
  frequency_count integer,
  frequency_per text,
  lookback_from date,
  lookback_to date,
  uses integer not null default 0,
  window_started_at timestamp with time zone,
  window_uses integer not null default 0,
  last_use_at timestamp with time zone,
  confirmed_at timestamp with time zone,
  uses_returned integer not null default 0,
  window_returned integer not null default 0,
  seal bytea,
  constraint consent_current_pkey PRIMARY KEY (person_id, consent_id),
  constraint consent_current_consent_id_fkey FOREIGN KEY (consent_id) REFERENCES consent_record(consent_id),
  constraint consent_current_check CHECK (((uses >= 0) AND (uses <= COALESCE(max_uses, uses)))),
  constraint consent_current_reasons CHECK (((suspended_reasons <@ ARRAY['person'::text, 'incident'::text, 'order'::text]) AND ((state = 'suspended'::text) OR (suspended_reasons = '{}'::text[])))),
  constraint consent_current_seal_check CHECK ((octet_length(seal) = 20)),
  constraint consent_current_state_check CHECK ((state = ANY (ARRAY['active'::text, 'suspended'::text, 'refused'::text, 'revoked'::text, 'expired'::text, 'superseded'::text, 'void'::text]))),
  constraint consent_current_uses_returned CHECK (((uses_returned >= 0) AND (uses_returned <= COALESCE(max_uses, uses_returned)))),
  constraint consent_current_window_returned_check CHECK ((window_returned >= 0)),
  constraint consent_current_window_uses CHECK ((window_uses >= 0))
) with (fillfactor=80);
CREATE INDEX consent_current_by_consent ON public.consent_current USING btree (consent_id);
CREATE INDEX consent_current_by_end ON public.consent_current USING btree (valid_until, consent_id) WHERE (state = ANY (ARRAY['active'::text, 'suspended'::text]));
CREATE INDEX consent_current_by_start ON public.consent_current USING btree (valid_from, consent_id) WHERE (state = ANY (ARRAY['active'::text, 'suspended'::text]));
CREATE INDEX consent_current_counted ON public.consent_current USING btree (consent_id) WHERE ((state = 'active'::text) AND (max_uses IS NOT NULL));
CREATE INDEX consent_current_ends ON public.consent_current USING btree (person_id, (
CASE state
    WHEN 'expired'::text THEN LEAST(state_at, valid_until)
    ELSE valid_until
END), consent_id) WHERE (state = ANY (ARRAY['active'::text, 'suspended'::text, 'expired'::text]));
CREATE UNIQUE INDEX consent_current_live ON public.consent_current USING btree (arrangement_id) WHERE (state = ANY (ARRAY['active'::text, 'suspended'::text]));
CREATE INDEX consent_current_noes ON public.consent_current USING btree (state_at, recipient) WHERE (state = ANY (ARRAY['refused'::text, 'revoked'::text]));
CREATE TRIGGER consent_current_of_no_work_access BEFORE INSERT ON public.consent_current FOR EACH ROW EXECUTE FUNCTION refuse_work_access();
CREATE TRIGGER consent_current_stops AFTER UPDATE OF state ON public.consent_current FOR EACH ROW WHEN (((new.state = ANY (ARRAY['revoked'::text, 'void'::text])) AND (old.state IS DISTINCT FROM new.state))) EXECUTE FUNCTION queue_revocation();

create table consent_record (
  consent_id uuid not null,
  arrangement_id uuid not null,
  version_in_arrangement integer not null,
  supersedes_consent_id uuid,
  person_id uuid not null,
  request_id uuid not null,
  agreement integer not null,
  purpose integer not null,
  dataset integer not null,
  legal_basis_id text not null,
  holder integer not null,
  recipient integer not null,
  categories_granted bigint not null,
  categories_declined bigint not null,
  express boolean not null,
  one_time boolean not null,
  max_uses integer,
  frequency_count integer,
  frequency_per text,
  lookback_from date,
  lookback_to date,
  valid_from timestamp with time zone not null,
  valid_until timestamp with time zone not null,
  valid_until_local date not null,
  tz text not null,
  presentation_id uuid not null,
  text_pair_sha256 bytea not null,
  channel text not null,
  acr text not null,
  amr text[] not null,
  agent_id uuid,
  office_org text,
  office_role text,
  created_at timestamp with time zone not null,
  constraint consent_record_pkey PRIMARY KEY (consent_id),
  constraint consent_record_arrangement_id_version_in_arrangement_key UNIQUE (arrangement_id, version_in_arrangement),
  constraint consent_record_presentation_id_key UNIQUE (presentation_id),
  constraint consent_record_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint consent_record_presentation_id_fkey FOREIGN KEY (presentation_id) REFERENCES presentation(presentation_id),
  constraint consent_record_request_id_fkey FOREIGN KEY (request_id) REFERENCES consent_request(request_id),
  constraint consent_record_supersedes_consent_id_fkey FOREIGN KEY (supersedes_consent_id) REFERENCES consent_record(consent_id),
  constraint consent_record_check CHECK (((office_org IS NULL) = (office_role IS NULL))),
  constraint consent_record_check1 CHECK (((categories_granted & categories_declined) = 0)),
  constraint consent_record_check2 CHECK ((valid_from < valid_until)),
  constraint consent_record_legal_basis_id_check CHECK ((legal_basis_id = ANY (ARRAY['consent_53'::text, 'consent_59_sensitive'::text]))),
  constraint consent_record_text_pair_sha256_check CHECK ((octet_length(text_pair_sha256) = 32)),
  constraint consent_record_version_in_arrangement_check CHECK ((version_in_arrangement > 0))
);
CREATE INDEX consent_record_by_request ON public.consent_record USING btree (request_id);
CREATE INDEX consent_record_of_person ON public.consent_record USING btree (person_id);
CREATE INDEX consent_record_superseding ON public.consent_record USING btree (supersedes_consent_id) WHERE (supersedes_consent_id IS NOT NULL);
CREATE TRIGGER consent_record_is_immutable BEFORE UPDATE OR TRUNCATE ON public.consent_record FOR EACH STATEMENT EXECUTE FUNCTION refuse_consent_change();
CREATE TRIGGER consent_record_of_no_work_access BEFORE INSERT ON public.consent_record FOR EACH ROW EXECUTE FUNCTION refuse_work_access();

create table consent_reminder (
  person_id uuid not null,
  consent_id uuid not null,
  due text not null,
  reminded_at timestamp with time zone not null,
  constraint consent_reminder_pkey PRIMARY KEY (person_id, consent_id, due),
  constraint consent_reminder_person_id_consent_id_fkey FOREIGN KEY (person_id, consent_id) REFERENCES consent_current(person_id, consent_id) ON DELETE CASCADE,
  constraint consent_reminder_due_check CHECK ((due ~ '^(month|week|year-[0-9]{1,2})$'::text))
);

create table consent_request (
  request_id uuid not null,
  visit bytea not null,
  person_id uuid not null,
  client_id text not null,
  recipient integer not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  answers_sha256 bytea,
  constraint consent_request_pkey PRIMARY KEY (request_id),
  constraint consent_request_visit_key UNIQUE (visit),
  constraint consent_request_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint consent_request_answers_sha256_check CHECK ((octet_length(answers_sha256) = 32)),
  constraint consent_request_visit_check CHECK ((octet_length(visit) = 32))
);
CREATE INDEX consent_request_by_time ON public.consent_request USING btree (person_id, created_at);
CREATE TRIGGER consent_request_of_no_work_access BEFORE INSERT ON public.consent_request FOR EACH ROW EXECUTE FUNCTION refuse_work_access();

create table consent_request_item (
  request_id uuid not null,
  item_no smallint not null,
  consent_id uuid not null,
  agreement integer not null,
  purpose integer not null,
  dataset integer not null,
  text integer not null,
  categories_required bigint not null,
  categories_optional bigint not null,
  valid_until timestamp with time zone not null,
  valid_until_local date not null,
  max_uses integer,
  frequency_count integer,
  frequency_per text,
  lookback_from date,
  lookback_to date,
  state text not null default 'requested'::text,
  narrows uuid,
  amends uuid,
  constraint consent_request_item_pkey PRIMARY KEY (request_id, item_no),
  constraint consent_request_item_consent_id_key UNIQUE (consent_id),
  constraint consent_request_item_narrows_fkey FOREIGN KEY (narrows) REFERENCES consent_record(consent_id),
  constraint consent_request_item_request_id_fkey FOREIGN KEY (request_id) REFERENCES consent_request(request_id),
  constraint consent_request_item_amends CHECK (((amends IS NULL) OR (narrows IS NULL))),
  constraint consent_request_item_check CHECK (((categories_required & categories_optional) = 0)),
  constraint consent_request_item_check1 CHECK (((frequency_count IS NULL) = (frequency_per IS NULL))),
  constraint consent_request_item_check2 CHECK ((((lookback_from IS NULL) = (lookback_to IS NULL)) AND (lookback_from <= lookback_to))),
  constraint consent_request_item_frequency_count_check CHECK ((frequency_count > 0)),
  constraint consent_request_item_item_no_check CHECK ((item_no > 0)),
  constraint consent_request_item_max_uses_check CHECK ((max_uses > 0)),
  constraint consent_request_item_state_check CHECK ((state = ANY (ARRAY['requested'::text, 'answered'::text, 'lapsed'::text, 'cancelled'::text])))
);
CREATE INDEX consent_request_item_narrows ON public.consent_request_item USING btree (narrows) WHERE (narrows IS NOT NULL);

create table contact_point (
  contact_id uuid not null,
  person_id uuid not null,
  channel text not null,
  sealed bytea not null,
  digest bytea not null,
  created_at timestamp with time zone not null,
  message_id uuid not null,
  confirm_by timestamp with time zone not null,
  tries smallint not null default 0,
  confirmed_at timestamp with time zone,
  removed_at timestamp with time zone,
  seal bytea,
  constraint contact_point_pkey PRIMARY KEY (contact_id),
  constraint contact_point_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint contact_point_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text]))),
  constraint contact_point_check CHECK (((removed_at IS NULL) OR (confirmed_at IS NOT NULL))),
  constraint contact_point_digest_check CHECK ((octet_length(digest) = 32)),
  constraint contact_point_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE UNIQUE INDEX contact_point_in_use ON public.contact_point USING btree (person_id, channel) WHERE ((confirmed_at IS NOT NULL) AND (removed_at IS NULL));
CREATE INDEX contact_point_of_person ON public.contact_point USING btree (person_id);
CREATE UNIQUE INDEX contact_point_to_confirm ON public.contact_point USING btree (person_id, channel) WHERE (confirmed_at IS NULL);
CREATE INDEX contact_point_to_forget ON public.contact_point USING btree (removed_at) WHERE (removed_at IS NOT NULL);
CREATE INDEX contact_point_unconfirmed ON public.contact_point USING btree (confirm_by) WHERE (confirmed_at IS NULL);

create table counted_month (
  month date not null,
  counted_at timestamp with time zone not null,
  cells integer not null,
  sha256 bytea not null,
  minutes integer,
  served integer,
  seal bytea not null,
  constraint counted_month_pkey PRIMARY KEY (month),
  constraint counted_month_cells_check CHECK ((cells >= 0)),
  constraint counted_month_check CHECK (((served >= 0) AND (served <= minutes))),
  constraint counted_month_check1 CHECK (((minutes IS NULL) = (served IS NULL))),
  constraint counted_month_minutes_check CHECK ((minutes > 0)),
  constraint counted_month_month_check CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
  constraint counted_month_seal_check CHECK ((octet_length(seal) = 20)),
  constraint counted_month_sha256_check CHECK ((octet_length(sha256) = 32))
);

create table decision (
  decision_id uuid not null,
  evaluated_at timestamp with time zone not null,
  person_id uuid not null,
  person_seq integer,
  consent_id uuid,
  holder integer not null,
  recipient integer,
  dataset integer not null,
  purpose integer,
  agreement integer,
  legal_basis_id text,
  asked bigint not null,
  permitted bigint not null,
  outcome text not null,
  reason_code text not null,
  policy_version smallint not null,
  valid_until timestamp with time zone,
  status text,
  query_id text,
  times integer not null default 1,
  last_at timestamp with time zone not null,
  visible_from timestamp with time zone,
  period_from date,
  period_to date,
  constraint decision_pkey PRIMARY KEY (decision_id),
  constraint decision_delay CHECK (((visible_from IS NULL) OR ((consent_id IS NULL) AND (legal_basis_id IS NOT NULL) AND (legal_basis_id = 'investigation_59'::text) AND (visible_from > evaluated_at) AND (visible_from <= (last_at + '365 days'::interval))))),
  constraint decision_outcome CHECK (
CASE outcome
    WHEN 'permit'::text THEN ((person_seq IS NOT NULL) AND (status IS NOT NULL) AND (valid_until IS NOT NULL) AND (legal_basis_id IS NOT NULL) AND (permitted <> 0) AND ((permitted & (~ asked)) = 0))
    ELSE ((person_seq IS NULL) AND (status IS NULL) AND (permitted = 0))
END),
  constraint decision_outcome_check CHECK ((outcome = ANY (ARRAY['permit'::text, 'deny'::text]))),
  constraint decision_period CHECK ((((period_from IS NULL) = (period_to IS NULL)) AND (period_from <= period_to))),
  constraint decision_rests_on_one CHECK (((outcome = 'deny'::text) OR (((consent_id IS NOT NULL) = (reason_code = 'CONSENT_ACTIVE'::text)) AND ((consent_id IS NOT NULL) = (legal_basis_id = ANY (ARRAY['consent_53'::text, 'consent_59_sensitive'::text])))))),
  constraint decision_status_check CHECK ((status = ANY (ARRAY['authorised'::text, 'recorded'::text, 'nil'::text, 'unconfirmed'::text, 'disputed'::text])))
);
CREATE INDEX decision_denied ON public.decision USING btree (decision_id) WHERE (outcome = 'deny'::text);
CREATE INDEX decision_of_holder ON public.decision USING btree (holder, decision_id) WHERE (outcome = 'permit'::text);
CREATE INDEX decision_of_person ON public.decision USING btree (person_id, evaluated_at);
CREATE INDEX decision_of_recipient ON public.decision USING btree (recipient, decision_id) WHERE (outcome = 'permit'::text);
CREATE INDEX decision_shown_later ON public.decision USING btree (person_id, visible_from) WHERE (visible_from IS NOT NULL);
CREATE TRIGGER decision_no_past_deny BEFORE INSERT ON public.decision FOR EACH ROW WHEN ((new.outcome = 'deny'::text)) EXECUTE FUNCTION refuse_past_deny();
CREATE TRIGGER decision_past_deny_is_immutable BEFORE UPDATE ON public.decision FOR EACH ROW WHEN (((old.outcome = 'deny'::text) OR (new.outcome = 'deny'::text))) EXECUTE FUNCTION refuse_past_deny();

create table decision_key (
  request_key uuid not null,
  decision_id uuid not null,
  content_sha256 bytea not null,
  at timestamp with time zone not null,
  constraint decision_key_pkey PRIMARY KEY (request_key),
  constraint decision_key_content_sha256_check CHECK ((octet_length(content_sha256) = 32))
);
CREATE INDEX decision_key_by_age ON public.decision_key USING btree (at);

create table dek (
  person_id uuid not null,
  year smallint not null,
  wrapped_key bytea,
  kek_id bytea not null,
  created_at timestamp with time zone not null,
  destroyed_at timestamp with time zone,
  destroy_event_id uuid,
  constraint dek_pkey PRIMARY KEY (person_id, year),
  constraint dek_check CHECK ((((destroyed_at IS NULL) = (wrapped_key IS NOT NULL)) AND ((destroyed_at IS NULL) = (destroy_event_id IS NULL)))),
  constraint dek_kek_id_check CHECK ((octet_length(kek_id) = 8)),
  constraint dek_year_check CHECK ((year > 0))
);

create table desk_code (
  naming_id uuid not null,
  person_id uuid,
  first_mark bytea not null,
  second_mark bytea,
  tries integer not null default 0,
  expires_at timestamp with time zone not null,
  browser_mark bytea,
  given_at timestamp with time zone,
  used_at timestamp with time zone,
  seal bytea,
  constraint desk_code_pkey PRIMARY KEY (naming_id),
  constraint desk_code_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint desk_code_browser_mark_check CHECK ((octet_length(browser_mark) = 32)),
  constraint desk_code_decided_whole CHECK (((person_id IS NULL) = (second_mark IS NULL))),
  constraint desk_code_first_mark_check CHECK ((octet_length(first_mark) = 32)),
  constraint desk_code_given_whole CHECK (((browser_mark IS NULL) = (given_at IS NULL))),
  constraint desk_code_seal_check CHECK ((octet_length(seal) = 20)),
  constraint desk_code_second_mark_check CHECK ((octet_length(second_mark) = 32)),
  constraint desk_code_tries_check CHECK ((tries >= 0))
);
CREATE UNIQUE INDEX desk_code_first ON public.desk_code USING btree (first_mark);
CREATE INDEX desk_code_of_browser ON public.desk_code USING btree (browser_mark);
CREATE INDEX desk_code_of_person ON public.desk_code USING btree (person_id);
CREATE INDEX desk_code_over ON public.desk_code USING btree (expires_at);
CREATE UNIQUE INDEX desk_code_second ON public.desk_code USING btree (second_mark);

create table desk_search (
  search_id uuid not null,
  officer_id uuid not null,
  office_id uuid not null,
  org_id text not null,
  reason text not null,
  reference text not null,
  is_found boolean not null,
  sealed bytea not null,
  at timestamp with time zone not null,
  seal bytea,
  constraint desk_search_pkey PRIMARY KEY (search_id),
  constraint desk_search_officer_id_fkey FOREIGN KEY (officer_id) REFERENCES persons(person_id),
  constraint desk_search_org_id_check CHECK ((org_id ~ '^org_[a-z0-9-]{1,60}$'::text)),
  constraint desk_search_reason_check CHECK ((reason = ANY (ARRAY['present'::text, 'telephone'::text, 'card-found'::text, 'other'::text]))),
  constraint desk_search_reference_check CHECK ((reference = ANY (ARRAY['card'::text, 'consent'::text, 'decision'::text, 'sub'::text]))),
  constraint desk_search_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE INDEX desk_search_by_age ON public.desk_search USING btree (at);
CREATE INDEX desk_search_of_desk ON public.desk_search USING btree (org_id, at);
CREATE INDEX desk_search_of_officer ON public.desk_search USING btree (officer_id);

create table desk_session (
  officer_id uuid not null,
  session_sha256 bytea not null,
  org_id text not null,
  passkey_id uuid not null,
  session_epoch integer not null,
  began_at timestamp with time zone not null,
  seen_at timestamp with time zone not null,
  seal bytea,
  constraint desk_session_pkey PRIMARY KEY (officer_id),
  constraint desk_session_session_sha256_key UNIQUE (session_sha256),
  constraint desk_session_officer_id_fkey FOREIGN KEY (officer_id) REFERENCES persons(person_id),
  constraint desk_session_passkey_id_fkey FOREIGN KEY (passkey_id) REFERENCES passkeys(passkey_id) ON DELETE CASCADE,
  constraint desk_session_check CHECK ((seen_at >= began_at)),
  constraint desk_session_org_id_check CHECK ((org_id ~ '^org_[a-z0-9-]{1,60}$'::text)),
  constraint desk_session_seal_check CHECK ((octet_length(seal) = 20)),
  constraint desk_session_session_epoch_check CHECK ((session_epoch >= 0)),
  constraint desk_session_session_sha256_check CHECK ((octet_length(session_sha256) = 32))
);
CREATE INDEX desk_session_key ON public.desk_session USING btree (passkey_id);
CREATE INDEX desk_session_seen ON public.desk_session USING btree (seen_at);

create table disclosure (
  disclosure_id uuid not null,
  decision_id uuid not null,
  person_id uuid not null,
  person_seq integer not null,
  status text not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  categories_actual bigint not null,
  record_count integer,
  result text,
  delivery text not null,
  query_id text,
  query_group_id text,
  initiator jsonb,
  late boolean not null,
  in_flight boolean not null,
  anomaly boolean not null,
  report_sha256 bytea not null,
  corrections smallint not null default 0,
  corrected_at timestamp with time zone,
  correction jsonb,
  use_returned boolean,
  manifest_sha256 bytea,
  constraint disclosure_pkey PRIMARY KEY (disclosure_id),
  constraint disclosure_decision_id_key UNIQUE (decision_id),
  constraint disclosure_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES decision(decision_id),
  constraint disclosure_corrected CHECK (((corrections = 0) = (corrected_at IS NULL))),
  constraint disclosure_corrections_check CHECK ((corrections >= 0)),
  constraint disclosure_delivery_check CHECK ((delivery = ANY (ARRAY['pull'::text, 'push'::text, 'bulk'::text]))),
  constraint disclosure_manifest_sha256_check CHECK ((octet_length(manifest_sha256) = 32)),
  constraint disclosure_record_count_check CHECK ((record_count >= 0)),
  constraint disclosure_report_sha256_check CHECK ((octet_length(report_sha256) = 32)),
  constraint disclosure_result_check CHECK ((result = ANY (ARRAY['found'::text, 'not_found'::text, 'partial'::text]))),
  constraint disclosure_status_check CHECK ((status = ANY (ARRAY['recorded'::text, 'nil'::text]))),
  constraint disclosure_use_returned CHECK (((status = 'nil'::text) = (use_returned IS NOT NULL)))
);

create table disclosure_anomaly (
  about uuid not null,
  kind text not null,
  decision_id uuid,
  consent_id uuid,
  holder integer not null,
  recipient integer not null,
  noted_at timestamp with time zone not null,
  settled_at timestamp with time zone,
  constraint disclosure_anomaly_pkey PRIMARY KEY (about, kind),
  constraint disclosure_anomaly_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES decision(decision_id),
  constraint disclosure_anomaly_kind_check CHECK ((kind = ANY (ARRAY['sent_after_permit'::text, 'categories_differ'::text, 'counts_differ'::text, 'contents_differ'::text, 'nothing_sent'::text, 'received_twice'::text, 'received_without_permit'::text, 'not_reported'::text, 'unconfirmed'::text, 'nil_too_often'::text, 'declared'::text, 'introspected_only'::text])))
);
CREATE INDEX disclosure_anomaly_by_decision ON public.disclosure_anomaly USING btree (decision_id) WHERE (decision_id IS NOT NULL);
CREATE INDEX disclosure_anomaly_of_holder ON public.disclosure_anomaly USING btree (holder, noted_at, about, kind) WHERE (settled_at IS NULL);
CREATE INDEX disclosure_anomaly_of_recipient ON public.disclosure_anomaly USING btree (recipient, noted_at, about, kind) WHERE (settled_at IS NULL);

create table disclosure_declared (
  declaration_id uuid not null,
  person_id uuid not null,
  person_seq integer not null,
  holder integer not null,
  recipient integer not null,
  dataset integer not null,
  legal_basis_id text not null,
  law jsonb not null,
  reference text not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  categories bigint not null,
  record_count integer,
  constraint disclosure_declared_pkey PRIMARY KEY (declaration_id),
  constraint disclosure_declared_person_id_recipient_reference_key UNIQUE (person_id, recipient, reference),
  constraint disclosure_declared_categories_check CHECK ((categories <> 0)),
  constraint disclosure_declared_check CHECK ((holder <> recipient)),
  constraint disclosure_declared_record_count_check CHECK ((record_count >= 0))
);
CREATE INDEX disclosure_declared_by_recipient ON public.disclosure_declared USING btree (recipient, declaration_id);
CREATE INDEX disclosure_declared_of_person ON public.disclosure_declared USING btree (person_id, recorded_at);
CREATE INDEX disclosure_declared_to_holder ON public.disclosure_declared USING btree (holder, declaration_id);

create table disclosure_received (
  received_id uuid not null,
  decision_id uuid,
  consent_id uuid,
  person_id uuid not null,
  person_seq integer not null,
  holder integer not null,
  recipient integer not null,
  dataset integer not null,
  query_id text,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  categories bigint not null,
  record_count integer,
  content_sha256 bytea not null,
  manifest_sha256 bytea,
  constraint disclosure_received_pkey PRIMARY KEY (received_id),
  constraint disclosure_received_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES decision(decision_id),
  constraint disclosure_received_categories_check CHECK ((categories <> 0)),
  constraint disclosure_received_check CHECK (((decision_id IS NOT NULL) OR ((consent_id IS NOT NULL) AND (query_id IS NOT NULL)))),
  constraint disclosure_received_content_sha256_check CHECK ((octet_length(content_sha256) = 32)),
  constraint disclosure_received_manifest_sha256_check CHECK ((octet_length(manifest_sha256) = 32)),
  constraint disclosure_received_record_count_check CHECK ((record_count >= 0))
);
CREATE INDEX disclosure_received_alone ON public.disclosure_received USING btree (person_id, recorded_at) WHERE (decision_id IS NULL);
CREATE INDEX disclosure_received_by_consent ON public.disclosure_received USING btree (consent_id) WHERE (consent_id IS NOT NULL);
CREATE INDEX disclosure_received_of_decision ON public.disclosure_received USING btree (decision_id);
CREATE INDEX disclosure_received_of_person ON public.disclosure_received USING btree (person_id);
CREATE INDEX disclosure_received_unmatched ON public.disclosure_received USING btree (consent_id) WHERE (decision_id IS NULL);

create table dispute (
  dispute_id uuid not null,
  person_id uuid not null,
  decision_id uuid not null,
  consent_id uuid,
  routed_to integer not null,
  opened_at timestamp with time zone not null,
  due_at timestamp with time zone not null,
  dek_year smallint not null,
  body bytea not null,
  answered_at timestamp with time zone,
  outcome text,
  answer_id uuid,
  answer_year smallint,
  answer_body bytea,
  constraint dispute_pkey PRIMARY KEY (dispute_id),
  constraint dispute_decision_id_key UNIQUE (decision_id),
  constraint dispute_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES decision(decision_id),
  constraint dispute_check CHECK ((due_at > opened_at)),
  constraint dispute_check1 CHECK ((answered_at >= opened_at)),
  constraint dispute_check2 CHECK ((num_nulls(answered_at, outcome, answer_id, answer_year, answer_body) = ANY (ARRAY[0, 5]))),
  constraint dispute_outcome_check CHECK ((outcome = ANY (ARRAY['explained'::text, 'error'::text])))
);
CREATE INDEX dispute_of_person ON public.dispute USING btree (person_id, dispute_id);
CREATE INDEX dispute_waiting ON public.dispute USING btree (routed_to, opened_at, dispute_id) WHERE (answered_at IS NULL);

create table duty_lease (
  duty text not null,
  number bigint not null,
  holder uuid not null,
  until timestamp with time zone not null,
  backend integer not null,
  backend_began timestamp with time zone not null,
  constraint duty_lease_pkey PRIMARY KEY (duty),
  constraint duty_lease_duty_check CHECK (((length(duty) >= 1) AND (length(duty) <= 60))),
  constraint duty_lease_number_check CHECK ((number > 0))
) with (fillfactor=20);

create table erasure (
  event_id uuid not null,
  person_id uuid not null,
  person_seq integer not null,
  rule text not null,
  from_year smallint,
  through_year smallint,
  from_seq integer,
  through_seq integer,
  before timestamp with time zone not null,
  erased_at timestamp with time zone not null,
  rewritten_at timestamp with time zone,
  wal_lsn text,
  certificate text,
  constraint erasure_pkey PRIMARY KEY (event_id),
  constraint erasure_check CHECK ((through_year >= from_year)),
  constraint erasure_check1 CHECK ((through_seq >= from_seq)),
  constraint erasure_check2 CHECK ((rewritten_at >= erased_at)),
  constraint erasure_check3 CHECK ((num_nulls(rewritten_at, wal_lsn, certificate) = ANY (ARRAY[0, 3]))),
  constraint erasure_check4 CHECK ((num_nulls(from_year, through_year, from_seq, through_seq) = ANY (ARRAY[0, 4]))),
  constraint erasure_rule_check CHECK ((rule = ANY (ARRAY['retention'::text, 'order'::text]))),
  constraint erasure_wal_lsn_check CHECK ((wal_lsn ~ '^[0-9A-F]{1,8}/[0-9A-F]{1,8}$'::text))
);
CREATE INDEX erasure_not_certified ON public.erasure USING btree (event_id) WHERE (certificate IS NULL);
CREATE INDEX erasure_of_person ON public.erasure USING btree (person_id, event_id);
CREATE TRIGGER erasure_is_certified_once BEFORE UPDATE ON public.erasure FOR EACH ROW EXECUTE FUNCTION refuse_other_certificate();
CREATE TRIGGER erasure_is_immutable BEFORE TRUNCATE ON public.erasure FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table erasure_mark (
  one boolean not null default true,
  reached uuid not null,
  rewritten_at timestamp with time zone,
  constraint erasure_mark_pkey PRIMARY KEY (one),
  constraint erasure_mark_one_check CHECK (one)
);

create table factors_set_aside (
  factor_id uuid not null,
  person_id uuid not null,
  kind text not null,
  content jsonb not null,
  stands_until timestamp with time zone not null,
  seal bytea,
  constraint factors_set_aside_pkey PRIMARY KEY (factor_id),
  constraint factors_set_aside_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint factors_set_aside_kind_check CHECK ((kind = ANY (ARRAY['password'::text, 'totp'::text]))),
  constraint factors_set_aside_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE INDEX factors_set_aside_by_end ON public.factors_set_aside USING btree (stands_until);
CREATE INDEX factors_set_aside_by_proof ON public.factors_set_aside USING btree (((content ->> 'proof'::text))) WHERE (kind = 'password'::text);
CREATE INDEX factors_set_aside_of_person ON public.factors_set_aside USING btree (person_id);

create table fido_metadata (
  one boolean not null default true,
  no integer not null,
  next_update text not null,
  seen_at timestamp with time zone not null,
  seal bytea not null,
  constraint fido_metadata_pkey PRIMARY KEY (one),
  constraint fido_metadata_next_update_check CHECK ((next_update ~ '^\d{4}-\d{2}-\d{2}$'::text)),
  constraint fido_metadata_no_check CHECK ((no >= 0)),
  constraint fido_metadata_one_check CHECK (one),
  constraint fido_metadata_seal_check CHECK ((octet_length(seal) = 20))
);

create table first_seals (
  table_name text not null,
  rows integer not null,
  operator text not null,
  reason text not null,
  at timestamp with time zone not null,
  seal bytea not null,
  constraint first_seals_pkey PRIMARY KEY (table_name),
  constraint first_seals_operator_check CHECK (((length(operator) >= 1) AND (length(operator) <= 100))),
  constraint first_seals_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
  constraint first_seals_rows_check CHECK ((rows >= 0)),
  constraint first_seals_seal_check CHECK ((octet_length(seal) = 20))
);

create table fold_walk (
  walk_id uuid not null,
  began_at timestamp with time zone not null,
  seventh smallint,
  since timestamp with time zone not null,
  reached uuid not null default '00000000-0000-0000-0000-000000000000'::uuid,
  people integer not null default 0,
  events bigint not null default 0,
  differences integer not null default 0,
  named jsonb not null default '[]'::jsonb,
  ended_at timestamp with time zone,
  constraint fold_walk_pkey PRIMARY KEY (walk_id),
  constraint fold_walk_check CHECK ((ended_at >= began_at)),
  constraint fold_walk_seventh_check CHECK (((seventh >= 0) AND (seventh <= 6)))
);
CREATE INDEX fold_walk_by_time ON public.fold_walk USING btree (began_at);
CREATE UNIQUE INDEX fold_walk_open ON public.fold_walk USING btree ((true)) WHERE (ended_at IS NULL);

create table held_tries (
  name bytea not null,
  key character varying(255) not null,
  ends bigint not null,
  place smallint not null,
  points integer not null,
  constraint held_tries_pkey PRIMARY KEY (name, key, ends),
  constraint held_tries_name_check CHECK ((octet_length(name) = 32)),
  constraint held_tries_points_check CHECK ((points > 0))
);
CREATE INDEX held_tries_by_end ON public.held_tries USING btree (ends);

create table help_code (
  person_id uuid not null,
  help_id uuid not null,
  org_id text not null,
  digits_mark bytea not null,
  session_uid text not null,
  language text not null,
  made_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  seal bytea,
  constraint help_code_pkey PRIMARY KEY (person_id),
  constraint help_code_digits_mark_key UNIQUE (digits_mark),
  constraint help_code_help_id_key UNIQUE (help_id),
  constraint help_code_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint help_code_check CHECK ((expires_at > made_at)),
  constraint help_code_digits_mark_check CHECK ((octet_length(digits_mark) = 20)),
  constraint help_code_language_check CHECK ((language = ANY (ARRAY['fr'::text, 'en'::text]))),
  constraint help_code_org_id_check CHECK ((org_id ~ '^org_[a-z0-9-]{1,60}$'::text)),
  constraint help_code_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE INDEX help_code_over ON public.help_code USING btree (expires_at);

create table help_look (
  help_id uuid not null,
  no integer not null,
  person_id uuid not null,
  what text not null,
  at timestamp with time zone not null,
  seal bytea,
  constraint help_look_pkey PRIMARY KEY (help_id, no),
  constraint help_look_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint help_look_no_check CHECK ((no > 0)),
  constraint help_look_seal_check CHECK ((octet_length(seal) = 20)),
  constraint help_look_what_check CHECK ((what = ANY (ARRAY['help'::text, 'sharings'::text, 'questions'::text, 'lines'::text])))
);
CREATE INDEX help_look_of_person ON public.help_look USING btree (person_id);

create table help_request (
  help_id uuid not null,
  person_id uuid not null,
  org_id text not null,
  sealed bytea not null,
  made_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  seal bytea,
  constraint help_request_pkey PRIMARY KEY (help_id),
  constraint help_request_person_id_org_id_key UNIQUE (person_id, org_id),
  constraint help_request_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint help_request_check CHECK ((expires_at > made_at)),
  constraint help_request_org_id_check CHECK ((org_id ~ '^org_[a-z0-9-]{1,60}$'::text)),
  constraint help_request_seal_check CHECK ((octet_length(seal) = 20)),
  constraint help_request_sealed_check CHECK ((octet_length(sealed) < 2000))
);
CREATE INDEX help_request_over ON public.help_request USING btree (expires_at);

create table inquiry_day (
  inquiry_id uuid not null,
  person_id uuid not null,
  person_seq integer not null,
  day date not null,
  holder integer not null,
  recipient integer not null,
  dataset integer not null,
  purpose integer not null,
  agreement integer not null,
  consent_id uuid,
  introspected integer not null,
  decided integer not null,
  excused jsonb not null,
  undecided integer not null,
  recorded_at timestamp with time zone not null,
  constraint inquiry_day_pkey PRIMARY KEY (inquiry_id),
  constraint inquiry_day_once UNIQUE NULLS NOT DISTINCT (person_id, day, dataset, purpose, recipient, agreement, consent_id),
  constraint inquiry_day_check CHECK (((undecided >= 0) AND (undecided <= introspected))),
  constraint inquiry_day_decided_check CHECK ((decided >= 0)),
  constraint inquiry_day_introspected_check CHECK ((introspected > 0))
);
CREATE INDEX inquiry_day_of_consent ON public.inquiry_day USING btree (consent_id) WHERE (consent_id IS NOT NULL);
CREATE INDEX inquiry_day_of_person ON public.inquiry_day USING btree (person_id, recorded_at);
CREATE INDEX inquiry_day_recorded ON public.inquiry_day USING btree (recorded_at);

create table inquiry_excuse (
  excuse_id uuid not null,
  person_id uuid not null,
  day date not null,
  holder integer not null,
  recipient integer not null,
  dataset integer not null,
  purpose integer not null,
  agreement integer not null,
  consent_id uuid,
  why text not null,
  said_at timestamp with time zone not null,
  constraint inquiry_excuse_pkey PRIMARY KEY (excuse_id),
  constraint inquiry_excuse_why_check CHECK ((why = ANY (ARRAY['join_needed'::text, 'proof_refused'::text, 'not_found'::text, 'other_route'::text, 'no_answer'::text])))
);
CREATE INDEX inquiry_excuse_of_person ON public.inquiry_excuse USING btree (person_id, day);

create table inquiry_tally (
  person_id uuid not null,
  day date not null,
  holder integer not null,
  recipient integer not null,
  dataset integer not null,
  purpose integer not null,
  agreement integer not null,
  consent_id uuid,
  introspected integer not null,
  asked_again integer not null default 0,
  constraint inquiry_tally_once UNIQUE NULLS NOT DISTINCT (person_id, day, dataset, purpose, recipient, agreement, consent_id),
  constraint inquiry_tally_asked_again_check CHECK ((asked_again >= 0)),
  constraint inquiry_tally_introspected_check CHECK ((introspected >= 0))
);
CREATE INDEX inquiry_tally_by_day ON public.inquiry_tally USING btree (day, person_id);

create table inquiry_total (
  day date not null,
  holder integer not null,
  introspected bigint not null,
  undecided bigint not null,
  constraint inquiry_total_pkey PRIMARY KEY (day, holder),
  constraint inquiry_total_check CHECK (((undecided >= 0) AND (undecided <= introspected))),
  constraint inquiry_total_introspected_check CHECK ((introspected > 0))
);

create table job_given_up (
  day date not null,
  job text not null,
  service_id text not null default ''::text,
  why text not null,
  status smallint not null default 0,
  times integer not null default 1,
  last_at timestamp with time zone not null,
  constraint job_given_up_pkey PRIMARY KEY (day, job, service_id, why, status),
  constraint job_given_up_job_check CHECK ((length(job) <= 60)),
  constraint job_given_up_service_id_check CHECK ((length(service_id) <= 60)),
  constraint job_given_up_times_check CHECK ((times > 0)),
  constraint job_given_up_why_check CHECK ((length(why) <= 200))
);

create table kept_pepper (
  key_id bytea not null,
  sealed bytea not null,
  constraint kept_pepper_pkey PRIMARY KEY (key_id),
  constraint kept_pepper_key_id_check CHECK ((length(key_id) = 8)),
  constraint kept_pepper_sealed_check CHECK ((length(sealed) <= 200))
);

create table key_attestations (
  passkey_id uuid not null,
  person_id uuid not null,
  aaguid uuid not null,
  format text not null,
  certificates text[] not null,
  metadata_no integer not null,
  attested_at timestamp with time zone not null,
  seal bytea not null,
  constraint key_attestations_pkey PRIMARY KEY (passkey_id),
  constraint key_attestations_passkey_id_fkey FOREIGN KEY (passkey_id) REFERENCES passkeys(passkey_id) ON DELETE CASCADE,
  constraint key_attestations_person_id_fkey FOREIGN KEY (person_id) REFERENCES webauthn_users(person_id),
  constraint key_attestations_certificates_check CHECK (((cardinality(certificates) >= 1) AND (cardinality(certificates) <= 8))),
  constraint key_attestations_format_check CHECK ((format = ANY (ARRAY['packed'::text, 'tpm'::text, 'android-key'::text]))),
  constraint key_attestations_metadata_no_check CHECK ((metadata_no >= 0)),
  constraint key_attestations_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE INDEX key_attestations_of_person ON public.key_attestations USING btree (person_id);

create table key_check (
  purpose text not null,
  check_value text not null,
  state text not null,
  noted_at timestamp with time zone not null,
  used_at timestamp with time zone,
  renewed_at timestamp with time zone,
  constraint key_check_pkey PRIMARY KEY (purpose, check_value),
  constraint key_check_check_value_check CHECK ((check_value ~ '^[A-Za-z0-9_-]{22,43}$'::text)),
  constraint key_check_purpose_check CHECK ((purpose ~ '^[a-z-]{2,20}$'::text)),
  constraint key_check_state_check CHECK ((state = ANY (ARRAY['announced'::text, 'used'::text, 'retired'::text])))
);
CREATE UNIQUE INDEX key_check_pairwise ON public.key_check USING btree (purpose) WHERE (purpose = 'pairwise'::text);

create table known_devices (
  person_id uuid not null,
  device_sha256 bytea not null,
  first_seen_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  seal bytea,
  constraint known_devices_pkey PRIMARY KEY (person_id, device_sha256),
  constraint known_devices_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint known_devices_device_sha256_check CHECK ((octet_length(device_sha256) = 32))
);
CREATE INDEX known_devices_by_age ON public.known_devices USING btree (last_seen_at);
CREATE INDEX known_devices_by_device ON public.known_devices USING btree (device_sha256);

create table ledger_event (
  person_id uuid not null,
  event_id uuid not null,
  recorded_at timestamp with time zone not null,
  visible_from timestamp with time zone not null,
  person_seq integer not null,
  shard smallint not null,
  dek_year smallint not null,
  kind text not null,
  commitment bytea not null,
  body bytea not null,
  constraint ledger_event_pkey PRIMARY KEY (person_id, person_seq),
  constraint ledger_event_check CHECK ((visible_from >= recorded_at)),
  constraint ledger_event_commitment_check CHECK ((octet_length(commitment) = 32)),
  constraint ledger_event_delay CHECK (((visible_from = recorded_at) OR (((kind ~~ 'disclosure.%'::text) OR (kind = 'decisions.refused'::text)) AND (visible_from <= (recorded_at + '365 days'::interval))))),
  constraint ledger_event_kind_check CHECK ((kind = ANY (ARRAY['consent.presented'::text, 'consent.granted'::text, 'consent.refused'::text, 'consent.revoked'::text, 'consent.suspended'::text, 'consent.resumed'::text, 'consent.confirmed'::text, 'consent.expired'::text, 'consent.superseded'::text, 'consent.voided'::text, 'question.silenced'::text, 'question.reopened'::text, 'notice.shown'::text, 'decisions.refused'::text, 'disclosure.authorised'::text, 'disclosure.recorded'::text, 'disclosure.nil'::text, 'disclosure.received'::text, 'disclosure.unconfirmed'::text, 'disclosure.disputed'::text, 'disclosure.answered'::text, 'disclosure.corrected'::text, 'disclosure.declared'::text, 'disclosure.inquired'::text, 'revocation.delivered'::text, 'revocation.acknowledged'::text, 'revocation.effect-reported'::text, 'access.opened'::text, 'access.factor-added'::text, 'access.factor-removed'::text, 'access.recovered'::text, 'access.standing'::text, 'access.ordered'::text, 'access.providers-blocked'::text, 'office.named'::text, 'office.ended'::text, 'office.acted'::text, 'identity.checked'::text, 'card.made'::text, 'card.ended'::text, 'desk.searched'::text, 'desk.found-nobody'::text, 'desk.dossier-made'::text, 'help.opened'::text, 'help.closed'::text, 'signature.required'::text, 'signature.lifted'::text, 'claims.answered'::text, 'claims.ended'::text, 'connection.ended'::text, 'file.compared'::text, 'rows.differed'::text, 'rows.settled'::text, 'content.erased'::text]))),
  constraint ledger_event_person_seq_check CHECK ((person_seq > 0))
);
alter table ledger_event alter column body set storage external;
CREATE TRIGGER ledger_event_is_immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();

create table ledger_pending (
  id bigint not null generated always as identity (cache 1),
  event_id uuid not null,
  shard smallint not null,
  commitment bytea not null,
  class smallint not null default 80,
  record bytea,
  constraint ledger_pending_pkey PRIMARY KEY (id),
  constraint ledger_pending_check CHECK ((octet_length(commitment) =
CASE class
    WHEN 72 THEN 33
    ELSE 32
END)),
  constraint ledger_pending_class_check CHECK ((class = ANY (ARRAY[72, 80, 82]))),
  constraint ledger_pending_record_check CHECK ((octet_length(record) = 42))
) with (autovacuum_vacuum_cost_delay=0, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=20000);

create table ledger_position (
  log_id smallint not null,
  class smallint not null,
  leaf_index bigint not null,
  event_id uuid not null,
  commitment bytea not null,
  constraint ledger_position_pkey PRIMARY KEY (log_id, leaf_index),
  constraint ledger_position_event_id_key UNIQUE (event_id),
  constraint ledger_position_check CHECK ((octet_length(commitment) =
CASE class
    WHEN 72 THEN 33
    ELSE 32
END)),
  constraint ledger_position_leaf_index_check CHECK ((leaf_index >= 0))
);
CREATE INDEX ledger_position_house ON public.ledger_position USING btree (log_id, leaf_index) WHERE (class = 72);
CREATE TRIGGER ledger_position_is_immutable BEFORE UPDATE OR TRUNCATE ON public.ledger_position FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER ledger_position_stays AFTER DELETE ON public.ledger_position REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION refuse_unless_taken_up();

create table log (
  log_id smallint not null generated always as identity (cache 1),
  year smallint not null,
  shard smallint not null,
  state text not null default 'open'::text,
  tree_size bigint not null default 0,
  root bytea not null,
  frontier bytea not null default '\x'::bytea,
  queue smallint not null default 0,
  constraint log_pkey PRIMARY KEY (log_id),
  constraint log_year_shard_key UNIQUE (year, shard),
  constraint log_frontier_check CHECK (((octet_length(frontier) % 32) = 0)),
  constraint log_root_check CHECK ((octet_length(root) = 32)),
  constraint log_state_check CHECK ((state = ANY (ARRAY['open'::text, 'frozen'::text]))),
  constraint log_tree_size_check CHECK ((tree_size >= 0))
) with (fillfactor=10);

create table log_key (
  log_id smallint not null,
  vkey text not null,
  first_at timestamp with time zone not null,
  last_size bigint,
  constraint log_key_pkey PRIMARY KEY (log_id, vkey),
  constraint log_key_last_size_check CHECK ((last_size >= 0)),
  constraint log_key_vkey_check CHECK ((length(vkey) <= 2100))
);

create table log_node (
  log_id smallint not null,
  level smallint not null,
  node_index bigint not null,
  hash bytea not null,
  constraint log_node_pkey PRIMARY KEY (log_id, level, node_index),
  constraint log_node_hash_check CHECK ((octet_length(hash) = 32)),
  constraint log_node_level_check CHECK ((level > 0))
);
CREATE TRIGGER log_node_is_immutable BEFORE UPDATE OR TRUNCATE ON public.log_node FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER log_node_stays AFTER DELETE ON public.log_node REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION refuse_unless_taken_up();

create table log_restore (
  restore_id uuid not null,
  origin text not null,
  year smallint not null,
  shard smallint not null,
  found_at timestamp with time zone not null,
  held bigint not null,
  taken bigint not null,
  root bytea,
  known_to text not null,
  words jsonb not null default '[]'::jsonb,
  went_on_at timestamp with time zone,
  taken_up_at timestamp with time zone,
  seal bytea,
  constraint log_restore_pkey PRIMARY KEY (restore_id),
  constraint log_restore_held_check CHECK ((held >= 0)),
  constraint log_restore_known_to_check CHECK ((length(known_to) <= 400)),
  constraint log_restore_origin_check CHECK (((length(origin) >= 1) AND (length(origin) <= 300))),
  constraint log_restore_root_check CHECK ((octet_length(root) = 32)),
  constraint log_restore_taken_check CHECK ((taken > 0))
);
CREATE UNIQUE INDEX log_restore_open ON public.log_restore USING btree (origin) WHERE (went_on_at IS NULL);

create table log_signing (
  log_id smallint not null,
  lease bigint not null,
  tree_size bigint not null,
  root bytea not null,
  constraint log_signing_pkey PRIMARY KEY (log_id),
  constraint log_signing_lease_check CHECK ((lease > 0)),
  constraint log_signing_root_check CHECK ((octet_length(root) = 32)),
  constraint log_signing_tree_size_check CHECK ((tree_size > 0))
) with (fillfactor=20);

create table log_witnesses (
  is_one boolean not null default true,
  lines text not null,
  constraint log_witnesses_pkey PRIMARY KEY (is_one),
  constraint log_witnesses_is_one_check CHECK (is_one)
);

create table mandate (
  mandate_id uuid not null,
  principal_id uuid,
  org_id text,
  ground text not null,
  holder_kind text not null,
  sealed bytea not null,
  acts integer not null,
  topics text[] not null default '{}'::text[],
  organisations text[] not null default '{}'::text[],
  is_all boolean not null default false,
  is_sensitive boolean not null default false,
  needs text not null default 'alone'::text,
  above uuid,
  depth smallint not null default 0,
  evidence_mark bytea,
  signed boolean not null default false,
  invited_at timestamp with time zone not null,
  accepted_at timestamp with time zone,
  confirmed_at timestamp with time zone,
  from_at timestamp with time zone,
  until_at timestamp with time zone,
  review_on date,
  suspended text[] not null default '{}'::text[],
  hidden_from uuid[] not null default '{}'::uuid[],
  ended_at timestamp with time zone,
  ended_because text,
  state_seq integer not null default 1,
  seal bytea,
  constraint mandate_pkey PRIMARY KEY (mandate_id),
  constraint mandate_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES persons(person_id),
  constraint mandate_acts_check CHECK ((acts > 0)),
  constraint mandate_acts_of_desks CHECK (((acts >= 256) = (ground = 'office'::text))),
  constraint mandate_acts_of_one_family CHECK (((acts < 256) OR ((acts & 255) = 0))),
  constraint mandate_acts_that_answer CHECK ((((acts & 16) = 0) OR (ground = ANY (ARRAY['parent'::text, 'tutor_minor'::text, 'tutor_adult'::text, 'representation'::text, 'protection'::text, 'will'::text, 'role'::text])))),
  constraint mandate_acts_that_represent CHECK ((((acts & 32) = 0) OR (ground = ANY (ARRAY['parent'::text, 'tutor_minor'::text, 'tutor_adult'::text, 'representation'::text, 'protection'::text, 'will'::text, 'liquidator'::text, 'role'::text])))),
  constraint mandate_begun_is_confirmed CHECK (((from_at IS NULL) OR (confirmed_at IS NOT NULL))),
  constraint mandate_below_another CHECK (((above IS NULL) = (depth = 0))),
  constraint mandate_check CHECK ((until_at > from_at)),
  constraint mandate_depth_check CHECK (((depth >= 0) AND (depth <= 2))),
  constraint mandate_ended_because CHECK (((ended_at IS NULL) = (ended_because IS NULL))),
  constraint mandate_ended_because_check CHECK ((ended_because = ANY (ARRAY['principal'::text, 'holder'::text, 'court'::text, 'body'::text, 'all-taken-back'::text, 'access-closed'::text, 'session'::text, 'over'::text]))),
  constraint mandate_evidence_mark_check CHECK ((octet_length(evidence_mark) = 32)),
  constraint mandate_for_a_person CHECK (((principal_id IS NULL) = (ground = 'office'::text))),
  constraint mandate_ground_check CHECK ((ground = ANY (ARRAY['parent'::text, 'tutor_minor'::text, 'tutor_adult'::text, 'representation'::text, 'protection'::text, 'will'::text, 'helper'::text, 'assistant'::text, 'liquidator'::text, 'trusted'::text, 'role'::text, 'program'::text, 'office'::text, 'help'::text]))),
  constraint mandate_holder_kind_check CHECK ((holder_kind = ANY (ARRAY['person'::text, 'desk'::text, 'program'::text]))),
  constraint mandate_needs_check CHECK ((needs = ANY (ARRAY['alone'::text, 'all'::text]))),
  constraint mandate_of_a_body CHECK (((org_id IS NOT NULL) = (ground = ANY (ARRAY['office'::text, 'help'::text])))),
  constraint mandate_org_id_check CHECK ((org_id ~ '^org_[a-z0-9-]{1,60}$'::text)),
  constraint mandate_seal_check CHECK ((octet_length(seal) = 20)),
  constraint mandate_state_seq_check CHECK ((state_seq > 0)),
  constraint mandate_suspended_check CHECK ((suspended <@ ARRAY['person'::text, 'court'::text, 'evidence'::text, 'incident'::text]))
);
CREATE UNIQUE INDEX mandate_help_of_officer ON public.mandate USING btree (evidence_mark) WHERE ((ground = 'help'::text) AND (ended_at IS NULL));
CREATE UNIQUE INDEX mandate_help_of_person ON public.mandate USING btree (principal_id) WHERE ((ground = 'help'::text) AND (ended_at IS NULL));
CREATE INDEX mandate_of_principal ON public.mandate USING btree (principal_id) WHERE (ended_at IS NULL);
CREATE INDEX mandate_office_of_body ON public.mandate USING btree (org_id) WHERE ((ground = 'office'::text) AND (ended_at IS NULL));
CREATE INDEX mandate_to_close ON public.mandate USING btree (until_at) WHERE (ended_at IS NULL);

create table mandate_held (
  held_id uuid not null,
  holder_id uuid not null,
  sealed bytea not null,
  ground text not null,
  ended_at timestamp with time zone,
  state_seq integer not null default 1,
  seal bytea,
  constraint mandate_held_pkey PRIMARY KEY (held_id),
  constraint mandate_held_holder_id_fkey FOREIGN KEY (holder_id) REFERENCES persons(person_id),
  constraint mandate_held_seal_check CHECK ((octet_length(seal) = 20)),
  constraint mandate_held_state_seq_check CHECK ((state_seq > 0))
);
CREATE INDEX mandate_held_of_holder ON public.mandate_held USING btree (holder_id) WHERE (ended_at IS NULL);
CREATE TRIGGER mandate_held_ends_desk_session AFTER UPDATE OF ended_at ON public.mandate_held FOR EACH ROW WHEN (((new.ground = 'office'::text) AND (new.ended_at IS NOT NULL))) EXECUTE FUNCTION end_desk_session_of_office();

create table matching_answer (
  reference text not null,
  person_id uuid not null,
  org_id text not null,
  service_id text not null,
  result text not null,
  reason text not null,
  answered_at timestamp with time zone not null,
  constraint matching_answer_pkey PRIMARY KEY (reference),
  constraint matching_answer_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint matching_answer_org_id_check CHECK ((org_id ~ '^org_[a-z0-9-]{1,60}$'::text)),
  constraint matching_answer_reason_check CHECK ((reason ~ '^[a-z_]{1,60}$'::text)),
  constraint matching_answer_reference_check CHECK ((reference ~ '^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$'::text)),
  constraint matching_answer_result_check CHECK ((result = ANY (ARRAY['match'::text, 'no_match'::text, 'not_sure'::text]))),
  constraint matching_answer_service_id_check CHECK ((service_id ~ '^[a-z0-9-]{1,60}$'::text))
);
CREATE INDEX matching_answer_judged ON public.matching_answer USING btree (org_id, answered_at) WHERE (result <> 'not_sure'::text);
CREATE INDEX matching_answer_of_nobody ON public.matching_answer USING btree (org_id, answered_at) WHERE (result = 'no_match'::text);
CREATE INDEX matching_answer_of_person ON public.matching_answer USING btree (person_id, org_id, answered_at);
CREATE TRIGGER matching_answer_of_no_work_access BEFORE INSERT ON public.matching_answer FOR EACH ROW EXECUTE FUNCTION refuse_work_access();

create table matching_stop (
  org_id text not null,
  stopped_at timestamp with time zone not null,
  no_matches integer not null,
  lifted_at timestamp with time zone,
  lifted_by jsonb,
  seal bytea not null,
  constraint matching_stop_pkey PRIMARY KEY (org_id, stopped_at),
  constraint matching_stop_check CHECK (((lifted_at IS NULL) = (lifted_by IS NULL))),
  constraint matching_stop_no_matches_check CHECK ((no_matches > 0)),
  constraint matching_stop_org_id_check CHECK ((org_id ~ '^org_[a-z0-9-]{1,60}$'::text)),
  constraint matching_stop_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE UNIQUE INDEX matching_stop_stands ON public.matching_stop USING btree (org_id) WHERE (lifted_at IS NULL);

create table me_answer (
  key_sha256 bytea not null,
  request_sha256 bytea not null,
  answer jsonb,
  at timestamp with time zone not null,
  constraint me_answer_pkey PRIMARY KEY (key_sha256),
  constraint me_answer_key_sha256_check CHECK ((octet_length(key_sha256) = 32)),
  constraint me_answer_request_sha256_check CHECK ((octet_length(request_sha256) = 32))
);
CREATE INDEX me_answer_by_age ON public.me_answer USING btree (at);

create table migration_bears (
  name text not null,
  bears text not null,
  constraint migration_bears_pkey PRIMARY KEY (name),
  constraint migration_bears_bears_check CHECK ((length(bears) <= 100)),
  constraint migration_bears_name_check CHECK ((length(name) <= 100))
);

create table monthly_count (
  month date not null,
  outcome text not null,
  agreement text,
  holder text,
  recipient text,
  purpose text,
  basis text,
  detail text,
  times bigint not null,
  people integer not null,
  constraint monthly_count_once UNIQUE NULLS NOT DISTINCT (month, outcome, agreement, holder, recipient, purpose, basis, detail),
  constraint monthly_count_month_fkey FOREIGN KEY (month) REFERENCES counted_month(month),
  constraint monthly_count_check CHECK (((people > 0) AND (people <= times))),
  constraint monthly_count_detail_check CHECK (((length(detail) >= 1) AND (length(detail) <= 60))),
  constraint monthly_count_outcome_check CHECK ((outcome = ANY (ARRAY['permitted'::text, 'permitted-later'::text, 'denied'::text, 'granted'::text, 'refused'::text, 'stopped'::text, 'expired'::text, 'confirmed'::text, 'inquired'::text, 'inquired-excused'::text, 'asked-again'::text]))),
  constraint monthly_count_times_check CHECK ((times > 0))
);

create table notice_shown (
  notice_id uuid not null,
  person_id uuid not null,
  agreement integer not null,
  purpose integer not null,
  dataset integer not null,
  categories bigint not null,
  lang text not null,
  rendered_sha256 bytea not null,
  shown_at timestamp with time zone not null,
  constraint notice_shown_pkey PRIMARY KEY (notice_id),
  constraint notice_shown_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint notice_shown_rendered_sha256_fkey FOREIGN KEY (rendered_sha256) REFERENCES rendered_page(sha256),
  constraint notice_shown_categories_check CHECK ((categories <> 0)),
  constraint notice_shown_lang_check CHECK ((lang = ANY (ARRAY['fr-CA'::text, 'en-CA'::text])))
);
CREATE INDEX notice_shown_by_page ON public.notice_shown USING btree (rendered_sha256);
CREATE UNIQUE INDEX notice_shown_once ON public.notice_shown USING btree (person_id, agreement, purpose, dataset, categories);

create table notices (
  notice_id uuid not null,
  person_id uuid not null,
  kind text not null,
  factor text,
  factor_id uuid,
  device text,
  network text,
  at timestamp with time zone not null,
  answer text,
  answered_at timestamp with time zone,
  constraint notices_pkey PRIMARY KEY (notice_id),
  constraint notices_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint notices_answer_check CHECK ((answer = ANY (ARRAY['mine'::text, 'not-mine'::text]))),
  constraint notices_check CHECK (((answer IS NULL) = (answered_at IS NULL))),
  constraint notices_factor_check CHECK ((factor = ANY (ARRAY['passkey'::text, 'security-key'::text, 'password'::text, 'totp'::text]))),
  constraint notices_kind_check CHECK ((kind = ANY (ARRAY['new-device'::text, 'factor-added'::text, 'address-added'::text, 'codes-made'::text, 'recovered'::text, 'line'::text])))
);
CREATE INDEX notices_by_time ON public.notices USING btree (at);
CREATE INDEX notices_of_person ON public.notices USING btree (person_id, at DESC);

create table notification (
  notification_id uuid not null,
  person_id uuid,
  kind text not null,
  channel text not null,
  contact_id uuid,
  language text not null,
  template_version smallint not null,
  queued_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  given_up_at timestamp with time zone,
  code_digest bytea,
  checks integer not null default 0,
  contains_personal_data boolean not null default false,
  sealed_address bytea,
  tried_at timestamp with time zone,
  in_hands_at timestamp with time zone,
  constraint notification_pkey PRIMARY KEY (notification_id),
  constraint notification_code_digest_key UNIQUE (code_digest),
  constraint notification_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint notification_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text, 'none'::text]))),
  constraint notification_code_digest_check CHECK ((octet_length(code_digest) = 32)),
  constraint notification_contains_personal_data_check CHECK ((NOT contains_personal_data)),
  constraint notification_ends_once CHECK (((sent_at IS NULL) OR (given_up_at IS NULL))),
  constraint notification_goes_somewhere CHECK (
CASE
    WHEN (person_id IS NULL) THEN ((channel <> 'none'::text) AND (contact_id IS NULL))
    ELSE (((channel = 'none'::text) = (contact_id IS NULL)) AND (sealed_address IS NULL))
END),
  constraint notification_language_check CHECK ((language = ANY (ARRAY['fr'::text, 'en'::text])))
);
CREATE INDEX notification_by_age ON public.notification USING btree (queued_at);
CREATE INDEX notification_of_person ON public.notification USING btree (person_id, notification_id);
CREATE INDEX notification_unsent ON public.notification USING btree (queued_at) WHERE ((channel <> 'none'::text) AND (sent_at IS NULL) AND (given_up_at IS NULL));
CREATE INDEX notification_untried ON public.notification USING btree (queued_at) WHERE ((channel = 'email'::text) AND (tried_at IS NULL) AND (sent_at IS NULL) AND (given_up_at IS NULL));

create table notification_preference (
  person_id uuid not null,
  channel text not null,
  language text not null,
  changed_at timestamp with time zone not null,
  sendings text not null default 'never'::text,
  sendings_told_until timestamp with time zone,
  question_reminders boolean not null default false,
  constraint notification_preference_pkey PRIMARY KEY (person_id),
  constraint notification_preference_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint notification_preference_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text, 'none'::text]))),
  constraint notification_preference_language_check CHECK ((language = ANY (ARRAY['fr'::text, 'en'::text]))),
  constraint notification_preference_sendings CHECK (((sendings = ANY (ARRAY['never'::text, 'weekly'::text, 'each'::text])) AND ((sendings = 'never'::text) = (sendings_told_until IS NULL))))
);
CREATE INDEX notification_preference_reminding ON public.notification_preference USING btree (person_id) WHERE question_reminders;
CREATE INDEX notification_preference_telling ON public.notification_preference USING btree (person_id) WHERE (sendings <> 'never'::text);

create table oidc_artifacts (
  id bytea not null,
  model text not null,
  payload jsonb not null,
  grant_id text,
  connection_id uuid,
  client_id text,
  account_id uuid,
  session_uid text,
  parent_id bytea,
  version integer not null default 1,
  consumed_at timestamp with time zone,
  expires_at timestamp with time zone not null,
  seal bytea,
  constraint oidc_artifacts_pkey PRIMARY KEY (id),
  constraint oidc_artifacts_id_check CHECK ((octet_length(id) = 32)),
  constraint oidc_artifacts_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE INDEX oidc_artifacts_by_expiry ON public.oidc_artifacts USING btree (expires_at);
CREATE INDEX oidc_artifacts_of_account ON public.oidc_artifacts USING btree (account_id) WHERE (model = ANY (ARRAY['AuthorizationCode'::text, 'AccessToken'::text, 'RefreshToken'::text]));
CREATE INDEX oidc_artifacts_of_grant ON public.oidc_artifacts USING btree (grant_id) WHERE (grant_id IS NOT NULL);
CREATE INDEX oidc_artifacts_unpushed ON public.oidc_artifacts USING btree (expires_at) WHERE ((model = 'Interaction'::text) AND (parent_id IS NULL) AND (consumed_at IS NULL));

create table oidc_replays (
  id bytea not null,
  expires_at timestamp with time zone not null,
  request_sha256 bytea,
  constraint oidc_replays_pkey PRIMARY KEY (id),
  constraint oidc_replays_id_check CHECK ((octet_length(id) = 32)),
  constraint oidc_replays_request_sha256_check CHECK ((octet_length(request_sha256) = 32))
);
CREATE INDEX oidc_replays_by_expiry ON public.oidc_replays USING btree (expires_at);

create table oidc_session_authorizations (
  session_uid text not null,
  client_id text not null,
  content jsonb not null,
  seal bytea,
  constraint oidc_session_authorizations_pkey PRIMARY KEY (session_uid, client_id),
  constraint oidc_session_authorizations_seal_check CHECK ((octet_length(seal) = 20))
);

create table oidc_sessions (
  id bytea not null,
  uid text not null,
  account_id uuid,
  payload jsonb not null,
  device text not null,
  network text,
  signed_in_at timestamp with time zone,
  last_seen_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  factor_ids uuid[] not null default '{}'::uuid[],
  session_epoch integer,
  seal bytea,
  constraint oidc_sessions_pkey PRIMARY KEY (id),
  constraint oidc_sessions_id_check CHECK ((octet_length(id) = 32)),
  constraint oidc_sessions_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE INDEX oidc_sessions_by_expiry ON public.oidc_sessions USING btree (expires_at);
CREATE INDEX oidc_sessions_by_uid ON public.oidc_sessions USING btree (uid);
CREATE INDEX oidc_sessions_of_account ON public.oidc_sessions USING btree (account_id) WHERE (account_id IS NOT NULL);

create table operator_deed (
  deed_no integer not null,
  at timestamp with time zone not null,
  phase text not null,
  begun_no integer,
  action text not null,
  object text,
  person_id uuid,
  about_sha256 bytea not null,
  about_salt bytea,
  operator text,
  account text,
  signers text[] not null,
  instance text not null,
  reason_sha256 bytea,
  sha256 bytea not null,
  seal bytea not null,
  constraint operator_deed_pkey PRIMARY KEY (deed_no),
  constraint operator_deed_begun_no_fkey FOREIGN KEY (begun_no) REFERENCES operator_deed(deed_no),
  constraint operator_deed_about_salt_check CHECK ((octet_length(about_salt) = 32)),
  constraint operator_deed_about_sha256_check CHECK ((octet_length(about_sha256) = 32)),
  constraint operator_deed_account_check CHECK (((length(account) >= 1) AND (length(account) <= 100))),
  constraint operator_deed_action_check CHECK (((action ~ '^[a-z]+(-[a-z]+)*$'::text) AND (length(action) <= 40))),
  constraint operator_deed_check CHECK (((phase = 'begun'::text) = (begun_no IS NULL))),
  constraint operator_deed_check1 CHECK (((about_salt IS NOT NULL) OR (num_nulls(object, person_id) = 2))),
  constraint operator_deed_deed_no_check CHECK ((deed_no > 0)),
  constraint operator_deed_instance_check CHECK ((instance ~ '^[A-Za-z0-9._-]{1,64}$'::text)),
  constraint operator_deed_object_check CHECK (((length(object) >= 1) AND (length(object) <= 200))),
  constraint operator_deed_operator_check CHECK (((length(operator) >= 1) AND (length(operator) <= 100))),
  constraint operator_deed_phase_check CHECK ((phase = ANY (ARRAY['begun'::text, 'done'::text, 'prepared'::text, 'refused'::text]))),
  constraint operator_deed_reason_sha256_check CHECK ((octet_length(reason_sha256) = 32)),
  constraint operator_deed_seal_check CHECK ((octet_length(seal) = 20)),
  constraint operator_deed_sha256_check CHECK ((octet_length(sha256) = 32)),
  constraint operator_deed_signers_check CHECK ((cardinality(signers) <= 10))
);
CREATE INDEX operator_deed_by_time ON public.operator_deed USING btree (at);
CREATE UNIQUE INDEX operator_deed_ends_once ON public.operator_deed USING btree (begun_no) WHERE (begun_no IS NOT NULL);
CREATE INDEX operator_deed_of_person ON public.operator_deed USING btree (person_id) WHERE (person_id IS NOT NULL);
CREATE INDEX operator_deed_says_what ON public.operator_deed USING btree (at) WHERE (about_salt IS NOT NULL);

create table operator_deed_head (
  only_one boolean not null default true,
  deed_no integer not null,
  sha256 bytea not null,
  seal bytea not null,
  constraint operator_deed_head_pkey PRIMARY KEY (only_one),
  constraint operator_deed_head_deed_no_fkey FOREIGN KEY (deed_no) REFERENCES operator_deed(deed_no),
  constraint operator_deed_head_only_one_check CHECK (only_one),
  constraint operator_deed_head_seal_check CHECK ((octet_length(seal) = 20)),
  constraint operator_deed_head_sha256_check CHECK ((octet_length(sha256) = 32))
);

create table outgoing_mail (
  one boolean not null default true,
  failing_since timestamp with time zone,
  failed_at timestamp with time zone,
  reached boolean,
  constraint outgoing_mail_pkey PRIMARY KEY (one),
  constraint outgoing_mail_check CHECK ((num_nulls(failing_since, failed_at, reached) = ANY (ARRAY[0, 3]))),
  constraint outgoing_mail_one_check CHECK (one)
);

create table passkeys (
  passkey_id uuid not null,
  person_id uuid not null,
  credential_id bytea not null,
  public_key bytea not null,
  sign_count bigint not null,
  transports text[] not null,
  aaguid uuid not null,
  backup_eligible boolean not null,
  backup_state boolean not null,
  name text not null,
  created_at timestamp with time zone not null,
  last_used_at timestamp with time zone,
  suspended_at timestamp with time zone,
  kind text not null default 'passkey'::text,
  seal bytea,
  constraint passkeys_pkey PRIMARY KEY (passkey_id),
  constraint passkeys_credential_id_key UNIQUE (credential_id),
  constraint passkeys_person_id_fkey FOREIGN KEY (person_id) REFERENCES webauthn_users(person_id),
  constraint passkeys_check CHECK ((backup_eligible OR (NOT backup_state))),
  constraint passkeys_credential_id_check CHECK (((octet_length(credential_id) >= 1) AND (octet_length(credential_id) <= 1023))),
  constraint passkeys_kind_check CHECK ((kind = ANY (ARRAY['passkey'::text, 'security-key'::text]))),
  constraint passkeys_name_check CHECK (((length(name) >= 1) AND (length(name) <= 64))),
  constraint passkeys_seal_check CHECK ((octet_length(seal) = 20)),
  constraint passkeys_sign_count_check CHECK ((sign_count >= 0))
);
CREATE INDEX passkeys_of_person ON public.passkeys USING btree (person_id);
CREATE TRIGGER passkeys_end_desk_session AFTER UPDATE OF suspended_at ON public.passkeys FOR EACH ROW WHEN ((new.suspended_at IS NOT NULL)) EXECUTE FUNCTION end_desk_session_of_key();

create table password_proposals (
  errand_sha256 bytea not null,
  person_id uuid not null,
  factor_id uuid not null,
  proof bytea not null,
  address_mark bytea not null,
  sealed bytea not null,
  wrapped_key bytea not null,
  kek_id bytea not null,
  sealed_year smallint not null,
  message_id uuid not null,
  code_by timestamp with time zone not null,
  tries smallint not null default 0,
  proved_at timestamp with time zone,
  expires_at timestamp with time zone not null,
  seal bytea,
  constraint password_proposals_pkey PRIMARY KEY (errand_sha256),
  constraint password_proposals_message_id_key UNIQUE (message_id),
  constraint password_proposals_address_mark_check CHECK ((octet_length(address_mark) = 32)),
  constraint password_proposals_errand_sha256_check CHECK ((octet_length(errand_sha256) = 32)),
  constraint password_proposals_proof_check CHECK ((octet_length(proof) = 32)),
  constraint password_proposals_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE INDEX password_proposals_by_expiry ON public.password_proposals USING btree (expires_at);
CREATE TRIGGER password_proposals_of_no_work_access BEFORE INSERT ON public.password_proposals FOR EACH ROW EXECUTE FUNCTION refuse_work_access();

create table passwords (
  person_id uuid not null,
  factor_id uuid not null,
  proof bytea not null,
  address_mark bytea not null,
  sealed bytea not null,
  wrapped_key bytea not null,
  kek_id bytea not null,
  sealed_year smallint not null,
  created_at timestamp with time zone not null,
  last_used_at timestamp with time zone,
  suspended_at timestamp with time zone,
  address_proved_at timestamp with time zone not null,
  seal bytea,
  constraint passwords_pkey PRIMARY KEY (person_id),
  constraint passwords_factor_id_key UNIQUE (factor_id),
  constraint passwords_proof_key UNIQUE (proof),
  constraint passwords_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint passwords_address_mark_check CHECK ((octet_length(address_mark) = 32)),
  constraint passwords_proof_check CHECK ((octet_length(proof) = 32)),
  constraint passwords_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE UNIQUE INDEX passwords_by_address ON public.passwords USING btree (address_mark);
CREATE TRIGGER passwords_of_no_work_access BEFORE INSERT ON public.passwords FOR EACH ROW EXECUTE FUNCTION refuse_work_access();

create table person_head (
  person_id uuid not null,
  updated_at timestamp with time zone,
  next_seq integer not null default 1,
  shard smallint not null default 0,
  head_commitment bytea,
  delayed boolean not null default false,
  known uuid generated always as (
CASE
    WHEN (NOT delayed) THEN person_id
    ELSE NULL::uuid
END) stored,
  live bytea not null default '\x'::bytea,
  seal bytea,
  constraint person_head_pkey PRIMARY KEY (person_id),
  constraint person_head_known_fkey FOREIGN KEY (known) REFERENCES persons(person_id),
  constraint person_head_check CHECK ((((next_seq = 1) = (head_commitment IS NULL)) AND ((next_seq = 1) = (updated_at IS NULL)))),
  constraint person_head_head_commitment_check CHECK ((octet_length(head_commitment) = 32)),
  constraint person_head_live_check CHECK (((octet_length(live) % 20) = 0)),
  constraint person_head_next_seq_check CHECK ((next_seq > 0)),
  constraint person_head_seal_check CHECK ((octet_length(seal) = 20))
) with (fillfactor=80);
alter table person_head alter column live set storage external;

create table persons (
  person_id uuid not null,
  status text not null default 'active'::text,
  created_at timestamp with time zone not null,
  constraint persons_pkey PRIMARY KEY (person_id),
  constraint persons_status_check CHECK ((status = ANY (ARRAY['active'::text, 'deceased'::text, 'merged'::text])))
);

create table presentation (
  presentation_id uuid not null,
  request_id uuid not null,
  item_no smallint not null,
  text integer not null,
  lang text not null,
  canonical_sha256 bytea not null,
  rendered_sha256 bytea not null,
  grant_label text not null,
  refuse_label text not null,
  order_of_items text[] not null,
  optional_prechecked boolean not null default false,
  shown_at timestamp with time zone not null,
  channel text not null,
  agent_id uuid,
  assistance_offered boolean not null,
  assistance_used boolean not null,
  changes uuid,
  constraint presentation_pkey PRIMARY KEY (presentation_id),
  constraint presentation_changes_fkey FOREIGN KEY (changes) REFERENCES consent_record(consent_id),
  constraint presentation_rendered_sha256_fkey FOREIGN KEY (rendered_sha256) REFERENCES rendered_page(sha256),
  constraint presentation_request_id_item_no_fkey FOREIGN KEY (request_id, item_no) REFERENCES consent_request_item(request_id, item_no),
  constraint presentation_canonical_sha256_check CHECK ((octet_length(canonical_sha256) = 32)),
  constraint presentation_channel_check CHECK ((channel = ANY (ARRAY['web'::text, 'counter'::text, 'phone'::text, 'paper'::text]))),
  constraint presentation_lang_check CHECK ((lang = ANY (ARRAY['fr-CA'::text, 'en-CA'::text]))),
  constraint presentation_optional_prechecked_check CHECK ((NOT optional_prechecked))
);
CREATE INDEX presentation_by_page ON public.presentation USING btree (rendered_sha256);
CREATE INDEX presentation_changing ON public.presentation USING btree (changes) WHERE (changes IS NOT NULL);
CREATE INDEX presentation_of_item ON public.presentation USING btree (request_id, item_no);

create table proposal (
  proposal_id uuid not null,
  org_id text not null,
  deed text not null,
  sealed bytea not null,
  payload_sha256 bytea not null,
  made_by uuid not null,
  made_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  decided_by uuid,
  decided_at timestamp with time zone,
  decision text,
  seal bytea,
  constraint proposal_pkey PRIMARY KEY (proposal_id),
  constraint proposal_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES persons(person_id),
  constraint proposal_made_by_fkey FOREIGN KEY (made_by) REFERENCES persons(person_id),
  constraint proposal_by_two CHECK (((decided_by <> made_by) OR (decision = 'refused'::text))),
  constraint proposal_check CHECK ((expires_at > made_at)),
  constraint proposal_decided_whole CHECK ((((decided_by IS NULL) = (decision IS NULL)) AND ((decided_at IS NULL) = (decision IS NULL)))),
  constraint proposal_decision_check CHECK ((decision = ANY (ARRAY['done'::text, 'refused'::text]))),
  constraint proposal_deed_check CHECK ((deed = ANY (ARRAY['office.name'::text, 'incident.hold'::text, 'incident.lift'::text, 'identity.check'::text, 'card.make'::text, 'consent.void'::text, 'order.commission'::text, 'dossier.make'::text]))),
  constraint proposal_org_id_check CHECK ((org_id ~ '^org_[a-z0-9-]{1,60}$'::text)),
  constraint proposal_payload_sha256_check CHECK ((octet_length(payload_sha256) = 32)),
  constraint proposal_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE INDEX proposal_decided ON public.proposal USING btree (decided_by, decided_at) WHERE (decided_by IS NOT NULL);
CREATE INDEX proposal_made ON public.proposal USING btree (made_by, made_at);
CREATE INDEX proposal_open ON public.proposal USING btree (org_id, expires_at) WHERE (decision IS NULL);
CREATE INDEX proposal_over ON public.proposal USING btree (expires_at);

create table public_object (
  sha256 bytea not null,
  leaf_id uuid not null,
  document text not null,
  announced_at timestamp with time zone not null,
  constraint public_object_pkey PRIMARY KEY (sha256),
  constraint public_object_leaf_id_key UNIQUE (leaf_id),
  constraint public_object_check CHECK ((sha256 = sha256(convert_to(document, 'UTF8'::name))))
);
CREATE TRIGGER public_object_is_immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON public.public_object FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table published_file (
  file_no integer not null generated always as identity (cache 1),
  dataset text not null,
  month date not null,
  correction smallint not null,
  format text not null,
  document text not null,
  sha256 bytea not null,
  leaf_id uuid not null,
  published_at timestamp with time zone not null,
  reason jsonb,
  constraint published_file_pkey PRIMARY KEY (file_no),
  constraint published_file_dataset_month_correction_format_key UNIQUE (dataset, month, correction, format),
  constraint published_file_leaf_id_key UNIQUE (leaf_id),
  constraint published_file_check CHECK ((sha256 = sha256(convert_to(document, 'UTF8'::name)))),
  constraint published_file_check1 CHECK (((correction = 0) = (reason IS NULL))),
  constraint published_file_correction_check CHECK (((correction >= 0) AND (correction <= 99))),
  constraint published_file_dataset_check CHECK ((dataset ~ '^[a-z][a-z-]{2,59}$'::text)),
  constraint published_file_document_check CHECK ((octet_length(document) <= 2000000)),
  constraint published_file_format_check CHECK ((format = ANY (ARRAY['csv'::text, 'json'::text]))),
  constraint published_file_month_check CHECK ((EXTRACT(day FROM month) = (1)::numeric))
);
CREATE TRIGGER published_file_is_immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON public.published_file FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table rate_limits (
  key character varying(255) not null,
  points integer not null default 0,
  expire bigint,
  constraint rate_limits_pkey PRIMARY KEY (key)
);
CREATE INDEX rate_limits_by_expiry ON public.rate_limits USING btree (expire);

create table receipt (
  receipt_id uuid not null,
  person_id uuid not null,
  consent_id uuid not null,
  event_id uuid not null,
  kind text not null,
  dek_year smallint not null,
  body bytea not null,
  jwt_sha256 bytea not null,
  issued_at timestamp with time zone not null,
  constraint receipt_pkey PRIMARY KEY (receipt_id),
  constraint receipt_event_id_key UNIQUE (event_id),
  constraint receipt_consent_id_fkey FOREIGN KEY (consent_id) REFERENCES consent_record(consent_id),
  constraint receipt_dek_year_check CHECK ((dek_year > 0)),
  constraint receipt_jwt_sha256_check CHECK ((octet_length(jwt_sha256) = 32)),
  constraint receipt_kind_check CHECK ((kind ~~ 'consent.%'::text))
);
alter table receipt alter column body set storage external;
CREATE INDEX receipt_by_consent ON public.receipt USING btree (consent_id);
CREATE INDEX receipt_of_consent ON public.receipt USING btree (person_id, consent_id);
CREATE INDEX receipt_of_person ON public.receipt USING btree (person_id, issued_at, receipt_id);
CREATE TRIGGER receipt_is_immutable BEFORE UPDATE OR TRUNCATE ON public.receipt FOR EACH STATEMENT EXECUTE FUNCTION refuse_receipt_change();

create table recovery_codes (
  code_index text not null,
  person_id uuid not null,
  secret_sha256 bytea,
  created_at timestamp with time zone not null,
  used_at timestamp with time zone,
  expires_at timestamp with time zone,
  seal bytea,
  proof bytea,
  constraint recovery_codes_pkey PRIMARY KEY (code_index),
  constraint recovery_codes_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint recovery_codes_code_index_check CHECK ((length(code_index) = ANY (ARRAY[6, 8]))),
  constraint recovery_codes_proof_check CHECK ((((proof IS NOT NULL) = (length(code_index) = 6)) AND ((proof IS NULL) OR (octet_length(proof) = 32)))),
  constraint recovery_codes_seal_check CHECK ((octet_length(seal) = 20)),
  constraint recovery_codes_secret_sha256_check CHECK ((octet_length(secret_sha256) = 32))
);
CREATE INDEX recovery_codes_of_counters ON public.recovery_codes USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX recovery_codes_of_person ON public.recovery_codes USING btree (person_id);
CREATE TRIGGER recovery_codes_of_no_work_access BEFORE INSERT ON public.recovery_codes FOR EACH ROW EXECUTE FUNCTION refuse_work_access();

create table recovery_holds (
  person_id uuid not null,
  since timestamp with time zone not null,
  until timestamp with time zone not null,
  added uuid[] not null,
  seal bytea,
  constraint recovery_holds_pkey PRIMARY KEY (person_id),
  constraint recovery_holds_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint recovery_holds_check CHECK ((until > since)),
  constraint recovery_holds_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE INDEX recovery_holds_by_end ON public.recovery_holds USING btree (until);

create table refused_day (
  person_id uuid not null,
  day date not null,
  visible_from timestamp with time zone,
  event_id uuid not null,
  constraint refused_day_once UNIQUE NULLS NOT DISTINCT (person_id, day, visible_from)
);

create table refused_mark (
  one boolean not null default true,
  day date,
  constraint refused_mark_pkey PRIMARY KEY (one),
  constraint refused_mark_one_check CHECK (one)
);

create table register_brake (
  brake_no integer not null generated always as identity (cache 1),
  sha256 bytea not null,
  operator text,
  constraint register_brake_pkey PRIMARY KEY (brake_no),
  constraint register_brake_sha256_key UNIQUE (sha256),
  constraint register_brake_operator_check CHECK (((length(operator) >= 1) AND (length(operator) <= 100))),
  constraint register_brake_sha256_check CHECK ((octet_length(sha256) = 32))
);
CREATE TRIGGER register_brakes_are_immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON public.register_brake FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER register_brakes_move_the_epoch AFTER INSERT ON public.register_brake FOR EACH STATEMENT EXECUTE FUNCTION move_register_epoch();

create table register_leaf (
  object_no integer not null,
  leaf_id uuid not null,
  sha256 bytea not null,
  constraint register_leaf_pkey PRIMARY KEY (object_no),
  constraint register_leaf_leaf_id_key UNIQUE (leaf_id),
  constraint register_leaf_sha256_check CHECK ((octet_length(sha256) = 32))
);
CREATE TRIGGER register_leaf_is_immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON public.register_leaf FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

create table register_objects (
  object_no integer not null generated always as identity (cache 1),
  kind text not null,
  id text not null,
  version integer not null,
  content jsonb not null,
  applied_at timestamp with time zone not null,
  constraint register_objects_pkey PRIMARY KEY (kind, id, version),
  constraint register_objects_object_no_key UNIQUE (object_no),
  constraint register_objects_id_check CHECK (((length(id) >= 1) AND (length(id) <= 64))),
  constraint register_objects_kind_check CHECK ((kind = ANY (ARRAY['organisation'::text, 'category'::text, 'dataset'::text, 'purpose'::text, 'agreement'::text, 'text'::text, 'service'::text, 'setting'::text, 'signer'::text, 'change'::text, 'identity-provider'::text]))),
  constraint register_objects_version_check CHECK ((version > 0))
);
CREATE TRIGGER register_objects_are_immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON public.register_objects FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER register_objects_move_the_epoch AFTER INSERT ON public.register_objects FOR EACH STATEMENT EXECUTE FUNCTION move_register_epoch();
CREATE TRIGGER register_objects_tell_signals AFTER INSERT ON public.register_objects FOR EACH ROW WHEN ((new.kind = 'agreement'::text)) EXECUTE FUNCTION queue_agreement_signals();

create table register_seal (
  object_no integer not null,
  seal bytea not null,
  constraint register_seal_pkey PRIMARY KEY (object_no),
  constraint register_seal_seal_check CHECK ((octet_length(seal) = 20))
);

create table register_state (
  epoch bigint not null,
  seal bytea,
  constraint register_state_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE UNIQUE INDEX register_state_has_one_row ON public.register_state USING btree (((epoch IS NOT NULL)));

create table release_catalogue (
  version text not null,
  sha256 bytea not null,
  objects jsonb not null,
  begun_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  seal bytea not null,
  constraint release_catalogue_pkey PRIMARY KEY (version),
  constraint release_catalogue_seal_check CHECK ((octet_length(seal) = 20)),
  constraint release_catalogue_sha256_check CHECK ((octet_length(sha256) = 32)),
  constraint release_catalogue_version_check CHECK ((length(version) <= 100))
);

create table rendered_page (
  sha256 bytea not null,
  html text not null,
  first_shown_at timestamp with time zone not null,
  constraint rendered_page_pkey PRIMARY KEY (sha256),
  constraint rendered_page_check CHECK ((sha256 = sha256(convert_to(html, 'UTF8'::name))))
);

create table revocation_delivery (
  consent_id uuid not null,
  party integer not null,
  role text not null,
  person_id uuid not null,
  queued_at timestamp with time zone not null,
  acknowledged_at timestamp with time zone,
  effect text,
  law text,
  effect_at timestamp with time zone,
  person_seq integer,
  kept_until text,
  delivered_at timestamp with time zone,
  constraint revocation_delivery_pkey PRIMARY KEY (consent_id, party),
  constraint revocation_delivery_consent_id_fkey FOREIGN KEY (consent_id) REFERENCES consent_record(consent_id),
  constraint revocation_delivery_check CHECK ((((effect IS NULL) = (effect_at IS NULL)) AND ((effect IS NULL) = (person_seq IS NULL)) AND ((effect IS NULL) = (acknowledged_at IS NULL)))),
  constraint revocation_delivery_check1 CHECK (((law IS NOT NULL) = (NOT (effect IS DISTINCT FROM 'kept_by_law'::text)))),
  constraint revocation_delivery_effect_check CHECK ((effect = ANY (ARRAY['pending'::text, 'stopped'::text, 'kept_by_law'::text, 'deleted'::text]))),
  constraint revocation_delivery_law_check CHECK (((char_length(law) >= 1) AND (char_length(law) <= 255))),
  constraint revocation_delivery_role_check CHECK ((role = ANY (ARRAY['holder'::text, 'recipient'::text])))
);
CREATE INDEX revocation_delivery_of_person ON public.revocation_delivery USING btree (person_id);
CREATE INDEX revocation_delivery_waiting ON public.revocation_delivery USING btree (party, queued_at, consent_id) WHERE ((effect IS NULL) OR (effect = 'pending'::text));

create table served_minute (
  minute timestamp with time zone not null,
  process uuid not null,
  constraint served_minute_pkey PRIMARY KEY (minute, process),
  constraint served_minute_minute_check CHECK ((EXTRACT(second FROM minute) = (0)::numeric))
);

create table service_secret (
  service_id text not null,
  newest_sha256 bytea not null,
  newest_at timestamp with time zone not null,
  older_sha256 bytea,
  older_at timestamp with time zone,
  seal bytea not null,
  constraint service_secret_pkey PRIMARY KEY (service_id),
  constraint service_secret_check CHECK (((older_sha256 IS NULL) = (older_at IS NULL))),
  constraint service_secret_newest_sha256_check CHECK ((octet_length(newest_sha256) = 32)),
  constraint service_secret_older_sha256_check CHECK ((octet_length(older_sha256) = 32)),
  constraint service_secret_service_id_check CHECK ((service_id ~ '^[a-z0-9-]{1,60}$'::text))
);

create table session_ending (
  id bytea not null,
  because text not null,
  ended_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint session_ending_pkey PRIMARY KEY (id),
  constraint session_ending_because_check CHECK ((because = ANY (ARRAY['recovery'::text, 'not-mine'::text, 'elsewhere'::text]))),
  constraint session_ending_id_check CHECK ((octet_length(id) = 32))
);
CREATE INDEX session_ending_expires ON public.session_ending USING btree (expires_at);

create table sign_in_request (
  request_id uuid not null,
  artifact_id bytea not null,
  person_id uuid not null,
  org_id text not null,
  service_id text not null,
  words jsonb not null,
  level text,
  requested_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  approval jsonb,
  seal bytea not null,
  ping bytea,
  ended_at timestamp with time zone,
  polled_at timestamp with time zone,
  interval_seconds smallint not null default 5,
  constraint sign_in_request_pkey PRIMARY KEY (request_id),
  constraint sign_in_request_artifact_id_key UNIQUE (artifact_id),
  constraint sign_in_request_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint sign_in_request_artifact_id_check CHECK ((octet_length(artifact_id) = 32)),
  constraint sign_in_request_check CHECK (((expires_at > requested_at) AND (expires_at <= (requested_at + '00:11:00'::interval)))),
  constraint sign_in_request_interval_seconds_check CHECK (((interval_seconds >= 5) AND (interval_seconds <= 60))),
  constraint sign_in_request_org_id_check CHECK ((org_id ~ '^org_[a-z0-9-]{1,60}$'::text)),
  constraint sign_in_request_seal_check CHECK ((octet_length(seal) = 20)),
  constraint sign_in_request_service_id_check CHECK ((service_id ~ '^[a-z0-9-]{1,60}$'::text))
);
CREATE INDEX sign_in_request_by_expiry ON public.sign_in_request USING btree (expires_at);
CREATE INDEX sign_in_request_of_person ON public.sign_in_request USING btree (person_id, org_id, requested_at);
CREATE TRIGGER sign_in_request_of_no_work_access BEFORE INSERT ON public.sign_in_request FOR EACH ROW EXECUTE FUNCTION refuse_work_access();

create table sign_in_silence (
  person_id uuid not null,
  org_id text not null,
  silenced_at timestamp with time zone not null,
  constraint sign_in_silence_pkey PRIMARY KEY (person_id, org_id),
  constraint sign_in_silence_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint sign_in_silence_org_id_check CHECK ((org_id ~ '^org_[a-z0-9-]{1,60}$'::text))
);

create table signal_event (
  event_no bigint not null generated always as identity (cache 1),
  jti uuid not null,
  stream_id uuid not null,
  person_id uuid,
  ordered_by uuid not null generated always as (COALESCE(person_id, stream_id)) stored,
  kind text not null,
  content jsonb not null,
  event_seq integer,
  occurred_at timestamp with time zone not null,
  queued_at timestamp with time zone not null,
  tries integer not null default 0,
  due_at timestamp with time zone not null default '-infinity'::timestamp with time zone,
  constraint signal_event_pkey PRIMARY KEY (event_no),
  constraint signal_event_jti_key UNIQUE (jti),
  constraint signal_event_stream_id_fkey FOREIGN KEY (stream_id) REFERENCES signal_stream(stream_id) ON DELETE CASCADE,
  constraint signal_event_kind_check CHECK ((kind ~ '^[a-z-]{1,40}$'::text))
);
CREATE INDEX signal_event_due ON public.signal_event USING btree (stream_id, due_at, event_no);
CREATE INDEX signal_event_in_order ON public.signal_event USING btree (stream_id, ordered_by, event_no);
CREATE INDEX signal_event_of_person ON public.signal_event USING btree (person_id) WHERE (person_id IS NOT NULL);
CREATE INDEX signal_event_old ON public.signal_event USING btree (queued_at);
CREATE TRIGGER signal_event_of_no_work_access BEFORE INSERT ON public.signal_event FOR EACH ROW EXECUTE FUNCTION refuse_work_access();

create table signal_note (
  day date not null,
  stream_id uuid not null,
  org_id text not null,
  what text not null,
  times integer not null,
  last_at timestamp with time zone not null,
  constraint signal_note_pkey PRIMARY KEY (day, stream_id, what),
  constraint signal_note_what_check CHECK ((what ~ '^[a-z-]{1,40}$'::text))
);
CREATE INDEX signal_note_old ON public.signal_note USING btree (last_at);

create table signal_stream (
  stream_id uuid not null,
  org_id text not null,
  party integer not null,
  method text not null,
  endpoint text,
  authorization_sealed bytea,
  requested text[] not null,
  kinds text[] not null,
  description text,
  status text not null,
  reason text,
  created_at timestamp with time zone not null,
  told_since timestamp with time zone not null default '-infinity'::timestamp with time zone,
  verified_at timestamp with time zone,
  failures integer not null default 0,
  due_at timestamp with time zone not null default '-infinity'::timestamp with time zone,
  seal bytea not null,
  constraint signal_stream_pkey PRIMARY KEY (stream_id),
  constraint signal_stream_check CHECK (((method = 'push'::text) = (endpoint IS NOT NULL))),
  constraint signal_stream_check1 CHECK (((method = 'push'::text) OR (authorization_sealed IS NULL))),
  constraint signal_stream_description_check CHECK (((char_length(description) >= 1) AND (char_length(description) <= 255))),
  constraint signal_stream_endpoint_check CHECK ((char_length(endpoint) <= 512)),
  constraint signal_stream_method_check CHECK ((method = ANY (ARRAY['push'::text, 'poll'::text]))),
  constraint signal_stream_org_id_check CHECK ((org_id ~ '^org_[a-z0-9-]{1,60}$'::text)),
  constraint signal_stream_reason_check CHECK ((char_length(reason) <= 255)),
  constraint signal_stream_requested_check CHECK ((cardinality(requested) <= 50)),
  constraint signal_stream_seal_check CHECK ((octet_length(seal) = 20)),
  constraint signal_stream_status_check CHECK ((status = ANY (ARRAY['enabled'::text, 'paused'::text, 'disabled'::text])))
);
CREATE INDEX signal_stream_of_body ON public.signal_stream USING btree (party);

create table signal_subject_removed (
  stream_id uuid not null,
  person_id uuid not null,
  constraint signal_subject_removed_pkey PRIMARY KEY (stream_id, person_id),
  constraint signal_subject_removed_stream_id_fkey FOREIGN KEY (stream_id) REFERENCES signal_stream(stream_id) ON DELETE CASCADE
);
CREATE INDEX signal_subject_removed_of_person ON public.signal_subject_removed USING btree (person_id);

create table signal_told (
  stream_id uuid not null,
  person_id uuid not null,
  person_seq integer not null,
  jti uuid,
  ahead text[] not null,
  seal bytea not null,
  constraint signal_told_pkey PRIMARY KEY (stream_id, person_id),
  constraint signal_told_stream_id_fkey FOREIGN KEY (stream_id) REFERENCES signal_stream(stream_id) ON DELETE CASCADE,
  constraint signal_told_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE INDEX signal_told_of_person ON public.signal_told USING btree (person_id);

create table signin_attempts (
  visit_id_sha256 bytea not null,
  person_id uuid not null,
  proof text not null,
  codes_due boolean not null default false,
  proved_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  invitation_due boolean not null default false,
  factor_ids uuid[] not null default '{}'::uuid[],
  session_epoch integer not null default 0,
  code_index text,
  seal bytea,
  reach_due boolean not null default false,
  other_device boolean not null default false,
  constraint signin_attempts_pkey PRIMARY KEY (visit_id_sha256),
  constraint signin_attempts_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint signin_attempts_proof_check CHECK ((proof = ANY (ARRAY['passkey'::text, 'new-passkey'::text, 'attested-passkey'::text, 'recovery-code'::text, 'recovered'::text, 'password-totp'::text, 'password-key'::text, 'new-password'::text, 'upstream-one'::text, 'upstream-two'::text, 'card'::text]))),
  constraint signin_attempts_seal_check CHECK ((octet_length(seal) = 20)),
  constraint signin_attempts_visit_id_sha256_check CHECK ((octet_length(visit_id_sha256) = 32))
);
CREATE INDEX signin_attempts_by_expiry ON public.signin_attempts USING btree (expires_at);

create table signin_passwords (
  visit_id_sha256 bytea not null,
  person_id uuid,
  address_mark bytea not null,
  tries_key text not null,
  expires_at timestamp with time zone not null,
  factor_id uuid,
  session_epoch integer,
  taken jsonb not null default '[]'::jsonb,
  seal bytea,
  constraint signin_passwords_pkey PRIMARY KEY (visit_id_sha256),
  constraint signin_passwords_seal_check CHECK ((octet_length(seal) = 20)),
  constraint signin_passwords_visit_id_sha256_check CHECK ((octet_length(visit_id_sha256) = 32))
);
CREATE INDEX signin_passwords_by_expiry ON public.signin_passwords USING btree (expires_at);

create table silenced_question (
  silence_id uuid not null,
  person_id uuid not null,
  recipient integer not null,
  holder integer not null,
  dataset integer not null,
  categories bigint not null,
  silenced_at timestamp with time zone not null,
  times integer not null default 0,
  last_at timestamp with time zone,
  constraint silenced_question_pkey PRIMARY KEY (silence_id),
  constraint silenced_question_person_id_recipient_holder_dataset_catego_key UNIQUE (person_id, recipient, holder, dataset, categories),
  constraint silenced_question_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint silenced_question_categories_check CHECK ((categories <> 0)),
  constraint silenced_question_times_check CHECK ((times >= 0))
);

create table totp_enrolments (
  errand_sha256 bytea not null,
  person_id uuid not null,
  factor_id uuid not null,
  sealed bytea not null,
  wrapped_key bytea not null,
  kek_id bytea not null,
  sealed_year smallint not null,
  expires_at timestamp with time zone not null,
  seal bytea,
  constraint totp_enrolments_pkey PRIMARY KEY (errand_sha256),
  constraint totp_enrolments_errand_sha256_check CHECK ((octet_length(errand_sha256) = 32)),
  constraint totp_enrolments_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE INDEX totp_enrolments_by_expiry ON public.totp_enrolments USING btree (expires_at);

create table totp_factors (
  person_id uuid not null,
  factor_id uuid not null,
  sealed bytea not null,
  wrapped_key bytea not null,
  kek_id bytea not null,
  sealed_year smallint not null,
  last_step bigint not null,
  created_at timestamp with time zone not null,
  last_used_at timestamp with time zone,
  suspended_at timestamp with time zone,
  seal bytea,
  constraint totp_factors_pkey PRIMARY KEY (person_id),
  constraint totp_factors_factor_id_key UNIQUE (factor_id),
  constraint totp_factors_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint totp_factors_last_step_check CHECK ((last_step >= 0)),
  constraint totp_factors_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE TRIGGER totp_factors_of_no_work_access BEFORE INSERT ON public.totp_factors FOR EACH ROW EXECUTE FUNCTION refuse_work_access();

create table unconfirmed_mark (
  one boolean not null default true,
  decision_id uuid not null default '00000000-0000-0000-0000-000000000000'::uuid,
  constraint unconfirmed_mark_pkey PRIMARY KEY (one),
  constraint unconfirmed_mark_one_check CHECK (one)
);

create table upstream_arrivals (
  errand_sha256 bytea not null,
  provider_id text not null,
  issuer text not null,
  identity_sha256 bytea not null,
  level text not null,
  proved_at timestamp with time zone not null,
  links boolean not null default false,
  expires_at timestamp with time zone not null,
  seal bytea not null,
  vouched bytea,
  constraint upstream_arrivals_pkey PRIMARY KEY (errand_sha256),
  constraint upstream_arrivals_errand_sha256_check CHECK ((octet_length(errand_sha256) = 32)),
  constraint upstream_arrivals_identity_sha256_check CHECK ((octet_length(identity_sha256) = 32)),
  constraint upstream_arrivals_issuer_check CHECK (((length(issuer) >= 1) AND (length(issuer) <= 255))),
  constraint upstream_arrivals_level_check CHECK ((level = ANY (ARRAY['urn:accord:aal:1'::text, 'urn:accord:aal:2'::text]))),
  constraint upstream_arrivals_provider_id_check CHECK ((provider_id ~ '^[a-z0-9-]{1,60}$'::text)),
  constraint upstream_arrivals_seal_check CHECK ((octet_length(seal) = 20)),
  constraint upstream_arrivals_vouched_check CHECK (((octet_length(vouched) >= 37) AND (octet_length(vouched) <= 8192)))
);
CREATE INDEX upstream_arrivals_by_expiry ON public.upstream_arrivals USING btree (expires_at);

create table upstream_errands (
  state_sha256 bytea not null,
  errand_sha256 bytea not null,
  provider_id text not null,
  nonce text not null,
  verifier text not null,
  max_age integer not null,
  begun_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  seal bytea not null,
  constraint upstream_errands_pkey PRIMARY KEY (state_sha256),
  constraint upstream_errands_errand_sha256_check CHECK ((octet_length(errand_sha256) = 32)),
  constraint upstream_errands_max_age_check CHECK ((max_age >= 0)),
  constraint upstream_errands_nonce_check CHECK (((length(nonce) >= 20) AND (length(nonce) <= 100))),
  constraint upstream_errands_provider_id_check CHECK ((provider_id ~ '^[a-z0-9-]{1,60}$'::text)),
  constraint upstream_errands_seal_check CHECK ((octet_length(seal) = 20)),
  constraint upstream_errands_state_sha256_check CHECK ((octet_length(state_sha256) = 32)),
  constraint upstream_errands_verifier_check CHECK (((length(verifier) >= 43) AND (length(verifier) <= 128)))
);
CREATE INDEX upstream_errands_by_errand ON public.upstream_errands USING btree (errand_sha256);
CREATE INDEX upstream_errands_by_expiry ON public.upstream_errands USING btree (expires_at);

create table upstream_identities (
  factor_id uuid not null,
  person_id uuid not null,
  issuer text not null,
  identity_sha256 bytea not null,
  created_at timestamp with time zone not null,
  last_used_at timestamp with time zone,
  seal bytea not null,
  constraint upstream_identities_pkey PRIMARY KEY (factor_id),
  constraint upstream_identities_identity_sha256_key UNIQUE (identity_sha256),
  constraint upstream_identities_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint upstream_identities_identity_sha256_check CHECK ((octet_length(identity_sha256) = 32)),
  constraint upstream_identities_issuer_check CHECK (((length(issuer) >= 1) AND (length(issuer) <= 255))),
  constraint upstream_identities_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE INDEX upstream_identities_of_person ON public.upstream_identities USING btree (person_id);
CREATE TRIGGER upstream_identities_of_no_work_access BEFORE INSERT ON public.upstream_identities FOR EACH ROW EXECUTE FUNCTION refuse_work_access();

create table upstream_logouts (
  token_sha256 bytea not null,
  expires_at timestamp with time zone not null,
  constraint upstream_logouts_pkey PRIMARY KEY (token_sha256),
  constraint upstream_logouts_token_sha256_check CHECK ((octet_length(token_sha256) = 32))
);
CREATE INDEX upstream_logouts_by_expiry ON public.upstream_logouts USING btree (expires_at);

create table upstream_sessions (
  errand_sha256 bytea not null,
  provider_id text not null,
  identity_sha256 bytea not null,
  session_sha256 bytea,
  expires_at timestamp with time zone not null,
  seal bytea not null,
  constraint upstream_sessions_pkey PRIMARY KEY (errand_sha256),
  constraint upstream_sessions_errand_sha256_check CHECK ((octet_length(errand_sha256) = 32)),
  constraint upstream_sessions_identity_sha256_check CHECK ((octet_length(identity_sha256) = 32)),
  constraint upstream_sessions_provider_id_check CHECK ((provider_id ~ '^[a-z0-9-]{1,60}$'::text)),
  constraint upstream_sessions_seal_check CHECK ((octet_length(seal) = 20)),
  constraint upstream_sessions_session_sha256_check CHECK ((octet_length(session_sha256) = 32))
);
CREATE INDEX upstream_sessions_by_expiry ON public.upstream_sessions USING btree (expires_at);
CREATE INDEX upstream_sessions_by_identity ON public.upstream_sessions USING btree (identity_sha256);
CREATE INDEX upstream_sessions_by_session ON public.upstream_sessions USING btree (session_sha256) WHERE (session_sha256 IS NOT NULL);

create table vouched_values (
  factor_id uuid not null,
  person_id uuid not null,
  issuer text not null,
  level text not null,
  sealed bytea not null,
  vouched_at timestamp with time zone not null,
  seal bytea not null,
  constraint vouched_values_pkey PRIMARY KEY (factor_id),
  constraint vouched_values_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint vouched_values_issuer_check CHECK (((length(issuer) >= 1) AND (length(issuer) <= 255))),
  constraint vouched_values_level_check CHECK ((level = ANY (ARRAY['urn:accord:aal:1'::text, 'urn:accord:aal:2'::text, 'urn:accord:aal:3'::text]))),
  constraint vouched_values_seal_check CHECK ((octet_length(seal) = 20)),
  constraint vouched_values_sealed_check CHECK (((octet_length(sealed) >= 37) AND (octet_length(sealed) <= 8192)))
);
CREATE INDEX vouched_values_of_person ON public.vouched_values USING btree (person_id);
CREATE TRIGGER vouched_values_of_no_work_access BEFORE INSERT ON public.vouched_values FOR EACH ROW EXECUTE FUNCTION refuse_work_access();

create table ways_in (
  person_id uuid not null,
  ways text[] not null,
  seal bytea,
  ends_at timestamp with time zone,
  constraint ways_in_pkey PRIMARY KEY (person_id),
  constraint ways_in_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint ways_in_seal_check CHECK ((octet_length(seal) = 20)),
  constraint ways_in_ways_check CHECK ((cardinality(ways) <= 100))
);
CREATE INDEX ways_in_by_end ON public.ways_in USING btree (ends_at) WHERE (ends_at IS NOT NULL);

create table webauthn_challenges (
  challenge bytea not null,
  ceremony text not null,
  errand text not null,
  person_id uuid,
  user_handle bytea,
  expires_at timestamp with time zone not null,
  seal bytea,
  constraint webauthn_challenges_pkey PRIMARY KEY (challenge),
  constraint webauthn_challenges_ceremony_check CHECK ((ceremony = ANY (ARRAY['create'::text, 'get'::text, 'create-beside'::text, 'get-beside'::text, 'create-attested'::text]))),
  constraint webauthn_challenges_challenge_check CHECK ((octet_length(challenge) = 32)),
  constraint webauthn_challenges_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE INDEX webauthn_challenges_by_expiry ON public.webauthn_challenges USING btree (expires_at);
CREATE INDEX webauthn_challenges_of_errand ON public.webauthn_challenges USING btree (errand, expires_at);

create table webauthn_users (
  person_id uuid not null,
  user_handle bytea not null,
  seal bytea,
  constraint webauthn_users_pkey PRIMARY KEY (person_id),
  constraint webauthn_users_user_handle_key UNIQUE (user_handle),
  constraint webauthn_users_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint webauthn_users_seal_check CHECK ((octet_length(seal) = 20)),
  constraint webauthn_users_user_handle_check CHECK ((octet_length(user_handle) = 32))
);

create table work_access (
  person_id uuid not null,
  org_id text not null,
  sealed bytea not null,
  number_mark bytea not null,
  opened_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  seal bytea,
  constraint work_access_pkey PRIMARY KEY (person_id),
  constraint work_access_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons(person_id),
  constraint work_access_number_mark_check CHECK ((octet_length(number_mark) = 32)),
  constraint work_access_org_id_check CHECK ((org_id ~ '^org_[a-z0-9-]{1,60}$'::text)),
  constraint work_access_seal_check CHECK ((octet_length(seal) = 20))
);
CREATE UNIQUE INDEX work_access_open ON public.work_access USING btree (org_id, number_mark) WHERE (ended_at IS NULL);

create table worker_beat (
  worker text not null,
  beat_at timestamp with time zone not null,
  beside text,
  constraint worker_beat_pkey PRIMARY KEY (worker),
  constraint worker_beat_beside_check CHECK ((length(beside) <= 100)),
  constraint worker_beat_worker_check CHECK ((length(worker) <= 100))
) with (fillfactor=50);

create type new_event as (chain uuid, seq integer, event uuid, kind text, moment timestamp with time zone, visible timestamp with time zone, commitment bytea, body bytea, new_key bytea, new_key_kek bytea, live bytea, seal bytea, record bytea);

create type new_permit as (epoch bigint, request uuid, content bytea, decision decision, event new_event, used json);

create view answers_counted as
 SELECT r.person_id,
    r.consent_id,
    r.agreement,
    r.holder,
    r.recipient,
    r.purpose,
    r.legal_basis_id,
    r.created_at,
    c.state,
    c.state_at
   FROM (consent_record r
     JOIN consent_current c USING (person_id, consent_id))
  WHERE (NOT (EXISTS ( SELECT 1
           FROM narrowings n
          WHERE (n.consent_id = r.consent_id))));

create view answers_given as
 SELECT c.person_id,
    c.consent_id,
    c.holder,
    c.recipient,
    c.dataset,
    c.categories,
    r.categories_declined AS declined,
    c.state,
    c.state_at,
    r.created_at
   FROM (consent_current c
     JOIN consent_record r USING (consent_id));

create view arrivals as
 SELECT errand_sha256,
    provider_id,
    issuer,
    identity_sha256,
    level,
    vouched,
    proved_at,
    links,
    expires_at,
    seal
   FROM upstream_arrivals;

create view attempts_that_count as
 SELECT visit_id_sha256,
    person_id,
    proof,
    codes_due,
    invitation_due,
    proved_at,
    factor_ids,
    session_epoch,
    code_index,
    expires_at,
    seal,
    reach_due,
    other_device
   FROM signin_attempts
  WHERE (session_epoch = session_epoch_of(person_id));

create view chain_ends as
 SELECT person_id,
    next_seq,
    head_commitment,
    updated_at,
    live,
    seal AS head_seal
   FROM person_head
  WHERE (NOT delayed);

create view changes_asked as
 SELECT consent_id
   FROM consent_request_item
  WHERE (amends IS NOT NULL);

create view claim_answers as
 SELECT person_id,
    service_id,
    claim,
    is_given,
    purpose_sha256,
    answered_at,
    seal
   FROM claim_answer;

create view closings_told as
 SELECT through,
    is_placed
   FROM ( SELECT (encode(SUBSTRING(p.commitment FROM 2 FOR 10), 'escape'::text) COLLATE "C") AS through,
            true AS is_placed
           FROM ledger_position p
          WHERE ((p.class = 72) AND (get_byte(p.commitment, 0) = 67))
        UNION ALL
         SELECT (encode(SUBSTRING(w.commitment FROM 2 FOR 10), 'escape'::text) COLLATE "C") AS encode,
            false
           FROM ledger_pending w
          WHERE ((w.class = 72) AND (get_byte(w.commitment, 0) = 67))) told
  WHERE ((through ~ '^2[0-9]{3}-[01][0-9]-[0-3][0-9]$'::text) AND (through < (quebec_day((now() + clock_offset())))::text));

create view confirmed_contacts as
 SELECT person_id,
    contact_id,
    channel,
    removed_at
   FROM contact_point
  WHERE (confirmed_at IS NOT NULL);

create view connection_history as
 SELECT person_id,
    connection_id,
    service_id,
    scopes,
    claims,
    first_used_at,
    last_used_at,
    ended_at
   FROM connections;

create view consent_history as
 SELECT c.person_id,
    c.consent_id,
    c.arrangement_id,
    r.version_in_arrangement,
    r.supersedes_consent_id,
    r.request_id,
    c.holder,
    c.recipient,
    c.dataset,
    c.purpose,
    c.agreement,
    p.text,
    r.legal_basis_id,
    c.categories,
    r.categories_declined AS declined,
    r.express,
    r.one_time,
    c.state,
    c.state_at,
    c.suspended_reasons,
    c.valid_from,
    c.valid_until,
    r.valid_until_local,
    c.max_uses,
    c.frequency_count,
    c.frequency_per,
    c.lookback_from,
    c.lookback_to,
    c.uses,
    c.window_started_at,
    c.window_uses,
    c.last_use_at,
    r.presentation_id,
    p.lang,
    r.channel,
    r.acr,
    r.amr,
    r.created_at,
    c.state_seq,
    c.confirmed_at,
    c.uses_returned,
    c.window_returned,
    c.seal
   FROM ((consent_current c
     JOIN consent_record r USING (consent_id))
     JOIN presented_words p USING (presentation_id));

create view consent_states as
 SELECT ( SELECT r.categories_declined
           FROM consent_record r
          WHERE (r.consent_id = c.consent_id)) AS declined,
    person_id,
    consent_id,
    arrangement_id,
    holder,
    recipient,
    dataset,
    purpose,
    agreement,
    categories,
    state,
    state_seq,
    state_at,
    suspended_reasons,
    valid_from,
    valid_until,
    max_uses,
    frequency_count,
    frequency_per,
    lookback_from,
    lookback_to,
    uses,
    window_started_at,
    window_uses,
    last_use_at,
    confirmed_at,
    uses_returned,
    window_returned,
    seal
   FROM consent_current c;

create view consents_ended as
 SELECT r.person_id,
    r.consent_id,
    r.agreement,
    r.holder,
    r.recipient,
    r.purpose,
    r.legal_basis_id,
    c.state,
    c.state_at
   FROM (consent_record r
     JOIN consent_current c USING (person_id, consent_id))
  WHERE (c.state = ANY (ARRAY['revoked'::text, 'expired'::text]));

create view current_register as
 SELECT DISTINCT ON (kind, id) kind,
    id,
    version,
    object_no,
    content
   FROM register_objects
  ORDER BY kind, id, version DESC;

create view days_told as
 SELECT ( SELECT max(t.through) AS max
           FROM closings_told t
          WHERE t.is_placed) AS through,
    ( SELECT m.day
           FROM refused_mark m) AS oldest;

create view decided as
 SELECT person_id,
    decision_id,
    consent_id
   FROM decision;

create view decision_history as
 SELECT d.person_id,
    d.decision_id,
    d.evaluated_at,
    d.consent_id,
    d.holder,
    d.recipient,
    d.dataset,
    d.purpose,
    d.agreement,
    d.legal_basis_id,
    d.asked,
    d.permitted,
    (d.outcome || ''::text) AS outcome,
    d.reason_code,
    d.valid_until,
    d.status,
    d.query_id,
    d.times,
    d.last_at,
    s.disclosure_id,
    s.occurred_at,
    s.recorded_at,
    s.categories_actual,
    s.record_count,
    s.result,
    s.delivery,
    s.query_id AS reported_query_id,
    s.query_group_id,
    s.initiator,
    s.late,
    s.in_flight,
    s.anomaly,
    d.visible_from,
    (d.period_from)::text AS period_from,
    (d.period_to)::text AS period_to
   FROM (decision d
     LEFT JOIN reports_made s USING (decision_id))
  WHERE ((d.visible_from IS NULL) OR (d.visible_from <= (now() + clock_offset())));

create view decisions_about as
 SELECT person_id,
    evaluated_at,
    holder,
    recipient,
    dataset,
    purpose,
    times,
    (outcome || ''::text) AS outcome
   FROM decision;

create view decisions_counted as
 SELECT decision_id,
    person_id,
    evaluated_at,
    agreement,
    holder,
    recipient,
    purpose,
    legal_basis_id,
    outcome,
    reason_code,
    times,
    (visible_from IS NOT NULL) AS is_later
   FROM decision;

create view delayed_chains as
 SELECT decision.person_id,
    decision.decision_id AS chain_id,
    decision.evaluated_at,
    decision.visible_from
   FROM decision
  WHERE ((decision.visible_from IS NOT NULL) AND ((decision.outcome || ''::text) = 'permit'::text))
UNION ALL
 SELECT refused_day.person_id,
    refused_day.event_id AS chain_id,
    quebec_midnight(refused_day.day) AS evaluated_at,
    refused_day.visible_from
   FROM refused_day
  WHERE (refused_day.visible_from IS NOT NULL);

create view delayed_ends as
 SELECT person_id AS chain_id,
    updated_at
   FROM person_head
  WHERE delayed;

create view devices_noted as
 SELECT person_id,
    device_sha256,
    first_seen_at,
    seal AS device_seal
   FROM known_devices;

create view devices_of_access as
 SELECT activity_id AS id,
    device
   FROM activity
  WHERE (device IS NOT NULL);

create view emails_in_use as
 SELECT c.contact_id,
    c.person_id,
    c.channel,
    c.sealed,
    c.digest,
    c.created_at,
    c.message_id,
    c.confirm_by,
    c.confirmed_at,
    c.removed_at,
    c.seal,
    w.ways,
    w.seal AS ways_seal
   FROM (contact_point c
     LEFT JOIN ways_in w USING (person_id))
  WHERE ((c.channel = 'email'::text) AND (c.confirmed_at IS NOT NULL) AND (c.removed_at IS NULL));

create view erased_until as
 SELECT max(
        CASE rule
            WHEN 'order'::text THEN erased_at
            ELSE before
        END) AS at,
    max(erased_at) AS denies_at
   FROM erasure;

create view erasures_in_chains as
 SELECT person_id,
    person_seq,
    event_id,
    recorded_at
   FROM ledger_event
  WHERE (kind = 'content.erased'::text);

create view holds_seen as
 SELECT a.person_id,
    h.since,
    h.until,
    h.added,
    h.seal,
    w.ways,
    w.seal AS ways_seal
   FROM ((accounts a
     LEFT JOIN recovery_holds h USING (person_id))
     LEFT JOIN ways_in w USING (person_id));

create view inquiries_closed as
 SELECT NULL::date AS through,
    LEAST(( SELECT min(t.day) AS min
           FROM inquiry_tally t), ( SELECT min(e.day) AS min
           FROM inquiry_excuse e)) AS oldest;

create view inquiries_counted as
 SELECT person_id,
    recorded_at,
    holder,
    undecided,
    (( SELECT COALESCE(sum((x.value)::bigint), (0)::numeric) AS "coalesce"
           FROM jsonb_each_text(inquiry_day.excused) x(key, value)))::bigint AS excused,
        CASE
            WHEN (recorded_at < (quebec_midnight(((date_trunc('month'::text, (day)::timestamp with time zone) + '1 mon'::interval))::date) + '96:00:00'::interval)) THEN quebec_midnight(day)
            ELSE recorded_at
        END AS at,
    recipient
   FROM inquiry_day;

create view inquiries_open as
 SELECT inquiry_tally.person_id,
    inquiry_tally.day
   FROM inquiry_tally
UNION
 SELECT inquiry_excuse.person_id,
    inquiry_excuse.day
   FROM inquiry_excuse;

create view inquiry_history as
 SELECT person_id,
    inquiry_id,
    (day)::text AS day,
    consent_id,
    holder,
    recipient,
    dataset,
    purpose,
    agreement,
    introspected,
    decided,
    excused,
    undecided,
    recorded_at
   FROM inquiry_day;

create view key_holders as
 SELECT a.person_id,
    a.session_epoch,
    a.use
   FROM (accounts a
     JOIN persons p USING (person_id))
  WHERE ((a.suspended_at IS NULL) AND (p.status = 'active'::text));

create view known_people as
 SELECT p.person_id,
    (a.person_id IS NOT NULL) AS has_account
   FROM (persons p
     LEFT JOIN LATERAL ( SELECT a_1.person_id
           FROM accounts a_1
          WHERE (a_1.person_id = p.person_id)
         OFFSET 0) a ON (true));

create view last_entries as
 SELECT person_id,
    updated_at
   FROM person_head
  WHERE (NOT delayed);

create view lawful_ends as
 SELECT person_id,
    decision_id,
    GREATEST(last_at, ( SELECT GREATEST(s.recorded_at, s.corrected_at) AS "greatest"
           FROM reports_made s
          WHERE (s.decision_id = d.decision_id)), ( SELECT max(r.recorded_at) AS max
           FROM receptions_made r
          WHERE (r.decision_id = d.decision_id)), ( SELECT COALESCE(q.answered_at, 'infinity'::timestamp with time zone) AS "coalesce"
           FROM questions_asked q
          WHERE (q.decision_id = d.decision_id)), ( SELECT h.updated_at
           FROM delayed_ends h
          WHERE (h.chain_id = d.decision_id))) AS over_at
   FROM lawful_permits d;

create view lawful_permits as
 SELECT person_id,
    decision_id,
    GREATEST(last_at, visible_from) AS last_at
   FROM decision
  WHERE (((outcome || ''::text) = 'permit'::text) AND (consent_id IS NULL));

create view ledger_commitments as
 SELECT person_id,
    person_seq,
    event_id,
    commitment
   FROM ledger_event;

create view ledger_heads as
 SELECT h.person_id,
    h.next_seq,
    h.head_commitment,
    m.moment,
    d.wrapped_key,
    d.kek_id,
    h.updated_at,
    h.live,
    h.seal AS head_seal,
    ( SELECT jsonb_agg(jsonb_build_object('log', r.origin, 'held', r.held, 'taken', r.taken, 'root', encode(r.root, 'base64'::text), 'found_at', r.found_at) ORDER BY r.found_at, r.origin) AS jsonb_agg
           FROM log_restore r
          WHERE (r.found_at > h.updated_at)) AS restored
   FROM ((person_head h
     CROSS JOIN LATERAL ( SELECT GREATEST(date_trunc('milliseconds'::text, (now() + clock_offset())), (h.updated_at + '00:00:00.001'::interval)) AS moment) m)
     LEFT JOIN dek d ON (((d.person_id = h.person_id) AND (d.year = (EXTRACT(year FROM (m.moment AT TIME ZONE 'UTC'::text)))::smallint))));

create view ledger_people as
 SELECT person_id
   FROM person_head;

create view ledger_places as
 SELECT p.event_id,
    l.log_id,
    l.year,
    l.shard,
    p.leaf_index,
    p.commitment
   FROM (ledger_position p
     JOIN log l USING (log_id));

create view ledger_totals as
 SELECT (( SELECT COALESCE(sum(log.tree_size), (0)::numeric) AS "coalesce"
           FROM log))::bigint AS in_logs,
    ( SELECT count(*) AS count
           FROM ledger_pending) AS waiting,
    ((( SELECT count(*) AS count
           FROM public_leaves) + ( SELECT count(*) AS count
           FROM ledger_position
          WHERE (ledger_position.class = 72))) + ( SELECT count(*) AS count
           FROM ledger_pending
          WHERE (ledger_pending.class = 72))) AS public;

create view ledger_users as
 SELECT person_id
   FROM ledger_event
  WHERE ((kind !~~ 'access.%'::text) AND (kind !~~ 'desk.%'::text));

create view lines_of_access as
 SELECT person_id,
    at,
    activity_id AS id,
    kind,
    service_id,
    NULL::uuid AS consent_id,
    NULL::integer AS holder,
    NULL::integer AS recipient,
    NULL::integer AS dataset,
    NULL::integer AS purpose,
    NULL::integer AS agreement,
    NULL::text AS legal_basis_id,
    NULL::bigint AS categories,
        CASE
            WHEN (kind = ANY (ARRAY['access.ordered'::text, 'access.closed'::text, 'access.reopened'::text, 'access.suspended'::text, 'access.restored'::text, 'file.compared'::text, 'session.told'::text, 'desk.searched'::text, 'desk.dossier-made'::text, 'help.opened'::text, 'help.looked'::text, 'help.closed'::text])) THEN reason
            ELSE NULL::text
        END AS reason,
    1 AS times,
    NULL::timestamp with time zone AS last_at,
    settled_at AS other_at,
    NULL::timestamp with time zone AS shown_from,
    network
   FROM activity;

create view lines_of_consents as
 SELECT d.person_id,
    d.issued_at AS at,
    d.receipt_id AS id,
        CASE
            WHEN ((d.kind = 'consent.granted'::text) AND (r.supersedes_consent_id IS NOT NULL)) THEN 'consent.changed'::text
            ELSE d.kind
        END AS kind,
    NULL::text AS service_id,
    d.consent_id,
    r.holder,
    r.recipient,
    r.dataset,
    r.purpose,
    r.agreement,
    r.legal_basis_id,
    COALESCE(NULLIF(r.categories_granted, 0), r.categories_declined) AS categories,
    NULL::text AS reason,
    1 AS times,
    NULL::timestamp with time zone AS last_at,
    r.valid_until AS other_at,
    NULL::timestamp with time zone AS shown_from,
    NULL::text AS network
   FROM (receipt d
     JOIN consent_record r USING (consent_id))
  WHERE (d.kind <> 'consent.superseded'::text);

create view lines_of_decisions as
 SELECT person_id,
    evaluated_at AS at,
    decision_id AS id,
    COALESCE(status, 'refused'::text) AS kind,
    NULL::text AS service_id,
    consent_id,
    holder,
    recipient,
    dataset,
    purpose,
    agreement,
    legal_basis_id,
    COALESCE(NULLIF(categories_actual, 0), NULLIF(permitted, 0), asked) AS categories,
        CASE outcome
            WHEN 'deny'::text THEN reason_code
            ELSE NULL::text
        END AS reason,
    times,
    last_at,
    occurred_at AS other_at,
    visible_from AS shown_from,
    NULL::text AS network
   FROM decision_history;

create view lines_of_declarations as
 SELECT person_id,
    recorded_at AS at,
    declaration_id AS id,
    'declared'::text AS kind,
    NULL::text AS service_id,
    NULL::uuid AS consent_id,
    holder,
    recipient,
    dataset,
    NULL::integer AS purpose,
    NULL::integer AS agreement,
    legal_basis_id,
    categories,
    NULL::text AS reason,
    1 AS times,
    NULL::timestamp with time zone AS last_at,
    occurred_at AS other_at,
    NULL::timestamp with time zone AS shown_from,
    NULL::text AS network
   FROM disclosure_declared;

create view lines_of_ends as
 SELECT person_id,
        CASE state
            WHEN 'expired'::text THEN LEAST(state_at, valid_until)
            ELSE valid_until
        END AS at,
    consent_id AS id,
    'consent.expired'::text AS kind,
    NULL::text AS service_id,
    consent_id,
    holder,
    recipient,
    dataset,
    purpose,
    agreement,
    NULL::text AS legal_basis_id,
    categories,
    NULL::text AS reason,
    1 AS times,
    NULL::timestamp with time zone AS last_at,
    NULL::timestamp with time zone AS other_at,
    NULL::timestamp with time zone AS shown_from,
    NULL::text AS network
   FROM consent_current
  WHERE ((state = ANY (ARRAY['active'::text, 'suspended'::text, 'expired'::text])) AND (
        CASE state
            WHEN 'expired'::text THEN LEAST(state_at, valid_until)
            ELSE valid_until
        END <= (now() + clock_offset())));

create view lines_of_inquiries as
 SELECT person_id,
    recorded_at AS at,
    inquiry_id AS id,
        CASE undecided
            WHEN 0 THEN 'excused'::text
            ELSE 'inquired'::text
        END AS kind,
    NULL::text AS service_id,
    consent_id,
    holder,
    recipient,
    dataset,
    purpose,
    agreement,
    NULL::text AS legal_basis_id,
    (0)::bigint AS categories,
    NULL::text AS reason,
    GREATEST(undecided, 1) AS times,
    NULL::timestamp with time zone AS last_at,
    quebec_midnight(day) AS other_at,
    NULL::timestamp with time zone AS shown_from,
    NULL::text AS network
   FROM inquiry_day;

create view lines_of_notices as
 SELECT person_id,
    shown_at AS at,
    notice_id AS id,
    'notice.shown'::text AS kind,
    NULL::text AS service_id,
    NULL::uuid AS consent_id,
    NULL::integer AS holder,
    NULL::integer AS recipient,
    dataset,
    purpose,
    agreement,
    NULL::text AS legal_basis_id,
    categories,
    NULL::text AS reason,
    1 AS times,
    NULL::timestamp with time zone AS last_at,
    NULL::timestamp with time zone AS other_at,
    NULL::timestamp with time zone AS shown_from,
    NULL::text AS network
   FROM notice_shown;

create view lines_of_receptions as
 SELECT person_id,
    recorded_at AS at,
    received_id AS id,
    'unpermitted'::text AS kind,
    NULL::text AS service_id,
    consent_id,
    holder,
    recipient,
    dataset,
    NULL::integer AS purpose,
    NULL::integer AS agreement,
    NULL::text AS legal_basis_id,
    categories,
    NULL::text AS reason,
    1 AS times,
    NULL::timestamp with time zone AS last_at,
    occurred_at AS other_at,
    NULL::timestamp with time zone AS shown_from,
    NULL::text AS network
   FROM disclosure_received
  WHERE (decision_id IS NULL);

create view lines_of_requests as
 SELECT r.person_id,
    r.created_at AS at,
    i.consent_id AS id,
    i.state AS kind,
    r.client_id AS service_id,
    i.consent_id,
    NULL::integer AS holder,
    r.recipient,
    i.dataset,
    i.purpose,
    i.agreement,
    NULL::text AS legal_basis_id,
    (i.categories_required | i.categories_optional) AS categories,
    NULL::text AS reason,
    1 AS times,
    NULL::timestamp with time zone AS last_at,
    r.expires_at AS other_at,
    NULL::timestamp with time zone AS shown_from,
    NULL::text AS network
   FROM (consent_request r
     CROSS JOIN LATERAL ( SELECT o.request_id,
            o.item_no,
            o.consent_id,
            o.agreement,
            o.purpose,
            o.dataset,
            o.text,
            o.categories_required,
            o.categories_optional,
            o.valid_until,
            o.valid_until_local,
            o.max_uses,
            o.frequency_count,
            o.frequency_per,
            o.lookback_from,
            o.lookback_to,
            o.state,
            o.narrows,
            o.amends
           FROM consent_request_item o
          WHERE (o.request_id = r.request_id)
         OFFSET 0) i)
  WHERE (i.narrows IS NULL);

create view live_connections as
 SELECT connection_id,
    person_id,
    service_id,
    scopes,
    claims,
    first_used_at,
    last_used_at,
    seal
   FROM connections
  WHERE (ended_at IS NULL);

create view log_standing as
 SELECT (EXISTS ( SELECT
           FROM log_restore
          WHERE (log_restore.went_on_at IS NULL))) AS is_restored,
    (EXISTS ( SELECT
           FROM log_restore
          WHERE (log_restore.taken_up_at IS NULL))) AS is_waiting;

create view loose_ends as
 SELECT lawful_ends.person_id,
    lawful_ends.over_at
   FROM lawful_ends
UNION ALL
 SELECT unanswered_ends.person_id,
    unanswered_ends.over_at
   FROM unanswered_ends
UNION ALL
 SELECT lines_of_notices.person_id,
    lines_of_notices.at AS over_at
   FROM lines_of_notices
UNION ALL
 SELECT lines_of_declarations.person_id,
    lines_of_declarations.at AS over_at
   FROM lines_of_declarations
UNION ALL
 SELECT lines_of_inquiries.person_id,
    lines_of_inquiries.at AS over_at
   FROM lines_of_inquiries;

create view mandate_spans as
 SELECT COALESCE(m.principal_id, h.holder_id) AS person_id,
    m.mandate_id AS id,
    m.invited_at AS began_at,
    m.ended_at AS over_at
   FROM (mandate m
     LEFT JOIN mandate_held h ON (((h.held_id = m.mandate_id) AND (m.ground = 'office'::text))));

create view narrowings as
 SELECT narrows,
    consent_id
   FROM consent_request_item
  WHERE (narrows IS NOT NULL);

create view nicknames as
 SELECT person_id,
    nickname
   FROM accounts
  WHERE (nickname IS NOT NULL);

create view noes_given as
 SELECT recipient,
    state_at AS at
   FROM consent_current
  WHERE (state = ANY (ARRAY['refused'::text, 'revoked'::text]));

create view oldest_contents as
 SELECT person_id,
    LEAST(( SELECT o.year
           FROM oldest_open_years o
          WHERE (o.person_id = k.person_id)), ( SELECT (min(EXTRACT(year FROM (c.evaluated_at AT TIME ZONE 'UTC'::text))))::smallint AS min
           FROM delayed_chains c
          WHERE (c.person_id = k.person_id))) AS year
   FROM known_people k;

create view oldest_open_years as
 SELECT person_id,
    ( SELECT min(d.year) AS min
           FROM dek d
          WHERE ((d.person_id = h.person_id) AND (d.wrapped_key IS NOT NULL))) AS year
   FROM person_head h
  WHERE (NOT delayed);

create view open_accounts as
 SELECT a.person_id,
    a.locale,
    a.opened_at
   FROM (accounts a
     JOIN persons p USING (person_id))
  WHERE ((a.closed_at IS NULL) AND (a.suspended_at IS NULL) AND (p.status = 'active'::text) AND (a.use = 'own'::text));

create view open_years as
 SELECT d.person_id,
    d.year,
    e.from_seq,
    e.through_seq
   FROM (dek d
     CROSS JOIN LATERAL ( SELECT min(e_1.person_seq) AS from_seq,
            max(e_1.person_seq) AS through_seq,
            bool_or((e_1.kind <> 'content.erased'::text)) AS holds
           FROM ledger_event e_1
          WHERE ((e_1.person_id = d.person_id) AND (e_1.dek_year = d.year))) e)
  WHERE ((d.wrapped_key IS NOT NULL) AND e.holds);

create view pages_of_changes as
 SELECT presentation_id,
    changes
   FROM presentation
  WHERE (changes IS NOT NULL);

create view passwords_given as
 SELECT visit_id_sha256,
    person_id,
    factor_id,
    session_epoch,
    address_mark,
    tries_key,
    expires_at,
    seal
   FROM signin_passwords;

create view permits as
 SELECT decision_id,
    person_id,
    status,
    visible_from
   FROM decision
  WHERE (outcome = 'permit'::text);

create view permits_of_bodies as
 SELECT decision_id,
    person_id,
    consent_id,
    holder,
    recipient,
    dataset,
    purpose,
    agreement,
    legal_basis_id,
    permitted,
    evaluated_at,
    valid_until,
    status,
    query_id,
    (period_from)::text AS period_from,
    (period_to)::text AS period_to
   FROM decision
  WHERE (outcome = 'permit'::text);

create view permits_unreported as
 SELECT person_id,
    consent_id
   FROM decision
  WHERE (((outcome || ''::text) = 'permit'::text) AND (status <> ALL (ARRAY['recorded'::text, 'nil'::text, 'disputed'::text])));

create view presentation_history as
 SELECT r.person_id,
    p.presentation_id,
    p.request_id,
    p.item_no,
    p.text,
    p.lang,
    p.canonical_sha256,
    p.rendered_sha256,
    p.grant_label,
    p.refuse_label,
    p.order_of_items,
    p.optional_prechecked,
    p.shown_at,
    p.channel,
    p.assistance_offered,
    p.assistance_used,
    h.html,
    p.changes
   FROM ((consent_request r
     JOIN presentation p USING (request_id))
     JOIN rendered_page h ON ((h.sha256 = p.rendered_sha256)));

create view presented_words as
 SELECT presentation_id,
    text,
    lang,
    rendered_sha256
   FROM presentation;

create view proving_accounts as
 SELECT a.person_id,
    a.session_epoch
   FROM (accounts a
     JOIN persons p USING (person_id))
  WHERE ((a.suspended_at IS NULL) AND (p.status = 'active'::text) AND (a.use = 'own'::text));

create view public_documents as
 SELECT sha256,
    document
   FROM public_object;

create view public_leaves as
 SELECT register_leaves.leaf_id,
    register_leaves.sha256,
    register_leaves.path
   FROM register_leaves
UNION ALL
 SELECT public_object.leaf_id,
    public_object.sha256,
    (('/log/objects/'::text || encode(public_object.sha256, 'hex'::text)) || '.json'::text) AS path
   FROM public_object
UNION ALL
 SELECT published_leaves.leaf_id,
    published_leaves.sha256,
    published_leaves.path
   FROM published_leaves;

create view published_leaves as
 SELECT leaf_id,
    sha256,
    (((((('/register/open-data/'::text || dataset) || '/'::text) || to_char((month)::timestamp with time zone, 'YYYY-MM'::text)) ||
        CASE
            WHEN (correction > 0) THEN ('-c'::text || correction)
            ELSE ''::text
        END) || '.'::text) || format) AS path
   FROM published_file;

create view questions_again as
 SELECT visit,
    recipient,
    asked_at
   FROM asked_again;

create view questions_asked as
 SELECT person_id,
    decision_id,
    consent_id,
    answered_at
   FROM dispute;

create view receptions_made as
 SELECT decision_id,
    recorded_at
   FROM disclosure_received
  WHERE (decision_id IS NOT NULL);

create view refusals_closed as
 SELECT ( SELECT m.day
           FROM refused_mark m) AS through,
    ( SELECT quebec_day(d.evaluated_at) AS quebec_day
           FROM decision d
          WHERE (d.outcome = 'deny'::text)
          ORDER BY d.decision_id
         LIMIT 1) AS oldest;

create view register_began as
 SELECT min(applied_at) AS at
   FROM register_objects;

create view register_epoch as
 SELECT epoch
   FROM register_state;

create view register_ids as
 SELECT object_no,
    id
   FROM register_objects;

create view register_leaves as
 SELECT l.leaf_id,
    l.sha256,
    (((((('/register/objects/'::text || o.kind) || '/'::text) || o.id) || '@'::text) || o.version) || '.json'::text) AS path
   FROM (register_leaf l
     JOIN register_objects o USING (object_no));

create view reports_made as
 SELECT decision_id,
    disclosure_id,
    occurred_at,
    recorded_at,
    corrected_at,
    categories_actual,
    record_count,
    result,
    delivery,
    query_id,
    query_group_id,
    initiator,
    late,
    in_flight,
    anomaly
   FROM disclosure;

create view request_history as
 SELECT r.person_id,
    r.request_id,
    i.item_no,
    r.client_id,
    r.recipient,
    r.created_at,
    r.expires_at,
    i.consent_id,
    i.agreement,
    i.purpose,
    i.dataset,
    i.text,
    i.categories_required,
    i.categories_optional,
    i.valid_until,
    i.valid_until_local,
    i.max_uses,
    i.frequency_count,
    i.frequency_per,
    i.lookback_from,
    i.lookback_to,
    i.state,
    i.amends
   FROM (consent_request r
     JOIN consent_request_item i USING (request_id));

create view sharing_spans as
 SELECT c.person_id,
    c.arrangement_id,
    array_agg(c.consent_id) AS consent_ids,
    min(q.created_at) AS began_at,
        CASE
            WHEN (bool_and((c.state = ANY (ARRAY['refused'::text, 'revoked'::text, 'expired'::text, 'superseded'::text, 'void'::text]))) AND (NOT bool_or(d.waits))) THEN GREATEST(max(c.state_at), max(d.last_at))
            ELSE NULL::timestamp with time zone
        END AS over_at
   FROM ((consent_states c
     JOIN request_history q USING (consent_id))
     CROSS JOIN LATERAL ( SELECT COALESCE(bool_or((d_1.answered_at IS NULL)), false) AS waits,
            max(d_1.answered_at) AS last_at
           FROM questions_asked d_1
          WHERE ((d_1.person_id = c.person_id) AND (d_1.consent_id = c.consent_id))) d)
  GROUP BY c.person_id, c.arrangement_id
UNION ALL
 SELECT mandate_spans.person_id,
    mandate_spans.id AS arrangement_id,
    '{}'::uuid[] AS consent_ids,
    mandate_spans.began_at,
    mandate_spans.over_at
   FROM mandate_spans
  WHERE (mandate_spans.person_id IS NOT NULL);

create view sign_ins as
 SELECT person_id,
    at
   FROM activity
  WHERE ((kind = 'access.signed-in'::text) AND (result = 'done'::text));

create view standings as
 SELECT a.person_id,
    p.status,
    a.opened_at,
    a.closed_at,
    a.erase_at,
    a.suspended_at,
    a.session_epoch,
    a.sessions_from,
    a.session_kept,
    a.seal,
    a.use
   FROM (accounts a
     JOIN persons p USING (person_id));

create view standings_told as
 SELECT a.person_id,
    p.status,
    a.opened_at,
    a.closed_at,
    a.erase_at,
    a.suspended_at,
    a.session_epoch,
    a.sessions_from,
    a.session_kept,
    a.seal,
    ( SELECT to_jsonb(e.*) AS to_jsonb
           FROM chain_ends e
          WHERE (e.person_id = a.person_id)) AS head,
    a.use
   FROM (accounts a
     JOIN persons p USING (person_id));

create view stops_confirmed as
 SELECT consent_id,
    min(queued_at) AS stopped_at,
    max(acknowledged_at) AS confirmed_at
   FROM revocation_delivery
  GROUP BY consent_id
 HAVING bool_and((acknowledged_at IS NOT NULL));

create view told_erasures as
 SELECT x.event_id,
    x.person_id,
    e.recorded_at
   FROM (erasure x
     JOIN erasures_in_chains e USING (person_id, person_seq, event_id));

create view unanswered_ends as
 SELECT person_id,
    consent_id,
    GREATEST(created_at, expires_at) AS over_at
   FROM request_history q
  WHERE (NOT (EXISTS ( SELECT 1
           FROM consent_states r
          WHERE (r.consent_id = q.consent_id))));

create view uses_returned as
 SELECT decision_id,
    use_returned
   FROM disclosure
  WHERE (use_returned IS NOT NULL);

create view vouched_in_use as
 SELECT v.factor_id,
    v.person_id,
    v.issuer,
    v.level,
    v.sealed,
    v.vouched_at,
    v.seal,
    w.ways,
    w.ways_seal
   FROM (vouched_values v
     LEFT JOIN ways_listed w USING (person_id));

create view ways_listed as
 SELECT person_id,
    ways,
    seal AS ways_seal
   FROM ways_in;

CREATE OR REPLACE FUNCTION public.access_searched(body integer, about_consent uuid, about_decision uuid, person uuid)
 RETURNS SETOF standings_told
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT s.person_id,
     s.status,
     s.opened_at,
     s.closed_at,
     s.erase_at,
     s.suspended_at,
     s.session_epoch,
     s.sessions_from,
     s.session_kept,
     s.seal,
     s.head,
     s.use
    FROM standings_told s
   WHERE (s.person_id = COALESCE(( SELECT q.person_id
            FROM request_history q
           WHERE ((q.consent_id = access_searched.about_consent) AND (q.recipient = access_searched.body))
          LIMIT 1), ( SELECT c.person_id
            FROM consent_states c
           WHERE ((c.consent_id = access_searched.about_consent) AND ((access_searched.body = c.holder) OR (access_searched.body = c.recipient)))
          LIMIT 1), ( SELECT d.person_id
            FROM decision_history d
           WHERE ((d.decision_id = access_searched.about_decision) AND ((access_searched.body = d.holder) OR (access_searched.body = d.recipient)))
          LIMIT 1), access_searched.person));
END;

CREATE OR REPLACE FUNCTION public.append_all_to_ledger(entries new_event[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  moved integer;
begin
  update person_head h set next_seq = i.seq + 1, head_commitment = i.commitment, updated_at = i.moment,
    live = coalesce(i.live, h.live), seal = i.seal
  from unnest(entries) i
  where h.person_id = i.chain and h.next_seq = i.seq and coalesce(h.updated_at, '-infinity') <= i.moment;
  get diagnostics moved = row_count;
  if moved <> cardinality(entries) then raise exception 'an event is not the next of its chain'; end if;

  insert into dek (person_id, year, wrapped_key, kek_id, created_at)
  select i.chain, extract(year from i.moment at time zone 'UTC'), i.new_key, i.new_key_kek, i.moment
  from unnest(entries) i where i.new_key is not null;

  insert into ledger_event (person_id, event_id, recorded_at, visible_from, person_seq, shard, dek_year, kind, commitment, body)
  select i.chain, i.event, i.moment, coalesce(i.visible, i.moment), i.seq, h.shard, extract(year from i.moment at time zone 'UTC'),
    i.kind, i.commitment, i.body
  from unnest(entries) i, lateral (select shard from person_head p where p.person_id = i.chain offset 0) h;

  insert into ledger_pending (event_id, shard, commitment, record)
  select i.event, h.shard, i.commitment, i.record
  from unnest(entries) with ordinality
    i(chain, seq, event, kind, moment, visible, commitment, body, new_key, new_key_kek, live, seal, record, n),
    lateral (select shard from person_head p where p.person_id = i.chain offset 0) h
  order by i.n;
end $function$;

CREATE OR REPLACE FUNCTION public.append_house_to_ledger(id uuid, body bytea, in_shard smallint)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  insert into ledger_pending (event_id, shard, class, commitment) values (id, in_shard, 72, body)
$function$;

CREATE OR REPLACE FUNCTION public.append_public_to_ledger(ids uuid[], hashes bytea[], in_shard smallint)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  insert into ledger_pending (event_id, shard, class, commitment)
  select id, in_shard, 82, hash from unnest(ids, hashes) with ordinality i(id, hash, n) order by n
$function$;

CREATE OR REPLACE FUNCTION public.append_to_ledger(entry json)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  perform append_all_to_ledger(array[json_populate_record(null::new_event, entry)]);
  if entry->'signals' is not null then
    perform queue_signals((entry->>'chain')::uuid, entry->'signals', (entry->>'moment')::timestamptz,
      (entry->>'seq')::integer, (entry->>'naming')::bytea);
  end if;
end $function$;

CREATE OR REPLACE FUNCTION public.apply_units(writes jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  w record;
  done integer;
  lost bytea;
  people uuid[];
  this_item jsonb;
begin
  select * into strict w from jsonb_to_record(writes) as (
    moment timestamptz, consumed jsonb, replays jsonb, ended jsonb, dropped bytea[], revoked text[],
    opened jsonb, artifacts jsonb, sessions jsonb, requests jsonb, activities jsonb, jobs jsonb);

  people := array(
    select (s->>'account_id')::uuid from jsonb_array_elements(w.sessions) s where s->>'account_id' is not null
    union
    select (a->>'account_id')::uuid from jsonb_array_elements(w.artifacts) a
    where a->>'account_id' is not null and a->>'model' <> 'Interaction'
  );
  if cardinality(people) > 0 then perform lock_accounts(people); end if;

  if jsonb_array_length(w.consumed) > 0 then
    with given as (
      select id, consumed_at, seal from jsonb_to_recordset(w.consumed) as c(id bytea, consumed_at timestamptz, seal bytea)
    ), free as (
      select a.id from oidc_artifacts a where a.id in (select id from given) and a.consumed_at is null order by a.id for update
    ), used as (
      update oidc_artifacts a set consumed_at = g.consumed_at, seal = g.seal from free join given g using (id) where a.id = free.id
      returning a.id
    )
    select (select count(*) from used),
      coalesce((select id from given where id not in (select id from used) limit 1), (select id from given limit 1))
    into done, lost;
    if done < jsonb_array_length(w.consumed) then perform lost_race('consumed', lost); end if;
  end if;

  if jsonb_array_length(w.replays) > 0 then
    with replays as (
      select id, until from jsonb_to_recordset(w.replays) as r(id bytea, until timestamptz)
    ), noted as (
      insert into oidc_replays (id, expires_at) select id, until from replays order by id
      on conflict do nothing returning id
    )
    select (select count(*) from noted),
      coalesce((select id from replays where id not in (select id from noted) limit 1), (select id from replays limit 1))
    into done, lost;
    if done < jsonb_array_length(w.replays) then perform lost_race('replayed', lost); end if;
  end if;

  if jsonb_array_length(w.ended) > 0 then perform end_visits(w.ended); end if;
  if cardinality(w.dropped) > 0 then
    delete from oidc_artifacts a using (
      select d.id from oidc_artifacts d where d.id = any(w.dropped) order by d.id for update
    ) there where a.id = there.id;
  end if;
  if cardinality(w.revoked) > 0 then
    delete from oidc_artifacts a using (
      select r.id from oidc_artifacts r where r.grant_id = any(w.revoked) order by r.id for update
    ) there where a.id = there.id;
  end if;

  if jsonb_array_length(w.opened) > 0 then
    for this_item in
      select o from jsonb_array_elements(w.opened) o where (o->>'is_new')::boolean order by o->>'person_id', o->>'service_id'
    loop
      if not open_connection((this_item->>'connection_id')::uuid, (this_item->>'person_id')::uuid, this_item->>'service_id',
           array['openid'], (this_item->>'at')::timestamptz, (this_item->>'seal')::bytea, (this_item->>'untrusted')::uuid) then
        perform lost_race('connection', null);
      end if;
    end loop;
    perform note_connections_used(array(
      select (o->>'connection_id')::uuid from jsonb_array_elements(w.opened) o where not (o->>'is_new')::boolean
    ), w.moment);
  end if;

  if jsonb_array_length(w.artifacts) > 0 then perform put_artifacts(w.artifacts); end if;
  for this_item in select s from jsonb_array_elements(w.sessions) s order by s->>'uid', s->>'id' loop
    perform put_session(this_item, w.moment);
  end loop;
  if jsonb_array_length(w.requests) > 0 then perform put_sign_in_requests(w.requests, w.moment); end if;
  if jsonb_array_length(w.activities) > 0 then perform record_activities(w.activities, w.moment); end if;
  if jsonb_array_length(w.jobs) > 0 then
    -- The queue goes by the machine's own clock.
    perform graphile_worker.add_job(job->>'name', (job->'payload')::json, max_attempts => (job->>'max_attempts')::integer,
      run_at => now() + clock_offset() + (coalesce((job->>'wait_ms')::integer, 0) * interval '1 ms' - clock_offset()), queue_name => queue_of(job->>'receiver', job->>'call'))
    from jsonb_array_elements(w.jobs) job;
    perform note_services_told((
      select jsonb_agg(job->'payload') from jsonb_array_elements(w.jobs) job where job->>'name' = 'signals.back-channel-logout'
    ), w.moment);
  end if;
end $function$;

CREATE OR REPLACE FUNCTION public.audited_access(since timestamp with time zone, before timestamp with time zone)
 RETURNS TABLE(at timestamp with time zone, source text, id text, action text, outcome text, reason text, person_id uuid, service_id text, org_id text, more jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT a.at,
     'activity'::text,
     (a.activity_id)::text AS activity_id,
     a.kind,
     'failure'::text,
     a.reason,
     a.person_id,
     a.service_id,
     NULL::text,
     jsonb_build_object('request_id', a.request_id, 'network', a.network) AS jsonb_build_object
    FROM activity a
   WHERE ((a.at >= audited_access.since) AND (a.at < audited_access.before) AND ((a.result = 'refused'::text) OR (a.kind = 'record.untrusted'::text)));
END;

CREATE OR REPLACE FUNCTION public.audited_deeds(after integer, before timestamp with time zone)
 RETURNS TABLE(at timestamp with time zone, source text, id text, action text, outcome text, reason text, person_id uuid, service_id text, org_id text, more jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT d.at,
     'deed'::text,
     (d.deed_no)::text AS deed_no,
     d.action,
         CASE d.phase
             WHEN 'refused'::text THEN 'failure'::text
             WHEN 'begun'::text THEN 'unknown'::text
             ELSE 'success'::text
         END AS "case",
     d.phase,
     d.person_id,
     NULL::text,
     NULL::text,
     jsonb_build_object('deed_no', d.deed_no, 'begun_no', d.begun_no, 'operator', d.operator, 'account', d.account, 'signers', d.signers, 'instance', d.instance, 'reason_sha256', encode(d.reason_sha256, 'hex'::text), 'sha256', encode(d.sha256, 'hex'::text), 'object',
         CASE
             WHEN ((d.phase = ANY (ARRAY['done'::text, 'prepared'::text])) AND (d.person_id IS NULL)) THEN d.object
             ELSE NULL::text
         END) AS jsonb_build_object
    FROM operator_deed d
   WHERE ((d.deed_no > audited_deeds.after) AND (d.at < audited_deeds.before));
END;

CREATE OR REPLACE FUNCTION public.audited_denies(since timestamp with time zone, before timestamp with time zone, first uuid, last uuid)
 RETURNS TABLE(at timestamp with time zone, source text, id text, action text, outcome text, reason text, person_id uuid, service_id text, org_id text, more jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT d.evaluated_at,
     'decision'::text,
     (d.decision_id)::text AS decision_id,
     'disclosure-denied'::text,
     'failure'::text,
     d.reason_code,
     d.person_id,
     NULL::text,
     h.id,
     jsonb_build_object('recipient', r.id, 'purpose', p.id, 'agreement', a.id) AS jsonb_build_object
    FROM ((((decision d
      LEFT JOIN register_ids h ON ((h.object_no = d.holder)))
      LEFT JOIN register_ids r ON ((r.object_no = d.recipient)))
      LEFT JOIN register_ids p ON ((p.object_no = d.purpose)))
      LEFT JOIN register_ids a ON ((a.object_no = d.agreement)))
   WHERE ((d.outcome = 'deny'::text) AND (d.decision_id >= audited_denies.first) AND (d.decision_id < audited_denies.last) AND (d.evaluated_at >= audited_denies.since) AND (d.evaluated_at < audited_denies.before));
END;

CREATE OR REPLACE FUNCTION public.audited_migrations(since timestamp with time zone, before timestamp with time zone)
 RETURNS TABLE(at timestamp with time zone, source text, id text, action text, outcome text, reason text, person_id uuid, service_id text, org_id text, more jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT m.migration_time,
     'migration'::text,
     m.name,
     'schema-migrated'::text,
     'success'::text,
     NULL::text,
     NULL::uuid AS uuid,
     NULL::text,
     NULL::text,
     jsonb_build_object('object', m.name) AS jsonb_build_object
    FROM knex_migrations m
   WHERE ((m.migration_time >= audited_migrations.since) AND (m.migration_time < audited_migrations.before));
END;

CREATE OR REPLACE FUNCTION public.audited_register(since timestamp with time zone, before timestamp with time zone)
 RETURNS TABLE(at timestamp with time zone, source text, id text, action text, outcome text, reason text, person_id uuid, service_id text, org_id text, more jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT o.applied_at,
     'register'::text,
     (o.object_no)::text AS object_no,
     'register-version-applied'::text,
     'success'::text,
     NULL::text,
     NULL::uuid AS uuid,
     NULL::text,
     NULL::text,
     jsonb_build_object('object', ((((o.kind || ' '::text) || o.id) || '@'::text) || o.version), 'signed_by', ( SELECT jsonb_agg((s.value -> 'signer'::text)) AS jsonb_agg
            FROM jsonb_array_elements((o.content -> 'signatures'::text)) s(value)
           WHERE (o.kind = 'change'::text))) AS jsonb_build_object
    FROM register_objects o
   WHERE ((o.applied_at >= audited_register.since) AND (o.applied_at < audited_register.before));
END;

CREATE OR REPLACE FUNCTION public.audited_stops(since timestamp with time zone, before timestamp with time zone)
 RETURNS TABLE(at timestamp with time zone, source text, id text, action text, outcome text, reason text, person_id uuid, service_id text, org_id text, more jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT s.stopped_at,
     'matching-stop'::text,
     s.org_id,
     'matching-stopped'::text,
     'failure'::text,
     'files-of-nobody'::text,
     NULL::uuid AS uuid,
     NULL::text,
     s.org_id,
     '{}'::jsonb AS jsonb
    FROM matching_stop s
   WHERE ((s.stopped_at >= audited_stops.since) AND (s.stopped_at < audited_stops.before));
END;

CREATE OR REPLACE FUNCTION public.audited_until()
 RETURNS timestamp with time zone
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  select least(
    clock_timestamp() + clock_offset() - interval '2 minutes',
    (select min(a.xact_start) + clock_offset() - interval '5 seconds' from pg_stat_activity a
     where a.datname = current_database() and a.backend_xid is not null),
    (select timestamptz 'epoch' from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and a.datname = current_database()
       and a.usesysid is not null and a.backend_start is null limit 1))
$function$;

CREATE OR REPLACE FUNCTION public.beat(in_workers text[], silent_ms integer)
 RETURNS TABLE(job text, is_given_up boolean)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  most constant integer := 25;
  gone text[];
  taken bigint[];
begin
  insert into worker_beat as b (worker, beat_at, beside)
  select w, clock_timestamp() + clock_offset(), case when w <> in_workers[1] then in_workers[1] end from unnest(in_workers) w
  on conflict (worker) do update set beat_at = excluded.beat_at, beside = excluded.beside;
  -- One process at a time looks for the gone.
  if not pg_try_advisory_xact_lock(hashtext('worker_beat')) then return; end if;
  -- A worker that seemed dead and ended a job that another one was doing by then: the library finds no job any more whose queue it
  -- would unlock.
  update graphile_worker._private_job_queues q set locked_at = null, locked_by = null
  where q.locked_at < clock_timestamp() + clock_offset() - silent_ms * interval '1 ms'
    and not exists (select from graphile_worker.jobs j where j.queue_name = q.queue_name and j.locked_by = q.locked_by);
  insert into worker_beat (worker, beat_at)
  select distinct j.locked_by, clock_timestamp() + clock_offset() from graphile_worker.jobs j where j.locked_by is not null
  on conflict do nothing;
  with silent as (
    select b.worker from worker_beat b
    where b.beat_at < clock_timestamp() + clock_offset() - silent_ms * interval '1 ms' for update skip locked
  ), ended as (
    delete from worker_beat b using silent s where b.worker = s.worker returning b.worker
  )
  select array_agg(e.worker) into gone from ended e;
  if gone is null then return; end if;
  taken := array(select j.id from graphile_worker.jobs j where j.locked_by = any(gone));
  perform graphile_worker.force_unlock_workers(gone);
  perform graphile_worker.reschedule_jobs(array_agg(j.id), max_attempts => j.max_attempts + 1)
  from graphile_worker.jobs j
  where j.id = any(taken) and j.attempts >= j.max_attempts and j.max_attempts < most group by j.max_attempts;
  return query select j.task_identifier, j.attempts >= j.max_attempts from graphile_worker.jobs j where j.id = any(taken);
end $function$;

CREATE OR REPLACE FUNCTION public.body_of_service(service text)
 RETURNS text
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT (r.content ->> 'organisation'::text)
    FROM register_objects r
   WHERE ((r.kind = 'service'::text) AND (r.id = body_of_service.service))
   ORDER BY r.version DESC
  LIMIT 1;
END;

CREATE OR REPLACE FUNCTION public.clock_offset()
 RETURNS interval
 LANGUAGE sql
 STABLE
AS $function$ select interval '0' $function$;

CREATE OR REPLACE FUNCTION public.count_months(from_month date, before_month date, first uuid, last uuid)
 RETURNS TABLE(month date, outcome text, agreement text, holder text, recipient text, purpose text, basis text, detail text, times bigint, people integer)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT (date_trunc('month'::text, (quebec_day(h.at))::timestamp with time zone))::date AS date_trunc,
     h.outcome,
     h.agreement,
     h.holder,
     h.recipient,
     h.purpose,
     h.basis,
     h.detail,
     (sum(h.times))::bigint AS sum,
     (count(DISTINCT h.who))::integer AS count
    FROM happenings(count_months.from_month, count_months.before_month, count_months.first, count_months.last) h(at, outcome, agreement, holder, recipient, purpose, basis, detail, times, who)
   GROUP BY ((date_trunc('month'::text, (quebec_day(h.at))::timestamp with time zone))::date), h.outcome, h.agreement, h.holder, h.recipient, h.purpose, h.basis, h.detail;
END;

CREATE OR REPLACE FUNCTION public.count_together(from_month date, before_month date, first uuid, last uuid, cells json)
 RETURNS TABLE(group_no integer, times bigint, people integer)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 WITH cell AS (
          SELECT c_1.n,
             (jsonb_build_array(c_1.outcome, c_1.agreement, c_1.holder, c_1.recipient, c_1.purpose, c_1.basis, c_1.detail))::text AS key
            FROM json_to_recordset(count_together.cells) c_1(n integer, outcome text, agreement text, holder text, recipient text, purpose text, basis text, detail text)
         ), happened AS (
          SELECT (jsonb_build_array(h_1.outcome, h_1.agreement, h_1.holder, h_1.recipient, h_1.purpose, h_1.basis, h_1.detail))::text AS key,
             h_1.times,
             h_1.who
            FROM happenings(count_together.from_month, count_together.before_month, count_together.first, count_together.last) h_1(at, outcome, agreement, holder, recipient, purpose, basis, detail, times, who)
         )
  SELECT c.n,
     (sum(h.times))::bigint AS sum,
     (count(DISTINCT h.who))::integer AS count
    FROM (happened h
      JOIN cell c USING (key))
   GROUP BY c.n;
END;

CREATE OR REPLACE FUNCTION public.credential_of_key(kind text, backup_eligible boolean)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
BEGIN ATOMIC
 SELECT
         CASE
             WHEN (kind <> 'passkey'::text) THEN 'fido-u2f'::text
             WHEN backup_eligible THEN 'fido2-platform'::text
             ELSE 'fido2-roaming'::text
         END AS "case";
END;

CREATE OR REPLACE FUNCTION public.deed_before(before timestamp with time zone)
 RETURNS TABLE(deed_no integer, sha256 text)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT d.deed_no,
     encode(d.sha256, 'hex'::text) AS encode
    FROM operator_deed d
   WHERE (d.at < deed_before.before)
   ORDER BY d.deed_no DESC
  LIMIT 1;
END;

CREATE OR REPLACE FUNCTION public.deed_called(number integer)
 RETURNS text
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT encode(d.sha256, 'hex'::text) AS encode
    FROM operator_deed d
   WHERE (d.deed_no = deed_called.number);
END;

CREATE OR REPLACE FUNCTION public.delete_empty_head(person uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  delete from person_head h where h.person_id = person and h.next_seq = 1;
  return not exists (select 1 from person_head h where h.person_id = person);
end $function$;

CREATE OR REPLACE FUNCTION public.delete_empty_person(person uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  is_unwritten boolean := delete_empty_head(person);
begin
  if not is_unwritten
    or exists (select 1 from decided d where d.person_id = person)
    or exists (select 1 from delayed_chains c where c.person_id = person)
    or exists (select 1 from request_history q where q.person_id = person)
    or exists (select 1 from lines_of_notices n where n.person_id = person)
    or exists (select 1 from lines_of_declarations d where d.person_id = person)
    or exists (select 1 from lines_of_inquiries i where i.person_id = person)
    or exists (select 1 from inquiries_open o where o.person_id = person)
  then
    return false;
  end if;
  return delete_person(person);
end $function$;

CREATE OR REPLACE FUNCTION public.delete_person(person uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  delete from persons p where p.person_id = person and not exists (select 1 from accounts a where a.person_id = person);
  return found;
end $function$;

CREATE OR REPLACE FUNCTION public.depends_on_keys()
 RETURNS boolean
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT (EXISTS ( SELECT
            FROM persons)) AS "exists";
END;

CREATE OR REPLACE FUNCTION public.destroy_delayed_chains(chains uuid[], event uuid, moment timestamp with time zone)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  select destroy_keys(h.person_id, 32767::smallint, event, moment) from person_head h where h.person_id = any(chains) and h.delayed
$function$;

CREATE OR REPLACE FUNCTION public.destroy_keys(chain uuid, through smallint, event uuid, moment timestamp with time zone)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  update dek set wrapped_key = null, destroyed_at = moment, destroy_event_id = event
  where person_id = chain and year <= through and wrapped_key is not null
$function$;

CREATE OR REPLACE FUNCTION public.drop_sessions(person uuid, uids text[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  calls jsonb;
  services text[];
begin
  delete from oidc_sessions where uid = any(uids) and account_id = person;
  with gone as (
    delete from oidc_session_authorizations where session_uid = any(uids) returning client_id, content->>'sid' as sid
  )
  select jsonb_agg(jsonb_build_object('clientId', client_id, 'accountId', person, 'sid', sid, 'jti', gen_random_uuid())),
    array_agg(distinct client_id) into calls, services from gone where sid is not null;
  if services is null then return; end if;
  perform queue_logout_notices(calls);
  perform queue_session_signal(person, services);
end $function$;

CREATE OR REPLACE FUNCTION public.end_connection(person uuid, service text, moment timestamp with time zone)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  update connections set ended_at = greatest(moment, first_used_at), seal = null
  where person_id = person and service_id = service and ended_at is null;
  return found;
end $function$;

CREATE OR REPLACE FUNCTION public.end_desk_session_of_access()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  delete from desk_session s where s.officer_id = new.person_id;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.end_desk_session_of_key()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  delete from desk_session s where s.passkey_id = new.passkey_id;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.end_desk_session_of_office()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  delete from desk_session s where s.officer_id = new.holder_id and not exists (
    select from mandate_held h where h.holder_id = new.holder_id and h.ground = 'office' and h.ended_at is null);
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.end_lease(in_duty text, in_number bigint)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  update duty_lease set until = '-infinity' where duty = in_duty and number = in_number
$function$;

CREATE OR REPLACE FUNCTION public.end_sessions(person uuid, but text, only_one text, made_by uuid[], with_tokens boolean, epoch integer, since integer, kept text, made_seal bytea)
 RETURNS integer
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  uids text[];
begin
  perform note_sessions_ended(person, epoch, since, kept, made_seal);
  uids := array(
    select distinct uid from oidc_sessions
    where account_id = person
      and (but is null or uid <> but)
      and (only_one is null or uid = only_one)
      and (made_by is null or factor_ids && made_by)
  );
  perform drop_sessions(person, uids);
  if with_tokens then
    delete from oidc_artifacts
    where account_id = person and model in ('AuthorizationCode', 'AccessToken', 'RefreshToken');
    perform end_sign_in_requests(person, null, null, null, now() + clock_offset());
  end if;
  return cardinality(uids);
end $function$;

CREATE OR REPLACE FUNCTION public.end_sign_in_requests(person uuid, request uuid, service text, body text, moment timestamp with time zone)
 RETURNS integer
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  ended integer := 0;
  r record;
begin
  for r in
    update sign_in_request set ended_at = moment
    where person_id = person and expires_at > moment and (ended_at is null or ended_at > moment)
      and (request is null or request_id = request) and (service is null or service_id = service) and (body is null or org_id = body)
    returning request_id, service_id, approval is null and ping is not null as is_told
  loop
    ended := ended + 1;
    if r.is_told then perform tell_request_answered(r.service_id, r.request_id, interval '0'); end if;
  end loop;
  return ended;
end $function$;

CREATE OR REPLACE FUNCTION public.end_tokens_since(person uuid, since timestamp with time zone, but text)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  delete from oidc_artifacts
  where account_id = person and model in ('AuthorizationCode', 'AccessToken', 'RefreshToken')
    and session_uid is distinct from but and (payload->>'iat')::bigint >= floor(extract(epoch from since));
$function$;

CREATE OR REPLACE FUNCTION public.end_visits(ended jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  done integer;
  lost bytea;
begin
  with given as (
    select * from jsonb_to_recordset(ended) as e(
      id bytea, known bytea, payload jsonb, version integer, consumed_at timestamptz, seal bytea)
  ), standing as (
    select a.id from oidc_artifacts a join given g on g.id = a.id and g.known = a.seal
    where a.consumed_at is null order by a.id for update of a
  ), resumed as (
    update oidc_artifacts a set
      consumed_at = g.consumed_at, version = g.version, account_id = null, session_uid = null, parent_id = null,
      payload = g.payload, seal = g.seal
    from standing join given g using (id) where a.id = standing.id returning a.id
  )
  select (select count(*) from resumed),
    coalesce((select id from given where id not in (select id from resumed) limit 1), (select id from given limit 1))
  into done, lost;
  if done < jsonb_array_length(ended) then perform lost_race('ended', lost); end if;
end $function$;

CREATE OR REPLACE FUNCTION public.erase_consents(person uuid, consents uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  delete from receipt where consent_id = any(consents);
  delete from consent_current where person_id = person and consent_id = any(consents);
  delete from consent_record where consent_id = any(consents);
end $function$;

CREATE OR REPLACE FUNCTION public.erase_decisions(decisions uuid[])
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  delete from decision where decision_id = any(decisions)
$function$;

CREATE OR REPLACE FUNCTION public.erase_declarations(person uuid, before timestamp with time zone)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  with gone as (
    delete from disclosure_declared d where d.person_id = person and d.recorded_at < before returning d.declaration_id
  )
  delete from disclosure_anomaly a using gone where a.about = gone.declaration_id
$function$;

CREATE OR REPLACE FUNCTION public.erase_deliveries(consents uuid[])
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  delete from revocation_delivery where consent_id = any(consents)
$function$;

CREATE OR REPLACE FUNCTION public.erase_disclosures(decisions uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  delete from disclosure_anomaly where decision_id = any(decisions)
    or about in (select received_id from disclosure_received where decision_id = any(decisions));
  delete from disclosure_received where decision_id = any(decisions);
  delete from disclosure where decision_id = any(decisions);
end $function$;

CREATE OR REPLACE FUNCTION public.erase_disputes(decisions uuid[])
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  delete from dispute where decision_id = any(decisions)
$function$;

CREATE OR REPLACE FUNCTION public.erase_inquiries(person uuid, before timestamp with time zone)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  delete from inquiry_tally t where t.person_id = person and t.day < quebec_day(before);
  delete from inquiry_excuse e where e.person_id = person and e.day < quebec_day(before);
  with gone as (
    delete from inquiry_day i where i.person_id = person and i.recorded_at < before returning i.inquiry_id
  )
  delete from disclosure_anomaly a using gone where a.about = gone.inquiry_id
$function$;

CREATE OR REPLACE FUNCTION public.erase_lines(person uuid, consents uuid[], before timestamp with time zone, event uuid, moment timestamp with time zone, most integer)
 RETURNS integer
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  gone uuid[] := array(
    select decision_id from (
      (select d.decision_id from decided d where d.person_id = person and d.consent_id = any(consents) limit most)
      union all
      (select l.decision_id from lawful_ends l where l.person_id = person and l.over_at < before limit most)) g
    limit most);
begin
  perform destroy_delayed_chains(gone || erase_refused_days(person, quebec_day(before)), event, moment);
  perform erase_disputes(gone);
  perform erase_disclosures(gone);
  perform erase_decisions(gone);
  return cardinality(gone);
end $function$;

CREATE OR REPLACE FUNCTION public.erase_mandates(person uuid, before timestamp with time zone)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  delete from mandate m using mandate_spans s where s.person_id = person and s.over_at < before and m.mandate_id = s.id;
  delete from mandate_held h where h.holder_id = person and h.ended_at < before
$function$;

CREATE OR REPLACE FUNCTION public.erase_questions(person uuid, asked uuid[], before timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  pages bytea[] := array(
    select p.rendered_sha256 from presentation p join consent_request_item i using (request_id, item_no) where i.consent_id = any(asked)
    union select rendered_sha256 from notice_shown where person_id = person and shown_at < before);
begin
  delete from answer_draft d using consent_request_item i
  where i.consent_id = any(asked) and d.request_id = i.request_id and d.item_no = i.item_no;
  delete from presentation p using consent_request_item i
  where i.consent_id = any(asked) and p.request_id = i.request_id and p.item_no = i.item_no;
  delete from consent_request_item where consent_id = any(asked);
  delete from consent_request q where q.person_id = person
    and not exists (select 1 from consent_request_item i where i.request_id = q.request_id);
  delete from notice_shown where person_id = person and shown_at < before;
  -- A page is stored once for everyone who was shown the same page.
  delete from rendered_page g where g.sha256 = any(pages)
    and not exists (select 1 from presentation p where p.rendered_sha256 = g.sha256)
    and not exists (select 1 from notice_shown n where n.rendered_sha256 = g.sha256);
end $function$;

CREATE OR REPLACE FUNCTION public.erase_receptions(person uuid, consents uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  received uuid[] := array(
    select received_id from disclosure_received r where r.person_id = person and r.decision_id is null and r.consent_id = any(consents));
begin
  delete from disclosure_anomaly where about = any(received);
  delete from disclosure_received where received_id = any(received);
end $function$;

CREATE OR REPLACE FUNCTION public.erase_refused_days(person uuid, before date)
 RETURNS uuid[]
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  with gone as (
    delete from refused_day where person_id = person and day < before returning event_id, visible_from
  )
  select coalesce(array_agg(event_id) filter (where visible_from is not null), '{}') from gone
$function$;

CREATE OR REPLACE FUNCTION public.erase_sharings(person uuid, consents uuid[], before timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  unanswered uuid[] := array(select u.consent_id from unanswered_ends u where u.person_id = person and u.over_at < before);
  asked uuid[];
begin
  consents := consents || refused_changes(person, consents);
  perform erase_mandates(person, before);
  perform erase_receptions(person, consents);
  perform erase_declarations(person, before);
  perform erase_inquiries(person, before);
  perform erase_deliveries(consents);
  perform erase_signals(person, consents);
  asked := release_questions(person, consents, unanswered);
  perform erase_consents(person, consents);
  perform erase_questions(person, asked, before);
end $function$;

CREATE OR REPLACE FUNCTION public.erase_signals(person uuid, consents uuid[])
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  delete from signal_event e where e.person_id = person and (e.content->>'consent_id')::uuid = any(consents)
$function$;

CREATE OR REPLACE FUNCTION public.give_back_tries(keys text[], ends bigint[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  for n in 1 .. cardinality(keys) loop
    update rate_limits set points = points - 1 where key = keys[n] and expire = ends[n] and points > 0;
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION public.give_back_tries(taken jsonb)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  select give_back_tries(array_agg(one ->> 'key'), array_agg((one ->> 'endsAt')::bigint))
  from jsonb_array_elements(taken) one having count(*) > 0
$function$;

CREATE OR REPLACE FUNCTION public.happenings(from_month date, before_month date, first uuid, last uuid)
 RETURNS TABLE(at timestamp with time zone, outcome text, agreement text, holder text, recipient text, purpose text, basis text, detail text, times bigint, who text)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 WITH span AS (
          SELECT quebec_midnight(happenings.from_month) AS since,
             quebec_midnight(happenings.before_month) AS before
         ), happened AS (
          SELECT d.evaluated_at AS at,
                 CASE
                     WHEN (d.outcome = 'deny'::text) THEN 'denied'::text
                     WHEN d.is_later THEN 'permitted-later'::text
                     ELSE 'permitted'::text
                 END AS outcome,
             d.agreement,
             d.holder,
             d.recipient,
             d.purpose,
                 CASE d.outcome
                     WHEN 'permit'::text THEN d.legal_basis_id
                     ELSE NULL::text
                 END AS basis,
                 CASE d.outcome
                     WHEN 'deny'::text THEN d.reason_code
                     ELSE NULL::text
                 END AS detail,
             (d.times)::bigint AS times,
             (d.person_id)::text AS who
            FROM decisions_counted d
           WHERE ((d.decision_id >= happenings.first) AND (d.decision_id < happenings.last))
         UNION ALL
          SELECT r_1.created_at,
                 CASE r_1.state
                     WHEN 'refused'::text THEN 'refused'::text
                     ELSE 'granted'::text
                 END AS "case",
             r_1.agreement,
             r_1.holder,
             r_1.recipient,
             r_1.purpose,
             r_1.legal_basis_id,
             NULL::text,
             1,
             (r_1.person_id)::text AS person_id
            FROM answers_counted r_1
         UNION ALL
          SELECT e.state_at,
                 CASE e.state
                     WHEN 'revoked'::text THEN 'stopped'::text
                     ELSE 'expired'::text
                 END AS "case",
             e.agreement,
             e.holder,
             e.recipient,
             e.purpose,
             e.legal_basis_id,
             NULL::text,
             1,
             (e.person_id)::text AS person_id
            FROM consents_ended e
         UNION ALL
          SELECT s.confirmed_at,
             'confirmed'::text,
             e.agreement,
             e.holder,
             e.recipient,
             e.purpose,
             e.legal_basis_id,
             ((ceil((EXTRACT(epoch FROM (s.confirmed_at - s.stopped_at)) / (3600)::numeric)))::integer)::text AS ceil,
             1,
             (e.person_id)::text AS person_id
            FROM (stops_confirmed s
              JOIN consents_ended e USING (consent_id))
         UNION ALL
          SELECT i.at,
             k.outcome,
             NULL::integer,
             i.holder,
             i.recipient,
             NULL::integer,
             NULL::text,
             NULL::text,
             k.times,
             (i.person_id)::text AS person_id
            FROM ((span s
              JOIN inquiries_counted i ON (((i.recorded_at >= s.since) AND (i.recorded_at < (s.before + '96:00:00'::interval)))))
              CROSS JOIN LATERAL ( VALUES ('inquired'::text,(i.undecided)::bigint), ('inquired-excused'::text,i.excused)) k(outcome, times))
           WHERE (k.times > 0)
         UNION ALL
          SELECT a_1.asked_at,
             'asked-again'::text,
             NULL::integer,
             NULL::integer,
             a_1.recipient,
             NULL::integer,
             NULL::text,
             NULL::text,
             1,
             encode(a_1.visit, 'hex'::text) AS encode
            FROM questions_again a_1
         )
  SELECT h.at,
     h.outcome,
     a.id,
     o.id,
     r.id,
     p.id,
     h.basis,
     h.detail,
     h.times,
     h.who
    FROM span,
     ((((happened h
      LEFT JOIN register_ids a ON ((a.object_no = h.agreement)))
      LEFT JOIN register_ids o ON ((o.object_no = h.holder)))
      LEFT JOIN register_ids r ON ((r.object_no = h.recipient)))
      LEFT JOIN register_ids p ON ((p.object_no = h.purpose)))
   WHERE ((h.at >= span.since) AND (h.at < span.before));
END;

CREATE OR REPLACE FUNCTION public.hold_tries(in_name bytea, keys text[], in_ends bigint[])
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  insert into held_tries as kept (name, key, ends, place, points)
  select in_name, one.key, one.ends, min(one.place), count(*)
  from unnest(keys, in_ends) with ordinality as one (key, ends, place) group by one.key, one.ends
  on conflict (name, key, ends) do update set points = kept.points + excluded.points
$function$;

CREATE OR REPLACE FUNCTION public.is_held(l duty_lease, in_holder uuid)
 RETURNS boolean
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  select l.holder <> in_holder and l.until >= clock_timestamp() + clock_offset() and exists (
    select from pg_stat_activity a
    where a.pid = l.backend and (a.backend_start is null or a.backend_start = l.backend_began))
$function$;

CREATE OR REPLACE FUNCTION public.is_known_to(in_party integer, in_org text, in_person uuid)
 RETURNS boolean
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT (is_party_of(in_party, in_person) OR (EXISTS ( SELECT
            FROM connection_history h
           WHERE ((h.person_id = is_known_to.in_person) AND (body_of_service(h.service_id) = is_known_to.in_org)))));
END;

CREATE OR REPLACE FUNCTION public.is_party_of(in_party integer, in_person uuid)
 RETURNS boolean
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT (EXISTS ( SELECT
            FROM consent_states c
           WHERE ((c.person_id = is_party_of.in_person) AND ((is_party_of.in_party = c.holder) OR (is_party_of.in_party = c.recipient))))) AS "exists";
END;

CREATE OR REPLACE FUNCTION public.keys_named()
 RETURNS TABLE(purpose text, key_id text)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
( SELECT 'data'::text,
     encode(dek.kek_id, 'hex'::text) AS encode
    FROM dek
   ORDER BY dek.person_id
  LIMIT 5000)
 UNION
 ( SELECT 'data'::text,
     encode(dek.kek_id, 'hex'::text) AS encode
    FROM dek
   ORDER BY dek.person_id DESC
  LIMIT 5000)
 UNION
 ( SELECT 'seal'::text,
     encode(SUBSTRING(person_head.seal FROM 1 FOR 4), 'hex'::text) AS encode
    FROM person_head
   WHERE (person_head.seal IS NOT NULL)
   ORDER BY person_head.person_id
  LIMIT 5000)
 UNION
 ( SELECT 'seal'::text,
     encode(SUBSTRING(person_head.seal FROM 1 FOR 4), 'hex'::text) AS encode
    FROM person_head
   WHERE (person_head.seal IS NOT NULL)
   ORDER BY person_head.person_id DESC
  LIMIT 5000)
 UNION
  SELECT 'seal'::text,
     encode(SUBSTRING(register_state.seal FROM 1 FOR 4), 'hex'::text) AS encode
    FROM register_state
   WHERE (register_state.seal IS NOT NULL)
 UNION
  SELECT DISTINCT 'seal'::text,
     encode(SUBSTRING(passkeys.seal FROM 1 FOR 4), 'hex'::text) AS encode
    FROM passkeys
   WHERE (passkeys.seal IS NOT NULL)
 UNION
  SELECT DISTINCT 'seal'::text,
     encode(SUBSTRING(passwords.seal FROM 1 FOR 4), 'hex'::text) AS encode
    FROM passwords
   WHERE (passwords.seal IS NOT NULL);
END;

CREATE OR REPLACE FUNCTION public.leave_service(person uuid, service text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  calls jsonb;
begin
  with gone as (
    delete from oidc_session_authorizations a
    where a.client_id = service and a.session_uid in (select uid from oidc_sessions where account_id = person)
    returning a.content->>'sid' as sid
  )
  select jsonb_agg(jsonb_build_object('clientId', service, 'accountId', person, 'sid', sid, 'jti', gen_random_uuid()))
  into calls from gone where sid is not null;
  if calls is not null then perform queue_logout_notices(calls); end if;
  delete from oidc_artifacts
  where account_id = person and client_id = service and model in ('AuthorizationCode', 'AccessToken', 'RefreshToken');
  perform end_sign_in_requests(person, null, service, null, now() + clock_offset());
end $function$;

CREATE OR REPLACE FUNCTION public.lock_accounts(people uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  perform 1 from accounts where person_id = any(people) order by person_id for no key update;
end $function$;

CREATE OR REPLACE FUNCTION public.lock_free_heads(persons uuid[])
 RETURNS TABLE(person_id uuid, next_seq integer)
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  select h.person_id, h.next_seq from person_head h where h.person_id = any(persons) order by h.person_id
  for update skip locked
$function$;

CREATE OR REPLACE FUNCTION public.lost_race(what text, which bytea)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  begin
    raise exception using errcode = 'AC001', message = what, detail = coalesce(encode(which, 'hex'), '');
  end
$function$;

CREATE OR REPLACE FUNCTION public.may_return_lawful_use(person uuid, recipient_no integer, purpose_no integer, since timestamp with time zone, most_since integer, most integer)
 RETURNS boolean
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT (((may_return_lawful_use.most IS NULL) OR (count(*) < may_return_lawful_use.most)) AND ((may_return_lawful_use.most_since IS NULL) OR (count(*) FILTER (WHERE (d.evaluated_at >= may_return_lawful_use.since)) < may_return_lawful_use.most_since)))
    FROM decision d
   WHERE ((d.person_id = may_return_lawful_use.person) AND ((d.outcome || ''::text) = 'permit'::text) AND (d.consent_id IS NULL) AND (d.recipient = may_return_lawful_use.recipient_no) AND (d.purpose = may_return_lawful_use.purpose_no) AND (d.status = 'nil'::text) AND (EXISTS ( SELECT 1
            FROM uses_returned u
           WHERE ((u.decision_id = d.decision_id) AND u.use_returned))));
END;

CREATE OR REPLACE FUNCTION public.minutes_served(since timestamp with time zone, before timestamp with time zone)
 RETURNS TABLE(minutes integer, served integer)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 WITH first AS (
          SELECT GREATEST(minutes_served.since, min(s.minute)) AS minute
            FROM served_minute s
          HAVING (min(s.minute) IS NOT NULL)
         )
  SELECT ((EXTRACT(epoch FROM (minutes_served.before - f.minute)))::integer / 60),
     ( SELECT (count(DISTINCT s.minute))::integer AS count
            FROM served_minute s
           WHERE ((s.minute >= f.minute) AND (s.minute < minutes_served.before))) AS count
    FROM first f
   WHERE (f.minute < minutes_served.before);
END;

CREATE OR REPLACE FUNCTION public.move_register_epoch()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  begin
    update register_state set epoch = epoch + 1;
    return null;
  end
$function$;

CREATE OR REPLACE FUNCTION public.note_asked_again(person uuid, on_day date, holder_no integer, recipient_no integer, dataset_no integer, purpose_no integer, agreement_no integer, consent uuid)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  insert into inquiry_tally (person_id, day, holder, recipient, dataset, purpose, agreement, consent_id, introspected, asked_again)
  values (person, on_day, holder_no, recipient_no, dataset_no, purpose_no, agreement_no, consent, 0, 1)
  on conflict on constraint inquiry_tally_once do update set asked_again = inquiry_tally.asked_again + 1
$function$;

CREATE OR REPLACE FUNCTION public.note_connections_used(used uuid[], moment timestamp with time zone)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  update connections c set last_used_at = moment
  from (
    select connection_id from connections where connection_id = any(used) and last_used_at < moment
    order by connection_id for update
  ) older
  where c.connection_id = older.connection_id
$function$;

CREATE OR REPLACE FUNCTION public.note_services_told(notices jsonb, moment timestamp with time zone)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  insert into activity (activity_id, person_id, kind, service_id, result, request_id, at)
  select n.jti, n."accountId", 'session.told', n."clientId", 'done', n.jti::text, moment
  from jsonb_to_recordset(notices) as n(jti uuid, "accountId" uuid, "clientId" text)
$function$;

CREATE OR REPLACE FUNCTION public.note_session_endings(person uuid, but text, only_one text, made_by uuid[], why text, moment timestamp with time zone, told_until timestamp with time zone)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  insert into session_ending (id, because, ended_at, expires_at)
  select id, why, moment, told_until from oidc_sessions
  where account_id = person and expires_at > moment
    and (but is null or uid <> but)
    and (only_one is null or uid = only_one)
    and (made_by is null or factor_ids && made_by)
  on conflict do nothing
$function$;

CREATE OR REPLACE FUNCTION public.note_sessions_ended(person uuid, epoch integer, since integer, kept text, made_seal bytea)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  update accounts set session_epoch = epoch, sessions_from = since, session_kept = kept, seal = made_seal where person_id = person
$function$;

CREATE OR REPLACE FUNCTION public.note_signing(in_duty text, in_lease bigint, in_log smallint, size bigint, in_root bytea)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  perform require_lease(in_duty, in_lease);
  insert into log_signing as noted (log_id, lease, tree_size, root) values (in_log, in_lease, size, in_root)
  on conflict (log_id) do update set lease = excluded.lease, tree_size = excluded.tree_size, root = excluded.root
  where noted.tree_size < excluded.tree_size or (noted.tree_size = excluded.tree_size and noted.root = excluded.root);
  if not found then raise exception 'another tree was to be signed'; end if;
end $function$;

CREATE OR REPLACE FUNCTION public.open_connection(connection uuid, person uuid, service text, asked text[], moment timestamp with time zone, made_seal bytea, untrusted uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  update connections set ended_at = greatest(moment, first_used_at) where connection_id = untrusted and ended_at is null;
  insert into connections (connection_id, person_id, service_id, scopes, first_used_at, last_used_at, seal)
  values (connection, person, service, asked, moment, moment, made_seal)
  on conflict (person_id, service_id) where ended_at is null do nothing;
  return found;
end $function$;

CREATE OR REPLACE FUNCTION public.open_heads(chains uuid[], delays boolean[])
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  insert into person_head (person_id, delayed)
  select chain, is_delayed from unnest(chains, delays) i(chain, is_delayed) order by chain
  on conflict do nothing
$function$;

CREATE OR REPLACE FUNCTION public.open_ledger(person uuid)
 RETURNS TABLE(next_seq integer, head_commitment bytea, updated_at timestamp with time zone, live bytea, head_seal bytea, moment timestamp with time zone, wrapped_key bytea, kek_id bytea, restored jsonb)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  head person_head;
begin
  insert into person_head (person_id) values (person) on conflict do nothing;
  select h.* into strict head from person_head h where h.person_id = person for update;
  -- In milliseconds, the precision of payloads, and later than the person's last event.
  moment := greatest(
    date_trunc('milliseconds', clock_timestamp() + clock_offset()), head.updated_at + interval '1 millisecond');
  return query
    select head.next_seq, head.head_commitment, head.updated_at, head.live, head.seal, moment, d.wrapped_key, d.kek_id,
      (select jsonb_agg(jsonb_build_object('log', r.origin, 'held', r.held, 'taken', r.taken, 'root', encode(r.root, 'base64'),
      'found_at', r.found_at) order by r.found_at, r.origin) from log_restore r where r.found_at > head.updated_at)
    from (values (extract(year from moment at time zone 'UTC'))) as this (year)
    left join dek d on d.person_id = person and d.year = this.year::smallint;
end $function$;

CREATE OR REPLACE FUNCTION public.pace_of_signal(kind text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
BEGIN ATOMIC
 SELECT
         CASE
             WHEN (kind = ANY (ARRAY['person-status-changed'::text, 'credential-change'::text, 'account-enabled'::text, 'account-purged'::text])) THEN 'night'::text
             WHEN (kind = ANY (ARRAY['session-revoked'::text, 'account-disabled'::text])) THEN 'minute'::text
             ELSE 'at once'::text
         END AS "case";
END;

CREATE OR REPLACE FUNCTION public.put_artifacts(artifacts jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  wanted integer := jsonb_array_length(artifacts);
  written integer;
begin
  with rows as (
    select decode(a.id, 'hex') as row_id, a.*
    from jsonb_to_recordset(artifacts) as a(
      id text, model text, payload jsonb, grant_id text, connection_id uuid, client_id text, account_id uuid,
      session_uid text, parent_id text, version integer, expires_at timestamptz, seal bytea)
    where a.connection_id is null
       or (exists (select 1 from live_connections c where c.connection_id = a.connection_id offset 0)
           and exists (select 1 from open_accounts o where o.person_id = a.account_id offset 0))
  ), inserted as (
    insert into oidc_artifacts as o
      (id, model, payload, grant_id, connection_id, client_id, account_id, session_uid, parent_id, version, expires_at, seal)
    select row_id, model, payload, grant_id, connection_id, client_id, account_id, session_uid,
           decode(parent_id, 'hex'), 1, expires_at, seal
    from rows where version = 0
    returning 1
  ), updated as (
    update oidc_artifacts o
    set model = r.model, payload = r.payload, grant_id = r.grant_id, connection_id = r.connection_id, client_id = r.client_id,
        account_id = r.account_id, session_uid = r.session_uid, parent_id = decode(r.parent_id, 'hex'), version = o.version + 1,
        expires_at = r.expires_at, seal = r.seal
    from rows r where r.version > 0 and o.id = r.row_id and o.version = r.version
    returning 1
  )
  select (select count(*) from inserted) + (select count(*) from updated) into written;
  if written < wanted then perform lost_race('put', null); end if;
end $function$;

CREATE OR REPLACE FUNCTION public.put_session(session jsonb, moment timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  most constant integer := 50;
  new_id bytea := decode(session->>'id', 'hex');
  old_id bytea := decode(session->>'old_id', 'hex');
  known_uid text := session->>'uid';
  person uuid := (session->>'account_id')::uuid;
  signed_in timestamptz := (session->>'signed_in_at')::timestamptz;
  is_sign_in boolean;
  made_by uuid[] := array(select value::uuid from jsonb_array_elements_text(session->'factor_ids'));
  began integer := (session->>'session_epoch')::integer;
  new_seal bytea := (session->>'seal')::bytea;
  surplus text[];
  written integer;
begin
  if session->>'deed' = 'end' then
    delete from oidc_sessions where uid = known_uid;
    delete from oidc_session_authorizations where session_uid = known_uid;
    return;
  end if;

  is_sign_in := person is not null and not exists (
    select from oidc_sessions
    where uid = known_uid and account_id = person and signed_in_at is not distinct from signed_in
  );
  if is_sign_in and session_epoch_of(person) is distinct from (session->>'epoch')::integer then
    perform lost_race('proof', null);
  end if;

  if old_id is not null then
    update oidc_sessions set
      id = new_id, account_id = person, payload = session->'payload', signed_in_at = signed_in,
      device = session->>'device', network = session->>'network', last_seen_at = moment,
      expires_at = (session->>'expires_at')::timestamptz, factor_ids = made_by, session_epoch = began, seal = new_seal
    where id = old_id;
  end if;
  if old_id is null or not found then
    -- The row that was read is gone. Either another tab has rotated it, and then a row with the same uid exists, or the person has
    -- ended the session, and then it must not come back.
    if old_id is not null and not exists (select 1 from oidc_sessions where uid = known_uid) then
      perform lost_race('session', old_id);
    end if;
    insert into oidc_sessions
      (id, uid, account_id, payload, device, network, signed_in_at, last_seen_at, expires_at, factor_ids, session_epoch, seal)
    values (new_id, known_uid, person, session->'payload', session->>'device', session->>'network', signed_in, moment,
      (session->>'expires_at')::timestamptz, made_by, began, new_seal);
  end if;

  -- A service gets one sid for each session. If two tabs sign in to one service at once, the later one loses and is judged again:
  -- otherwise its ID token would have a sid that no logout notice ever names. A row that somebody else wrote makes place.
  delete from oidc_session_authorizations
  where session_uid = known_uid
    and client_id in (select jsonb_array_elements_text(session->'untrusted'));
  with added as (
    insert into oidc_session_authorizations as a (session_uid, client_id, content, seal)
    select known_uid, client_id, content, seal
    from jsonb_to_recordset(session->'added') as s(client_id text, content jsonb, seal bytea)
    on conflict (session_uid, client_id) do update set content = excluded.content, seal = excluded.seal
      where a.content->>'sid' is null or a.content->>'sid' = excluded.content->>'sid'
    returning 1
  )
  select count(*) into written from added;
  if written < jsonb_array_length(session->'added') then
    perform lost_race('session', new_id);
  end if;
  delete from oidc_session_authorizations
  where session_uid = known_uid
    and client_id in (select jsonb_array_elements_text(session->'removed'));

  if is_sign_in then
    surplus := array(
      select uid from oidc_sessions where account_id = person and expires_at > moment and uid <> known_uid
      group by uid order by max(last_seen_at) desc, uid offset most - 1
    );
    if cardinality(surplus) > 0 then
      perform drop_sessions(person, surplus);
      perform record_activities(jsonb_build_array(session->'line'), moment);
      perform graphile_worker.add_job(
        'signin.session-limit', json_build_object('personId', person), max_attempts => 8);
    end if;
  end if;
end $function$;

CREATE OR REPLACE FUNCTION public.put_sign_in_requests(requests jsonb, moment timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  most_a_day constant integer := 10;
  r record;
  is_silent boolean;
begin
  for r in
    select * from jsonb_to_recordset(requests) as q(
      request_id uuid, artifact_id bytea, person_id uuid, org_id text, service_id text, words jsonb, level text,
      requested_at timestamptz, expires_at timestamptz, ping bytea, seal bytea, is_wanted boolean, refused_at timestamptz)
    order by person_id, request_id
  loop
    if exists (
      select from sign_in_request
      where person_id = r.person_id and service_id = r.service_id and approval is null and expires_at > moment
        and (ended_at is null or ended_at > moment)
    ) then perform lost_race('request-waits', r.artifact_id); end if;
    if (select count(*) from sign_in_request
        where person_id = r.person_id and org_id = r.org_id and requested_at > moment - interval '1 day') >= most_a_day then
      perform lost_race('request-limit', r.artifact_id);
    end if;
    is_silent := not r.is_wanted or not exists (select from open_accounts where person_id = r.person_id)
      or exists (select from sign_in_silence where person_id = r.person_id and org_id = r.org_id);
    insert into sign_in_request
      (request_id, artifact_id, person_id, org_id, service_id, words, level, requested_at, expires_at, ping, seal, ended_at)
    values (r.request_id, r.artifact_id, r.person_id, r.org_id, r.service_id, r.words, r.level, r.requested_at, r.expires_at,
      r.ping, r.seal, case when is_silent then r.refused_at end);
    perform graphile_worker.add_job('signals.request-waits', json_build_object('requestId', r.request_id),
      max_attempts => 4, priority => 10);
    if is_silent and r.ping is not null then
      perform tell_request_answered(r.service_id, r.request_id, r.refused_at - moment + interval '1 s');
    end if;
  end loop;
end $function$;

CREATE OR REPLACE FUNCTION public.quebec_day(moment timestamp with time zone)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE
BEGIN ATOMIC
 SELECT ((moment AT TIME ZONE 'America/Toronto'::text))::date AS timezone;
END;

CREATE OR REPLACE FUNCTION public.quebec_midnight(day date)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE
BEGIN ATOMIC
 SELECT ((day)::timestamp without time zone AT TIME ZONE 'America/Toronto'::text) AS timezone;
END;

CREATE OR REPLACE FUNCTION public.queue_agreement_signals()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  declare
    was text := (select r.content->>'status' from register_objects r
      where r.kind = 'agreement' and r.id = new.id and r.version < new.version order by r.version desc limit 1);
    is_now text := new.content->>'status';
  begin
    if is_now is not distinct from was or not exists (select from signal_stream) then return null; end if;
    perform queue_signal(o.object_no, null, 'agreement-status-changed',
      jsonb_build_object('agreement', new.id || '@' || new.version, 'status', is_now, 'previous_status', was), new.applied_at)
    from (
      select distinct on (r.id) r.object_no from register_objects r
      where r.kind = 'organisation' and r.id in (new.content->>'holder_org_id', new.content->>'recipient_org_id')
      order by r.id, r.version) o;
    return null;
  end
$function$;

CREATE OR REPLACE FUNCTION public.queue_credential_signal(in_person uuid, in_type text, in_change text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  if not exists (select from signal_stream) then return; end if;
  perform queue_service_signal(in_person, array(select service_id from live_connections c where c.person_id = in_person),
    'credential-change', jsonb_build_object('credential_type', in_type, 'change_type', in_change), clock_timestamp() + clock_offset());
end $function$;

CREATE OR REPLACE FUNCTION public.queue_logout_notices(calls jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  perform graphile_worker.add_job('signals.back-channel-logout', n.call::json, max_attempts => 15,
    run_at => now() + clock_offset() + (case n.turn when 1 then 0 else n.chance end * interval '60 s' - clock_offset()),
    queue_name => queue_of('service ' || (n.call->>'clientId'), n.call->>'sid'))
  from (
    select call, row_number() over (order by chance) as turn, chance
    from (
      select call, ('x' || left(gen_random_uuid()::text, 8))::bit(32)::bigint / 4294967296.0 as chance
      from jsonb_array_elements(calls) call) c) n;
  perform note_services_told(calls, now() + clock_offset());
end $function$;

CREATE OR REPLACE FUNCTION public.queue_of(receiver text, id text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
BEGIN ATOMIC
 SELECT ((receiver || ' '::text) || (get_byte(sha256(convert_to(id, 'UTF8'::name)), 0) % 2));
END;

CREATE OR REPLACE FUNCTION public.queue_person_signal(in_person uuid, in_kind text, in_content jsonb, moment timestamp with time zone, told_by integer DEFAULT NULL::integer, naming bytea DEFAULT NULL::bytea)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  if in_kind = 'account-disabled' then
    delete from signal_event e where e.person_id = in_person and e.kind = 'account-enabled';
  end if;
  perform queue_signal(s.party, in_person, in_kind, in_content, moment, told_by, naming)
  from (select distinct party, org_id from signal_stream where status <> 'disabled' and in_kind = any(kinds)) s
  where case in_kind when 'person-status-changed' then is_party_of(s.party, in_person) else is_known_to(s.party, s.org_id, in_person) end;
end $function$;

CREATE OR REPLACE FUNCTION public.queue_revocation()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  begin
    insert into revocation_delivery (consent_id, party, role, person_id, queued_at)
    values (new.consent_id, new.holder, 'holder', new.person_id, new.state_at),
           (new.consent_id, new.recipient, 'recipient', new.person_id, new.state_at)
    on conflict do nothing;
    return null;
  end
$function$;

CREATE OR REPLACE FUNCTION public.queue_service_signal(in_person uuid, services text[], in_kind text, in_content jsonb, moment timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  perform queue_signal(s.party, in_person, in_kind, in_content, moment)
  from (select distinct party, org_id from signal_stream where status <> 'disabled' and in_kind = any(kinds)) s
  where s.org_id in (select body_of_service(service) from unnest(services) service);
end $function$;

CREATE OR REPLACE FUNCTION public.queue_session_signal(in_person uuid, services text[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  if exists (select from signal_stream) then
    perform queue_service_signal(in_person, services, 'session-revoked', '{}', clock_timestamp() + clock_offset());
  end if;
end $function$;

CREATE OR REPLACE FUNCTION public.queue_signal(in_party integer, in_person uuid, in_kind text, in_content jsonb, moment timestamp with time zone, told_by integer DEFAULT NULL::integer, naming bytea DEFAULT NULL::bytea)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  insert into signal_event (jti, stream_id, person_id, kind, content, event_seq, occurred_at, queued_at, due_at)
  select n.jti, s.stream_id, in_person, in_kind, in_content, told_by, moment, moment,
    case pace_of_signal(in_kind) when 'at once' then '-infinity' else signal_due(in_kind, moment, s.stream_id, n.jti) end
  from signal_stream s cross join lateral (
    select case when naming is null then gen_random_uuid()
      else encode(substring(sha256(naming || uuid_send(s.stream_id) || convert_to(in_kind, 'UTF8')) from 1 for 16), 'hex')::uuid end as jti
    where s.stream_id is not null) n
  where s.party = in_party and s.status <> 'disabled' and in_kind = any(s.kinds)
    and not exists (
      select from signal_subject_removed r where r.stream_id = s.stream_id and r.person_id = in_person)
$function$;

CREATE OR REPLACE FUNCTION public.queue_signals(in_person uuid, signals json, moment timestamp with time zone, told_by integer, naming bytea)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  one record;
  about record;
begin
  if not exists (select from signal_stream) then return; end if;
  for one in
    select t.whom, t.kind, t.content, coalesce(t.at, moment) as at, t.consent, coalesce(t.replacing, false) as replacing
    from rows from (json_to_recordset(signals) as ("to" text, kind text, content jsonb, at timestamptz, consent uuid, replacing boolean))
      with ordinality t(whom, kind, content, at, consent, replacing, n)
    order by t.n
  loop
    if one.whom = 'person' then
      perform queue_person_signal(in_person, one.kind, one.content, one.at, told_by, naming);
      continue;
    end if;
    select c.holder, c.recipient, c.arrangement_id into about
    from consent_states c where c.person_id = in_person and c.consent_id = one.consent;
    if not found then continue; end if;
    if one.whom = 'parties' then
      perform queue_signal(about.holder, in_person, one.kind, one.content, one.at, told_by, naming);
      if about.recipient <> about.holder then
        perform queue_signal(about.recipient, in_person, one.kind, one.content, one.at, told_by, naming);
      end if;
    elsif one.whom = 'token' then
      if not one.replacing or exists (
        select from consent_states c
        where c.person_id = in_person and c.arrangement_id = about.arrangement_id and c.consent_id <> one.consent)
      then perform queue_token_signal(about.recipient, in_person, about.arrangement_id, one.content, one.at, told_by, naming); end if;
    else
      raise exception 'nobody knows who is told: %', one.whom;
    end if;
  end loop;
end $function$;

CREATE OR REPLACE FUNCTION public.queue_token_signal(in_party integer, in_person uuid, arrangement uuid, said jsonb, moment timestamp with time zone, told_by integer, naming bytea)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  if exists (
    select from signal_stream s
    where s.party = in_party and s.status <> 'disabled' and 'token-claims-change' = any(s.kinds) and exists (
      select from oidc_artifacts a
      where a.account_id = in_person and a.model in ('AccessToken', 'RefreshToken') and a.expires_at > moment
        and a.payload->'rar' @> jsonb_build_array(jsonb_build_object('arrangement', 'arr_' || written(arrangement)))
        and body_of_service(a.client_id) = s.org_id))
  then perform queue_signal(in_party, in_person, 'token-claims-change', said, moment, told_by, naming); end if;
end $function$;

CREATE OR REPLACE FUNCTION public.record_activities(entries jsonb, moment timestamp with time zone)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  insert into activity (activity_id, person_id, kind, service_id, acr, amr, result, reason, request_id, network, at)
  select activity_id, person_id, kind, service_id, acr, amr, result, reason, request_id, network, moment
  from jsonb_populate_recordset(null::activity, entries)
$function$;

CREATE OR REPLACE FUNCTION public.record_denies(denies json)
 RETURNS uuid[]
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  entry record;
  known uuid;
  ids uuid[] := array_fill(null::uuid, array[json_array_length(denies)]);
begin
  for entry in
    select d.*, hashtextextended(concat_ws(' ', person, holder, recipient, dataset, purpose, reason), 0) as lock
    from rows from (json_to_recordset(denies) as (
      deny uuid, moment timestamptz, person uuid, consent uuid, holder integer, recipient integer, dataset integer,
      purpose integer, asked bigint, reason text, policy smallint, query text, basis text, visible timestamptz
    )) with ordinality d(deny, moment, person, consent, holder, recipient, dataset, purpose, asked, reason, policy, query, basis,
      visible, n)
    order by lock, n
  loop
    perform pg_advisory_xact_lock(entry.lock);
    update decision d set times = d.times + 1, last_at = greatest(d.last_at, entry.moment), asked = d.asked | entry.asked,
      legal_basis_id = coalesce(entry.basis, d.legal_basis_id), visible_from = greatest(d.visible_from, entry.visible)
    where d.decision_id = (
      select e.decision_id from decision e
      where e.person_id = entry.person and e.outcome || '' = 'deny'
        and e.evaluated_at >= quebec_midnight(quebec_day(entry.moment))
        and e.evaluated_at < quebec_midnight(quebec_day(entry.moment) + 1)
        and e.reason_code = entry.reason and e.holder = entry.holder and e.recipient is not distinct from entry.recipient
        and e.dataset = entry.dataset and e.purpose is not distinct from entry.purpose
        and e.consent_id is not distinct from entry.consent
      order by e.evaluated_at desc limit 1)
    returning d.decision_id into known;
    if known is null then
      insert into decision (decision_id, evaluated_at, person_id, consent_id, holder, recipient, dataset, purpose, legal_basis_id,
        asked, permitted, outcome, reason_code, policy_version, query_id, last_at, visible_from)
      values (entry.deny, entry.moment, entry.person, entry.consent, entry.holder, entry.recipient, entry.dataset, entry.purpose,
        entry.basis, entry.asked, 0, 'deny', entry.reason, entry.policy, entry.query, entry.moment, entry.visible);
    end if;
    ids[entry.n] := coalesce(known, entry.deny);
  end loop;
  return ids;
end $function$;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  begin
    raise exception 'a register object is never edited in place: apply a new version';
  end
$function$;

CREATE OR REPLACE FUNCTION public.refuse_consent_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  begin
    raise exception 'a consent record never changes: its state is in consent_current';
  end
$function$;

CREATE OR REPLACE FUNCTION public.refuse_ledger_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  begin
    raise exception 'the ledger never changes: erasure destroys keys, not rows';
  end
$function$;

CREATE OR REPLACE FUNCTION public.refuse_other_certificate()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  if old.certificate is not null
    or to_jsonb(new) - '{certificate,rewritten_at,wal_lsn}'::text[] <> to_jsonb(old) - '{certificate,rewritten_at,wal_lsn}'::text[] then
    raise exception 'An erasure is certified once, and never changed' using errcode = 'restrict_violation';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.refuse_past_deny()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  if quebec_day(case tg_op when 'INSERT' then new.evaluated_at else least(old.evaluated_at, new.evaluated_at) end)
    < quebec_day(now() + clock_offset() - interval '10 minutes')
  then
    raise exception 'a deny of a day that is over never changes, and none is added';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.refuse_receipt_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  begin
    raise exception 'a receipt never changes: what comes later has a receipt of its own';
  end
$function$;

CREATE OR REPLACE FUNCTION public.refuse_unless_taken_up()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  mine smallint[] := array(
    select l.log_id from log_restore r join log l using (year, shard) where r.went_on_at is not null and r.taken_up_at is null);
begin
  if cardinality(mine) = 0 or exists (select from gone g where g.log_id <> all(mine)) then
    raise exception 'the ledger never changes: erasure destroys keys, not rows';
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.refuse_work_access()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  if exists (select from accounts a where a.person_id = new.person_id and a.use = 'work')
  then raise exception 'a work access has no row in %', tg_table_name using errcode = 'check_violation'; end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.refused_changes(person uuid, consents uuid[])
 RETURNS uuid[]
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT ARRAY( SELECT r.consent_id
            FROM (pages_of_changes p
              JOIN consent_record r USING (presentation_id))
           WHERE ((p.changes = ANY (refused_changes.consents)) AND (r.person_id = refused_changes.person) AND (NOT (r.consent_id = ANY (refused_changes.consents))))) AS "array";
END;

CREATE OR REPLACE FUNCTION public.release_questions(person uuid, consents uuid[], others uuid[])
 RETURNS uuid[]
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  asked uuid[] := array(
    select i.consent_id from consent_request q join consent_request_item i using (request_id)
    where q.person_id = person and (i.consent_id = any(consents) or i.narrows = any(consents) or i.consent_id = any(others)
      or exists (select 1 from presentation p where p.request_id = i.request_id and p.item_no = i.item_no and p.changes = any(consents) offset 0)));
begin
  update presentation p set changes = null from consent_request_item i
  where i.consent_id = any(asked) and p.request_id = i.request_id and p.item_no = i.item_no and p.changes is not null;
  update consent_request_item i set narrows = null where i.consent_id = any(asked) and i.narrows is not null;
  return asked;
end $function$;

CREATE OR REPLACE FUNCTION public.release_tries(in_name bytea)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare one record;
begin
  for one in
    with gone as (delete from held_tries where name = in_name returning key, ends, place, points)
    select * from gone order by place, key
  loop
    update rate_limits set points = greatest(0, points - one.points) where key = one.key and expire = one.ends;
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION public.renew_lease(in_duty text, in_number bigint, life_ms integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  update duty_lease set until = clock_timestamp() + clock_offset() + life_ms * interval '1 ms' where duty = in_duty and number = in_number;
  return found;
end $function$;

CREATE OR REPLACE FUNCTION public.require_epoch(judged bigint)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  moved bigint := (select epoch from register_epoch where epoch <> judged);
begin
  if moved is not null then
    raise exception using errcode = 'AC001', message = 'register', detail = moved::text;
  end if;
end $function$;

CREATE OR REPLACE FUNCTION public.require_lease(in_duty text, in_number bigint)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  perform from duty_lease where duty = in_duty and number = in_number for share;
  if not found then
    raise exception using errcode = 'AC003', message = 'a younger lease exists', detail = in_duty;
  end if;
  return true;
end $function$;

CREATE OR REPLACE FUNCTION public.rows_of_accounts(people uuid[])
 RETURNS TABLE(person_id uuid, in_table text, content jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT a.person_id,
     'accounts'::text,
     jsonb_build_object('person_id', a.person_id, 'status', p.status, 'closed_at', a.closed_at, 'erase_at', a.erase_at, 'suspended_at', a.suspended_at, 'use', a.use) AS jsonb_build_object
    FROM (accounts a
      JOIN persons p USING (person_id))
   WHERE (a.person_id = ANY (rows_of_accounts.people))
 UNION ALL
  SELECT w.person_id,
     'ways_in'::text,
     to_jsonb(w.*) AS to_jsonb
    FROM ways_in w
   WHERE (w.person_id = ANY (rows_of_accounts.people));
END;

CREATE OR REPLACE FUNCTION public.rows_of_asking(people uuid[])
 RETURNS TABLE(person_id uuid, in_table text, content jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT r.person_id,
     'consent_request'::text,
     to_jsonb(r.*) AS to_jsonb
    FROM consent_request r
   WHERE (r.person_id = ANY (rows_of_asking.people))
 UNION ALL
  SELECT r.person_id,
     'consent_request_item'::text,
     (to_jsonb(i.*) || jsonb_build_object('asked_at', r.created_at))
    FROM (consent_request r
      CROSS JOIN LATERAL ( SELECT o.request_id,
             o.item_no,
             o.consent_id,
             o.agreement,
             o.purpose,
             o.dataset,
             o.text,
             o.categories_required,
             o.categories_optional,
             o.valid_until,
             o.valid_until_local,
             o.max_uses,
             o.frequency_count,
             o.frequency_per,
             o.lookback_from,
             o.lookback_to,
             o.state,
             o.narrows,
             o.amends
            FROM consent_request_item o
           WHERE (o.request_id = r.request_id)
          OFFSET 0) i)
   WHERE (r.person_id = ANY (rows_of_asking.people))
 UNION ALL
  SELECT r.person_id,
     'presentation'::text,
     (to_jsonb(p.*) || jsonb_build_object('is_page_kept', (EXISTS ( SELECT 1
            FROM rendered_page g
           WHERE ((g.sha256 = p.rendered_sha256) AND (g.sha256 = sha256(convert_to(g.html, 'UTF8'::name))))
          OFFSET 0))))
    FROM (consent_request r
      JOIN presentation p USING (request_id))
   WHERE (r.person_id = ANY (rows_of_asking.people))
 UNION ALL
  SELECT n.person_id,
     'notice_shown'::text,
     (to_jsonb(n.*) || jsonb_build_object('is_page_kept', (EXISTS ( SELECT 1
            FROM rendered_page g
           WHERE ((g.sha256 = n.rendered_sha256) AND (g.sha256 = sha256(convert_to(g.html, 'UTF8'::name))))
          OFFSET 0))))
    FROM notice_shown n
   WHERE (n.person_id = ANY (rows_of_asking.people))
 UNION ALL
  SELECT s.person_id,
     'silenced_question'::text,
     to_jsonb(s.*) AS to_jsonb
    FROM silenced_question s
   WHERE (s.person_id = ANY (rows_of_asking.people));
END;

CREATE OR REPLACE FUNCTION public.rows_of_claims(people uuid[])
 RETURNS TABLE(person_id uuid, in_table text, content jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT a.person_id,
     'claim_answer'::text,
     (to_jsonb(a.*) - 'seal'::text)
    FROM claim_answer a
   WHERE (a.person_id = ANY (rows_of_claims.people));
END;

CREATE OR REPLACE FUNCTION public.rows_of_decisions(people uuid[])
 RETURNS TABLE(person_id uuid, in_table text, content jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT d.person_id,
     'decision'::text,
         CASE d.outcome
             WHEN 'permit'::text THEN to_jsonb(d.*)
             ELSE (to_jsonb(d.*) || jsonb_build_object('is_due', (quebec_day(d.evaluated_at) <= days.due), 'is_closed', ((quebec_day(d.evaluated_at) <= LEAST(days.due, days.closed)) OR ((quebec_day(d.evaluated_at))::text <= days.told))))
         END AS "case"
    FROM decision d,
     ( SELECT (quebec_day((now() + clock_offset())) - 2) AS due,
             COALESCE(( SELECT m.day
                    FROM refused_mark m), '-infinity'::date) AS closed,
             ( SELECT t.through
                    FROM days_told t) AS told) days
   WHERE (d.person_id = ANY (rows_of_decisions.people))
 UNION ALL
  SELECT r.person_id,
     'refused_day'::text,
     to_jsonb(r.*) AS to_jsonb
    FROM refused_day r
   WHERE (r.person_id = ANY (rows_of_decisions.people));
END;

CREATE OR REPLACE FUNCTION public.rows_of_disclosures(people uuid[])
 RETURNS TABLE(person_id uuid, in_table text, content jsonb)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  return query select d.person_id, 'disclosure', to_jsonb(s)
  from decided d join disclosure s using (decision_id) where d.person_id = any(people)
  union all
  select r.person_id, 'disclosure_received', to_jsonb(r) from disclosure_received r where r.person_id = any(people)
  union all
  select d.person_id, 'disclosure_anomaly', to_jsonb(a)
  from decided d join disclosure_anomaly a on a.about = d.decision_id where d.person_id = any(people)
  union all
  select r.person_id, 'disclosure_anomaly', to_jsonb(a)
  from disclosure_received r join disclosure_anomaly a on a.about = r.received_id where r.person_id = any(people)
  union all
  select c.person_id, 'disclosure_declared', to_jsonb(c) from disclosure_declared c where c.person_id = any(people)
  union all
  select c.person_id, 'disclosure_anomaly', to_jsonb(a)
  from disclosure_declared c join disclosure_anomaly a on a.about = c.declaration_id where c.person_id = any(people)
  union all
  select i.person_id, 'inquiry_day', to_jsonb(i) from inquiry_day i where i.person_id = any(people)
  union all
  select i.person_id, 'disclosure_anomaly', to_jsonb(a)
  from inquiry_day i join disclosure_anomaly a on a.about = i.inquiry_id where i.person_id = any(people);
end $function$;

CREATE OR REPLACE FUNCTION public.rows_of_disputes(people uuid[])
 RETURNS TABLE(person_id uuid, in_table text, content jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT d.person_id,
     'dispute'::text,
     (((to_jsonb(d.*) - 'body'::text) - 'answer_body'::text) || jsonb_build_object('body_sha256', sha256(d.body), 'answer_body_sha256', sha256(d.answer_body)))
    FROM dispute d
   WHERE (d.person_id = ANY (rows_of_disputes.people));
END;

CREATE OR REPLACE FUNCTION public.rows_of_erasure(people uuid[])
 RETURNS TABLE(person_id uuid, in_table text, content jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT x.person_id,
     'erasure'::text,
     to_jsonb(x.*) AS to_jsonb
    FROM erasure x
   WHERE (x.person_id = ANY (rows_of_erasure.people));
END;

CREATE OR REPLACE FUNCTION public.rows_of_mandates(people uuid[])
 RETURNS TABLE(person_id uuid, in_table text, content jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT h.holder_id,
     'mandate_held'::text,
     ((to_jsonb(h.*) - 'seal'::text) - 'sealed'::text)
    FROM mandate_held h
   WHERE (h.holder_id = ANY (rows_of_mandates.people))
 UNION ALL
  SELECT h.holder_id,
     'mandate'::text,
     (((to_jsonb(m.*) - 'seal'::text) - 'sealed'::text) - 'evidence_mark'::text)
    FROM (mandate_held h
      JOIN mandate m ON ((m.mandate_id = h.held_id)))
   WHERE ((h.holder_id = ANY (rows_of_mandates.people)) AND (m.ground = 'office'::text))
 UNION ALL
  SELECT m.principal_id,
     'mandate'::text,
     (((to_jsonb(m.*) - 'seal'::text) - 'sealed'::text) - 'evidence_mark'::text)
    FROM mandate m
   WHERE (m.principal_id = ANY (rows_of_mandates.people));
END;

CREATE OR REPLACE FUNCTION public.rows_of_matching(people uuid[])
 RETURNS TABLE(person_id uuid, in_table text, content jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT a.person_id,
     'matching_answer'::text,
     to_jsonb(a.*) AS to_jsonb
    FROM matching_answer a
   WHERE (a.person_id = ANY (rows_of_matching.people));
END;

CREATE OR REPLACE FUNCTION public.rows_of_record(people uuid[])
 RETURNS TABLE(person_id uuid, in_table text, content jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT c.person_id,
     'consent_current'::text,
     (to_jsonb(c.*) - 'seal'::text)
    FROM consent_current c
   WHERE (c.person_id = ANY (rows_of_record.people))
 UNION ALL
  SELECT r.person_id,
     'consent_record'::text,
     to_jsonb(r.*) AS to_jsonb
    FROM consent_record r
   WHERE (r.person_id = ANY (rows_of_record.people))
 UNION ALL
  SELECT d.person_id,
     'receipt'::text,
     to_jsonb(d.*) AS to_jsonb
    FROM receipt d
   WHERE (d.person_id = ANY (rows_of_record.people));
END;

CREATE OR REPLACE FUNCTION public.rows_of_stops(people uuid[])
 RETURNS TABLE(person_id uuid, in_table text, content jsonb)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT d.person_id,
     'revocation_delivery'::text,
     to_jsonb(d.*) AS to_jsonb
    FROM revocation_delivery d
   WHERE (d.person_id = ANY (rows_of_stops.people));
END;

CREATE OR REPLACE FUNCTION public.served_since(horizon timestamp with time zone, at timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 WITH noted AS (
          SELECT s.minute,
             lag(s.minute) OVER (ORDER BY s.minute) AS before
            FROM ( SELECT DISTINCT m.minute
                    FROM served_minute m
                   WHERE (m.minute >= served_since.horizon)) s
         )
  SELECT n.minute
    FROM noted n
   WHERE (((n.before IS NULL) OR ((n.minute - n.before) > '00:02:00'::interval)) AND (EXISTS ( SELECT
            FROM served_minute m
           WHERE (m.minute > (served_since.at - '00:03:00'::interval)))))
   ORDER BY n.minute DESC
  LIMIT 1;
END;

CREATE OR REPLACE FUNCTION public.session_epoch_of(person uuid)
 RETURNS integer
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT accounts.session_epoch
    FROM accounts
   WHERE (accounts.person_id = session_epoch_of.person);
END;

CREATE OR REPLACE FUNCTION public.signal_due(kind text, moment timestamp with time zone, stream uuid, jti uuid)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT
         CASE pace_of_signal(signal_due.kind)
             WHEN 'at once'::text THEN signal_due.moment
             WHEN 'minute'::text THEN (signal_due.moment + ((c.chance)::double precision * '00:01:00'::interval))
             ELSE (((n.night + '00:30:00'::interval) + ((c.chance)::double precision * '04:30:00'::interval)) AT TIME ZONE 'America/Toronto'::text)
         END AS timezone
    FROM (( SELECT ((quebec_day((signal_due.moment - '00:30:00'::interval)) + 1) + '00:00:00'::time without time zone) AS night) n
      CROSS JOIN LATERAL ( SELECT ((((('x'::text || "left"(encode(sha256(convert_to((((((n.night)::date || ' '::text) || signal_due.stream) || ' '::text) || signal_due.jti), 'UTF8'::name)), 'hex'::text), 12)))::bit(48))::bigint)::numeric / 281474976710656.0) AS chance) c);
END;

CREATE OR REPLACE FUNCTION public.strays_of_disclosures(most integer)
 RETURNS TABLE(in_table text, about uuid)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  return query select s.in_table, s.about from (
    select 'disclosure_anomaly' as in_table, a.about from disclosure_anomaly a
    where not exists (select 1 from disclosure_received r where r.received_id = a.about)
      and not exists (select 1 from disclosure_declared c where c.declaration_id = a.about)
      and not exists (select 1 from inquiry_day i where i.inquiry_id = a.about)
    union all select 'disclosure', d.decision_id from disclosure d
    union all select 'disclosure_received', r.decision_id from disclosure_received r where r.decision_id is not null
  ) s where not exists (select 1 from decided c where c.decision_id = s.about) order by s.about limit most;
end $function$;

CREATE OR REPLACE FUNCTION public.strays_of_mandates(most integer)
 RETURNS TABLE(in_table text, about uuid)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT 'mandate'::text,
     m.mandate_id
    FROM mandate m
   WHERE ((m.ground = 'office'::text) AND (NOT (EXISTS ( SELECT 1
            FROM mandate_held h
           WHERE (h.held_id = m.mandate_id)))))
   ORDER BY m.mandate_id
  LIMIT strays_of_mandates.most;
END;

CREATE OR REPLACE FUNCTION public.sweep_denies(before timestamp with time zone, before_id uuid, most integer)
 RETURNS integer
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  swept integer;
begin
  delete from decision where decision_id in (
    select d.decision_id from decision d
    where d.outcome = 'deny' and d.decision_id < before_id and greatest(d.last_at, d.visible_from) < before
      and not exists (select 1 from questions_asked q where q.decision_id = d.decision_id)
    order by d.decision_id limit most);
  get diagnostics swept = row_count;
  return swept;
end $function$;

CREATE OR REPLACE FUNCTION public.take_into_log(in_duty text, in_lease bigint, in_log smallint, old_size bigint, new_root bytea, new_frontier bytea, ids bigint[], levels smallint[], indexes bigint[], hashes bytea[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  taken bigint;
begin
  perform require_lease(in_duty, in_lease);
  if (select is_waiting from log_standing) then raise exception 'the log waits until it is taken up'; end if;
  update log set tree_size = old_size + cardinality(ids), root = new_root, frontier = new_frontier
  where log_id = in_log and tree_size = old_size and state = 'open';
  if not found then raise exception 'the tree has moved'; end if;
  with gone as (
    delete from ledger_pending p using unnest(ids) with ordinality i(id, n)
    where p.id = i.id returning i.n, p.event_id, p.class, p.commitment
  )
  insert into ledger_position (log_id, leaf_index, event_id, class, commitment)
  select in_log, old_size + n - 1, event_id, class, commitment from gone order by n;
  get diagnostics taken = row_count;
  if taken <> cardinality(ids) then raise exception 'the queue has moved'; end if;
  insert into log_node select in_log, * from unnest(levels, indexes, hashes);
end $function$;

CREATE OR REPLACE FUNCTION public.take_lease(in_duty text, in_holder uuid, life_ms integer, above bigint)
 RETURNS bigint
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  taken bigint;
begin
  if exists (select from duty_lease l where l.duty = in_duty and is_held(l, in_holder)) then return null; end if;
  insert into duty_lease as l (duty, number, holder, until, backend, backend_began)
  select in_duty, above + 1, in_holder, clock_timestamp() + clock_offset() + life_ms * interval '1 ms', a.pid, a.backend_start
  from pg_stat_activity a where a.pid = pg_backend_pid()
  on conflict (duty) do update set
    number = greatest(l.number, above) + 1, holder = excluded.holder, until = excluded.until,
    backend = excluded.backend, backend_began = excluded.backend_began
  where not is_held(l, in_holder)
  returning number into taken;
  return taken;
end $function$;

CREATE OR REPLACE FUNCTION public.take_tries(keys text[], most integer[], seconds integer[], taken integer, at bigint)
 RETURNS TABLE(used integer, ends bigint)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  for n in 1 .. cardinality(keys) loop
    insert into rate_limits as kept (key, points, expire)
    values (keys[n], taken, at + seconds[n] * 1000::bigint)
    on conflict (key) do update set
      points = case when kept.expire <= at then excluded.points else kept.points + taken end,
      expire = case when kept.expire <= at then excluded.expire else kept.expire end
    returning kept.points, kept.expire into used, ends;
    return next;
    if used > most[n] and taken = 1 then
      update rate_limits set points = used - 1 where key = keys[n];
    end if;
    exit when used > most[n];
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION public.take_turn(in_key text, every bigint, longest bigint, at bigint)
 RETURNS bigint
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  insert into rate_limits as kept (key, points, expire) values (in_key, 0, at + every)
  on conflict (key) do update set expire = greatest(kept.expire, at) + every where greatest(kept.expire, at) - at <= longest
  returning kept.expire - every
$function$;

CREATE OR REPLACE FUNCTION public.take_up_log(in_duty text, in_lease bigint, in_year smallint, in_shard smallint, in_queue smallint, in_next smallint, in_size bigint, in_root bytea, in_frontier bytea, in_empty_root bytea)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  old smallint;
  -- Below every number that the queue gives out.
  first bigint := least(1, (select min(id) from ledger_pending));
begin
  perform require_lease(in_duty, in_lease);
  insert into log (year, shard, queue, root) values (in_year, in_shard, in_queue, in_empty_root) on conflict do nothing;
  update log set tree_size = in_size, root = in_root, frontier = in_frontier, state = 'frozen'
  where year = in_year and shard = in_shard returning log_id into old;
  with gone as (
    delete from ledger_position where log_id = old and leaf_index >= in_size returning leaf_index, event_id, class, commitment
  )
  insert into ledger_pending (id, event_id, shard, class, commitment) overriding system value
  select first - row_number() over (order by leaf_index desc), event_id, in_queue, class, commitment from gone;
  delete from log_node where log_id = old and (node_index + 1) * (256::numeric ^ level) > in_size;
  insert into log (year, shard, queue, root)
  select in_year, in_next, in_queue, in_empty_root where in_next is not null on conflict do nothing;
  update log_restore set taken_up_at = now() + clock_offset()
  where year = in_year and shard = in_shard and went_on_at is not null and taken_up_at is null;
end $function$;

CREATE OR REPLACE FUNCTION public.tell_request_answered(service text, request uuid, wait interval)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
begin
  -- The queue goes by the machine's own clock.
  perform graphile_worker.add_job('signals.request-answered', json_build_object('requestId', request),
    max_attempts => 5, run_at => now() + clock_offset() + (wait - clock_offset()), queue_name => queue_of('service ' || service, request::text));
end $function$;

CREATE OR REPLACE FUNCTION public.unused_accounts(people uuid[], opened_before timestamp with time zone, own_services text[])
 RETURNS TABLE(person_id uuid)
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT a.person_id
    FROM (unnest(unused_accounts.people) p(person_id)
      CROSS JOIN LATERAL ( SELECT o.person_id,
             o.opened_at
            FROM open_accounts o
           WHERE (o.person_id = p.person_id)
          OFFSET 0) a)
   WHERE ((a.opened_at < unused_accounts.opened_before) AND (NOT (EXISTS ( SELECT 1
            FROM connection_history c
           WHERE ((c.person_id = a.person_id) AND (c.service_id <> ALL (unused_accounts.own_services)))
          OFFSET 0))) AND (NOT (EXISTS ( SELECT 1
            FROM request_history r
           WHERE (r.person_id = a.person_id)
          OFFSET 0))) AND (NOT (EXISTS ( SELECT 1
            FROM consent_states r
           WHERE (r.person_id = a.person_id)
          OFFSET 0))) AND (NOT (EXISTS ( SELECT 1
            FROM decided d
           WHERE (d.person_id = a.person_id)
          OFFSET 0))) AND (NOT (EXISTS ( SELECT 1
            FROM ledger_users e
           WHERE (e.person_id = a.person_id)
          OFFSET 0))) AND (NOT (EXISTS ( SELECT 1
            FROM sign_ins s
           WHERE ((s.person_id = a.person_id) AND (s.at > (a.opened_at + '1 day'::interval)))
          OFFSET 0))));
END;

CREATE OR REPLACE FUNCTION public.use_consents(used json[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  written integer;
begin
  update consent_current c set uses = i.uses, last_use_at = i.last_use_at, state_seq = i.state_seq, seal = i.seal,
    window_started_at = i.window_started_at, window_uses = i.window_uses, window_returned = i.window_returned
  from unnest(used) u, json_populate_record(null::consent_current, u) i
  where c.person_id = i.person_id and c.consent_id = i.consent_id and c.state_seq = i.state_seq - 1
    and c.state = 'active' and c.valid_from <= i.last_use_at and c.valid_until > i.last_use_at
    and (c.frequency_count is null or i.window_uses <= c.frequency_count);
  get diagnostics written = row_count;
  if written <> cardinality(used) then raise exception 'a consent changed under its head'; end if;
end $function$;

CREATE OR REPLACE FUNCTION public.write_permits(permits json)
 RETURNS text[]
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  permit new_permit[] := array(select p from json_populate_recordset(null::new_permit, permits) p);
  held integer[];
  mine integer[];
begin
  perform open_heads(
    array_agg((p.event).chain order by (p.event).chain), array_agg((p.event).visible is not null order by (p.event).chain))
  from unnest(permit) p where (p.event).seq = 1 having count(*) > 0;

  held := array(
    select p.n
    from lock_free_heads(array(select (e.event).chain from unnest(permit) e)) h
    join unnest(permit) with ordinality p(epoch, request, content, decision, event, used, n)
      on (p.event).chain = h.person_id and (p.event).seq = h.next_seq
    where p.epoch = (select r.epoch from register_epoch r) and not (select s.is_restored from log_standing s)
    order by p.n);

  with claimed as (
    insert into decision_key (request_key, decision_id, content_sha256, at)
    select p.request, (p.decision).decision_id, p.content, (p.decision).evaluated_at
    from unnest(held) i, lateral (select (permit[i]).*) p order by p.request
    on conflict do nothing returning decision_id
  )
  select array(
    select i from unnest(held) i where ((permit[i]).decision).decision_id in (select decision_id from claimed) order by i)
  into mine;

  if cardinality(mine) > 0 then
    perform use_consents(array(select (permit[i]).used from unnest(mine) i where (permit[i]).used is not null));
    insert into decision select (p.row).* from (select (permit[i]).decision as row from unnest(mine) i offset 0) p;
    perform append_all_to_ledger(array(select (permit[i]).event from unnest(mine) i order by i));
  end if;

  return array(
    select case when i = any(mine) then 'written' when i = any(held) then 'reused' else 'lost' end
    from generate_subscripts(permit, 1) i order by i);
end $function$;

CREATE OR REPLACE FUNCTION public.written(id uuid)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
BEGIN ATOMIC
 SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ'::text, (((SUBSTRING(b.bits FROM ((5 * i.i) + 1) FOR 5))::bit(5))::integer + 1), 1), ''::text ORDER BY i.i) AS string_agg
    FROM ( SELECT (('00'::"bit")::bit varying || ((('x'::text || replace((written.id)::text, '-'::text, ''::text)))::bit(128))::bit varying) AS bits) b,
     generate_series(0, 25) i(i);
END;
