-- The tree of each log that a signer was about to sign last, and the number of its lease: written before the signature exists.
create table log_signing (
  log_id smallint primary key,
  lease bigint not null check (lease > 0),
  tree_size bigint not null check (tree_size > 0),
  root bytea not null check (octet_length(root) = 32)
) with (fillfactor = 20);
