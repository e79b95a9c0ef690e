-- Who came to a visit with an account that opens no access here: read with the visit.
create or replace view arrivals as
  select errand_sha256, provider_id, issuer, identity_sha256, level, vouched, proved_at, links, expires_at, seal
  from upstream_arrivals;
