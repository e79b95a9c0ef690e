import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- Closed: nothing opens it but its person, who may change her mind until erase_at. Suspended: by the operator.
    alter table accounts add column erase_at timestamptz, add column suspended_at timestamptz;
    alter table accounts add constraint accounts_closed_with_an_end check ((closed_at is null) = (erase_at is null));
    create index accounts_to_erase on accounts (erase_at) where erase_at is not null;

    -- What of the protocol outlives a day: the rest is swept long before an account is erased.
    create index oidc_artifacts_to_forget on oidc_artifacts (account_id) where model = 'RefreshToken';

    create or replace view open_accounts as
      select a.person_id, a.locale, a.opened_at
      from accounts a join persons p using (person_id)
      where a.closed_at is null and a.suspended_at is null and p.status = 'active';

    -- Whose proofs are taken: of a closed one too, to open it again and for nothing else.
    create view proving_accounts as
      select a.person_id
      from accounts a join persons p using (person_id)
      where a.suspended_at is null and p.status = 'active';
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
