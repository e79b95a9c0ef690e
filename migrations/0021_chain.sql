-- The rows that live by a chain (a consent's id and the sequence number of its row, 20 bytes each), and the seal of the end of the
-- chain with them. An older row that is put back has a seal of its own, and fails by this list.
alter table person_head
  add column live bytea not null default '' check (octet_length(live) % 20 = 0),
  add column seal bytea check (octet_length(seal) = 20);
-- A list of hundreds of consents may be stored outside of the row; random bytes do not compress.
alter table person_head alter column live set storage external;

-- The end of the chain after the event. Null: the end before it was not as sealed, and stays so.
alter type new_event add attribute live bytea;
alter type new_event add attribute seal bytea;
