import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- A security key stands beside the passkeys, so that a credential is one person's whichever it is. It opens nothing by
    -- itself: it is asked for after the password, without user verification.
    alter table passkeys add column kind text not null default 'passkey' check (kind in ('passkey', 'security-key'));

    alter table webauthn_challenges drop constraint webauthn_challenges_ceremony_check;
    alter table webauthn_challenges add constraint webauthn_challenges_ceremony_check check (ceremony in
      ('create', 'get', 'create-beside', 'get-beside'));

    alter table notices drop constraint notices_factor_check;
    alter table notices add constraint notices_factor_check check (factor in
      ('passkey', 'security-key', 'password', 'totp'));

    alter table signin_attempts drop constraint signin_attempts_proof_check;
    alter table signin_attempts add constraint signin_attempts_proof_check check (proof in
      ('passkey', 'new-passkey', 'recovery-code', 'recovered', 'password-totp', 'password-key', 'new-password'));
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
