-- bears: 0039_base.sql
-- short: rows live for half an hour
-- What the provider vouches for of somebody who is asked whether she has an access, sealed.
alter table upstream_arrivals add column vouched bytea check (octet_length(vouched) between 37 and 8192);
