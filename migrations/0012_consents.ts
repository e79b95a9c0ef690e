import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- What a service asked of a person, from the moment that she was shown it (DOMAIN 2.2). Register objects are named by
    -- object_no: of the version, or, for an organisation, of its first version, since a body stays itself.
    -- Sets of categories are bit masks over the list of the dataset's version.
    create table consent_request (
      request_id uuid primary key,
      -- SHA-256 of the visit's id, which its browser holds.
      visit bytea not null unique check (octet_length(visit) = 32),
      person_id uuid not null references persons,
      client_id text not null,
      recipient integer not null,
      created_at timestamptz not null,
      expires_at timestamptz not null
    );
    create index consent_request_of_person on consent_request (person_id);

    create table consent_request_item (
      request_id uuid not null references consent_request,
      item_no smallint not null check (item_no > 0),
      -- The record that the answer makes has its id from the first showing on.
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
      primary key (request_id, item_no),
      check (categories_required & categories_optional = 0),
      check ((frequency_count is null) = (frequency_per is null)),
      check ((lookback_from is null) = (lookback_to is null) and lookback_from <= lookback_to)
    );

    -- The words as shown, once per hash: they can be produced without old code.
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
      foreign key (request_id, item_no) references consent_request_item,
      unique (request_id, item_no, rendered_sha256)
    );

    create table consent_record (
      consent_id uuid primary key,
      arrangement_id uuid not null,
      version_in_arrangement integer not null check (version_in_arrangement > 0),
      supersedes_consent_id uuid references consent_record,
      person_id uuid not null references persons,
      request_id uuid not null references consent_request,
      agreement integer not null,
      purpose integer not null,
      dataset integer not null,
      legal_basis_id text not null check (legal_basis_id in ('consent_53', 'consent_59_sensitive')),
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
      valid_from timestamptz not null,
      valid_until timestamptz not null,
      valid_until_local date not null,
      tz text not null,
      presentation_id uuid not null unique references presentation,
      text_pair_sha256 bytea not null check (octet_length(text_pair_sha256) = 32),
      channel text not null,
      acr text not null,
      amr text[] not null,
      agent_id uuid,
      created_at timestamptz not null,
      unique (arrangement_id, version_in_arrangement),
      check (categories_granted & categories_declined = 0),
      check (valid_from < valid_until)
    );

    create function refuse_consent_change() returns trigger language plpgsql as $$
      begin
        raise exception 'a consent record never changes: its state is in consent_current';
      end
    $$;
    create trigger consent_record_is_immutable before update or truncate on consent_record
      for each statement execute function refuse_consent_change();

    -- The projection for decisions, one row a record; hot: uses are counted here (PERMIT 1.1). Expiry is not a state that a
    -- job must set: whoever decides looks at valid_until.
    create table consent_current (
      person_id uuid not null,
      consent_id uuid not null references consent_record,
      arrangement_id uuid not null,
      holder integer not null,
      recipient integer not null,
      dataset integer not null,
      purpose integer not null,
      agreement integer not null,
      categories bigint not null,
      state text not null check (state in ('active', 'suspended', 'refused', 'revoked', 'expired', 'superseded', 'void')),
      state_seq integer not null,
      state_at timestamptz not null,
      suspended_reasons text[] not null default '{}',
      valid_from timestamptz not null,
      valid_until timestamptz not null,
      max_uses integer,
      frequency_count integer,
      frequency_per text,
      lookback_from date,
      lookback_to date,
      uses integer not null default 0 check (uses >= 0 and uses <= coalesce(max_uses, uses)),
      window_started_at timestamptz,
      window_uses integer not null default 0 check (window_uses >= 0 and window_uses <= coalesce(frequency_count, window_uses)),
      last_use_at timestamptz,
      primary key (person_id, consent_id)
    ) with (fillfactor = 80);
    -- At most one record of an arrangement lives (I4). Counting a use changes no column of this index.
    create unique index consent_current_live on consent_current (arrangement_id) where state in ('active', 'suspended');

    -- What other rooms may read of consents; what was offered and declined stands in the record.
    create view consent_states as
      select c.person_id, c.consent_id, c.arrangement_id, c.holder, c.recipient, c.dataset, c.purpose, c.agreement, c.categories,
             (select r.categories_declined from consent_record r where r.consent_id = c.consent_id) as declined,
             c.state, c.state_at, c.valid_from, c.valid_until, c.max_uses, c.frequency_count, c.frequency_per,
             c.lookback_from, c.lookback_to, c.uses, c.window_started_at, c.window_uses, c.last_use_at
      from consent_current c;
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
