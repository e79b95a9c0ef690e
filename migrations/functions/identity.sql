-- What providers vouch for of people, with all that shows whether it is believed: rooms that tell a service read it with what they need.
create or replace view vouched_in_use as
  select v.factor_id, v.person_id, v.issuer, v.level, v.sealed, v.vouched_at, v.seal, w.ways, w.ways_seal
  from vouched_values v left join ways_listed w using (person_id);
