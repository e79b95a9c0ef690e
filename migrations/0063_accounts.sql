-- bears: 0058_provider.sql
-- contract: refuses nothing that older code writes: the column is new
-- outside a transaction
-- What somebody calls her access, sealed. It stands above her own pages, and goes nowhere else.
-- step
alter table accounts add column if not exists nickname bytea;
-- step
alter table accounts drop constraint if exists accounts_nickname_check,
  add constraint accounts_nickname_check check (octet_length(nickname) between 37 and 1024) not valid;
-- step
alter table accounts validate constraint accounts_nickname_check;
