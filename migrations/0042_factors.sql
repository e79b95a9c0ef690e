-- bears: 0039_base.sql
-- What of a retired key of purpose `data` is needed to check passwords, sealed under the newest. A password is kept as an HMAC that only
-- its person's next entry could give under another key.
create table kept_pepper (
  key_id bytea primary key check (length(key_id) = 8),
  sealed bytea not null check (length(sealed) <= 200)
);
