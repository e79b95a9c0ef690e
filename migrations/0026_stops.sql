-- After a stop each of the two bodies must confirm it. A trigger (functions/stops.sql) writes a row for each body in the transaction
-- of the stop, so that no code which stops a consent can forget it.
create table revocation_delivery (
  consent_id uuid not null references consent_record,
  -- The object_no of the body's first version.
  party integer not null,
  role text not null check (role in ('holder', 'recipient')),
  person_id uuid not null,
  queued_at timestamptz not null,
  acknowledged_at timestamptz,
  effect text check (effect in ('pending', 'stopped', 'kept_by_law', 'deleted')),
  law text check (char_length(law) between 1 and 255),
  effect_at timestamptz,
  -- The event of the body's latest confirmation.
  person_seq integer,
  -- The last day on which a body keeps by law what it has: YYYY-MM-DD. Null where it does not say.
  kept_until text,
  -- When the body's program had taken the notice of the stop that was sent to its stream.
  delivered_at timestamptz,
  primary key (consent_id, party),
  check ((effect is null) = (effect_at is null) and (effect is null) = (person_seq is null)
    and (effect is null) = (acknowledged_at is null)),
  check ((law is not null) = (effect is not distinct from 'kept_by_law'))
);
create index revocation_delivery_waiting on revocation_delivery (party, queued_at, consent_id)
  where effect is null or effect = 'pending';
create index revocation_delivery_of_person on revocation_delivery (person_id);
