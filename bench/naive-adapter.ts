import type { Knex } from 'knex'
import type { Adapter, AdapterPayload } from 'oidc-provider'

// A typical adapter: one table, a jsonb payload, one statement for each call of the library.

type Row = { readonly payload: AdapterPayload; readonly consumed_at: Date | null }

export async function createTables(db: Knex): Promise<void> {
  await db.schema.createTable('oidc_payloads', (table) => {
    table.text('id')
    table.text('type')
    table.jsonb('payload').notNullable()
    table.text('grant_id').index()
    table.text('user_code')
    table.text('uid').index()
    table.timestamp('expires_at')
    table.timestamp('consumed_at')
    table.primary(['id', 'type'])
  })
  await db.schema.createTable('naive_accounts', (table) => {
    table.text('account_id').primary()
  })
}

export function knexAdapter(db: Knex, type: string): Adapter {
  const rowsWhere = (columns: Readonly<Record<string, string>>) =>
    db('oidc_payloads').where({ type, ...columns })

  async function findBy(columns: Readonly<Record<string, string>>) {
    const row: Row | undefined = await rowsWhere(columns).first('payload', 'consumed_at')
    return row && { ...row.payload, ...(row.consumed_at === null ? {} : { consumed: true }) }
  }

  return {
    async upsert(id, payload, expiresIn) {
      const expiresAt = expiresIn ? new Date(Date.now() + expiresIn * 1000) : null
      await db('oidc_payloads')
        .insert({
          id,
          type,
          payload: JSON.stringify(payload),
          grant_id: payload.grantId ?? null,
          user_code: payload.userCode ?? null,
          uid: payload.uid ?? null,
          expires_at: expiresAt,
        })
        .onConflict(['id', 'type'])
        .merge()
    },
    find: (id) => findBy({ id }),
    findByUid: (uid) => findBy({ uid }),
    findByUserCode: (userCode) => findBy({ user_code: userCode }),
    async consume(id) {
      await rowsWhere({ id }).update({ consumed_at: new Date() })
    },
    async destroy(id) {
      await rowsWhere({ id }).delete()
    },
    async revokeByGrantId(grantId) {
      await rowsWhere({ grant_id: grantId }).delete()
    },
  }
}
