import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.raw(/* sql */ `
    -- Moves with every new version of a register object, in the transaction that brings it. A process holds the register in
    -- memory; who decides compares the epoch it decided by with this one (PERMIT 1.2).
    create table register_state (epoch bigint not null);
    create unique index register_state_has_one_row on register_state ((epoch is not null));
    insert into register_state values (0);

    -- What other rooms' SQL may read of the register.
    create view register_epoch as select epoch from register_state;

    create function move_register_epoch() returns trigger language plpgsql as $$
      begin
        update register_state set epoch = epoch + 1;
        return null;
      end
    $$;
    create trigger register_objects_move_the_epoch after insert on register_objects
      for each statement execute function move_register_epoch();
  `)
}

export function down(): Promise<void> {
  throw new Error('migrations go forward only')
}
