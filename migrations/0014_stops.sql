-- A stop waits for the word of the two bodies. Each has its row from the stop's own transaction on, whichever deed stops
-- (functions/stops.sql): no deed can forget it.
create table revocation_delivery (
  consent_id uuid not null references consent_record,
  -- The number of the body's first version.
  party integer not null,
  role text not null check (role in ('holder', 'recipient')),
  person_id uuid not null,
  queued_at timestamptz not null,
  acknowledged_at timestamptz,
  effect text check (effect in ('pending', 'stopped', 'kept_by_law', 'deleted')),
  law text check (char_length(law) between 1 and 255),
  effect_at timestamptz,
  -- The event that tells the last word.
  person_seq integer,
  primary key (consent_id, party),
  check ((effect is null) = (effect_at is null) and (effect is null) = (person_seq is null)
    and (effect is null) = (acknowledged_at is null)),
  check ((law is not null) = (effect is not distinct from 'kept_by_law'))
);
create index revocation_delivery_waiting on revocation_delivery (party, queued_at, consent_id)
  where effect is null or effect = 'pending';
create index revocation_delivery_of_person on revocation_delivery (person_id);
