-- A question of a service to a person, from its first showing on. Register objects are named by the object_no of their version; an
-- organisation by that of its first version, because it stays the same body. Sets of categories are bit masks over the list of the
-- dataset's version.
create table consent_request (
  request_id uuid primary key,
  -- SHA-256 of the visit's id; only the browser holds the id itself.
  visit bytea not null unique check (octet_length(visit) = 32),
  person_id uuid not null references persons,
  client_id text not null,
  recipient integer not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  -- Several items asked at once are answered one by one and sent together. This is what was sent, to recognise a repeated sending.
  answers_sha256 bytea check (octet_length(answers_sha256) = 32)
);
create index consent_request_by_time on consent_request (person_id, created_at);

create table consent_request_item (
  request_id uuid not null references consent_request,
  item_no smallint not null check (item_no > 0),
  -- The id that the answer's consent record will have, fixed at the first showing.
  consent_id uuid not null unique,
  agreement integer not null,
  purpose integer not null,
  dataset integer not null,
  text integer not null,
  categories_required bigint not null,
  categories_optional bigint not null,
  valid_until timestamptz not null,
  valid_until_local date not null,
  max_uses integer check (max_uses > 0),
  frequency_count integer check (frequency_count > 0),
  frequency_per text,
  lookback_from date,
  lookback_to date,
  state text not null default 'requested' check (state in ('requested', 'answered', 'lapsed', 'cancelled')),
  -- The consent that the person narrows with this item, on one of her own pages; null when a service asks. The uses of the old record
  -- count for the new one too, and a use that is given back is given back to both.
  narrows uuid,
  -- The person's arrangement that a service asks to change or renew; null for a new sharing and for a narrowing.
  amends uuid,
  primary key (request_id, item_no),
  check (categories_required & categories_optional = 0),
  check ((frequency_count is null) = (frequency_per is null)),
  check ((lookback_from is null) = (lookback_to is null) and lookback_from <= lookback_to),
  constraint consent_request_item_amends check (amends is null or narrows is null)
);
create index consent_request_item_narrows on consent_request_item (narrows) where narrows is not null;

-- Pages as they were shown, each once by its hash, so that they can be shown again without the code of that time.
create table rendered_page (
  sha256 bytea primary key check (sha256 = sha256(convert_to(html, 'UTF8'))),
  html text not null,
  first_shown_at timestamptz not null
);

create table presentation (
  presentation_id uuid primary key,
  request_id uuid not null,
  item_no smallint not null,
  text integer not null,
  lang text not null check (lang in ('fr-CA', 'en-CA')),
  canonical_sha256 bytea not null check (octet_length(canonical_sha256) = 32),
  rendered_sha256 bytea not null references rendered_page,
  grant_label text not null,
  refuse_label text not null,
  order_of_items text[] not null,
  optional_prechecked boolean not null default false check (not optional_prechecked),
  shown_at timestamptz not null,
  channel text not null check (channel in ('web', 'counter', 'phone', 'paper')),
  agent_id uuid,
  assistance_offered boolean not null,
  assistance_used boolean not null,
  -- The consent record that was shown for comparison, as allowed until then. A yes replaces that record and no other.
  changes uuid,
  foreign key (request_id, item_no) references consent_request_item
);
-- The same words may be shown anew: they name another version of a body, or an older process showed them.
create index presentation_of_item on presentation (request_id, item_no);
create index presentation_changing on presentation (changes) where changes is not null;
create index presentation_by_page on presentation (rendered_sha256);

-- A person's choices on a page of several items before she sends them. They have no effect and are deleted with the visit.
create table answer_draft (
  request_id uuid not null,
  item_no smallint not null,
  presentation_id uuid references presentation,
  answer text not null check (answer in ('granted', 'refused', 'later')),
  chosen text[] not null,
  express text[] not null,
  until date,
  at timestamptz not null,
  -- Whether she ticked that a yes also ends the pause of the sharing.
  resumes boolean not null default false,
  primary key (request_id, item_no),
  check ((presentation_id is null) = (answer = 'later')),
  foreign key (request_id, item_no) references consent_request_item
);
create index answer_draft_by_age on answer_draft (at);
create index answer_draft_by_presentation on answer_draft (presentation_id) where presentation_id is not null;

-- A sharing that the law allows is shown to the person once for each version of the agreement (decision 0024). A row means that she
-- pressed « J'ai compris » on exactly this page.
create table notice_shown (
  notice_id uuid primary key,
  person_id uuid not null references persons,
  agreement integer not null,
  purpose integer not null,
  dataset integer not null,
  categories bigint not null check (categories <> 0),
  lang text not null check (lang in ('fr-CA', 'en-CA')),
  rendered_sha256 bytea not null references rendered_page,
  shown_at timestamptz not null
);
create unique index notice_shown_once on notice_shown (person_id, agreement, purpose, dataset, categories);
create index notice_shown_by_page on notice_shown (rendered_sha256);

-- « Ne plus me le demander »: a body that asks for one of these categories again is refused, until the person allows questions again
-- (decision 0058).
create table silenced_question (
  silence_id uuid primary key,
  person_id uuid not null references persons,
  recipient integer not null,
  holder integer not null,
  dataset integer not null,
  categories bigint not null check (categories <> 0),
  silenced_at timestamptz not null,
  -- How often a question was refused for her since.
  times integer not null default 0 check (times >= 0),
  last_at timestamptz,
  unique (person_id, recipient, holder, dataset, categories)
);

-- A body asked again after a no: one row for each visit and item, with the outcome. It names no person. The visit reads it to go on.
create table asked_again (
  -- SHA-256 of the visit's id, with another prefix than in consent_request.
  visit bytea not null check (octet_length(visit) = 32),
  item_no smallint not null check (item_no > 0),
  recipient integer not null,
  asked_at timestamptz not null,
  became text not null check (became in ('reminded', 'kept', 'seen', 'silenced')),
  primary key (visit, item_no)
);
create index asked_again_by_time on asked_again (asked_at, recipient);
