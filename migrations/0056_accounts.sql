-- bears: 0039_base.sql
-- What a person signed in with, as the list of her sessions says it ("Chrome, Linux"). Earlier lines do not say it.
alter table activity add column device text;
