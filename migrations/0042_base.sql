-- bears: 0039_base.sql
-- When a key came into use, and when no row was found any more that another key should take over from it (src/base/sealing/key-renewal.ts).
alter table key_check add column used_at timestamptz, add column renewed_at timestamptz;
