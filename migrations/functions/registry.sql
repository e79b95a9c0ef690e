create or replace view current_register as
  select distinct on (kind, id) kind, id, version, object_no, content
  from register_objects order by kind, id, version desc;

-- The register's epoch, for the SQL of other rooms.
create or replace view register_epoch as select epoch from register_state;

create or replace function refuse_change() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
  begin
    raise exception 'a register object is never edited in place: apply a new version';
  end
$$;
create or replace trigger register_objects_are_immutable before update or delete or truncate on register_objects
  for each statement execute function refuse_change();
create or replace trigger register_leaf_is_immutable before update or delete or truncate on register_leaf
  for each statement execute function refuse_change();

create or replace function move_register_epoch() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
  begin
    update register_state set epoch = epoch + 1;
    return null;
  end
$$;
create or replace trigger register_objects_move_the_epoch after insert on register_objects
  for each statement execute function move_register_epoch();

-- A brake is judged as a version is: by whoever has read the register since.
create or replace trigger register_brakes_move_the_epoch after insert on register_brake
  for each statement execute function move_register_epoch();
create or replace trigger register_brakes_are_immutable before update or delete or truncate on register_brake
  for each statement execute function refuse_change();

-- The log entries of register versions, with the path at which each document is published.
create or replace view register_leaves as
  select l.leaf_id, l.sha256, '/register/objects/' || o.kind || '/' || o.id || '@' || o.version || '.json' as path
  from register_leaf l join register_objects o using (object_no);

-- The ids of the register's objects by their numbers; a version has the id of its object.
create or replace view register_ids as select object_no, id from register_objects;

-- When the first object of the register was applied; null before.
create or replace view register_began as select min(applied_at) as at from register_objects;

-- Versions that were applied, for the audit export (see audited_deeds). A change names who signed it.
create or replace function audited_register(since timestamptz, before timestamptz) returns table (
  at timestamptz, source text, id text, action text, outcome text, reason text, person_id uuid, service_id text, org_id text, more jsonb
) language sql stable begin atomic
  select o.applied_at, 'register', o.object_no::text, 'register-version-applied', 'success', null, null::uuid, null, null,
    jsonb_build_object('object', o.kind || ' ' || o.id || '@' || o.version,
      'signed_by', (select jsonb_agg(s.value -> 'signer') from jsonb_array_elements(o.content -> 'signatures') s where o.kind = 'change'))
  from register_objects o where o.applied_at >= since and o.applied_at < before;
end;
