-- outside a transaction
-- bears: 0100_accounts.sql
-- contract: refuses nothing that older code writes: the check was made with the table of inquiries before
-- step
alter table disclosure_anomaly validate constraint disclosure_anomaly_kind_check;
