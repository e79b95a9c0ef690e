-- outside a transaction
-- bears: 0048_registry.sql
-- contract: refuses nothing that older code writes: the check was made with the table of kinds before
-- step
alter table disclosure_anomaly validate constraint disclosure_anomaly_kind_check;
